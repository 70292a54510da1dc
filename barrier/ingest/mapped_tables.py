"""The tables that the rows of all delivered files make through a mapping: one row a node, every link once.

Rule: a row is one thing: where one of its nodes cannot stand, it makes nothing; what it protects counts all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.ipc

from barrier.ingest.made_rows import FILE, KEY, LINE
from barrier.ingest.mapping_file import SourceMapping
from barrier.ingest.protection import COLUMN, is_flagged, with_alike_keys
from barrier.ingest.rawtable import RawTable
from barrier.ingest.rejects import Rejects, Rows
from barrier.ingest.unread_links import UnreadLinks, unread_links
from barrier.model.kinds import protectable
from barrier.model.schema import schema

_NAMED = 20  # ids of which it is said one by one where they stand
_OWN_PREFIX = "give each label a prefix of its own in the mapping, or leave these rows out by where"


@dataclass
class MappedTables:
    """What the rows of delivered files make, while they are read.

    Args:
        files: Names of the files, in the order in which they were read.
        frames: The parts of each table, by label or relationship type.
        unread: Links that rows set aside would have made, by type.
        prefixes: What the ids of a label begin with.
    """

    files: list[str] = field(default_factory=list)
    frames: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    unread: dict[str, list[UnreadLinks]] = field(default_factory=dict)
    prefixes: dict[str, set[str]] = field(default_factory=dict)

    def add(self, file: str, tables: Sequence[tuple[str, pd.DataFrame]]) -> None:
        """Add what the rows of a file make."""
        if file not in self.files:
            self.files.append(file)
        place = self.files.index(file)
        for name, table in tables:
            self.frames.setdefault(name, []).append(table.assign(**{FILE: place}))

    def leave_out(self, lines: Mapping[str, Rows]) -> None:
        """Leave out all that some rows (lines by file) make, but for what they protect."""
        at = {place: lines[file] for place, file in enumerate(self.files) if file in lines}
        for name, parts in self.frames.items():
            if name in schema().relationships:
                self._keep_ends(name, [part[_of_lines(part, at)] for part in parts])
            self.frames[name] = [_without(name, part, at) for part in parts]

    def _keep_ends(self, name: str, left_out: Sequence[pd.DataFrame]) -> None:
        self.unread.setdefault(name, []).extend(
            unread_links(part["source_id"], part["target_id"]) for part in left_out if len(part)
        )

    def set_clashes_aside(self, sources: Sequence[SourceMapping], rejects: Rejects) -> None:
        """Set rows aside that make a node of an id under which one of another label stands already."""
        for node in (n for source in sources for n in source.nodes.values()):
            self.prefixes.setdefault(node.label, set()).add(node.id.prefix)
        meeting = _meeting(sources) & self.frames.keys()
        nodes = [pd.concat(self.frames[n])[["id", FILE, LINE]].assign(label=n) for n in schema().labels if n in meeting]
        if len(nodes) < 2:
            return
        every = pd.concat(nodes).sort_values([FILE, LINE], kind="stable")
        first = every.drop_duplicates("id").set_index("id")
        clashing = every[every["label"].to_numpy() != first["label"].loc[every["id"]].to_numpy()]
        if clashing.empty:
            return
        there = first.loc[clashing["id"]]
        few = clashing["id"].nunique() <= _NAMED
        places = [f"{self.files[f]} line {n}" for f, n in zip(there[FILE], there[LINE], strict=True)]
        told = pd.DataFrame({"file": clashing[FILE].to_numpy(), "line": clashing[LINE].to_numpy()})
        told["as"], told["place"] = there["label"].to_numpy(), places
        for _, group in told.groupby(["file", "as", "place"] if few else ["file", "as"], sort=False):
            file, _, other, place = group.iloc[0]
            where = place if few else f"such as {place}"
            reason = f"its id stands there already, as {other} ({where}); {_OWN_PREFIX}"
            rejects.add(self.files[file], np.unique(group["line"].to_numpy(np.int64)), "", "row", reason)
        self.leave_out({file: rejects.lines_of(file) for file in self.files})

    def tables(self) -> tuple[dict[str, RawTable], list[str]]:
        """Return the tables, and what is to be told of them."""
        notes: list[str] = []
        return {name: self._merged(name, pd.concat(parts), notes) for name, parts in self.frames.items()}, notes

    def _merged(self, name: str, frame: pd.DataFrame, notes: list[str]) -> RawTable:
        frame = _all_flagged(frame.reset_index(drop=True), name)
        one = self._one_a_node if "id" in frame.columns else self._one_a_link
        frame = one(name, frame, notes)
        keys = self._keys(name, frame)
        lines, codes = (frame.pop(c).to_numpy(dtype=np.int64) for c in (LINE, FILE))
        table = pa.table({str(c): _texts(frame[c]) for c in frame.columns})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
        files = [self.files[c] for c in np.unique(codes)] or self.files[:1]
        called = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1:,} more"
        return RawTable(
            f"{called} ({name})",
            table,
            sink.getvalue().to_pybytes(),
            np.zeros(0, np.int64),
            (),
            is_text=False,
            origin_lines=lines,
            origin_files=(tuple(self.files), codes),
            keys=keys,
        )

    def _keys(self, name: str, frame: pd.DataFrame) -> pa.Table | None:
        """Take the keys of nodes out of a table, and return them beside what stands before them in the ids."""
        if "id" not in frame.columns:
            return None
        ids = frame["id"]
        prefixes, bare = pd.Series("", index=frame.index, dtype="str"), ids
        for prefix in sorted(self.prefixes.get(name, ()), key=len):  # the longest that fits
            fits = ids.str.startswith(prefix)
            prefixes, bare = prefixes.mask(fits, prefix), bare.mask(fits, ids.str.slice(len(prefix)))
        keys = frame.pop(KEY).fillna(bare) if KEY in frame.columns else bare
        return pa.table({"prefix": _texts(prefixes), "key": _texts(keys.astype("str"))})

    def _one_a_node(self, label: str, frame: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
        """Return one row a node: of each property the first value that is there; what contradicts it is told."""
        frame = frame.drop_duplicates([c for c in frame.columns if c not in (LINE, FILE, KEY)], ignore_index=True)
        if COLUMN in frame.columns:  # one row that protects is enough
            frame[COLUMN] = frame[COLUMN].mask(frame["id"].isin(frame.loc[is_flagged(frame[COLUMN]), "id"]), "true")
        if not frame["id"].duplicated().any():
            return frame
        properties = [c for c in frame.columns if c not in ("id", LINE, FILE, KEY)]
        groups = frame.groupby("id", sort=False)
        first = groups[properties].transform("first") if properties else frame[[]]
        for name in properties:
            other = frame[name].notna() & (frame[name] != first[name])
            if name != COLUMN and other.any():
                notes.append(self._contradicts(label, name, frame, first[name], np.flatnonzero(other)))
        return frame.assign(**{n: first[n] for n in properties})[~frame["id"].duplicated()]

    def _contradicts(self, label: str, name: str, frame: pd.DataFrame, first: pd.Series, rows: Rows) -> str:
        nodes = frame["id"].iloc[rows].nunique()
        row = int(rows[0])
        kept = int(np.flatnonzero((frame["id"] == frame["id"].iloc[row]) & (frame[name] == first.iloc[row]))[0])
        at = [f"{self.files[int(frame[FILE].iloc[r])]} line {frame[LINE].iloc[r]}" for r in (kept, row)]
        return (
            f"{label}: {nodes:,} {'node has' if nodes == 1 else 'nodes have'} more than one {name} (such as {at[0]}, "
            f"and another in {at[1]}): the first is kept"
        )

    def _one_a_link(self, kind: str, frame: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
        """Return every link once: it is its ends and its properties."""
        again = frame.duplicated([c for c in frame.columns if c not in (LINE, FILE)]).to_numpy()
        if again.any():
            row = int(np.flatnonzero(again)[0])
            place = f"{self.files[int(frame[FILE].iloc[row])]} line {frame[LINE].iloc[row]}"
            count = int(again.sum())
            notes.append(
                f"{kind}: {count:,} {'link is' if count == 1 else 'links are'} equal to an earlier one in ends and "
                f"properties (such as {place}): taken once"
            )
        return frame[~again]


def _meeting(sources: Sequence[SourceMapping]) -> set[str]:
    """Return the labels whose ids can be those of another label, by their prefixes."""
    prefixes = {(node.label, node.id.prefix) for source in sources for node in source.nodes.values()}
    return set(_pairs(sorted(prefixes)))


def _pairs(prefixes: Sequence[tuple[str, str]]) -> Iterator[str]:
    for (one, begin), (other, start) in combinations(prefixes, 2):
        if one != other and (begin.startswith(start) or start.startswith(begin)):
            yield from (one, other)


def _of_lines(frame: pd.DataFrame, lines: Mapping[int, Rows]) -> npt.NDArray[np.bool_]:
    """Return which rows of a frame come from some lines, by the place of their file."""
    found = np.zeros(len(frame), dtype=bool)
    for file, here in lines.items():
        found |= (frame[FILE] == file).to_numpy() & np.isin(frame[LINE].to_numpy(), here)
    return found


def _without(name: str, frame: pd.DataFrame, lines: Mapping[int, Rows]) -> pd.DataFrame:
    gone = _of_lines(frame, lines)
    if not gone.any():
        return frame
    if name in protectable() and COLUMN in frame.columns:
        flagged = gone & is_flagged(frame[COLUMN]).to_numpy()
        frame = frame.copy()
        frame.loc[flagged, [c for c in frame.columns if c not in ("id", COLUMN, KEY, LINE, FILE)]] = None
        gone &= ~flagged
    return frame[~gone]


def _all_flagged(frame: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return rows in which what looks like a protected key is protected too, of whatever file it is."""
    if label not in protectable() or not {KEY, COLUMN} <= set(frame.columns):
        return frame
    return frame.assign(**{COLUMN: with_alike_keys(frame[COLUMN], frame[KEY])})


def _texts(column: pd.Series) -> pa.Array:
    """Return a column as text, missing where it is; columns that are text already at once."""
    if column.dtype == "str":
        return pa.array(column, pa.string())
    return pa.array([None if pd.isna(v) else str(v) for v in column], pa.string())
