"""Walks through a table in chunks along its watermark and key, so that no row falls between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, and_, column, or_

Place = tuple[Any, ...]


def walk(
    connection: Any, query: Any, order: Sequence[str], size: int
) -> Iterator[tuple[list[str], list[Row[Any]], Place]]:
    """Yield the header, the rows and the last place of each chunk, in the order of some columns.

    A chunk ends where the place changes, as the next one can only begin at a place and not amid its rows: one
    row more than wanted is read, and what has its place is left for the next chunk. Where a whole chunk has one
    place, a greater one is read.

    Args:
        connection: The database's.
        query: What to read.
        order: Columns that tell a row's place; without any, all is read in one stream.
        size: Rows of a chunk.
    """
    if not order:
        answer = connection.execution_options(stream_results=True).execute(query)
        for part in answer.partitions(size):
            yield list(answer.keys()), list(part), ()
        return
    columns: list[Any] = [column(name) for name in order]
    query = query.order_by(*columns)
    begun: set[Place] = set()
    begin: Place | None = None
    wanted = size
    while True:
        part = query if begin is None else query.where(_from(columns, begin))
        answer = connection.execute(part.limit(wanted + 1))
        header, rows = list(answer.keys()), answer.fetchall()
        if not rows:
            return
        names = [name.lower() for name in header]
        at = [names.index(name.lower()) for name in order]
        places = [tuple(row[index] for index in at) for row in rows]
        if len(rows) <= wanted:
            yield header, list(rows), places[-1]
            return
        end = next((number for number in range(wanted, 0, -1) if places[number - 1] != places[wanted]), 0)
        # A database may take two places for one (A and a, moments finer than ours): then the walk would come
        # back to where it was, and only a greater chunk leads on.
        if not end or places[end] in begun:
            wanted *= 2
            continue
        yield header, list(rows[:end]), places[end - 1]
        begin, wanted = places[end], size
        begun.add(begin)


def _from(columns: Sequence[Any], begin: Place) -> Any:
    """Begin at a place, itself included: where the database takes another for the same, that one is read again."""
    after = columns[-1] >= begin[-1]
    if len(columns) > 1:
        after = or_(columns[0] > begin[0], and_(columns[0] == begin[0], after))
    return after
