"""Options that must be given in words: blanks alone are no reason that anybody could read later."""

from __future__ import annotations

import click

from pipeline.errors import UsageError


def in_words(_context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Take the blanks off the ends of an option's text.

    Raises:
        UsageError: Nothing is left.
    """
    # What is not seen is no word either: zero-width signs, marks of direction.
    if not any(sign.isprintable() and not sign.isspace() for sign in value):
        name = parameter.opts[0]
        raise UsageError(
            f"{name} holds no words, and nobody could tell later why this was done.",
            f"Say it in words: {name} TEXT.",
        )
    return value.strip()
