"""What the end of a scan needs and its detectors do not: got ready while they search, for a store needs no Python then.

Rule: results never depend on it; nothing in it comes from what this scan finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from barrier.advise.powers import Powers, region_powers
from barrier.advise.sharing import Sharing, region_sharing
from barrier.errors import InputError
from barrier.history.folder import Scan, read_scan
from barrier.report.charts import import_charts
from barrier.report.page import page_template
from barrier.scan.keeping import addresses_of, history_folder


@dataclass(frozen=True)
class Prepared:
    """What was got ready.

    Args:
        previous: What the last scan into the same folder found; None where there is none that can be compared.
        powers: What partners can do.
        sharing: Who may see what.
    """

    previous: Scan | None
    powers: Powers
    sharing: Sharing


def prepare(out: Path, store: str, region: Path, *, view: str) -> Prepared:
    """Read the last results and the powers, and compile the page of the report.

    Args:
        out: Folder of the results.
        store: The store, which keeps snapshots.
        region: Folder of the region.
        view: Partner whose view is wanted; empty where it is all.

    Raises:
        InputError: A file of the region with powers or sharing rules is wrong.
    """
    found = Prepared(_previous(out, store, view), region_powers(region), region_sharing(region))
    page_template()
    if found.previous is not None:
        import_charts()
    return found


def _previous(out: Path, store: str, view: str) -> Scan | None:
    """Return what the last scan found, or None where there is none that can be compared.

    Results that another partner sees, or nobody in particular, are none: what they held would show as gone.
    """
    history = history_folder(store)
    try:
        found = read_scan(out, lambda record: addresses_of(record, history)) if (out / "scan.json").is_file() else None
    except InputError:
        return None
    return found if found is not None and found.record.get("view", "") == view else None
