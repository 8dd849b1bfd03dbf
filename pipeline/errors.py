"""The error tree and the exit codes that go with it (docs/exit-codes.md).

Every message says where, what was found, why it matters tonight, and what to do next.
No message ever carries a customer's number.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns; stable, part of the interface."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3
    NOT_PERMITTED = 4
    LOCKED = 5
    DRILL_BELOW_FLOOR = 6
    INTERNAL = 70
    INTERRUPTED = 130


class TellerwatchError(Exception):
    """Root of all expected errors.

    Args:
        what: What happened and where, in one or two sentences.
        todo: The next thing to do.
    """

    exit_code = ExitCode.INTERNAL
    transient = False

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.what}\n  → {self.todo}" if self.todo else self.what


class UsageError(TellerwatchError):
    """The command or its arguments cannot be carried out as given."""

    exit_code = ExitCode.USAGE


class ConfigError(TellerwatchError):
    """The configuration cannot be used."""

    exit_code = ExitCode.USAGE


class DataIncompleteError(TellerwatchError):
    """The work was done, but on incomplete data."""

    exit_code = ExitCode.INCOMPLETE


class NotPermittedError(TellerwatchError):
    """The act needs a permission, a case number or a second person."""

    exit_code = ExitCode.NOT_PERMITTED


class LockedError(TellerwatchError):
    """Another run holds the lock of this home."""

    exit_code = ExitCode.LOCKED
    transient = True
