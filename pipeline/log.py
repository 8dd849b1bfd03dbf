"""Structured logs on standard error: text for people, JSON for collectors; never a customer's number.

Standard output belongs to results alone, so that `tellerwatch … --json | jq` works with any verbosity.
"""

from __future__ import annotations

import re
import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Literal, TextIO

LogFormat = Literal["text", "json"]

# A stand-alone run of 15 to 18 digits, the last perhaps an X, is taken for a resident number or a card.
_CUSTOMER_NUMBER = re.compile(r"(?<!\d)\d{14,17}[\dXx](?!\d)")


def scrub(text: str) -> str:
    """Put a mark in place of every run of digits that could be a customer's number.

    Args:
        text: Any text on its way to a log, a crash record or the screen.

    Returns:
        The same text without stand-alone runs of 15 to 18 digits (full-width ones included).
    """
    return _CUSTOMER_NUMBER.sub("[number removed]", text)


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {_scrubbed(key): _scrubbed(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scrubbed(inner) for inner in value]
    if isinstance(value, (bool, int)):
        return value if len(str(value)) < 15 else scrub(str(value))
    return value


def _scrub_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in list(event):
        event[key] = _scrubbed(event[key])
    return event


@dataclass(frozen=True)
class LogOptions:
    """The log's form.

    Attributes:
        style: `text` for people, `json` for one object a line.
        verbosity: −1 errors only, 0 warnings and more, 1 progress too, 2 and more everything.
        color: Whether text may be coloured.
        stream: Where to; None is the process's standard error at the time of writing.
    """

    style: LogFormat = "text"
    verbosity: int = 0
    color: bool = False
    stream: TextIO | None = None


_options = LogOptions()


def set_up(options: LogOptions) -> None:
    """Choose the form of all log events from here on.

    structlog takes a good part of a second to import and is asked for only when somebody logs.
    """
    global _options
    _options = options
    if "structlog" in sys.modules:
        _configure()


def _configure() -> None:
    import logging

    import structlog

    level = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}.get(_options.verbosity, logging.DEBUG)
    renderer: Any
    if _options.style == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=_options.color)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _scrub_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=_options.stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def bind_run(run_id: str) -> None:
    """Put the run's id on every log event from here on.

    Args:
        run_id: The id in the casebook's run ledger.
    """
    import structlog

    structlog.contextvars.bind_contextvars(run_id=run_id)


def get_logger(room: str) -> Any:
    """Return a logger whose events name the room that they come from.

    Args:
        room: A short name such as `intake` or `nightly`.
    """
    import structlog

    if not structlog.is_configured():
        _configure()
    return structlog.get_logger(room=room)
