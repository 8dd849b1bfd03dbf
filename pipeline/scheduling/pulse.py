"""What is done at each heartbeat for those who watch: metrics, and the call that says that all is well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from pipeline.casebook.engine import open_casebook
from pipeline.errors import TellerwatchError
from pipeline.home import Home
from pipeline.log import get_logger
from pipeline.scheduling.heartbeat import push
from pipeline.scheduling.metrics import write_metrics
from pipeline.scheduling.standing import Standing, standing
from pipeline.settings import Settings


class Pulse:
    """Looks how the nights stand and tells those who watch.

    Args:
        home: The installation.
        settings: The effective configuration.
        clock: The present moment, aware.
    """

    def __init__(self, home: Home, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.home, self.settings, self.clock = home, settings, clock
        self.log = get_logger("scheduling")
        self._complaint = ""

    def look(self) -> None:
        """Write the metrics, and call the dead-man's switch unless a night is late or has failed."""
        try:
            engine = open_casebook(self.home, self.settings)
            try:
                found = standing(self.home, self.settings, engine, self.clock())
                write_metrics(self.home, self.settings, engine, self.clock())
            finally:
                engine.dispose()
        except (TellerwatchError, SQLAlchemyError, OSError) as error:
            self._complain(f"the casebook or its metrics cannot be read or written ({type(error).__name__})")
            return
        self._complain(self._call(found))

    def _call(self, found: Standing) -> str:
        if found.late:
            return f"a night is late or failed (expected: {found.expected}): no call goes out"
        if not self.settings.watch.push_url:
            return ""
        wrong = push(self.settings.watch.push_url, self.settings.tell.timeout_seconds)
        return f"the dead-man's switch could not be called ({wrong})" if wrong else ""

    def _complain(self, text: str) -> None:
        """Say what is wrong once, not at every beat."""
        if text and text != self._complaint:
            self.log.error(text)
        elif self._complaint and not text:
            self.log.info("all is well again")
        self._complaint = text
