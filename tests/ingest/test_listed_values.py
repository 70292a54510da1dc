"""Values of closed lists and lists in a cell, in other spellings; words for nothing in typed and text columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.ingest.placeholders import placeholders_of
from barrier.ingest.region import Region, read_region
from barrier.model.rules import RuleFile, Rules

OTHER_LIMIT = "with a number of persons in other words, read as max_persons=N"
OTHER_SIGN = "with a comma or semicolon where | parts values: read as several values"
UNREAD_LIMIT = (
    "with a number of persons that cannot be read: such a licence is taken to allow nobody; expected max_persons=8"
)
KEPT = "with a comma or semicolon and words that are in no list: kept as one value; write | between values"


def _read(folder: Path, **files: str) -> Region:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_region(folder)


def _column(read: Region, label: str, name: str) -> list[object]:
    found: list[object] = read.tables.table(label).column(name).to_pylist()
    return found


def _conditions(folder: Path, *cells: str) -> Region:
    rows = "".join(f"l{i}\t{cell}\n" for i, cell in enumerate(cells))
    return _read(folder, Licence=f"id\tconditions\n{rows}")


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("kind", "Dwelling", "dwelling"),
        ("kind", " LODGING\u200b", "lodging"),
        ("kind", "Unknown", "unknown"),
        ("municipality", "gm0344", "GM0344"),
        ("municipality", "GM 0344", "GM0344"),
        ("municipality", "\u00a0GM0344 ", "GM0344"),
    ],
)
def test_case_and_blanks_of_a_closed_list_mean_nothing(tmp_path: Path, name: str, written: str, value: str) -> None:
    read = _read(tmp_path, Address=f"id,{name}\na1,{written}\n")

    assert _column(read, "Address", name) == [value]
    assert (len(read.rejected), read.notes) == (0, ())


@pytest.mark.parametrize(("name", "written"), [("kind", "woning"), ("municipality", "GM344"), ("municipality", "NL")])
def test_what_is_not_surely_in_a_closed_list_is_set_aside(tmp_path: Path, name: str, written: str) -> None:
    assert len(_read(tmp_path, Address=f"id,{name}\na1,{written}\n").rejected) == 1


@pytest.mark.parametrize(
    ("written", "form"), [("BV", "bv"), ("B.V.", "bv"), ("v.o.f.", "vof"), ("Stichting", "stichting")]
)
def test_a_legal_form_is_known_by_its_letters(tmp_path: Path, written: str, form: str) -> None:
    read = _read(tmp_path, Business=f"id,legal_form\nb1,{written}\n")

    assert (_column(read, "Business", "legal_form"), read.notes) == ([form], ())


def test_a_word_for_nothing_is_no_value_in_any_column(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        Address="id,municipality,kind,area_m2,rooms\na1,onbekend,n.v.t.,onbekend,-\na2,GM0344,dwelling,80,3\n",
        Business="id,name,started,ended\nb1,Onbekend,n.v.t.,onbekend\nb2,Nieuw Onbekend BV,2020-01-01,\n",
        Signal="id,kind,origin\ns1,nuisance,onbekend\ns2,nuisance,onbekend\n",
    )

    assert len(read.rejected) == 0
    assert [_column(read, "Address", c)[0] for c in ("municipality", "kind", "area_m2", "rooms")] == [None] * 4
    assert [_column(read, "Business", c)[0] for c in ("name", "started", "ended")] == [None] * 3
    assert _column(read, "Business", "name")[1] == "Nieuw Onbekend BV"
    assert _column(read, "Signal", "origin") == [None, None]
    assert "Address.csv: area_m2: 1 row with a word that stands for nothing: no area_m2 (line 2)" in read.notes
    assert "Signal.csv: origin: 2 rows with a word that stands for nothing: no origin (lines 2, 3)" in read.notes


def test_a_word_for_nothing_never_says_that_somebody_is_not_protected(tmp_path: Path) -> None:
    read = _read(tmp_path, Person="id,protected\np1,onbekend\np2,false\n")

    assert _column(read, "Person", "id") == ["p2"]
    assert not [n for n in read.notes if "stands for nothing" in n]


def test_a_value_of_a_list_is_one_though_an_office_calls_it_nothing(tmp_path: Path) -> None:
    words = placeholders_of(Rules((RuleFile("placeholders.yaml", "format: 1\nwords: [bv, zie dossier]\n"),)))
    (tmp_path / "Business.csv").write_text("id,legal_form,name\nb1,BV,zie dossier\n", encoding="utf-8")

    read = read_region(tmp_path, words=words)

    assert (_column(read, "Business", "legal_form"), _column(read, "Business", "name")) == (["bv"], [None])


def test_a_number_of_persons_in_other_words_is_read_and_told(tmp_path: Path) -> None:
    read = _conditions(tmp_path, "max-persons=8", "max. 6 pers.|snf", "max_persons=4", "8 personen; SNF")

    assert _column(read, "Licence", "conditions") == [
        ["max_persons=8"],
        ["max_persons=6", "snf"],
        ["max_persons=4"],
        ["max_persons=8", "snf"],
    ]
    assert read.notes == (
        f"Licence.csv: conditions: 3 rows {OTHER_LIMIT} (lines 2, 3, 5)",
        f"Licence.csv: conditions: 1 row {OTHER_SIGN} (line 5)",
    )


def test_a_number_of_persons_that_cannot_be_read_is_a_limit_and_told_with_its_line(tmp_path: Path) -> None:
    read = _conditions(tmp_path, "snf", "12 bedden", "8|snf")

    assert _column(read, "Licence", "conditions") == [
        ["snf"],
        ["12 bedden", "max_persons"],
        ["8", "max_persons", "snf"],
    ]
    assert read.notes == (f"Licence.csv: conditions: 2 rows {UNREAD_LIMIT} (lines 3, 4)",)


@pytest.mark.parametrize(
    ("cell", "purposes"),
    [
        ("woonfunctie;logiesfunctie", ["woonfunctie", "logiesfunctie"]),
        ("Woonfunctie, Overige gebruiksfunctie", ["woonfunctie", "overige gebruiksfunctie"]),
        ("woonfunctie||celfunctie|", ["woonfunctie", "celfunctie"]),
        ("woonfunctie | onbekend|celfunctie", ["woonfunctie", "celfunctie"]),
        ("|", None),
        ("woonfunctie;onbekend", ["woonfunctie"]),
        ("['woonfunctie', 'celfunctie']", ["woonfunctie", "celfunctie"]),
        ('["woonfunctie","Celfunctie"]', ["woonfunctie", "celfunctie"]),
        ("['woonfunctie' 'celfunctie']", ["woonfunctie", "celfunctie"]),
        ('{woonfunctie,"overige gebruiksfunctie"}', ["woonfunctie", "overige gebruiksfunctie"]),
        ("[]", None),
    ],
)
def test_a_list_is_its_values_whatever_stands_between_them(
    tmp_path: Path, cell: str, purposes: list[str] | None
) -> None:
    quoted = cell.replace('"', '""')
    read = _read(tmp_path, Address=f'id\tpurposes\na1\t"{quoted}"\n')

    assert _column(read, "Address", "purposes") == [purposes]
    assert not [n for n in read.notes if "no detector knows" in n]


def test_what_may_be_several_values_and_is_in_no_list_is_kept_and_told(tmp_path: Path) -> None:
    read = _read(tmp_path, Address="id\tpurposes\na1\twoonfunctie\na2\twoonfunctie;loods\n")

    assert _column(read, "Address", "purposes") == [["woonfunctie"], ["woonfunctie;loods"]]
    assert read.notes == (f"Address.csv: purposes: 1 row {KEPT} (line 3)",)


@pytest.mark.parametrize(
    "text", ["78201", "78.20.1", "7820 1", "SBI 78201", "sbi-78201", "SBI: 78.20.1", " 78201 ", "78201.0"]
)
def test_a_code_of_activities_is_its_digits(tmp_path: Path, text: str) -> None:
    read = _read(tmp_path, Business=f"id\tsbi\nb1\t{text}\n")

    assert (_column(read, "Business", "sbi"), read.notes) == (["78201"], ())


@pytest.mark.parametrize("text", ["078201", "78201|4120", "78201, 4120", "7"])
def test_what_is_no_code_of_activities_is_kept_and_told(tmp_path: Path, text: str) -> None:
    read = _read(tmp_path, Business=f"id\tsbi\nb1\t78201\nb2\t{text}\n")

    no_code = "with what is no code of 2 to 5 digits: kept as it stands, and no rule knows it; give each row one code"
    assert _column(read, "Business", "sbi") == ["78201", text]
    assert read.notes == (f"Business.csv: sbi: 1 row {no_code} (line 3)",)


def test_a_code_with_its_words_is_the_code_and_told(tmp_path: Path) -> None:
    read = _read(tmp_path, Business="id\tsbi\nb1\t78201 - Uitzendbureaus\n")

    assert _column(read, "Business", "sbi") == ["78201"]
    assert read.notes == ("Business.csv: sbi: 1 row with words behind the code: read as the code alone (line 2)",)


def test_a_birth_year_after_the_extract_is_set_aside_and_one_of_zeros_is_not_known(tmp_path: Path) -> None:
    years = ("2026", "2027", "0", "0000", "1900-01-01", "2020")
    (tmp_path / "region.yaml").write_text("name: T\nextract_date: 2026-09-01\n", encoding="utf-8")

    read = _read(tmp_path, Person="id,birth_year\n" + "".join(f"p{i},{y}\n" for i, y in enumerate(years)))

    assert _column(read, "Person", "birth_year") == [2026, None, None, 2020]
    assert read.rejected[["line", "reason"]].to_numpy().tolist() == [
        [3, "after 2026, the year of the extract"],
        [6, "not a number; expected the year alone, as 1985"],
    ]
    assert (
        "Person.csv: birth_year: 2 rows with a word that stands for nothing: no birth_year (lines 4, 5)" in read.notes
    )


def test_a_contact_of_which_the_kind_is_another_one_is_told(tmp_path: Path) -> None:
    values = (
        "kade@veld.example,phone\nNL91ABNA0417164300,email\n06-12345678,Phone\nveld.example,correspondence\nc-1,iban\n"
    )

    read = _read(tmp_path, Contact="id,kind\n" + values)

    other = "with another kind than that of the id, which is a value in clear: kept; write the kind it is"
    assert f"Contact.csv: kind: 2 rows {other} (lines 2, 3)" in read.notes
