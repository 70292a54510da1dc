"""Bombs of real size, and workbooks: refused in bounded memory, which is that of a process of its own."""

from __future__ import annotations

import gzip
import io
import resource
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from barrier.errors import InputError
from barrier.ingest.sheets import delivered_table

pytestmark = pytest.mark.slow


def _file(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


# One real one of each, in a process of its own: the peak of its memory is what counts.


def _gz_3_gb(folder: Path) -> None:
    block = gzip.compress(b"p-0000001,1980\n" * (1 << 22))
    _file(folder, "Person.csv.gz", gzip.compress(b"id,birth_year\n") + block * 50)


def _dictionary_40_gb(folder: Path) -> None:
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 8_000, pa.int32()), pa.array(["x" * 5_000_000]))
    pq.write_table(
        pa.table({"id": pa.array([str(i) for i in range(8_000)]), "name": text}), folder / "Business.parquet"
    )


def _long_values_in_3_million_rows(folder: Path) -> None:
    values = pa.array([str(i).zfill(4) * 1_000 for i in range(1_000)])
    text = pa.DictionaryArray.from_arrays(pa.array([i % 1_000 for i in range(3_000_000)], pa.int32()), values)
    pq.write_table(pa.table({"id": text, "name": text}), folder / "Business.parquet")


def _columns(folder: Path) -> None:
    _file(folder, "Person.csv", b"id," + b",".join(b"c%d" % i for i in range(300_000)) + b"\n1\n")


def _cell_of_a_gigabyte(folder: Path) -> None:
    with (folder / "Business.csv").open("wb") as file:
        file.write(b"id,name\nb-1,")
        for _ in range(1_000):
            file.write(b"x" * 1_000_000)
        file.write(b"\n")


def _commas(folder: Path) -> None:
    _file(folder, "Person.csv", b"id,birth_year\np-1,1980\n" + b"," * 300_000_000)


def _quotes(folder: Path) -> None:
    _file(folder, "Person.csv", b"id,birth_year\n" + b'"' * 20_000_000)


@pytest.mark.parametrize(
    "bomb",
    [_gz_3_gb, _dictionary_40_gb, _long_values_in_3_million_rows, _columns, _cell_of_a_gigabyte, _commas, _quotes],
    ids=lambda bomb: bomb.__name__.strip("_"),
)
def test_a_real_bomb_is_refused_quickly_and_in_bounded_memory(region: Path, bomb: object) -> None:
    assert callable(bomb)
    bomb(region)

    seconds, peak_mb, done = _measured("check", str(region))

    assert done.returncode == 2
    assert "at most" in done.stderr
    assert "Traceback" not in done.stderr
    assert peak_mb < 2_500
    assert seconds < 60  # a hang, not a speed: the figures are in the decision page


def _measured(*command: str) -> tuple[float, float, subprocess.CompletedProcess[str]]:
    code = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run([sys.executable, '-m', 'barrier.cli', *sys.argv[1:]])\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        "sys.exit(done.returncode)\n"
    )
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=False)
    return time.monotonic() - start, int(done.stdout.split()[-1]) / 1024, done


SHEET = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{}</sheetData></worksheet>"
)


def _workbook(folder: Path, inside: str, *, size: int = 0) -> Path:
    """Write a workbook whose one sheet holds what is given, and so many spaces."""
    plain = io.BytesIO()
    openpyxl.Workbook().save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(folder / "t.xlsx", "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            if name != "xl/worksheets/sheet1.xml":
                made.writestr(name, source.read(name))
            else:
                with made.open(name, "w", force_zip64=True) as out:
                    start, end = SHEET.split("{}")
                    out.write((start + inside).encode())
                    for _ in range(size >> 20):
                        out.write(b"<!--" + b" " * ((1 << 20) - 7) + b"-->")
                    out.write(end.encode())
    return folder / "t.xlsx"


FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def test_a_sheet_of_two_cells_as_far_apart_as_can_be_ends_its_own_process_only(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at most"):
        delivered_table(_workbook(tmp_path, FAR))


def test_a_workbook_of_half_a_gigabyte_is_read_in_bounded_memory(tmp_path: Path) -> None:
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="inlineStr"><is><t>id{i}</t></is></c></row>' for i in range(1, 4))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    rows = delivered_table(_workbook(tmp_path, cells, size=1 << 29)).table.to_pandas()

    assert rows["id1"].tolist() == ["id2", "id3"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"id\n1\n"], ids=["empty", "cut", "a CSV"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match="t.xlsx: not a spreadsheet that can be read"):
        delivered_table(_file(tmp_path, "t.xlsx", content))
