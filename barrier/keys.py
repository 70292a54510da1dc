"""The key of an office: what makes ids, pseudonyms and marks that nobody can work out without it.

Rule: one secret in one file of its owner alone; every purpose has a key of its own, derived from it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from barrier.errors import InputError
from barrier.files import OTHERS, force_to_disk, new_private, private_folder, read_regular, write_private

DIGEST_BYTES = 12
_SECRET_BYTES = 32
_LONGEST_FILE = 65_536  # bytes that are read at most
_FIRST_LINE = "barrier key 2"
_DERIVED, _BARE, _CHECK = "derived", "bare", "check"
_BACKUP = "put the key back from the backup (docs/guide/backup.md)"


class Purpose(StrEnum):
    """What a key is used for; what was made for one purpose says nothing about another."""

    CONTACTS = "contacts"
    VIEWS = "views"
    AUDIT = "audit"
    OUTBOX = "outbox"
    JOURNAL = "journal"
    PROTECTED = "protected"


@dataclass(frozen=True)
class Generation:
    """A secret and since when it is used.

    Args:
        secret: The secret itself; everything is derived from it.
        since: The day it was made, where that is known.
        bare: Whether contacts are hashed with the secret itself, as before keys were derived.
    """

    secret: bytes
    since: date | None
    bare: bool = False

    def subkey(self, purpose: Purpose) -> bytes:
        """Return the key for one purpose."""
        if self.bare and purpose is Purpose.CONTACTS:
            return self.secret
        return _derived(self.secret, purpose)


@dataclass(frozen=True)
class Key:
    """The key as its file holds it: the first secret, and one more for each rotation."""

    generations: tuple[Generation, ...]

    def hash(self, text: str, purpose: Purpose) -> str:
        """Return the keyed hash of a text, as 24 hexadecimal digits.

        A contact goes through all secrets, the oldest first: what was hashed before a rotation can be hashed on without
        the value. Other purposes use the newest.
        """
        layers = self.generations if purpose is Purpose.CONTACTS else self.generations[-1:]
        for generation in layers:
            text = digest(text, generation.subkey(purpose))
        return text

    def subkey(self, purpose: Purpose) -> bytes:
        """Return the newest key for a purpose, for what needs 32 bytes and not a hash."""
        return self.generations[-1].subkey(purpose)

    def fingerprint(self) -> str:
        """Return eight digits that tell two keys apart and say nothing about either."""
        joined = b"".join(g.secret for g in self.generations)
        return hashlib.blake2b(joined, digest_size=4, person=b"barrier.name").hexdigest()

    def fingerprints(self) -> tuple[str, ...]:
        """Return the fingerprints that the key had, one for each rotation, the one of today last."""
        return tuple(Key(self.generations[: n + 1]).fingerprint() for n in range(len(self.generations)))

    def rotated(self, today: date) -> Key:
        """Return the key with one more secret."""
        return Key((*self.generations, Generation(secrets.token_bytes(_SECRET_BYTES), today)))


@lru_cache(maxsize=64)
def _derived(secret: bytes, purpose: Purpose) -> bytes:
    return hashlib.blake2b(purpose.encode(), key=secret, digest_size=32, person=b"barrier.subkey").digest()


def digest(text: str, key: bytes) -> str:
    """Return the hash of a text with a key, as 24 hexadecimal digits."""
    return hashlib.blake2b(text.encode(errors="surrogatepass"), key=key, digest_size=DIGEST_BYTES).hexdigest()


def keyed_hash(text: str, purpose: Purpose, key_file: Path | None = None) -> str:
    """Return the keyed hash of one text for a purpose, as 24 hexadecimal digits."""
    return open_key(key_file).hash(text, purpose)


def default_key_file() -> Path:
    """Return where the key of this user is kept.

    Raises:
        InputError: The user has no home folder.
    """
    try:
        return Path.home() / ".config" / "barrier" / "hash.key"
    except RuntimeError as error:
        raise InputError(["this account has no home folder to keep its key in"], hint="set HOME") from error


def open_key(file: Path | None = None) -> Key:
    """Read a key; where there is none it is made, once, whatever starts at the same moment.

    Raises:
        InputError: It cannot be read or made, others can read it, it is a link, or it is no key.
    """
    file = file or default_key_file()
    try:
        if rotation_file(file).exists():
            raise InputError([f"{file}: a rotation of the key was not finished"], hint="run: barrier key rotate")
        if not os.path.lexists(file):
            _make(file)
        return read_key(file)
    except OSError as error:
        raise InputError([f"{file}: the key cannot be read or made: {error.strerror}"], hint=_BACKUP) from error


def read_key(file: Path) -> Key:
    """Read a key that is there.

    Raises:
        InputError: Others can read it, it is a link, or it is no key.
        OSError: It cannot be read.
    """
    problem = key_problem(file)
    if problem is not None:
        raise InputError([f"{file}: {problem[0]}"], hint=problem[1])
    content = read_regular(file, limit=_LONGEST_FILE)
    if content.startswith(_FIRST_LINE.encode()):
        return key_from_text(file, content.decode("ascii", "replace"))
    if not 16 <= len(content) <= 64:
        raise InputError([f"{file}: expected a key of 16 to 64 bytes, found {len(content)}"], hint=_BACKUP)
    return Key((Generation(content, None, bare=True),))


def key_problem(file: Path) -> tuple[str, str] | None:
    """Return what is wrong with how a key lies there, and what to do; None where nothing is.

    Raises:
        OSError: It cannot be looked at.
    """
    status = file.lstat()
    if not stat.S_ISREG(status.st_mode):
        return "the key is a link or no plain file; expected the file itself", f"move the file itself to {file}"
    if os.name == "nt":
        return None
    if status.st_uid != os.geteuid():
        return "the key is of another account", f"each account has its own; for a shared one: chown it to you: {file}"
    if status.st_mode & OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        return f"others may read the key (mode {mode:04o}); expected 0600", f"chmod 600 {file}; then barrier key rotate"
    return None


def write_key(file: Path, key: Key) -> None:
    """Write a key in place of the one that is there, whole or not at all, and force it to the disk."""
    write_private(file, key_text(key), durable=True)


def rotation_file(file: Path) -> Path:
    """Return where it is written down what a rotation does, until it is finished."""
    return file.with_name(f"{file.name}.rotating")


def key_text(key: Key) -> str:
    """Return a key as its file holds it."""
    lines = [_FIRST_LINE]
    for g in key.generations:
        lines.append(f"{_BARE if g.bare else _DERIVED} {g.since.isoformat() if g.since else '-'} {g.secret.hex()}")
    return "\n".join([*lines, f"{_CHECK} {key.fingerprint()}", ""])


def key_from_text(file: Path, text: str) -> Key:
    """Return a key from what its file holds.

    Raises:
        InputError: It is damaged; ``file`` is named.
    """
    lines = text.splitlines()[1:] or [""]
    key = Key(tuple(_generation(file, line) for line in lines[:-1]))
    if not key.generations or lines[-1] != f"{_CHECK} {key.fingerprint()}":
        raise InputError([f"{file}: the key is damaged"], hint=_BACKUP)
    return key


def _generation(file: Path, line: str) -> Generation:
    try:
        kind, since, secret = line.split()
        made = Generation(bytes.fromhex(secret), None if since == "-" else date.fromisoformat(since), kind == _BARE)
        if kind not in (_BARE, _DERIVED) or not 16 <= len(made.secret) <= 64:
            raise ValueError
    except ValueError:
        raise InputError([f"{file}: the key is damaged"], hint=_BACKUP) from None
    return made


def _make(file: Path) -> None:
    """Make a key under another name and give it its name only where no other process did."""
    private_folder(file.parent)
    made = Key((Generation(secrets.token_bytes(_SECRET_BYTES), date.today()),))
    part = file.with_name(f".{file.name}.{secrets.token_hex(8)}.part")
    try:
        with new_private(part) as out:
            out.write(key_text(made).encode())
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):  # another process was first: its key counts
            _name(part, file)
        force_to_disk(file.parent)
    finally:
        part.unlink(missing_ok=True)


def _name(part: Path, file: Path) -> None:
    try:
        os.link(part, file)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with new_private(file) as out:
            out.write(part.read_bytes())
            out.flush()
            os.fsync(out.fileno())
