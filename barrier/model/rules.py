"""Rules beside the shipped ones: partners, gates, norms, barrier models, known hubs, numbers; read once from a folder.

Rule: a folder of rules is one that nobody but its office can change; what came with the data is none unless trusted.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from barrier import resources
from barrier.errors import InputError
from barrier.files import read_regular
from barrier.model.yamlfile import LARGEST, yaml_files

PLACEHOLDERS, SECRECY = "placeholders.yaml", "secrecy.yaml"
FOLDERS, FILES = ("partners", "norms", "models"), ("known-hubs.yaml", "networks.yaml", PLACEHOLDERS, SECRECY)
ENDINGS = (".yaml", ".yml")
_BESIDE = (".md", ".txt")  # a folder may explain itself
_TERMS, _SHOWN = "retention.yaml", 5
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True)
class RuleFile:
    """One file with rules: its place in its folder, such as `partners/town.yaml`, and its text."""

    name: str
    text: str


@dataclass(frozen=True)
class Rules:
    """What applies on top of the shipped rules, in the order in which it does; those of the office come last."""

    files: tuple[RuleFile, ...] = ()

    def below(self, folder: str) -> tuple[RuleFile, ...]:
        """Return the files of one folder, such as `norms`."""
        return tuple(f for f in self.files if f.name.startswith(f"{folder}/"))

    def named(self, name: str) -> tuple[RuleFile, ...]:
        """Return the files of one name, such as `known-hubs.yaml`."""
        return tuple(f for f in self.files if f.name == name)

    def after(self, others: Rules) -> Rules:
        """Return other rules with these on top."""
        return Rules((*others.files, *self.files))

    @cached_property
    def digest(self) -> str:
        """The first 16 digits of a SHA-256 over names and contents of all rules, the shipped ones included."""
        found = hashlib.sha256(_shipped_digest())
        for file in self.files:
            found.update(f"{len(file.name.encode())} {file.name} {len(file.text.encode())} {file.text}".encode())
        return found.hexdigest()[:16]


NO_RULES = Rules()


@lru_cache(maxsize=1)
def _shipped_digest() -> bytes:
    found = hashlib.sha256()
    for path in _rule_files(resources.graphs()):
        found.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.digest()


def some(names: Sequence[str]) -> str:
    """Return a few names, and how many more there are."""
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def office_rules(folder: Path) -> Rules:
    """Read a folder with the rules of an office.

    Args:
        folder: Rules on top of the shipped: `partners/*.yaml`, `norms/*.yaml`, `models/*.yaml`, `known-hubs.yaml`,
            `networks.yaml`, `placeholders.yaml`, `secrecy.yaml`. It, all in it and all above it belong to whoever runs
            Barrier or to root, and nobody else may write there. Where a system knows no such owners (Windows), whoever
            sets the folder up sees to that.

    Raises:
        InputError: It is not there, others could change it, or something in it is no file with rules.
    """
    place = folder.resolve()
    if not place.is_dir():
        raise InputError([f"{folder}: there is no folder with rules"], hint="make it, or name another with --rules")
    strange = [*_strangers(place)]
    if strange:
        known = ", ".join([*(f"{f}/*.yaml" for f in FOLDERS), *FILES])
        hint = f"expected: {known}; all come on top of the shipped ones, so write down your own only"
        hint += "; terms of retention are no rules: see docs/guide/schedule.md" * (_TERMS in strange)
        raise InputError([f"{folder}: no rules: {some(strange)}"], hint=hint)
    refuse_shared([*reversed(place.parents), place, *sorted(place.rglob("*"))], what=str(folder))
    return _read(place)


def delivered_rules(delivery: Path) -> Rules:
    """Read the rules that came with the data; only for who asked to trust that delivery.

    Raises:
        InputError: A file there is no plain file.
    """
    return _read(delivery)


def rules_for(delivery: Path, office: Rules, *, trusted: bool, partner: str | None) -> Rules:
    """Return the rules for a delivery: those of the office, and below them its own where it is trusted.

    Raises:
        InputError: It is trusted and the view of a partner is asked for: gates come from the office alone.
    """
    if not trusted:
        return office
    if partner:
        hint = "the gates of a view come from the office alone: put them into a folder and name it with --rules"
        raise InputError(["--as and --trust-delivery do not go together"], hint=hint)
    return office.after(delivered_rules(delivery))


def brought_rules(delivery: Path) -> list[str]:
    """Return the names of the rules that came with the data, for saying that they are not used."""
    names = [*(f"{f}/" for f in FOLDERS), *FILES]
    return [n for n in names if os.path.lexists(delivery / n.rstrip("/"))]


def refuse_shared(paths: list[Path], *, what: str) -> None:
    """Refuse what somebody else could change.

    Raises:
        InputError: One of the paths belongs to another account, or others may write there.
    """
    if not hasattr(os, "geteuid"):
        return
    problems = [f"{what}: {p}: {problem}" for p in paths if (problem := _shared(p))]
    if problems:
        hint = "rules decide who sees what: chown them to the account that runs Barrier or to root, and chmod -R go-w"
        raise InputError(problems[:10], hint=hint)


def _shared(path: Path) -> str:
    status = path.lstat()
    if status.st_uid not in (0, os.geteuid()):
        return f"belongs to another account (uid {status.st_uid})"
    free = status.st_mode & _OTHERS_WRITE and not stat.S_ISLNK(status.st_mode)
    kept_apart = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    return "others may write there" if free and not kept_apart else ""


def _read(folder: Path) -> Rules:
    try:
        texts = [
            (p.relative_to(folder).as_posix(), read_regular(p, within=folder, limit=LARGEST).decode())
            for p in _rule_files(folder)
        ]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([f"{folder}: rules cannot be read: {type(error).__name__}"]) from error
    return Rules(tuple(RuleFile(name, text) for name, text in texts))


def _rule_files(folder: Path) -> list[Path]:
    """Return the files with rules in a folder, in an order that does not depend on the machine."""
    below = [p for name in FOLDERS for p in yaml_files(folder / name, "*") if p.name.endswith(ENDINGS)]
    return [*below, *(folder / f for f in FILES if os.path.lexists(folder / f))]


def _strangers(place: Path) -> Iterator[str]:
    """Yield what lies in a folder and would be passed over in silence."""
    for path in sorted(place.iterdir()):
        if path.name in FOLDERS and path.is_dir():
            inside = (p for p in sorted(path.iterdir()) if not p.name.startswith("."))
            yield from (f"{path.name}/{p.name}" for p in inside if not p.name.endswith((*ENDINGS, *_BESIDE)))
        elif path.name not in FILES and not path.name.startswith(".") and not path.name.endswith(_BESIDE):
            yield path.name
