"""What an analyst would write instead: overcrowded addresses and who lets them, with pandas and NetworkX.

Run as: python -m benchmarks.plain_script REGION DAY. It reads the same files, counts who is registered or seen at
each address on the day, compares with 12 m2 a person, and groups landlords and overcrowded addresses into
components. No unknown dates, no permits, no explanations, no other detectors, no report.
"""

from __future__ import annotations

import sys
from pathlib import Path

import networkx as nx
import pandas as pd


def overcrowded(region: Path, day: str) -> tuple[pd.DataFrame, int]:
    """Return the overcrowded addresses, and the number of components of landlords and such addresses."""
    addresses = pd.read_csv(region / "Address.csv")
    registered = pd.read_csv(region / "REGISTERED_AT.csv")
    seen = pd.read_csv(region / "STAYS_AT.csv")
    owners = pd.read_csv(region / "OWNS.csv")
    registered = registered[registered["function"] == "residence"]
    rows = pd.concat([registered, seen], ignore_index=True)
    at = pd.Timestamp(day)
    begun = pd.to_datetime(rows["from"], errors="coerce") <= at
    lasting = rows["until"].isna() | (pd.to_datetime(rows["until"], errors="coerce") > at)
    people = rows[begun & lasting].groupby("target_id")["source_id"].nunique()
    table = addresses.set_index("id").assign(people=people).dropna(subset=["people"])
    full = table[(table["kind"] == "dwelling") & (table["area_m2"] >= 10) & (table["area_m2"] / table["people"] < 12)]
    graph = nx.Graph()
    here = owners[owners["target_id"].isin(full.index)]
    graph.add_edges_from(zip(here["source_id"], here["target_id"], strict=True))
    return full, nx.number_connected_components(graph)


if __name__ == "__main__":
    found, components = overcrowded(Path(sys.argv[1]), sys.argv[2])
    print(f"{len(found)} overcrowded addresses, {components} components")
