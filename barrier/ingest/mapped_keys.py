"""What makes the ids of a delivery, over all its files: keys that fall together, and spellings of one.

Rule: two keys that make one id and are not the same are never taken as one unsaid: parts that stand in other columns,
or a blank for a dash, set a row aside; another spelling is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

Mask = npt.NDArray[np.bool_]
Hashes = npt.NDArray[np.uint64]
OTHER_SIGN = "the key makes the id of another one (blank or dash)"
OTHER_COLUMNS = (
    "the key makes the id of another one, whose parts stand in other columns; write each part in its own column"
)
_BETWEEN = "\x1f"
_UNCUT = np.uint64(0)  # a key of one part
_ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Told:
    """Ids that are written in more than one way.

    Args:
        ids: How many.
        here: Row of the first of them.
        before: Row of it in another spelling in the same table, or else the place of it: file and line.
    """

    ids: int
    here: int
    before: int | tuple[str, int]

    def text(self, name: str, lines: npt.NDArray[np.int64]) -> str:
        """Return it in words.

        Args:
            name: What the mapping calls these nodes.
            lines: The line of each row of the table.
        """
        several = f"{self.ids:,} {'id' if self.ids == 1 else 'ids'} of {name} {'is' if self.ids == 1 else 'are'}"
        if isinstance(self.before, int):
            places = f"lines {lines[self.before]} and {lines[self.here]}"
            return f"{several} written in more than one way (such as {places}): taken as one"
        file, line = self.before
        places = f"{file} line {line} and line {lines[self.here]} here"
        return f"{several} written otherwise than before (such as {places}): taken as one"


@dataclass
class Keys:
    """Which keys made which ids, over all files of a delivery."""

    texts: dict[str, str] = field(default_factory=dict)
    made: dict[str, _Made] = field(default_factory=dict)

    def in_other_signs(self, ids: pd.Series, texts: pd.Series) -> Mask:
        """Return the rows whose text makes the id of another text, and note what makes the ids that are new."""
        several = (
            texts.str.contains("[ -]", regex=True).fillna(value=False).to_numpy(dtype=bool)
        )  # others stay as they are
        pairs = pd.DataFrame({"id": ids[several], "text": texts[several]}).dropna().drop_duplicates()
        first = dict(zip(reversed(pairs["id"].tolist()), reversed(pairs["text"].tolist()), strict=True))
        self.texts = {**first, **self.texts}
        return _rows_of(pairs[(pairs["id"].map(self.texts) != pairs["text"]).to_numpy(dtype=bool)], ids, texts)

    def in_other_columns(self, prefix: str, ids: pd.Series, parts: Sequence[pd.Series]) -> Mask:
        """Return the rows that make an id of the parts of another key, in other columns.

        Args:
            prefix: What the ids begin with.
            ids: The id of each row that counts, else missing.
            parts: The parts of its key.
        """
        if len(parts) < 2:
            return np.zeros(len(ids), dtype=bool)
        split = joined(parts, between=_BETWEEN)
        pairs = pd.DataFrame({"id": ids, "split": split}).dropna().drop_duplicates()
        known, wrong = self._made(prefix).otherwise_split(pairs, len(parts))
        if pairs["id"].duplicated().any():
            first = pairs.groupby("id")["split"].transform("first")
            wrong |= ~known & (pairs["split"] != first).to_numpy(dtype=bool)
        return _rows_of(pairs[wrong], ids, split)

    def spelled(self, prefix: str, ids: pd.Series, written: Written) -> list[Told]:
        """Return what is to be told of ids that are written in more than one way, and note how they are written.

        Args:
            prefix: What the ids begin with.
            ids: The id of each row that counts, else missing.
            written: The keys they are made of.
        """
        pairs = pd.DataFrame({"id": ids, "written": joined(written.cells, between=_BETWEEN)})
        pairs = pairs.dropna().drop_duplicates()
        more = pairs[pairs["id"].duplicated(keep=False)]
        found = []
        if len(more):
            first, other = more.index[more["id"] == more["id"].iloc[0]][:2]
            found.append(Told(more["id"].nunique(), int(other), int(first)))
        pairs["written"] = joined([c[pairs.index] for c in written.cells])
        pairs["split"] = joined([p[pairs.index] for p in written.parts], between=_BETWEEN)
        filled = pairs["split"].str.replace(f"{_BETWEEN}+", _BETWEEN, regex=True).str.strip(_BETWEEN)
        pairs["cut"] = _hashes(filled) if len(written.parts) > 1 else _UNCUT
        earlier = self._made(prefix)
        found += earlier.otherwise_written(pairs)
        pairs["line"], pairs["parts"] = written.lines[pairs.index], len(written.parts)
        earlier.last.append((pairs, written.file))
        return found

    def _made(self, prefix: str) -> _Made:
        """Return what made the ids of this beginning in the tables before."""
        made = self.made.setdefault(prefix, _Made())
        made.note_last()
        return made


@dataclass(frozen=True)
class Written:
    """The keys of a table: their parts as they are compared, the cells as they stand there, and where that is."""

    parts: Sequence[pd.Series]
    cells: Sequence[pd.Series]
    file: str
    lines: pd.Series


@dataclass
class _Made:
    """What made the ids of one beginning in earlier tables, as numbers; none are made before a second one comes."""

    splits: pd.DataFrame = field(default_factory=pd.DataFrame)
    spellings: pd.Index = field(default_factory=lambda: pd.Index(np.zeros(0, np.uint64)))
    places: pd.DataFrame = field(default_factory=pd.DataFrame)
    last: list[tuple[pd.DataFrame, str]] = field(default_factory=list)

    def otherwise_split(self, pairs: pd.DataFrame, parts: int) -> tuple[Mask, Mask]:
        """Return which ids were made before, and which of them of other parts."""
        if not len(self.splits):
            return np.zeros(len(pairs), dtype=bool), np.zeros(len(pairs), dtype=bool)
        at = self.splits.index.get_indexer(pd.Index(_mixed(_hashes(pairs["id"]), np.uint64(parts))))
        return at >= 0, (at >= 0) & (self.splits["split"].to_numpy()[at] != _hashes(pairs["split"]))

    def otherwise_written(self, pairs: pd.DataFrame) -> list[Told]:
        """Return what is to be told of ids that were written in other ways before."""
        if not len(self.places):
            return []
        ids = _hashes(pairs["id"])
        new = ~np.asarray(pd.Index(_mixed(ids, _hashes(pairs["written"]))).isin(self.spellings), dtype=bool)
        at = self.places.index.get_indexer(pd.Index(ids))
        cut, before = pairs["cut"].to_numpy(np.uint64), self.places["cut"].to_numpy(np.uint64)[at]
        new |= (cut != before) & (cut != _UNCUT) & (before != _UNCUT)  # the same text, in parts of its own
        other = np.flatnonzero(new & (at >= 0))
        if not len(other):
            return []
        file, line = self.places[["file", "line"]].iloc[int(at[other[0]])]
        return [Told(pairs["id"].iloc[other].nunique(), int(pairs.index[other[0]]), (str(file), int(line)))]

    def note_last(self) -> None:
        """Keep what the table before said."""
        for pairs, file in self.last:
            ids = _hashes(pairs["id"])
            splits = {"split": _hashes(pairs["split"])}
            self.splits = _first(self.splits, pd.DataFrame(splits, _mixed(ids, pairs["parts"].to_numpy(np.uint64))))
            self.spellings = self.spellings.append(pd.Index(_mixed(ids, _hashes(pairs["written"])))).unique()
            places = {"file": file, "line": pairs["line"].to_numpy(), "cut": pairs["cut"].to_numpy(np.uint64)}
            self.places = _first(self.places, pd.DataFrame(places, ids))
        self.last.clear()


def joined(parts: Sequence[pd.Series], *, between: str = " ") -> pd.Series:
    """Return texts with a blank or another sign between them; of blanks one stands for several."""
    made = parts[0].fillna("")
    for part in parts[1:]:
        made = made + between + part.fillna("")
    blank = len(parts) > 1 and between == " "
    return made.str.strip().str.replace("  +", " ", regex=True) if blank else made


def _first(held: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    both = pd.concat([held, more]) if len(held) else more
    return both[~both.index.duplicated()]


def _hashes(texts: pd.Series) -> Hashes:
    return np.asarray(pd.util.hash_pandas_object(texts, index=False), dtype=np.uint64)


def _mixed(first: Hashes, other: Hashes | np.uint64) -> Hashes:
    return np.asarray(first * _ODD ^ other, dtype=np.uint64)


def _rows_of(pairs: pd.DataFrame, ids: pd.Series, texts: pd.Series) -> Mask:
    """Return the rows that hold one of some pairs of id and text."""
    if not len(pairs):
        return np.zeros(len(ids), dtype=bool)
    return np.asarray(pd.MultiIndex.from_arrays([ids, texts]).isin(pd.MultiIndex.from_frame(pairs)), dtype=bool)
