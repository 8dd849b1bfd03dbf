"""The ways out: written out, so that a search finds each. Another one is a function and a line here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pipeline.notify.mail import send_mail
from pipeline.notify.outbox import Message
from pipeline.notify.siem import CHANNEL, write_file
from pipeline.notify.webhook import post_message
from pipeline.settings import Settings

Send = Callable[[Settings, Message, datetime], None]

CHANNELS: dict[str, Send] = {
    "mail": lambda settings, message, _at: send_mail(settings, message),
    "webhook": post_message,
    CHANNEL: write_file,
}


def channels(settings: Settings) -> list[str]:
    """Name the channels that are configured."""
    wanted = {"mail": settings.mail.host, "webhook": settings.webhook.url, CHANNEL: settings.siem.format}
    return [name for name in CHANNELS if wanted[name]]


def to_people(settings: Settings) -> list[str]:
    """Name the channels at whose end somebody reads, machines that take any message among them."""
    return [name for name in channels(settings) if name != CHANNEL]
