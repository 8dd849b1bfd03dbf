"""One at a time also across machines: on PostgreSQL the database itself says whose turn it is.

The home's file lock keeps processes of one machine apart. Several machines share a casebook only on
PostgreSQL; there a session's advisory lock does the same, and it ends with the session, whatever became of
the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from pipeline.errors import LockedError

_TURN_LOCK = 0x7E11EA  # PostgreSQL's advisory lock: one writer of lake and nights at a time


@contextmanager
def hold_turn(engine: Engine) -> Iterator[None]:
    """Hold the casebook's turn while the block runs; SQLite needs none beyond the home's own lock.

    Args:
        engine: The casebook.

    Raises:
        LockedError: Another machine has it.
    """
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _TURN_LOCK}):
            raise LockedError(
                "Another machine is at work on this casebook; two at once would do a night twice.",
                "Wait until it has ended; the turn is free as soon as its connection ends.",
            )
        try:
            yield
        finally:
            # A connection that broke has given its turn back already.
            if not connection.invalidated and not connection.closed:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _TURN_LOCK})
