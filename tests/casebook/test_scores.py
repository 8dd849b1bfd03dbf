from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, text

from pipeline.casebook.engine import writing
from pipeline.casebook.scores import (
    ScoreRow,
    read_reasons,
    read_scores,
    score_history,
    write_reasons,
    write_scores,
)
from tests.casebook.nights import DAY, begin, done, later, reason


def score(employee_id: str, rank: int = 1, value: float = 7.5) -> ScoreRow:
    return ScoreRow(
        employee_id=employee_id,
        score=value,
        p_value=0.1 + 0.2,
        rank=rank,
        alert=rank == 1,
        unexplained=12,
        families={"unexplained": 4.25, "access_shape": 1e-17},
    )


def test_scores_come_back_to_the_last_bit_the_most_suspicious_first(engine: Engine) -> None:
    rows = [score("E2", 2, 3.3), score("E1", 1), score("E10", 3, -0.0)]
    with writing(engine) as connection:
        run = begin(connection)
        assert write_scores(connection, run.run_id, rows) == 3
    with engine.connect() as connection:
        assert read_scores(connection, run.run_id) == [rows[1], rows[0], rows[2]]
        assert read_scores(connection, run.run_id, ["E2", "nobody"]) == [rows[0]]
        assert read_scores(connection, run.run_id, []) == []
        assert read_scores(connection, "another") == []


def test_writing_again_replaces_and_never_doubles(engine: Engine) -> None:
    with writing(engine) as connection:
        run = begin(connection)
        write_scores(connection, run.run_id, [score("E1"), score("E2", 2)])
        write_scores(connection, run.run_id, [score("E3")])
        write_reasons(connection, run.run_id, [reason()])
        write_reasons(connection, run.run_id, [reason(), reason(ordinal=1, code="OFF_HOURS")])
        assert read_scores(connection, run.run_id) == [score("E3")]
        assert len(read_reasons(connection, run.run_id)["E1"]) == 2


def test_reasons_come_back_by_employee_the_most_telling_first(engine: Engine) -> None:
    rows = [
        reason(ordinal=10, code="LAST"),
        reason(ordinal=2, code="NEXT", family="access_shape"),
        reason(),
        reason(employee_id="E2"),
    ]
    with writing(engine) as connection:
        run = begin(connection)
        assert write_reasons(connection, run.run_id, rows) == 4
        found = read_reasons(connection, run.run_id)
        assert found == {"E1": [rows[2], rows[1], rows[0]], "E2": [rows[3]]}
        assert read_reasons(connection, run.run_id, ["E2"]) == {"E2": [rows[3]]}


def test_more_employees_than_a_statement_takes_are_read(engine: Engine) -> None:
    rows = [score(f"E{number:05d}", number + 1) for number in range(1_250)]
    with writing(engine) as connection:
        run = begin(connection)
        write_scores(connection, run.run_id, iter(rows))
        assert read_scores(connection, run.run_id, [row.employee_id for row in rows]) == rows


def test_a_persons_history_has_one_score_a_night_from_the_run_that_speaks_for_it(engine: Engine) -> None:
    with writing(engine) as connection:
        for day, value in ((16, 1.0), (17, 2.0), (18, 3.0)):
            run = done(connection, date(2026, 6, day))
            write_scores(connection, run.run_id, [score("E1", value=value), score("E2", 2)])
        again = done(connection, date(2026, 6, 17), rescore=True, at=later(hours=1))
        write_scores(connection, again.run_id, [score("E1", value=2.5)])
        cut_off = begin(connection, date(2026, 6, 19))
        write_scores(connection, cut_off.run_id, [score("E1", value=9.9)])
        history = score_history(connection, "E1")
        assert [(item.night.day, item.score.score) for item in history] == [(16, 1.0), (17, 2.5), (18, 3.0)]
        assert history[1].run_id == again.run_id
        assert [item.night.day for item in score_history(connection, "E1", date(2026, 6, 17), DAY)] == [
            17,
            18,
        ]
        assert score_history(connection, "E1", config_hash="ffffffffffff") == []


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("SELECT * FROM scores WHERE employee_id = 'E1'", "ix_scores_employee_id_run_id"),
        ("SELECT * FROM scores WHERE run_id = 'r'", "PRIMARY KEY"),
        ("SELECT * FROM reasons WHERE run_id = 'r' AND employee_id = 'E1'", "PRIMARY KEY"),
        (
            "SELECT * FROM lake_files WHERE feed = 'logins' AND day = '2026-06-18'",
            "ix_lake_files_feed_day",
        ),
        ("SELECT * FROM files WHERE sha256 = 'a' AND feed = 'b'", "ix_files_sha256_feed_mapping"),
        ("SELECT * FROM case_nights WHERE case_id = 'C' AND night = '2026-06-18'", "case_nights_1"),
    ],
)
def test_what_is_asked_often_is_answered_by_an_index(sqlite_template, question: str, index: str) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{sqlite_template}")
    with engine.connect() as connection:
        plan = " ".join(str(row) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {question}")))
    engine.dispose()
    assert index in plan
    assert "SEARCH" in plan


def test_a_night_of_ten_thousand_is_written_in_a_few_seconds(engine: Engine) -> None:
    rows = [score(f"E{number:05d}", number + 1) for number in range(10_000)]
    began = time.perf_counter()
    with writing(engine) as connection:
        run = begin(connection, DAY + timedelta(days=1))
        write_scores(connection, run.run_id, rows)
    # A tenth of this on a quiet machine; the bound finds a statement for each row, not a slow disk.
    assert time.perf_counter() - began < 15
