"""A receiver of Barrier's webhook, to copy from: who sent it, is it fresh, was it here before.

Rule: check the signature over the bytes as they came, before reading them as JSON; the time second; the id last.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

TOLERANCE = timedelta(minutes=5)  # clocks differ; a message that waits in the outbox gets a new time at each try


def received(
    headers: Mapping[str, str], body: bytes, *, key: str, now: datetime, known: set[str]
) -> dict[str, Any] | None:
    """Return the message, or None where it was received before (answer 200 to that as well).

    Args:
        headers: Headers of the request, names in lower case.
        body: The bytes of the request.
        key: The shared secret.
        now: The time, with its zone.
        known: Ids of messages that were received; keep them for as long as you like, at least twice the tolerance.

    Raises:
        PermissionError: The signature is not right, or the time is too far from now: answer 403.
    """
    sent = headers.get("x-barrier-timestamp", "")
    wanted = "sha256=" + hmac.new(key.encode(), sent.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted.encode(), headers.get("x-barrier-signature", "").encode()):
        raise PermissionError("signature")
    if abs(now - datetime.fromisoformat(sent)) > TOLERANCE:
        raise PermissionError("time")
    message: dict[str, Any] = json.loads(body)
    if message["id"] in known:
        return None
    known.add(message["id"])
    return message
