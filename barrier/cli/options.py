"""Options that several commands share, and how a store is opened from them.

Rule: a password never stands on the command line: `NEO4J_PASSWORD`, or a prompt.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from barrier.audit.events import lost_readings
from barrier.erasure.intent import is_pending
from barrier.errors import InputError, TryAgainError
from barrier.files import trouble
from barrier.history.pending import pending_store
from barrier.model.rules import NO_RULES, Rules, brought_rules, office_rules, rules_for
from barrier.printable import json_text
from barrier.settings import PURPOSE_VARIABLE, Settings, first_purpose, no_purpose, read_settings
from barrier.store import check_place, is_server, open_store, store_place

if TYPE_CHECKING:
    from barrier.store import Store

F = TypeVar("F", bound=Callable[..., Any])

REJECTED = 2  # exit code: rows were set aside, the rest was done
NOT_ASKED = 3  # exit code: rules could not be asked, the rest was done
FOLDER = click.Path(path_type=Path, file_okay=True)
TOLD = "barrier.told"  # where a click context keeps of which stores it told that readings were lost
SETTINGS = "barrier.settings"  # where a click context keeps the file that was named, then what was read


class StorePlace(click.ParamType[str]):
    """A store: a folder, or the address of a server with its database."""

    name = "store"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return where it is, in the one form by which all that belongs to it is found."""
        return store_place(str(value))


STORE = StorePlace()


class Day(click.ParamType[date]):
    """A date as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the date."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"expected a day such as 2024-07-01, found {value!r}", param, ctx)


def store_options(*, required: bool) -> Callable[[F], F]:
    """Add `--store`, `--database` and `--user`; the store is handed over with its database."""

    def add(command: F) -> F:
        @functools.wraps(command)
        def with_store(*, where: str | None, database: str | None, **rest: Any) -> Any:
            if database and where is None:
                raise click.UsageError("--database belongs to a --store on a server")
            return command(where=where if where is None else store_place(where, database), **rest)

        user = click.option(
            "--user", envvar="NEO4J_USERNAME", default="neo4j", show_default=True, help="User of a Neo4j server."
        )
        database = click.option("--database", metavar="NAME", help="Database of a Neo4j server; also bolt://host/NAME.")
        about = "region.barrier (a folder), or bolt://host:7687, neo4j+s://host (password from NEO4J_PASSWORD)."
        store = click.option("--store", "where", type=STORE, required=required, metavar="STORE", help=about)
        return cast(F, store(database(user(with_store))))

    return add


def settings() -> Settings:
    """Return the settings of the office, read at most once a command."""
    kept = click.get_current_context().meta
    found = kept.get(SETTINGS)
    if not isinstance(found, Settings):
        found = kept[SETTINGS] = read_settings(found)
    return found


def purpose_text_option(command: F) -> F:
    """Add `--purpose`, as it was given: for a command that may do without, or knows another place for it."""
    about = "Why you look; it is recorded. Default: from the settings."
    given: dict[str, Any] = {"envvar": PURPOSE_VARIABLE, "show_envvar": True, "default": "", "metavar": "TEXT"}
    return click.option("--purpose", help=about, **given)(command)


def purpose_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--purpose`, for a command that reads a store, its history, cases or results: there always is one."""

    @functools.wraps(command)
    def with_purpose(*, purpose: str, **rest: Any) -> Any:
        return command(purpose=needed_purpose(purpose), **rest)

    return purpose_text_option(with_purpose)


def needed_purpose(given: str, *others: str) -> str:
    """Return why something is read: as given, as the settings say, as another place says, or as asked for once.

    Raises:
        InputError: Nobody says it, and nobody is there to be asked.
    """
    known = first_purpose(given, settings().purpose, *others)
    if not known and sys.stdin.isatty():
        known = first_purpose(click.prompt("Why do you look? It is recorded", default="", show_default=False, err=True))
    if not known:
        raise no_purpose()
    return known


def office_rules_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--rules`, and hand over the rules of the office."""

    @functools.wraps(command)
    def with_rules(*, rules: Path | None, **rest: Any) -> Any:
        return command(rules=_office_rules(rules), **rest)

    about = "Folder with your own partners, gates, norms, models, hubs, words. Default: from the settings."
    return click.option("--rules", type=FOLDER, metavar="DIR", help=about)(with_rules)


def _office_rules(named: Path | None) -> Rules:
    folder = named or settings().rules
    return office_rules(folder) if folder else NO_RULES


def trust_option(command: F) -> F:
    """Add `--trust-delivery`."""
    about = "Use the rules that came with the data too; never with --as, never for a drop folder."
    return click.option("--trust-delivery", "trusted", is_flag=True, help=about)(command)


def rules_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--rules`, `--region` and `--trust-delivery` to a command that reads a store.

    The command gets the ``rules`` of the office as they are now, and whether somebody ``named`` them.
    """

    @functools.wraps(command)
    def with_rules(*, rules: Path | None, region: Path | None, trusted: bool, **rest: Any) -> Any:
        found = _with_region(_office_rules(rules), region, trusted=trusted, partner=rest.get("partner"))
        return command(rules=found, named=bool(rules) or trusted, **rest)

    own = "Folder with your own rules. Default: those of the last scan; gates, with --as, from the settings."
    about = "Region folder that the store was made from: its own rules count, with --trust-delivery."
    with_region = click.option("--region", type=FOLDER, help=about)(trust_option(with_rules))
    return click.option("--rules", type=FOLDER, metavar="DIR", help=own)(with_region)


def _with_region(office: Rules, region: Path | None, *, trusted: bool, partner: str | None) -> Rules:
    if region is None:
        if trusted:
            raise InputError(["--trust-delivery: of which delivery?"], hint="name its folder with --region")
        return office
    if not region.is_dir():
        raise InputError([f"{region}: no such region folder"])
    if not trusted and (brought := brought_rules(region)):
        click.echo(f"Note: {', '.join(brought)} of {region.name} not used; see --trust-delivery and --rules", err=True)
    return rules_for(region, office, trusted=trusted, partner=partner)


def detector_option(command: F) -> F:
    """Add `--detectors`."""
    about = "Folder with more detectors (*.cypher), checked like the shipped ones. May be repeated."
    return click.option("--detectors", "folders", multiple=True, type=FOLDER, metavar="DIR", help=about)(command)


def mapping_option(command: F) -> F:
    """Add `--mapping`."""
    about = "Mapping file (YAML) for another layout: docs/guide/mapping.md."
    return click.option("--mapping", type=FOLDER, help=about)(command)


def strict_option(command: F) -> F:
    """Add `--strict`."""
    return click.option("--strict", is_flag=True, help="Refuse the region when any row is wrong.")(command)


def json_option(command: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")(command)


def partner_options(command: F) -> F:
    """Add the options that ask for the view of one partner."""
    partner = click.option("--as", "partner", metavar="PARTNER", help="Show only what this chain partner may see.")
    case = click.option("--investigation", is_flag=True, help="With --as: a criminal investigation is open.")
    consent = click.option("--consent", is_flag=True, help="With --as: those concerned gave their consent.")
    return partner(case(consent(command)))


@contextmanager
def opened(where: str | Path, user: str, *, filled: bool = False) -> Iterator[Store]:
    """Open a store for a block; ask for the password of a server where it is not in NEO4J_PASSWORD.

    Args:
        where: The store.
        user: User of the server.
        filled: Whether a delivery is read into it: that erases all that it protects, also where the note of an erasure
            that was cut off is damaged.
    """
    store = open_store(where, user=user, password=_password(str(where), user))
    try:
        finish_erasure(store, filled=filled)
        yield store
    finally:
        store.close()


def _password(where: str, user: str) -> str:
    if not is_server(where):
        return ""
    known = os.environ.get("NEO4J_PASSWORD")
    if known is None and sys.stdin.isatty():
        return str(
            click.prompt(f"Password of {user} at {where}", hide_input=True, default="", show_default=False, err=True)
        )
    return known or ""


def existing_store(where: str) -> str:
    """Return ``where``, refused when no embedded store is there.

    Raises:
        InputError: There is no store at the path.
    """
    if not is_server(where) and not Path(where).is_dir():
        raise InputError([f"{where}: there is no store"], hint="make one with: barrier import REGION --store STORE")
    check_place(where)
    if is_pending(where):
        from barrier.erasure.erase import finish_store  # here, because it is next to never needed

        tell(finish_store(where).notes())
    told = click.get_current_context().meta.setdefault(TOLD, set())
    if where not in told:
        told.add(where)
        tell(lost_readings(where))
    return where


def settled_results(folder: Path) -> Path:
    """Return a result folder, once an erasure that was cut off before it came to it is finished."""
    if pending_store(folder) is not None:
        from barrier.erasure.erase import finish_results  # here, because it is next to never needed

        tell(finish_results(folder).notes())
    return folder


def finish_erasure(store: Store, *, filled: bool) -> None:
    """Finish what an erasure that was cut off left in a store, before anything of it is shown."""
    if is_pending(store.name):
        from barrier.erasure.erase import finish_or_forget, finish_pending  # here, because it is next to never needed

        tell(finish_or_forget(store) if filled else finish_pending(store).notes())


def tell(notes: Iterable[str]) -> None:
    """Write notes for a person."""
    for note in notes:
        click.echo(f"Note: {note}", err=True)


@contextmanager
def asked_file(file: Path) -> Iterator[None]:
    """Write in a block a file that was asked for; say so where it cannot be written.

    Raises:
        TryAgainError: It cannot be written.
    """
    try:
        yield
    except OSError as error:
        hint = "free space or name another file, then try again"
        raise TryAgainError(f"{file}: cannot be written: {trouble(error)}", hint=hint) from error


def emit(record: object) -> None:
    """Print one JSON object on a line."""
    click.echo(json_text(record, sort_keys=True, default=str))
