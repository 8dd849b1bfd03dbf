"""Notices Ctrl-C also where the engine turns it into an error of its own."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether somebody has asked this process to stop."""

    asked = False

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        """Note the wish, and end what is going on in Python."""
        self.asked = True
        raise KeyboardInterrupt


@contextmanager
def notice_interruption() -> Iterator[Interruption]:
    """Watch for Ctrl-C while the block runs.

    DuckDB answers it in the middle of a query with "RuntimeError: Query interrupted", which does not say
    who wanted it; the note that is kept here does.
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption  # only the main thread is told of signals
        return
    before = signal.signal(signal.SIGINT, interruption)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, before)
