"""Gives every process of the soak test one wall clock that the test sets; Python runs this file at its start.

The product has no such switch: this folder stands on PYTHONPATH in the soak test alone. The clock goes at the
pace of the machine's; the test sets it forward, as an operator would.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

CLOCK = Path(os.environ["SOAK_CLOCK"])


def present(zone: tzinfo | None = None) -> datetime:
    return (datetime.now(UTC) + timedelta(seconds=float(CLOCK.read_text()))).astimezone(zone or UTC)


class _Kind(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


class VirtualDatetime(datetime, metaclass=_Kind):
    """Stands for `datetime` in APScheduler's modules."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return present(tz)


import pipeline.clock  # noqa: E402  # after what replaces it

pipeline.clock.now = present
if sys.orig_argv[-1] == "schedule":
    import apscheduler.executors.base
    import apscheduler.schedulers.base
    import apscheduler.triggers.interval

    for module in (apscheduler.executors.base, apscheduler.schedulers.base, apscheduler.triggers.interval):
        module.datetime = VirtualDatetime
