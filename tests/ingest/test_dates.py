"""Dates in delivered tables: date-times by their zone, open ends, ends on an unknown day, and what is no date."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barrier.ingest.dates import read_dates
from barrier.ingest.region import Region, read_region
from barrier.model.dates import FAR_PAST

MOMENTS = st.datetimes(min_value=datetime(1950, 1, 2), max_value=datetime(2198, 12, 30))


def _read(folder: Path, **files: str) -> Region:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_region(folder)


def _reasons(read: Region) -> list[tuple[str, int, str]]:
    found = read.rejected
    return list(zip(found["column"].tolist(), found["line"].tolist(), found["reason"].tolist(), strict=True))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-06-01", "2024-06-01"),
        (" 2024-06-01 ", "2024-06-01"),
        ("2024-06-01T00:00:00", "2024-06-01"),
        ("2024-06-01 00:00:00", "2024-06-01"),
        ("2024-06-01 00:00:00.0000000", "2024-06-01"),
        ("2024-06-01t23:59", "2024-06-01"),
        ("2024-05-31T22:00:00Z", "2024-06-01"),
        ("2024-05-31T21:59:59Z", "2024-05-31"),
        ("2024-05-31 22:00:00+00", "2024-06-01"),
        ("2024-06-01T00:00:00+02:00", "2024-06-01"),
        ("2024-06-01T00:00:00+0300", "2024-05-31"),
        ("2024-12-31T23:00:00.000Z", "2025-01-01"),
        ("2024-12-31T18:30:00 -05:00", "2025-01-01"),
    ],
)
def test_a_date_time_is_the_day_it_is_in_amsterdam(tmp_path: Path, text: str, day: str) -> None:
    read = _read(tmp_path, Business=f"id;started\nb1;{text}\n")

    assert _reasons(read) == []
    assert read.tables.nodes["Business"].column("started").to_pylist() == [day]


@settings(deadline=None)
@given(moment=MOMENTS, minutes=st.integers(-14 * 60, 14 * 60), blank=st.sampled_from([" ", "T"]))
def test_the_day_of_a_moment_does_not_depend_on_the_zone_it_is_written_in(
    moment: datetime, minutes: int, blank: str
) -> None:
    zone = timezone(timedelta(minutes=minutes))
    text = moment.replace(tzinfo=ZoneInfo("UTC"), microsecond=0).astimezone(zone).isoformat(sep=blank)

    found = read_dates(np.array([text], dtype=object), ends=False)

    expected = moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo("Europe/Amsterdam")).date()
    assert (found.texts[0], found.wrong) == (expected.isoformat(), ())


NO_DATE = "not a date; expected YYYY-MM-DD, with 00 for what is unknown"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1900-01-00", "day zero of a spreadsheet, which is no date; expected an empty cell or a date"),
        ("1899-12-30T00:00:00", "day zero of a spreadsheet, which is no date; expected an empty cell or a date"),
        (
            "45444",
            "a number, as spreadsheets keep dates, is no date; expected YYYY-MM-DD, or a mapping that gives its format",
        ),
        ("20240601", "not a date; expected YYYY-MM-DD, with hyphens, or a mapping that gives its format"),
        ("1/6/2024", f"{NO_DATE}, or a mapping that gives its format"),
        ("2024/06/01", f"{NO_DATE}, or a mapping that gives its format"),
        ("2024-02-30T10:00:00Z", NO_DATE),
        ("2024-06-01T24:00:00", NO_DATE),
        ("2024-06-01T10:00:00 CET", NO_DATE),
        ("0001-01-01", NO_DATE),
        ("soon", NO_DATE),
        ("9999-12-31", "a day from 2200 on, on which nothing begins; expected the day, or an empty cell"),
        ("2200-01-01", "a day from 2200 on, on which nothing begins; expected the day, or an empty cell"),
    ],
)
@pytest.mark.parametrize("column", ["started", "from"])
def test_what_is_no_day_on_which_something_begins_is_set_aside(
    tmp_path: Path, text: str, reason: str, column: str
) -> None:
    if column == "started":
        read = _read(tmp_path, Business=f"id;started\nb1;{text}\nb2;2199-12-31\n")
    else:
        links = f"source_id;target_id;from\np1;a1;{text}\np1;a1;2199-12-31\n"
        read = _read(tmp_path, Person="id\np1\n", Address="id\na1\n", STAYS_AT=links)

    assert _reasons(read) == [(column, 2, reason)]


@pytest.mark.parametrize("end", ["9999-12-31", "2999-12-31", "2200-01-01", "9999-12-31T23:59:59Z", "2999-00-00", ""])
def test_an_end_from_2200_on_is_open(tmp_path: Path, end: str) -> None:
    read = _read(
        tmp_path,
        Person="id\np1\n",
        Address="id\na1\na2\n",
        Business=f"id,started,ended\nb1,2020-01-01,{end}\n",
        Licence=f"id,valid_from,valid_until\nl1,2020-01-01,{end}\n",
        Signal=f"id,observed,expires\ns1,2020-01-01,{end}\n",
        CONCERNS="source_id,target_id\ns1,b1\n",
        REGISTERED_AT=f"source_id,target_id,from,until\np1,a1,2020-01-01,{end}\np1,a2,2024-01-01,{end}\n",
    )

    assert _reasons(read) == []
    nodes = read.tables.nodes
    assert nodes["Business"].column("ended_day").to_pylist() == [None]
    assert nodes["Business"].column("ended").to_pylist() == [None]
    assert nodes["Licence"].column("valid_until_day").to_pylist() == [None]
    assert nodes["Signal"].column("expires_day").to_pylist() == [None]
    homes = read.tables.links["REGISTERED_AT"].table
    assert homes.column("until").to_pylist() == [None, None]
    assert homes.column("end_day").to_pylist() == [19723, 2932896]  # the later residence begins on 2024-01-01


def test_the_last_day_of_2199_is_a_day(tmp_path: Path) -> None:
    read = _read(tmp_path, Business="id,ended\nb1,2199-12-31\n")

    assert read.tables.nodes["Business"].column("ended_day").to_pylist() == [84005]


def test_what_ended_on_an_unknown_day_has_ended(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        Business="id,ended\nb1,0000-00-00\n",
        Licence="id,valid_from,valid_until\nl1,0000-00-00,0000-00-00\n",
        Address="id\na1\n",
        OWNS="source_id,target_id,until\nb1,a1,0000-00-00\n",
    )

    assert _reasons(read) == []
    assert read.tables.nodes["Business"].column("ended_day").to_pylist() == [FAR_PAST]
    assert read.tables.nodes["Licence"].column("valid_until_day").to_pylist() == [FAR_PAST]
    assert read.tables.nodes["Licence"].column("valid_from_day").to_pylist() == [None]
    assert read.tables.links["OWNS"].table.column("end_day").to_pylist() == [FAR_PAST]


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [("Business", "started", "ended"), ("Licence", "valid_from", "valid_until"), ("Signal", "observed", "expires")],
)
def test_a_node_that_ends_before_it_begins_is_set_aside(tmp_path: Path, label: str, first: str, last: str) -> None:
    rows = [
        "n1,2024-05-02,2024-05-01",
        "n2,2024-05-02,2024-05-02",
        "n3,2024-05-00,2024-05-01",
        "n4,2024-05-02,2024-00-00",
        "n5,2024-05-02,2024-04-00",
        "n6,2024-05-02,0000-00-00",
        "n7,,2024-05-01",
        "n8,2024-05-02,2999-12-31",
        "n9,2024-05-02T00:00:00,2024-05-01T22:30:00Z",
    ]
    read = _read(tmp_path, **{label: "\n".join([f"id,{first},{last}", *rows]) + "\n"})

    assert _reasons(read) == [
        (last, 2, f"{last} lies before {first}"),
        (last, 6, f"{last} lies before {first}"),
    ]


@pytest.mark.parametrize(
    "moment", ["1960-07-01T00:00:00+02:00", "1935-03-01T00:00:00+01:00", "2024-06-01T00:00:00+02:00"]
)
def test_midnight_by_a_dutch_clock_is_that_day_whatever_the_offset_was_then(moment: str) -> None:
    assert read_dates(np.array([moment], dtype=object), ends=False).texts.tolist() == [moment[:10]]


@pytest.mark.parametrize(
    ("started", "ended", "kept"),
    [
        ("2024-05-00", "2024-03-00", False),
        ("2024-05-00", "2024-04-00", False),  # the day after April is the first of May, on which it cannot have ended
        ("2024-00-00", "2023-12-00", False),
        ("2024-00-00", "2023-00-00", False),
        ("2024-05-01", "2024-04-00", False),
        ("2024-05-00", "2024-04-30", False),
        ("2024-05-00", "2024-05-00", True),
        ("2024-05-31", "2024-05-00", True),
        ("2024-05-10", "2024-00-00", True),
        ("2024-00-00", "2024-01-01", True),
        ("2024-05-10", "0000-00-00", True),
        ("0000-00-00", "2024-01-01", True),
    ],
)
def test_an_end_lies_before_a_beginning_where_no_day_of_both_fits(
    tmp_path: Path, started: str, ended: str, kept: bool
) -> None:
    read = _read(
        tmp_path,
        Business=f"id,started,ended\nb1,{started},{ended}\nb2,,\n",
        Address="id\na1\n",
        ESTABLISHED_AT=f"source_id,target_id,from,until\nb2,a1,{started},{ended}\n",
    )

    assert _reasons(read) == (
        [] if kept else [("ended", 2, "ended lies before started"), ("until", 2, "until lies before from")]
    )
