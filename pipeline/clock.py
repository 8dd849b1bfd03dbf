"""The clock: the one place that asks the machine what time it is.

Computing code never calls this; the command line and the scheduler read it once and pass the answer down.
"""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)
