"""What older findings, structures and visits become when something that they rested on is erased."""

from __future__ import annotations

from typing import Any

import pandas as pd

from barrier.erasure.effects import NO_EFFECTS, Effects


def _structure(name: str, *members: str) -> dict[str, Any]:
    return {"id": name, "members": [{"id": m} for m in members]}


def test_an_older_finding_becomes_what_it_would_have_been_and_keeps_its_own_term() -> None:
    weaker = {"id": "licence_front:l1", "strength": "medium", "expires": "2026-11-30"}
    effects = Effects({"licence_front:l1": weaker, "licence_front:l2": None})

    assert effects.finding({"id": "licence_front:l1", "strength": "strong", "expires": "2026-10-01"}) == {
        **weaker,
        "expires": "2026-10-01",
    }
    assert effects.finding({"id": "licence_front:l2", "strength": "strong", "expires": "2026-10-01"}) is None
    other = {"id": "overcrowded:a1", "strength": "weak", "expires": "2026-10-01"}
    assert effects.finding(other) == other


def test_a_structure_that_is_touched_gives_way_to_its_parts_once_and_others_stay() -> None:
    parts = [_structure("c-3", "b1", "b2"), _structure("c-4", "b3")]
    effects = Effects({}, ["b1", "b2", "b3"], parts)

    left = effects.clusters([_structure("c-1", "b1", "b3"), _structure("c-2", "b2", "b9"), _structure("c-5", "b7")])

    assert [c["id"] for c in left] == ["c-3", "c-4", "c-5"]
    assert effects.clusters([_structure("c-1", "b1")])[0]["id"] == "c-3"
    assert Effects({}, ["b1"], []).clusters([_structure("c-1", "b1", "b9")]) == []


def test_doing_it_again_changes_nothing() -> None:
    effects = Effects({}, ["b1", "b2", "b3"], [_structure("c-3", "b1", "b2")])

    once = effects.clusters([_structure("c-1", "b1", "b2", "b3"), _structure("c-5", "b7")])

    assert effects.clusters(once) == once


def test_visits_that_go_are_taken_off_their_day_and_place_alone() -> None:
    rows = [("GM9001", "10", 20_000, 2), ("GM9001", "10", 20_001, 2), ("GM9002", "10", 20_000, 1)]
    visits = pd.DataFrame(rows, columns=["municipality", "sector", "day", "visits"])
    effects = Effects(visits=[["GM9001", "10", 20_000, 1], ["GM9002", "10", 20_000, 1]])

    assert effects.without_visits(visits).to_numpy().tolist() == [
        ["GM9001", "10", 20_000, 1],
        ["GM9001", "10", 20_001, 2],
    ]
    assert NO_EFFECTS.without_visits(visits).equals(visits)
