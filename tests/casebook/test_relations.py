"""Cases that are one matter stay cases of their own; what relates them is kept by the night that found it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from pipeline.casebook.case_file import list_cases
from pipeline.casebook.engine import writing
from pipeline.casebook.relations import (
    Relation,
    matter_of,
    matters,
    relations_of,
    relations_of_run,
    write_relations,
)
from pipeline.casebook.runs import Run
from pipeline.casebook.scores import ScoreRow, unexplained_of, write_scores
from tests.casebook.nights import DAY, alert, done


def between(run: Run, one: str, other: str, shared: int = 4, kind: str = "customers") -> Relation:
    return Relation(one, other, kind, run.night, shared)


def test_a_night_told_twice_keeps_its_relations_and_the_cases_their_numbers(engine: Engine) -> None:
    with writing(engine) as connection:
        run = done(connection)
        ids = [alert(connection, run, person).case_id for person in ("E1", "E2", "E3")]
        for _ in range(2):
            assert [alert(connection, run, person).case_id for person in ("E1", "E2", "E3")] == ids
            write_relations(connection, run, [between(run, ids[0], ids[2])])
        assert relations_of_run(connection, run.run_id) == [between(run, ids[0], ids[2])]
        assert [case.case_id for case in list_cases(connection)] == ids


def test_the_last_night_that_found_a_relation_speaks_for_it_and_an_earlier_page_stays(engine: Engine) -> None:
    with writing(engine) as connection:
        first, second = done(connection), done(connection, DAY + timedelta(days=1))
        one, other = (alert(connection, first, person).case_id for person in ("E1", "E2"))
        write_relations(connection, second, [between(second, one, other, 9)])
        write_relations(connection, first, [between(first, one, other, 4)])
        assert relations_of(connection) == [between(second, one, other, 9)]
        assert relations_of_run(connection, first.run_id) == [between(first, one, other, 4)]
        write_relations(connection, second, [])
        assert relations_of(connection) == [between(first, one, other, 4)]


def test_each_nights_figures_are_read_alike_from_one_piece_and_from_the_scores(engine: Engine) -> None:
    from sqlalchemy import delete

    from pipeline.casebook.tables import run_figures

    rows = [ScoreRow("E2", 1.0, 0.5, 2, False, 0), ScoreRow("E1", 7.0, 0.1, 1, True, 12)]
    with writing(engine) as connection:
        run = done(connection)
        write_scores(connection, run.run_id, rows)
        write_scores(connection, run.run_id, rows)
        kept = unexplained_of(connection, run.run_id)
        connection.execute(delete(run_figures))  # as a night of an earlier version left it
        assert unexplained_of(connection, run.run_id) == kept == {"E1": 12, "E2": 0}


@pytest.mark.parametrize(
    ("pairs", "groups"),
    [
        ([], []),
        ([("C-2", "C-3")], [("C-2", "C-3")]),
        ([("C-2", "C-3"), ("C-1", "C-3")], [("C-1", "C-2", "C-3")]),
        ([("C-3", "C-4"), ("C-1", "C-2")], [("C-1", "C-2"), ("C-3", "C-4")]),
        ([("C-1", "C-9")], []),
    ],
)
def test_whoever_is_related_by_way_of_others_belongs_to_the_matter(
    pairs: list[tuple[str, str]], groups: list[tuple[str, ...]]
) -> None:
    found = [Relation(one, other, "typed", DAY, 3) for one, other in pairs]
    assert matters(["C-4", "C-3", "C-2", "C-1"], found) == groups
    for group in groups:
        assert {matter_of(case_id, found) for case_id in group} == {group[0]}
    assert matter_of("C-8", found) == ""
