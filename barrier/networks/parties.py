"""The party graph: businesses, persons in a business role, addresses, licences and contacts, and what links them.

Rule: residents and workers are counts on links, never nodes; who only owns the home he or she lives in is no party.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.model.barriers import ACROSS, BarrierModel
from barrier.networks.settings import NetworkSettings
from barrier.store import Columns

ROLES = ("DIRECTS", "CONTROLS", "LETS", "HOLDS", "MANAGES")
_PLAIN = (*ROLES, "OWNS", "ESTABLISHED_AT", "FOR_PREMISES", "SUPPLIES_WORKERS_TO", "REACHED_AT", "PAID_TO")
_PEOPLE = {"WORKS_FOR": "workers", "ARRIVED_THROUGH": "arrivals", "REACHED_AT": "reached"}
_ENDS = ["source_id", "target_id", "start_day", "end_day", "source"]
_MEASURES = ["people", "weight", "hub", "chance"]
COLUMNS = ["source_id", "target_id", "kind", "barrier", "start_day", "end_day", "source", *_MEASURES]


@dataclass(frozen=True)
class PartyGraph:
    """The party graph of a region on a day.

    Args:
        links: One row a link: ends, ``kind`` (relationship type, or what residents share: ``workers``, ``arrivals``,
            ``reached``), ``barrier``, days, ``source``, ``people`` (0 where the link is no count), ``weight`` (0 to 1),
            ``hub`` (how many others its busier end touches by such links), and ``chance`` (how likely so many people
            share it by its size alone, corrected for the number of pairs; 1 where the link is no count).
        residents: Persons at each address on the day, by address.
    """

    links: pd.DataFrame
    residents: pd.Series


def party_graph(graph: Columns, day: int, *, model: BarrierModel, settings: NetworkSettings) -> PartyGraph:
    """Read the party graph from columns.

    Args:
        graph: The graph as columns.
        day: Day number looked at; what begins later does not count.
        model: Barrier model that says at which barrier a link is.
        settings: Numbers.

    A thing that touches many others ties each of them less, unless more residents of one address share it than its
    size explains.

    Source:
        Weights after M. E. J. Newman, "Scientific collaboration networks II", Phys. Rev. E 64, 016132, 2001.
    """
    edges = {kind: _begun(graph, kind, day) for kind in _PLAIN}
    persons = graph.nodes("Person", ["id"])["id"]
    living = _living(graph, day)
    edges["OWNS"] = _without_owner_occupiers(edges["OWNS"], living)
    sources = pd.concat([edges[kind]["source_id"] for kind in (*ROLES, "OWNS")])
    roles = persons[_among(persons, sources)]
    residents_only = persons[~_among(persons, sources)]
    least = settings.min_people
    shared = [_shared(graph, living, kind, day=day, roles=roles, min_people=least) for kind in _PEOPLE]
    for kind in ("REACHED_AT", "PAID_TO"):
        edges[kind] = edges[kind][~_among(edges[kind]["source_id"], residents_only)]
    plain = [frame.assign(kind=kind, of=kind, people=0, share=1.0, chance=1.0) for kind, frame in edges.items()]
    links = pd.concat([*plain, *shared], ignore_index=True)
    steps = {kind: step.id for step in model.barriers for kind in step.relationships}
    links["barrier"] = links["of"].map(steps).fillna(ACROSS)
    links = _weighted(links, day, settings)
    return PartyGraph(links[COLUMNS], living.groupby("address")["person"].nunique())


def node_labels(graph: Columns, ids: Sequence[str]) -> dict[str, str]:
    """Return the label of each id that is a node of the party graph."""
    wanted = pd.Series(sorted(set(ids)), dtype="str")
    found: dict[str, str] = {}
    for label in ("Business", "Person", "Address", "Licence", "Contact"):
        found |= dict.fromkeys(wanted[_among(wanted, graph.nodes(label, ["id"])["id"])], label)
    return found


def _begun(graph: Columns, kind: str, day: int) -> pd.DataFrame:
    edges = graph.edges(kind, _ENDS)
    return edges[edges["start_day"] <= day]


def _living(graph: Columns, day: int) -> pd.DataFrame:
    """Return who is registered or seen where on the day, each person once an address."""
    home = graph.edges("REGISTERED_AT", ["source_id", "target_id", "start_day", "end_day", "function"])
    home = home[home["function"].ne("correspondence").fillna(True)]
    both = pd.concat([home, graph.edges("STAYS_AT", ["source_id", "target_id", "start_day", "end_day"])])
    here = both[(both["start_day"] <= day) & (both["end_day"] > day)]
    here = here.rename(columns={"source_id": "person", "target_id": "address"})
    return here[["person", "address"]].drop_duplicates()


def _without_owner_occupiers(owns: pd.DataFrame, living: pd.DataFrame) -> pd.DataFrame:
    found = owns.merge(living, left_on=["source_id", "target_id"], right_on=["person", "address"], how="left")
    return owns[found["person"].isna().to_numpy()]


def _shared(
    graph: Columns, living: pd.DataFrame, kind: str, *, day: int, roles: pd.Series, min_people: int
) -> pd.DataFrame:
    """Return a link for every address and every thing that enough of its residents have in common."""
    edges = graph.edges(kind, ["source_id", "target_id", "start_day", "end_day"])
    edges = edges[(edges["start_day"] <= day) & (edges["end_day"] > day)]
    if kind == "ARRIVED_THROUGH":
        things = pd.concat([graph.nodes("Business", ["id"])["id"], roles])
        edges = edges[_among(edges["target_id"], things)]
    pairs = living.merge(edges.rename(columns={"source_id": "person", "target_id": "thing"}), on="person")
    grouped = pairs.groupby(["address", "thing"], sort=True)
    found = grouped.agg(people=("person", "nunique"), start_day=("start_day", "min"), end_day=("end_day", "max"))
    found = found[found["people"] >= min_people].reset_index()
    total = living.groupby("address")["person"].nunique()
    share = found["people"].to_numpy(dtype=float) / found["address"].map(total).to_numpy(dtype=float)
    found = found.assign(chance=_by_chance(pairs, found))
    found = found.rename(columns={"address": "source_id", "thing": "target_id"})
    return found.assign(source=None, kind=_PEOPLE[kind], of=kind, share=share)


def _by_chance(pairs: pd.DataFrame, found: pd.DataFrame) -> np.ndarray:
    """Return how likely so many residents of an address share a thing if everybody drew one by its size.

    Each of the n residents who have such a link draws a thing with its share of all who have one: the upper tail of
    a binomial distribution (the hypergeometric one for a thing that is small beside the region), times the number
    of address and thing pairs looked at (Bonferroni).

    Source:
        M. Tumminello et al., "Statistically validated networks in bipartite complex systems", PLoS ONE 6(3), 2011.
    """
    by_thing, by_address = (pairs.groupby(c)["person"].nunique() for c in ("thing", "address"))
    size = found["thing"].map(by_thing).to_numpy(dtype=float) / max(1, pairs["person"].nunique())
    residents = found["address"].map(by_address).to_numpy(dtype=float)
    people = found["people"].to_numpy(dtype=float)
    if not len(found):
        return np.ones(0)
    from scipy.special import betainc  # here, because its import takes longer than a small scan

    tail = betainc(people, residents - people + 1, np.minimum(size, 1.0))  # P(at least ``people`` of ``residents``)
    return np.asarray(np.minimum(1.0, tail * len(found)), dtype=float)


def _weighted(links: pd.DataFrame, day: int, settings: NetworkSettings) -> pd.DataFrame:
    once = links[["kind", "source_id", "target_id"]].drop_duplicates()
    out = once.groupby(["kind", "source_id"]).size().rename("out")
    into = once.groupby(["kind", "target_id"]).size().rename("into")
    links = links.join(out, on=["kind", "source_id"]).join(into, on=["kind", "target_id"])
    hub = links[["out", "into"]].max(axis=1).to_numpy()
    tie = np.minimum(1.0, settings.free_links / np.maximum(hub - 1, 1))
    tie[links["chance"].to_numpy(dtype=float) < settings.significance] = 1.0
    ago = np.maximum(0, day - np.minimum(links["end_day"].to_numpy(dtype=float), day))
    age = np.exp2(-ago / settings.half_life_days)
    known = {h.id for h in settings.known_hubs if h.holds(day)}
    touched = links["source_id"].isin(known) | links["target_id"].isin(known)
    weight = np.where(touched, 0.0, tie * age * links["share"].to_numpy(dtype=float))
    return links.assign(hub=hub, weight=weight)


def _among(values: pd.Series, ids: pd.Series) -> np.ndarray:
    """Return which values are among ``ids`` (much faster on columns than Series.isin)."""
    found = pc.is_in(pa.array(values, pa.string()), value_set=pa.array(ids, pa.string()))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)
