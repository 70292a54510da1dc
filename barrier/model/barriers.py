"""Barrier models as data: which steps there are and which relationships belong to each.

Rule: no barrier is named in code; detectors name a barrier of the five-barrier model, and another
model says what it becomes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import model_validator

from barrier import resources
from barrier.errors import InputError
from barrier.model.rules import ENDINGS, NO_RULES, Rules
from barrier.model.schema import schema
from barrier.model.yamlfile import Strict, load_yaml, parse_yaml

ACROSS = "across"
FIVE = "five-barriers"  # the model whose steps the schema and the detectors name


class Step(Strict):
    """One barrier of a model.

    ``replaces`` are steps of the five-barrier model that it takes over, with their findings and relationships;
    ``relationships`` those that it takes from another step.
    """

    id: str
    name: str
    about: str
    relationships: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()


class BarrierModel(Strict):
    """The content of a file in `graphs/models/`."""

    format: Literal[1]
    id: str
    version: int
    name: str
    source: str
    barriers: tuple[Step, ...]
    across: str

    @model_validator(mode="after")
    def _consistent(self) -> BarrierModel:
        known = schema().relationships
        problems = [
            f"{s.id}: unknown relationship {r}" for s in self.barriers for r in s.relationships if r not in known
        ]
        ids = [s.id for s in self.barriers]
        if self.id == FIVE:
            problems += [
                f"schema.yaml: {name}: barrier {kind.barrier} is no step; steps are {', '.join(ids)}"
                for name, kind in known.items()
                if kind.barrier is not None and kind.barrier not in ids
            ]
        problems += [f"barrier {i} stands twice" for i in sorted({i for i in ids if ids.count(i) > 1})]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def place(self, barrier: str) -> str:
        """Return the step of this model in which a finding of ``barrier`` belongs.

        ``barrier`` is a step of this model, or one of the five-barrier model that a step replaces;
        what no step takes is shown across the barriers.
        """
        for step in self.barriers:
            if barrier in step.replaces:
                return step.id
        return barrier if barrier in {s.id for s in self.barriers} else ACROSS

    def step_of(self, relationship: str) -> str:
        """Return the step of a relationship: the one that lists it, else that of its barrier in the schema."""
        for step in self.barriers:
            if relationship in step.relationships:
                return step.id
        return self.place(schema().relationships[relationship].barrier or ACROSS)

    def relationships_of(self, step: str) -> tuple[str, ...]:
        """Return the relationships that belong to a step."""
        return tuple(name for name in schema().relationships if self.step_of(name) == step)

    def title(self, barrier: str) -> str:
        """Return the name of a step as a reader sees it."""
        return next((s.name for s in self.barriers if s.id == barrier), self.across)


def model_names() -> list[str]:
    """Return the ids of the shipped barrier models."""
    return sorted(p.stem for p in (resources.graphs() / "models").glob("*.yaml"))


def known_models(rules: Rules) -> list[str]:
    """Return the ids of the shipped barrier models and of those of the rules."""
    return sorted({*model_names(), *(Path(f.name).stem for f in rules.below("models"))})


def load_model(name: str, rules: Rules = NO_RULES) -> BarrierModel:
    """Return a model that a person names: by its id, or a YAML file by path.

    Raises:
        InputError: There is no such model, or the file is wrong.
    """
    if not is_model_file(name):
        return named_model(name, rules)
    if not Path(name).exists():
        raise InputError([f"barrier model {name}: not found"], hint=f"models: {', '.join(model_names())}")
    return load_yaml(Path(name), BarrierModel)


def named_model(name: str, rules: Rules = NO_RULES) -> BarrierModel:
    """Return a model by its id: one of the rules, else a shipped one; never a file by path.

    Raises:
        InputError: There is no such model, or its file is wrong.
    """
    own = {Path(f.name).stem: f for f in rules.below("models")}
    if name in own:
        return parse_yaml(own[name].text, BarrierModel, where=own[name].name)
    if name not in model_names():
        raise InputError([f"barrier model {name}: not found"], hint=f"models: {', '.join(known_models(rules))}")
    return load_yaml(resources.graphs() / "models" / f"{name}.yaml", BarrierModel)


def is_model_file(name: str) -> bool:
    """Return whether a model is named by the path of a file, not by its id."""
    return name.endswith(ENDINGS)
