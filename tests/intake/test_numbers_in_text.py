"""A customer's number that somebody typed where none belongs never reaches the lake; what refers to it by that number still does."""

from __future__ import annotations

import re

import pytest

from tests.intake.conftest import Bank

WOMAN, MAN = "900001199001010076", "90000219850615005X"  # check digits are right, the regions do not exist
OLD_WOMAN = "900001900101007"
WRONG = "900001199001010012"
SERIAL = "202606180000123456"
HEADER = "event_id,occurred_at,employee_id,subject_id,reason,business_ref\n"


def stored(bank: Bank, text: str, subject: str = MAN, column: str = "business_ref") -> str:
    """Return what the lake has of a text that was typed in beside a customer."""
    cells = {"reason": "02", "business_ref": "R1"} | {column: text}
    row = f"E1,2026-06-18 10:00:00,T1,{subject},{cells['reason']},{cells['business_ref']}\n"
    bank.write("access_log-1.csv", HEADER + row)
    bank.take()
    (found,) = bank.rows("access_log", column)
    return str(found[0])


@pytest.mark.parametrize(
    "typed",
    [WOMAN, MAN, f"{MAN[:6]} {MAN[6:14]} {MAN[14:]}", MAN.lower(), f"{MAN[:6]}-{MAN[6:14]}-{MAN[14:]}"],
)
def test_a_resident_number_typed_as_business_number_becomes_a_token(bank: Bank, typed: str) -> None:
    assert re.fullmatch("id[0-9a-f]{16}", stored(bank, typed))


@pytest.mark.parametrize(
    "typed", [f"客户{WOMAN}要求", f"call {WOMAN} or {MAN}", "９００００１１９９００１０１００７６"]
)
def test_a_number_inside_a_remark_is_replaced_and_the_rest_stays(bank: Bank, typed: str) -> None:
    found = stored(bank, typed, column="reason")
    assert not re.search("[0-9]{17}", found)
    assert re.sub("id[0-9a-f]{16}", "", found).replace("***", "") == typed.replace(WOMAN, "").replace(
        MAN, ""
    ).replace("９００００１１９９００１０１００７６", "")


@pytest.mark.parametrize("own", [WRONG, OLD_WOMAN, WOMAN])
def test_the_rows_own_customer_is_found_whatever_the_check_digit_and_in_the_old_form(
    bank: Bank, own: str
) -> None:
    assert own not in stored(bank, own, subject=own)


def test_the_old_form_of_the_rows_own_customer_is_found(bank: Bank) -> None:
    assert stored(bank, OLD_WOMAN, subject=WOMAN).startswith("id")


@pytest.mark.parametrize("serial", [SERIAL, "LN202606180000123456", "2026061800123", WRONG, "R0123456"])
def test_the_banks_own_serial_numbers_stay_as_they_are(bank: Bank, serial: str) -> None:
    assert stored(bank, serial) == serial


def test_a_record_that_is_called_by_a_customers_number_is_still_found_by_it(bank: Bank) -> None:
    bank.write("business_records-1.csv", f"record_id,kind,created_at\n{WOMAN},other,2026-06-18 09:00:00\n")
    bank.write("record_parties-1.csv", f"record_id,subject_id\n{WOMAN},{WOMAN}\n")
    typed = stored(bank, WOMAN, subject=WOMAN)
    assert (
        bank.rows("business_records", "record_id") == bank.rows("record_parties", "record_id") == [(typed,)]
    )


def test_the_operator_is_told_in_how_many_rows(bank: Bank) -> None:
    rows = [f"E{n},2026-06-18 10:00:0{n},T1,{MAN},02,{WOMAN if n < 3 else 'R1'}\n" for n in range(5)]
    bank.write("access_log-1.csv", HEADER + "".join(rows))
    result = bank.take()
    assert [(one.code, one.count) for one in result.findings] == [("numbers_in_text", 3)]
