"""Communities on one and five million links, beside plain igraph and NetworkX Louvain in the same run.

Run as: python -m benchmarks.large_graphs (it prints the lines that `make bench` puts into docs/benchmarks.md).
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable

import networkx as nx
import numpy as np
import pandas as pd

from barrier.networks.communities import communities
from barrier.networks.plain_igraph import igraph
from barrier.networks.settings import shipped_settings

SIZES = (1_000_000, 5_000_000)
FINDINGS = 0.002  # share of things with a finding
LIMIT_S = 60.0


def links(size: int, *, seed: int = 1) -> pd.DataFrame:
    """Return links of parties to things as in a region: most things touch few, some touch thousands."""
    draw = np.random.default_rng(seed)
    parties = draw.integers(0, size // 2, size)
    things = np.minimum((draw.pareto(1.2, size) * size / 200).astype(np.int64), size // 2)
    frame = pd.DataFrame({"source_id": pd.Series(parties).astype("str"), "target_id": pd.Series(things).astype("str")})
    frame["source_id"] = "b" + frame["source_id"]
    frame["target_id"] = "a" + frame["target_id"]
    frame = frame.drop_duplicates(ignore_index=True).assign(kind="LETS")
    hub = frame.groupby("target_id")["source_id"].transform("size").to_numpy()
    return frame.assign(weight=np.minimum(1.0, 6 / np.maximum(hub - 1, 1)), hub=hub)


def _ours(frame: pd.DataFrame) -> int:
    hub = frame.groupby("target_id")["source_id"].transform("size").to_numpy()  # the projection, as in a scan
    weighted = frame.assign(weight=np.minimum(1.0, 6 / np.maximum(hub - 1, 1)))
    things = np.sort(frame["target_id"].unique())
    chosen = np.random.default_rng(2).choice(things, int(len(things) * FINDINGS), replace=False)
    return len(communities(weighted, keep=set(chosen), settings=shipped_settings()))


def _leiden(frame: pd.DataFrame) -> int:
    codes, names = pd.factorize(pd.concat([frame["source_id"], frame["target_id"]]))
    half = len(frame)
    graph = igraph.Graph(n=len(names), edges=np.column_stack([codes[:half], codes[half:]]))
    return len(graph.community_leiden("modularity", n_iterations=2))


def _louvain(frame: pd.DataFrame) -> int:
    graph = nx.Graph(zip(frame["source_id"], frame["target_id"], strict=True))
    return len(nx.community.louvain_communities(graph, seed=1))


WAYS: dict[str, Callable[[pd.DataFrame], int]] = {
    "Barrier": _ours,
    "igraph Leiden": _leiden,
    "NetworkX Louvain": _louvain,
}


def _measured(way: str, frame: pd.DataFrame) -> str:
    """Return the seconds a way takes in a process of its own, or that it was ended after the limit."""
    process = multiprocessing.get_context("fork").Process(target=WAYS[way], args=(frame,))
    begun = time.perf_counter()
    process.start()
    process.join(LIMIT_S)
    if process.is_alive():
        process.terminate()
        process.join()
        return f"over {LIMIT_S:g}, ended"
    if process.exitcode:
        raise SystemExit(f"{way}: exit code {process.exitcode}")
    return f"{time.perf_counter() - begun:.1f}"


def lines(sizes: tuple[int, ...] = SIZES) -> list[str]:
    """Return the rows of the table."""
    found = []
    for size in sizes:
        frame = links(size)
        cells = [_measured(way, frame) for way in WAYS]
        found.append(f"| {len(frame):,} | {' | '.join(cells)} |")
        print(found[-1], flush=True)
    return found


if __name__ == "__main__":
    lines()
