"""The night's cases as a file for the bank's security tools: one file a night, whole, and never again."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Engine

from pipeline.export.alerts import alerts_of
from pipeline.home import PRIVATE_DIR, PRIVATE_FILE, Home
from pipeline.notify.news import NightNews
from pipeline.notify.outbox import Message
from pipeline.settings import Settings
from pipeline.whole_file import write_whole

CHANNEL = "siem"
READABLE_BY_GROUP = 0o640
"""Outside the home the collector runs as another user, of the folder's group."""


def night_message(
    home: Home, settings: Settings, engine: Engine, news: NightNews, at: datetime
) -> Message | None:
    """Return the message that holds a night's lines; None for a night that failed.

    A night without cases gives an empty file: the collector sees that the night was done.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        news: The night's figures.
        at: The present moment, aware.
    """
    from pipeline.pseudonyms import staff_codes

    if news.status == "failed":
        return None
    form = settings.siem.format
    mapping = getattr(import_module(f"pipeline.export.{form}"), form)
    with engine.connect() as connection:
        _, alerts = alerts_of(connection, news.night)
        # The files of nights that were scored again have left the house; what they opened goes with this one.
        later = {case.case_id: case.opened_on for case in news.new_cases if case.opened_on != news.night}
        for night in sorted(set(later.values())):
            alerts += [alert for alert in alerts_of(connection, night)[1] if alert.case.case_id in later]
    codes = staff_codes(home, settings, engine)
    shown = codes.shown(alerts) if codes else alerts
    lines = "".join(mapping(alert, version("tellerwatch")) + "\n" for alert in shown)
    return Message(
        key=f"{news.night.isoformat()}.done.{CHANNEL}",
        channel=CHANNEL,
        subject=f"{news.night.isoformat()}.{form}.{'log' if form == 'cef' else 'jsonl'}",
        text=lines,
        made_at=at,
        next_at=at,
        body={"folder": str(_folder(home, settings)), "inside": not settings.siem.folder},
    )


def write_file(_settings: Settings, message: Message, _at: datetime) -> None:
    """Write the message's file; a collector sees it whole or not at all.

    Raises:
        OSError: The folder is not there or cannot be written: tried again later.
    """
    folder = Path(message.body["folder"])
    if message.body["inside"]:
        folder.mkdir(mode=PRIVATE_DIR, exist_ok=True)
    mode = PRIVATE_FILE if message.body["inside"] else READABLE_BY_GROUP
    write_whole(folder / message.subject, message.text, mode)


def _folder(home: Home, settings: Settings) -> Path:
    return Path(settings.siem.folder) if settings.siem.folder else home.root / "siem"
