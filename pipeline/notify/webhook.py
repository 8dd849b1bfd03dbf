"""A signed POST: the receiver can tell where it comes from, when it was made, that nothing was changed."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import urllib.request
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.errors import ConfigError
from pipeline.notify.outbox import Message
from pipeline.settings import Settings
from pipeline.settings.operation import Webhook

SECRET_VARIABLE = "TELLERWATCH_WEBHOOK_SECRET"  # noqa: S105  # a name, no secret
LEAST_SECRET_LENGTH = 16


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Sign a body together with its moment, so that an old message cannot be played again.

    Args:
        secret: Shared with the receiver.
        timestamp: Seconds since 1970, as sent in the header.
        body: The bytes as sent.

    Returns:
        `sha256=` and the HMAC-SHA-256 of `timestamp.body` in hex.
    """
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def post_message(settings: Settings, message: Message, at: datetime) -> None:
    """Post one message.

    Args:
        settings: The effective configuration.
        message: What to send.
        at: The moment that is signed.

    Raises:
        OSError: The receiver cannot be reached or answered with an error (urllib's errors are of this kind).
        ConfigError: The settings do not suffice.
    """
    url = settings.webhook.url
    if urlsplit(url).scheme not in ("http", "https"):
        raise ConfigError("webhook.url is no http or https address.", "Correct it, or empty it.")
    body = json.dumps(message.body, ensure_ascii=False, sort_keys=True).encode()
    timestamp = str(int(at.timestamp()))
    request = urllib.request.Request(  # noqa: S310  # scheme checked above
        url,
        data=body,
        method="POST",
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": message.key,
            "X-Tellerwatch-Timestamp": timestamp,
            "X-Tellerwatch-Signature": signature(_secret(settings.webhook), timestamp, body),
        },
    )
    timeout = settings.tell.timeout_seconds
    with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310  # likewise
        answer.read(1024)


def _secret(webhook: Webhook) -> bytes:
    given = os.environ.get(SECRET_VARIABLE, "")
    if not given and webhook.secret_file:
        try:
            given = Path(webhook.secret_file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(
                f"The webhook's secret cannot be read ({error.strerror}), so nothing can be signed.",
                f"See to webhook.secret_file, or give the secret in {SECRET_VARIABLE}.",
            ) from error
    if len(given) < LEAST_SECRET_LENGTH:
        raise ConfigError(
            f"The webhook has no secret of at least {LEAST_SECRET_LENGTH} characters; nothing goes out.",
            f"Write one to a file named in webhook.secret_file, or give it in {SECRET_VARIABLE}.",
        )
    return given.encode()
