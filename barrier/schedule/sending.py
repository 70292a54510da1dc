"""Handing one message to a mail server or webhook: a process of its own, so that it can be ended at any moment.

Rule: certificates and names are checked, nothing is sent elsewhere than to the address that was given, and what the
server says is never repeated: one line on standard output says what kind of thing went wrong.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import smtplib
import ssl
import sys
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from barrier.schedule.channels import DeliveryError, Mail, Message, Webhook, secret

SOCKET_S = 15.0  # for one step
LARGEST_ANSWER = 64 * 1024
FAILED = 1


def main() -> int:
    """Send the message on standard input; return 0 when it was handed over."""
    given = json.load(sys.stdin)
    try:
        message = Message(**given["message"])
        if given["channel"]["kind"] == "smtp":
            send_mail(Mail.model_validate(given["channel"]), message)
        else:
            post(Webhook.model_validate(given["channel"]), message, now=datetime.now(UTC))
    except (DeliveryError, smtplib.SMTPException, http.client.HTTPException, OSError, ValueError) as error:
        print(_kind(error))
        return FAILED
    return 0


def send_mail(channel: Mail, message: Message) -> None:
    """Hand a message to a mail server.

    Raises:
        smtplib.SMTPException: The server refuses.
        OSError: It cannot be reached, or its certificate is not right.
    """
    mail = EmailMessage()
    mail["From"], mail["To"] = channel.sender, ", ".join(channel.to)
    mail["Subject"] = " ".join(message.subject.split())
    mail["Message-ID"] = f"<{message.id}@barrier>"
    mail.set_content(message.text)
    with _server(channel) as server:
        if channel.user:
            server.login(channel.user, secret(channel.password_env))
        refused = server.send_message(mail)
    if refused:
        raise DeliveryError(f"refused for {len(refused)} of {len(channel.to)} addresses")


def _server(channel: Mail) -> smtplib.SMTP:
    if channel.encryption == "tls":
        return smtplib.SMTP_SSL(channel.host, channel.port, timeout=SOCKET_S, context=_context(channel))
    server = smtplib.SMTP(channel.host, channel.port, timeout=SOCKET_S)
    if channel.encryption == "starttls":
        try:
            server.starttls(context=_context(channel))  # raises where the server offers none
        except BaseException:
            server.close()
            raise
    return server


def post(channel: Webhook, message: Message, *, now: datetime) -> None:
    """Post a message; only an answer of 2xx counts.

    Raises:
        DeliveryError: Another answer.
        http.client.HTTPException: No answer that can be read.
        OSError: The server cannot be reached, or its certificate is not right.
    """
    parts = urlsplit(channel.url)
    sent = now.isoformat(timespec="seconds")
    body = json.dumps({**message.__dict__, "sent": sent}, sort_keys=True).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Barrier-Timestamp": sent,
        "X-Barrier-Signature": f"sha256={signature(secret(channel.secret_env), sent, body)}",
    }
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = _context(channel)
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=SOCKET_S, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=SOCKET_S)
    try:
        connection.request("POST", (parts.path or "/") + f"?{parts.query}" * bool(parts.query), body, headers)
        answer = connection.getresponse()
        answer.read(LARGEST_ANSWER)
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        told = "; redirects are not followed" if 300 <= answer.status < 400 else ""
        raise DeliveryError(f"answered {answer.status}{told}")


def signature(key: str, sent: str, body: bytes) -> str:
    """Return the signature of a webhook: HMAC-SHA256 over the time of sending, a full stop and the body, in hex."""
    return hmac.new(key.encode(), sent.encode() + b"." + body, hashlib.sha256).hexdigest()


def _context(channel: Mail | Webhook) -> ssl.SSLContext:
    """Return how certificates are checked: by the authorities of the system, or only by those in a file."""
    return ssl.create_default_context(cafile=str(channel.ca_file) if channel.ca_file else None)


def _kind(error: Exception) -> str:
    """Return what went wrong in a line, without anything that the server said."""
    if isinstance(error, DeliveryError):
        return str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate refused: {error.verify_message}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__}: answered {int(error.smtp_code)}"
    reason: Any = error.strerror if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException) else ""
    return f"{type(error).__name__}{f': {reason}' if reason else ''}"


if __name__ == "__main__":
    sys.exit(main())
