"""Files: what Barrier writes is for its own account alone; what comes in is opened only when it is a plain file.

Rule: folders are 0700 and files 0600 whatever the umask; of a delivered folder nothing is opened through a link.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from io import BufferedReader, BufferedWriter
from pathlib import Path

from barrier.errors import InputError
from barrier.overwriting import ensure_may_be_lost

_TROUBLES = {
    errno.ENOSPC: "no space left on the device",
    getattr(errno, "EDQUOT", errno.ENOSPC): "no space left for this account",
    errno.EFBIG: "larger than a file may become here",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "this account may not",
    errno.EPERM: "this account may not",
}
FOLDER_MODE, FILE_MODE = 0o700, 0o600
OTHERS = 0o077  # what others may do, and must not
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW | getattr(os, "O_CLOEXEC", 0) | _BINARY
_STREAMS = (Path("/dev"), Path("/dev/fd"), Path("/proc/self/fd"))  # /dev/stdout may lead to a file
_IN_FOLDERS = os.open in os.supports_dir_fd and _NOFOLLOW != 0


def trouble(error: OSError) -> str:
    """Return in words why the disk did not do what was wanted."""
    return _TROUBLES.get(error.errno or 0, error.strerror or str(error))


def keep_process_private() -> None:
    """Let everything that this process makes from now on be for its own account alone, also what libraries make."""
    os.umask(OTHERS)


def private_folder(path: Path) -> Path:
    """Make a folder, and those above it that are not there, for this account alone; one that is there stays as it is.

    Raises:
        OSError: It cannot be made, or something else has its name.
    """
    missing = []
    place = path
    while not place.is_dir():
        missing.append(place)
        if place == place.parent:
            break
        place = place.parent
    for folder in reversed(missing):
        with suppress(FileExistsError):  # made meanwhile by another process
            folder.mkdir(mode=FOLDER_MODE)
            folder.chmod(FOLDER_MODE)  # a mask can take from the owner too
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    return path


def new_private(path: Path) -> BufferedWriter:
    """Make a file that is not there yet, for this account alone, and open it for writing.

    Raises:
        OSError: Something has its name, or it cannot be made.
    """
    file = os.fdopen(os.open(path, _NEW, FILE_MODE), "wb")
    with suppress(OSError):  # file systems without modes
        path.chmod(FILE_MODE)
    return file


def write_private(path: Path, content: str | bytes, *, durable: bool = False) -> None:
    """Write a file for this account alone, whole or not at all; a link of that name is replaced, not followed.

    Args:
        path: The file.
        content: Text is written as UTF-8 with the line ends it has.
        durable: Force it to the disk before it takes its name, and the name too.

    Raises:
        OSError: It cannot be written; what was there is as before.
    """
    part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.part")
    try:
        with new_private(part) as file:
            file.write(content.encode() if isinstance(content, str) else content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        if error.filename in (None, str(part), part):  # what has no name yet is known by the one it was to have
            error.filename = str(path)
        raise
    finally:
        part.unlink(missing_ok=True)
    if durable:
        force_to_disk(path.parent)


def is_stream(path: Path) -> bool:
    """Return whether what is written under a name goes to a pipe or a device, and replaces nothing."""
    return path.parent in _STREAMS or (path.exists() and not path.is_file() and not path.is_dir())


def write_named(path: Path, content: str | bytes, *, overwrite: bool = False) -> None:
    """Write what somebody asked for under a name he gave; a pipe or a device of that name gets it as it is.

    Args:
        path: The file.
        content: What is written.
        overwrite: It is meant that a file of somebody else is lost.

    Raises:
        InputError: A file of that name is there that may not be lost.
        OSError: It cannot be written; a file that was there is as before.
    """
    made = content.encode() if isinstance(content, str) else content
    if is_stream(path):
        with path.open("wb") as stream:
            stream.write(made)
        return
    if path.exists():
        ensure_may_be_lost(path, made, overwrite=overwrite)
    write_private(path, made)


def force_to_disk(place: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk: they are there after a power cut.

    Raises:
        OSError: The disk fails.
    """
    if os.name == "nt" and place.is_dir():  # there, a folder has nothing to force
        return
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def private_file(path: Path) -> Path:
    """Make sure that a file is there, for this account alone, before a library opens it by its path.

    What SQLite keeps beside a database takes over the mode of the database.

    Raises:
        OSError: It cannot be made.
    """
    private_folder(path.parent)
    with suppress(FileExistsError):
        new_private(path).close()
    if not path.is_file():  # opening a pipe waits for ever
        raise OSError(errno.EINVAL, "is no plain file", str(path))
    tighten(path)
    return path


def tighten(path: Path) -> None:
    """Take from others what they may do with a file or folder that Barrier made; links are not followed.

    A folder that others cannot enter hides what is in it; one that they can is gone through once.
    """
    for one in too_open(path):
        with suppress(OSError):  # of another account: `barrier doctor` says so
            one.chmod(stat.S_IMODE(one.lstat().st_mode) & ~OTHERS)


def tighten_all(folder: Path) -> None:
    """Take from others what libraries left them in a folder that Barrier just made, which nobody else can enter yet."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            one = Path(place, name)
            if _open_to_others(one):
                one.chmod(stat.S_IMODE(one.lstat().st_mode) & ~OTHERS)


def too_open(path: Path) -> list[Path]:
    """Return what others may do something with: a path, and where it is a folder that they can enter, all in it."""
    if os.name == "nt" or not _open_to_others(path):
        return []
    found = [path]
    for folder, folders, files in os.walk(path) if path.is_dir() else ():
        found += [p for p in (Path(folder, name) for name in (*folders, *files)) if _open_to_others(p)]
    return found


def _open_to_others(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return bool(status.st_mode & OTHERS) and not stat.S_ISLNK(status.st_mode)


def open_regular(path: Path, *, within: Path | None = None, limit: int | None = None) -> BufferedReader:
    """Open a file that came in, for reading; never a pipe, a device or a socket.

    Args:
        path: The file.
        within: The delivered folder it lies in: nothing below that is a link. Without it, ``path`` is what somebody
            named himself, and may be one.
        limit: Refuse a file of more bytes.

    Raises:
        InputError: It is no plain file, too large, or reached through a link.
        OSError: It is not there, or cannot be read.
    """
    handle = _opened(path, within)
    status = os.fstat(handle)
    problem = _no_file(status.st_mode)
    if problem is None and limit is not None and status.st_size > limit:
        problem = f"is larger than {limit:,} bytes"
    if problem is not None:
        os.close(handle)
        raise _refused(path, problem)
    return os.fdopen(handle, "rb")


def read_regular(path: Path, *, within: Path | None = None, limit: int | None = None) -> bytes:
    """Return the content of a file that came in, as `open_regular` opens it.

    Raises:
        InputError: It is no plain file, too large, or reached through a link.
        OSError: It is not there, or cannot be read.
    """
    with open_regular(path, within=within, limit=limit) as file:
        content = file.read() if limit is None else file.read(limit + 1)
    if limit is not None and len(content) > limit:  # it grew meanwhile
        raise _refused(path, f"is larger than {limit:,} bytes")
    return content


def is_regular(path: Path) -> bool:
    """Return whether a path is a plain file itself: no link to one, no pipe, no device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder itself: no link to one."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def _opened(path: Path, within: Path | None) -> int:
    if "\0" in str(path):
        raise _refused(Path("…"), "has a name that no file can have")
    if within is None:
        _refuse_special(path, os.stat(path))
        return os.open(path, _READ | _BINARY)
    parts = path.relative_to(within).parts if path.is_relative_to(within) else ()
    if not parts or ".." in parts:
        raise _refused(path, "leads out of the folder")
    return _in_folder(path, within, parts) if _IN_FOLDERS else _by_path(path, within, parts)


def _in_folder(path: Path, within: Path, parts: tuple[str, ...]) -> int:
    """Open step by step from the folder, so that nothing can be changed into a link in between."""
    folder = os.open(within, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in parts[:-1]:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | _NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = below
        _refuse_special(path, os.stat(parts[-1], dir_fd=folder, follow_symlinks=False))
        return os.open(parts[-1], _READ | _NOFOLLOW, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise _refused(path, "is reached through a link") from error
        raise
    finally:
        os.close(folder)


def _by_path(path: Path, within: Path, parts: tuple[str, ...]) -> int:
    """Open by the whole path, where the system cannot open from a folder."""
    place = within
    for name in parts:
        place = place / name
        if place.is_symlink():
            raise _refused(path, "is reached through a link")
    _refuse_special(path, path.lstat())
    return os.open(path, _READ | _BINARY)


def _refuse_special(path: Path, status: os.stat_result) -> None:
    """Refuse before opening: opening a device can do something."""
    problem = _no_file(status.st_mode)
    if problem is not None:
        raise _refused(path, problem)


def _no_file(mode: int) -> str | None:
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISLNK(mode):
        return "is a link"
    return "is a folder" if stat.S_ISDIR(mode) else "is a pipe, device or socket"


def _refused(path: Path, problem: str) -> InputError:
    hint = "deliver a copy of the file itself, inside the folder"
    return InputError([f"{path.name}: {problem}; expected a plain file"], hint=hint)
