"""Notices that the machine's clock was set, or that it slept: the jobs have to be planned anew."""

from __future__ import annotations

import threading
from collections.abc import Callable

LEAST_JUMP_SECONDS = 30.0
LOOK_SECONDS = 1.0

Seconds = Callable[[], float]


class ClockWatch:
    """Compares the wall clock with one that only counts seconds.

    Args:
        wall: The wall clock, in seconds.
        steady: A clock that nobody can set.
        jumped: Told by how many seconds the wall clock jumped.
    """

    def __init__(self, wall: Seconds, steady: Seconds, jumped: Callable[[float], None]) -> None:
        self.wall, self.steady, self.jumped = wall, steady, jumped
        self._apart = wall() - steady()

    def look(self) -> None:
        """Look once."""
        apart = self.wall() - self.steady()
        if abs(apart - self._apart) >= LEAST_JUMP_SECONDS:
            jump, self._apart = apart - self._apart, apart
            self.jumped(jump)

    def start(self, stop: threading.Event) -> threading.Thread:
        """Look every second until a stop is asked for."""

        def keep_looking() -> None:
            while not stop.wait(LOOK_SECONDS):
                self.look()

        thread = threading.Thread(target=keep_looking, name="clock watch", daemon=True)
        thread.start()
        return thread
