"""Reports that are owed: those of nights that are done, but whose page a crash or a full disk kept back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from pipeline.casebook.runs import Run
from pipeline.errors import TellerwatchError, is_transient
from pipeline.log import get_logger


def draw_owed(owed: Sequence[Run], draw: Callable[[Run, bool], object]) -> dict[date, Exception]:
    """Draw what is owed; a report that cannot be drawn stays owed and keeps nothing else back.

    Args:
        owed: The nights' runs, oldest first.
        draw: Draws one report, told whether it is the last.

    Returns:
        Why those that are still owed could not be drawn, by their nights.
    """
    failed: dict[date, Exception] = {}
    for run in owed:
        try:
            draw(run, run is owed[-1])
        except (TellerwatchError, OSError) as error:
            failed[run.night] = error
            # Of the error only its kind: its words may name people, whom the log does not know how to code.
            get_logger("nightly").warning(
                f"The report of the night of {run.night} is still owed: it could not be drawn "
                f"({type(error).__name__}). Other nights go on, and the next run tries it again; "
                f"`tellerwatch report --night {run.night}` says why."
            )
    return failed


def tell_still_owed(failed: Mapping[date, Exception], asked: Collection[date]) -> None:
    """End with an error where somebody waits for a report that is still owed, or another try may bring it.

    An older night's report that stays undrawable is only logged: it would make every run to come a failed one.

    Args:
        failed: Why reports could not be drawn, by their nights.
        asked: The nights that were asked for.

    Raises:
        TellerwatchError: The report cannot be drawn.
        OSError: It cannot be read or written.
    """
    for night, error in failed.items():
        if night in asked or is_transient(error):
            raise error
