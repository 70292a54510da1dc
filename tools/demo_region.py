"""Make `fixtures/demo` anew: a small generated region with every situation of `fixtures/situations` in it.

Run it after a change in `fixtures/situations` or in the generator: python -m tools.demo_region
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pandas as pd

from barrier import resources
from barrier.ingest.described import described_columns
from barrier.ingest.synthetic import generate
from tools.situations import SINCE, load_situations

PERSONS = 2750
SEED = 12
ABOUT = """\
name: Veldstad and Overmeer (fictional)
purpose: demonstration on fictional data
legal_basis: none needed, nobody in it exists
extract_date: 2026-09-01
municipalities: {GM9001: Veldstad, GM9002: Overmeer}
"""


def build(out: Path, *, persons: int = PERSONS) -> None:
    """Write the region into an empty folder, with so many persons beside those of the situations."""
    with tempfile.TemporaryDirectory() as made:
        base = Path(made) / "base"
        generate(base, persons=persons, seed=SEED)
        tables = {f.stem: pd.read_csv(f, dtype=str, keep_default_na=False) for f in sorted(base.glob("*.csv"))}
    for situation in load_situations():
        for name, columns in described_columns(situation, since=SINCE).items():
            tables[name] = pd.concat([tables.get(name, pd.DataFrame()), pd.DataFrame(columns)], ignore_index=True)
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.fillna("").to_csv(out / f"{name}.csv", index=False, lineterminator="\n")
    (out / "region.yaml").write_text(ABOUT, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    folder = resources.fixtures() / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    build(folder)
    rows = sum(f.read_text(encoding="utf-8").count("\n") - 1 for f in folder.glob("*.csv"))
    print(f"{folder}: {rows:,} rows")
