"""Ways an alert goes out: mail, a signed webhook, a file in a folder.

Rule: a password or secret comes from the environment, never from a file; it goes out only over a connection whose
certificate was checked, or to this machine; what is not done in time is ended, whatever the other side does.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from barrier.files import private_folder, write_private
from barrier.model.yamlfile import Strict

WAIT_S = 30.0  # for all of it: looking up the name, connecting, TLS, sending, the answer
_HERE = ("localhost", "127.0.0.1", "::1")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")


class DeliveryError(Exception):
    """A message could not be handed over; it stays in the outbox."""


@dataclass(frozen=True)
class Message:
    """What goes out: an id that stays the same over retries, a subject and a text, and when it was written."""

    id: str
    subject: str
    text: str
    written: str


class Mail(Strict):
    """Mail over SMTP with TLS; without it only to a server on this machine, and without a password."""

    kind: Literal["smtp"]
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    sender: str
    to: Annotated[tuple[str, ...], Field(min_length=1)]
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Path | None = None
    user: str = ""
    password_env: str = "BARRIER_SMTP_PASSWORD"  # noqa: S105 - the name of a variable

    @field_validator("sender", "to")
    @classmethod
    def _addresses(cls, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in (given,) if isinstance(given, str) else given:
            if not _ADDRESS.fullmatch(address):
                raise ValueError("expected a mail address such as desk@example.org")
        return given

    @model_validator(mode="after")
    def _encrypted(self) -> Mail:
        if not _HOST.fullmatch(self.host):
            raise ValueError("host: expected the name of a server")
        if self.encryption == "none" and self.host not in _HERE:
            raise ValueError("encryption none is for a server on this machine; expected starttls or tls")
        if self.encryption == "none" and self.user:
            raise ValueError("a password never goes out without encryption; expected starttls or tls")
        return self

    def send(self, message: Message) -> None:
        """Hand a message to the server.

        Raises:
            DeliveryError: It refuses, does not answer in time, or shows a certificate that is not right.
        """
        if self.user:
            secret(self.password_env)
        _in_time(self, message, self.host)


class Webhook(Strict):
    """A POST of JSON, signed with HMAC-SHA256 over time and body; https unless the server is on this machine.

    Redirects are not followed, and proxies in the environment are not used: only what stands here gets the message.
    """

    kind: Literal["webhook"]
    url: str
    ca_file: Path | None = None
    secret_env: str = "BARRIER_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable

    @field_validator("url")
    @classmethod
    def _encrypted(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
            raise ValueError("expected https://…")
        if not url.isascii() or not url.isprintable() or " " in url or not _HOST.fullmatch(parts.hostname or ""):
            raise ValueError("expected https://host/path in plain characters")
        if parts.username is not None or parts.fragment:
            raise ValueError("expected https://host/path without a user, a password or a fragment")
        _ = parts.port  # raises ValueError where it is none
        return url

    def send(self, message: Message) -> None:
        """Post a message.

        Raises:
            DeliveryError: The answer is anything but 2xx, late or none.
        """
        secret(self.secret_env)
        _in_time(self, message, urlsplit(self.url).hostname or "")


class Folder(Strict):
    """A text file for each message, which appears whole."""

    kind: Literal["folder"]
    path: Path

    def send(self, message: Message) -> None:
        """Write a message.

        Raises:
            DeliveryError: The folder cannot be written, or is a link.
        """
        if self.path.is_symlink():
            raise DeliveryError(f"{self.path}: is a link; expected a folder")
        try:
            write_private(private_folder(self.path) / f"{message.id}.txt", f"{message.subject}\n\n{message.text}")
        except (OSError, ValueError) as error:  # no name of a file
            raise DeliveryError(f"{self.path}: {getattr(error, 'strerror', None) or 'cannot be written'}") from error


def secret(name: str) -> str:
    """Return a secret from the environment.

    Raises:
        DeliveryError: It is not there.
    """
    value = os.environ.get(name, "")
    if not value:
        raise DeliveryError(f"the environment variable {name} is not set")
    return value


def _in_time(channel: Mail | Webhook, message: Message, host: str) -> None:
    """Send in a process of its own, which is ended when it takes too long: nothing else holds against every server."""
    given = json.dumps({"channel": channel.model_dump(mode="json"), "message": message.__dict__})
    command = [sys.executable, "-P", "-m", "barrier.schedule.sending"]
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=WAIT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise DeliveryError(f"{host}: not done in {WAIT_S:g} seconds") from error
    if done.returncode:
        raise DeliveryError(f"{host}: {done.stdout.strip() or f'ended with {done.returncode}'}")
