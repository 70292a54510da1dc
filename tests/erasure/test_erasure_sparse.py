"""What is protected is erased also from a past in which little was found, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import run
from tests.searching import holding

pytestmark = pytest.mark.slow

PLACE = "a-quiet-40771"
PEOPLE = {f"p-{i}": "2020-01-01," for i in range(6)}
PASTS: dict[str, dict[str, str]] = {
    "nothing but an address": {},
    "one person, no finding": {"p-1": "2020-01-01,"},
    "nobody any more": {"p-1": "2010-01-01,2015-01-01"},
    "a finding": PEOPLE,
}


def _deliver(folder: Path, people: dict[str, str], *, protected: bool = False) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "region.yaml").write_text("name: Trial\npurpose: test\nextract_date: 2026-11-01\n")
    flag = "true" if protected else ""
    (folder / "Address.csv").write_text(
        f"id,municipality,kind,area_m2,protected\n{PLACE},GM9001,dwelling,20,{flag}\na-2,GM9001,dwelling,90,\n"
    )
    (folder / "Person.csv").write_text("id\n" + "".join(f"{p}\n" for p in people))
    rows = "".join(f"{p},{PLACE},{days}\n" for p, days in people.items())
    (folder / "REGISTERED_AT.csv").write_text("source_id,target_id,from,until\n" + rows)


@pytest.mark.parametrize("first", PASTS)
@pytest.mark.parametrize("second", ["nothing but an address", "a finding"])
def test_nothing_is_left_and_nothing_crashes(tmp_path: Path, first: str, second: str) -> None:
    region, out = tmp_path / "region", tmp_path / "out"
    for past in (first, second):
        _deliver(region, PASTS[past])
        assert run("scan", str(region), "--out", str(out)).exit_code == 0
    _deliver(region, PASTS[second], protected=True)

    done = run("scan", str(region), "--out", str(out))

    assert done.exit_code == 0
    assert holding([PLACE], out, tmp_path / "out.barrier") == []
    assert run("doctor", "--store", str(tmp_path / "out.barrier")).exit_code == 0


def test_what_is_past_its_term_is_erased_where_nothing_was_ever_found(tmp_path: Path) -> None:
    region, out, store = tmp_path / "region", tmp_path / "out", tmp_path / "out.barrier"
    _deliver(region, PASTS["nobody any more"])
    run("scan", str(region), "--out", str(out))

    done = run("retention", "run", "--store", str(store), "--results", str(out), "--erase", "--by", "Jansen")

    assert done.exit_code == 0, done.output
    assert holding(["p-1"], out, store) == []
