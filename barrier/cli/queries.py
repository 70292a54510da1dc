"""`barrier query`: read-only Cypher, by name, from a file or from standard input.

Rule: a limit that bites is announced; nothing is cut off in silence.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from barrier.analysis.kept import kept_of
from barrier.audit.events import ReadEvent, record
from barrier.cli.options import (
    detector_option,
    emit,
    existing_store,
    json_option,
    needed_purpose,
    opened,
    purpose_text_option,
    store_options,
)
from barrier.cli.output import terminal
from barrier.detect.header import ExploreHeader, Parameter, Value
from barrier.detect.library import Detector, Explore, load_detectors, load_explore
from barrier.detect.sentences import spoken
from barrier.errors import InputError
from barrier.files import read_regular
from barrier.keys import Purpose, keyed_hash
from barrier.model.dates import today
from barrier.printable import visible
from barrier.spreadsheet import csv_text
from barrier.store import Store
from barrier.store.cypher import MOST_CHARACTERS
from barrier.store.guard import ensure_reading, parameters
from barrier.store.limits import Limits, read_limited

_TEXT_IN_QUERY = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_MOST_BYTES = 4 * MOST_CHARACTERS + 4  # what is longer is refused by its characters


@click.command("query")
@click.argument("name", required=False, metavar="NAME|FILE|-")
@click.option("--list", "as_list", is_flag=True, help="List the queries an analyst would start from.")
@click.option("--param", "params", multiple=True, metavar="K=V", help="Value of a $parameter. May be repeated.")
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1), help="Largest number of rows shown.")
@click.option("--timeout", default=60.0, show_default=True, help="Longest time in seconds.")
@click.option("--memory", default=1024, show_default=True, type=click.IntRange(16), help="Most memory in MB.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV on standard output.")
@purpose_text_option
@store_options(required=False)
@detector_option
@json_option
def query_command(
    *,
    name: str | None,
    as_list: bool,
    params: tuple[str, ...],
    limit: int,
    timeout: float,
    memory: int,
    as_csv: bool,
    purpose: str,
    where: str | None,
    user: str,
    folders: tuple[Path, ...],
    as_json: bool,
) -> None:
    r"""Run a read-only Cypher query: a shipped one by NAME (also a detector's), a FILE, or - for standard input.

    Example:
    \b
        barrier query --list
        barrier query signals_by_barrier --store barrier-demo.barrier
        echo "MATCH (a:Address) RETURN a.kind AS kind, count(*) AS n" | barrier query - --store barrier-demo.barrier
    """
    if as_list:
        _list(as_json)
        return
    if name is None or where is None:
        raise click.UsageError("name a query and a --store, or ask for --list")
    purpose = needed_purpose(purpose)
    with opened(existing_store(where), user) as store:
        text, arguments = _query_of(name, dict(_pair(p) for p in params), folders, store)
        limits = Limits(time_s=timeout, memory_mb=memory, rows=limit)
        rows = read_limited(store, text, arguments, limits=limits)
        digest = keyed_hash(text, Purpose.AUDIT)[:16]  # what was typed may name somebody
        named = _named(text, params)
        record(ReadEvent("query", where, Path(name).name, purpose, rows.total, digest, named=named))
    _show(rows.frame, as_csv=as_csv, as_json=as_json)
    if rows.left_out:
        click.echo(f"Note: {rows.left_out:,} of {rows.total:,} rows left out; raise --limit", err=True)


def _named(text: str, params: Iterable[str]) -> tuple[str, ...]:
    """Return what a query asks for by name: values of parameters, also one by one of a list, and texts in it."""
    given = [_pair(p)[1] for p in params]
    written = [re.sub(r"\\(.)", r"\1", found[1:-1]) for found in _TEXT_IN_QUERY.findall(text)]
    return tuple({*given, *(one for value in given for one in value.split("|")), *written})


def _list(as_json: bool) -> None:
    for query in load_explore():
        if as_json:
            emit({"id": query.id, "asks": query.header.asks, "params": list(query.header.params)})
        else:
            click.echo(f"{query.id:24} {query.header.asks}")


def _query_of(name: str, given: dict[str, str], folders: tuple[Path, ...], store: Store) -> tuple[str, dict[str, Any]]:
    if name == "-":
        return _free(_text("query", sys.stdin.buffer.read(_MOST_BYTES)), given)
    if Path(name).is_file():
        return _free(_text(name, read_regular(Path(name), limit=_MOST_BYTES)), given)
    shipped: dict[str, Detector | Explore] = {q.id: q for q in load_detectors(folders)}
    shipped |= {q.id: q for q in load_explore()}
    query = shipped.get(name)
    if query is None:
        raise InputError([f"{name}: no such query or file"], hint="see: barrier query --list; barrier detectors list")
    day = date.fromisoformat(given.pop("at")) if "at" in given else _last_day(store)
    missing = [n for n, p in query.header.params.items() if p.default == "" and not given.get(n)]
    if missing:
        told = [f"{name}: no value for {n}: {query.header.params[n].about}" for n in missing]
        raise InputError(told, hint=f"for example: {_example(query, missing)}")
    return query.query, query.arguments(day, typed(given, query.header.params))


def _last_day(store: Store) -> date:
    """Return the day of the last scan of a store, else today."""
    kept = kept_of(store.terms())
    return (kept.day if kept else None) or today()


def _example(query: Detector | Explore, missing: Sequence[str]) -> str:
    if isinstance(query.header, ExploreHeader):
        return query.header.example
    return f"barrier query {query.id} --store STORE " + " ".join(f"--param {n}=…" for n in missing)


def _text(where: str, content: bytes) -> str:
    if len(content) >= _MOST_BYTES:
        raise InputError([f"{where}: more than {MOST_CHARACTERS:,} characters; expected a query"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError([f"{where}: expected UTF-8 text"]) from error


def _free(text: str, given: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    ensure_reading(text)
    missing = sorted(parameters(text) - set(given))
    if missing:
        raise InputError([f"query: no value for ${', $'.join(missing)}"], hint="give each with --param name=value")
    return text, {k: _guessed(v) for k, v in given.items()}


def typed(given: Mapping[str, str], known: Mapping[str, Parameter]) -> dict[str, Value]:
    """Return values as the type of each parameter's default.

    Raises:
        InputError: A value does not fit.
    """
    return {name: _as(known[name].default, text, name) if name in known else text for name, text in given.items()}


def _as(default: Value, text: str, name: str) -> Value:
    if isinstance(default, list):
        return text.split("|")
    if isinstance(default, str):
        return text
    try:
        return type(default)(text)
    except ValueError as error:
        raise InputError([f"--param {name}: expected a number such as {default}, found {text!r}"]) from error


def _guessed(text: str) -> Value:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise InputError([f"--param {text}: expected name=value"])
    return name.removeprefix("$"), value


def _show(frame: pd.DataFrame, *, as_csv: bool, as_json: bool) -> None:
    if as_json:
        for row in frame.to_dict("records"):
            emit({str(k): v for k, v in row.items()})
    elif as_csv:
        click.echo(csv_text(frame.map(_cell)), nl=False)
    else:
        console = Console(width=None if sys.stdout.isatty() else 200, file=terminal(sys.stdout))
        table = Table(*[escape(visible(str(c))) for c in frame.columns])
        for cells in frame.to_numpy(dtype=object):
            table.add_row(*[Text("" if _missing(v) else visible(spoken(v))) for v in cells])
        console.print(table if len(frame) else "No rows.")


def _cell(value: object) -> object:
    """Return a value as one cell of a CSV: a list as `a|b`, a map as JSON."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return "|".join(str(_cell(v)) for v in value) if isinstance(value, list) else value


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value))
