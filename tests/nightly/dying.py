"""A process that plays a night and is killed at one of its steps; what it does is the product's, but for its end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.home import Home
from pipeline.nightly.run import Nights
from tests.nightly.tiny_nights import play

_step: Callable[..., Any] = Nights._step


def die_at(step: str, edge: str) -> None:
    """Kill this process in a step: `done` before its end is recorded, `recorded` right after."""

    @contextmanager
    def deadly(nights: Nights, run: Any, name: str) -> Iterator[dict[str, Any]]:
        with _step(nights, run, name) as detail:
            yield detail
            if (name, edge) == (step, "done"):
                os.kill(os.getpid(), signal.SIGKILL)
        if (name, edge) == (step, "recorded"):
            os.kill(os.getpid(), signal.SIGKILL)

    Nights._step = deadly  # type: ignore[method-assign]  # in this process alone, whose only end it is to die


if __name__ == "__main__":
    die_at(sys.argv[3], sys.argv[4])
    play(Home(Path(sys.argv[1])), [date.fromisoformat(sys.argv[2])])
