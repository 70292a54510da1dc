"""The party graph: businesses, persons in a business role, addresses, licences and contacts, and what links them.

Rule: residents and workers are counts on links, never nodes; who only owns the home he or she lives in is no party.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.model.barriers import BarrierModel
from barrier.model.kinds import PERSON, lived_at, network_labels, network_links, network_of, shared_links
from barrier.model.schema import schema
from barrier.networks.settings import NetworkSettings
from barrier.store import Columns, NumberedColumns

_DAYS = ["start_day", "end_day"]
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


def party_graph(graph: NumberedColumns, day: int, *, model: BarrierModel, settings: NetworkSettings) -> PartyGraph:
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
    plain, people_links = network_links(), shared_links()
    ids, read = graph.numbered(_columns())
    names = pd.Series(ids.to_pandas(), dtype="str")
    ends = {"source_code": "source_id", "target_code": "target_id"}  # numbers compare faster; ids come last
    frames = {kind: _begun(frame, day).rename(columns=ends) for kind, frame in read.items()}
    living = _living(frames, day)
    shared_by = {kind: _on(frames[kind], day) for kind in people_links}
    edges = {kind: frames[kind] for kind in plain}
    for kind in plain:
        if network_of(kind).role == "beyond_own_home":
            edges[kind] = _without_owner_occupiers(edges[kind], living, size=len(names))
    resident = among(names, graph.nodes(PERSON, ["id"])["id"])
    resident[np.concatenate([edges[kind]["source_id"].to_numpy() for kind in plain if network_of(kind).role])] = False
    edges = {kind: _of_parties(rows, kind, resident) for kind, rows in edges.items()}
    shared_by = {kind: _with_parties(rows, kind, resident) for kind, rows in shared_by.items()}
    shared = [_shared(living, rows, names=names, min_people=settings.min_people) for rows in shared_by.values()]
    tables = [*(edges[kind].assign(people=0, share=1.0, chance=1.0) for kind in plain), *shared]
    sizes, links = [len(table) for table in tables], pd.concat(tables, ignore_index=True)
    links["kind"] = _repeated([*plain, *(people.kind for people in people_links.values())], sizes)
    links["barrier"] = _repeated([model.step_of(kind) for kind in (*plain, *people_links)], sizes)
    known = pd.Series([h.id for h in settings.known_hubs if h.holds(day)], dtype="str")
    links = _weighted(links, sizes, day, settings, among(names, known))
    for end in ("source_id", "target_id"):
        links[end] = names.take(links[end].to_numpy()).reset_index(drop=True)
    people = np.bincount(living["address"], minlength=len(names))
    homes = np.flatnonzero(people)
    return PartyGraph(links[COLUMNS], pd.Series(people[homes], index=names.take(homes)))


def node_labels(graph: Columns, ids: Sequence[str]) -> dict[str, str]:
    """Return the label of each id that is a node of the party graph."""
    wanted = pd.Series(sorted(set(ids)), dtype="str")
    found: dict[str, str] = {}
    for label in network_labels():
        found |= dict.fromkeys(wanted[among(wanted, graph.nodes(label, ["id"])["id"])], label)
    return found


def _columns() -> dict[str, list[str]]:
    """Return what is read of each relationship."""
    counted = {kind: _DAYS for kind in shared_links()}
    living = {kind: [*_DAYS, *({"function"} & schema().relationships[kind].properties.keys())] for kind in lived_at()}
    return {**counted, **{kind: [*_DAYS, "source"] for kind in network_links()}, **living}


def _of_parties(links: pd.DataFrame, kind: str, resident: np.ndarray) -> pd.DataFrame:
    """Return the links of a relationship without those of a person who has no role in any business."""
    if PERSON in schema().relationships[kind].sources and not network_of(kind).role:
        links = links[~resident[links["source_id"].to_numpy()]]
    return _with_parties(links, kind, resident)


def _with_parties(links: pd.DataFrame, kind: str, resident: np.ndarray) -> pd.DataFrame:
    """Return the links of a relationship without those to a person who has no role in any business."""
    if PERSON in schema().relationships[kind].targets:
        links = links[~resident[links["target_id"].to_numpy()]]
    return links


def _begun(edges: pd.DataFrame, day: int) -> pd.DataFrame:
    """Return links that have begun on the day; what is linked to itself (own shares) is tied to nobody by it."""
    return edges[(edges["start_day"] <= day) & (edges["source_code"] != edges["target_code"])]


def _on(edges: pd.DataFrame, day: int) -> pd.DataFrame:
    """Return links that have begun and still hold on the day."""
    return edges[edges["end_day"] > day]


def _living(frames: Mapping[str, pd.DataFrame], day: int) -> pd.DataFrame:
    """Return who is registered or seen where on the day, each pair once."""
    homes = [frames[kind] for kind in lived_at()]
    homes = [h[h["function"].ne("correspondence").fillna(True)] if "function" in h else h for h in homes]
    both = pd.concat([_on(home, day)[["source_id", "target_id"]] for home in homes])
    again = pd.Series(_pairs(both["source_id"], both["target_id"])).duplicated().to_numpy()
    found: pd.DataFrame = both[~again].rename(columns={"source_id": "person", "target_id": "address"})
    return found


def _without_owner_occupiers(owns: pd.DataFrame, living: pd.DataFrame, *, size: int) -> pd.DataFrame:
    owner = _mask(owns["source_id"], size)
    home = living[owner[living["person"].to_numpy()]]
    at_home = pd.Series(_pairs(owns["source_id"], owns["target_id"])).isin(_pairs(home["person"], home["address"]))
    kept: pd.DataFrame = owns[~at_home.to_numpy()]
    return kept


def _mask(codes: pd.Series, size: int) -> np.ndarray:
    """Return which codes occur."""
    found = np.zeros(size, dtype=bool)
    found[codes.to_numpy()] = True
    return found


def _pairs(first: pd.Series, second: pd.Series) -> np.ndarray:
    """Return one number for each pair of codes."""
    return (first.to_numpy().astype(np.int64) << 32) | second.to_numpy().astype(np.int64)


def _repeated(words: Sequence[str], times: Sequence[int]) -> pd.Series:
    """Return each word as often as it is asked for, one after the other."""
    which = pa.array(np.repeat(np.arange(len(words), dtype=np.int32), times))
    found: pd.Series = pa.DictionaryArray.from_arrays(which, pa.array(words, pa.string())).cast(pa.string()).to_pandas()
    return found


def _shared(living: pd.DataFrame, edges: pd.DataFrame, *, names: pd.Series, min_people: int) -> pd.DataFrame:
    """Return a link for every address and every thing that enough of its residents have in common."""
    size = len(names)
    edges = edges[_mask(living["person"], size)[edges["source_id"].to_numpy()]]
    tied = living[_mask(edges["source_id"], size)[living["person"].to_numpy()]]
    by_thing = np.bincount(pd.unique(_pairs(edges["source_id"], edges["target_id"])) & 0xFFFFFFFF, minlength=size)
    by_address = np.bincount(tied["address"], minlength=size)
    # what too few have, and where too few live, can have no such link
    many = edges[by_thing[edges["target_id"].to_numpy()] >= min_people]
    full = tied[by_address[tied["address"].to_numpy()] >= min_people]
    pairs = full.merge(many.rename(columns={"source_id": "person", "target_id": "thing"}), on="person")
    grouped = pairs.groupby(["address", "thing"], sort=False)
    found = grouped.agg(people=("person", "nunique"), start_day=("start_day", "min"), end_day=("end_day", "max"))
    found = found[found["people"] >= min_people].reset_index()
    order = pd.DataFrame({c: names.take(found[c].to_numpy()).to_numpy() for c in ("address", "thing")})
    found = found.iloc[order.sort_values(["address", "thing"]).index].reset_index(drop=True)
    address, thing = found["address"].to_numpy(), found["thing"].to_numpy()
    people = found["people"].to_numpy(dtype=float)
    total = np.bincount(living["address"], minlength=size)
    with_one = np.count_nonzero(np.bincount(edges["source_id"], minlength=size))
    chance = _by_chance(people, by_address[address], by_thing[thing] / max(1, with_one))
    made: pd.DataFrame = found.rename(columns={"address": "source_id", "thing": "target_id"})
    return made.assign(source=None, share=people / total[address], chance=chance)


def _by_chance(people: np.ndarray, residents: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return how likely so many residents of an address share a thing if everybody drew one by its size.

    Each of the n residents who have such a link draws a thing with its share of all who have one: the upper tail of
    a binomial distribution (the hypergeometric one for a thing that is small beside the region), times the number
    of address and thing pairs looked at (Bonferroni).

    Args:
        people: How many residents of the address share the thing, pair by pair.
        residents: How many residents of the address have such a link.
        size: Share of all who have such a link that have one with the thing.

    Source:
        M. Tumminello et al., "Statistically validated networks in bipartite complex systems", PLoS ONE 6(3), 2011.
    """
    if not len(people):
        return np.ones(0)
    from scipy.special import betainc  # here, because its import takes longer than a small scan

    tail = betainc(people, residents - people + 1, np.minimum(size, 1.0))  # P(at least ``people`` of ``residents``)
    return np.asarray(np.minimum(1.0, tail * len(people)), dtype=float)


def _weighted(
    links: pd.DataFrame, sizes: Sequence[int], day: int, settings: NetworkSettings, known_hubs: np.ndarray
) -> pd.DataFrame:
    """Return links with ``hub`` and ``weight``.

    Args:
        links: The links, kind by kind.
        sizes: How many there are of each kind.
        day: Day number looked at.
        settings: Numbers.
        known_hubs: Of each code, whether it ties nobody.
    """
    source, target = links["source_id"].to_numpy(), links["target_id"].to_numpy()
    hub = np.zeros(len(links), np.int64)
    pairs = _pairs(links["source_id"], links["target_id"])
    for stop, size in zip(np.cumsum(sizes), sizes, strict=True):
        here = slice(stop - size, stop)
        once = pd.unique(pairs[here])
        out, into = (np.bincount(ends, minlength=len(known_hubs)) for ends in (once >> 32, once & 0xFFFFFFFF))
        hub[here] = np.maximum(out[source[here]], into[target[here]])
    tie = np.minimum(1.0, settings.free_links / np.maximum(hub - 1, 1))
    tie[links["chance"].to_numpy(dtype=float) < settings.significance] = 1.0
    ago = np.maximum(0, day - np.minimum(links["end_day"].to_numpy(dtype=float), day))
    age = np.exp2(-ago / settings.half_life_days)
    touched = known_hubs[source] | known_hubs[target]
    weight = np.where(touched, 0.0, tie * age * links["share"].to_numpy(dtype=float))
    return links.assign(hub=hub, weight=weight)


def among(values: pd.Series, ids: Sequence[str] | pd.Series) -> np.ndarray:
    """Return which values are among ``ids`` (much faster on columns than Series.isin)."""
    found = pc.is_in(pa.array(values, pa.string()), value_set=pa.array(ids, pa.string()))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)
