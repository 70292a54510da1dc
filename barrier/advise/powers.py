"""Chain partners and their powers, as data: `graphs/partners/nl.yaml`, and what an office adds.

Rule: a power that cites a fact, safeguard, partner, detector or label that does not exist is refused, all at once.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Set
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from barrier import resources
from barrier.detect.library import load_detectors
from barrier.errors import InputError
from barrier.model.kinds import chained, subjects
from barrier.model.rules import Rules, some
from barrier.model.yamlfile import Strict, load_yaml, parse_yaml, validate

STEPS = ("information", "request", "enquiry", "visit", "order", "sanction", "criminal", "closure", "clearance")
ROUTES = ("care", "administrative", "fiscal", "criminal")
LANGUAGES = ("nl", "en")
ADDED = (
    "files are added to what ships: write your own only, with replaces: ID for one that changes, off: [ID] without one"
)
Cited = tuple[str, Iterable[str], Mapping[str, Any]]  # what kind of thing, which names, what there is
Step = Literal["information", "request", "enquiry", "visit", "order", "sanction", "criminal", "closure", "clearance"]


class Partner(Strict):
    """A chain partner."""

    nl: str
    en: str
    kind: Literal[
        "municipality",
        "police",
        "justice",
        "inspection",
        "tax",
        "safety",
        "migration",
        "register",
        "coordination",
        "private",
        "care",
    ]


class Check(Strict):
    """How a fact is looked up; exactly one way."""

    finding: tuple[str, ...] = ()
    signal: tuple[str, ...] = ()
    inspection: tuple[str, ...] = ()
    licence: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    activity: tuple[str, ...] = ()
    sources: int = 0
    people: int = 0
    reliable: bool = False
    ask: bool = False

    @model_validator(mode="after")
    def _one(self) -> Check:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"expected one way to look a fact up, found {len(self.model_fields_set)}")
        return self


class Fact(Strict):
    """Something a power needs to know, and who can supply it."""

    nl: str
    en: str
    check: Check
    from_: Annotated[tuple[str, ...], Field(alias="from")]


class Safeguard(Strict):
    """What must come first; ``blocks`` is what it holds back while it is open."""

    nl: str
    en: str
    blocks: Literal["", "clear", "raid", "minors", "punish"] = ""


class Effect(Strict):
    """What a power does to a victim, in words."""

    nl: str
    en: str


class Power(Strict):
    """What a partner can do: instrument, legal basis, where it fits, what it needs, what it does to the victim.

    ``needs`` are the facts it rests on; ``when`` those of which one must be there before it is thought of (default:
    its needs). ``acute`` are facts that make it urgent. ``clears``: people lose their beds; ``raid``: an unannounced
    action with several partners; ``visits``: somebody goes there.
    """

    id: str
    partner: str
    nl: str
    en: str
    law: str
    article: str
    version: date
    begins: date | None = None
    ends: date | None = None
    barriers: tuple[str, ...]
    subjects: tuple[str, ...]
    needs: tuple[str, ...]
    when: tuple[str, ...] = ()
    acute: tuple[str, ...] = ()
    days: tuple[int, int]
    route: Literal["care", "administrative", "fiscal", "criminal"]
    step: Step
    reversible: bool
    effect: str
    safeguards: tuple[str, ...] = ()
    spoils: tuple[Literal["investigation", "trust"], ...] = ()
    clears: bool = False
    raid: bool = False
    visits: bool = False
    source: str
    confidence: Literal["H", "M", "L", "BK"]
    verify: bool = False
    replaces: str = ""

    @model_validator(mode="after")
    def _honest(self) -> Power:
        if self.days[0] > self.days[1]:
            raise ValueError(f"{self.id}: days: expected low before high, found {list(self.days)}")
        if self.confidence == "BK" and not self.verify:
            raise ValueError(f"{self.id}: background knowledge needs verify: true")
        if self.clears and "beds" not in self.safeguards:
            raise ValueError(f"{self.id}: clears people out, so its safeguards must name beds")
        return self

    def in_force(self, day: date) -> bool:
        """Return whether it may be used on a day."""
        return (self.begins is None or self.begins <= day) and (self.ends is None or day < self.ends)

    @property
    def basis(self) -> str:
        """Law, article and the day the text was last looked at."""
        return f"{self.law}, art. {self.article} (version {self.version.isoformat()})"


class Powers(Strict):
    """Everything that may be advised."""

    format: Literal[1]
    about: str = ""
    partners: dict[str, Partner] = Field(default_factory=dict)
    facts: dict[str, Fact] = Field(default_factory=dict)
    safeguards: dict[str, Safeguard] = Field(default_factory=dict)
    effects: dict[str, Effect] = Field(default_factory=dict)
    powers: tuple[Power, ...] = ()
    off: tuple[str, ...] = ()

    def problems(self) -> list[str]:
        """Return what in it cites something that does not exist, or stands twice."""
        ids = [p.id for p in self.powers]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        found = [f"{'powers stand' if len(twice) > 1 else 'power stands'} twice: {some(twice)}; {ADDED}"] * bool(twice)
        for power in self.powers:
            cited: list[Cited] = [("partner", (power.partner,), self.partners)]
            cited += [("effect", (power.effect,), self.effects), ("safeguard", power.safeguards, self.safeguards)]
            cited += [("fact", (*power.needs, *power.when, *power.acute), self.facts)]
            cited += [("label", power.subjects, dict.fromkeys(subjects()))]
            found += [f"{power.id}: {line}" for kind, names, known in cited for line in _unknown(kind, names, known)]
        detectors = {d.id: d for d in load_detectors()}
        for name, fact in self.facts.items():
            cited = [("partner", fact.from_, self.partners), ("detector", fact.check.finding, detectors)]
            cited += [("link to who lets or owns a place:", fact.check.link, dict.fromkeys(chained("landlord")))]
            found += [f"fact {name}: {line}" for kind, names, known in cited for line in _unknown(kind, names, known)]
        return found

    def plus(self, other: Powers) -> Powers:
        """Return these with others: added, replaced (``replaces``), switched off (``off``)."""
        gone = {p.replaces for p in other.powers if p.replaces} | set(other.off)
        kept = tuple(p for p in self.powers if p.id not in gone)
        unknown = gone - {p.id for p in self.powers}
        if unknown:
            raise InputError([f"partners: {u}: no such power to replace or switch off" for u in sorted(unknown)])
        merged = {k: {**getattr(self, k), **getattr(other, k)} for k in ("partners", "facts", "safeguards", "effects")}
        return self.model_copy(update={**merged, "powers": kept + other.powers})


def _unknown(kind: str, names: Iterable[str], known: Container[str]) -> list[str]:
    return [f"unknown {kind} {name}" for name in names if name not in known]


def checked(powers: Powers, where: str) -> Powers:
    """Return ``powers`` when all they cite exists.

    Raises:
        InputError: Something does not; every such place is named.
    """
    problems = powers.problems()
    if problems:
        raise InputError([f"{where}: {p}" for p in problems], hint="see docs/reference/powers.md for what can be cited")
    return powers


def check_named(kind: str, named: Set[str], known: Set[str], where: str) -> None:
    """Refuse a file that replaces or switches off what is not there: what was meant would stay.

    Raises:
        InputError: It does.
    """
    odd = sorted(named - known)
    if odd:
        hint = "off: and replaces: take the id of what ships, or of a file before; see docs/reference/rules.md"
        raise InputError([f"{where}: {_unknown(kind, [i], known)[0]}" for i in odd], hint=hint)


@lru_cache(maxsize=1)
def shipped_powers() -> Powers:
    """Return the powers in `graphs/partners/nl.yaml`."""
    return checked(load_yaml(resources.graphs() / "partners" / "nl.yaml", Powers), "nl.yaml")


@lru_cache(maxsize=8)
def powers_of(rules: Rules) -> Powers:
    """Return the shipped powers with those of more rules (partners/*.yaml but for sharing*.yaml) merged in.

    Raises:
        InputError: A file there is wrong.
    """
    powers = shipped_powers()
    for file in (f for f in rules.below("partners") if not f.name.startswith("partners/sharing")):
        own = parse_yaml(file.text, Powers, where=file.name)
        named = {*own.off, *(p.replaces for p in own.powers if p.replaces)}
        check_named("power", named, {p.id for p in powers.powers}, file.name)
        powers = checked(powers.plus(own), file.name)
    return powers


def powers_from(data: Mapping[str, Any], where: str) -> Powers:
    """Return powers from data, for tests and tools."""
    return checked(validate(dict(data), Powers, where=where), where)
