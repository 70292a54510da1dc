"""Honest hubs told by measure, layers alone and merged, and graphs of awkward size or with awkward ids."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import barrier
from barrier.analysis.detector_cases import Case, case_tables
from barrier.detect.findings import Finding
from barrier.detect.occupancy import occupancy
from barrier.model.barriers import load_model
from barrier.model.dates import FAR_FUTURE, FAR_PAST, day_number
from barrier.model.norms import shipped_norms
from barrier.model.rules import delivered_rules
from barrier.model.yamlfile import validate
from barrier.networks.clusters import Cluster, find_clusters
from barrier.networks.communities import communities
from barrier.networks.graph import ClusterGraph
from barrier.networks.layers import layers_of
from barrier.networks.parties import party_graph
from barrier.networks.settings import KnownHub, settings_of, shipped_settings
from barrier.store.tables import TableColumns
from tests.helpers import Results, run

DAY = date(2024, 7, 1)
MODEL = load_model("five-barriers")


def _columns(**graph: Any) -> TableColumns:
    return TableColumns(case_tables(validate({"name": "case", "hits": [], **graph}, Case, where="case")))


def _links(**graph: Any) -> pd.DataFrame:
    return party_graph(_columns(**graph), day_number(DAY), model=MODEL, settings=shipped_settings()).links


def _town(houses: int, workers_each: int, employer: str) -> dict[str, Any]:
    """Return ``houses`` where everybody works for one business, beside 300 couples who work in 100 other places."""
    last = houses * workers_each
    links: list[list[Any]] = []
    for h in range(houses):
        people = f"p{h * workers_each + 1}..p{(h + 1) * workers_each}"
        links += [[people, "STAYS_AT", f"a{h + 1}"], [people, "WORKS_FOR", employer]]
    for c in range(300):
        links.append([f"c{2 * c + 1}..c{2 * c + 2}", "STAYS_AT", f"h{c + 1}"])
        links += [[f"c{2 * c + 1}", "WORKS_FOR", f"w{c % 100 + 1}"], [f"c{2 * c + 2}", "WORKS_FOR", f"w{c % 97 + 1}"]]
    return {
        "nodes": {
            "Person": [f"p1..p{last}", "c1..c600"],
            "Address": [f"a1..a{houses}", "h1..h300"],
            "Business": [employer, "w1..w100"],
        },
        "links": links,
    }


def test_an_agency_with_twenty_full_houses_ties_each_of_them() -> None:
    links = _links(**_town(20, 6, "agency1"))
    agency = links[links["target_id"] == "agency1"]

    assert len(agency) == 20
    assert set(agency["weight"]) == {1.0}
    assert agency["hub"].unique().tolist() == [20]


def test_how_many_a_party_touches_is_counted_for_each_kind_of_link() -> None:
    links = _links(
        nodes={"Person": ["boss"], "Address": ["a1..a4"], "Business": ["b1..b3"]},
        links=[["boss", "DIRECTS", "b1..b3"], ["boss", "LETS", "a1..a2"], ["boss", "OWNS", "a1..a4"]],
    )
    told = links[["kind", "barrier", "hub"]].drop_duplicates().sort_values("kind")

    assert told.values.tolist() == [["DIRECTS", "finance", 3], ["LETS", "housing", 2], ["OWNS", "housing", 4]]


def test_a_big_employer_of_many_couples_ties_none_of_them() -> None:
    links = _links(**_town(120, 2, "works1"))
    works = links[links["target_id"] == "works1"]

    assert len(works) == 120
    assert works["weight"].max() < shipped_settings().weak_weight


def test_the_chance_of_a_shared_employer_is_the_binomial_tail_times_the_pairs_looked_at() -> None:
    links = _links(**_town(10, 3, "agency1"))
    pairs = (links["kind"] == "workers").sum()
    expected = binom.sf(2, 3, 30 / 630) * pairs

    found = links.loc[links["target_id"] == "agency1", "chance"]
    assert found.tolist() == pytest.approx([expected] * 10)


def test_a_structure_that_no_layer_shows_alone_is_said_to_be_one() -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge("l", "a", kind="OWNS")
    graph.add_edge("d", "l", kind="DIRECTS")
    graph.add_edge("d", "c", kind="REACHED_AT")
    found = layers_of(graph)

    assert found["alone"] == {
        "ownership": {"links": 1, "joined": 2, "parts": 3},
        "direction": {"links": 1, "joined": 2, "parts": 3},
        "contact": {"links": 1, "joined": 2, "parts": 3},
    }
    assert (found["merged"], found["only_merged"]) == (1, True)


def test_one_layer_that_holds_all_members_is_not_only_merged() -> None:
    graph = nx.MultiDiGraph([("l", "a1", {"kind": "OWNS"}), ("l", "a2", {"kind": "OWNS"})])

    assert layers_of(graph)["only_merged"] is False


def test_a_region_names_its_own_hubs(tmp_path: Path) -> None:
    text = "format: 1\nhubs:\n- {id: desk1, reason: business centre, expires: 2026-01-01}\n"
    (tmp_path / "known-hubs.yaml").write_text(text)
    hubs = settings_of(delivered_rules(tmp_path)).known_hubs

    assert [(h.id, h.holds(day_number(DAY)), h.holds(day_number(date(2026, 1, 1)))) for h in hubs] == [
        ("desk1", True, False)
    ]


def _plain(source: list[str], target: list[str]) -> pd.DataFrame:
    size = len(source)
    days = {"start_day": [FAR_PAST] * size, "end_day": [FAR_FUTURE] * size}
    return pd.DataFrame({"source_id": source, "target_id": target, "kind": "CONTROLS", "weight": [1.0] * size, **days})


def test_a_clique_of_three_thousand_with_all_its_links_ends() -> None:
    source, target = np.triu_indices(3000, 1)
    links = _plain([f"b{i}" for i in source], [f"b{i}" for i in target])
    found = communities(links, keep={"b0"}, settings=shipped_settings())

    assert len(links) == 4_498_500
    assert "b0" in {m for group in found for m in group}


def test_a_star_of_a_hundred_thousand_leaves_ties_nobody() -> None:
    leaves = [f"b{i}" for i in range(100_000)]
    links = _plain(leaves, ["desk"] * len(leaves)).assign(weight=6 / (len(leaves) - 1))

    assert communities(links, keep={"b0", "b1"}, settings=shipped_settings()) == []


def test_a_cluster_that_is_the_whole_region_ends_in_parts_that_can_be_read() -> None:
    names = [f"b{i}" for i in range(20_001)]
    found = communities(_plain(names[:-1], names[1:]), keep=set(names), settings=shipped_settings())

    assert sum(map(len, found)) == 20_001
    assert max(map(len, found)) <= shipped_settings().max_members


ODD = '../x\' OR 1=1 "quoted" & <b>'


def _odd_finding(subject: str) -> Finding:
    return Finding(
        f"d:{subject}", "d", 1, "h", "housing", {"label": "Address", "id": subject}, {}, "strong", [], [], "", ""
    )


def test_ids_with_quotes_spaces_and_dots_stay_out_of_file_names_and_markup() -> None:
    second = ODD + "2"
    nodes: dict[str, dict[str, Any]] = {"Business": {"l1": {}}, "Address": {ODD: {}, second: {}}}
    columns = _columns(nodes=nodes, links=[["l1", "LETS", ODD], ["l1", "LETS", second]])
    findings = [_odd_finding(ODD), _odd_finding(second)]
    measured = occupancy(columns, DAY, shipped_norms())
    clusters = find_clusters(columns, day_number(DAY), findings, measured, model=MODEL, settings=shipped_settings())

    assert [m["id"] for m in clusters[0].record["members"]] == [ODD, second, "l1"]
    assert clusters[0].id.removeprefix("c-").isalnum()
    assert "<b>" not in clusters[0].graph._repr_html_()


def test_a_cluster_in_python_is_a_networkx_graph_that_shows_itself(demo: Results) -> None:
    with barrier.open(demo.store, purpose="test") as store:
        ring = store.clusters(date(2026, 9, 1))[0]

    assert isinstance(ring.graph, ClusterGraph)
    assert isinstance(ring.graph, nx.MultiDiGraph)
    assert ring.graph.nodes["ring-a1"] == {"label": "Address", "residents": 7, "subject": True}
    assert "<td>ring-lender</td><td>Business</td>" in ring.graph._repr_html_()


def test_score_says_which_cluster_a_subject_is_in_and_in_what_position(demo: Results, tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_text("id\nring-lender\nring-a1\nfree-accountant\nring-director\n")
    place = ["--store", str(demo.store), "--at", "2026-09-01", "--json"]
    done = run("score", str(tmp_path / "ids.csv"), *place)
    rows = {r["id"]: r for r in map(json.loads, done.stdout.splitlines())}

    assert rows["ring-lender"]["cluster"] == rows["ring-a1"]["cluster"] != ""
    assert "employs 21 residents of ring-a1, ring-a2, ring-a3" in rows["ring-lender"]["position"]
    assert rows["ring-a1"]["position"] == "member"
    assert rows["ring-director"]["cluster"] == "", "a person is refused, also by way of a cluster"


def _rows(*links: tuple[str, str, str]) -> pd.DataFrame:
    source, target, kind = map(list, zip(*links, strict=True))
    return _plain(source, target).assign(kind=kind)


def _two_lenders(*more: tuple[str, str, str]) -> list[list[str]]:
    links = _rows(
        ("l1", "a1", "LETS"),
        ("a1", "lender1", "workers"),
        ("lender1", "hirer", "SUPPLIES_WORKERS_TO"),
        ("l2", "a2", "LETS"),
        ("a2", "lender2", "workers"),
        ("lender2", "hirer", "SUPPLIES_WORKERS_TO"),
        *more,
    )
    return communities(links, keep={"a1", "a2"}, settings=shipped_settings())


def test_a_hirer_of_two_lenders_joins_them_not() -> None:
    assert [("a1" in g, "a2" in g) for g in _two_lenders()] == [(True, False), (False, True)]


def test_two_lenders_with_one_director_are_one_structure_hirer_included() -> None:
    found = _two_lenders(("d", "lender1", "DIRECTS"), ("d", "lender2", "DIRECTS"))

    assert [sorted({"a1", "a2", "hirer"} & set(g)) for g in found] == [["a1", "a2", "hirer"]]


def test_a_hirer_of_one_lender_belongs_to_the_picture_and_its_own_surroundings_do_not() -> None:
    links = _rows(
        ("l1", "a1", "LETS"),
        ("a1", "lender1", "workers"),
        ("lender1", "hirer", "SUPPLIES_WORKERS_TO"),
        ("hirer", "hall", "ESTABLISHED_AT"),
        ("owner", "hirer", "CONTROLS"),
        ("owner", "hall", "OWNS"),
    )

    assert communities(links, keep={"a1"}, settings=shipped_settings()) == [["a1", "hirer", "l1", "lender1"]]


def test_the_accounts_of_many_workers_are_left_out_and_the_one_account_of_all_stays() -> None:
    many = _plain(["lender1"] * 12, [f"iban{i}" for i in range(12)]).assign(kind="PAID_TO", weight=6 / 11)
    one = _rows(("l1", "a1", "LETS"), ("a1", "lender1", "workers"), ("lender1", "iban-all", "PAID_TO"))

    (group,) = communities(pd.concat([one, many]), keep={"a1"}, settings=shipped_settings())
    assert group == ["a1", "iban-all", "l1", "lender1"]


def test_who_shares_a_landlord_and_an_employer_is_counted_with_the_days_both_held(demo: Results) -> None:
    lines = (demo.path / "clusters.jsonl").read_text(encoding="utf-8").splitlines()
    ring = next(c for c in map(json.loads, lines) if "ring-lender" in {m["id"] for m in c["members"]})
    shared = {(t["landlord"], t["employer"]): t for t in ring["together"]}

    found = shared["ring-letting", "ring-lender"]
    assert (found["people"], found["addresses"]) == (21, ["ring-a1", "ring-a2", "ring-a3"])
    assert found["from"] >= "2025-01-01"


def test_a_link_that_ended_says_until_when(demo: Results) -> None:
    lines = (demo.path / "clusters.jsonl").read_text(encoding="utf-8").splitlines()
    facts = [x for c in map(json.loads, lines) for f in c["facilitators"] for x in f["facts"]]

    assert any("ring-old-lender (until 2025-10-15)" in x or "ring-desk (until 2025-10-15)" in x for x in facts)


def test_a_known_hub_stands_in_the_context_with_its_reason() -> None:
    hub = KnownHub(id="desk1", reason="business centre", expires=date(2030, 1, 1))
    chosen = shipped_settings().model_copy(update={"known_hubs": (hub,)})
    nodes: dict[str, Any] = {"Business": ["l1", "b1..b9"], "Address": ["a1", "a2", "desk1"]}
    links = [["l1", "LETS", "a1..a2"], ["l1", "ESTABLISHED_AT", "desk1"], ["b1..b9", "ESTABLISHED_AT", "desk1"]]
    columns = _columns(nodes=nodes, links=links)
    findings = [_odd_finding("a1"), _odd_finding("a2")]
    measured = occupancy(columns, DAY, shipped_norms())
    (cluster,) = find_clusters(columns, day_number(DAY), findings, measured, model=MODEL, settings=chosen)

    assert [(x["id"], x["reason"]) for x in cluster.record["context"]] == [("desk1", "known hub: business centre")]


def _bookkept(clients: int, *found_at: str) -> list[Cluster]:
    """Return the structures of two landlords with two full houses each, whose bookkeeper has ``clients`` others."""
    links: list[list[Any]] = []
    for ring in ("x", "y"):
        links += [[f"{ring}b1", "LETS", f"{ring}a1..{ring}a3"], [f"{ring}b1", "REACHED_AT", "office"]]
    links.append([f"o1..o{clients}", "REACHED_AT", "office"])
    nodes: dict[str, Any] = {"Business": ["xb1", "yb1", f"o1..o{clients}"], "Address": ["xa1..xa3", "ya1..ya3"]}
    columns = _columns(nodes={**nodes, "Contact": ["office"]}, links=links)
    findings = [_odd_finding(a) for a in ("xa1", "xa2", "ya1", "ya2", *found_at)]
    measured = occupancy(columns, DAY, shipped_norms())
    return find_clusters(columns, day_number(DAY), findings, measured, model=MODEL, settings=shipped_settings())


def test_a_bookkeeper_of_two_rings_is_in_neither_and_visible_in_both() -> None:
    found = _bookkept(20)
    members = [sorted(m["id"] for m in c.record["members"]) for c in found]

    assert sorted(members) == [["xa1", "xa2", "xa3", "xb1"], ["ya1", "ya2", "ya3", "yb1"]]
    told = [(x["id"], x["reason"]) for c in found for x in c.record["context"]]
    assert told == [("office", "touched by 2 structures, part of none")] * 2


def test_an_office_of_few_firms_is_the_desk_of_one_structure() -> None:
    (found,) = _bookkept(3)

    assert {"office", "xb1", "yb1"} <= {m["id"] for m in found.record["members"]}


def test_an_office_with_a_finding_of_its_own_belongs_to_the_structures_it_joins() -> None:
    (found,) = _bookkept(20, "office")

    assert {"office", "xb1", "yb1"} <= {m["id"] for m in found.record["members"]}


def test_a_business_that_owns_a_share_of_itself_is_tied_to_nobody_by_it() -> None:
    links = _links(
        nodes={"Business": ["b1..b3"]},
        links=[["b1", "CONTROLS", "b1"], ["b2", "CONTROLS", "b3"], ["b2", "SUPPLIES_WORKERS_TO", "b2"]],
    )

    assert links[["source_id", "target_id"]].to_numpy().tolist() == [["b2", "b3"]]
