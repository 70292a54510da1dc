"""Clusters: what joins, what must not, who holds them together, and that nobody who lives or works there is a node."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import networkx as nx
import pytest

from barrier.analysis.analyse import analyse
from barrier.analysis.detector_cases import Case, case_tables
from barrier.analysis.ruleset import ruleset_of
from barrier.detect.library import load_detectors
from barrier.model.barriers import load_model
from barrier.model.dates import day_number
from barrier.model.yamlfile import validate
from barrier.networks.clusters import Cluster
from barrier.networks.communities import communities
from barrier.networks.parties import party_graph
from barrier.networks.settings import NetworkSettings, shipped_settings
from barrier.store import EmbeddedStore, open_store
from barrier.store.tables import TableColumns
from tests.helpers import Results, run

DAY = date(2024, 7, 1)
MODEL = load_model("five-barriers")


def _store(**graph: Any) -> EmbeddedStore:
    case = validate({"name": "case", "hits": [], **graph}, Case, where="case")
    return EmbeddedStore.in_memory(case_tables(case))


def _links(settings: NetworkSettings | None = None, **graph: Any) -> Any:
    case = validate({"name": "case", "hits": [], **graph}, Case, where="case")
    columns = TableColumns(case_tables(case))
    return party_graph(columns, day_number(DAY), model=MODEL, settings=settings or shipped_settings())


def _ends(links: Any) -> set[str]:
    return set(links["source_id"]) | set(links["target_id"])


@pytest.fixture(scope="module")
def demo_clusters(demo: Results) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (demo.path / "clusters.jsonl").read_text(encoding="utf-8").splitlines()]


def _of(clusters: list[dict[str, Any]], member: str) -> dict[str, Any]:
    found = [c for c in clusters if member in {m["id"] for m in c["members"]}]
    assert len(found) == 1, member
    return found[0]


def test_the_ring_is_one_cluster_at_five_barriers_and_the_first(demo_clusters: list[dict[str, Any]]) -> None:
    ring = demo_clusters[0]

    assert {m["id"] for m in ring["members"]} == {
        "ring-a1",
        "ring-a2",
        "ring-a3",
        "ring-desk",
        "ring-director",
        "ring-front",
        "ring-hirer",
        "ring-iban",
        "ring-lender",
        "ring-letting",
        "ring-old-lender",
        "ring-recruiter",
        "ring-tel",
    }
    assert ring["rank"]["barriers"] == 5
    assert ring["people"] == [21, 21]
    assert ring["strength"] == "strong"


def test_the_director_of_landlord_and_lender_holds_the_ring_together(demo_clusters: list[dict[str, Any]]) -> None:
    first = demo_clusters[0]["facilitators"][0]

    assert [first["id"], first["label"]] == ["ring-director", "Person"]
    assert first["barriers"] == ["finance", "housing", "identity", "labour"]
    assert "controls ring-lender, ring-letting" in first["facts"]


def test_a_resident_or_worker_is_never_a_member_nor_listed(demo_clusters: list[dict[str, Any]]) -> None:
    people = {f"{place}-p{i}" for place in ("ring", "camp", "tied", "street", "tax") for i in range(1, 40)}
    text = json.dumps(demo_clusters)

    assert [p for p in people if f'"{p}"' in text] == []
    assert {m["label"] for c in demo_clusters for m in c["members"]} <= {
        "Person",
        "Address",
        "Business",
        "Licence",
        "Contact",
    }


def test_the_agency_is_a_facilitator_of_the_camp_and_of_the_second_grower(demo_clusters: list[dict[str, Any]]) -> None:
    camp = _of(demo_clusters, "camp-agency")
    agency = next(f for f in camp["facilitators"] if f["id"] == "camp-agency")

    assert {"camp-a1", "camp-grower", "camp-hirer"} <= {m["id"] for m in camp["members"]}
    assert "supplies workers to camp-grower, camp-hirer" in agency["facts"]
    assert "employs 14 residents of camp-a1" in agency["facts"]


def test_the_landlord_who_owns_the_agency_is_one_choke_point(demo_clusters: list[dict[str, Any]]) -> None:
    tied = _of(demo_clusters, "tied-agency")

    assert tied["choke_points"]["sets"] == [["tied-agency"], ["tied-landlord"]]
    assert tied["chains"]["examples"][0]["gaps"] == ["entry", "identity", "finance"]


def test_the_accountant_with_twenty_functions_joins_nobody(demo_clusters: list[dict[str, Any]]) -> None:
    assert [c["id"] for c in demo_clusters if "free-accountant" in json.dumps(c["members"])] == []


def _two_rings(offices: int) -> dict[str, Any]:
    """Return two landlords with tenants and lenders, whose firms sit at one desk with ``offices`` other firms."""
    links: list[list[Any]] = []
    for r in ("x", "y"):
        links += [[f"{r}b1", "LETS", f"{r}a1..{r}a3"], [f"{r}d1", "DIRECTS", f"{r}b1"], [f"{r}d1", "DIRECTS", f"{r}b2"]]
        links += [[f"{r}b1", "ESTABLISHED_AT", "desk1"], [f"{r}b2", "SUPPLIES_WORKERS_TO", f"{r}b3"]]
    links.append([f"o1..o{offices}", "ESTABLISHED_AT", "desk1"])
    return {
        "nodes": {
            "Person": ["xd1", "yd1"],
            "Business": ["xb1..xb3", "yb1..yb3", f"o1..o{offices}"],
            "Address": ["xa1..xa3", "ya1..ya3", "desk1"],
        },
        "links": links,
    }


def test_two_rings_at_an_office_of_eighty_firms_stay_two() -> None:
    found = communities(_links(**_two_rings(80)).links, keep={"xa1", "ya1"}, settings=shipped_settings())

    assert [("xb1" in g, "yb1" in g) for g in found] == [(True, False), (False, True)]


def test_two_rings_at_a_desk_of_their_own_are_one_structure() -> None:
    found = communities(_links(**_two_rings(1)).links, keep={"xa1", "ya1"}, settings=shipped_settings())

    assert [{"xb1", "yb1"} <= set(g) for g in found] == [True]


def test_a_link_that_ended_counts_half_after_its_half_life_and_a_later_one_not_yet() -> None:
    nodes = {"Business": ["b1..b4"], "Person": ["d1..d3"]}
    links = [
        ["d1", "DIRECTS", "b1", {"from": "2020-01-01", "until": "2023-07-02"}],
        ["d2", "DIRECTS", "b2", {"from": "2020-01-01"}],
        ["d3", "DIRECTS", "b3", {"from": "2024-08-01"}],
    ]
    found = _links(nodes=nodes, links=links).links.set_index("source_id")["weight"].to_dict()

    assert found == pytest.approx({"d1": 0.5, "d2": 1.0})


def test_who_only_owns_the_home_he_lives_in_is_no_party() -> None:
    nodes = {"Person": ["p1..p2"], "Address": ["a1..a2"]}
    links = [["p1", "OWNS", "a1"], ["p1", "REGISTERED_AT", "a1"], ["p2", "OWNS", "a2"]]

    assert _ends(_links(nodes=nodes, links=links).links) == {"p2", "a2"}


def test_residents_are_counts_on_links() -> None:
    nodes = {"Person": ["p1..p3"], "Address": ["a1"], "Business": ["b1"], "Contact": {"c1": {"kind": "phone"}}}
    links = [
        ["p1..p3", "STAYS_AT", "a1"],
        ["p1..p2", "WORKS_FOR", "b1"],
        ["p1..p3", "REACHED_AT", "c1"],
    ]
    found = _links(nodes=nodes, links=links)

    assert _ends(found.links) == {"a1", "b1", "c1"}
    assert found.links[["target_id", "kind", "people"]].to_numpy().tolist() == [
        ["b1", "workers", 2],
        ["c1", "reached", 3],
    ]


def test_a_known_hub_ties_nothing_until_it_expires() -> None:
    data = {
        **shipped_settings().model_dump(),
        "known_hubs": [{"id": "desk1", "reason": "trust", "expires": "2025-01-01"}],
    }
    settings = validate(data, NetworkSettings, where="networks.yaml")
    found = communities(_links(settings, **_two_rings(1)).links, keep={"xa1", "ya1"}, settings=settings)

    assert len(found) == 2


@pytest.mark.parametrize(
    "graph",
    [
        {"nodes": {}},
        {"nodes": {"Business": ["b1"]}},
        {"nodes": {"Business": ["b1"]}, "links": [["b1", "CONTROLS", "b1"]]},
        {
            "nodes": {"Business": ["b1..b3"]},
            "links": [["b1", "CONTROLS", "b2"], ["b2", "CONTROLS", "b3"], ["b3", "CONTROLS", "b1"]],
        },
    ],
    ids=["empty", "one node", "a business that controls itself", "a circle of ownership"],
)
def test_small_and_odd_graphs_end_with_a_clear_result(graph: dict[str, Any]) -> None:
    found = analyse(_store(**graph), load_detectors(), ruleset_of(DAY))

    assert all(isinstance(c, Cluster) for c in found.clusters)


def test_a_star_with_many_leaves_ties_nobody() -> None:
    nodes = {"Business": ["b1..b5000"], "Address": ["desk1"]}
    star: dict[str, Any] = {"nodes": nodes, "links": [["b1..b5000", "ESTABLISHED_AT", "desk1"]]}
    found = communities(_links(**star).links, keep={"b1", "b2"}, settings=shipped_settings())

    assert [len(g) for g in found] in ([], [1, 1])


def test_the_same_input_gives_the_same_clusters(demo: Results, demo_clusters: list[dict[str, Any]]) -> None:
    with_store = analyse(open_store(demo.store), load_detectors(), ruleset_of(date(2026, 9, 1)))

    assert [c.record for c in with_store.clusters] == demo_clusters


def test_each_cluster_can_be_exported_and_read_back(demo: Results, tmp_path: Any) -> None:
    place = ["--store", str(demo.store), "--at", "2026-09-01"]
    for form, read in (("graphml", nx.read_graphml), ("gexf", nx.read_gexf)):
        file = tmp_path / f"ring.{form}"
        assert run("networks", "export", "ring-lender", "--format", form, "--out", str(file), *place).exit_code == 0
        assert set(read(file).nodes) >= {"ring-lender", "ring-a1"}
    rows = run("networks", "export", "ring-lender", "--format", "csv", *place).stdout.splitlines()
    assert "ring-a1,ring-lender,workers,labour,7,,20397,2932896,1.0" in rows


def test_what_if_the_landlord_falls_away(demo: Results) -> None:
    place = ["--store", str(demo.store), "--at", "2026-09-01", "--json"]
    done = run("networks", "what-if", "ring-lender", "--remove", "ring-letting", *place)
    first = json.loads(done.stdout.splitlines()[0])

    assert first["before"] == {"chains": 6, "groups": 3, "people": 21, "parts": 1}
    assert first["after"] == {"chains": 0, "groups": 0, "people": 0, "parts": 1}


def test_what_if_somebody_falls_away_who_is_no_member_is_refused(demo: Results) -> None:
    place = ["--store", str(demo.store), "--at", "2026-09-01"]
    done = run("networks", "what-if", "ring-lender", "--remove", "tied-landlord", *place)

    assert done.exit_code == 2
    assert "tied-landlord: is no member of c-" in done.stderr


def test_another_agency_at_the_same_hirer_might_step_in() -> None:
    house = {"kind": "dwelling", "area_m2": 40}
    hirers: dict[str, dict[str, Any]] = {f"h{i}": {} for i in range(1, 80)}
    nodes = {
        "Person": ["p1..p12"],
        "Address": {"a1": house, "a2": house},
        "Business": {"l1": {}, "agency1": {"sbi": "82"}, "hirer1": {}, "agency2": {"sbi": "78"}, **hirers},
    }
    links = [
        ["p1..p6", "REGISTERED_AT", "a1"],
        ["p7..p12", "REGISTERED_AT", "a2"],
        ["p1..p12", "WORKS_FOR", "agency1", {"form": "agency"}],
        ["l1", "LETS", "a1..a2"],
        ["agency1", "SUPPLIES_WORKERS_TO", "hirer1"],
        ["agency2", "SUPPLIES_WORKERS_TO", "hirer1"],
        ["agency2", "SUPPLIES_WORKERS_TO", "h1..h79"],
    ]
    from barrier.networks.whatif import candidates, replacements

    found = analyse(_store(nodes=nodes, links=links), load_detectors(), ruleset_of(DAY))
    cluster = found.named("agency1")

    assert "agency2" not in cluster.graph
    assert replacements(cluster, ["agency1"], found.links) == [
        {"id": "agency2", "functions": ["supplies workers"], "tied_to": ["hirer1"]}
    ]
    assert candidates([cluster], found.links) == {cluster.id: ["agency2"]}


def test_what_is_only_touched_is_said_to_belong_elsewhere_only_where_it_does(
    demo_clusters: list[dict[str, Any]],
) -> None:
    members = {m["id"] for c in demo_clusters for m in c["members"]}
    said = {x["id"]: x["reason"] for c in demo_clusters for x in c["context"]}

    assert said["neat-lender"] == said["ring-hall"] == "only this link ties it"
    assert [i for i, why in said.items() if why == "belongs to another structure" and i not in members] == []
