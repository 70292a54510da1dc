"""What a subject is, in a few words for a reader: the name of a business, the kind and place of an address.

Rule: only what the schema says of the label (`described_by`); nothing about a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from barrier.model.kinds import described_by
from barrier.store import Columns


def described_subjects(
    graph: Columns, subjects: Iterable[Mapping[str, str]], towns: Mapping[str, str]
) -> dict[str, str]:
    """Return a description by id of every subject that has one.

    Args:
        graph: The graph as columns.
        subjects: ``label`` and ``id`` of each.
        towns: Name by code of the municipalities, as far as known.
    """
    wanted: dict[str, set[str]] = {}
    for subject in subjects:
        wanted.setdefault(subject["label"], set()).add(subject["id"])
    words: dict[str, str] = {}
    for label, properties in ((label, described_by(label)) for label in sorted(wanted)):
        if properties:
            nodes = graph.nodes(label, ["id", *properties])
            here = nodes[nodes["id"].isin(sorted(wanted[label]))]
            for node, *values in here.itertuples(index=False):
                known = [towns.get(str(v), str(v)).replace("_", " ") for v in values if not pd.isna(v)]
                words[str(node)] = ", ".join(known)
    return words
