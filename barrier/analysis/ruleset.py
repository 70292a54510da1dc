"""By what a store or delivery is looked at: the day, the barrier model, norms, numbers, powers and gates.

Rule: the only place where these are put together, so that a scan, a score, a structure and a document agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from barrier.advise.powers import Powers, powers_of
from barrier.advise.sharing import Sharing, sharing_of
from barrier.errors import InputError
from barrier.ingest.folder import RegionConfig
from barrier.model.barriers import BarrierModel, known_models, load_model, named_model
from barrier.model.norms import Norms, norms_of
from barrier.model.rules import NO_RULES, Rules, brought_rules
from barrier.networks.settings import NetworkSettings, settings_of

DEFAULT_MODEL = RegionConfig().model


@dataclass(frozen=True)
class RuleSet:
    """What applies on a day.

    Args:
        day: The day looked at.
        model: The barrier model.
        rules: What applies on top of the shipped rules.
        norms: Area a person.
        settings: The numbers behind structures, and known hubs.
    """

    day: date
    model: BarrierModel
    rules: Rules
    norms: Norms
    settings: NetworkSettings

    @property
    def powers(self) -> Powers:
        """What partners can do."""
        return powers_of(self.rules)

    @property
    def sharing(self) -> Sharing:
        """Who may see what."""
        return sharing_of(self.rules)


def ruleset_of(day: date, model: str = DEFAULT_MODEL, *, rules: Rules = NO_RULES) -> RuleSet:
    """Return what applies on a day.

    Args:
        day: The day looked at.
        model: Barrier model that a person asked for: an id, or a file.
        rules: What applies on top of the shipped rules.

    Raises:
        InputError: There is no such model, or a rule is wrong.
    """
    return ruleset_with(day, load_model(model, rules), rules)


def delivery_ruleset(day: date, config: RegionConfig, *, asked: str | None, rules: Rules) -> RuleSet:
    """Return what applies to a delivery; it may choose a barrier model by id, but bring none.

    Raises:
        InputError: There is no such model, or a rule is wrong.
    """
    if asked:
        return ruleset_of(day, asked, rules=rules)
    if config.model not in (known := known_models(rules)):
        raise InputError([f"region.yaml: barrier model {config.model}: not found"], hint=f"models: {', '.join(known)}")
    return ruleset_with(day, named_model(config.model, rules), rules)


def ruleset_with(day: date, model: BarrierModel, rules: Rules) -> RuleSet:
    """Return what applies on a day by a model.

    Raises:
        InputError: A rule is wrong.
    """
    return RuleSet(day, model, rules, norms_of(rules), settings_of(rules))


def check_rules(rules: Rules) -> Rules:
    """Return rules after each file of them was read and checked together with the shipped ones.

    Raises:
        InputError: A rule is wrong, or clashes with another; said before anything that was delivered is looked at.
    """
    powers_of(rules)
    sharing_of(rules)
    norms_of(rules)
    settings_of(rules)
    for file in rules.below("models"):
        named_model(Path(file.name).stem, rules)
    return rules


def unused_rules(delivery: Path, *, trusted: bool) -> tuple[str, ...]:
    """Return what a delivery brings that is not used, in words with what to do."""
    brought = [] if trusted else brought_rules(delivery)
    if not brought:
        return ()
    return (
        f"{', '.join(brought)}: rules that came with the data are not used; "
        "look at them and put them into your own folder (--rules DIR), or use --trust-delivery",
    )
