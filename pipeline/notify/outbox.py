"""The outbox: every message lies in a file until it is sent, and its key is kept so that it is sent once.

A message is moved to `sent` right after the server has taken it. Should the machine stop in just that
moment, it goes out again under the same identity (Message-ID, Idempotency-Key), by which the receiver knows
it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.home import PRIVATE_DIR, PRIVATE_FILE, Home
from pipeline.whole_file import write_whole

WAITING, SENT, REFUSED = "waiting", "sent", "refused"
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
_KEY = re.compile(r"[A-Za-z0-9._-]{1,150}")


@dataclass(frozen=True)
class Message:
    """One message on one channel.

    Attributes:
        key: Its identity: night, kind and channel.
        channel: Which way it goes.
        subject: One line.
        text: The message for people.
        body: The message for machines.
        made_at: When it was written.
        next_at: When it is tried next.
        attempts: How often it was tried.
        trouble: What went wrong last.
        sent_at: When a server took it.
    """

    key: str
    channel: str
    subject: str
    text: str
    made_at: datetime
    next_at: datetime
    body: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0
    trouble: str = ""
    sent_at: datetime | None = None


class Outbox:
    """The messages of one home.

    Args:
        home: The installation.
    """

    def __init__(self, home: Home) -> None:
        self.root = home.outbox
        for folder in (self.root, *(self.root / state for state in (WAITING, SENT, REFUSED))):
            folder.mkdir(mode=PRIVATE_DIR, exist_ok=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes out of the outbox while the block runs; the lock ends with the process."""
        descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def knows(self, key: str) -> bool:
        """Whether a message of this key waits, was sent, or was given up."""
        return any(self._path(state, key).exists() for state in (WAITING, SENT, REFUSED))

    def put(self, message: Message) -> bool:
        """Take a message in; False when its key was there before, which changes nothing."""
        if self.knows(message.key):
            return False
        self._write(WAITING, message)
        return True

    def messages(self, state: str = WAITING) -> list[Message]:
        """List the messages of a state, the oldest first."""
        found = [_read(path) for path in sorted((self.root / state).glob("*.json"))]
        return sorted(found, key=lambda message: (message.made_at, message.key))

    def mark_sent(self, message: Message, at: datetime) -> None:
        """Note that a server has taken the message."""
        # First moved, then noted down: the move alone keeps it from going out again.
        self._path(WAITING, message.key).replace(self._path(SENT, message.key))
        self._write(SENT, replace(message, sent_at=at, trouble="", attempts=message.attempts + 1))

    def mark_failed(self, message: Message, at: datetime, trouble: str, most_attempts: int) -> bool:
        """Note that an attempt failed; False when it was the last one and the message is set aside."""
        wait = min(FIRST_WAIT * 2 ** min(message.attempts, 20), LONGEST_WAIT)
        tried = replace(message, attempts=message.attempts + 1, next_at=at + wait, trouble=trouble)
        self._write(WAITING, tried)
        if tried.attempts < most_attempts:
            return True
        self._path(WAITING, message.key).replace(self._path(REFUSED, message.key))
        return False

    def try_refused_again(self, at: datetime) -> int:
        """Put what was set aside back among the waiting, as if new; return how many."""
        refused = self.messages(REFUSED)
        for message in refused:
            self._write(REFUSED, replace(message, attempts=0, next_at=at))
            self._path(REFUSED, message.key).replace(self._path(WAITING, message.key))
        return len(refused)

    def _path(self, state: str, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("a message's key is made of letters, digits, dots and dashes")
        return self.root / state / f"{key}.json"

    def _write(self, state: str, message: Message) -> None:
        text = json.dumps(asdict(message), default=lambda moment: moment.isoformat(), ensure_ascii=False)
        write_whole(self._path(state, message.key), text + "\n")


def _read(path: Path) -> Message:
    found = json.loads(path.read_text(encoding="utf-8"))
    for name in ("made_at", "next_at", "sent_at"):
        if found[name]:
            found[name] = datetime.fromisoformat(found[name])
    return Message(**found)
