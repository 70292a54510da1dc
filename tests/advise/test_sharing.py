"""Who may see what: every gate in both directions, expiry, and nothing derived from what is hidden."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barrier import resources
from barrier.advise.powers import shipped_powers
from barrier.advise.sharing import Gate, Viewer, sharing_of, shipped_sharing
from barrier.disclosure.partner_view import view_of
from barrier.errors import InputError
from barrier.ingest.region import read_region
from barrier.model.rules import delivered_rules
from barrier.store.tables import GraphTables
from tests.helpers import Results, run

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 24)


def _viewer(partner: str, **more: Any) -> Viewer:
    given = {"day": TODAY, "sharing": shipped_sharing(), "partners": shipped_powers().partners, **more}
    return Viewer(partner, **given)


# gate, kind of data, holder, who sees it and how, who does not (the other way round or just outside)
GATES = [
    ("covenant_riec", "signal", "labour_inspectorate", "riec", "open", "ggd"),
    ("covenant_care", "signal", "ggd", "care_coordinator", "open", "police"),
    ("covenant_minors", "arrival", "nidos", "coa", "open", "police"),
    ("non_signatory", "signal", "police", "emm", "anonymised", "bank"),
    ("intelligence", "signal", "police_intelligence", "police", "open", "riec"),
    ("home_workers", "advert", "police", "municipality_licensing", "open", "tax"),
    ("care_outward", "signal", "fairwork", "fairwork", "open", "police"),
    ("ubo_municipality", "control", "chamber_of_commerce", "chamber_of_commerce", "open", "municipality_housing"),
    ("ubo_authorities", "control", "chamber_of_commerce", "tax", "open", "ind"),
    ("money_municipality", "money", "tax", "police", "open", "municipality_housing"),
    ("trade_public", "trade", "chamber_of_commerce", "ggd", "open", ""),
    ("land_public", "ownership", "land_registry", "police", "open", "ggd"),
    ("within_municipality", "stay", "municipality_housing", "social_support", "open", "housing_corporation"),
    ("within_police", "signal", "police_supervision", "prosecution", "open", "notary"),
    ("minors_safety_house", "arrival", "ind", "riec", "open", "safety_house"),
    ("reporter_hidden", "signal", "housing_corporation", "municipality_housing", "source_hidden", "tax"),
    ("fire_to_municipality", "signal", "fire_brigade", "municipality_housing", "open", "tax"),
    ("fire_reads", "registration", "civil_registry", "fire_brigade", "open", "food_authority"),
]


@pytest.mark.parametrize(("gate", "data", "holder", "to", "seen", "not_to"), GATES, ids=[g[0] for g in GATES])
def test_a_gate_opens_one_way_and_not_the_other(
    gate: str, data: str, holder: str, to: str, seen: str, not_to: str
) -> None:
    assert _viewer(to).state(data, holder) == seen
    if not_to:
        assert _viewer(not_to).state(data, holder) == "hidden"


REGIMES = {
    # gate, regime, holder, who sees the fact, who does not although every gate between partners is open
    "regime_police_data": ("wpg", "police", "municipality_housing", "accountant"),
    "regime_secrecy": ("secrecy", "ggd", "ggd", "police"),
    "regime_secrecy_care": ("secrecy", "ggd", "care_coordinator", "police"),
    "regime_partnership": ("wgs", "municipality_housing", "mayor", "coa"),
    "regime_partnership_members": ("wgs", "riec", "mayor", "fire_brigade"),
}


@pytest.mark.parametrize("gate", REGIMES)
def test_the_law_of_a_fact_goes_with_it(gate: str) -> None:
    regime, holder, sees, sees_not = REGIMES[gate]
    everything = shipped_sharing().model_copy(
        update={"gates": (_open_to_all(), *(g for g in shipped_sharing().gates if g.regime))}
    )

    assert _viewer(sees, sharing=everything).state("signal", holder, regime) == "open"
    assert _viewer(sees_not, sharing=everything).state("signal", holder, "gdpr") == "open"
    assert _viewer(sees_not, sharing=everything).state("signal", holder, regime) == "hidden"


def _open_to_all() -> Gate:
    given = {"id": "all", "data": ["*"], "from": ["*"], "to": ["*"], "condition": "open", "purpose": "", "source": ""}
    return Gate.model_validate(given)


def test_of_gate_and_law_the_stricter_decides_whichever_it_is() -> None:
    law = _open_to_all().model_copy(update={"id": "law", "regime": "wgs", "condition": "anonymised"})
    closed = _open_to_all().model_copy(update={"condition": "never"})
    states = [
        _viewer("tax", sharing=shipped_sharing().model_copy(update={"gates": gates})).state("signal", "police", "wgs")
        for gates in ((closed, law), (_open_to_all(), law))
    ]

    assert states == ["hidden", "anonymised"]


def test_the_law_of_a_fact_never_opens_what_a_gate_closes() -> None:
    assert _viewer("riec").state("signal", "police_intelligence", "wgs") == "hidden"
    assert _viewer("tax").state("advert", "police", "wgs") == "hidden"


def test_every_shipped_gate_has_a_test() -> None:
    tested = {g[0] for g in GATES} | {"intelligence_police", "police_during_case", "justice_during_case"} | set(REGIMES)

    assert tested == {g.id for g in shipped_sharing().gates}


def test_police_signals_are_withheld_from_the_municipality_during_an_investigation() -> None:
    assert _viewer("municipality_housing").state("signal", "police") == "open"
    assert _viewer("municipality_housing", investigation=True).state("signal", "police") == "hidden"
    assert _viewer("prosecution", investigation=True).state("signal", "police") == "open"


def test_investigators_of_labour_withhold_theirs_during_an_investigation() -> None:
    assert _viewer("riec").state("signal", "labour_investigation") == "open"
    assert _viewer("riec", investigation=True).state("signal", "labour_investigation") == "hidden"


def test_case_intelligence_never_reaches_the_centre_whatever_else_is_open() -> None:
    for data in ("signal", "advert", "stay", "money"):
        assert _viewer("riec", consent=True).state(data, "police_intelligence") == "hidden"


def test_care_shares_outward_with_consent_only() -> None:
    assert _viewer("police").state("signal", "ggd") == "hidden"
    assert _viewer("police", consent=True).state("signal", "ggd") == "open"


def test_a_covenant_holds_until_the_day_before_it_expires() -> None:
    last = shipped_sharing().covenants["riec"].expires

    assert _viewer("tax", day=date(2027, 12, 30)).state("signal", "labour_inspectorate") == "open"
    assert last == date(2027, 12, 31)
    assert _viewer("tax", day=last).state("signal", "labour_inspectorate") == "hidden"


def test_today_is_the_day_in_the_netherlands_not_the_day_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    import datetime as clock

    from barrier.model import dates

    class Late(clock.datetime):
        @classmethod
        def now(cls, tz: clock.tzinfo | None = None) -> Late:  # 23:30 in Greenwich is the next day here
            moment = clock.datetime(2027, 12, 30, 23, 30, tzinfo=clock.UTC).astimezone(tz)
            return cls(*moment.timetuple()[:6])

    monkeypatch.setattr(dates, "datetime", Late)

    assert dates.today() == date(2027, 12, 31)


def test_case_an_inspectorate_that_did_not_sign_sees_pseudonyms_and_one_that_signed_sees_all(tmp_path: Path) -> None:
    members = [m for m in shipped_sharing().covenants["riec"].members if m != "labour_inspectorate"]
    covenant = {"name": "Oost-Nederland", "expires": "2027-12-31", "members": members}
    gate = {"id": "outside", "data": ["*"], "from": ["police"], "to": ["labour_inspectorate"]}
    more = {"condition": "anonymised", "purpose": "x", "source": "case Arnhem A3"}
    (tmp_path / "partners").mkdir()
    data = {"format": 1, "covenants": {"riec": covenant}, "gates": [{**gate, **more}]}
    (tmp_path / "partners" / "sharing-oost.yaml").write_text(json.dumps(data))
    outside = _viewer("labour_inspectorate", sharing=sharing_of(delivered_rules(tmp_path)))

    assert outside.state("signal", "police") == "anonymised"
    assert _viewer("labour_inspectorate").state("signal", "police") == "open"


_GATE = {"id": "g", "data": ["*"], "condition": "open", "purpose": "x", "source": "x"}


@pytest.mark.parametrize(
    ("gate", "problem"),
    [
        ({**_GATE, "from": ["ghost"], "to": ["tax"]}, "gate g: unknown partner ghost"),
        ({**_GATE, "covenant": "none"}, "gate g: unknown covenant none"),
        (_GATE, "gate g: expected from and to, or a covenant"),
        ({**_GATE, "id": "trade_public", "from": ["tax"], "to": ["ggd"]}, "gate stands twice: trade_public"),
    ],
)
def test_a_wrong_gate_is_refused_with_its_name(gate: dict[str, Any], problem: str, tmp_path: Path) -> None:
    (tmp_path / "partners").mkdir()
    (tmp_path / "partners" / "sharing-x.yaml").write_text(json.dumps({"format": 1, "gates": [gate]}))

    with pytest.raises(InputError) as error:
        sharing_of(delivered_rules(tmp_path))
    assert problem in str(error.value)


@pytest.fixture(scope="module")
def demo_tables() -> GraphTables:
    return read_region(resources.fixtures() / "demo").tables


def _hidden_signals(tables: GraphTables, viewer: Viewer) -> list[str]:
    table = tables.table("Signal")
    rows = zip(*(table.column(c).to_pylist() for c in ("id", "kind", "holder")), strict=True)
    kinds = viewer.sharing.signals
    return [i for i, kind, holder in rows if viewer.state(kinds.get(kind, "signal"), holder or "riec") == "hidden"]


def _without_signals(tables: GraphTables, gone: set[str]) -> GraphTables:
    def kept(values: list[str]) -> pa.Array:
        return pa.array([v not in gone for v in values])

    signals = tables.table("Signal")
    nodes = {**tables.nodes, "Signal": signals.filter(kept(signals.column("id").to_pylist()))}
    concerns = tables.links["CONCERNS"]
    links = {**tables.links, "CONCERNS": concerns.filter(kept(concerns.table.column("source_id").to_pylist()))}
    return replace(tables, nodes=nodes, links=links)


@pytest.mark.parametrize("partner", ["tax", "police", "ggd", "municipality_housing", "emm", "fire_brigade", "bank"])
def test_nothing_of_a_hidden_signal_reaches_a_partner(partner: str, demo_tables: GraphTables) -> None:
    viewer = _viewer(partner)
    hidden = _hidden_signals(demo_tables, viewer)
    seen = view_of(demo_tables, viewer).tables

    assert hidden, "the demo region holds signals this partner may not see"
    assert set(hidden) & set(seen.table("Signal").column("id").to_pylist()) == set()
    assert set(hidden) & set(seen.table("CONCERNS").column("source_id").to_pylist()) == set()


@settings(max_examples=25)
@given(data=st.data())
def test_the_view_does_not_change_with_what_is_hidden(data: st.DataObject) -> None:
    tables = read_region(resources.fixtures() / "demo").tables
    viewer = _viewer(data.draw(st.sampled_from(["tax", "police", "ggd", "municipality_housing", "fire_brigade"])))
    hidden = _hidden_signals(tables, viewer)
    gone = set(data.draw(st.lists(st.sampled_from(hidden), unique=True)))

    assert (
        view_of(_without_signals(tables, gone), viewer).tables.fingerprint == view_of(tables, viewer).tables.fingerprint
    )


def test_links_of_a_hidden_source_are_gone_from_every_layer(demo_tables: GraphTables) -> None:
    seen = view_of(demo_tables, _viewer("municipality_housing")).tables

    assert demo_tables.table("PAID_TO").num_rows > 0
    assert seen.table("PAID_TO").num_rows == 0
    assert seen.table("CONTROLS").num_rows == 0
    assert seen.table("REGISTERED_AT").num_rows == demo_tables.table("REGISTERED_AT").num_rows


def _scanned_as(partner: str, out: Path, *more: str) -> Results:
    done = run("scan", str(resources.fixtures() / "demo"), "--as", partner, "--out", str(out), *more)
    assert done.exit_code == 0, done.output
    return Results(out)


def test_a_scan_as_a_partner_leaves_no_trace_of_the_rest(tmp_path: Path, demo: Results) -> None:
    seen = _scanned_as("municipality_housing", tmp_path / "seen")
    everything = "".join(p.read_text(encoding="utf-8") for p in seen.path.rglob("*") if p.is_file())

    assert demo.by("wages_to_one_account") != []
    assert seen.by("wages_to_one_account") == []
    assert "ring-iban" not in everything
    assert seen.scan["withheld"] == 0
    assert "PAID_TO" not in seen.scan["rows_read"]
    assert seen.scan["warnings"] == []  # there are no results before


def test_ids_seen_anonymously_are_pseudonyms_and_the_same_each_time(tmp_path: Path) -> None:
    first, second = (_scanned_as("emm", tmp_path / name) for name in ("one", "two"))
    text = (first.path / "findings.jsonl").read_text(encoding="utf-8")

    assert first.findings
    assert text == (second.path / "findings.jsonl").read_text(encoding="utf-8")
    assert [w for w in ("ring-", "camp-", "tied-") if w in text] == []
    assert {f["subject"]["id"][:2] for f in first.findings if f["subject"]["label"] != "Coverage"} == {"x-"}


def test_two_partners_get_different_pseudonyms(demo_tables: GraphTables) -> None:
    one, two = (view_of(demo_tables, _viewer(p)).tables.table("Business").column("id") for p in ("emm", "coa"))

    assert set(one.to_pylist()) & set(two.to_pylist()) == set()


def test_a_hidden_source_is_withheld_and_one_origin_still_counts_once(demo_tables: GraphTables) -> None:
    signals = demo_tables.table("Signal")
    ours = pa.array(["housing_corporation"] * signals.num_rows)
    changed = signals.set_column(signals.column_names.index("holder"), "holder", ours)
    tables = replace(demo_tables, nodes={**demo_tables.nodes, "Signal": changed})
    seen = view_of(tables, _viewer("municipality_housing")).tables.table("Signal")

    assert {h[:9] for h in seen.column("holder").to_pylist()} == {"withheld-"}
    assert "housing_corporation" not in str(seen.to_pylist())
    kept = set(seen.column("id").to_pylist())
    rows = zip(signals.column("id").to_pylist(), signals.column("origin").to_pylist(), strict=True)
    before = [o for i, o in rows if o and i in kept]
    after = [o for o in seen.column("origin").to_pylist() if o]
    assert len(set(after)) == len(set(before))
    assert np.all([o.startswith("withheld-") for o in after])


def test_networks_and_advice_of_a_store_are_seen_as_a_partner_too(demo: Results) -> None:
    place = ["--store", str(demo.store), "--at", "2026-09-01", "--as", "municipality_housing"]
    listed = run("networks", "list", *place).stdout
    advised = run("advise", "--json", *place).stdout

    assert "ring-iban" not in listed + advised
    assert "wages_to_one_account" not in advised


def test_an_unknown_partner_is_refused_with_those_there_are(demo: Results) -> None:
    done = run("advise", "--store", str(demo.store), "--at", "2026-09-01", "--as", "nobody")

    assert done.exit_code == 2
    assert "nobody: no such partner" in done.stderr
    assert "housing_corporation" in done.stderr


def test_among_equally_specific_gates_the_strictest_decides(tmp_path: Path) -> None:
    both = {"data": ["letting"], "from": ["municipality"], "to": ["bank"], "purpose": "x", "source": "x"}
    gates = [{**both, "id": "loose", "condition": "open"}, {**both, "id": "strict", "condition": "never"}]
    (tmp_path / "partners").mkdir()
    (tmp_path / "partners" / "sharing-x.yaml").write_text(json.dumps({"format": 1, "gates": gates}))
    bank = _viewer("bank", sharing=sharing_of(delivered_rules(tmp_path)))

    assert bank.state("letting", "municipality_housing") == "hidden"


def test_a_folder_with_everything_takes_no_view_and_the_other_way_round(tmp_path: Path) -> None:
    region, out, theirs = str(resources.fixtures() / "demo"), tmp_path / "out", tmp_path / "theirs"
    run("scan", region, "--out", str(out))
    into_all = run("scan", region, "--as", "municipality_housing", "--out", str(out))
    seen = _scanned_as("municipality_housing", theirs)
    into_theirs = run("scan", region, "--out", str(theirs))

    assert (into_all.exit_code, into_theirs.exit_code) == (2, 2)
    assert "holds results for no partner (everything), not for partner municipality_housing" in into_all.stderr
    assert "holds results for partner municipality_housing" in into_theirs.stderr
    assert "Since last time" not in seen.report


def test_a_view_by_other_gates_does_not_tell_what_they_change(tmp_path: Path) -> None:
    _scanned_as("municipality_housing", tmp_path / "out")

    assert "Since last time" not in _scanned_as("municipality_housing", tmp_path / "out", "--investigation").report
