"""Plans work out only what can come into them: powers by barrier and label, a fact when a power asks for it."""

from __future__ import annotations

import pytest

from barrier.advise.dossier import Dossier
from barrier.advise.plan import plan_for
from barrier.advise.powers import Check
from barrier.model.barriers import ACROSS
from tests.planning import dossier, finding, setting

SHIPPED = setting()
BARRIERS = [*(s.id for s in SHIPPED.model.barriers), ACROSS]


def house() -> Dossier:
    return dossier([finding("overcrowded", "housing", "a1", "Address")])


def test_a_fact_is_looked_up_once_and_only_where_a_power_that_fits_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Check] = []
    where = Dossier.where

    def noted(self: Dossier, check: Check) -> list[str]:
        looked.append(check)
        return where(self, check)

    monkeypatch.setattr(Dossier, "where", noted)

    made = plan_for(house(), SHIPPED)

    fitting = [power for power, _ in SHIPPED.fitting(["housing"], ["Address"])]
    asked = {f for p in fitting for f in (*p.needs, *p.when, *p.acute)} | {"minor"}
    assert {a.power.id for a in made.advice} <= {p.id for p in fitting}
    assert len(looked) == len({id(check) for check in looked})
    assert {id(c) for c in looked} <= {id(SHIPPED.powers.facts[f].check) for f in asked if f in SHIPPED.powers.facts}
    assert len(asked) < len(SHIPPED.powers.facts)


@pytest.mark.parametrize("label", ["Address", "Business", "Licence", "Contact"])
@pytest.mark.parametrize("barrier", BARRIERS)
def test_powers_that_fit_are_those_of_the_barrier_for_the_label(barrier: str, label: str) -> None:
    found = {power.id: here for power, here in SHIPPED.fitting([barrier], [label])}

    for power in SHIPPED.powers.powers:
        everywhere = SHIPPED.everywhere <= SHIPPED.places[power.id]
        there = barrier in SHIPPED.places[power.id] or (barrier == ACROSS and everywhere)
        fits = there and label in power.subjects and power.in_force(SHIPPED.day)
        assert found.get(power.id) == ((barrier,) if fits else None), power.id


def test_a_power_that_is_not_in_force_yet_fits_nothing() -> None:
    late = [p for p in SHIPPED.powers.powers if not p.in_force(SHIPPED.day)]

    fitting = {power.id for b in BARRIERS for power, _ in SHIPPED.fitting([b], late[0].subjects)}

    assert late[0].id not in fitting
