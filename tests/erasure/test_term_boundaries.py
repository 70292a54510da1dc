"""Terms at their boundaries: the day before, the day itself, the day after."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from barrier.analysis.detector_cases import Case, case_tables
from barrier.casework.cases import By
from barrier.casework.database import CaseDatabase
from barrier.casework.terms import Extensions, shipped_terms
from barrier.erasure import retention
from barrier.erasure.past_term import Without, without_past
from barrier.errors import InputError
from barrier.history.snapshots import Snapshot
from barrier.model.yamlfile import validate
from barrier.store.embedded import EmbeddedStore
from barrier.store.tables import GraphTables

DAY = date(2026, 9, 1)
YEAR = 365


def _graph(**graph: Any) -> GraphTables:
    return case_tables(validate({"name": "case", "hits": [], **graph}, Case, where="case"))


def _left(tables: GraphTables, **more: Any) -> Without:
    return without_past(tables, DAY, {}, **more)


@pytest.mark.parametrize(("expires", "gone"), [("2026-08-31", True), ("2026-09-01", True), ("2026-09-02", False)])
def test_a_signal_is_past_its_term_from_the_day_it_expires(expires: str, gone: bool) -> None:
    signal = {"kind": "nuisance", "barrier": "housing", "holder": "police", "expires": expires}
    tables = _graph(nodes={"Address": ["a1"], "Signal": {"s1": signal}}, links=[["s1", "CONCERNS", "a1"]])

    assert _left(tables).signals.to_pylist() == ["s1"] * gone


@pytest.mark.parametrize(("ended", "gone"), [("2025-08-31", 1), ("2025-09-01", 1), ("2025-09-02", 0)])
def test_a_link_is_past_its_term_so_many_days_after_it_ended(ended: str, gone: int) -> None:
    tables = _graph(
        nodes={"Person": ["p1"], "Address": ["a1"]}, links=[["p1", "REGISTERED_AT", "a1", {"until": ended}]]
    )

    assert _left(tables, links_days=YEAR).links == gone


class _Kept(Snapshot):
    """A snapshot with one finding that expires on a day."""

    expires = "2099-01-01"

    @property
    def findings(self) -> pd.DataFrame:
        return pd.DataFrame({"record": [json.dumps({"expires": self.expires})]})


def _past(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> retention.Past:
    store = EmbeddedStore.in_memory(_graph(nodes={"Address": ["a1"]}, links=[]))
    monkeypatch.setattr(retention, "snapshots", lambda _folder: [snapshot])
    monkeypatch.setattr(retention, "history_folder", lambda _name: Path())
    return retention.past_terms(store, shipped_terms(), DAY, {})


@pytest.mark.parametrize(("more", "old"), [(-1, 0), (0, 1), (1, 1)])
def test_a_snapshot_is_past_its_term_on_the_day_it_is_so_old(
    more: int, old: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = DAY - timedelta(days=shipped_terms().snapshots_days + more)

    assert len(_past(_Kept(Path(f"{day}-abc")), monkeypatch).snapshots) == old


@pytest.mark.parametrize(("expires", "bare"), [("2026-08-31", 1), ("2026-09-01", 1), ("2026-09-02", 0), ("", 0)])
def test_a_finding_has_expired_from_the_day_it_expires(
    expires: str, bare: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = _Kept(Path("2026-08-30-abc"))
    snapshot.expires = expires

    assert len(_past(snapshot, monkeypatch).expired) == bare


@pytest.mark.parametrize(("more", "refused"), [(0, True), (1, False), ("most", False), ("beyond", True)])
def test_a_term_is_extended_by_a_day_at_least_and_by_no_more_than_allowed(
    more: int | str, refused: bool, tmp_path: Path
) -> None:
    most = shipped_terms().extension_days
    days = {"most": most, "beyond": most + 1}.get(str(more), more)
    terms = Extensions(CaseDatabase(tmp_path / "cases.sqlite"), shipped_terms())
    by = By("De Wit", "account", "still needed")

    def extend() -> None:
        terms.extend("s1", DAY + timedelta(days=int(days)), by, ends=DAY, today=DAY)

    if refused:
        with pytest.raises(InputError, match="expected a day after 2026-09-01"):
            extend()
    else:
        extend()
    assert ("s1" in terms.until()) is not refused
