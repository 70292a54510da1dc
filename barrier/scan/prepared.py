"""What the end of a scan needs and its detectors do not: got ready while they search, for a store needs no Python then.

Rule: results never depend on it; nothing in it comes from what this scan finds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from barrier.advise.powers import Powers, powers_of
from barrier.advise.sharing import Sharing, sharing_of
from barrier.audit.events import lost_readings
from barrier.errors import DamagedError, InputError
from barrier.files import read_regular
from barrier.history.folder import Scan, is_result, read_scan
from barrier.model.rules import Rules
from barrier.printable import parsed_json
from barrier.report.charts import import_charts
from barrier.report.page import page_template
from barrier.results.snapshot import addresses_of, history_folder


@dataclass(frozen=True)
class Prepared:
    """What was got ready.

    Args:
        previous: What the last scan into the same folder found; None where there is none that can be compared.
        powers: What partners can do.
        sharing: Who may see what.
        warnings: What is damaged in the last results, where they are; what is missing from the log of readings.
    """

    previous: Scan | None
    powers: Powers
    sharing: Sharing
    warnings: tuple[str, ...] = ()


def prepare(out: Path, store: str, rules: Rules) -> Prepared:
    """Read the last results and the powers, and compile the page of the report.

    Args:
        out: Folder of the results.
        store: The store, which keeps snapshots.
        rules: What applies on top of the shipped rules.

    Raises:
        InputError: A file with powers or gates is wrong.
    """
    previous, damage = _previous(out, store)
    found = Prepared(previous, powers_of(rules), sharing_of(rules), (*damage, *lost_readings(store)))
    page_template()
    if found.previous is not None:
        import_charts()
    return found


def check_audience(out: Path, view: str) -> None:
    """Refuse a folder with results for somebody else: it may have been handed out, or is about to be.

    Args:
        out: Folder of the results.
        view: The partner they are for; empty where they hold everything.

    Raises:
        InputError: There are results for another partner, or for nobody in particular.
    """
    try:
        there = parsed_json(read_regular(out / "scan.json", within=out)).get("view", "")
    except (OSError, ValueError, AttributeError, InputError):
        return
    if there != view:
        whose, ours = (f"partner {v}" if v else "no partner (everything)" for v in (there, view))
        hint = "name a folder of its own for each partner, and one for everything"
        raise InputError([f"{out}: holds results for {whose}, not for {ours}"], hint=hint)


def prepared_again(found: Prepared, out: Path, store: str) -> Prepared:
    """Return what was got ready, with the last results as they are after something was erased from them."""
    previous, damage = _previous(out, store)
    return replace(found, previous=previous, warnings=(*damage, *lost_readings(store)))


def _previous(out: Path, store: str) -> tuple[Scan | None, tuple[str, ...]]:
    """Return what the last scan found, or None where there is none that can be compared, and what is damaged in it.

    Results made for a partner are none: what they did not hold would show as new.
    """
    history = history_folder(store)
    record = out / "scan.json"
    if not record.is_file():
        lost = f"the last results are not compared with: {record}: is missing: lost, or removed by hand"
        return None, (lost,) if is_result(out) else ()
    try:
        found = read_scan(out, lambda record: addresses_of(record, history))
    except DamagedError as error:
        return None, (f"the last results are not compared with: {error}",)
    except InputError:
        return None, ()
    return (None if found.record.get("view") else found), ()
