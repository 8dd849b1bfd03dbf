"""A dry run on a file that nobody has mapped proposes a mapping which then takes the file in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.intake.proposal import SHOWN_ROWS
from tests.conftest import Answer
from tests.intake.conftest import Bank, as_csv

HEADER = ("流水号", "操作时间", "柜员号", "身份证号", "查询原因", "客户姓名", "心情")
ROWS = [
    (f"Q{at}", "2026-06-18 09:00:00", "T0007", f"9000011990010{at:04d}X", "02", "赵甲乙", "好")
    for at in range(25)
]
SAMPLES = Path(__file__).parent / "samples"


def test_the_proposed_mapping_takes_the_file_in(bank: Bank) -> None:
    path = bank.write("register.csv", as_csv([*ROWS, ("合计", "25", "", "", "", "", "")], HEADER))
    (proposal,) = bank.take(path, dry_run=True).proposals
    assert (proposal.feed, proposal.mapping, proposal.missing) == ("access_log", None, [])
    assert proposal.columns["subject_id"] == "身份证号"
    assert proposal.unused == ["客户姓名", "心情"]
    folder = bank.home.root / "mappings"
    folder.mkdir()
    (folder / "mine.toml").write_text(proposal.toml, encoding="utf-8")
    (file,) = bank.take(path, mapping="mine").files
    assert (file.accepted, file.reasons) == (25, {"footer": 1})


def test_ten_rows_are_shown_and_nobody_is_named_in_them(bank: Bank) -> None:
    path = bank.write("register.csv", as_csv(ROWS, HEADER))
    result = bank.take(path, dry_run=True)
    rows = result.proposals[0].rows
    assert len(rows) == SHOWN_ROWS
    assert rows[0]["occurred_at"] == "2026-06-18 09:00:00"
    assert (rows[0]["employee_id"], rows[0]["reason"], rows[0]["problem"]) == ("T***", "loan_approval", None)
    told = str(result.as_json())
    for secret in ("90000119900", "赵甲乙", "T0007"):
        assert secret not in told


def test_a_refused_file_of_a_known_feed_gets_a_proposal_by_the_nearest_names(bank: Bank) -> None:
    header = ("complaint_nr", "subject", "recieved_on")
    path = bank.write("complaints.csv", as_csv([("C1", "X1", "2026-06-18")], header))
    result = bank.take(path, dry_run=True)
    assert result.files[0].reasons == {"missing_column": 1}
    (proposal,) = result.proposals
    assert proposal.columns == dict(zip(("complaint_id", "subject_id", "received_on"), header, strict=True))


@pytest.mark.parametrize(
    ("header", "feed"),
    [
        (("查询流水号", "查询时间", "柜员号", "证件号码", "查询原因", "机构名称"), "access_log"),
        (("查询时间", "柜员号", "证件号码", "查询原因"), "access_log"),
        (("客户号", "开户机构", "存款余额"), "customers"),
        (("贷款申请编号", "申请日期", "业务品种", "经办人", "状态", "客户号"), "business_records"),
        (("业务编号", "证件号码", "角色"), "record_parties"),
        (("员工号", "岗位", "所属机构", "入职日期"), "employees"),
        (("登录时间", "柜员号", "登录结果", "终端号"), "logins"),
    ],
)
def test_an_unknown_file_is_taken_for_the_feed_of_which_its_headers_tell_most(
    bank: Bank, header: tuple[str, ...], feed: str
) -> None:
    path = bank.write("register.csv", as_csv([["x"] * len(header)], header))
    (proposal,) = bank.take(path, dry_run=True).proposals
    assert proposal.feed == feed


def test_a_mapping_that_fits_is_named_instead_of_a_new_one(bank: Bank) -> None:
    (proposal,) = bank.take(SAMPLES / "credit_query_front_end.csv", dry_run=True).proposals
    assert (proposal.mapping, proposal.feed, proposal.toml) == ("credit_query_front_end", "access_log", "")
    assert len(proposal.rows) == 5


def test_a_file_that_resembles_no_feed_is_said_to(bank: Bank, tellerwatch: Callable[..., Answer]) -> None:
    path = bank.write("weather.csv", "sunshine,rainfall\n1,2\n")
    answer = tellerwatch("ingest", path, "--dry-run", "--home", bank.home.root)
    assert answer.code == 0
    assert "resemble no feed" in answer.out


def test_the_command_prints_a_mapping_to_start_from(bank: Bank, tellerwatch: Callable[..., Answer]) -> None:
    path = bank.write("register.csv", as_csv(ROWS, HEADER))
    answer = tellerwatch("ingest", path, "--dry-run", "--home", bank.home.root)
    assert answer.code == 0
    assert 'employee_id = "柜员号"' in answer.out
    assert "90000119900" not in answer.out + answer.err


def test_an_empty_folder_and_one_without_a_feed_are_usage_errors(
    bank: Bank, tellerwatch: Callable[..., Answer]
) -> None:
    at = ("--home", bank.home.root)
    answer = tellerwatch("ingest", bank.folder, *at)
    assert (answer.code, "There is no export in" in answer.err) == (2, True)
    bank.write("register.csv", as_csv(ROWS, HEADER))
    answer = tellerwatch("ingest", bank.folder, *at)
    assert (answer.code, "register.csv" in answer.err, "--dry-run" in answer.err) == (2, True, True)
