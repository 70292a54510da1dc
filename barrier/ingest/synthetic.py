"""A fictional region of any size, in the format of a region folder.

Rule: nobody in it exists: ids are of this generator only, municipalities have codes that are not given out, and no
property says more of a person than the model allows. The same size and seed give the same bytes.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from barrier.errors import InputError, TryAgainError
from barrier.files import new_private, private_folder, trouble, write_private

EXTRACT = np.datetime64("2026-09-01")
_MUNICIPALITIES = ("GM9001", "GM9002")
_SBI = ("4711", "5610", "4121", "0113", "6201", "8621", "4932", "8121", "9602", "4520", "1071", "6920", "7820", "8211")
_SBI_SHARE = (0.13, 0.12, 0.1, 0.05, 0.13, 0.08, 0.08, 0.05, 0.08, 0.05, 0.04, 0.06, 0.02, 0.01)
_SIGNALS = (("nuisance", "housing", "municipality_housing"), ("underpayment", "labour", "labour_inspectorate"))
Codes = npt.NDArray[np.int64]
Dates = npt.NDArray[np.datetime64]


@dataclass
class _Tables:
    """Columns by table, and the random numbers they are drawn from."""

    random: np.random.Generator
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    def dates(self, size: int, *, first: str, last: str) -> Dates:
        """Return random days."""
        low, high = np.datetime64(first), np.datetime64(last)
        return np.asarray(low + self.random.integers(0, (high - low).astype(int), size))

    def link(self, name: str, sources: Any, targets: Any, /, **columns: Any) -> None:
        """Add rows of a relationship."""
        self.tables[name] = {"source_id": sources, "target_id": targets, **columns}


def generate(out: Path, *, persons: int, seed: int) -> dict[str, int]:
    """Write a region folder and return its rows by table.

    Args:
        out: Folder; must be new or empty.
        persons: Number of persons; about 7.3 rows come from each.
        seed: The same seed gives the same region.

    Raises:
        InputError: ``out`` holds something.
        TryAgainError: The disk is full.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError([f"{out}: holds something"], hint="name a new or empty folder")
    made = _Tables(np.random.default_rng(seed))
    household = _people(made, persons)
    addresses = _addresses(made, household)
    businesses = max(20, persons // 5)
    _homes(made, household, addresses)
    _businesses(made, businesses, addresses)
    _ownership(made, household, addresses, businesses)
    _work(made, persons, businesses)
    _licences_and_signals(made, persons, addresses, businesses)
    missing = not out.exists()
    part = out / ".part"
    try:
        private_folder(part)
        rows = {name: _write(part / f"{name}.csv", columns) for name, columns in made.tables.items()}
        _settings(part, seed)
        for file in sorted(part.iterdir()):  # region.yaml, by which a region is known, last
            file.replace(out / file.name)
        missing = False
    except OSError as error:
        hint = "free space or name another folder, then try again"
        raise TryAgainError(f"{out}: cannot be written: {trouble(error)}", hint=hint) from error
    finally:
        shutil.rmtree(out if missing else part, ignore_errors=True)
    return rows


def _people(made: _Tables, persons: int) -> Codes:
    """Add persons; return the household of each, numbered in order."""
    sizes = made.random.choice(np.arange(1, 8), size=persons, p=[0.38, 0.33, 0.12, 0.12, 0.035, 0.01, 0.005])
    household = np.repeat(np.arange(len(sizes)), sizes)[:persons]
    place = np.arange(persons) - np.searchsorted(household, household)
    adult = place < 2
    year = np.where(adult, made.random.integers(1940, 2004, persons), made.random.integers(2009, 2026, persons))
    made.tables["Person"] = {"id": _ids("p", persons), "birth_year": year}
    return household


def _addresses(made: _Tables, household: Codes) -> int:
    """Add a home for every household and other objects; return how many homes there are."""
    homes = int(household[-1]) + 1
    others = max(12, homes // 9)
    size = np.bincount(household, minlength=homes)
    area = np.maximum(made.random.normal(95, 28, homes), size * made.random.uniform(14, 30, homes)).round()
    tight = made.random.random(homes) < 0.002
    area[tight] = (size[tight] * 9).clip(12)
    area[made.random.random(homes) < 0.005] = 1
    kinds = np.array(["commercial", "industrial", "agricultural", "recreational", "institution", "lodging"])
    other_kind = made.random.choice(kinds, others, p=[0.6, 0.18, 0.1, 0.08, 0.02, 0.02])
    total = homes + others
    kind = np.concatenate([np.full(homes, "dwelling"), other_kind])
    purpose = np.concatenate([np.full(homes, "woonfunctie"), np.full(others, "overige gebruiksfunctie")])
    town = made.random.integers(0, 2, total)
    made.tables["Address"] = {
        "id": _ids("a", total),
        "municipality": np.array(_MUNICIPALITIES)[town],
        "kind": kind,
        "area_m2": np.concatenate([area, made.random.integers(40, 900, others)]).astype(np.int64),
        "purposes": purpose,
        "x": made.random.integers(200_000, 215_000, total),
        "y": made.random.integers(430_000, 445_000, total),
    }
    return homes


def _homes(made: _Tables, household: Codes, homes: int) -> None:
    """Add registrations: where each household lives now and, for most, where it lived before."""
    since = made.dates(homes, first="2008-01-01", last="2026-06-01")
    before = since - made.random.integers(400, 3000, homes).astype("timedelta64[D]")
    earlier = made.random.permutation(homes)
    moved = made.random.random(homes) < 0.95
    person = np.arange(len(household))
    mover = person[moved[household]]
    address = np.concatenate([earlier[household[mover]], household])
    begin = np.concatenate([before[household[mover]], since[household]])
    end = np.concatenate([since[household[mover]].astype(str), np.full(len(person), "")])
    source = _text_ids("p", np.concatenate([mover, person]))
    letters = np.where(made.random.random(len(source)) < 0.001, "correspondence", "residence")
    columns = {"from": begin.astype(str), "until": end, "function": letters}
    made.link("REGISTERED_AT", source, _text_ids("a", address), **columns, source=_same("BRP", len(source)))
    seen = made.random.choice(person, max(4, len(person) // 60), replace=False)
    stays = made.dates(len(seen), first="2026-04-01", last="2026-08-30").astype(str)
    target = household[seen]
    made.link(
        "STAYS_AT",
        _text_ids("p", seen),
        _text_ids("a", target),
        **{"from": stays},
        source=_same("inspection", len(seen)),
    )


def _businesses(made: _Tables, businesses: int, homes: int) -> None:
    objects = len(made.tables["Address"]["id"])
    started = made.dates(businesses, first="1995-01-01", last="2026-06-01")
    ended = np.where(made.random.random(businesses) < 0.08, (started + np.timedelta64(900, "D")).astype(str), "")
    ended = np.where(ended > str(EXTRACT), "", ended)
    ids = _ids("b", businesses)
    forms = made.random.choice(
        np.array(["bv", "eenmanszaak", "vof", "stichting"]), businesses, p=[0.42, 0.45, 0.07, 0.06]
    )
    sbi = made.random.choice(np.array(_SBI), businesses, p=_SBI_SHARE)
    corporations = slice(businesses - _corporations(businesses), None)
    forms[corporations], sbi[corporations] = "stichting", "6820"
    made.tables["Business"] = {
        "id": ids,
        "name": pc.binary_join_element_wise(_same("Onderneming", businesses), _numbers(np.arange(businesses)), " "),
        "sbi": sbi,
        "legal_form": forms,
        "started": started.astype(str),
        "ended": ended,
    }
    at_home = made.random.random(businesses) < 0.55
    seat = np.where(
        at_home, made.random.integers(0, homes, businesses), made.random.integers(homes, objects, businesses)
    )
    columns = {"from": started.astype(str), "until": ended, "kind": _same("main", businesses)}
    made.link("ESTABLISHED_AT", ids, _text_ids("a", seat), **columns, source=_same("KVK", businesses))


def _ownership(made: _Tables, household: Codes, homes: int, businesses: int) -> None:
    """Add owners, landlords, directors and shareholders."""
    first_of = np.searchsorted(household, np.arange(homes))
    owner = _text_ids("p", first_of)
    draw = made.random.random(homes)
    corporation = _text_ids("b", businesses - 1 - made.random.integers(0, _corporations(businesses), homes))
    private = _text_ids("b", made.random.integers(0, businesses, homes))
    party = pc.if_else(pa.array(draw < 0.58), owner, pc.if_else(pa.array(draw < 0.9), corporation, private))
    targets = _text_ids("a", np.arange(homes))
    begin = _same("2008-01-01", homes)
    made.link("OWNS", party, targets, **{"from": begin}, source=_same("BRK", homes))
    let = draw >= 0.9
    made.link("LETS", private.filter(pa.array(let)), targets.filter(pa.array(let)), **{"from": begin[: int(let.sum())]})
    people = len(household)
    director = _text_ids("p", made.random.choice(people, businesses, replace=False))
    firms = _ids("b", businesses)
    since = pa.array(made.tables["Business"]["started"])
    roles = {"from": since, "role": _same("director", businesses)}
    made.link("DIRECTS", director, firms, **roles, source=_same("KVK", businesses))
    made.link(
        "CONTROLS",
        director,
        firms,
        **{"from": since, "share": _same("1.0", businesses)},
        source=_same("UBO", businesses),
    )


def _corporations(businesses: int) -> int:
    """Return how many of the businesses, the last ones, are housing corporations."""
    return max(2, businesses // 4000)


def _work(made: _Tables, persons: int, businesses: int) -> None:
    """Add work, phones, accounts, wages, arrivals and lending."""
    worker = np.flatnonzero(made.random.random(persons) < 0.45)
    skew = made.random.random(len(worker)) ** 2.2
    firm = (skew * businesses).astype(np.int64)
    since = made.dates(len(worker), first="2012-01-01", last="2026-08-01").astype(str)
    form = made.random.choice(np.array(["employee", "agency", "self_employed"]), len(worker), p=[0.85, 0.08, 0.07])
    made.link("WORKS_FOR", _text_ids("p", worker), _text_ids("b", firm), **{"from": since}, form=form)
    caller = np.flatnonzero(made.random.random(persons) < 0.4)
    paid = worker[firm % 3 != 0]
    accounts = np.arange(len(paid)) + len(caller) + businesses
    kinds = ["phone"] * len(caller) + ["phone"] * businesses + ["iban"] * len(paid)
    made.tables["Contact"] = {"id": _ids("c", len(kinds)), "kind": pa.array(kinds)}
    source = pa.chunked_array([_text_ids("p", caller), _ids("b", businesses), _text_ids("p", paid)]).combine_chunks()
    made.link("REACHED_AT", source, _ids("c", len(kinds)), **{"from": _same("2015-01-01", len(kinds))})
    wages = made.random.integers(1500, 4200, len(paid)) * 12
    columns = {"from": _same("2026-01-01", len(paid)), "amount_eur": wages, "payments": np.full(len(paid), 8)}
    made.link("PAID_TO", _text_ids("b", firm[firm % 3 != 0]), _text_ids("c", accounts), **columns)
    arrived = made.random.choice(persons, persons // 33, replace=False)
    through = _text_ids("b", made.random.integers(0, businesses, len(arrived)))
    arrivals = {"from": made.dates(len(arrived), first="2019-01-01", last="2026-08-01").astype(str)}
    made.link("ARRIVED_THROUGH", _text_ids("p", arrived), through, **arrivals, how=_same("sponsored", len(arrived)))
    lenders = np.flatnonzero(made.tables["Business"]["sbi"] == "7820")
    hired = made.random.choice(lenders, len(lenders) * 2)
    hirers = _text_ids("b", made.random.integers(0, businesses, len(hired)))
    made.link("SUPPLIES_WORKERS_TO", _text_ids("b", hired), hirers, **{"from": _same("2024-01-01", len(hired))})


def _licences_and_signals(made: _Tables, persons: int, homes: int, businesses: int) -> None:
    size = max(6, persons // 100)
    licence = _ids("l", size)
    kind = made.random.choice(
        np.array(["hospitality", "room_letting", "worker_lodging", "massage"]), size, p=[0.6, 0.3, 0.05, 0.05]
    )
    holder = made.random.choice(businesses, size, replace=False)
    made.tables["Licence"] = {
        "id": licence,
        "kind": kind,
        "status": _same("active", size),
        "conditions": _same("closing_hours", size),
    }
    since = {"from": _same("2022-01-01", size)}
    seats = pa.array(made.tables["ESTABLISHED_AT"]["target_id"])
    directors = pa.array(made.tables["DIRECTS"]["source_id"])
    made.link("HOLDS", _text_ids("b", holder), licence, **since)
    made.link("MANAGES", directors.take(pa.array(holder)), licence, **since)
    made.link("FOR_PREMISES", licence, seats.take(pa.array(holder)), **since)
    which = made.random.integers(0, len(_SIGNALS), size)
    kinds, barriers, holders = (np.array(c)[which] for c in zip(*_SIGNALS, strict=True))
    day = made.dates(size, first="2025-06-01", last="2026-08-30")
    signals = {"kind": kinds, "barrier": barriers, "holder": holders, "observed": day.astype(str)}
    columns = {"origin": _ids("event", size), "reliability": _same("probable", size), "regime": _same("gdpr", size)}
    ends = (day + np.timedelta64(730, "D")).astype(str)
    made.tables["Signal"] = {"id": _ids("s", size), **signals, **columns, "expires": ends}
    homes_of = _text_ids("a", made.random.integers(0, homes, size))
    firms_of = _text_ids("b", made.random.integers(0, businesses, size))
    made.link("CONCERNS", _ids("s", size), pc.if_else(pa.array(which == 0), homes_of, firms_of))
    visits = made.dates(size, first="2024-01-01", last="2026-08-30").astype(str)
    outcome = made.random.choice(np.array(["nothing", "breach", "no_access"]), size, p=[0.8, 0.12, 0.08])
    made.tables["Inspection"] = {
        "id": _ids("i", size),
        "date": visits,
        "team": _same("housing", size),
        "outcome": outcome,
    }
    looked = pc.if_else(pa.array(which == 0), firms_of, homes_of)
    made.link("INSPECTED", _ids("i", size), looked)


def _ids(prefix: str, size: int) -> pa.Array:
    return _text_ids(prefix, np.arange(size))


def _text_ids(prefix: str, codes: npt.NDArray[Any]) -> pa.Array:
    padded = pc.utf8_lpad(_numbers(codes + 1), width=7, padding="0")
    return pc.binary_join_element_wise(_same(prefix, len(codes)), padded, "-")


def _numbers(codes: npt.NDArray[Any]) -> pa.Array:
    return pa.array(codes).cast(pa.string())


def _same(text: str, size: int) -> pa.Array:
    return pa.repeat(text, size)


def _write(path: Path, columns: dict[str, Any]) -> int:
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    options = pa.csv.WriteOptions(quoting_style="needed")
    with new_private(path) as file:
        pa.csv.write_csv(table, file, options)
    return int(table.num_rows)


def _settings(out: Path, seed: int) -> None:
    text = (
        f"name: Synthetic region, seed {seed}\npurpose: trial on fictional data\n"
        "legal_basis: none needed, no real persons\n"
        f"extract_date: {EXTRACT}\nmunicipalities: [{', '.join(_MUNICIPALITIES)}]\n"
    )
    write_private(out / "region.yaml", text)
