"""Small graphs for tests of advice: a graph in the words of detector cases in, its plans out."""

from __future__ import annotations

from datetime import date
from typing import Any

from barrier.advise.beds import Beds
from barrier.advise.dossier import Dossier, Surroundings
from barrier.advise.dossier import Signal as Told
from barrier.advise.plan import Advice, Plan, Setting
from barrier.advise.plans import plans
from barrier.advise.powers import shipped_powers
from barrier.analysis.analyse import analyse
from barrier.analysis.detector_cases import Case, case_tables
from barrier.analysis.ruleset import ruleset_of
from barrier.detect.findings import Finding
from barrier.detect.library import load_detectors
from barrier.model.barriers import load_model
from barrier.model.yamlfile import validate
from barrier.store import EmbeddedStore

DAY = date(2024, 7, 1)
MODEL = load_model("five-barriers")


def setting(**more: Any) -> Setting:
    """Return the shipped powers on the day of the cases."""
    return Setting(**{"day": DAY, "model": MODEL, "powers": shipped_powers(), "beds": Beds.none(), **more})


def store_of(**graph: Any) -> EmbeddedStore:
    """Return a store in memory with a small graph."""
    return EmbeddedStore.in_memory(case_tables(validate({"name": "case", "hits": [], **graph}, Case, where="case")))


def plans_of(given: Setting | None = None, **graph: Any) -> list[Plan]:
    """Return the plans for a small graph."""
    chosen = given or setting()
    store = store_of(**graph)
    found = analyse(store, load_detectors(), ruleset_of(chosen.day, chosen.model.id))
    return plans(store, found.findings, found.clusters, found.occupancy, chosen)


def about(made: list[Plan], subject: str) -> Plan:
    """Return the plan for the cluster with a member, or for a finding about it."""
    found = [p for p in made if subject in p.dossier.members]
    assert found, f"no plan about {subject}"
    return found[0]


def by_power(plan: Plan) -> dict[str, Advice]:
    """Return the advice of a plan by power."""
    return {a.power.id: a for a in plan.advice}


def finding(
    detector: str, barrier: str, subject: str, label: str, *, strength: str = "strong", sources: list[str] | None = None
) -> Finding:
    """Return a finding."""
    return Finding(
        f"{detector}:{subject}",
        detector,
        1,
        "hash",
        barrier,
        {"label": label, "id": subject},
        {},
        strength,
        [],
        sources or ["BRP"],
        "2024-07-01",
        "2024-09-29",
    )


def dossier(
    findings: list[Finding], *, signals: list[Told] | None = None, visits: tuple[str, ...] = (), people: int = 5
) -> Dossier:
    """Return what is known about the subject of findings."""
    subject = findings[0].subject
    node = subject["id"]
    around = Surroundings({node: tuple(signals or ())}, {node: visits} if visits else {}, {}, {}, {})
    return Dossier("finding", findings[0].id, {node: subject["label"]}, findings, around, (people, people))


def told(kind: str, holder: str, origin: str, reliability: str = "possible") -> Told:
    """Return a signal."""
    return Told(kind, holder, origin, reliability)
