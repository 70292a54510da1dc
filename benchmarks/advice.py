"""How long advice takes: a thousand clusters of the bundled region.

Run as: python -m benchmarks.advice (it prints the line that `make bench` puts into docs/benchmarks.md).
"""

from __future__ import annotations

import time
from datetime import date

from barrier import resources
from barrier.advise.plan import Setting, plan_for
from barrier.advise.plans import dossiers
from barrier.advise.powers import shipped_powers
from barrier.analysis.analyse import analyse
from barrier.analysis.ruleset import ruleset_of
from barrier.detect.library import load_detectors
from barrier.ingest.region import read_region
from barrier.model.barriers import load_model
from barrier.store.embedded import EmbeddedStore

DAY = date(2026, 9, 1)
CLUSTERS = 1000


def line() -> str:
    """Return how long plans for a thousand clusters take, records included."""
    store = EmbeddedStore.in_memory(read_region(resources.fixtures() / "demo").tables)
    setting = Setting(DAY, load_model("five-barriers"), shipped_powers())
    found = analyse(store, load_detectors(), ruleset_of(DAY))
    known = [
        d for d in dossiers(store, found.findings, found.clusters, found.occupancy, setting) if d.kind == "cluster"
    ]
    begun = time.perf_counter()
    pieces = sum(len(plan_for(known[i % len(known)], setting).records(setting.powers)) for i in range(CLUSTERS))
    seconds = time.perf_counter() - begun
    return f"Plans for {CLUSTERS:,} clusters ({pieces:,} pieces of advice): {seconds:.1f} s."


if __name__ == "__main__":
    print(line())
