"""The same subject, the same answer: whoever reads a store does so by the terms of its last scan."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

import barrier
from barrier import resources
from barrier.analysis.kept import Asked, agreed, kept_of, terms_to_keep, without
from barrier.analysis.ruleset import ruleset_of
from barrier.disclosure.partner_view import tables_of
from barrier.erasure.erase import erase_graph
from barrier.erasure.rotation import Rotation, renamed_terms
from barrier.errors import DamagedError, InputError
from barrier.ingest.region import read_region
from barrier.keys import Key
from barrier.model.rules import NO_RULES, RuleFile, Rules
from barrier.printable import parsed_json
from barrier.store import EmbeddedStore, Store, Terms, open_store
from barrier.store.generation import read_current
from barrier.store.ownership import terms_of, terms_text
from barrier.traces import Traces
from tests.helpers import Results, run

DAY, EARLIER, TODAY = date(2026, 9, 1), date(2026, 3, 1), date(2026, 11, 27)
NORM = {"kind": "dwelling", "m2_per_person": 30, "from": "2020-01-01", "municipality": "GM9001", "source": "town"}
NORMS = RuleFile("norms/town.yaml", json.dumps({"format": 1, "about": "x", "norms": [NORM]}))
HUB = {"id": "front-manager", "reason": "looks after all of them", "expires": "2030-01-01"}
OPEN = {"id": "g", "data": ["*"], "from": ["*"], "to": ["*"], "condition": "open", "purpose": "x", "source": "x"}
NO_TRACES = Traces(())


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a norm, a barrier model and a known hub of an office."""
    folder = tmp_path_factory.mktemp("office") / "rules"
    model = yaml.safe_load((resources.graphs() / "models" / "five-barriers.yaml").read_text(encoding="utf-8"))
    model["id"] = "ours"
    model["barriers"][0]["id"], model["barriers"][0]["replaces"] = "gate", [model["barriers"][0]["id"]]
    files = {
        NORMS.name: NORMS.text,
        "models/ours.yaml": json.dumps(model),
        "known-hubs.yaml": json.dumps({"format": 1, "hubs": [HUB]}),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return folder


@pytest.fixture(scope="module")
def scanned(office: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Scan the bundled region by the rules of the office, on a day of the past."""
    out = tmp_path_factory.mktemp("scanned") / "results"
    asked = ["--rules", str(office), "--model", "ours", "--at", DAY.isoformat()]
    done = run("scan", str(resources.fixtures() / "demo"), "--out", str(out), *asked)
    assert done.exit_code == 0, done.output
    return Results(out)


def _asked(scanned: Results, *command: str) -> Result:
    done = run(*command, "--store", str(scanned.store))
    assert done.exit_code == 0, done.output
    return done


def _lines(file: Path) -> list[dict[str, Any]]:
    return [parsed_json(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _said(done: Result) -> list[dict[str, Any]]:
    return [parsed_json(line) for line in done.stdout.splitlines()]


def test_the_rules_of_the_office_change_what_is_found(scanned: Results, demo: Results) -> None:
    ours, shipped = (_lines(found.path / "clusters.jsonl") for found in (scanned, demo))

    assert len(scanned.by("overcrowded")) > len(demo.by("overcrowded"))
    assert "gate" in {f["barrier"] for f in scanned.findings}
    assert [c["id"] for c in ours] != [c["id"] for c in shipped]


def test_score_finds_what_the_scan_found_and_nothing_is_said_of_the_terms(scanned: Results, tmp_path: Path) -> None:
    subjects = sorted({f["subject"]["id"] for f in scanned.findings if f["subject"]["label"] == "Address"})
    (tmp_path / "ids.csv").write_text("\n".join(["id", *subjects]))
    done = _asked(scanned, "score", str(tmp_path / "ids.csv"))
    rows = list(csv.DictReader(io.StringIO(done.stdout)))

    assert {i for row in rows for i in row["findings"].split("|")} == {
        f["id"] for f in scanned.findings if f["subject"]["id"] in subjects
    }
    assert "gate" in rows[0]
    assert done.stderr == ""


def test_the_structures_of_the_scan_are_listed_shown_tried_out_and_exported(scanned: Results) -> None:
    clusters = _lines(scanned.path / "clusters.jsonl")
    listed = _said(_asked(scanned, "networks", "list", "--json"))
    shown = [_said(_asked(scanned, "networks", "show", c["id"], "--json"))[0] for c in clusters[-2:]]
    tried = _said(_asked(scanned, "networks", "what-if", clusters[0]["id"], "--json"))[0]
    exported = parsed_json(_asked(scanned, "networks", "export", clusters[0]["id"], "--json").stdout)

    assert _without_changes(listed) == _without_changes(clusters)
    assert _without_changes(shown) == _without_changes(clusters[-2:])
    assert tried["cluster"] == clusters[0]["id"]
    assert {n["id"] for n in exported["nodes"]} >= {m["id"] for m in clusters[0]["members"]}


def _without_changes(clusters: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in c.items() if k != "change"} for c in clusters]


def test_the_picture_the_documents_and_the_regional_scan_are_of_the_same_day_and_model(
    scanned: Results, tmp_path: Path
) -> None:
    last = _lines(scanned.path / "clusters.jsonl")[-1]["id"]
    store = Path(shutil.copytree(scanned.store, tmp_path / "s.barrier"))
    there = ["--store", str(store)]
    by = ["--by", "Jansen"]
    for command in (
        ["view", last, "--out", str(tmp_path / "view.html")],
        ["case", "open", last, *by],
        ["case", "document", last, "--out", str(tmp_path / "report.html")],
        ["case", "agenda", "--out", str(tmp_path / "agenda.html")],
        ["regional-scan", "--out", str(tmp_path / "region.html")],
    ):
        done = run(*command, *there)
        assert done.exit_code == 0, done.output
    (opened,) = _said(run("case", "list", "--json", *there))

    assert opened["scan"] == DAY.isoformat()
    assert DAY.isoformat() in (tmp_path / "view.html").read_text(encoding="utf-8")


def test_the_advice_is_that_of_the_scan(scanned: Results) -> None:
    assert _said(_asked(scanned, "advise", "--json")) == _lines(scanned.path / "advice.jsonl")


def test_a_notebook_gives_the_occupancy_and_structures_of_the_scan(scanned: Results) -> None:
    with barrier.open(scanned.store, purpose="test") as graph:
        occupancy, clusters = graph.occupancy().set_index("address"), graph.clusters()
        crowded = graph.query("letting_without_licence")
        on_the_day = graph.query("letting_without_licence", at=DAY)

    assert occupancy["verdict"].to_dict() == scanned.occupancy["verdict"].to_dict()
    assert [c.id for c in clusters] == [c["id"] for c in _lines(scanned.path / "clusters.jsonl")]
    assert crowded.equals(on_the_day)


def test_a_query_by_name_looks_at_the_day_of_the_scan(scanned: Results) -> None:
    asked = ["query", "letting_without_licence", "--json"]

    assert _asked(scanned, *asked).stdout == _asked(scanned, *asked, "--param", f"at={DAY}").stdout != ""


def test_a_partner_sees_of_the_store_what_a_scan_for_the_partner_tells(
    scanned: Results, office: Path, tmp_path: Path
) -> None:
    demo, seen = str(resources.fixtures() / "demo"), ["--as", "municipality_housing"]
    by = ["--rules", str(office), "--model", "ours", "--at", DAY.isoformat()]
    done = run("scan", demo, "--out", str(tmp_path / "out"), *seen, *by)
    told = _lines(tmp_path / "out" / "clusters.jsonl")

    assert done.exit_code == 0, done.output
    assert told
    assert _said(_asked(scanned, "networks", "list", "--json", *seen)) == told


def test_what_is_asked_goes_before_the_terms_and_is_said(scanned: Results, office: Path, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir(mode=0o700)
    asked = ["networks", "list", "--at", EARLIER.isoformat(), "--model", "five-barriers"]
    done = _asked(scanned, *asked, "--rules", str(tmp_path / "rules"))
    same = _asked(scanned, "networks", "list", "--at", DAY.isoformat(), "--model", "ours", "--rules", str(office))

    assert "looked at on 2026-03-01; the last scan on 2026-09-01" in done.stderr
    assert "looked at by the model five-barriers; the last scan by ours" in done.stderr
    assert "looked at by other rules" in done.stderr
    assert same.stderr == ""


def _kept(
    rules: Rules = NO_RULES, *, delivered: int = 0, erased: Traces = NO_TRACES, model: str = "five-barriers"
) -> Any:
    terms = ruleset_of(DAY, model, rules=rules)
    return terms_to_keep(terms, day=DAY, model=model, delivered=delivered, detectors=(), erased=erased)


def test_a_store_of_a_version_without_terms_is_read_as_before_and_it_is_said() -> None:
    found = agreed(kept_of(None), Asked(rules=Rules((NORMS,))), today=TODAY)

    assert (found.terms.day, found.terms.model.id, found.terms.rules) == (TODAY, "five-barriers", Rules((NORMS,)))
    assert "keeps no terms of a scan: looked at on 2026-11-27" in found.notes[0]


def test_gates_of_a_view_are_those_of_the_office_now_and_never_of_the_store() -> None:
    gates = RuleFile("partners/sharing.yaml", json.dumps({"format": 1, "gates": [OPEN]}))
    kept = kept_of(_kept(Rules((gates, NORMS))))

    view = agreed(kept, Asked(partner=True), today=TODAY).terms
    everything = agreed(kept, Asked(), today=TODAY).terms

    assert view.rules.files == (NORMS,)
    assert "g" not in {g.id for g in view.sharing.gates}
    assert everything.rules.files == (gates, NORMS)


def test_what_a_trusted_delivery_brought_holds_for_everything_and_for_no_view() -> None:
    theirs = RuleFile("norms/theirs.yaml", NORMS.text)
    kept = kept_of(_kept(Rules((theirs, NORMS)), delivered=1))

    assert agreed(kept, Asked(), today=TODAY).terms.rules.files == (theirs, NORMS)
    assert agreed(kept, Asked(partner=True), today=TODAY).terms.rules.files == (NORMS,)


def test_what_an_untrusted_delivery_brought_is_not_among_the_terms_of_its_store(tmp_path: Path) -> None:
    delivery = tmp_path / "region"
    (delivery / "norms").mkdir(parents=True)
    (delivery / "norms" / "town.yaml").write_text(NORMS.text)
    (delivery / "region.yaml").write_text("name: x\npurpose: test\nextract_date: 2026-09-01\n")
    (delivery / "Address.csv").write_text("id,kind\na1,dwelling\n")
    places = {name: tmp_path / name for name in ("imported", "scanned", "trusted")}
    run("import", str(delivery), "--store", str(places["imported"]))
    run("scan", str(delivery), "--store", str(places["scanned"]), "--out", str(tmp_path / "o1"))
    run("scan", str(delivery), "--store", str(places["trusted"]), "--out", str(tmp_path / "o2"), "--trust-delivery")
    kept = {name: kept_of(open_store(place).terms()) for name, place in places.items()}

    assert [k and [f.name for f in k.rules.files] for k in kept.values()] == [[], [], ["norms/town.yaml"]]
    assert [k and k.delivered for k in kept.values()] == [0, 0, 1]
    assert kept["imported"] == kept["scanned"]


def test_rules_of_the_settings_that_changed_since_the_scan_do_not_hold_and_it_is_said() -> None:
    kept = kept_of(_kept(Rules((NORMS,))))
    other = Rules((RuleFile("norms/new.yaml", NORMS.text),))

    found = agreed(kept, Asked(rules=other), today=TODAY)

    assert found.terms.rules == Rules((NORMS,))
    assert "the rules of the office are others than at the last scan" in found.notes[0]


def test_a_model_of_a_file_is_kept_whole_and_one_by_its_id_by_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    shutil.copy(resources.graphs() / "models" / "migrant-workers.yaml", file)
    terms = _kept(model=str(file))
    file.unlink()

    assert agreed(kept_of(terms), Asked(), today=TODAY).terms.model.id == "migrant-workers"
    assert str(tmp_path) not in json.dumps(terms)
    assert _kept()["file"] is None


def test_a_hub_that_is_protected_is_not_kept_and_its_name_is_in_no_text() -> None:
    other = {**HUB, "id": "desk-12345"}
    hubs = f"# front-manager is known to us\n{json.dumps({'format': 1, 'hubs': [HUB, other]})}"
    about = {"format": 1, "about": "for front-manager", "norms": [NORM]}
    rules = Rules((RuleFile("norms/town.yaml", json.dumps(about)), RuleFile("known-hubs.yaml", hubs)))

    terms = _kept(rules, erased=Traces(["front-manager"]))
    found = agreed(kept_of(terms), Asked(), today=TODAY).terms

    assert "front-manager" not in json.dumps(terms)
    assert [h.id for h in found.settings.known_hubs] == ["desk-12345"]
    assert found.norms.norms[-1].m2_per_person == 30
    assert terms["digest"] == rules.digest


def test_terms_that_name_nothing_erased_stay_as_they_are() -> None:
    terms = _kept(Rules((NORMS,)))

    assert without(terms, Traces(["front-manager"])) == terms


def test_terms_of_another_version_are_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match="another version"):
        kept_of({**_kept(), "format": 2})


def test_a_detector_of_the_scan_that_is_not_here_is_named(scanned: Results, tmp_path: Path) -> None:
    store = Path(shutil.copytree(scanned.store, tmp_path / "s.barrier"))
    opened = open_store(store)
    opened.keep_terms({**(opened.terms() or {}), "detectors": ["of_our_own"]})

    done = run("networks", "list", "--store", str(store))

    assert "the last scan also looked with of_our_own: name their folder with --detectors" in done.stderr


def test_the_same_rows_scanned_on_another_day_leave_the_rows_and_take_the_day(demo: Results, tmp_path: Path) -> None:
    store = open_store(Path(shutil.copytree(demo.store, tmp_path / "s.barrier")))
    before = read_current(tmp_path / "s.barrier")
    store.keep_terms({**(store.terms() or {}), "day": EARLIER.isoformat()})
    after = read_current(tmp_path / "s.barrier")
    kept = kept_of(open_store(tmp_path / "s.barrier").terms())

    assert before == after
    assert kept is not None
    assert kept.day == EARLIER


@pytest.fixture
def small(region: Path, tmp_path: Path) -> Store:
    """Return a store with one address and terms that name it as a hub."""
    (region / "Address.csv").write_text("id,kind\ndesk-12345,dwelling\nother-address,dwelling\n")
    hubs = RuleFile("known-hubs.yaml", json.dumps({"format": 1, "hubs": [{**HUB, "id": "desk-12345"}]}))
    store = open_store(tmp_path / "small.barrier")
    store.load(read_region(region).tables, terms=_kept(Rules((hubs,))))
    return store


def test_what_is_erased_from_the_graph_is_erased_from_the_terms_too(small: Store) -> None:
    assert erase_graph(small, ["desk-12345"])

    kept = kept_of(open_store(small.name).terms())
    assert kept is not None
    assert kept.day == DAY
    assert "desk-12345" not in (Path(small.name) / "current.json").read_text(encoding="utf-8")


def test_a_hub_that_the_graph_does_not_hold_is_erased_from_the_terms(small: Store) -> None:
    small.keep_terms(json.loads(json.dumps(small.terms()).replace("desk-12345", "desk-67890")))

    assert not erase_graph(small, ["desk-67890"])
    assert "desk-67890" not in json.dumps(small.terms())


def test_a_hub_gets_its_new_id_when_the_key_is_rotated(small: Store) -> None:
    old, new = f"tel-{'a' * 24}", f"tel-{'b' * 24}"
    small.keep_terms(json.loads(json.dumps(small.terms()).replace("desk-12345", old)))
    rotation = Rotation({old: new}, ("tel-",), (small.name,), (), Key(()))

    assert isinstance(small, EmbeddedStore)
    assert list(kept_hubs(renamed_terms(small, rotation))) == [new]


def kept_hubs(terms: Terms) -> list[str]:
    kept = kept_of(terms)
    return [h.id for h in agreed(kept, Asked(), today=TODAY).terms.settings.known_hubs]


def test_a_load_without_terms_keeps_those_that_are_there_and_a_flipped_letter_in_them_is_noticed(small: Store) -> None:
    before = small.terms()
    small.load(replace(tables_of(small), fingerprint="f" * 64))
    current = Path(small.name) / "current.json"
    again = open_store(small.name).terms()
    current.write_text(current.read_text(encoding="utf-8").replace("2026-09-01", "2026-09-02"))

    assert again == before
    with pytest.raises(DamagedError):
        open_store(small.name).terms()


def test_terms_on_a_server_carry_a_checksum() -> None:
    text = terms_text(_kept())

    assert text is not None
    assert terms_of(text, "bolt://x") == _kept()
    assert (terms_text({}), terms_of(None, "bolt://x")) == (None, None)
    for wrong in (text.replace("2026-09-01", "2026-09-02"), "{}", "[", "7"):
        with pytest.raises(DamagedError, match="not as they were written"):
            terms_of(wrong, "bolt://x")
