"""The second reader reads what the first one would, and what goes wrong with it is told where its answer is wanted."""

from __future__ import annotations

import threading

import pytest

from pipeline.investigation.beside import beside
from pipeline.investigation.staff import read_staff
from pipeline.investigation.stored import Stored, open_stored
from tests.homes import SmallBank


def test_it_reads_the_same_while_the_first_one_is_at_work(small_bank: SmallBank) -> None:
    bank = small_bank
    person = "E10032"
    with open_stored(bank.home, bank.settings, bank.engine, bank.last) as stored:
        expected = stored.acts_of([person]), read_staff(stored).spells
    meet = threading.Barrier(2, timeout=60)

    def read(one: Stored) -> object:
        meet.wait()
        return [one.acts_of([person]) for _ in range(5)]

    with open_stored(bank.home, bank.settings, bank.engine, bank.last) as stored, beside(stored) as second:
        theirs = second.read(read)
        own = read(stored)
        staff = second.read(read_staff)
        assert own == theirs.result() == [expected[0]] * 5
        assert staff.result().spells == expected[1]


def test_its_clock_is_the_first_ones(small_bank: SmallBank) -> None:
    sql = "SELECT current_setting('TimeZone'), TIMESTAMPTZ '2026-06-18 09:30:00+08'::TIMESTAMP::VARCHAR"
    bank = small_bank
    with open_stored(bank.home, bank.settings, bank.engine, bank.last) as stored, beside(stored) as second:
        here, there = stored.rows(sql, []), second.read(lambda one: one.rows(sql, [])).result()
    assert here == there == [("UTC", "2026-06-18 01:30:00")]


def test_an_error_comes_out_with_the_answer(small_bank: SmallBank) -> None:
    def broken(one: Stored) -> None:
        raise FileNotFoundError(one.night)

    bank = small_bank
    with open_stored(bank.home, bank.settings, bank.engine, bank.last) as stored:
        with beside(stored) as second, pytest.raises(FileNotFoundError):
            second.read(broken).result()
        assert stored.rows("SELECT 1", []) == [(1,)]
