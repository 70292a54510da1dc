"""A label with relationships that stands in `graphs/schema.yaml` alone works everywhere, and safely.

Tried on a copy of the project: `Vehicle`, which persons keep and which is seen at addresses, and businesses that house
workers for each other.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.checkout import Checkout

pytestmark = pytest.mark.slow

LABEL = """
  Vehicle:
    about: A vehicle that somebody keeps, under a number that stands in no register.
    personal: indirect
    properties:
      id: {type: string, key: true, personal: indirect, about: 'Number in the delivery.'}
      colour: {type: string, personal: indirect, about: 'Colour.'}
"""
RELATIONSHIPS = """
  KEEPS:
    about: Keeps the vehicle.
    from: [Person]
    to: [Vehicle]
    barrier: labour
    data: vehicle
    holder: police
    absence: silence
    misses: Vehicles of others that somebody drives.
    network:
      layer: vehicles
      says: {en: [keeps, is kept by], nl: [is houder van, is van]}
    properties: {}
  SEEN_AT:
    about: Was seen parked there.
    from: [Vehicle]
    to: [Address]
    barrier: housing
    data: vehicle
    holder: police
    absence: silence
    misses: When nobody looked.
    network: none
    properties: {}
  HOUSES_FOR:
    about: Houses the workers of the other business.
    from: [Business]
    to: [Business]
    barrier: housing
    data: letting
    holder: municipality_housing
    absence: silence
    misses: Housing that neither business reported.
    network:
      layer: letting
      says: {en: [houses workers for, has workers housed by], nl: [huisvest werknemers voor, laat huisvesten door]}
    properties: {}
"""
# which vehicle: kept by whom, seen where
VEHICLES = {
    "v-ring-director": ("ring-director", "ring-desk"),
    "v-of-a-worker": ("ring-p1", "ring-a1"),
    "v-of-a-hidden-person": ("hidden-person", "ring-a1"),
    "v-of-two": ("hidden-person", "ring-hall"),
}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a copy of the project whose schema has more kinds, with a small region that has such rows."""
    copy = Checkout(tmp_path_factory.mktemp("project"))
    copy.change("graphs/schema.yaml", "\nrelationships:\n", f"{LABEL}\nrelationships:\n")
    schema = copy.path / "graphs" / "schema.yaml"
    schema.write_text(schema.read_text(encoding="utf-8").rstrip() + RELATIONSHIPS, encoding="utf-8")
    copy.change("graphs/schema.yaml", "contact, money]", "contact, money, vehicles]")
    made = copy.python("-c", _REGION)
    assert made.returncode == 0, made.stderr
    region = copy.path / "region"
    _append(region, "Person", [{"id": "hidden-person", "protected": "true", "birth_year": "1990"}])
    _append(region, "Vehicle", [{"id": v, "colour": "blue"} for v in VEHICLES])
    keepers = [(keeper, v) for v, (keeper, _) in VEHICLES.items()] + [("ring-front", "v-of-two")]
    _append(region, "KEEPS", [_link(k, v) for k, v in keepers])
    _append(region, "SEEN_AT", [_link(v, place) for v, (_, place) in VEHICLES.items()])
    _append(region, "HOUSES_FOR", [_link("ring-letting", "ring-hirer")])
    _append(region, "REGISTERED_AT", [_link("hidden-person", "ring-a1") | {"function": "residence"}])
    return copy


@pytest.fixture(scope="module")
def out(there: Checkout) -> Path:
    """Return the results of a scan of it."""
    ((code, told),) = there.commands("scan region --out out")
    assert code == 0, told
    return there.path / "out"


_REGION = """
from pathlib import Path
import pandas as pd
from barrier import resources
from barrier.ingest.described import described_columns
from barrier.model.yamlfile import load_yaml
from tools.situations import SINCE, Situation
out = Path("region")
out.mkdir()
ring = load_yaml(resources.fixtures() / "situations" / "ring.yaml", Situation)
for name, columns in described_columns(ring, since=SINCE).items():
    pd.DataFrame(columns).fillna("").to_csv(out / f"{name}.csv", index=False)
(out / "region.yaml").write_text("name: Trial\\npurpose: test\\nextract_date: 2026-09-01\\n")
"""


def _link(source: str, target: str) -> dict[str, str]:
    return {"source_id": source, "target_id": target, "from": "2024-01-01", "source": "police"}


def _append(region: Path, table: str, rows: Sequence[Mapping[str, str]]) -> None:
    file = region / f"{table}.csv"
    old = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines())) if file.exists() else []
    columns = list(dict.fromkeys(c for row in (*old, *rows) for c in row))
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows([*old, *rows])


def _lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_every_row_of_it_is_imported_and_asked_for_by_queries(there: Checkout, out: Path) -> None:
    asked = "MATCH (p:Person)-[:KEEPS]->(v:Vehicle) RETURN v.id AS vehicle ORDER BY vehicle"
    (there.path / "good.cypher").write_text(asked)
    (there.path / "wrong.cypher").write_text("MATCH (v:Vehicel) RETURN v.id AS vehicle ORDER BY vehicle")
    good, wrong = there.commands(
        "query good.cypher --store out.barrier --csv", "query wrong.cypher --store out.barrier --csv"
    )

    assert good[0] == 0
    assert good[1].splitlines()[:4] == ["vehicle", "v-of-a-worker", "v-of-two", "v-ring-director"]
    assert "did you mean Vehicle?" in wrong[1]


def test_what_belongs_to_somebody_protected_is_nowhere(there: Checkout, out: Path) -> None:
    hidden = [b"v-of-a-hidden-person", b"hidden-person"]
    kept = [p for folder in (out, there.path / "out.barrier") for p in folder.rglob("*") if p.is_file()]

    assert kept
    assert [p.name for p in kept for one in hidden if one in p.read_bytes()] == []


def test_a_structure_holds_it_with_its_words_and_a_worker_stays_a_count(out: Path) -> None:
    (cluster,) = [c for c in _lines(out / "clusters.jsonl") if "v-ring-director" in json.dumps(c)]
    members = {m["id"] for m in cluster["members"]}  # type: ignore[attr-defined]
    facts = json.dumps(cluster["facilitators"])

    assert {"v-ring-director", "v-of-two"} <= members
    assert not {"ring-p1", "v-of-a-worker"} & members
    assert "keeps v-ring-director" in facts
    assert "houses workers for ring-hirer" in facts


def test_a_picture_and_exports_of_such_a_structure_are_made(there: Checkout, out: Path) -> None:
    (cluster,) = [c["id"] for c in _lines(out / "clusters.jsonl") if "v-ring-director" in json.dumps(c)]
    told = there.commands(
        f"networks export {cluster} --store out.barrier --at 2026-09-01 --format graphml",
        f"networks export {cluster} --store out.barrier --at 2026-09-01 --format csv",
        f"networks show {cluster} --store out.barrier --at 2026-09-01",
        f"view {cluster} --store out.barrier --at 2026-09-01 --out view.html",
    )

    assert [code for code, _ in told] == [0, 0, 0, 0], told
    assert all("KEEPS" in text and "Vehicle" in text for _, text in told[:1])
    assert "ring-director,v-ring-director,KEEPS,labour" in told[1][1]
    assert "v-ring-director" in (there.path / "view.html").read_text(encoding="utf-8")


def test_every_partner_has_a_view_and_only_holder_and_covenant_see_what_no_gate_names(there: Checkout) -> None:
    done = there.python("-c", _VIEWS)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    sees = {partner for partner, counts in seen.items() if counts["KEEPS"]}

    assert len(seen) > 30
    assert {"police", "riec"} <= sees
    assert not {"bank", "ggd", "housing_corporation", "notary", "accountant", "care_coordinator"} & sees
    assert [p for p, counts in seen.items() if p not in sees and counts["Vehicle"]] == []
    assert all(counts["colour"] == 0 for p, counts in seen.items() if counts["pseudonyms"])


_VIEWS = """
import json
from datetime import date
from pathlib import Path
from barrier.advise.powers import shipped_powers
from barrier.advise.sharing import Viewer, shipped_sharing
from barrier.ingest.region import read_region
from barrier.disclosure.partner_view import view_of
tables = read_region(Path("region")).tables
partners, told = shipped_powers().partners, {}
for partner in partners:
    view = view_of(tables, Viewer(partner, date(2026, 11, 24), shipped_sharing(), partners))
    vehicles = view.tables.table("Vehicle")
    told[partner] = {
        "KEEPS": view.tables.table("KEEPS").num_rows,
        "Vehicle": vehicles.num_rows,
        "colour": vehicles.num_rows - vehicles.column("colour").null_count,
        "pseudonyms": view.anonymised,
    }
print(json.dumps(told))
"""


def test_scans_for_partners_end_well(there: Checkout, out: Path) -> None:
    done = there.commands(*(f"scan region --out for-{p} --as {p}" for p in ("police", "emm")))

    assert [code for code, _ in done] == [0, 0], done
    assert b"v-ring-director" in (there.path / "for-police" / "clusters.jsonl").read_bytes()
    assert b"v-ring-director" not in (there.path / "for-emm" / "clusters.jsonl").read_bytes()


def test_it_is_no_subject_of_a_score_nor_of_a_finding(there: Checkout, out: Path) -> None:
    (there.path / "ids.csv").write_text("id\nv-ring-director\nring-lender\n")
    mine = there.path / "mine"
    mine.mkdir()
    (mine / "busy_vehicle.cypher").write_text(_ABOUT_VEHICLES, encoding="utf-8")
    (scored, found) = there.commands(
        "score ids.csv --store out.barrier --at 2026-09-01", "scan region --out out-mine --detectors mine"
    )

    assert [line.split(",")[1] for line in scored[1].splitlines() if line.startswith(("v-", "ring-"))] == [
        "unknown",
        "found",
    ]
    assert found[0] == 2
    assert "busy_vehicle: a finding would be about a Vehicle, which is no subject" in found[1]


_ABOUT_VEHICLES = """\
//| id: busy_vehicle
//| version: 1
//| status: stable
//| barrier: labour
//| asks: Which vehicles does somebody keep?
//| misses: Everything.
//| key: [vehicle]
//| personal_data: indirect
//| absent: []
//| source: This test.
MATCH (p:Person)-[:KEEPS]->(v:Vehicle)
RETURN v.id AS vehicle, count(DISTINCT p) AS keepers
ORDER BY vehicle
"""


def test_every_other_command_takes_it_as_it_is(there: Checkout, out: Path) -> None:
    lines = [
        "check region",
        "import region --store again.barrier",
        "doctor --store out.barrier",
        "networks list --store out.barrier --at 2026-09-01",
        "advise --store out.barrier --at 2026-09-01",
        "regional-scan --store out.barrier --at 2026-09-01 --out regional.html",
        "history list --store out.barrier",
        "unusual --store out.barrier",
        "detectors list",
        "retention run --store out.barrier",
        "audit list --store out.barrier",
        "generate --persons 300 --out made",
        "query neighbours --store out.barrier --param node=ring-hirer",
    ]
    done = dict(zip(lines, there.commands(*lines), strict=True))

    assert {line: told for line, (code, told) in done.items() if code != 0} == {}
    assert "HOUSES_FOR" in done["query neighbours --store out.barrier --param node=ring-hirer"][1]


def test_the_reference_tells_of_it(there: Checkout) -> None:
    done = there.python("-m", "tools.reference")
    page = (there.path / "docs" / "reference" / "model.md").read_text(encoding="utf-8")

    assert done.returncode == 0, done.stderr
    assert "### Vehicle" in page
    assert "- For the gates: data vehicle, held by police where no source is named." in page
    assert "- Network: layer vehicles; en: keeps / is kept by; nl: is houder van / is van" in page
