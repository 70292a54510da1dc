"""A village of thirty houses, of which one is crowded, written as a delivery with more rows as a test asks."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Row = tuple[str, dict[str, Any]]
CROWDED = "adr-004"  # fourteen people live here, on 90 m2


def village(folder: Path, more: Sequence[Row] = ()) -> Path:
    """Write the village, with more rows, and return its folder."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for name, row in [*_rows(), *more]:
        tables.setdefault(name, []).append(row)
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        columns = list(dict.fromkeys(c for row in rows for c in row))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n", restval="")
            writer.writeheader()
            writer.writerows(rows)
    (folder / "region.yaml").write_text("name: Village\npurpose: test\nlegal_basis: none\nextract_date: 2026-09-01\n")
    return folder


def seen_at(address: str, source: str, *persons: str) -> list[Row]:
    """Return persons who were seen at an address, by whom."""
    people: list[Row] = [("Person", {"id": p, "birth_year": 1990}) for p in persons]
    stay = {"target_id": address, "source": source, "from": "2026-06-01"}
    return people + [("STAYS_AT", {"source_id": p, **stay}) for p in persons]


def living_at(address: str, *persons: str) -> list[Row]:
    """Return persons who are registered at an address."""
    people: list[Row] = [("Person", {"id": p, "birth_year": 1990, "protected": ""}) for p in persons]
    stay = {"target_id": address, "from": "2025-01-01", "function": "residence", "source": "BRP"}
    return people + [("REGISTERED_AT", {"source_id": p, **stay}) for p in persons]


def house(address: str, area: int = 90, protected: str = "") -> Row:
    """Return a house."""
    return "Address", {
        "id": address,
        "municipality": "GM9001",
        "kind": "dwelling",
        "area_m2": area,
        "purposes": "woonfunctie",
        "protected": protected,
    }


def link(table: str, one: str, other: str, /, **more: str) -> Row:
    """Return a link that began in 2015."""
    return table, {"source_id": one, "target_id": other, "from": "2015-01-01", **more}


def _rows() -> list[Row]:
    rows: list[Row] = []
    for i in range(30):
        rows += [house(f"adr-{i:03d}"), *living_at(f"adr-{i:03d}", f"per-{i:03d}-0", f"per-{i:03d}-1")]
    rows += living_at(CROWDED, *(f"per-crowd-{j}" for j in range(12)))
    for i in range(4):
        firm = {"id": f"biz-{i}", "name": f"Firm {i}", "sbi": "7820", "legal_form": "bv", "started": "2015-01-01"}
        rows += [("Business", firm), link("ESTABLISHED_AT", f"biz-{i}", f"adr-{i:03d}", source="KVK", kind="main")]
        rows += [link("DIRECTS", "per-001-0", f"biz-{i}", role="director", source="KVK")]
        rows += [link("OWNS", "biz-0", f"adr-{i + 4:03d}", source="BRK")]
    return rows + [link("WORKS_FOR", f"per-crowd-{j}", "biz-1", form="agency") for j in range(12)]
