"""What can go wrong with the casebook."""

from __future__ import annotations

from pipeline.errors import TellerwatchError


class CasebookError(TellerwatchError):
    """The casebook's database cannot be used."""


class CasebookUnreachableError(CasebookError):
    """The database does not answer now; it may later."""

    transient = True
