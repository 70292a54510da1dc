"""Compare our structures of the 12,000 companies with the networks another tool published for them.

It writes docs/reference/company-networks.md: python -m tools.published_networks
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
from sklearn.metrics import adjusted_mutual_info_score, completeness_score, homogeneity_score

from barrier.analysis.analyse import analyse
from barrier.analysis.ruleset import ruleset_of
from barrier.detect.library import load_detectors
from barrier.files import write_private
from barrier.ingest.mapping import read_mapped
from barrier.store.embedded import EmbeddedStore

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "outside" / "data"
MAPPING = ROOT / "fixtures" / "mappings" / "company-grievances.yaml"
PAGE = ROOT / "docs" / "reference" / "company-networks.md"
DAY = date(2024, 1, 1)
KEYS = (b"first key of the comparison", b"second key of the comparison", b"third key of the comparison")
_COMPANY = "company:\n        label: Business\n        id: {prefix: co-, columns: [name"
_ONE_A_ROW = ", address, city, email, {column: phone, required: false}, owner]"


@dataclass(frozen=True)
class Compared:
    """Two ways to put companies into networks.

    Args:
        ours: Network by company name, of ours.
        theirs: Network by company name, of theirs.
        agreement: Adjusted mutual information on the companies that both put in a network.
        homogeneity: 1 where each of our networks holds companies of one of theirs only.
        completeness: 1 where each of their networks lies in one of ours.
    """

    ours: Mapping[str, str]
    theirs: Mapping[str, int]
    agreement: float
    homogeneity: float
    completeness: float

    @property
    def both(self) -> list[str]:
        """Companies in a network of both."""
        return sorted(set(self.ours) & set(self.theirs))


def compare(key: bytes = KEYS[0]) -> Compared:
    """Scan the companies, one node a name as the other tool has it, and compare; ids are hashes with ``key``."""
    published = pd.read_csv(DATA / "company_grievances_entity_table.csv.gz")
    theirs = dict(zip(published["entity_id"], published["network_id"], strict=True))
    ours = _ours(key)
    both = sorted(set(ours) & set(theirs))
    mine, other = [ours[n] for n in both], [theirs[n] for n in both]
    measures = (m(other, mine) for m in (adjusted_mutual_info_score, homogeneity_score, completeness_score))
    agreement, homogeneity, completeness = (float(m) for m in measures)
    return Compared(ours, theirs, agreement, homogeneity, completeness)


def _ours(key: bytes) -> dict[str, str]:
    text = MAPPING.read_text(encoding="utf-8")
    if _COMPANY + _ONE_A_ROW not in text:
        raise SystemExit(f"{MAPPING.name}: the node company changed; mend tools/published_networks.py")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        mapping, key_file = folder / "by-name.yaml", folder / "key"
        mapping.write_text(text.replace(_COMPANY + _ONE_A_ROW, _COMPANY + "]"), encoding="utf-8")
        write_private(key_file, key)
        region = read_mapped(DATA / "company_grievances_input.csv.gz", mapping, key_file=key_file)
        store = EmbeddedStore(folder / "companies.barrier")
        terms = ruleset_of(DAY)
        store.load(region.tables)
        names = store.nodes("Business", ["id", "name"]).set_index("id")["name"].to_dict()
        found = analyse(store, load_detectors(), terms).clusters
    members = {c.id: [names[m["id"]] for m in c.record["members"] if m["id"] in names] for c in found}
    return {name: cluster for cluster, group in members.items() if len(group) > 1 for name in group}


def page(runs: Sequence[Compared]) -> str:
    """Return the page: the first run in figures, the others for how much an arbitrary order matters."""
    found = runs[0]
    both = set(found.both)
    mine, other = Counter(found.ours.values()), Counter(found.theirs.values())
    split = Counter(found.theirs[n] for n in both)
    whole = sum(len({found.ours[n] for n in both if found.theirs[n] == k}) == 1 for k, v in split.items() if v > 1)
    several = sum(v > 1 for v in split.values())
    only_there = len(found.theirs) - len(both)
    spread = ", ".join(f"{r.agreement:.2f}" for r in runs)
    return f"""# Companies: our structures beside published ones

This page is written by `python -m tools.published_networks`.

The 12,000 invented companies of `company_grievances` (see [the outside data](../../tests/outside/README.md)) come with
the networks that another tool published for them. Here the same file is scanned with one node for each company *name*,
as that tool has it (the shipped mapping keeps one node a row: rows with one name differ in owner and address).

| | ours | published |
|---|---|---|
| networks with two companies or more | {len(mine):,} | {len(other):,} |
| companies in them | {len(found.ours):,} | {len(found.theirs):,} |
| median companies a network | {pd.Series(mine).median():g} | {pd.Series(other).median():g} |

Companies that both put in a network: **{len(both):,}**. Agreement on them, by adjusted mutual information (1: the same,
0: as good as chance): **{found.agreement:.2f}**. Homogeneity {found.homogeneity:.2f} (1: each of ours holds companies
of one of theirs), completeness {found.completeness:.2f} (1: each of theirs lies in one of ours). Of the {several:,}
published networks with several of these companies, {whole:,} lie whole in one of ours.

Where they differ, and why:

- **Findings first.** A structure of ours needs findings at two members or more, and reaches three links from a finding.
  The published run puts every company that shares anything in a network: {only_there:,} companies are only there.
- **Names.** The published run also matched similar names by their meaning ("SkyBound Flights", "SkyBound Flightz").
  Ours does not: a similar name ties nobody.
- **Busy things.** There, an address, phone, mail or owner of more than ten companies ties nobody, one of ten ties
  fully. Here it ties less the more it touches (`graphs/networks.yaml`).
- **Size.** There at most 20 companies a network, here at most 30 members, contacts and addresses included. Nearly all
  companies that share anything hang together in one component, so where it is cut decides much, and that depends on
  the order of ids too: with three keys for the hashed ids the agreement is {spread}.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page([compare(key) for key in KEYS]), encoding="utf-8", newline="\n")
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
