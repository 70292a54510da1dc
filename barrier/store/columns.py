"""The graph of an embedded store as columns on the disk: one Arrow file for each label and relationship type.

Rule: the next scan reads them as often as it needs, so reading is next to free; size comes second. They are as in
memory, and a file never changes: it is mapped, not copied.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from barrier.model.schema import schema
from barrier.printable import parsed_json
from barrier.store.codes import NONE, Ends
from barrier.store.tables import GraphTables, LinkTable, empty_links
from barrier.store.unread import ALL_READ, Unread, unread_of

IDS = "ids"
UNREAD = "unread"
COLUMNS = "arrow"  # folder in a generation; another format gets another name
_opened = pa.memory_map if os.name == "posix" else pa.OSFile  # elsewhere, what is mapped cannot be removed


def write_columns(tables: GraphTables, folder: Path) -> None:
    """Write every table of a graph, of links with the labels and numbers of both ends, the ids, and what is not in it.

    Args:
        tables: The graph.
        folder: Where; it is there.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    codes = tables.codes()
    write_mapped(_file(folder, UNREAD), pa.table({"told": [tables.unread.as_text()]}))
    write_mapped(_file(folder, IDS), pa.table({"id": codes.ids}))
    for name, table in tables.all_tables().items():
        if name in schema().relationships:
            links = tables.links.get(name) or empty_links(name)
            write_mapped(_file(folder, name), _with_ends(links, codes.ends.get(name, NONE)).combine_chunks())
        else:
            write_mapped(_file(folder, name), table.combine_chunks())


def _with_ends(links: LinkTable, codes: Ends) -> pa.Table:
    labelled = links.table.append_column("source_label", links.source_labels)
    labelled = labelled.append_column("target_label", links.target_labels)
    return labelled.append_column("source_code", pa.array(codes[0])).append_column("target_code", pa.array(codes[1]))


def write_mapped(file: Path, rows: pa.Table) -> None:
    """Write a table as it is in memory.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows)


def read_mapped(file: Path) -> pa.Table:
    """Return a table that was written by `write_mapped`.

    Raises:
        OSError: It cannot be read.
        pa.ArrowInvalid: The file is damaged.
    """
    with _opened(str(file)) as source:
        table = pa.ipc.open_file(source).read_all()
    table.validate()
    return table


def columns_file(name: str) -> str:
    """Return the file of a label or relationship type, as a path in a generation."""
    return f"{COLUMNS}/{name}.arrow"


def read_columns(file: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the columns that were written of a label or relationship type.

    Args:
        file: Where they were written.
        columns: Those wanted, in this order; default all.

    Raises:
        OSError: They cannot be read.
        KeyError: A column is not there.
        pa.ArrowInvalid: The file is damaged.
    """
    table = read_mapped(file)
    return table if columns is None else table.select(list(columns))


def read_unread(checked: Callable[[str], Path], folder: Path) -> Unread:
    """Return what is not in a graph; nothing where a version before this one wrote the columns.

    Args:
        checked: Gives a file of the generation, once it is known to be as it was written.
        folder: The generation.
    """
    name = columns_file(UNREAD)
    if not (folder / name).is_file():
        return ALL_READ
    return unread_of(parsed_json(str(read_columns(checked(name)).column("told")[0])))


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.arrow"
