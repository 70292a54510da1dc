"""What findings tie: who and what is never cut off them, who is involved in them, and whether one hand holds them.

Rule: who directs, controls, owns or lets what findings are about stays with it; a former owner does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from barrier.detect.findings import Finding
from barrier.model.kinds import acting, holding, shared_kinds
from barrier.model.schema import PLACE
from barrier.networks.communities import NAMED
from barrier.networks.parties import among
from barrier.networks.settings import NetworkSettings

if TYPE_CHECKING:
    from barrier.networks.graph import ClusterGraph

_NAMES = ("id", "ids")
_ENDS = ["source_id", "target_id"]


def named_in(finding: Finding) -> list[str]:
    """Return the ids that the facts of a finding name beside its subject."""
    values = (fact["value"] for fact in finding.facts.values() if fact["unit"] in _NAMES)
    named = [v for value in values for v in (value if isinstance(value, list) else [value])]
    return [str(n) for n in named if n != finding.subject["id"]]


def with_named(
    links: pd.DataFrame,
    by_subject: Mapping[str, Sequence[Finding]],
    solid: Iterable[str],
    settings: NetworkSettings,
    day: int,
) -> pd.DataFrame:
    """Return links with those that findings say: a series is one structure also where every single link has ended.

    Three things are never cut apart where a large component is split: the subject of a finding and what the finding
    names; what sits or is reached at the desk or number that both of them shared, whenever that was; and who holds one
    of these, through a holding too. Busy things tie nobody here either.

    Args:
        links: Links of the party graph.
        by_subject: Findings by subject.
        solid: Subjects of solid findings that nothing explains.
        settings: Numbers.
        day: Day number looked at.
    """
    about = sorted(solid)
    told = {s: [f for f in by_subject[s] if f.strength != "weak"] for s in about}
    pairs = sorted({(subject, other) for subject, found in told.items() for f in found for other in named_in(f)})
    ends = sorted({end for pair in pairs for end in pair})
    few = (links["hub"] <= settings.free_links).to_numpy()
    reached = few & links["kind"].isin(settings.service_links).to_numpy()
    reached &= among(links["target_id"], _shared_by(links[reached], pairs))
    acts = few & links["kind"].isin(acting()).to_numpy()
    series = acts & among(links["target_id"], ends)
    holds = few & links["kind"].isin(holding()).to_numpy() & (links["end_day"] > day).to_numpy()
    held = series | (holds & among(links["target_id"], about))
    through = acts & (links["end_day"] > day).to_numpy() & among(links["target_id"], _firms(links[held]))
    tied = reached | held | through
    old = links[[*_ENDS, "kind", "weight", "hub"]].assign(weight=links["weight"].mask(reached | series, 1.0))
    rows = pd.concat([pd.DataFrame(pairs, columns=_ENDS), links.loc[tied, _ENDS]], ignore_index=True).drop_duplicates()
    told_too: pd.DataFrame = pd.concat([old, rows.assign(kind=NAMED, weight=1.0, hub=1)], ignore_index=True)
    return told_too


def _firms(held: pd.DataFrame) -> list[str]:
    """Return who holds something; only a business can be acted through, a person is held by nobody."""
    return sorted(set(held["source_id"].astype(str)))


def _shared_by(at: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return the addresses and contacts at which both ends of a pair are or were: the desk and number of a series."""
    ends = sorted({end for pair in pairs for end in pair})
    rows = at[among(at["source_id"], ends)]
    of: dict[str, set[str]] = {}
    for source, target in zip(rows["source_id"], rows["target_id"], strict=True):
        of.setdefault(str(source), set()).add(str(target))
    return sorted({thing for one, other in pairs for thing in of.get(one, set()) & of.get(other, set())})


def involved(graph: ClusterGraph, solid: Sequence[Finding]) -> set[str]:
    """Return who findings are about or name, who holds one of these, and who shares their contact.

    Who holds through a holding counts too; a contact does where two of them are reached at it. An employer or sponsor
    of residents of two addresses with findings counts where it shares a contact with one of them, with who holds it.
    A hirer, a customer or a bank touches them without holding anything: it is no facilitator.
    """
    about = {f.subject["id"] for f in solid}
    people = shared_kinds()
    houses = {(u, v) for u, v, kind in graph.edges(data="kind") if kind in people and u in about}
    reach_two = {firm for firm, times in Counter(v for _, v in houses).items() if times > 1}
    holds = holding()
    held = [(u, v) for u, v, kind in graph.edges(data="kind") if kind in holds]
    reached = {(u, v) for u, v, kind in graph.edges(data="kind") if kind == "REACHED_AT"}
    named = {other for f in solid for other in named_in(f)}
    about = _with_holders(about | {n for n in named if n in graph and graph.nodes[n]["label"] != PLACE}, held)
    contacts = Counter(v for u, v in reached if u in about | reach_two)
    common = {contact for contact, times in contacts.items() if times > 1}
    sharing = {u for u, v in reached if v in common}
    return about | common | sharing | _with_holders(sharing & reach_two, held)


def _with_holders(parties: set[str], held: Sequence[tuple[str, str]]) -> set[str]:
    for _ in range(2):
        parties = parties | {u for u, v in held if v in parties}
    return parties


def one_hand(graph: ClusterGraph, solid: Sequence[Finding]) -> bool:
    """Return whether one party alone ties the subjects of findings, at one barrier: without it each stands alone.

    What a landlord does at each of his houses is one fact about that landlord, not one for every house. Not so where
    he also employs or brought in who lives there, or where a finding itself ties the houses to each other.
    """
    import networkx as nx  # here, because its import takes longer than a small scan

    subjects = {f.subject["id"] for f in solid}
    if len(subjects) < 2 or any(not subjects.isdisjoint(named_in(f)) for f in solid):
        return False
    hands = [set(graph.successors(n)) | set(graph.predecessors(n)) for n in graph]
    for node, beside in zip(list(graph), hands, strict=True):
        if node in subjects or not subjects <= beside or len(_barriers_between(graph, node, subjects)) > 1:
            continue
        rest = nx.restricted_view(graph, [node], [])
        if all(len(subjects & part) < 2 for part in nx.weakly_connected_components(rest)):
            return True
    return False


def _barriers_between(graph: ClusterGraph, node: str, subjects: set[str]) -> set[str]:
    out = {data["barrier"] for _, v, data in graph.out_edges(node, data=True) if v in subjects}
    return out | {data["barrier"] for u, _, data in graph.in_edges(node, data=True) if u in subjects}
