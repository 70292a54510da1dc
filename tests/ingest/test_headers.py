"""What says that a row is secret is read however its column is called, or the table is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barrier.errors import InputError
from barrier.ingest.region import Region, read_region
from barrier.ingest.secrecy import header_form, means_secrecy
from tests.helpers import run

SECRET = "p-secret-55121"


def _read(region: Path, header: str, flag: str = "true", table: str = "Person") -> Region:
    text = f"id,{header}\n{SECRET},{flag}\np-2,\n"
    (region / f"{table}.csv").write_text(text, encoding="utf-8")
    return read_region(region)


SPELLINGS = (
    "PROTECTED",
    "Protected",
    "protected\u00a0\u200b",
    "\u200bprotected",
    "pro\u200dtec\u00adted",
    "\ufeffprotected",
    "\uff30\uff32otected",
    "protécted",
    "[protected]",
    "'protected'",
    "geheim",
    "Geheim",
    "indicatie_geheim",
    "Indicatie geheim",
    "indicatie-geheim",
    "is_protected",
    "isProtected",
    "secrecy",
    "geheimhouding",
    "afgeschermd",
    "beschermd",
    "07.70.10",
)


@pytest.mark.parametrize("table", ["Person", "Address"])
@pytest.mark.parametrize("header", SPELLINGS)
def test_secrecy_in_another_spelling_is_read_as_secrecy_and_told(region: Path, header: str, table: str) -> None:
    read = _read(region, header, table=table)

    assert read.tables.table(table).column("id").to_pylist() == ["p-2"]
    assert read.withheld == 1
    assert any("is read as protected" in note for note in read.notes)


@pytest.mark.parametrize("flag", ["7", "J", "ja", "x", "true", "1", "geheim", "?", "false\u200b"])
def test_whatever_is_no_plain_no_protects(region: Path, flag: str) -> None:
    read = _read(region, "indicatie_geheim", flag)

    assert read.tables.table("Person").column("id").to_pylist() == ["p-2"]
    assert len(read.rejected) == 0


def test_cells_that_are_neither_yes_nor_no_are_counted_in_a_note(region: Path) -> None:
    assert any("protected: 1 cell is neither yes nor no" in n for n in _read(region, "protected", "misschien").notes)
    assert not any("neither yes nor no" in n for n in _read(region, "protected", "ja").notes)


@pytest.mark.parametrize("flag", ["", "0", "nee", "N", "no", "false", "f", "-", " "])
@pytest.mark.parametrize("header", ["indicatie_geheim", "protected"])
def test_a_plain_no_is_a_no_and_sets_nothing_aside(region: Path, header: str, flag: str) -> None:
    read = _read(region, header, flag)

    assert read.tables.table("Person").column("id").to_pylist() == [SECRET, "p-2"]
    assert len(read.rejected) == 0


@pytest.mark.parametrize(
    "header",
    [
        "protection_level",
        "onbeschermd",
        "geheim_sinds",
        "shelter",
        "in_opvang",
        "witness",
        "getuige",
        "confidentiality",
        "vertrouwelijkheid",
        "prtoected",
        "protected (j/n)",
    ],
)
def test_a_column_that_may_say_what_is_secret_is_never_left_out(region: Path, header: str) -> None:
    with pytest.raises(InputError, match=r"Person.csv: line 1: column .* may say what is secret") as refused:
        _read(region, header)
    assert refused.value.hint is not None
    assert "call it protected" in refused.value.hint


@pytest.mark.parametrize(
    "header",
    [
        *("Schuiladres", "Safehouse", "blijf-van-mijn-lijf", "onderduikadres", "veilig adres", "niet tonen"),
        *("do not share", "adres verborgen", "privacy-aanduiding", "geanonimiseerd? anoniem", "niet verstrekken"),
    ],
)
def test_a_header_that_may_be_about_secrecy_is_never_left_out_unread(region: Path, header: str) -> None:
    with pytest.raises(InputError, match="may say what is secret, and nothing reads it"):
        _read(region, header, table="Address")


@pytest.mark.parametrize("header", ["Verstrekkingsbeperking", "VTB", "anoniem", "indicatie verstrekkingsbeperking"])
def test_the_registers_words_for_not_handing_out_protect(region: Path, header: str) -> None:
    assert _read(region, header, flag="ja").withheld == 1


@pytest.mark.parametrize(
    "cell", ["geheim", "GEHEIM ADRES", "let op: Blijf van mijn lijf", "adres niet tonen aan derden"]
)
@pytest.mark.parametrize("table", ["Person", "Address"])
def test_a_word_for_secrecy_in_a_column_that_nothing_reads_refuses_the_table(
    region: Path, table: str, cell: str
) -> None:
    with pytest.raises(InputError, match=r"column 2: 1 cell says that something is secret") as refused:
        _read(region, "bijzonderheden", flag=cell, table=table)
    assert cell not in str(refused.value)
    assert "call it protected" in str(refused.value.hint)


@pytest.mark.parametrize(
    "cell",
    [
        *("niet  tonen", "niet\u00a0tonen", "gehéim", "gehe\u00adim", "safe-house", "verstrekkings-beperking"),
        *("Blijf van m\u2019n lijf", "beschermd (adres)", "BLIJFHUIS", "opvanglocatie", "vrouwen opvang"),
        *("schuil adres", "getuige bescherming", "NIET DELEN", "anoniem", " secret", "sheltered", "VTB"),
    ],
)
def test_a_text_is_read_as_headers_are(region: Path, cell: str) -> None:
    with pytest.raises(InputError, match="column 2: 1 cell says that something is secret"):
        _read(region, "bijzonderheden", flag=cell, table="Address")


@pytest.mark.parametrize(
    "cell",
    [
        *("beschermd stadsgezicht", "Lage Heimweg 3", "kinderopvang De Bij", "secretaris", "anonieme bv"),
        *("g\u00e9\u00e9n", "afgeschoten"),
    ],
)
def test_what_only_resembles_a_word_for_secrecy_refuses_nothing(region: Path, cell: str) -> None:
    assert _read(region, "bijzonderheden", flag=cell, table="Address").withheld == 0


@pytest.mark.parametrize(
    "header",
    [
        *("geh.ind", "vertr", "Verstr.bep", "Beperking verstrekking", "Code verstrekking", "private"),
        *("bewaken_beveiligen", "Niet openbaar", "Mag niet gedeeld", "geen inzage", "dreiging", "slachtoffer"),
        *("embargo", "blokkering", "gevoelig", "restricted"),
    ],
)
def test_the_registers_headers_about_secrecy_are_refused(region: Path, header: str) -> None:
    with pytest.raises(InputError, match="may say what is secret, and nothing reads it"):
        _read(region, header)


def test_the_number_of_secrecy_in_a_register_is_known_by_its_end(region: Path) -> None:
    assert _read(region, "GBA_70_10", flag="7").withheld == 1


@pytest.mark.parametrize("header", ["adres_geheim", "Geheim adres", "geheim_ja_nee", "schuiladres", "verborgen"])
@pytest.mark.parametrize("table", ["REGISTERED_AT", "Business"])
def test_a_header_that_may_mean_secrecy_is_refused_in_every_table(region: Path, table: str, header: str) -> None:
    ends = "source_id,target_id" if table == "REGISTERED_AT" else "id,sbi"
    (region / f"{table}.csv").write_text(f"{ends},{header}\nx-1,x-2,J\n", encoding="utf-8")

    with pytest.raises(InputError, match=rf"{table}.csv: line 1: column 3 may say what is secret") as refused:
        read_region(region)
    assert "say what is secret in Person and Address, as protected" in str(refused.value.hint)


@pytest.mark.parametrize("table", ["REGISTERED_AT", "Business"])
def test_a_text_about_secrecy_is_refused_in_every_table(region: Path, table: str) -> None:
    ends = "source_id,target_id" if table == "REGISTERED_AT" else "id,sbi"
    (region / f"{table}.csv").write_text(f"{ends},opmerking\nx-1,x-2,GEHEIM ADRES\n", encoding="utf-8")

    with pytest.raises(InputError, match="column 3: 1 cell says that something is secret"):
        read_region(region)


@pytest.mark.parametrize("header", ["kinderopvang", "secretaris", "dreiging", "slachtoffers", "datum_verstrekking"])
def test_an_ordinary_word_of_a_table_without_persons_is_no_secrecy(region: Path, header: str) -> None:
    (region / "Business.csv").write_text(f"id,{header}\nb-1,ja\n", encoding="utf-8")

    assert read_region(region).tables.table("Business").num_rows == 1


@pytest.mark.parametrize("header", ["qzxverborgen", "jansengeheim"])
def test_a_header_that_holds_a_value_is_told_by_its_place(region: Path, header: str) -> None:
    with pytest.raises(InputError, match="line 1: column 2 may say what is secret") as refused:
        _read(region, header)
    assert header not in str(refused.value)


def test_ordinary_words_in_a_column_that_nothing_reads_refuse_nothing(region: Path) -> None:
    assert _read(region, "bijzonderheden", flag="hoekhuis met schuur", table="Address").withheld == 0


@pytest.mark.parametrize("headers", ["protected,Protected", "protected,geheim", "birth_year,Birth Year", "note,NOTE"])
def test_two_columns_that_are_one_are_refused(region: Path, headers: str) -> None:
    with pytest.raises(InputError, match="are one and the same"):
        _read(region, headers, "true,")


def test_secrecy_in_another_table_is_refused(region: Path) -> None:
    (region / "Business.csv").write_text("id,geheim\nb-1,ja\n", encoding="utf-8")

    with pytest.raises(InputError, match="Business.csv: line 1: column geheim may say what is secret"):
        read_region(region)


def test_every_column_is_read_in_another_spelling_and_that_is_told(region: Path) -> None:
    (region / "Person.csv").write_text("ID,Birth-Year\np-1,1990\n", encoding="utf-8")

    read = read_region(region)

    assert read.tables.table("Person").column("birth_year").to_pylist() == [1990]
    assert "Person.csv: column Birth-Year is read as birth_year" in read.notes


@given(
    st.lists(st.sampled_from(["\u200b", "\u00ad", "\ufeff", "\u0301", "\u200f", "\x1f", ""]), min_size=10, max_size=10)
)
def test_marks_that_nobody_sees_make_no_other_header(marks: list[str]) -> None:
    spelled = "".join(m + c for m, c in zip(marks, "Protected ", strict=True))

    assert header_form(spelled) == "protected"
    assert means_secrecy(spelled)


@pytest.mark.parametrize("header", ["Protected", "indicatie_geheim", "\u200bprotected"])
def test_a_scan_keeps_persons_out_whose_secrecy_is_called_otherwise(tmp_path: Path, header: str) -> None:
    region = tmp_path / "region"
    region.mkdir()
    people = "".join(f"p{i},1990,{'7' if i < 4 else ''}\n" for i in range(1, 9))
    homes = "".join(f"p{i},a1,2024-01-01,,residence\n" for i in range(1, 7))
    (region / "Person.csv").write_text(f"id,birth_year,{header}\n{people}", encoding="utf-8")
    (region / "Address.csv").write_text("id,municipality,kind,area_m2\na1,GM9001,dwelling,90\n", encoding="utf-8")
    (region / "REGISTERED_AT.csv").write_text(f"source_id,target_id,from,until,function\n{homes}", encoding="utf-8")

    done = run("scan", str(region), "--out", str(tmp_path / "out"), "--at", "2026-09-01", "--purpose", "test")

    assert done.exit_code == 0, done.output
    assert "3 protected persons and addresses were left out" in done.output
    findings = (tmp_path / "out" / "findings.jsonl").read_text(encoding="utf-8")
    assert not any(f'"p{i}"' in findings for i in (1, 2, 3))
