"""Mappings: each shipped one turns its sample into the contract's rows; mistakes in one are named."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, UsageError
from pipeline.intake.mapping import load_mapping
from pipeline.resources import shipped_config
from tests.intake.conftest import Bank

SAMPLES = Path(__file__).parent / "samples"


def write_mapping(bank: Bank, text: str) -> str:
    folder = bank.home.root / "mappings"
    folder.mkdir(exist_ok=True)
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return "mine"


def test_the_front_end_s_register_comes_in_whole(bank: Bank) -> None:
    result = bank.take(SAMPLES / "credit_query_front_end.csv", mapping="credit_query_front_end")
    (file,) = result.files
    assert (file.encoding, file.read, file.accepted, file.reasons) == ("gb18030", 5, 4, {"footer": 1})
    assert not result.findings
    told = bank.rows(
        "access_log", "event_id, operation, reason, outcome, branch_id, requester_id, subject_valid"
    )
    assert told == [
        ("Q0001", "query", "loan_approval", "ok", "9001", "liym", False),
        ("Q0002", "print", "loan_approval", "ok", "9001", "liym", False),
        ("Q0003", "query", "post_loan", "not_found", "9002", None, True),
        ("Q0004", "export", "self_request", "ok", "9002", None, False),
    ]


def test_the_platform_s_table_comes_in_whole(bank: Bank) -> None:
    result = bank.take(SAMPLES / "credit_platform.txt", mapping="credit_platform")
    (file,) = result.files
    assert (file.read, file.accepted, file.duplicate) == (4, 3, 1)
    assert not result.findings
    told = bank.rows("access_log", "event_id, occurred_at_local, operation, outcome, channel, requester_id")
    assert told == [
        ("R100", datetime(2026, 6, 18, 8, 59, 59), "query", "ok", "workstation", None),  # noqa: DTZ001
        ("R101", datetime(2026, 6, 18, 10, 20), "view", "ok", "workstation", "M0007"),  # noqa: DTZ001
        ("R102", datetime(2026, 6, 18, 23, 59, 59), "query", "not_found", "batch", None),  # noqa: DTZ001
    ]


def test_the_bureau_s_five_files_come_in_as_findings_of_their_kinds(bank: Bank) -> None:
    result = bank.take(*sorted(SAMPLES.glob("bureau_*.csv")), mapping="bureau_anomalies")
    assert [file.accepted for file in result.files] == [1] * 5
    assert not result.findings
    told = bank.rows("bureau_findings", "kind, account_id, branch_id, reason, finding_id LIKE 'F%'")
    assert told == [
        ("cross_region", "CR02", "9001", "loan_approval", True),
        ("dormant", "CR02", "9001", None, True),
        ("no_consent", "CR02", "9001", "loan_approval", True),
        ("off_hours", "CR01", "9001", None, True),
        ("volume", "CR00", "9001", None, True),
    ]


def test_a_mapping_s_zone_values_and_formats_count(bank: Bank) -> None:
    name = write_mapping(
        bank,
        """
        feed = "access_log"
        zone = "Europe/Amsterdam"
        [columns]
        event_id = "nr"
        occurred_at = "when"
        employee_id = "who"
        subject_id = "whom"
        operation = "act"
        [constants]
        channel = "api"
        [values.operation]
        "kijken" = "view"
        [formats]
        occurred_at = ["%d-%m-%Y %H.%M"]
        """,
    )
    path = bank.write(
        "log.csv", "nr,when,who,whom,act\n1,18-06-2026 10.00,E1,X1,Kijken\n2,20260618 10:00:00,E1,X1,print\n"
    )
    (file,) = bank.take(path, mapping=name).files
    assert (file.accepted, file.rejected) == (2, 0)
    assert bank.rows("access_log", "occurred_at, operation, channel") == [
        (datetime(2026, 6, 18, 8, 0), "print", "api"),  # noqa: DTZ001  # the lake's times are naive UTC
        (datetime(2026, 6, 18, 8, 0), "view", "api"),  # noqa: DTZ001
    ]


def test_a_better_mapping_takes_the_rejected_rows_of_a_known_file_in(bank: Bank) -> None:
    start = "\n".join(
        ['feed = "logins"', "[columns]", 'occurred_at = "t"', 'employee_id = "e"', 'outcome = "o"', ""]
    )
    path = bank.write("gate.csv", "t,e,o\n2026-06-18,E1,ok\n2026-06-18,E2,gut\n")
    (first,) = bank.take(path, mapping=write_mapping(bank, start)).files
    assert (first.accepted, first.reasons) == (1, {"bad_value": 1})
    (second,) = bank.take(path, mapping=write_mapping(bank, start + '[values.outcome]\n"gut" = "ok"\n')).files
    assert (second.accepted, second.duplicate, second.rejected) == (1, 1, 0)


def test_a_name_that_the_mapping_reads_may_stand_in_the_header_only_once(bank: Bank) -> None:
    name = write_mapping(
        bank,
        'feed = "logins"\nignored = ["x"]\n[columns]\noccurred_at = "t"\nemployee_id = ["e", "f"]\noutcome = "o"\n',
    )
    twice = bank.write("twice.csv", "t,e,o,E\n2026-06-18,E1,ok,E2\n")
    result = bank.take(twice, mapping=name)
    assert [finding.code for finding in result.findings] == ["duplicate_column"]
    # What is not read may stand there as often as it likes, and two names of one column are no contradiction.
    fine = bank.write("fine.csv", "t,e,o,f,x,x,y,y\n2026-06-18,E1,ok,E2,1,2,3,4\n")
    assert bank.take(fine, mapping=name).files[0].accepted == 1


def test_an_unknown_mapping_is_answered_with_the_nearest(bank: Bank) -> None:
    with pytest.raises(UsageError, match="did you mean credit_platform"):
        load_mapping(bank.home, "credit_plattform")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('feed = "access_logs"', "no feed"),
        ('feed = "access_log"\n[columns]\nevent = "x"', "did you mean event_id"),
        ('feed = "access_log"\ncolour = "red"', "colour"),
        ('feed = "access_log"\n[values.operation]\nx = "devour"', "unknown to the contract"),
        ("feed = ", "cannot be used"),
    ],
)
def test_a_mistake_in_a_mapping_is_named(bank: Bank, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_mapping(bank.home, write_mapping(bank, text))


@pytest.mark.parametrize(
    "path", sorted((shipped_config() / "mappings").glob("*.toml")), ids=lambda path: path.stem
)
def test_every_shipped_mapping_is_sound(bank: Bank, path: Path) -> None:
    assert load_mapping(bank.home, path.stem).rules.title
