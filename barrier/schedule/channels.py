"""Ways an alert goes out: mail, a signed webhook, a file in a folder.

Rule: a password or secret comes from the environment, never from a file; what hangs is given up after seconds.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import smtplib
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from barrier.model.yamlfile import Strict

WAIT_S = 15.0
_HERE = ("localhost", "127.0.0.1", "::1")


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
    """Mail over SMTP; with TLS unless the server is on this machine."""

    kind: Literal["smtp"]
    host: str
    port: int = 587
    sender: str
    to: Annotated[tuple[str, ...], Field(min_length=1)]
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_env: str = "BARRIER_SMTP_PASSWORD"  # noqa: S105 - the name of a variable

    def send(self, message: Message) -> None:
        """Hand a message to the server.

        Raises:
            DeliveryError: It refuses, or does not answer.
        """
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, ", ".join(self.to), message.subject
        mail["Message-ID"] = f"<{message.id}@barrier>"
        mail.set_content(message.text)
        make = smtplib.SMTP_SSL if self.encryption == "tls" else smtplib.SMTP
        try:
            with make(self.host, self.port, timeout=WAIT_S) as server:
                if self.encryption == "starttls":
                    server.starttls()
                if self.user:
                    server.login(self.user, _secret(self.password_env))
                server.send_message(mail)
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(f"{self.host}: {type(error).__name__}: {error}") from error


class Webhook(Strict):
    """A POST of JSON, signed with HMAC-SHA256 over time and body; https unless the server is on this machine."""

    kind: Literal["webhook"]
    url: str
    secret_env: str = "BARRIER_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable

    @field_validator("url")
    @classmethod
    def _encrypted(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
            raise ValueError("expected https://…")
        return url

    def send(self, message: Message) -> None:
        """Post a message.

        Raises:
            DeliveryError: The answer is no, late or none.
        """
        body = json.dumps(message.__dict__, ensure_ascii=False, sort_keys=True).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Barrier-Timestamp": message.written,
            "X-Barrier-Signature": f"sha256={signature(_secret(self.secret_env), message.written, body)}",
        }
        request = urllib.request.Request(self.url, data=body, headers=headers, method="POST")  # noqa: S310 - checked above
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:  # noqa: S310 - checked above
                answer.read()
        except (urllib.error.URLError, OSError) as error:
            raise DeliveryError(f"{urlsplit(self.url).hostname}: {type(error).__name__}: {error}") from error


class Folder(Strict):
    """A text file for each message, which appears whole."""

    kind: Literal["folder"]
    path: Path

    def send(self, message: Message) -> None:
        """Write a message.

        Raises:
            DeliveryError: The folder cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            part = self.path / f".{message.id}.part"
            part.write_text(f"{message.subject}\n\n{message.text}", encoding="utf-8")
            part.replace(self.path / f"{message.id}.txt")
        except OSError as error:
            raise DeliveryError(f"{self.path}: {error.strerror or error}") from error


def signature(secret: str, written: str, body: bytes) -> str:
    """Return the signature of a webhook: HMAC-SHA256 over time, a full stop and the body, in hex."""
    return hmac.new(secret.encode(), written.encode() + b"." + body, hashlib.sha256).hexdigest()


def _secret(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise DeliveryError(f"the environment variable {name} is not set")
    return value
