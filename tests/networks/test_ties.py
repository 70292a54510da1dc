"""What findings tie: series stay whole, who holds a subject is never cut off it, and one landlord is one fact."""

from __future__ import annotations

from datetime import date
from typing import Any

import networkx as nx
import pandas as pd
import pytest

from barrier.analysis.detector_cases import Case, case_tables
from barrier.detect.findings import Finding
from barrier.model.barriers import load_model
from barrier.model.dates import day_number
from barrier.model.yamlfile import validate
from barrier.networks.communities import NAMED, communities
from barrier.networks.parties import party_graph
from barrier.networks.positions import positions
from barrier.networks.settings import shipped_settings
from barrier.networks.ties import involved, one_hand, with_named
from barrier.store.tables import TableColumns

DAY = day_number(date(2024, 7, 1))
MODEL = load_model("five-barriers")
SMALL = shipped_settings().model_copy(update={"max_members": 8})


def _finding(subject: str, *named: str, label: str = "Business", detector: str = "phoenix_lender") -> Finding:
    facts = {"with": {"value": list(named), "unit": "ids"}}
    about = {"label": label, "id": subject}
    return Finding(f"{detector}:{subject}", detector, 1, "", "labour", about, facts, "strong", [], [], "", "")


def _told(findings: list[Finding], graph: dict[str, Any]) -> pd.DataFrame:
    case = validate({"name": "case", "hits": [], **graph}, Case, where="case")
    links = party_graph(TableColumns(case_tables(case)), DAY, model=MODEL, settings=SMALL).links
    by_subject = {f.subject["id"]: [f] for f in findings}
    return with_named(links, by_subject, set(by_subject), SMALL, DAY)


def _never_cut(findings: list[Finding], graph: dict[str, Any]) -> set[tuple[str, str]]:
    told = _told(findings, graph)
    named = told[told["kind"] == NAMED]
    return set(zip(named["source_id"], named["target_id"], strict=True))


def _group_with(member: str, findings: list[Finding], graph: dict[str, Any]) -> set[str]:
    keep = {f.subject["id"] for f in findings}
    found = communities(_told(findings, graph), keep=keep, settings=SMALL)
    return next((set(group) for group in found if member in group), set())


def _series(*, at_desk: int = 0) -> dict[str, Any]:
    """Return three lenders one after the other at a desk and number, who stands behind, and customers of the last."""
    nodes = {"Person": ["boss", "straw"], "Business": ["old", "middle", "new", "h1..h9", "x1..x9", "z1..z9"]}
    links: list[list[Any]] = [
        ["old", "ESTABLISHED_AT", "desk", {"from": "2014-01-01", "until": "2015-01-01"}],
        ["middle", "ESTABLISHED_AT", "desk", {"from": "2015-01-01", "until": "2023-12-01"}],
        ["new", "ESTABLISHED_AT", "desk", {"from": "2023-12-01"}],
        ["boss", "CONTROLS", "old", {"from": "2014-01-01", "until": "2015-01-01"}],
        ["straw", "DIRECTS", "new"],
        ["new", "SUPPLIES_WORKERS_TO", "h1..h5"],
        *([f"h{i}", "SUPPLIES_WORKERS_TO", f"x{i}"] for i in range(1, 6)),
    ]
    if at_desk:
        links.append([f"z1..z{at_desk}", "ESTABLISHED_AT", "desk"])
    return {"nodes": {**nodes, "Address": ["desk"]}, "links": links}


PAIR = [_finding("new", "middle")]


def test_a_lender_of_ten_years_ago_at_the_desk_of_a_series_belongs_to_it() -> None:
    told = _told(PAIR, _series())
    at_desk = told[(told["source_id"] == "old") & (told["kind"] == "ESTABLISHED_AT")]

    assert {("new", "middle"), ("old", "desk"), ("middle", "desk"), ("new", "desk")} <= _never_cut(PAIR, _series())
    assert at_desk["weight"].tolist() == [1.0]
    assert {"old", "middle", "new", "desk", "straw"} <= _group_with("new", PAIR, _series())


def test_an_office_of_many_firms_is_no_desk_of_a_series() -> None:
    assert {source for source, target in _never_cut(PAIR, _series(at_desk=9)) if target == "desk"} == set()


def test_what_is_too_large_to_read_loses_its_customers_first() -> None:
    crowded = [_finding(a, label="Address", detector="overcrowded") for a in ("a1", "a2")]
    links = [
        ["landlord", "OWNS", "a1..a2"],
        ["landlord", "DIRECTS", "lender"],
        ["lender", "SUPPLIES_WORKERS_TO", "h1..h6"],
    ]
    nodes = {"Person": ["landlord"], "Business": ["lender", "h1..h6"], "Address": ["a1..a2"]}
    found = _group_with("a1", crowded, {"nodes": nodes, "links": links})

    assert found == {"a1", "a2", "landlord", "lender"}


def _held(*, until: str = "") -> dict[str, Any]:
    """Return two houses that a holding owns through a firm, and somebody who owned them until a day."""
    ended = {"until": until} if until else {}
    links: list[list[Any]] = [
        ["firm", "OWNS", "a1..a2"],
        ["holding", "CONTROLS", "firm"],
        ["former", "OWNS", "a1..a2", {"from": "2001-01-01", **ended}],
    ]
    return {"nodes": {"Person": ["former"], "Business": ["firm", "holding"], "Address": ["a1..a2"]}, "links": links}


def test_who_holds_a_subject_and_through_what_is_never_cut_off_it() -> None:
    tied = _never_cut([_finding("a1", label="Address")], _held())

    assert tied == {("firm", "a1"), ("former", "a1"), ("holding", "firm")}


def test_a_former_owner_is_not_tied_by_what_a_finding_names() -> None:
    tied = _never_cut([_finding("a1", "a2", label="Address")], _held(until="2002-01-01"))

    assert tied == {("a1", "a2"), ("firm", "a1"), ("holding", "firm")}


def _structure(*links: tuple[str, str, str, str], houses: tuple[str, ...] = ("a1", "a2", "a3")) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph(day=DAY)
    labels = {"a": "Address", "b": "Business", "p": "Person", "c": "Contact"}
    for source, kind, target, barrier in links:
        for node in (source, target):
            inside = 4 if node in houses else 0
            graph.add_node(node, label=labels[node[0]], residents=inside, subject=node in houses)
        days = {"start_day": 0, "end_day": DAY + 1, "people": 2 if kind in ("workers", "arrivals") else 0}
        graph.add_edge(source, target, kind=kind, barrier=barrier, **days)
    return graph


OWNED = [("p1", "OWNS", a, "housing") for a in ("a1", "a2", "a3")]
HOUSES = [_finding(a, label="Address", detector="overcrowded") for a in ("a1", "a2", "a3")]
WORKERS = [(a, "workers", "b1", "labour") for a in ("a1", "a2")]
ONE_PHONE = [("p1", "REACHED_AT", "c1", "identity"), ("b1", "REACHED_AT", "c1", "identity")]
DIRECTED = [("p2", "DIRECTS", "b1", "finance")]


def test_an_employer_of_two_houses_on_the_phone_of_the_landlord_is_involved_with_its_director() -> None:
    graph = _structure(*OWNED, *WORKERS, *ONE_PHONE, *DIRECTED)

    assert involved(graph, HOUSES) == {"a1", "a2", "a3", "p1", "c1", "b1", "p2"}
    assert "p2" in {p.id for p in positions(graph)}


@pytest.mark.parametrize(
    "links",
    [
        pytest.param([*WORKERS, *DIRECTED], id="an employer that shares nothing with the landlord"),
        pytest.param([WORKERS[0], *ONE_PHONE, *DIRECTED], id="an employer of one house"),
        pytest.param([("b1", "SUPPLIES_WORKERS_TO", "b2", "labour"), *ONE_PHONE, *DIRECTED], id="a firm of no house"),
    ],
)
def test_who_only_touches_a_house_brings_no_director_in(links: list[tuple[str, str, str, str]]) -> None:
    assert "p2" not in involved(_structure(*OWNED, *links), HOUSES)


def test_the_owner_of_a_house_that_a_finding_only_names_is_not_involved() -> None:
    graph = _structure(("b1", "LETS", "a1", "housing"), ("b2", "OWNS", "a1", "housing"))

    assert involved(graph, [_finding("b1", "a1")]) == {"b1"}


def test_full_houses_that_one_landlord_alone_ties_are_in_one_hand() -> None:
    assert one_hand(_structure(*OWNED), HOUSES)


@pytest.mark.parametrize(
    ("links", "findings"),
    [
        pytest.param(WORKERS, HOUSES, id="an employer of two houses ties them too"),
        pytest.param([(a, "workers", "p1", "labour") for a in ("a1", "a2")], HOUSES, id="the landlord employs them"),
        pytest.param([], [*HOUSES, _finding("a1", "a2", label="Address")], id="a finding ties two houses"),
        pytest.param([], HOUSES[:1], id="one house"),
        pytest.param([("p2", "OWNS", "a1", "housing"), ("p2", "OWNS", "a2", "housing")], HOUSES, id="a second owner"),
    ],
)
def test_houses_that_more_than_one_landlord_ties_are_not_in_one_hand(
    links: list[tuple[str, str, str, str]], findings: list[Finding]
) -> None:
    assert not one_hand(_structure(*OWNED, *links), findings)
