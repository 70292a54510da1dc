"""Random small regions, as values of Python: what a delivery says, whatever the way in which it is written."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from barrier.ingest.cells import UNTIL
from barrier.ingest.placeholders import shipped_placeholders
from barrier.model.schema import Property, schema

Value = str | int | Decimal | bool | tuple[str, ...] | None
Row = dict[str, Value]
Region = dict[str, list[Row]]

# quotes, separators, line breaks, diacritics composed or not, a sign outside the basic plane, what no cell begins with
_SIGNS = st.sampled_from(
    [
        '"',
        "'",
        ",",
        ";",
        "\t",
        "|",
        "\n",
        "\r\n",
        " ",
        "é",
        "e\u0301",
        "ß",
        "Ł",
        "東",
        "🏠",
        "=",
        "-",
        ".",
        "%",
        "\\",
        "#",
    ]
)
_PARTS = st.one_of(_SIGNS, st.sampled_from(["a", "B", "Zn", "0", "00", "7", "1,5", "null", "sep=;", "id", "totaal"]))
TEXTS = st.lists(_PARTS, min_size=1, max_size=5).map(lambda parts: "".join(parts).strip()).filter(bool)
# N.a stands for nothing
_NAMES = TEXTS.map("N{}".format).filter(lambda t: not shipped_placeholders().stands_for_nothing(t))
_WORDS = st.sampled_from(["BRP", "KVK", "0781", "78201", "000", "tax", "n.v.t.", "x y", "a'b"])
_ENDINGS = st.sampled_from(["", "", "", "a", "B", "é", "e\u0301", '"', ",", ";", "|", " x", "'", "/2", ".5", "#"])
_YEARS = st.integers(1950, 2030)


def _day(year: int, month: int, day: int) -> str:
    return f"{year:04}-{month:02}-{day:02}"


_KNOWN_DAYS = st.builds(_day, _YEARS, st.integers(1, 12), st.integers(1, 28))
_PARTLY = st.builds(_day, _YEARS, st.integers(0, 12), st.just(0))
DATES = st.one_of(_KNOWN_DAYS, _KNOWN_DAYS, _PARTLY, st.just("0000-00-00"))
_LATER = st.builds(_day, st.integers(2031, 2099), st.integers(1, 12), st.integers(1, 28))
_ENDS = st.one_of(st.none(), _LATER, st.just("0000-00-00"), st.just("2031-00-00"))


def _numbers(prop: Property) -> st.SearchStrategy[Value]:
    low, high = int(prop.min if prop.min is not None else -999_999), int(prop.max if prop.max is not None else 999_999)
    high = min(high, 2026) if prop.past else high  # a year after the extract is set aside
    if prop.type == "integer":
        return st.integers(low, min(high, 99_999))
    return st.decimals(low, high, places=2) | st.decimals(low, high, places=3) | st.integers(low, high)


def _values(prop: Property) -> st.SearchStrategy[Value]:
    """Return what a property can hold."""
    if prop.type in ("integer", "number"):
        return _numbers(prop)
    if prop.type == "boolean":
        return st.booleans()
    if prop.type == "date":
        return _ENDS if prop.ends else DATES
    words = st.sampled_from(prop.values) if prop.values else _WORDS
    if prop.type == "list":
        return st.lists(words, min_size=1, max_size=3).map(tuple)
    if prop.pattern:
        return st.integers(1, 1_999).map("GM{:04}".format)
    return words if prop.values else words | TEXTS


@st.composite
def regions(draw: st.DrawFn) -> Region:
    """Draw some kinds of links with the nodes at their ends; rows in any order."""
    kinds = schema().relationships
    names = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=3, unique=True))
    labels = {label for name in names for label in (*kinds[name].sources, *kinds[name].targets)}
    chosen = [label for label in schema().labels if label in labels]
    if len(chosen) > 3:  # a link from anything to anything: some of it is enough
        chosen = draw(st.lists(st.sampled_from(chosen), min_size=1, max_size=3, unique=True))
    region: Region = {label: draw(nodes(label)) for label in chosen}
    for name in names:
        ends = [
            [row["id"] for label in labels_of for row in region.get(label, ())]
            for labels_of in (kinds[name].sources, kinds[name].targets)
        ]
        if all(ends):
            region[name] = _links(draw, name, ends)
    return region


@st.composite
def nodes(draw: st.DrawFn, label: str) -> list[Row]:
    """Draw some nodes of a label."""
    properties = {n: p for n, p in schema().labels[label].properties.items() if not p.key}
    count = draw(st.integers(1, 3))
    rows = [_filled(draw, properties) for _ in range(count)]
    zeros = {"Address": "00", "Licence": "000"}.get(label, "")
    lead = draw(st.sampled_from([f"{label[:3].lower()}-", zeros or f"{label[:3].lower()}_"]))
    # of persons and contacts an id in other than plain signs is kept as a hash
    endings = st.sampled_from(["", "a"]) if label in ("Person", "Contact") else _ENDINGS
    ids = draw(st.lists(endings, min_size=count, max_size=count))
    return [{"id": f"{lead}{n}{end}", **row} for n, (end, row) in enumerate(zip(ids, rows, strict=True), start=1)]


def _links(draw: st.DrawFn, name: str, ends: list[list[Any]]) -> list[Row]:
    properties = {n: p for n, p in schema().relationships[name].properties.items() if not p.derived}
    rows: list[Row] = []
    for _ in range(draw(st.integers(0, 4))):
        row: Row = {"source_id": draw(st.sampled_from(ends[0])), "target_id": draw(st.sampled_from(ends[1]))}
        if name == "REGISTERED_AT" and draw(st.integers(0, 5)) == 0:
            row["target_id"] = None  # registered elsewhere from that day on
        row |= {"from": draw(st.none() | DATES), "until": draw(_ENDS), "source": draw(st.none() | _WORDS)}
        rows.append(row | _filled(draw, properties))
    return rows


def _filled(draw: st.DrawFn, properties: Mapping[str, Property]) -> Row:
    row: Row = {n: draw(st.none() | _values(p)) for n, p in properties.items() if n != "protected"}
    if "protected" in properties:
        row["protected"] = draw(st.sampled_from([None, None, None, None, False, True]))
    return row


def properties_of(table: str) -> dict[str, Property]:
    """Return the columns of a table, in the order of the model, and what each holds."""
    if table in schema().labels:
        return dict(schema().labels[table].properties)
    own = {n: p for n, p in schema().relationships[table].properties.items() if not p.derived}
    text, day = Property(type="string", about="-"), Property(type="date", about="-")
    return {"source_id": text, "target_id": text, "from": day, "until": UNTIL, "source": text, **own}


@st.composite
def premises(draw: st.DrawFn) -> list[Row]:
    """Draw the rows of one flat table of firms and where they sit; equal things have equal cells."""
    day, area = st.none() | _KNOWN_DAYS, st.none() | st.decimals(0, 9_999, places=2)
    firms = draw(st.lists(st.tuples(_NAMES, day, st.none() | st.integers(0, 999)), min_size=1, max_size=3))
    places = draw(st.lists(area, min_size=1, max_size=3))
    pairs = st.tuples(st.integers(0, len(firms) - 1), st.integers(0, len(places) - 1))
    rows: list[Row] = []
    for f, p in draw(st.lists(pairs, min_size=1, max_size=6)):
        name, started, staff = firms[f]
        firm: Row = {"Firma nr": f"f{f}", "Handelsnaam": name, "Opgericht": started, "Personeel": staff}
        place: Row = {"Pand": f"p0{p}", "Oppervlakte": places[p], "Soort": draw(st.sampled_from(["hoofd", "neven"]))}
        rows.append(firm | place | {"Vanaf": draw(day), "t/m": draw(st.none() | _LATER)})
    return rows
