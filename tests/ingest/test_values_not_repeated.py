"""What stands where a name of a column or a kind belongs: it may be a value, and no message repeats it."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.errors import InputError
from barrier.ingest.region import read_region


def _file(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_a_delivery_without_header_repeats_no_value(region: Path) -> None:
    _file(region, "Contact.csv", b"+31612345678,phone\na@b.nl,email\n")
    _file(region, "Person.csv", b"id,123456782,Jan.Jansen@example.nl,shoe size\np-1,,,\n")

    with pytest.raises(InputError) as error:
        read_region(region)
    assert (
        str(error.value) == "Contact.csv: line 1: expected the columns id; found phone and 1 column with another name"
    )
    (region / "Contact.csv").unlink()
    notes = read_region(region).notes
    assert notes == ("Person.csv: 3 columns that are not in the model (columns 2, 3 and 4): dropped",)


def test_a_value_where_a_kind_belongs_is_not_repeated(region: Path) -> None:
    _file(region, "Signal.csv", b"id,kind\ns-1,+31612345678\ns-2,pigeon\ns-3,a@b.nl\n")

    read = read_region(region)

    assert read.notes[0].startswith(
        "Signal.csv: kind has values no detector knows, kept: pigeon and 2 that are no plain"
    )
    assert len(read.rejected) == 0


@pytest.mark.parametrize("name", ["Fatima El Amrani", "Jansen", "fatima", "Fatima_Amrani", "Jan"])
def test_a_name_in_a_header_is_told_by_its_place(region: Path, name: str) -> None:
    _file(region, "Contact.csv", f"id,kind,{name}\nc-1,phone,\n".encode())
    assert read_region(region).notes[0] == "Contact.csv: 1 column that is not in the model (column 3): dropped"

    _file(region, "Contact.csv", f"{name},x y\n{name},x\n".encode())
    with pytest.raises(InputError, match="expected the columns id; found 2 columns with other names"):
        read_region(region)


def test_a_sentence_where_a_kind_belongs_is_kept_and_not_repeated(region: Path) -> None:
    _file(region, "Signal.csv", b"id,kind\ns-1,Fatima El Amrani zegt dat\ns-2,pigeon\n")

    read = read_region(region)

    assert "Fatima" not in " ".join(read.notes) + read.rejected.to_csv()
    assert read.rows_loaded["Signal"] == 2
