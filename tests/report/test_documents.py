"""Documents of a case: sourced sentences, what is missing, two languages, and nothing the reader may not see."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import docx
import pytest

from barrier.detect.library import load_detectors
from barrier.report.documents import Document, Section, Table
from barrier.report.texts import texts
from barrier.report.written import document_bytes, html
from tests.helpers import Results, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(demo: Results, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    store = tmp_path_factory.mktemp("cases") / "demo.barrier"
    shutil.copytree(demo.store, store)
    on = ["--store", str(store), "--at", "2026-09-01"]
    assert run("case", "open", "ring-lender", "--by", "Jansen", *on).exit_code == 0
    assert run("case", "accept", "ring-lender", "wml", "--by", "J", "--reason", "yes", *on[:2]).exit_code == 0
    assert run("case", "reject", "ring-lender", "close_home", "--by", "J", "--reason", "no", *on[:2]).exit_code == 0
    return on


def _made(place: list[str], tmp_path: Path, *more: str, name: str = "d.html") -> str:
    done = run("case", "document", "ring-lender", "--out", str(tmp_path / name), *place, *more)
    assert done.exit_code == 0, done.output
    return (tmp_path / name).read_text(encoding="utf-8")


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    dutch, english = texts("nl"), texts("en")

    assert set(dutch.texts) == set(english.texts)
    gaps = {k: set(re.findall(r"{(\w+)}", v)) for k, v in english.texts.items()}
    assert {k: set(re.findall(r"{(\w+)}", v)) for k, v in dutch.texts.items()} == gaps


def test_every_detector_has_a_dutch_sentence_with_the_facts_of_the_english_one() -> None:
    dutch = texts("nl").facts
    differ = [
        d.id
        for d in load_detectors()
        if set(re.findall(r"{(\w+)", dutch.get(d.id, ""))) != set(re.findall(r"{(\w+)", d.header.says))
    ]

    assert differ == []


def test_every_innocent_explanation_is_there_in_dutch() -> None:
    expected = {(d.id, name) for d in load_detectors() for name in d.header.explanations}

    assert {(d, name) for d, names in texts("nl").explanations.items() for name in names} == expected


def test_each_sentence_of_fact_names_source_grade_and_strength(place: list[str], tmp_path: Path) -> None:
    page = _made(place, tmp_path, "--lang", "en")
    facts = page.split("<h2>Facts</h2>")[1].split("<h2>")[0]
    lines = re.findall(r"<li>(.*?)</li>", facts)

    assert len(lines) > 20
    assert [x for x in lines if not re.search(r"\[source: .+; (seen|implied by registers); \w+\]$", x)] == []
    assert any("betaalt" in x for x in re.findall(r"<li>(.*?)</li>", _made(place, tmp_path, "--lang", "nl")))


def test_missing_facts_have_their_own_section_with_who_can_supply_them(place: list[str], tmp_path: Path) -> None:
    page = _made(place, tmp_path, "--lang", "nl")
    missing = page.split("<h2>Wat ontbreekt</h2>")[1].split("<h2>")[0]

    assert "Klacht van een huurder (vraag: Gemeente meldpunt goed verhuurderschap)" in missing


def test_decisions_stand_in_the_report_and_what_was_rejected_does_not(place: list[str], tmp_path: Path) -> None:
    page = _made(place, tmp_path, "--lang", "nl")

    assert "Inspectie minimumloon en boete" in page
    assert "aanvaard" in page
    assert "Woning sluiten (verstoring openbare orde)" not in page


def test_the_pre_weigh_document_puts_victims_and_routes_before_the_prosecutor(place: list[str], tmp_path: Path) -> None:
    page = _made(place, tmp_path, "--kind", "preweigh", "--lang", "nl")
    order = re.findall(r"<h2>(.*?)</h2>", page)

    assert order[1] == "Vraag aan de officier van justitie"
    assert order.index("Mogelijke slachtoffers") < order.index("Routes naast elkaar") < order.index("Wat ontbreekt")
    assert "heeft zeggenschap over ring-lender" in page


def test_no_resident_stands_in_a_document(place: list[str], tmp_path: Path) -> None:
    page = _made(place, tmp_path, "--kind", "preweigh")

    assert [p for i in range(1, 40) if (p := f"ring-p{i}") in page] == []


def test_a_document_for_a_partner_holds_only_what_that_partner_may_see(place: list[str], tmp_path: Path) -> None:
    everything = _made(place, tmp_path, "--lang", "nl")
    seen = _made(place, tmp_path, "--lang", "nl", "--as", "municipality_housing")

    assert "ring-iban" in everything
    assert "ring-iban" not in seen
    assert "Gemaakt voor: Gemeente toezicht wonen." in seen
    assert "ring-a1" in seen


def test_a_document_for_a_partner_outside_the_covenant_has_pseudonyms_only(place: list[str], tmp_path: Path) -> None:
    seen = _made(place, tmp_path, "--as", "emm")

    assert "x-" in seen
    assert [w for w in ("ring-a1", "ring-lender", "ring-letting", "Vlotwerk") if w in seen] == []


def test_a_partner_that_may_see_nothing_of_a_case_is_told_what_is_told_of_none(
    place: list[str], tmp_path: Path
) -> None:
    out = ["--out", str(tmp_path / "d.html"), "--as", "ggd", *place]
    hidden, unknown = (run("case", "document", name, *out) for name in ("ring-lender", "no-such-thing"))

    assert (hidden.exit_code, hidden.stdout) == (unknown.exit_code, unknown.stdout) == (2, "")
    assert hidden.stderr.replace("ring-lender", "X") == unknown.stderr.replace("no-such-thing", "X")
    assert not (tmp_path / "d.html").exists()


def test_the_docx_says_the_same_as_the_page(place: list[str], tmp_path: Path) -> None:
    page = _made(place, tmp_path, "--lang", "nl")
    run("case", "document", "ring-lender", "--lang", "nl", "--out", str(tmp_path / "d.docx"), *place)
    written = docx.Document(str(tmp_path / "d.docx"))
    text = [p.text for p in written.paragraphs if p.text]
    cells = [c.text for r in written.tables[0].rows for c in r.cells]

    plain = re.sub(r"<[^>]+>", "\n", page)
    assert [t for t in text if t not in plain.replace("&#39;", "'").replace("&amp;", "&")] == []
    assert "Inspectie minimumloon en boete" in cells
    assert [h for h in ("Feiten", "Wat ontbreekt", "Bewaren") if h not in text] == []


def test_a_name_with_markup_is_text_in_the_page() -> None:
    bad = "<img src=x onerror=alert(1)>"
    table = Table((bad,), ((bad,),))
    page = html(Document(bad, bad, "en", (Section(bad, (bad,), (bad,), table),)))

    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"expected a name that ends in \.docx or \.html"):
        document_bytes(Document("x", "x", "en", ()), tmp_path / "x.pdf")


def test_the_agenda_has_a_sheet_for_each_open_case(place: list[str], tmp_path: Path) -> None:
    run("case", "agenda", "--out", str(tmp_path / "a.html"), "--lang", "nl", *place)
    page = (tmp_path / "a.html").read_text(encoding="utf-8")

    assert page.count("conceptadviezen te aanvaarden of af te wijzen") == 1
    assert "Er wacht geen terugkoppeling." in page


def test_the_agenda_of_a_partner_holds_only_what_that_partner_may_see(place: list[str], tmp_path: Path) -> None:
    for partner in ("municipality_housing", "ggd"):
        run("case", "agenda", "--out", str(tmp_path / f"{partner}.html"), "--as", partner, *place)
    housing, health = ((tmp_path / f"{p}.html").read_text(encoding="utf-8") for p in ("municipality_housing", "ggd"))

    assert "ring-a1" in housing
    assert "ring-iban" not in housing
    assert [w for w in ("ring-a1", "ring-iban", "ring-letting", "case-20", "Jansen", "mensen") if w in health] == []
    assert "Geen zaak die u getoond mag worden." in health
    assert "Er wacht geen terugkoppeling." not in health


def test_the_regional_scan_hides_small_counts_and_says_where_nobody_looked(place: list[str], tmp_path: Path) -> None:
    run("regional-scan", "--out", str(tmp_path / "r.html"), "--lang", "en", *place)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    cells = re.findall(r"<td>(.*?)</td>", page)

    assert [c for c in cells if c in {"1", "2", "3", "4"}] == []
    assert "1 to 4" in cells
    assert "Where people live (addresses)" in page
    assert "Where the work or the business is" in page


def test_the_report_holds_every_piece_of_advice_about_a_structure(demo: Results) -> None:
    advice = [json.loads(x) for x in (demo.path / "advice.jsonl").read_text(encoding="utf-8").splitlines()]
    about = [a for a in advice if a["about"]["kind"] == "cluster"]
    first = about[0]["about"]["id"]
    card = demo.report.split(f'id="{first}"')[1].split('<div class="card')[0]
    plan = card.split("<th>Route</th>")[0]

    assert plan.count('<tr><td class="n">') == sum(a["about"]["id"] == first for a in about) == 42
