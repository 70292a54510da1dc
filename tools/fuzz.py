"""Give the readers broken tables, mappings, YAML files and options, at random, and see whether anything breaks on them.

Run: python -m tools.fuzz --times 20000 --seed 1. Exit code 1 where a command crashed, counted wrong or showed a value.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import click
import yaml
from click.testing import CliRunner
from pydantic import BaseModel

from barrier import resources
from barrier.advise.powers import Powers
from barrier.advise.sharing import Sharing
from barrier.casework.terms import Terms
from barrier.cli.main import main as barrier
from barrier.errors import BarrierError, MiscountError
from barrier.ingest.folder import RegionConfig
from barrier.ingest.lists import read_list
from barrier.ingest.mapping import read_mapped
from barrier.ingest.mapping_file import MappingFile
from barrier.ingest.placeholders import PlaceholderFile
from barrier.ingest.region import Region, read_region
from barrier.model.barriers import BarrierModel
from barrier.model.norms import Norms
from barrier.model.schema import Schema
from barrier.model.yamlfile import parse_yaml
from barrier.networks.settings import KnownHubs, NetworkSettings
from barrier.report.texts import Texts
from barrier.schedule.alerts import Alerts
from tools.fuzz_counts import list_miscounted, region_miscounted, told_wrongly
from tools.spoil import ODD, csv_bytes, spoilt_rows, spoilt_text, spoilt_tree, write

SECRET = "Qzxverborgen"  # stands in columns that nobody may see
CODES = (0, 2, 3, 10)
_TABLES: dict[str, list[list[Any]]] = {
    "Person": [["id", "birth_year", "protected", "name"], ["p-1", 1980, False, SECRET], ["p-2", None, True, SECRET]],
    "Address": [
        ["id", "kind", "area_m2", "purposes"],
        ["a-1", "dwelling", 80.5, "wonen|winkel"],
        ["a-2", None, 1250, None],
    ],
    "REGISTERED_AT": [
        ["source_id", "target_id", "from", "until", "function"],
        ["p-1", "a-1", "2020-01-01", None, "residence"],
        ["p-2", "a-2", "2020-05-00", "9999-12-31", "residence"],
        ["p-1", None, "2024-01-01", None, None],
    ],
    "Business": [["id", "name", "sbi", "started", "staff"], ["b-1", 'Zon "7", bv', "0781", "2001-02-03", 5]],
}
_FLAT: list[list[Any]] = [
    ["zaak", "kvk", "straat", "nr", "ingang", "einde", "tel", "geheim", "naam"],
    ["z-1", "01234567", "Kade", "1", "3-2-2020", "31-12-2024", "06-12345678", "nee", SECRET],
    ["z-2", "12345678", "Kade", "2", "1-1-2021", None, "geen", "ja", SECRET],
]
_MAPPING: dict[str, Any] = {
    "format": 1,
    "about": "Licences.",
    "region": {"name": "Veldstad", "purpose": "test"},
    "sources": [
        {
            "file": "zaken.*",
            "where": [{"column": "zaak", "filled": True}],
            "nodes": {
                "licence": {
                    "label": "Licence",
                    "id": {"prefix": "lic-", "columns": ["zaak"]},
                    "properties": {
                        "kind": {"value": "room_letting"},
                        "valid_from": {"column": "ingang", "format": ["d-m-yyyy"]},
                        "valid_until": {"column": "einde", "format": "d-m-yyyy", "until": "inclusive"},
                    },
                },
                "firm": {"label": "Business", "id": {"prefix": "kvk-", "columns": ["kvk"], "width": 8}},
                "place": {
                    "label": "Address",
                    "id": {"prefix": "a-", "columns": ["straat", {"column": "nr", "required": False}]},
                    "properties": {"protected": {"column": "geheim"}},
                },
                "phone": {
                    "label": "Contact",
                    "id": {"prefix": "tel-", "columns": ["tel"], "hash": True},
                    "properties": {"kind": {"value": "phone"}},
                },
            },
            "links": [
                {"type": "FOR_PREMISES", "source": "licence", "target": "place"},
                {"type": "REACHED_AT", "source": "firm", "target": "phone"},
            ],
        }
    ],
}
_RULES = (
    ("norms/nl.yaml", "norms/town.yaml"),
    ("partners/nl.yaml", "partners/town.yaml"),
    ("models/five-barriers.yaml", "models/ours.yaml"),
    *((name, name) for name in ("known-hubs.yaml", "networks.yaml", "placeholders.yaml")),
)
_CONTEXT = click.Context(barrier)
_MODELS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("graphs/schema.yaml", Schema),
    ("graphs/placeholders.yaml", PlaceholderFile),
    ("graphs/retention.yaml", Terms),
    ("graphs/networks.yaml", NetworkSettings),
    ("graphs/known-hubs.yaml", KnownHubs),
    ("graphs/norms/nl.yaml", Norms),
    ("graphs/partners/nl.yaml", Powers),
    ("graphs/partners/sharing-nl.yaml", Sharing),
    ("graphs/models/five-barriers.yaml", BarrierModel),
    ("graphs/texts/nl.yaml", Texts),
    ("fixtures/alerts.yaml", Alerts),
    ("fixtures/demo/region.yaml", RegionConfig),
    *((f"fixtures/mappings/{n}.yaml", MappingFile) for n in ("gleif-lei", "municipal-licences", "follow-the-money")),
)
_OPTIONS = (
    *("check", "score", "evaluate", "displacement", "import", "query", "diff", "search", "advise", "networks", "case"),
)


@dataclass(frozen=True)
class Fault:
    """What went wrong, and the seed of the input on which it did."""

    seed: int
    kind: str
    what: str


def fuzz(times: int, *, seed: int) -> Iterator[Fault]:
    """Yield what went wrong in so many inputs, each made of a seed of its own, counted on from ``seed``."""
    for number in range(seed, seed + times):
        yield from one(number)


def one(seed: int) -> list[Fault]:
    """Return what goes wrong on the input of one seed."""
    dice = random.Random(seed)
    kind = dice.choices(list(_KINDS), weights=[w for w, _ in _KINDS.values()])[0]
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = _KINDS[kind][1](dice, Path(folder))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            found = f"{type(error).__name__} at {_place(error)}"
    return [Fault(seed, kind, found)] if found else []


def _place(error: BaseException) -> str:
    """Return where in the program an exception was raised, without what it says."""
    trace, place = error.__traceback__, "?"
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        place = f"{Path(file).name}:{trace.tb_lineno}" if "barrier" in file else place
        trace = trace.tb_next
    return place


# commands


def _run(*arguments: str, shown: bool = False) -> str:
    """Return what is wrong with how a command ended; nothing where it did as it should.

    Args:
        arguments: The command.
        shown: Whether it gives what was delivered back.
    """
    done = CliRunner().invoke(barrier, list(arguments), env={"BARRIER_PURPOSE": "test"})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return f"{type(done.exception).__name__} at {_place(done.exception)}"
    if done.exit_code not in CODES:
        return f"exit code {done.exit_code}"
    if not shown and SECRET.lower() in done.output.lower():
        return "a value is shown"
    return told_wrongly(done.output)


def _region(dice: random.Random, folder: Path) -> str:
    spoilt = dice.choice(list(_TABLES))
    rows_in: dict[str, int | None] = {f"{name}.csv": len(rows) - 1 for name, rows in _TABLES.items() if name != spoilt}
    for name, rows in _TABLES.items():
        if name == spoilt:
            file, known = write(dice, folder / name, spoilt_rows(dice, rows))
            rows_in[file.name] = known
        else:
            (folder / f"{name}.csv").write_bytes(csv_bytes(rows, ",", "\n"))
    config = "name: Trial\npurpose: test\nextract_date: 2026-09-01\n"
    (folder / "region.yaml").write_text(
        spoilt_text(dice, config) if dice.random() < 0.1 else config, "utf-8", "replace"
    )
    return _run("check", str(folder)) or _miscounted(lambda: read_region(folder), rows_in)


def _miscounted(read: Callable[[], Region], rows: Mapping[str, int | None]) -> str:
    """Return what is wrong with how rows are counted; nothing where the files are refused."""
    try:
        return region_miscounted(read(), rows)
    except MiscountError:
        return "rows do not add up"
    except BarrierError:
        return ""


def _mapping(dice: random.Random, folder: Path) -> str:
    spoil_data = dice.random() < 0.5
    rows = spoilt_rows(dice, _FLAT) if spoil_data else _FLAT
    data, known = write(dice, folder / "zaken", rows, spoil=spoil_data)
    mapping = _MAPPING if spoil_data else spoilt_tree(dice, _MAPPING)
    text = yaml.safe_dump(mapping, allow_unicode=True, sort_keys=False)
    file = folder / "mapping.yml"
    file.write_text(text if dice.random() < 0.8 else spoilt_text(dice, text), "utf-8", "replace")
    if wrong := _run("check", str(folder), "--mapping", str(file)):
        return wrong
    read = {data.name: known} if spoil_data else {}  # a spoilt mapping may name no file
    return _miscounted(lambda: read_mapped(folder, file), read)


def _list(dice: random.Random, folder: Path) -> str:
    rows: list[list[Any]] = [["address", "outcome", "date"], ["a-1", "breach", "2024-01-02"], ["a-2", "nothing", None]]
    try:
        file, known = write(dice, folder / "list", spoilt_rows(dice, rows))
        found = read_list(file, ["address", "outcome"], optional=["date"])
        found.one_a("address", ["outcome"])
        shown = " ".join(found.told())
        if wrong := told_wrongly(shown) or list_miscounted(found, known):
            return wrong
    except MiscountError:
        return "rows do not add up"
    except BarrierError as error:
        shown = str(error)
    return "a value is shown" if SECRET in shown else ""


@cache
def _scanned() -> tuple[tempfile.TemporaryDirectory[str], Path]:
    """Return a folder with the store of the region as it is, made once; it lasts as long as the first of both."""
    kept = tempfile.TemporaryDirectory()
    folder = Path(kept.name)
    for name, rows in _TABLES.items():
        (folder / f"{name}.csv").write_bytes(csv_bytes(rows, ",", "\n"))
    (folder / "region.yaml").write_text("name: Trial\npurpose: test\nextract_date: 2026-09-01\n", "utf-8")
    (folder / "rules").mkdir(mode=0o700)
    if wrong := _run("import", str(folder), "--store", str(folder / "trial.barrier")):
        raise AssertionError(wrong)
    return kept, folder / "trial.barrier"


_LISTS: tuple[tuple[list[str], list[list[Any]]], ...] = (
    (["score"], [["id", "note"], ["a-1", SECRET], ["b-1", None], ["none", 1]]),
    (["evaluate", "--outcomes"], [["id", "outcome", "note"], ["a-1", "breach", SECRET], ["a-2", "nothing", None]]),
    (["displacement", "--events"], [["date", "kind", "place", "note"], ["2024-01-02", "inspection", "a-1", None]]),
)


def _delivered_list(dice: random.Random, folder: Path) -> str:
    command, rows = dice.choice(_LISTS)
    file, _ = write(dice, folder / "list", spoilt_rows(dice, rows))
    with chdir(folder):
        return _run(*command, str(file), "--store", str(_scanned()[1]), shown=command == ["score"])


def _rules(dice: random.Random, folder: Path) -> str:
    name, place = dice.choice(_RULES)
    text = (resources.graphs() / name).read_text("utf-8")
    tree = dice.random() < 0.5
    text = (
        yaml.safe_dump(spoilt_tree(dice, yaml.safe_load(text)), allow_unicode=True) if tree else spoilt_text(dice, text)
    )
    (folder / place).parent.mkdir(exist_ok=True)
    (folder / place).write_text(text, "utf-8", "replace")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    command = dice.choice((["check", str(_scanned()[1].parent)], ["scan", str(_scanned()[1].parent)]))
    out = [] if command[0] == "check" else ["--out", str(folder.parent / f"{folder.name}-out")]
    return _run(*command, *out, "--rules", str(folder))


def _yaml(dice: random.Random, _: Path) -> str:
    name, model = dice.choice(_MODELS)
    root = resources.graphs() if name.startswith("graphs/") else resources.fixtures()
    text = (root / name.partition("/")[2]).read_text("utf-8")
    if dice.random() < 0.5:
        text = spoilt_text(dice, text)
    else:
        text = yaml.safe_dump(spoilt_tree(dice, yaml.safe_load(text)), allow_unicode=True)
    try:
        parse_yaml(text, model, where=name)
    except BarrierError:
        return ""
    return ""


def _settings(dice: random.Random, folder: Path) -> str:
    text = 'purpose = "checks of houses"\nrules = "/etc/barrier/rules"\n'
    (folder / "s.toml").write_text(spoilt_text(dice, text), "utf-8", "replace")
    return _run("--settings", str(folder / "s.toml"), "detectors", "list")


def _options(dice: random.Random, folder: Path) -> str:
    group = dice.choice(_OPTIONS)
    command: click.Command | None = barrier
    arguments: list[str] = []
    while isinstance(command, click.Group):
        name = dice.choice(command.list_commands(_CONTEXT)) if arguments else group
        command, arguments = command.get_command(_CONTEXT, name), [*arguments, name]
    if command is None:
        return ""
    values = [*ODD, str(folder), str(folder / "none"), "2026-02-30", "-1", "1e9", "GM0001", "--", "-"]
    values = [v for v in values if "\x00" not in v]
    for parameter in command.params:
        needed = parameter.required or dice.random() < 0.4
        if needed and parameter.param_type_name == "option":
            option = parameter.opts[0]
            is_flag = getattr(parameter, "is_flag", False) or getattr(parameter, "count", False)
            arguments += [option] if is_flag else [option, dice.choice(values)]
        elif needed:
            arguments.append(dice.choice(values))
    with chdir(folder):
        return _run(*arguments)


_KINDS: dict[str, tuple[int, Callable[[random.Random, Path], str]]] = {
    "region": (34, _region),
    "mapping": (22, _mapping),
    "list": (14, _list),
    "yaml": (16, _yaml),
    "delivered list": (6, _delivered_list),
    "rules": (4, _rules),
    "settings": (2, _settings),
    "options": (12, _options),
}


def main() -> None:
    """Parse the options, fuzz, and say what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    faults = 0
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home  # keys and logs are not those of whoever runs this
        for fault in fuzz(asked.times, seed=asked.seed):
            faults += 1
            print(f"seed {fault.seed}: {fault.kind}: {fault.what}", flush=True)
    print(f"{asked.times:,} inputs from seed {asked.seed}: {faults:,} went wrong")
    sys.exit(int(faults > 0))


if __name__ == "__main__":
    main()
