"""What can go wrong with the casebook."""

from __future__ import annotations

from pipeline.errors import ExitCode, TellerwatchError


class CasebookError(TellerwatchError):
    """The casebook's database cannot be used."""


class CasebookUnreachableError(CasebookError):
    """The database does not answer now; it may later."""

    transient = True


class CasebookReadOnlyError(CasebookError):
    """The casebook may be read and not written: a read-only disk, another owner, a standby server."""

    exit_code = ExitCode.USAGE
    transient = True
