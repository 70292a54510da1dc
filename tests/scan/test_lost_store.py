"""A store that is new or lost, with results that are there: the scan erases from them and makes the store anew."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from tests.helpers import run


def _region(folder: Path, *, protected: str = "false") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "region.yaml").write_text("name: Trial\npurpose: test\nextract_date: 2026-09-01\n")
    (folder / "Address.csv").write_text(
        f"id,municipality,kind,area_m2,protected\na-veilig-1,GM9001,dwelling,20,{protected}\n"
        "a-2,GM9001,dwelling,20,false\n"
    )
    people = [(f"p-{i}", "a-veilig-1" if i < 6 else "a-2") for i in range(12)]
    (folder / "Person.csv").write_text("id\n" + "".join(f"{p}\n" for p, _ in people))
    with (folder / "REGISTERED_AT.csv").open("w", newline="") as target:
        rows = csv.writer(target, lineterminator="\n")
        rows.writerows([("source_id", "target_id", "from"), *((*both, "2026-01-01") for both in people)])
    return folder


def test_results_whose_store_is_lost_can_be_scanned_again(tmp_path: Path) -> None:
    region, out = _region(tmp_path / "region"), tmp_path / "res"
    assert run("scan", str(region), "--out", str(out)).exit_code == 0
    moved = tmp_path / "moved"
    shutil.copytree(out, moved)
    _region(region, protected="true")
    again = ["scan", str(region), "--out", str(moved), "--store", str(tmp_path / "moved.barrier")]

    first = run(*again)
    second = run(*again)

    assert first.exit_code == 0, first.output
    assert second.exit_code == 0, second.output
    assert "a-veilig-1" not in "".join(f.read_text(errors="replace") for f in moved.rglob("*") if f.is_file())
