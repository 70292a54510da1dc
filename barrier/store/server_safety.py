"""What a Neo4j server itself leaves open to whoever has its password, whatever tool he uses.

Rule: each line says what was seen, what could not be seen, and what to set; nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from barrier.errors import BarrierError

Ask = Callable[[str], list[dict[str, Any]]]

_SETTINGS = "SHOW SETTINGS YIELD name, value RETURN name, value"
_EXTENSIONS = {
    "procedures": "SHOW PROCEDURES YIELD name RETURN name",
    "functions": "SHOW FUNCTIONS YIELD name, isBuiltIn WHERE NOT isBuiltIn RETURN name",
}
_OWN = ("db.", "dbms.", "tx.", "cdc.", "internal.")  # procedures that come with the server
_WRITING = {"admin", "architect", "publisher", "editor"}
_SEEN_BY_NONE = {"", "0", "0s", "0b"}  # no limit


@dataclass(frozen=True)
class Safety:
    """One means of the server.

    Args:
        what: Which.
        found: What was seen, and what to do.
        good: Whether nothing is to be done; also where it could not be seen and nothing says otherwise.
    """

    what: str
    found: str
    good: bool


def server_safety(ask: Ask) -> list[Safety]:
    """Look at accounts, roles, files, network, extensions and limits of a server.

    Args:
        ask: Asks the server and returns rows.
    """
    settings = _asked(ask, _SETTINGS)
    edition = _asked(ask, "CALL dbms.components() YIELD edition RETURN edition") or [{}]
    is_community = edition[0].get("edition") == "community"
    known = None if settings is None else {str(r["name"]): str(r["value"]) for r in settings}
    return [
        _accounts(known),
        _role(ask, is_community=is_community),
        _files(known),
        _network(ask, is_community=is_community),
        _extensions(ask),
        *(_limit(known, name, advice) for name, advice in _LIMITS.items()),
    ]


_LIMITS = {"db.transaction.timeout": "15m", "db.memory.transaction.max": "1g"}


def _asked(ask: Ask, query: str) -> list[dict[str, Any]] | None:
    """Return rows; None where this account may not ask."""
    try:
        return ask(query)
    except BarrierError:
        return None


def _unseen(what: str, advice: str) -> Safety:
    return Safety(what, f"not visible to this account; let the administrator see to it: {advice}", True)


def _setting(known: Mapping[str, str] | None, what: str, name: str, *, good: str, told: tuple[str, str]) -> Safety:
    """Judge a switch of the server.

    Args:
        known: The settings, or None where they are not visible.
        what: What it is about.
        name: The setting.
        good: The value it should have.
        told: What is so where it has the other value, and what is so where it has this one.
    """
    advice = f"{name}={good}"
    if known is None:
        return _unseen(what, advice)
    wrong, right = told
    if known.get(name) == {"true": "false", "false": "true"}[good]:
        return Safety(what, f"{wrong}; set {advice}", False)
    return Safety(what, right, True)


def _accounts(known: Mapping[str, str] | None) -> Safety:
    told = ("everybody who reaches the server reads all of it", "a password is asked")
    return _setting(known, "server accounts", "dbms.security.auth_enabled", good="true", told=told)


def _role(ask: Ask, *, is_community: bool) -> Safety:
    what = "server role"
    if is_community:
        found = "Community has no roles: this account could write with another tool; give its password to few"
        return Safety(what, found, True)
    users = _asked(ask, "SHOW CURRENT USER YIELD roles RETURN roles")
    roles = {str(r).lower() for r in (users[0].get("roles") or [] if users else [])}
    if not roles:
        return _unseen(what, "queries with an account of the role reader")
    writing = sorted(roles & _WRITING)
    if writing:
        return Safety(what, f"this account may write ({', '.join(writing)}); read with one of the role reader", False)
    return Safety(what, f"this account has {', '.join(sorted(roles))}", True)


def _files(known: Mapping[str, str] | None) -> Safety:
    name = "dbms.security.allow_csv_import_from_file_urls"
    told = ("LOAD CSV of another tool reads files of the server", "LOAD CSV reads no files of the server")
    return _setting(known, "server files", name, good="false", told=told)


def _network(ask: Ask, *, is_community: bool) -> Safety:
    what = "server network"
    if is_community:
        found = "not to be checked: Community cannot deny LOAD; close the server's way out in the firewall"
        return Safety(what, found, True)
    rows = _asked(ask, "SHOW USER PRIVILEGES YIELD access, action RETURN access, action")
    if rows is None:
        return _unseen(what, "DENY LOAD ON ALL DATA TO PUBLIC")
    load = {str(r["access"]) for r in rows if str(r["action"]).startswith("load")}
    if "DENIED" in load or "GRANTED" not in load:
        return Safety(what, "LOAD is denied to this account", True)
    return Safety(what, "LOAD CSV of another tool fetches addresses; run: DENY LOAD ON ALL DATA TO PUBLIC", False)


def _extensions(ask: Ask) -> Safety:
    what = "server extensions"
    names: set[str] = set()
    for query in _EXTENSIONS.values():
        rows = _asked(ask, query)
        if rows is None:
            return _unseen(what, "none that is not needed")
        names |= {str(r["name"]) for r in rows if not str(r["name"]).startswith(_OWN)}
    if not names:
        return Safety(what, "none", True)
    spaces = ", ".join(sorted({n.split(".")[0] for n in names})[:10])
    found = f"{len(names)} procedures and functions ({spaces}) that may read files, call addresses or rank persons"
    return Safety(
        what, f"{found}; take them out, or set dbms.security.procedures.allowlist=db.*,dbms.components", False
    )


def _limit(known: Mapping[str, str] | None, name: str, advice: str) -> Safety:
    if known is None:
        return _unseen(name, f"{name}={advice}")
    value = known.get(name, "")
    if value.lower() in _SEEN_BY_NONE:
        return Safety(name, f"no limit; set {name}={advice} on the server: other tools send none of their own", False)
    return Safety(name, value, True)
