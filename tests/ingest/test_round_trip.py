"""What was written in any dialect reads back as it was, or what is not so is said: with its line, or by a refusal."""

from __future__ import annotations

import gzip
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barrier.errors import InputError
from barrier.ingest.folder import RegionConfig, RegionFolder
from barrier.ingest.listed import read_code
from barrier.ingest.mapping import read_mapped
from barrier.ingest.placeholders import shipped_placeholders
from barrier.ingest.reader import given_table
from barrier.ingest.region import Region as ReadRegion
from barrier.ingest.region import build_region, read_region
from barrier.model.schema import Property, schema
from tests.roundtrip.dialects import DIALECTS, Dialect, text_of, write, write_columns
from tests.roundtrip.regions import Region, Row, Value, nodes, premises, properties_of, regions

pytestmark = pytest.mark.slow

Rows = Counter[tuple[Any, ...]]
# all that may be set aside: what can be two things, or stands where it cannot be told from something else
_SET_ASIDE = (
    "can be two numbers",
    "there is no ",  # an end of a link that was set aside itself
    "a row that totals others",
)


def _plain(value: Any) -> Any:
    """Return a value so that equal ones are equal, whatever type holds them."""
    if isinstance(value, list):
        return tuple(value)
    return float(value) if isinstance(value, Decimal) else value


def _rows(rows: list[Row] | list[dict[str, Any]], table: str) -> Rows:
    columns = [c for c in properties_of(table) if c != "protected"]
    return Counter(tuple(_plain(row[c]) for c in columns) for row in rows)


def _read_rows(read: ReadRegion, table: str) -> Rows:
    tables = read.tables
    found = tables.nodes[table] if table in tables.nodes else tables.links[table].table
    return _rows(found.to_pylist(), table)


def _as_given(region: Region) -> ReadRegion:
    """Return a region read without any file: each value in the words of the model, and no number that can be two."""
    tables = {}
    for table, rows in region.items():
        columns: dict[str, list[str | None]] = {c: [] for c in properties_of(table)}
        for row in rows:
            for c, prop in properties_of(table).items():
                value = row[c]
                exact = value.quantize(Decimal("0.0001")) if isinstance(value, Decimal) else value
                columns[c].append(text_of(exact, prop, Dialect()) or None)
        tables[table] = given_table(f"{table}.csv", columns)
    return build_region(RegionFolder(Path(), RegionConfig(), {}, ()), tables)


def _wanted(region: Region) -> dict[str, Rows]:
    """Return what is to be read where nothing is set aside."""
    if any(row.get("protected") for rows in region.values() for row in rows):  # with it goes what only it tells of
        read = _as_given(region)
        return {table: _read_rows(read, table) for table in region}
    closing = {"target_id": None}
    given = {t: [_without_words(r, t) for r in rows] for t, rows in region.items()}
    return {t: _rows([r for r in rows if not closing.items() <= r.items()], t) for t, rows in given.items()}


def _without_words(row: Row, table: str) -> Row:
    """Return a row without words that stand for nothing and are no value of a list."""
    nothing, kinds = shipped_placeholders().stands_for_nothing, properties_of(table)
    texts = {c: v for c, v in row.items() if isinstance(v, str) and not kinds[c].key and v not in kinds[c].values}
    codes = {c: read_code(t)[0] for c, t in texts.items() if kinds[c].code}
    return {c: None if c in texts and nothing(texts[c]) else codes.get(c, v) for c, v in row.items()}


def _is_foreign(file: Path) -> bool:
    """Return whether a text is in an encoding that is none of ours."""
    content = file.read_bytes()
    content = gzip.decompress(content) if file.name.endswith(".gz") else content
    if content.startswith(b"\xff\xfe"):  # UTF-16 with its mark
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return ".csv" in file.name
    return False


def _check(region: Region, read: ReadRegion) -> None:
    """Compare what was read with what was written: nothing is changed, and what is missing is set aside and counted."""
    counts = {count.file.partition(".")[0]: count for count in read.row_counts}
    assert {t: counts[t].rows for t in region} == {t: len(rows) for t, rows in region.items()}
    for table, wanted in _wanted(region).items():
        found = _read_rows(read, table)
        assert not found - wanted, table
        # with a link that is set aside goes what, but for it, only a secret tells of
        assert (wanted - found).total() <= counts[table].set_aside or (read.withheld and read.rejects.rows()), table
    reasons = {reason for *_, reason, _, _ in read.rejects.reasons()}
    assert not {r for r in reasons if not r.startswith(_SET_ASIDE)}


@settings(max_examples=500)
@given(data=st.data(), region=regions())
def test_a_region_in_any_dialect_reads_back_equal_or_the_difference_is_said(
    data: st.DataObject, region: Region
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        dialects = {table: data.draw(DIALECTS, label=table) for table in region}
        files = [write(Path(folder), table, rows, dialects[table]) for table, rows in region.items()]
        foreign = {file.name for file in files if _is_foreign(file)}
        if foreign:
            with pytest.raises(InputError, match="expected UTF-8") as refused:
                read_region(Path(folder))
            assert {problem.partition(":")[0] for problem in refused.value.problems} == foreign
        else:
            _check(region, read_region(Path(folder)))


@settings(max_examples=20)
@given(data=st.data(), dialect=DIALECTS, label=st.sampled_from(sorted(schema().labels)))
def test_a_table_in_a_spreadsheet_reads_back_equal(data: st.DataObject, dialect: Dialect, label: str) -> None:
    region = {label: [r for r in data.draw(nodes(label)) if not r.get("protected")]}
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), label, region[label], replace(dialect, kind="xlsx"))
        _check(region, read_region(Path(folder)))


MAPPING = """
format: 1
about: Premises of firms, as a register exports them.
region: {name: Trial, purpose: test}
sources:
  - file: ["vestigingen.*"]
    nodes:
      firm:
        label: Business
        id: {prefix: b-, columns: [Firma nr]}
        properties:
          name: {column: Handelsnaam}
          started: {column: Opgericht, format: [d-m-yyyy, yyyymmdd]}
          staff: {column: Personeel}
      place:
        label: Address
        id: {prefix: a-, columns: [Pand]}
        properties: {area_m2: {column: Oppervlakte}}
    links:
      - type: ESTABLISHED_AT
        source: firm
        target: place
        properties:
          kind: {column: Soort, values: {hoofd: main, neven: branch}}
          from: {column: Vanaf, format: d-m-yyyy}
          until: {column: t/m, format: d-m-yyyy, until: inclusive}
          source: {value: KVK}
"""
_TEXT = Property(type="string", about="-")
_NUMBER = Property(type="number", about="-", unit="m2")
_COLUMNS = {
    **dict.fromkeys(["Firma nr", "Handelsnaam", "Opgericht"], _TEXT),
    "Personeel": Property(type="integer", about="-"),
    "Pand": _TEXT,
    "Oppervlakte": _NUMBER,
    **dict.fromkeys(["Soort", "Vanaf", "t/m"], _TEXT),
}


def _dutch(row: Row, chance: int) -> Row:
    """Return a row with its days as a register writes them."""

    def written(name: str) -> Value:
        day = row[name]
        if not isinstance(day, str):
            return day
        found = date.fromisoformat(day)
        return f"{found:%Y%m%d}" if name == "Opgericht" and chance % 2 else f"{found.day}-{found.month}-{found.year}"

    return row | {name: written(name) for name in ("Opgericht", "Vanaf", "t/m")}


def _day_after(day: Value) -> str | None:
    return None if day is None else (date.fromisoformat(str(day)) + timedelta(days=1)).isoformat()


@settings(max_examples=60)
@given(rows=premises(), dialect=DIALECTS)
def test_a_foreign_table_in_any_dialect_is_mapped_as_it_was(rows: list[Row], dialect: Dialect) -> None:
    dialect = replace(dialect, plain_header=True, open_end="", encoding="utf-8")
    firms = {(f"b-{r['Firma nr']}", r["Handelsnaam"], r["Opgericht"], r["Personeel"]) for r in rows}
    places = {(f"a-{r['Pand']}", _plain(r["Oppervlakte"])) for r in rows}
    kinds = {"hoofd": "main", "neven": "branch"}
    links = {
        (f"b-{r['Firma nr']}", f"a-{r['Pand']}", kinds[str(r["Soort"])], r["Vanaf"], _day_after(r["t/m"])) for r in rows
    }
    with tempfile.TemporaryDirectory() as folder:
        write_columns(Path(folder) / "vestigingen", _COLUMNS, [_dutch(r, dialect.seed) for r in rows], dialect)
        (Path(folder) / "mapping.yml").write_text(MAPPING)
        read = read_mapped(Path(folder), Path(folder) / "mapping.yml")

    tables = read.tables
    wanted: tuple[set[Any], ...] = (firms, places, links)
    found = [
        _picked(tables.nodes["Business"], "id", "name", "started", "staff"),
        _picked(tables.nodes["Address"], "id", "area_m2"),
        _picked(tables.links["ESTABLISHED_AT"].table, "source_id", "target_id", "kind", "from", "until"),
    ]
    assert read.row_counts[0].rows == len(rows)
    if read.row_counts[0].set_aside:
        wanted = tuple(mine & theirs for mine, theirs in zip(found, wanted, strict=True))
    assert found == list(wanted)


def _picked(table: pa.Table, *columns: str) -> set[tuple[Any, ...]]:
    return {tuple(_plain(row[c]) for c in columns) for row in table.to_pylist()}
