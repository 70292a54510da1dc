"""Who may see what: gates between partners, as data in `graphs/partners/sharing-nl.yaml`.

Rule: where no gate fits, nothing is shared; the most specific gate decides, among equals the strictest. What the law
of a fact (its regime) says comes on top and can only make it stricter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field

from barrier import resources
from barrier.advise.powers import ADDED, Partner, check_named, powers_of, shipped_powers
from barrier.errors import InputError
from barrier.model.rules import Rules, some
from barrier.model.schema import schema
from barrier.model.yamlfile import Strict, load_yaml, parse_yaml

ANY = "*"
OPEN, HIDDEN, ANONYMISED, SOURCE_HIDDEN = "open", "hidden", "anonymised", "source_hidden"
_SEEN = (HIDDEN, ANONYMISED, SOURCE_HIDDEN, OPEN)  # strictest first
_STRICTEST = ("never", "consent", "withheld_during_investigation", "anonymised", "source_hidden", "open")
Condition = Literal["open", "never", "anonymised", "consent", "withheld_during_investigation", "source_hidden"]


class Covenant(Strict):
    """An agreement between partners; on the day it expires it no longer holds.

    One that stands already keeps what another file does not say of it: its date can be written alone.
    """

    name: str = ""
    expires: date
    members: tuple[str, ...] = ()
    verify: bool = False

    def plus(self, other: Covenant) -> Covenant:
        """Return the same with what another one says; a date that somebody wrote needs no check any more."""
        return self.model_copy(update={"verify": False, **{n: getattr(other, n) for n in other.model_fields_set}})


class Gate(Strict):
    """A rule for data from one partner to another; ``from`` and ``to`` are partner ids, kinds of partner, or ``*``.

    One with a ``regime`` is about facts held under that law, whoever holds them now: police data stay police data.
    """

    id: str
    data: tuple[str, ...]
    from_: Annotated[tuple[str, ...], Field(alias="from")] = ()
    to: tuple[str, ...] = ()
    covenant: str = ""
    condition: Condition
    purpose: str
    source: str
    regime: str = ""
    verify: bool = False
    replaces: str = ""


class LinkData(Strict):
    """What kind of data a relationship type is, and whose where it names no source; it overrides the schema."""

    data: str
    holder: str
    contacts: dict[str, str] = Field(default_factory=dict)  # data by kind of contact, where that says more


class Sharing(Strict):
    """The content of a file with sharing rules."""

    format: Literal[1]
    about: str = ""
    sources: dict[str, str] = Field(default_factory=dict)
    links: dict[str, LinkData] = Field(default_factory=dict)
    signals: dict[str, str] = Field(default_factory=dict)
    teams: dict[str, str] = Field(default_factory=dict)
    covenants: dict[str, Covenant] = Field(default_factory=dict)
    gates: tuple[Gate, ...] = ()
    off: tuple[str, ...] = ()

    def plus(self, other: Sharing) -> Sharing:
        """Return these rules with others: added, replaced, switched off."""
        gone = {g.replaces for g in other.gates if g.replaces} | set(other.off)
        names = ("sources", "links", "signals", "teams", "covenants")
        merged = {k: {**getattr(self, k), **getattr(other, k)} for k in names}
        for name in self.covenants.keys() & other.covenants.keys():
            merged["covenants"][name] = self.covenants[name].plus(other.covenants[name])
        return self.model_copy(update={**merged, "gates": (*(g for g in self.gates if g.id not in gone), *other.gates)})

    def digest(self) -> str:
        """Return a hash of the rules."""
        return hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()[:16]

    def problems(self, partners: Mapping[str, Partner]) -> list[str]:
        """Return what cites a partner, covenant or relationship that does not exist, or stands twice."""
        kinds = {p.kind for p in partners.values()}
        known = {*partners, *kinds, ANY}
        ids = [g.id for g in self.gates]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        found = [f"{'gates stand' if len(twice) > 1 else 'gate stands'} twice: {some(twice)}; {ADDED}"] * bool(twice)
        for gate in self.gates:
            found += [f"gate {gate.id}: unknown partner {p}" for p in (*gate.from_, *gate.to) if p not in known]
            if gate.covenant and gate.covenant not in self.covenants:
                found.append(f"gate {gate.id}: unknown covenant {gate.covenant}")
            if not gate.covenant and not (gate.from_ and gate.to):
                found.append(f"gate {gate.id}: expected from and to, or a covenant")
        for name, covenant in self.covenants.items():
            found += [f"covenant {name}: unknown partner {m}" for m in covenant.members if m not in partners]
            found += [] if covenant.members else [f"covenant {name}: expected members"]
        holders = [*self.sources.values(), *self.teams.values(), *(d.holder for d in self.links.values())]
        found += [f"holder {h}: unknown partner" for h in sorted(set(holders)) if h not in partners]
        return found + [f"links: unknown relationship {r}" for r in self.links if r not in schema().relationships]


@dataclass(frozen=True)
class Viewer:
    """Who looks, and under which circumstances.

    Args:
        partner: Id of the partner.
        day: Today, in the Netherlands: covenants are looked at on this day.
        sharing: The rules.
        partners: All partners.
        investigation: Whether a criminal investigation is open.
        consent: Whether those concerned gave their consent.
    """

    partner: str
    day: date
    sharing: Sharing
    partners: Mapping[str, Partner]
    investigation: bool = False
    consent: bool = False

    def __post_init__(self) -> None:
        if self.partner not in self.partners:
            raise InputError([f"{self.partner}: no such partner"], hint=f"partners: {', '.join(sorted(self.partners))}")

    def as_record(self) -> dict[str, Any]:
        """Return for whom a view is: partner, day, gates that may open for it, the rules they stand in, circumstances.

        The gates are those that name the partner, whatever the data: which were needed would tell what there is.
        """
        gates = sorted(g.id for g in self.sharing.gates if self._names_me(g))
        rules = {"day": self.day.isoformat(), "gates": gates, "rules": self.sharing.digest()}
        return {"partner": self.partner, **rules, "investigation": self.investigation, "consent": self.consent}

    def _names_me(self, gate: Gate) -> bool:
        if gate.covenant:
            covenant = self.sharing.covenants[gate.covenant]
            return self.day < covenant.expires and self.partner in covenant.members
        return self._among(self.partner, gate.to)

    def state(self, data: str, holder: str, regime: str = "") -> str:
        """Return how a fact of a holder is seen: open, hidden, anonymised or source_hidden."""
        if holder == self.partner:
            return OPEN
        fitting = [
            (self._specificity(g, data, holder), g) for g in self.sharing.gates if self._fits(g, data, holder, regime)
        ]
        between = self._decided([(s, g) for s, g in fitting if not g.regime])
        by_law = self._decided([(s, g) for s, g in fitting if g.regime], otherwise=OPEN)
        return min(between, by_law, key=_SEEN.index)

    def _decided(self, fitting: Sequence[tuple[tuple[int, ...], Gate]], *, otherwise: str = HIDDEN) -> str:
        """Return what the most specific gates say, the strictest of them; ``otherwise`` where none fits."""
        if not fitting:
            return otherwise
        best = max(s for s, _ in fitting)
        condition = min((g.condition for s, g in fitting if s == best), key=_STRICTEST.index)
        if condition == "consent":
            return OPEN if self.consent else HIDDEN
        if condition == "withheld_during_investigation":
            return HIDDEN if self.investigation else OPEN
        return HIDDEN if condition == "never" else condition

    def _fits(self, gate: Gate, data: str, holder: str, regime: str) -> bool:
        if data not in gate.data and ANY not in gate.data:
            return False
        if gate.regime and gate.regime != regime:
            return False
        if gate.covenant:
            covenant = self.sharing.covenants[gate.covenant]
            return self.day < covenant.expires and {holder, self.partner} <= set(covenant.members)
        return self._among(holder, gate.from_) and self._among(self.partner, gate.to)

    def _among(self, partner: str, names: tuple[str, ...]) -> bool:
        kind = self.partners[partner].kind if partner in self.partners else ""
        return partner in names or kind in names or ANY in names

    def _specificity(self, gate: Gate, data: str, holder: str) -> tuple[int, int, int]:
        pairs = ((holder, gate.from_), (self.partner, gate.to))
        named = [2 if p in names else 1 if ANY not in names else 0 for p, names in pairs]
        whose, whom = (1, 1) if gate.covenant else named
        return whose, whom, int(data in gate.data)


@lru_cache(maxsize=1)
def shipped_sharing() -> Sharing:
    """Return the rules in `graphs/partners/sharing-nl.yaml`, with what the schema says of relationships."""
    given = load_yaml(resources.graphs() / "partners" / "sharing-nl.yaml", Sharing)
    sharing = given.model_copy(update={"links": {**_links_of_schema(), **given.links}})
    return _checked(sharing, shipped_powers().partners, "sharing-nl.yaml, schema.yaml")


def _links_of_schema() -> dict[str, LinkData]:
    return {
        name: LinkData(data=kind.data, holder=kind.holder, contacts=kind.contacts)
        for name, kind in schema().relationships.items()
        if kind.data is not None and kind.holder is not None
    }


@lru_cache(maxsize=8)
def sharing_of(rules: Rules) -> Sharing:
    """Return the shipped gates with those of more rules (partners/sharing*.yaml) merged in.

    Raises:
        InputError: A file there is wrong.
    """
    sharing, partners = shipped_sharing(), powers_of(rules).partners
    for file in (f for f in rules.below("partners") if f.name.startswith("partners/sharing")):
        own = parse_yaml(file.text, Sharing, where=file.name)
        named = {*own.off, *(g.replaces for g in own.gates if g.replaces)}
        check_named("gate", named, {g.id for g in sharing.gates}, file.name)
        sharing = _checked(sharing.plus(own), partners, file.name)
    return sharing


def _checked(sharing: Sharing, partners: Mapping[str, Partner], where: str) -> Sharing:
    problems = sharing.problems(partners)
    if problems:
        raise InputError([f"{where}: {p}" for p in problems], hint="partners are listed in docs/reference/powers.md")
    return sharing
