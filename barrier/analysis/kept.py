"""By what the content of a store is looked at: kept with it by a load, taken by whoever reads it.

Rule: the terms of the last scan hold until a person names others, and then that is said. Gates are never taken from a
store: who can write it would choose what a partner sees.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from barrier.analysis.ruleset import DEFAULT_MODEL, RuleSet, ruleset_with
from barrier.detect.library import Detector
from barrier.errors import DamagedError, InputError
from barrier.model.barriers import BarrierModel, is_model_file, load_model, named_model
from barrier.model.rules import NO_RULES, RuleFile, Rules
from barrier.model.yamlfile import validate, yaml_data
from barrier.store import Store, Terms
from barrier.traces import Traces

GATES = "partners"  # folder with gates and powers
_FORMAT = 1
_NEWER = "its terms were written by another version of Barrier"


@dataclass(frozen=True)
class Kept:
    """The terms of the last scan of a store, or of the import after it.

    Args:
        day: The day looked at; None where nothing named one.
        model: Name of the barrier model.
        file: The content of the model, where a person named a file.
        rules: What applied on top of the shipped rules.
        delivered: How many of the files of rules, the first ones, came with a trusted delivery.
        digest: Of those rules, the shipped ones included.
        norms: Digest of the norms.
        detectors: Ids of the detectors that did not come with Barrier.
    """

    day: date | None
    model: str
    file: Mapping[str, Any] | None
    rules: Rules
    delivered: int
    digest: str
    norms: str
    detectors: tuple[str, ...]

    @property
    def office(self) -> Rules:
        """Those of the rules that the office gave."""
        return Rules(self.rules.files[self.delivered :])


@dataclass(frozen=True)
class Asked:
    """What a person who reads a store asks for.

    Args:
        day: The day looked at; default that of the terms.
        model: Barrier model, an id or a file; default that of the terms.
        rules: The rules of the office as they are now.
        named: Whether a person named these rules, so that they go before those of the terms.
        partner: Whether the view of a partner is wanted: then gates are those of ``rules``.
    """

    day: date | None = None
    model: str | None = None
    rules: Rules = NO_RULES
    named: bool = False
    partner: bool = False


@dataclass(frozen=True)
class Agreed:
    """By what a store is read.

    Args:
        terms: The day, and by what is looked.
        notes: What differs from the last scan, in words.
    """

    terms: RuleSet
    notes: tuple[str, ...]


def terms_to_keep(
    terms: RuleSet, *, day: date | None, model: str, delivered: int, detectors: Sequence[Detector], erased: Traces
) -> Terms:
    """Return what a store keeps of the terms by which its content is looked at.

    Args:
        terms: The terms.
        day: The day looked at; None where nothing named one.
        model: The barrier model as it was named: an id, or a file.
        delivered: How many of the files of rules, the first ones, came with a trusted delivery.
        detectors: The detectors.
        erased: What is protected: it is not kept.
    """
    file = terms.model.model_dump(mode="json") if is_model_file(model) else None
    record = {
        "format": _FORMAT,
        "day": day.isoformat() if day else None,
        "model": terms.model.id if file else model,
        "file": file,
        "rules": [[f.name, f.text] for f in terms.rules.files],
        "delivered": delivered,
        "digest": terms.rules.digest,
        "norms": terms.norms.digest(),
        "detectors": sorted(d.id for d in detectors if not d.is_shipped),
    }
    return without(record, erased)


def without(terms: Terms, erased: Traces) -> Terms:
    """Return terms without what is erased: items of lists that name it, such as a hub, and texts and comments.

    The digests stay: they say what a scan used.
    """
    if not terms or not erased:
        return terms
    rules = [[name, _scrubbed(name, text, erased)] for name, text in terms["rules"]]
    return {**terms, "rules": rules, "file": erased.scrubbed(terms["file"])}


def terms_without(store: Store, ids: Iterable[str]) -> Terms:
    """Return the terms of a store without some ids; none where they are damaged: they cannot be shown to be clean."""
    try:
        return without(store.terms() or {}, Traces(ids))
    except DamagedError:
        return {}


def _scrubbed(name: str, text: str, erased: Traces) -> str:
    return json.dumps(erased.scrubbed(yaml_data(text, where=name)), default=str) if erased.within(text) else text


def kept_of(terms: Terms | None) -> Kept | None:
    """Return the terms that a store keeps; None where it keeps none.

    Raises:
        InputError: Another version of Barrier wrote them.
    """
    if terms is None:
        return None
    try:
        if terms["format"] != _FORMAT:
            raise ValueError
        rules = Rules(tuple(RuleFile(str(name), str(text)) for name, text in terms["rules"]))
        day = date.fromisoformat(terms["day"]) if terms["day"] is not None else None
        names = tuple(str(i) for i in terms["detectors"])
        last = int(terms["delivered"]), str(terms["digest"]), str(terms["norms"]), names
        return Kept(day, str(terms["model"]), terms["file"], rules, *last)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError([_NEWER], hint="scan the region again with this one") from error


def agreed(kept: Kept | None, asked: Asked, *, today: date) -> Agreed:
    """Return by what a store is read: its terms, but for what a person names.

    Args:
        kept: The terms of the last scan; None where there are none.
        asked: What a person asks for.
        today: The day looked at where nothing names one.

    Raises:
        InputError: There is no such model, or a rule is wrong.
    """
    if kept is None:
        terms = ruleset_with(asked.day or today, load_model(asked.model or DEFAULT_MODEL, asked.rules), asked.rules)
        return Agreed(terms, tuple(_without_terms(asked, terms)))
    rules = _rules(kept, asked)
    terms = ruleset_with(asked.day or kept.day or today, _model(kept, asked, rules), rules)
    return Agreed(terms, tuple(_differences(kept, asked, terms)))


def missing_detectors(kept: Kept | None, detectors: Sequence[Detector]) -> tuple[str, ...]:
    """Return in words which detectors the last scan had that are not here."""
    gone = sorted(set(kept.detectors if kept else ()) - {d.id for d in detectors})
    return (f"the last scan also looked with {', '.join(gone)}: name their folder with --detectors",) if gone else ()


def _rules(kept: Kept, asked: Asked) -> Rules:
    if asked.named:
        return asked.rules
    if not asked.partner:
        return kept.rules
    gates = asked.rules.below(GATES)
    return Rules((*gates, *(f for f in kept.office.files if not f.name.startswith(f"{GATES}/"))))


def _model(kept: Kept, asked: Asked, rules: Rules) -> BarrierModel:
    if asked.model:
        return load_model(asked.model, rules)
    if kept.file is not None:
        return validate(dict(kept.file), BarrierModel, where=kept.model)
    return named_model(kept.model, rules)


def _without_terms(asked: Asked, terms: RuleSet) -> Iterator[str]:
    if not (asked.day and asked.model and asked.named):
        by = f"looked at on {terms.day}, by {terms.model.id} and the rules of now"
        yield f"the store keeps no terms of a scan: {by}; scan the region again to keep them"


def _differences(kept: Kept, asked: Asked, terms: RuleSet) -> Iterator[str]:
    if kept.day and terms.day != kept.day:
        yield f"looked at on {terms.day}; the last scan on {kept.day}"
    if terms.model.id != kept.model and asked.model:
        yield f"looked at by the model {terms.model.id}; the last scan by {kept.model}"
    if asked.named:
        if terms.rules.digest != kept.digest:
            yield f"looked at by other rules ({terms.rules.digest}) than the last scan ({kept.digest})"
        return
    if asked.rules.files and asked.rules != kept.office and not asked.partner:
        yield "the rules of the office are others than at the last scan, whose rules hold; --rules DIR for those of now"
    if terms.rules == kept.rules and terms.norms.digest() != kept.norms and kept.rules.digest == kept.digest:
        yield "the shipped norms are others than at the last scan: scan again"
