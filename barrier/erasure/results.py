"""Erasing ids from a result folder.

Rule: lines and rows that name one go; pages go whole, because a page cannot be scrubbed and still be right. Damaged
results that name one are emptied: what cannot be read cannot be shown to be clean.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from barrier.advise.plans import as_json
from barrier.errors import DamagedError, InputError
from barrier.files import is_regular, write_private
from barrier.history.folder import FILES, RECORD, checked_record, own_files, seal_results
from barrier.networks.clusters import cluster_id
from barrier.overwriting import is_own_document
from barrier.printable import parsed_json
from barrier.results.folder import finish_replacing, write_csv
from barrier.results.foreign_files import erase_documents
from barrier.traces import Traces

REPORT = "report.html"
_TEXT = "utf-8"
_GONE = (
    "<!doctype html><meta charset=utf-8><title>Barrier</title>"
    "<p>Dit rapport is ingetrokken: er is iets uit gewist. Scan opnieuw voor een nieuw rapport."
    "<p lang=en>This report was withdrawn: something was erased from it. Scan again for a new one.\n"
)
_GONE_DAMAGED = _GONE + "<p>De resultaten waren beschadigd.<p lang=en>The results were damaged.\n"
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def is_results(folder: Path) -> bool:
    """Return whether a folder holds the results of a scan."""
    return (folder / RECORD).is_file()


def erase_results(folder: Path, traces: Traces) -> list[Path]:
    """Erase ids from a result folder and from what a killed scan left beside it; return files that were not touched.

    Args:
        folder: The folder.
        traces: The ids.

    Raises:
        OSError: A file cannot be read or written; doing it again goes on.
    """
    finish_replacing(folder)
    own = [f for f in (folder / name for name in sorted(own_files(folder))) if not _is_strange_page(f)]
    cut_off = is_withdrawn(folder / REPORT)
    try:
        renamed = _renamed_clusters(folder, traces) if cut_off or _is_whole(folder, own) else None
    except _UNREADABLE:
        renamed = None
    also = Traces(traces.ids | set(renamed or ()))
    if cut_off or any(also.maybe_in(_read(file)) for file in own):
        _erase_own(folder, own, also, renamed)
    return erase_documents(folder, {*own, folder / RECORD}, also)


def _is_whole(folder: Path, own: list[Path]) -> bool:
    """Return whether every file is as the scan wrote it: what is damaged is not made to look whole."""
    try:
        listed = checked_record(folder, erasing=True).get(FILES) or {}
        checked_record(
            folder, *(f.relative_to(folder).as_posix() for f in own if f.name != RECORD and listed), erasing=True
        )
    except (DamagedError, InputError):  # or it is away
        return False
    return True


def _erase_own(folder: Path, own: list[Path], traces: Traces, renamed: dict[str, str] | None) -> None:
    """Erase ids from the files of a scan; damaged ones, which cannot be read line by line, are emptied."""
    write_private(folder / REPORT, _GONE if renamed is not None else _GONE_DAMAGED)
    for page in own:
        if page.suffix == ".html" and page.name != REPORT:
            page.unlink()
    try:
        if renamed is not None:
            for file in own:
                _ERASERS.get(file.suffix, _leave)(file, traces, renamed)
            seal_results(folder)
            return
    except _UNREADABLE:
        write_private(folder / REPORT, _GONE_DAMAGED)
    for file in own:
        if file.suffix in _ERASERS and (file.name != RECORD or traces.maybe_in(_read(file))):
            write_private(file, "")


def withdraw(folder: Path) -> None:
    """Withdraw the pages of a result folder."""
    write_private(folder / REPORT, _GONE)
    for name in own_files(folder) - {REPORT}:
        if name.endswith(".html"):
            (folder / name).unlink()


def is_withdrawn(report: Path) -> bool:
    """Return whether a report was withdrawn."""
    return is_regular(report) and _read(report) == _GONE


def _is_strange_page(file: Path) -> bool:
    """Return whether somebody else put a page among those of networks."""
    return file.suffix == ".html" and file.name != REPORT and not is_own_document(file)


def _renamed_clusters(folder: Path, traces: Traces) -> dict[str, str]:
    """Return the new id of each structure with a member that is erased: the old one was worked out from it."""
    file = folder / "clusters.jsonl"
    records = [parsed_json(line) for line in _read(file).splitlines()] if file.is_file() else []
    return {str(r["id"]): new_id(r, traces) for r in records if traces.named(r["members"])}


def new_id(cluster: dict[str, object], traces: Traces) -> str:
    """Return the id of a structure without the members that are erased."""
    members = cluster["members"]
    left = [m["id"] for m in members if not traces.in_text(m["id"])] if isinstance(members, list) else []
    return cluster_id(left)


def _leave(file: Path, traces: Traces, renamed: dict[str, str]) -> None:
    """Leave a file as it is."""


def _erase_lines(file: Path, traces: Traces, renamed: dict[str, str]) -> None:
    text = _read(file)
    if not traces.maybe_in(text):
        return
    kept = []
    for line in text.splitlines():
        record = parsed_json(line)
        if file.name == "clusters.jsonl":
            kept.append(as_json({**traces.scrubbed(record), "id": renamed.get(record["id"], record["id"])}))
        elif not traces.named(record):
            kept.append(line)
    write_private(file, "".join(line + "\n" for line in kept))


def _erase_rows(file: Path, traces: Traces, renamed: dict[str, str]) -> None:
    if not traces.maybe_in(_read(file)):
        return
    frame = pd.read_csv(file, dtype="str", keep_default_na=False)
    distinct = {v for column in frame for v in frame[column].unique() if traces.in_text(v.removeprefix("'"))}
    write_csv(file, frame[~frame.isin(list(distinct)).any(axis=1)])


def _erase_record(file: Path, traces: Traces, renamed: dict[str, str]) -> None:
    text = _read(file)
    if traces.maybe_in(text):
        write_private(file, json.dumps(traces.scrubbed(parsed_json(text)), ensure_ascii=False, indent=1) + "\n")


_ERASERS = {".jsonl": _erase_lines, ".csv": _erase_rows, ".json": _erase_record}


def _read(file: Path) -> str:
    return file.read_text(encoding=_TEXT, errors="surrogateescape")
