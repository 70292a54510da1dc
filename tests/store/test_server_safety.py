"""What doctor says of a server, from what the server answers: also of an Enterprise one, which no test can start."""

from __future__ import annotations

from typing import Any

from barrier.errors import StoreError
from barrier.store.server_safety import Ask, server_safety

SETTINGS = {
    "dbms.security.auth_enabled": "true",
    "dbms.security.allow_csv_import_from_file_urls": "false",
    "db.transaction.timeout": "15m",
    "db.memory.transaction.max": "1.00GiB",
}


def answering(
    *,
    edition: str = "enterprise",
    settings: dict[str, str] | None = None,
    roles: tuple[str, ...] = ("PUBLIC", "reader"),
    load: str = "DENIED",
    procedures: tuple[str, ...] = ("db.labels",),
    hidden: tuple[str, ...] = (),
) -> Ask:
    """Return a server that answers so; what begins with a word of ``hidden`` it does not answer."""
    answers: dict[str, list[dict[str, Any]]] = {
        "SHOW SETTINGS": [{"name": k, "value": v} for k, v in (SETTINGS | (settings or {})).items()],
        "CALL dbms.components": [{"edition": edition}],
        "SHOW CURRENT USER": [{"roles": list(roles)}],
        "SHOW USER PRIVILEGES": [{"access": load, "action": "load_all_data"}],
        "SHOW PROCEDURES": [{"name": n} for n in procedures],
        "SHOW FUNCTIONS": [],
    }

    def ask(query: str) -> list[dict[str, Any]]:
        if query.startswith(hidden):
            raise StoreError("forbidden")
        return next(rows for begin, rows in answers.items() if query.startswith(begin))

    return ask


def problems(ask: Ask) -> list[str]:
    """Return what doctor says is not good."""
    return [s.what for s in server_safety(ask) if not s.good]


def test_a_closed_server_has_no_problem() -> None:
    assert problems(answering()) == []


def test_each_door_that_is_open_is_named() -> None:
    assert problems(answering(settings={"dbms.security.auth_enabled": "false"})) == ["server accounts"]
    assert problems(answering(settings={"dbms.security.allow_csv_import_from_file_urls": "true"})) == ["server files"]
    assert problems(answering(roles=("PUBLIC", "publisher"))) == ["server role"]
    assert problems(answering(load="GRANTED")) == ["server network"]
    assert problems(answering(procedures=("db.labels", "apoc.load.json"))) == ["server extensions"]


def test_what_this_account_may_not_see_is_said_and_what_to_ask_for() -> None:
    said = {s.what: s.found for s in server_safety(answering(hidden=("SHOW SETTINGS", "SHOW USER PRIVILEGES")))}

    assert said["server files"].startswith("not visible to this account; let the administrator see to it: dbms.sec")
    assert said["server network"].endswith("DENY LOAD ON ALL DATA TO PUBLIC")


def test_a_server_without_limits_is_told_which_to_set() -> None:
    said = {s.what: s.found for s in server_safety(answering(settings={"db.transaction.timeout": "0s"}))}
    both = answering(settings={"db.transaction.timeout": "0s", "db.memory.transaction.max": "0B"})

    assert problems(both) == ["db.transaction.timeout", "db.memory.transaction.max"]
    assert said["db.transaction.timeout"].startswith("no limit; set db.transaction.timeout=15m")
