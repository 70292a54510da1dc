"""Where a store is, as users write it: a folder, or a database of a Neo4j server.

Rule: what cannot be meant is refused; an address that looks like a server is never taken for a folder.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from barrier.errors import InputError

SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_DATABASE = re.compile(r"[A-Za-z][A-Za-z0-9.-]{2,62}")  # as Neo4j names databases
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:]+\]|[\w.-]+):\d{1,5}(/.*)?")
_LIKE_SERVER = re.compile(rf"({'|'.join(map(re.escape, SCHEMES))}|https?):", re.IGNORECASE)
_EXAMPLE = "expected for instance bolt://localhost:7687, or bolt://localhost:7687/DATABASE"
_SYSTEM = "system"


@dataclass(frozen=True)
class ServerAddress:
    """A database of a server.

    Args:
        uri: Scheme, host and port.
        database: Its name; empty for the one that the server gives this user.
    """

    uri: str
    database: str = ""

    def __str__(self) -> str:
        return f"{self.uri}/{self.database}" if self.database else self.uri


def is_server(where: str) -> bool:
    """Return whether ``where`` is the address of a server."""
    return "://" in where


def server_address(where: str) -> ServerAddress:
    """Return the server and the database that an address names.

    Raises:
        InputError: It is none, or says more than scheme, host, port and database.
    """
    try:
        parts = urlsplit(where)
    except ValueError as error:  # brackets that do not close
        raise InputError([f"{where}: is no address"], hint=_EXAMPLE) from error
    if "@" in parts.netloc:
        hint = "name the user with --user or NEO4J_USERNAME, the password in NEO4J_PASSWORD"
        raise InputError(["the address of the server holds a user or password"], hint=hint)
    database = parts.path.strip("/")
    problem = ""
    if parts.scheme.lower() not in SCHEMES:
        problem = f"expected one of {', '.join(s + '://' for s in SCHEMES)}"
    elif not _has_host(parts):
        problem = "names no host, or a port that is none"
    elif parts.query or parts.fragment:
        problem = "expected nothing behind the database"
    elif database and (not _DATABASE.fullmatch(database) or database.lower() == _SYSTEM):
        problem = f"{database!r} behind the host is no name of a database for a region"
    if problem:
        raise InputError([f"{where}: {problem}"], hint=_EXAMPLE)
    return ServerAddress(f"{parts.scheme.lower()}://{parts.netloc}", database.lower())


def store_place(where: str, database: str | None = None) -> str:
    """Return where a store is, in the one form by which all that belongs to it is found.

    Args:
        where: A folder, or the address of a server.
        database: A database of that server, where the address does not name it.

    Raises:
        InputError: It cannot be meant as a folder or as a server, or names two databases.
    """
    if not is_server(where):
        if _LIKE_SERVER.match(where) or _HOST_AND_PORT.fullmatch(where):
            raise InputError([f"{where}: looks like the address of a server, and does not begin as one"], hint=_EXAMPLE)
        if database:
            raise InputError([f"{where}: a folder has no --database"], hint=_EXAMPLE)
        if not Path(os.path.realpath(where)).name:
            raise InputError([f"{where}: is a whole disk, expected a folder for a store"], hint="name a folder on it")
        return where
    address = server_address(where)
    if database and address.database and database.lower() != address.database:
        raise InputError([f"{where}: --database {database} is another database"], hint="name it once")
    return str(server_address(f"{address.uri}/{database}") if database else address)


def _has_host(parts: SplitResult) -> bool:
    try:
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number
        return False
