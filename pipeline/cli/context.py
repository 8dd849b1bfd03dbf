"""What every command is handed: the home, the settings, the casebook, and how to print."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, TypeVar, cast

import click

from pipeline.cli.plain import plain
from pipeline.errors import UsageError
from pipeline.home import Home

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from sqlalchemy import Engine

    from pipeline.pseudonyms import StaffCodes
    from pipeline.settings import Settings

SCHEMA_VERSION = "1.0"
DEFAULT_HOME = "~/.tellerwatch"
T = TypeVar("T")


def default_home() -> Path:
    """Return the home that is meant when none is given: the environment's, else one in the user's folder."""
    return Path(os.environ.get("TELLERWATCH_HOME") or DEFAULT_HOME).expanduser().absolute()


@dataclass
class CliContext:
    """One invocation of `tellerwatch`. Settings and casebook are opened only when asked for.

    Attributes:
        home_named: Whether the home was named on the command line.
        only_looks: Whether the command has nothing left to do once it has printed, so that the process may end at once.
    """

    home: Home = field(default_factory=lambda: Home(default_home()))
    home_named: bool = False
    only_looks: bool = False
    json: bool = False
    quiet: bool = False
    verbosity: int = 0
    log_format: Literal["text", "json"] = "text"
    no_color: bool = field(default_factory=lambda: bool(os.environ.get("NO_COLOR")))

    @property
    def color(self) -> bool:
        """Whether standard output may be coloured: a terminal, and nobody said no."""
        return not self.no_color and sys.stdout.isatty()

    @cached_property
    def settings(self) -> Settings:
        """The effective configuration of this home.

        Raises:
            ConfigError: It cannot be used.
        """
        from pipeline.settings import load_settings

        return load_settings(self.home.config)

    @cached_property
    def engine(self) -> Engine:
        """The casebook's database engine, migrated and ready."""
        self.require_home()
        from pipeline.casebook.engine import open_casebook

        return open_casebook(self.home, self.settings)

    @cached_property
    def _codes(self) -> StaffCodes | None:
        from pipeline.pseudonyms import staff_codes

        return staff_codes(self.home, self.settings, self.engine)

    @property
    def codes(self) -> StaffCodes | None:
        """The codes under which staff is shown; None by id and name, or where no casebook was opened."""
        return self._codes if "engine" in self.__dict__ else None

    def coded(self, value: T) -> T:
        """Return what is to be shown, with codes in the place of people where the configuration says so."""
        return self.codes.shown(value) if self.codes else value

    def person(self, text: str) -> str:
        """Return the employee id that is meant by an id or a code.

        Raises:
            UsageError: Nobody here has that code.
        """
        from pipeline.pseudonyms import is_code, read_codes

        text = text.strip()
        if not is_code(text):
            return text
        found = (self.codes or read_codes(self.home, self.engine)).person(text)
        if found is None:
            raise UsageError(f"Nobody here has the code {text}.", "Copy it from the report or the case.")
        return found

    def local(self, moment: datetime) -> str:
        """Write a moment as the bank's wall clock shows it, with its offset."""
        from zoneinfo import ZoneInfo

        at = moment.astimezone(ZoneInfo(self.settings.bank.zone)).isoformat(" ", timespec="minutes")
        return f"{at[:16]} {at[16:]}"

    def require_home(self) -> Home:
        """Return the home, or say how to make one.

        Raises:
            UsageError: There is none yet.
        """
        if not self.home.exists:
            raise UsageError(
                f"There is no Tellerwatch home at {self.home.root}, so there is nothing to work on.",
                f"Make one with `tellerwatch --home {self.home.root} init`, "
                "or name another with --home or TELLERWATCH_HOME.",
            )
        return self.home

    @contextmanager
    def locked(self, command: str) -> Iterator[Home]:
        """Hold the home's lock, and the casebook's turn, while the block works; every command that writes lake or scores does.

        Args:
            command: What is being done, shown to whoever finds the lock taken.

        Raises:
            UsageError: There is no home yet.
            LockedError: Another process is at work.
        """
        from pipeline.clock import now
        from pipeline.lock import hold_lock

        home = self.require_home()
        from pipeline.casebook.turn import hold_turn

        with hold_lock(home, command, now()), hold_turn(self.engine):
            yield home

    def set_up_logging(self) -> None:
        """Start the log as the options ask for it."""
        from pipeline.log import LogOptions, set_up

        color = not self.no_color and sys.stderr.isatty()
        set_up(LogOptions(self.log_format, -1 if self.quiet else self.verbosity, color))

    def emit(self, result: Any, human: Callable[[Console], None] | None = None) -> None:
        """Print a result on standard output: JSON with `schema_version` where asked for, else for people.

        Args:
            result: A mapping, dataclass, pydantic model, or a list of them; the JSON form of the answer.
            human: Writes the answer on the console that it is given; None prints the JSON form to people too.
        """
        if self.json or human is None:
            click.echo(to_json(self.coded(_plain(result))))
        else:
            human(self.console())

    def console(self, *, stderr: bool = False) -> Console:
        """Return a Rich console on standard output, or on standard error, that honours the colour options."""
        from pipeline.cli.plain_console import PlainConsole

        console = PlainConsole(stderr=stderr, no_color=self.no_color, highlight=False, soft_wrap=True)
        if codes := self.codes:
            from pipeline.cli.coded_stream import CodedStream

            # The last wall: what a command has not coded itself is coded on its way to the screen.
            console.file = cast("IO[str]", CodedStream(sys.stderr if stderr else sys.stdout, codes))
        return console

    def say(self, text: str) -> None:
        """Tell a person how the work goes, on standard error; silent with `--quiet`."""
        if not self.quiet:
            click.echo(plain(self.coded(text)), err=True)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Give a progress display on standard error: a bar on a terminal, nothing elsewhere or if quiet.

        Yields:
            Rich's `Progress`; use `add_task(text, total=n)` and `advance(task)`.
        """
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        shown = sys.stderr.isatty() and not self.quiet
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console(stderr=True),
            disable=not shown,
        ) as bar:
            yield bar


pass_context = click.make_pass_decorator(CliContext, ensure=True)


def _ask_for_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(CliContext).json = True


json_option = click.option(
    "--json",
    is_flag=True,
    expose_value=False,
    callback=_ask_for_json,
    help="Print the result as JSON (with schema_version) on standard output.",
)


def to_json(result: Any) -> str:
    """Write a result as JSON text: `schema_version` first, dates as ISO 8601, Chinese as itself.

    Args:
        result: A mapping, dataclass or pydantic model; any other value comes under `items`.
    """
    plain = _plain(result)
    answer = {"schema_version": SCHEMA_VERSION, **(plain if isinstance(plain, dict) else {"items": plain})}
    return json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump())
    if hasattr(value, "item"):  # a NumPy scalar
        return _plain(value.item())
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(inner) for inner in value)
    return [_plain(inner) for inner in value]
