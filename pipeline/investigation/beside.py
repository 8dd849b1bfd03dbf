"""A second reader beside the first: what does not wait for one another is read at the same time."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from pipeline.investigation.stored import Stored

T = TypeVar("T")


class Beside:
    """Reads with a connection of its own, one thing after another, while its maker goes on.

    Args:
        stored: What the run may use, with the second connection.
        pool: A pool of one thread: a connection serves one at a time.
    """

    def __init__(self, stored: Stored, pool: ThreadPoolExecutor) -> None:
        self._stored, self._pool = stored, pool

    def read(self, reading: Callable[[Stored], T]) -> Future[T]:
        """Begin a reading; its result, or its error, is had from what is returned.

        Args:
            reading: Uses only what it is given.
        """
        return self._pool.submit(reading, self._stored)


@contextmanager
def beside(stored: Stored) -> Iterator[Beside]:
    """Open a second reader of the same run; at the end it has read all that it was asked.

    Args:
        stored: What the run may use.
    """
    _ = stored.calendar  # both need it: read once, before there are two
    second = copy.copy(stored)
    with stored.connection.cursor() as cursor, ThreadPoolExecutor(1, "beside") as pool:
        cursor.execute("SET TimeZone = 'UTC'")  # a second connection does not take it over
        second.connection = cursor
        yield Beside(second, pool)
