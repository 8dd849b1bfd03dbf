"""Who acts, and the trace of it: the operating-system user, written into the access record."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline.cli.context import CliContext

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from pipeline.casebook.access import AccessRecord
    from pipeline.casebook.independence import FourEyes


def operating_system_user() -> str:
    """Return the account that runs this process; the environment is not believed, as anybody can set it."""
    try:
        import pwd

        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid-{os.geteuid()}"
    except ImportError:
        import getpass

        return getpass.getuser()


@dataclass
class Acting:
    """One act of one user on one casebook: the moment is taken once, so that all its traces agree."""

    context: CliContext
    act: str
    at: datetime
    actor: str
    host: str

    @property
    def engine(self) -> Engine:
        """The casebook."""
        return self.context.engine

    @cached_property
    def eyes(self) -> FourEyes:
        """The rules of the second person; says so when the line cannot be checked."""
        from pipeline.casebook.register import four_eyes

        eyes = four_eyes(self.context.home, self.context.settings, self.engine, self.at.date())
        if not eyes.managers:
            self.context.say("No employees feed: that the second person is outside the line is not checked.")
        return eyes

    def record(
        self, target_kind: str, target: str, case_no: str | None = None, detail: dict[str, Any] | None = None
    ) -> AccessRecord:
        """Leave an access record, before anything is shown, and return it."""
        from pipeline.casebook.access import append

        return append(
            self.engine,
            at=self.at,
            actor=self.actor,
            host=self.host,
            act=self.act,
            target_kind=target_kind,
            target=target,
            case_no=case_no,
            detail=detail,
        )

    @contextmanager
    def deciding(self, target_kind: str, target: str, case_no: str | None = None) -> Iterator[Connection]:
        """Leave an access record, then give a transaction for the decision.

        What is refused leaves its trace too: that somebody tried is worth knowing.
        """
        from pipeline.casebook.engine import writing

        self.record(target_kind, target, case_no)
        _ = self.eyes  # read before the transaction, which holds others off: the register lies in the lake
        with writing(self.engine) as connection:
            yield connection


def acting(context: CliContext, act: str) -> Acting:
    """Begin an act: who, where and when.

    Args:
        context: The invocation.
        act: What is done, as the access record will name it.
    """
    import socket

    from pipeline.clock import now

    return Acting(context, act, now(), operating_system_user(), socket.gethostname())
