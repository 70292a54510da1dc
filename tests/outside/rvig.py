"""The register authority's cases: read them, ask Barrier the same question, compare."""

from __future__ import annotations

import gzip
import itertools
import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

import barrier
from barrier.detect.occupancy.intervals import Intervals, read_stays
from barrier.ingest.folder import RegionConfig, RegionFolder
from barrier.ingest.reader import given_table
from barrier.ingest.region import build_region
from barrier.model.dates import day_number, day_of
from barrier.store.tables import TableColumns

DATA = Path(__file__).parent / "data"
_PLAIN = {"address", "registered", "registered_same", "moved", "correspondence", "moved_correspondence"}
Occupancies = list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]


def cases() -> list[dict[str, Any]]:
    """Return the 747 cases as they stand in the register."""
    return _read("rvig-cases-by-person.json.gz")


def plain_ids() -> set[str]:
    """Return the cases that use only addresses, registrations, moves and letter addresses with start dates."""
    return {c["id"] for c in _read("rvig-cases.json.gz") if all(_is_plain(e) for e in c["events"])}


def _read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(gzip.decompress((DATA / name).read_bytes()))["cases"]
    return found


def _is_plain(event: dict[str, Any]) -> bool:
    if event["op"] not in _PLAIN:
        return False
    return event["op"] == "address" or all(set(row) <= {"09.10", "10.30"} for row in event["rows"])


def rows_of(case: dict[str, Any]) -> pd.DataFrame:
    """Return the residences of a case as register rows, oldest first."""
    rows = []
    for person in case["persons"]:
        for residence in person["residences"]:
            start = residence.get("residence_start") or residence.get("abroad_start") or "00000000"
            rows.append(
                {
                    "person": person["bsn"] or person["key"],
                    "address": residence["object_id"],
                    "from": f"{start[:4]}-{start[4:6]}-{start[6:]}",
                    "until": None,
                    "function": "correspondence" if residence.get("function") == "B" else "residence",
                    "in_enquiry": False,
                }
            )
    return pd.DataFrame(rows, columns=["person", "address", "from", "until", "function", "in_enquiry"])


def expected(case: dict[str, Any]) -> Occupancies:
    """Return what the authority's service answers."""
    return sorted(
        (
            o["from"],
            o["until"],
            tuple(sorted(p["bsn"] for p in o["residents"])),
            tuple(sorted(p["bsn"] for p in o["possible_residents"])),
        )
        for o in case["expected"]["occupancies"]
    )


def answered(case: dict[str, Any]) -> Occupancies:
    """Return what Barrier answers, in the form of `expected`."""
    query, rows = case["query"], rows_of(case)
    if query["type"] == "reference_date":
        day = date.fromisoformat(query["date"])
        found = barrier.residents_on(rows, day)
        here = found[found["address"] == query["object_id"]]
        certain, possible = (tuple(sorted(here.loc[here["state"] == s, "person"])) for s in ("certain", "possible"))
        end = date.fromordinal(day.toordinal() + 1).isoformat()
        return [(query["date"], end, certain, possible)] if len(here) else []
    first, until = date.fromisoformat(query["from"]), date.fromisoformat(query["until"])
    found = barrier.residents_between(rows, first, until)
    return _periods(found[found["address"] == query["object_id"]])


@cache
def answers() -> dict[str, Occupancies]:
    """Return what Barrier answers to every case, by its id."""
    return {case["id"]: answered(case) for case in cases()}


def _periods(here: pd.DataFrame) -> Occupancies:
    edges = sorted({*here["from"], *here["until"]})
    made: Occupancies = []
    for begin, end in itertools.pairwise(edges):
        inside = here[(here["from"] <= begin) & (here["until"] >= end)]
        if not len(inside):
            continue
        certain, possible = (tuple(sorted(inside.loc[inside["state"] == s, "person"])) for s in ("certain", "possible"))
        if made and made[-1][1] == begin.isoformat() and made[-1][2:] == (certain, possible):
            made[-1] = (made[-1][0], end.isoformat(), certain, possible)
        else:
            made.append((begin.isoformat(), end.isoformat(), certain, possible))
    return made


def scanned() -> dict[str, Occupancies]:
    """Return what a scan answers, by id of the case: all cases stand in one region, each with ids of its own."""
    rows, wanted = [], {}
    for number, case in enumerate(cases()):
        own = rows_of(case)
        for column, letter in (("person", "p"), ("address", "a")):
            codes = pd.factorize(own[column])[0]
            own[f"{column}_id"] = [f"{letter}{number}-{c}" if c >= 0 else None for c in codes]
        here = own.loc[own["address"] == case["query"]["object_id"], "address_id"]
        wanted[case["id"]] = (
            case["query"],
            next(iter(here), ""),
            dict(zip(own["person_id"], own["person"], strict=True)),
        )
        rows.append(own)
    every = pd.concat(rows, ignore_index=True)
    persons, addresses = (sorted(set(every[c].dropna())) for c in ("person_id", "address_id"))
    ends = {"source_id": list(every["person_id"]), "target_id": list(every["address_id"].fillna(""))}
    given = {
        "Person": given_table("Person.csv", {"id": persons}),
        "Address": given_table("Address.csv", {"id": addresses}),
        "REGISTERED_AT": given_table(
            "REGISTERED_AT.csv", {**ends, "from": list(every["from"]), "function": list(every["function"])}
        ),
    }
    region = build_region(RegionFolder(Path(), RegionConfig(), {}, ()), given)
    if len(region.rejected):
        raise ValueError(region.rejected.to_string())
    stays = read_stays(TableColumns(region.tables), pd.Series(persons), pd.Series(addresses))
    possible, certain = (_by_address(s, persons, addresses) for s in (stays.possible, stays.certain))
    return {i: _told(q, possible.get(a, []), certain.get(a, []), names) for i, (q, a, names) in wanted.items()}


Stay = tuple[str, int, int]


def _by_address(held: Intervals, persons: list[str], addresses: list[str]) -> dict[str, list[Stay]]:
    found: dict[str, list[Stay]] = {}
    for person, address, start, end in zip(held.person, held.address, held.start, held.end, strict=True):
        found.setdefault(addresses[address], []).append((persons[person], int(start), int(end)))
    return found


def _told(query: dict[str, Any], possible: list[Stay], certain: list[Stay], names: dict[str, str]) -> Occupancies:
    """Return who was at an address in the period asked about, in the form of `expected`."""
    first = day_number(date.fromisoformat(query.get("date") or query["from"]))
    until = first + 1 if "date" in query else day_number(date.fromisoformat(query["until"]))
    edges = sorted({first, until, *(e for _, *ends in [*possible, *certain] for e in ends if first < e < until)})
    made: Occupancies = []
    for begin, end in itertools.pairwise(edges):
        may, do = ({names[p] for p, start, stop in stays if start <= begin < stop} for stays in (possible, certain))
        here = tuple(sorted(do)), tuple(sorted(may - do))
        if not may:
            continue
        if made and made[-1][1] == day_of(begin).isoformat() and made[-1][2:] == here:
            made[-1] = (made[-1][0], day_of(end).isoformat(), *here)
        else:
            made.append((day_of(begin).isoformat(), day_of(end).isoformat(), *here))
    return made


_REASONS = {
    "suspension": "the record is suspended (death, emigration, voided): a register import ends the stay there",
    "incorrect": "a row was declared incorrect: a register import leaves it out",
    "enquiry": "an enquiry with code 089999 or 589999 ends the stay from its start: a register import does that",
    "many": "more than 100 residents: the service withholds the list, Barrier counts them",
}


def reason(case: dict[str, Any]) -> str | None:
    """Return which feature of a case rows of residences cannot say, or None."""
    text = json.dumps(case["persons"])
    if "suspension_date" in text or "suspension_reason" in text:
        return "suspension"
    if '"incorrect"' in text:
        return "incorrect"
    if "089999" in text or "589999" in text:
        return "enquiry"
    if "many_residents" in json.dumps(case["expected"]) or len(case["persons"]) >= 100:
        return "many"
    return None


def differing() -> dict[str, list[str]]:
    """Return the cases that come out differently, by reason."""
    found: dict[str, list[str]] = {}
    for case in cases():
        wanted = None if any("from" not in o for o in case["expected"]["occupancies"]) else expected(case)
        if answers()[case["id"]] != wanted:
            found.setdefault(reason(case) or "unexplained", []).append(case["id"])
    return found


def table() -> str:
    """Return the page of cases that come out differently."""
    found, total = differing(), len(cases())
    count = sum(map(len, found.values()))
    lines = [
        "# The register authority's cases",
        "",
        f"Of the {total} public cases of the Dutch register authority's occupancy service, {total - count} come out of",
        "`barrier.residents_on` and `barrier.residents_between` as specified, among them all",
        f"{len(plain_ids())} that use only addresses, registrations, moves and letter addresses with start dates.",
        "The others need what a row of a residence does not say; an import of register files has to bring it in.",
        "This page is written by `make docs`.",
        "",
        "| reason | cases |",
        "|---|---|",
    ]
    lines += [f"| {_REASONS.get(name, name)} | {len(ids)} |" for name, ids in sorted(found.items())]
    for name, ids in sorted(found.items()):
        lines += ["", f"## {name.capitalize()}", "", *(f"- `{i}`" for i in sorted(ids))]
    return "\n".join(lines) + "\n"
