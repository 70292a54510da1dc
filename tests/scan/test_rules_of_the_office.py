"""Gates, partners, norms and models: from the office, never from the data or from who reads, wherever one looks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from barrier import resources
from barrier.audit.events import readings
from tests.helpers import Results, run

pytestmark = pytest.mark.slow

GATE = {"id": "g", "data": ["*"], "from": ["*"], "to": ["*"], "condition": "open", "purpose": "x", "source": "x"}
OPEN = {"format": 1, "gates": [{**GATE, "id": f"g-{p}", "to": [p]} for p in ("bank", "ggd")]}
STRICT = {
    "format": 1,
    "about": "x",
    "norms": [{"kind": "dwelling", "m2_per_person": 500, "from": "2026-08-01", "source": "town"}],
}


def _rules(folder: Path, **files: Any) -> Path:
    for name, content in files.items():
        place = folder / name.replace("__", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.with_suffix(".yaml").write_text(json.dumps(content))
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return folder


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    """Return the demo region as a supplier delivers it, with gates, norms and a model of its own."""
    folder = Path(shutil.copytree(resources.fixtures() / "demo", tmp_path / "delivery"))
    _rules(folder, partners__sharing=OPEN, norms__town=STRICT)
    (folder / "models").mkdir()
    shutil.copy(resources.graphs() / "models" / "migrant-workers.yaml", folder / "models" / "mine.yaml")
    return folder


def _said(store: Path) -> dict[str, Any]:
    return readings(str(store))[-1]


def _findings(out: Path) -> set[str]:
    return {f["id"] for f in Results(out).findings}


def test_a_delivery_does_not_bring_its_own_rules_and_it_is_said(delivery: Path, demo: Results, tmp_path: Path) -> None:
    done = run("scan", str(delivery), "--out", str(tmp_path / "out"))
    found = Results(tmp_path / "out")

    assert found.findings == demo.findings
    assert [found.scan[k] for k in ("norms", "rules", "model")] == [demo.scan[k] for k in ("norms", "rules", "model")]
    assert "partners/, norms/, models/: rules that came with the data are not used" in done.stderr


@pytest.mark.parametrize("model", ["mine", "models/mine.yaml", "../rules/models/mine.yaml", "/etc/passwd"])
def test_a_delivery_cannot_choose_a_model_that_it_brings(delivery: Path, model: str, tmp_path: Path) -> None:
    about = (delivery / "region.yaml").read_text(encoding="utf-8")
    (delivery / "region.yaml").write_text(f"{about}model: {model}\n")
    done = run("scan", str(delivery), "--out", str(tmp_path / "out"))

    assert (done.exit_code, (tmp_path / "out").exists()) == (2, False)


def test_a_delivery_does_not_open_its_own_gates(delivery: Path, tmp_path: Path) -> None:
    demo = resources.fixtures() / "demo"
    run("scan", str(delivery), "--as", "bank", "--out", str(tmp_path / "theirs"))
    run("scan", str(demo), "--as", "bank", "--out", str(tmp_path / "ours"))

    assert _findings(tmp_path / "theirs") == _findings(tmp_path / "ours")


def test_who_reads_does_not_open_gates_with_a_region(delivery: Path, demo: Results) -> None:
    asked = ["networks", "list", "--store", str(demo.store), "--at", "2026-09-01", "--as", "bank", "--json"]
    without = run(*asked)
    with_region = run(*asked, "--region", str(delivery))
    trusted = run(*asked, "--region", str(delivery), "--trust-delivery")

    assert with_region.stdout == without.stdout
    assert "partners/, norms/, models/ of delivery not used" in with_region.stderr
    assert (trusted.exit_code, trusted.stdout) == (2, "")


def test_the_office_opens_gates_and_the_log_says_by_which_rules(demo: Results, tmp_path: Path) -> None:
    rules = _rules(tmp_path / "rules", partners__sharing=OPEN)
    asked = ["networks", "list", "--store", str(demo.store), "--at", "2026-09-01", "--as", "ggd", "--json"]
    closed = run(*asked)
    first = _said(demo.store)
    opened = run(*asked, "--rules", str(rules), "--consent", "--investigation")
    last = _said(demo.store)

    assert len(opened.stdout.splitlines()) > len(closed.stdout.splitlines())
    assert (first["view"], first["consent"], first["investigation"]) == ("ggd", False, False)
    assert (last["view"], last["consent"], last["investigation"]) == ("ggd", True, True)
    assert first["rules"] == demo.scan["rules"] != last["rules"]


def test_a_trusted_delivery_is_looked_at_by_its_own_rules_and_the_results_say_so(
    delivery: Path, demo: Results, tmp_path: Path
) -> None:
    run("scan", str(delivery), "--out", str(tmp_path / "out"), "--trust-delivery")
    found = Results(tmp_path / "out")

    assert len(found.by("overcrowded")) > len(demo.by("overcrowded"))
    assert found.scan["rules"] != demo.scan["rules"]
    assert found.scan["rules"] in found.report


def test_scan_score_and_structures_agree_on_the_norms_of_the_office(demo: Results, tmp_path: Path) -> None:
    rules = ["--rules", str(_rules(tmp_path / "rules", norms__town=STRICT))]
    out, day = tmp_path / "out", ["--at", "2026-09-01"]
    run("scan", str(resources.fixtures() / "demo"), "--out", str(out), *day, *rules)
    found = Results(out)
    subjects = found.by("overcrowded")
    (tmp_path / "ids.csv").write_text("id\n" + "\n".join(subjects) + "\n")
    scored = run("score", str(tmp_path / "ids.csv"), "--store", str(found.store), "--json", *day, *rules)
    listed = run("networks", "list", "--store", str(found.store), "--json", *day, *rules)
    written = (out / "clusters.jsonl").read_text(encoding="utf-8").splitlines()

    assert len(subjects) > len(demo.by("overcrowded"))
    assert all("overcrowded:" in json.loads(line)["findings"] for line in scored.stdout.splitlines())
    assert [json.loads(line)["id"] for line in listed.stdout.splitlines()] == [json.loads(c)["id"] for c in written]


def test_rules_of_the_settings_give_the_gates_of_a_view_and_that_the_scan_had_others_is_said(
    demo: Results, tmp_path: Path
) -> None:
    _rules(tmp_path / "rules", norms__town=STRICT, partners__sharing=OPEN)
    settings = tmp_path / "settings.toml"
    settings.write_text('purpose = "case 5"\nrules = "rules"\n')
    settings.chmod(0o600)
    asked = ["networks", "list", "--store", str(demo.store), "--at", "2026-09-01"]
    done = run("--settings", str(settings), *asked, env={"BARRIER_PURPOSE": None})
    last = _said(demo.store)
    run("--settings", str(settings), *asked, "--as", "ggd", env={"BARRIER_PURPOSE": None})
    view = _said(demo.store)

    assert (last["purpose"], last["rules"]) == ("case 5", demo.scan["rules"])
    assert "the rules of the office are others than at the last scan" in done.stderr
    assert view["rules"] != demo.scan["rules"]


def test_settings_that_name_rules_and_that_others_can_change_are_refused(demo: Results, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('rules = "rules"\n')
    settings.chmod(0o666)
    done = run("--settings", str(settings), "history", "list", "--store", str(demo.store))

    assert done.exit_code == 2
    assert "others may write there" in done.stderr


def test_a_wrong_file_of_the_office_is_told_before_the_store_is_replaced(tmp_path: Path, region: Path) -> None:
    (region / "Address.csv").write_text("id,kind\na1,dwelling\n")
    rules = _rules(tmp_path / "rules", partners__mine={"format": 1, "powers": [{"id": "x"}]})
    store = tmp_path / "s.barrier"
    done = run("scan", str(region), "--out", str(tmp_path / "out"), "--store", str(store), "--rules", str(rules))

    assert done.exit_code == 2
    assert "powers.0" in done.stderr
    assert not (store / "current.json").exists()
