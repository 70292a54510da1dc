"""What is known about a subject on a day: licences and businesses only while they hold."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from barrier.advise.dossier import surroundings
from barrier.analysis.detector_cases import Case, case_tables
from barrier.model.dates import day_number
from barrier.model.yamlfile import validate
from barrier.store.tables import TableColumns

DAY = date(2024, 7, 1)


def _columns(**graph: Any) -> TableColumns:
    return TableColumns(case_tables(validate({"name": "case", "hits": [], **graph}, Case, where="case")))


@pytest.mark.parametrize(
    ("held", "status"),
    [
        ({}, ("active",)),
        ({"valid_from": "2024-07-01", "valid_until": "2024-07-02"}, ("active",)),
        ({"valid_from": "2024-07-02"}, ()),
        ({"valid_until": "2024-07-01"}, ()),
        ({"valid_until": "0000-00-00"}, ()),
    ],
)
def test_a_licence_in_force_is_a_fact_only_on_the_days_it_holds(held: dict[str, str], status: tuple[str, ...]) -> None:
    graph = _columns(
        nodes={"Business": ["b1"], "Licence": {"l1": {"status": "active", **held}}}, links=[["b1", "HOLDS", "l1"]]
    )

    around = surroundings(graph, day_number(DAY), ["b1", "l1"])

    assert {s: around.licences.get(s, ()) for s in ("b1", "l1")} == {"b1": status, "l1": status}


@pytest.mark.parametrize(
    ("held", "known"),
    [
        ({}, True),
        ({"started": "2024-07-01"}, True),
        ({"started": "2024-07-02"}, False),
        ({"ended": "2024-07-01"}, False),
    ],
)
def test_the_activity_of_a_business_is_a_fact_only_while_it_exists(held: dict[str, str], known: bool) -> None:
    graph = _columns(nodes={"Business": {"b1": {"sbi": "7820", **held}}}, links=[])

    assert ("b1" in surroundings(graph, day_number(DAY), ["b1"]).activities) is known
