"""Which rows and cells of a graph a partner sees, one row of each kind at a time."""

from __future__ import annotations

from typing import Any

import pytest

from barrier.advise.sharing import Gate, Sharing, shipped_sharing
from barrier.analysis.detector_cases import Case, case_tables
from barrier.disclosure.partner_view import WITHHELD, PartnerView, view_of
from barrier.model.yamlfile import validate
from barrier.store.tables import GraphTables
from tests.disclosure.partners import viewer


def _graph(**graph: Any) -> GraphTables:
    return case_tables(validate({"name": "case", "hits": [], **graph}, Case, where="case"))


def _gates(**conditions: str) -> Sharing:
    """Return the shipped rules with one gate for the bank for each kind of data."""
    gates = [
        Gate.model_validate(
            {"id": f"test_{data}", "data": [data], "from": ["*"], "to": ["bank"], "condition": condition}
            | {"purpose": "test", "source": "test"}
        )
        for data, condition in conditions.items()
    ]
    return shipped_sharing().model_copy(update={"gates": tuple(gates)})


def _seen(tables: GraphTables, **conditions: str) -> PartnerView:
    return view_of(tables, viewer("bank", sharing=_gates(**conditions)))


def _column(view: PartnerView, table: str, column: str) -> list[Any]:
    values: list[Any] = view.tables.table(table).column(column).to_pylist()
    return values


def test_persons_contacts_and_licences_without_a_link_that_is_seen_are_not_seen_either() -> None:
    tables = _graph(
        nodes={"Person": ["p1", "p2"], "Address": ["a1"], "Business": ["b1"], "Contact": ["c1"], "Licence": ["l1"]},
        links=[
            ["p1", "REGISTERED_AT", "a1"],
            ["p2", "DIRECTS", "b1"],
            ["b1", "REACHED_AT", "c1"],
            ["b1", "HOLDS", "l1"],
        ],
    )

    view = _seen(tables, trade="open")

    assert [_column(view, label, "id") for label in ("Person", "Contact", "Licence")] == [["p2"], [], []]
    assert [_column(view, label, "id") for label in ("Address", "Business")] == [["a1"], ["b1"]]


@pytest.mark.parametrize(("condition", "shown"), [("open", ["tax"]), ("source_hidden", [f"{WITHHELD}-"])])
def test_who_says_that_there_is_a_link_is_withheld_where_the_gate_says_so(condition: str, shown: list[str]) -> None:
    tables = _graph(nodes={"Person": ["p1"], "Business": ["b1"]}, links=[["p1", "WORKS_FOR", "b1", {"source": "tax"}]])

    sources = _column(_seen(tables, work=condition), "WORKS_FOR", "source")

    assert [source[: len(start)] for source, start in zip(sources, shown, strict=True)] == shown
    assert condition == "open" or "tax" not in sources[0]


def test_a_signal_whose_source_is_withheld_shows_neither_holder_nor_origin_and_one_origin_stays_one() -> None:
    signal = {"kind": "nuisance", "barrier": "housing", "holder": "police", "origin": "call-1"}
    tables = _graph(
        nodes={"Address": ["a1"], "Signal": {"s1": signal, "s2": signal}},
        links=[["s1", "CONCERNS", "a1"], ["s2", "CONCERNS", "a1"]],
    )

    view = _seen(tables, signal="source_hidden")

    for column, real in (("holder", "police"), ("origin", "call-1")):
        shown = _column(view, "Signal", column)
        assert shown[0] == shown[1]
        assert shown[0].startswith(f"{WITHHELD}-")
        assert real not in shown[0]


def test_a_visit_whose_team_is_withheld_does_not_show_it() -> None:
    tables = _graph(
        nodes={"Address": ["a1"], "Inspection": {"i1": {"date": "2024-01-01", "team": "police", "outcome": "signs"}}},
        links=[["i1", "INSPECTED", "a1"]],
    )

    teams = _column(_seen(tables, inspection="source_hidden"), "Inspection", "team")

    assert [t.startswith(f"{WITHHELD}-") for t in teams] == [True]


def test_under_pseudonyms_neither_name_nor_coordinates_are_left() -> None:
    tables = _graph(
        nodes={"Address": {"a1": {"x": 1.0, "y": 2.0}}, "Business": {"b1": {"name": "Testbedrijf"}}},
        links=[["b1", "ESTABLISHED_AT", "a1"]],
    )

    view = _seen(tables, trade="anonymised")

    assert view.anonymised
    assert [_column(view, "Address", c) for c in ("x", "y")] == [[None], [None]]
    assert _column(view, "Business", "name") == [None]
    assert "a1" not in _column(view, "Address", "id")


def test_the_fingerprint_of_a_view_tells_nothing_of_what_is_withheld() -> None:
    def region(work: list[Any]) -> GraphTables:
        return _graph(
            nodes={"Person": ["p1", "p2"], "Business": ["b1"]},
            links=[["p1", "DIRECTS", "b1"], *work],
        )

    one, other = region([]), region([["p2", "WORKS_FOR", "b1"]])

    assert one.fingerprint != other.fingerprint
    assert _seen(one, trade="open").tables.fingerprint == _seen(other, trade="open").tables.fingerprint
    assert _seen(other, trade="open").tables.fingerprint != _seen(other, work="open").tables.fingerprint
