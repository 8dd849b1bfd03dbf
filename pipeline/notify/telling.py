"""Tells of the nights: writes what is new into the outbox, and sends what waits there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from pipeline.home import Home
from pipeline.notify.channels import CHANNELS, channels, to_people
from pipeline.notify.mail import PartlyRefusedError
from pipeline.notify.news import NightNews, body, news_since, subject, text
from pipeline.notify.outbox import WAITING, Message, Outbox
from pipeline.notify.siem import CHANNEL, night_message
from pipeline.settings import Settings


@dataclass(frozen=True)
class Told:
    """What an attempt came to.

    Attributes:
        channels: The channels that are configured.
        written: Keys of messages that are new in the outbox.
        sent: Keys of messages that a server took.
        failed: Key → what went wrong; these wait for the next attempt.
        given_up: Keys that were set aside after the last attempt.
        waiting: How many messages wait now.
    """

    channels: tuple[str, ...]
    written: tuple[str, ...]
    sent: tuple[str, ...]
    failed: dict[str, str]
    given_up: tuple[str, ...]
    waiting: int


def write_news(outbox: Outbox, home: Home, settings: Settings, engine: Engine, at: datetime) -> list[Message]:
    """Put a message for each night and channel into the outbox that is not there yet.

    A failed night and the same night done later are two messages; a re-score of a night told is none.
    """
    today = at.astimezone(ZoneInfo(settings.bank.zone)).date()
    found = news_since(home, settings, engine, today)
    made = [_message(news, channel, settings, at) for news in found for channel in to_people(settings)]
    if CHANNEL in channels(settings):
        new = [news for news in found if not outbox.knows(f"{news.night.isoformat()}.done.{CHANNEL}")]
        made += filter(None, (night_message(home, settings, engine, news, at) for news in new))
    return [message for message in made if outbox.put(message)]


def tell(home: Home, settings: Settings, engine: Engine, at: datetime, *, refused_too: bool = False) -> Told:
    """Write what is new and send what is due.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        at: The present moment, aware.
        refused_too: Try messages again that were set aside.

    Raises:
        ConfigError: A channel's settings do not suffice; its messages wait.
    """
    outbox = Outbox(home)
    sent: list[str] = []
    failed: dict[str, str] = {}
    given_up: list[str] = []
    with outbox.held():
        written = write_news(outbox, home, settings, engine, at)
        if refused_too:
            outbox.try_refused_again(at)
        for message in outbox.messages():
            if message.next_at > at or message.channel not in channels(settings):
                continue
            trouble = _attempt(settings, message, at)
            if not trouble:
                outbox.mark_sent(message, at)
                sent.append(message.key)
            elif outbox.mark_failed(message, at, trouble, settings.tell.attempts):
                failed[message.key] = trouble
            else:
                given_up.append(message.key)
        waiting = len(outbox.messages(WAITING))
    new = tuple(message.key for message in written)
    return Told(tuple(channels(settings)), new, tuple(sent), failed, tuple(given_up), waiting)


def _attempt(settings: Settings, message: Message, at: datetime) -> str:
    """Send a message; return what went wrong, without what a server may have quoted of it."""
    try:
        CHANNELS[message.channel](settings, message, at)
    except PartlyRefusedError:
        return ""
    except OSError as error:
        code = getattr(error, "smtp_code", None) or getattr(error, "code", None)
        return f"{type(error).__name__}{f' {code}' if code else ''}"
    return ""


def _message(news: NightNews, channel: str, settings: Settings, at: datetime) -> Message:
    ending = "failed" if news.status == "failed" else "done"
    return Message(
        key=f"{news.night.isoformat()}.{ending}.{channel}",
        channel=channel,
        subject=subject(news, settings.bank.name),
        text=text(news, with_ids=settings.mail.with_ids),
        made_at=at,
        next_at=at,
        body=body(news, settings.bank.name),
    )
