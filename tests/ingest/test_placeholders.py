"""Words that stand for nothing: no contact, key or value; in region folders too; an office may add its own."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from barrier.errors import InputError
from barrier.ingest.alike_ids import HOW
from barrier.ingest.placeholders import placeholders_of, shipped_placeholders
from barrier.ingest.region import Region, read_region
from barrier.model.rules import RuleFile, Rules
from tests.helpers import run
from tests.ingest.mapped import mapped, rows

REASON = "stands for nothing (a word of graphs/placeholders.yaml)"


@pytest.mark.parametrize(
    ("text", "anywhere", "as_key"),
    [
        ("geen", True, True),
        ("  N.v.T. ", True, True),
        ("'(Onbekend)'", True, True),
        ("\u200bnvt", True, True),
        ("--", True, True),
        ("?", True, True),
        ("#N/A", True, True),
        ("0000000000", False, True),
        ("+31 (0)6 0000 0000", False, True),
        ("NL00 BANK 0000 0000 00", False, True),
        ("x", False, True),
        ("geen@geen.nl", False, True),
        ("0", False, True),
        ("Geenstraat", False, False),
        ("0612345678", False, False),
        ("1000000", False, False),
        ("kade@veld.example", False, False),
        ("", False, False),
    ],
)
def test_what_stands_for_nothing_is_known_in_every_spelling(text: str, anywhere: bool, as_key: bool) -> None:
    words = shipped_placeholders()

    assert words.stands_for_nothing(text) is anywhere
    assert words.stands_for_nothing(text, whole_key=True) is as_key
    assert (text in words.ids(pa.chunked_array([[text]], pa.string()), "Contact").to_pylist()) is as_key
    assert (text in words.ids(pa.chunked_array([[text]], pa.string()), "Address").to_pylist()) is anywhere


def _region(folder: Path) -> Path:
    (folder / "Contact.csv").write_text("id,kind\ngeen,phone\n0000000000,phone\nc-1,phone\ngeen@geen.nl,email\n")
    (folder / "Business.csv").write_text("id\nb1\nonbekend\n")
    (folder / "Address.csv").write_text("id,kind\na1,unknown\nn.v.t.,unknown\n")
    (folder / "REACHED_AT.csv").write_text("source_id,target_id\nb1,geen\nb1,c-1\nb1,0000000000\nb1,c-2\n")
    return folder


def _told(read: Region) -> list[tuple[object, ...]]:
    return [tuple(r) for r in read.rejected[["file", "line", "reason"]].to_numpy().tolist()]


def test_nodes_with_such_an_id_are_set_aside_with_their_links_and_listed_values_stay(region: Path) -> None:
    read = read_region(_region(region))

    assert rows(read, "Contact", "id") == [("c-1",)]
    assert rows(read, "Business", "id") == [("b1",)]
    assert rows(read, "Address", "id", "kind") == [("a1", "unknown")]
    assert _told(read) == [
        ("Address.csv", 3, REASON),
        ("Business.csv", 3, REASON),
        ("Contact.csv", 2, REASON),
        ("Contact.csv", 3, REASON),
        ("Contact.csv", 5, REASON),
        ("REACHED_AT.csv", 2, f"there is no Contact with this id: it {REASON}"),
        ("REACHED_AT.csv", 4, f"there is no Contact with this id: it {REASON}"),
        ("REACHED_AT.csv", 5, "there is no Contact with this id; deliver it too, or take this row out"),
    ]


def test_an_office_adds_words_of_its_own_and_takes_some_back(tmp_path: Path) -> None:
    text = "format: 1\nwords: ['Zie Dossier']\nvalues: [geen]\n"
    words = placeholders_of(Rules((RuleFile("placeholders.yaml", text),)))

    assert words.stands_for_nothing("zie  dossier")
    assert not words.stands_for_nothing("geen")
    assert words.digest != shipped_placeholders().digest
    with pytest.raises(InputError, match="not a regular expression"):
        placeholders_of(Rules((RuleFile("placeholders.yaml", "format: 1\npatterns: ['(']\n"),)))


def test_the_words_of_an_office_count_in_a_scan_also_in_the_next_one(region: Path, tmp_path: Path) -> None:
    for old in region.glob("*.csv"):
        old.unlink()
    (region / "Business.csv").write_text("id\nb1\nzie-dossier\n")
    rules = tmp_path / "rules"
    rules.mkdir(mode=0o755)
    (rules / "placeholders.yaml").write_text("format: 1\nwords: [zie-dossier]\n")
    arguments = ["scan", str(region), "--out", str(tmp_path / "out"), "--purpose", "test", "--at", "2026-09-01"]

    assert run(*arguments).exit_code == 0
    assert run("check", str(region), "--rules", str(rules)).exit_code == 2
    assert run(*arguments, "--rules", str(rules)).exit_code == 2
    assert run(*arguments).exit_code == 0


def test_a_word_that_a_mapping_translates_is_a_value_and_protection_is_never_taken_for_nothing(tmp_path: Path) -> None:
    read = mapped(
        tmp_path,
        {"a.csv": "nr,soort,geheim\n1,onbekend,\n2,geen,\n3,unknown,geen\n4,unknown,\n"},
        """
  - file: a.csv
    nodes:
      a:
        label: Address
        id: {prefix: a-, columns: [nr]}
        properties:
          kind: {column: soort, values: {Onbekend: dwelling, unknown: unknown}}
          protected: {column: geheim}
""",
    )

    assert rows(read, "Address", "id", "kind") == [("a-1", "dwelling"), ("a-2", None), ("a-4", "unknown")]
    assert read.withheld == 1


def test_ids_that_look_the_same_are_told_and_kept_apart(region: Path) -> None:
    (region / "Person.csv").write_text("id\np1\nP1\nande\u0301\nand\u00e9\np2\n", encoding="utf-8")
    (region / "Address.csv").write_text("id\na1\n")
    text = "source_id,target_id\np1,a1\nP2,a1\np\u200b2,a1\np9,a1\n"
    (region / "STAYS_AT.csv").write_text(text, encoding="utf-8")

    read = read_region(region)

    assert read.rows_loaded["Person"] == 5
    only = f"only in {HOW}"
    told = f"Person.csv: 4 ids differ from another one {only}, such as lines 2 and 3"
    assert f"{told}: kept apart; where they are one, write it alike in all rows" in read.notes
    none = "there is no Person with this id"
    assert _told(read) == [
        (
            "STAYS_AT.csv",
            3,
            f"{none}, but one that differs {only}; write it alike in both files",
        ),
        (
            "STAYS_AT.csv",
            4,
            f"{none}, but one that differs {only}; write it alike in both files",
        ),
        ("STAYS_AT.csv", 5, f"{none}; deliver it too, or take this row out"),
    ]
