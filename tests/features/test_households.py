"""People who stand on one record, looked up by one person on one day; and what was known by then."""

from __future__ import annotations

from datetime import date

import ibis
import pandas as pd

from pipeline.features.households import MOST_PARTIES, family_lookups, households

LONG_AGO, TODAY, LATER = date(2025, 5, 5), date(2026, 3, 10), date(2026, 3, 12)
Party = tuple[str, str, date]
Act = tuple[str, str, str, date]
COUPLE: list[Party] = [("loan-1", "he", LONG_AGO), ("loan-1", "she", LONG_AGO)]


def together(parties: list[Party], acts: list[Act]) -> list[str]:
    """Return the events found; acts are (event, person, customer, day), known on their own night."""
    stood = ibis.memtable(
        pd.DataFrame(parties, columns=["record_id", "subject_token", "party_from"]),
        schema=ibis.schema({"record_id": "string", "subject_token": "string", "party_from": "date"}),
    )
    log = ibis.memtable(
        pd.DataFrame(acts, columns=["event_id", "entity", "subject_token", "day"]),
        schema=ibis.schema(
            {"event_id": "string", "entity": "string", "subject_token": "string", "day": "date"}
        ),
    ).mutate(night=lambda t: t.day, is_lookup=ibis.literal(True))
    found = ibis.duckdb.connect(threads=1).to_pyarrow(family_lookups(log, households(stood)))
    return sorted(found["event_id"].to_pylist())


def test_borrower_and_spouse_on_one_day_are_found() -> None:
    acts = [("e1", "amy", "he", TODAY), ("e2", "amy", "she", TODAY), ("e3", "amy", "stranger", TODAY)]
    assert together(COUPLE, acts) == ["e1", "e2"]


def test_one_of_them_alone_is_not() -> None:
    assert together(COUPLE, [("e1", "amy", "he", TODAY), ("e2", "amy", "he", TODAY)]) == []


def test_two_people_who_each_look_up_one_of_them_are_not() -> None:
    assert together(COUPLE, [("e1", "amy", "he", TODAY), ("e2", "bob", "she", TODAY)]) == []


def test_different_days_are_not() -> None:
    assert together(COUPLE, [("e1", "amy", "he", TODAY), ("e2", "amy", "she", LATER)]) == []


def test_a_record_that_came_later_binds_nobody_in_hindsight() -> None:
    parties = [("loan-1", "he", LONG_AGO), ("loan-1", "she", LATER)]
    acts = [("e1", "amy", "he", TODAY), ("e2", "amy", "she", TODAY)]
    assert together(parties, acts) == []


def test_parties_added_later_make_no_pool_of_what_was_a_household() -> None:
    crowd = [("loan-1", f"p{n}", LATER) for n in range(MOST_PARTIES)]
    acts = [("e1", "amy", "he", TODAY), ("e2", "amy", "she", TODAY)]
    later = [("e3", "amy", "he", LATER), ("e4", "amy", "she", LATER)]
    assert together(COUPLE + crowd, acts + later) == ["e1", "e2"]


def test_a_pool_of_many_is_no_household() -> None:
    pool = [("list", f"p{n}", LONG_AGO) for n in range(MOST_PARTIES + 1)]
    assert together(pool, [(f"e{n}", "amy", f"p{n}", TODAY) for n in range(5)]) == []
