"""One lock for each home: two runs never write the same lake and casebook at once.

The operating system holds it (`flock`), so a crash or a kill frees it; the note inside is only for people.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime

from pipeline.errors import LockedError, TellerwatchError, is_transient
from pipeline.home import PRIVATE_FILE, Home
from pipeline.retention.rotation_state import refuse_half_rotated


class LockFileError(TellerwatchError):
    """The lock's file cannot be opened or written: a read-only home, a full disk, another owner.

    Args:
        home: The installation.
        cause: What the machine said.
    """

    def __init__(self, home: Home, cause: OSError) -> None:
        super().__init__(
            f"The lock of this home, {home.lock}, cannot be opened or written ({cause.strerror or cause}). "
            "Without it nothing may be written here, so no night can run.",
            "Free space on that disk, make it writable again or give the home back to this user, "
            f"then run the same command again; `tellerwatch --home {home.root} doctor` says how it stands.",
        )
        self.transient = is_transient(cause)


@contextmanager
def _told(home: Home) -> Iterator[None]:
    """Say in words what the machine says of the lock's file."""
    try:
        yield
    except OSError as error:
        raise LockFileError(home, error) from error


@dataclass(frozen=True)
class Holder:
    """Who holds the lock, as written into it."""

    pid: int
    host: str
    command: str
    since: str


def _read_note(descriptor: int) -> Holder | None:
    text = os.pread(descriptor, 4096, 0).decode("utf-8", errors="replace")
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):
        return None


@contextmanager
def hold_lock(home: Home, command: str, at: datetime) -> Iterator[None]:
    """Hold the home's lock while the block runs.

    Args:
        home: The installation.
        command: What is being done, in words such as `run`; shown to whoever finds the lock taken.
        at: The present moment, for the note.

    Raises:
        LockedError: Another process has it; the message names it and says since when.
        ConfigError: A change of the token key was cut off half-way.
        LockFileError: The lock's file cannot be opened or written.
    """
    if command != "key rotate":
        refuse_half_rotated(home)
    with _told(home):
        descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        with _told(home):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise _locked(home, _read_note(descriptor)) from error
            note = Holder(os.getpid(), socket.gethostname(), command, at.isoformat(timespec="seconds"))
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(asdict(note)).encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def current_holder(home: Home) -> Holder | None:
    """Say who holds the home's lock at this moment; None when it is free.

    Raises:
        LockFileError: The lock's file cannot be opened, so that no command could take it either.
    """
    if not home.lock.exists():
        return None
    with _told(home):
        descriptor = os.open(home.lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_note(descriptor) or Holder(0, "unknown", "unknown", "unknown")
    finally:
        os.close(descriptor)
    return None


def _locked(home: Home, holder: Holder | None) -> LockedError:
    who = (
        f"`{holder.command}` (process {holder.pid} on {holder.host}, since {holder.since})"
        if holder
        else "another process"
    )
    return LockedError(
        f"{home.root} is being worked on by {who}; two at once would spoil the night's record.",
        "Wait until it has ended, or end that process; the lock frees itself when its process ends.",
    )
