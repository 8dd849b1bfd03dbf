"""A night as a document: a bit of everything, on incomplete data."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from reports import document as d
from tests.reports.made_common import BANK, BRANCHES, NIGHT, manifest, moment, text


def coverage() -> tuple[d.CoverageRow, ...]:
    fine = text("Nothing is weakened.", "无影响。")
    return (
        d.CoverageRow(
            feed="access_log",
            received=41_870,
            expected=41_200,
            rejected=12,
            duplicate=3,
            latest=moment(NIGHT, 23, 58),
            state="ok",
            consequence=fine,
        ),
        d.CoverageRow(
            feed="business_records",
            received=9_412,
            expected=9_350,
            latest=moment(NIGHT, 23, 41),
            state="ok",
            consequence=fine,
        ),
        d.CoverageRow(
            feed="record_parties",
            received=7_020,
            expected=11_000,
            late=1_204,
            latest=moment(NIGHT, 17, 3),
            state="partial",
            consequence=text(
                "312 look-ups after 17:03 cannot be assessed; they are not counted as unexplained.",
                "17:03 之后的 312 笔查询无法评估，不计入未解释。",
            ),
        ),
        d.CoverageRow(
            feed="complaints",
            received=0,
            expected=14,
            state="missing",
            consequence=text("Nobody was checked against complaints tonight.", "当日未与投诉数据核对。"),
        ),
        d.CoverageRow(
            feed="logins",
            received=20_144,
            expected=20_010,
            late=37,
            latest=moment(NIGHT, 23, 59),
            state="late",
            consequence=text("37 rows came late; they re-open 2026-06-17.", "37 行迟到，将重开 2026-06-17。"),
        ),
    )


def case_cards() -> tuple[d.CaseCard, ...]:
    review = text("for review", "待复核")
    gather = text(
        "Ask for the applications behind the 20 newest look-ups without a record; keep the print log.",
        "请负责人提供最近 20 笔无记录查询的申请材料，并保全终端打印日志。",
    )
    return (
        d.CaseCard(
            case_id="2026-0107",
            employee_id="E-2210",
            name="",
            role="Query clerk",
            branch="Old Town",
            severity="critical",
            status=text("being examined", "核查中"),
            change="reopened",
            owner="Compliance, desk 2",
            due=date(2026, 6, 19),
            opened_on=date(2026, 4, 2),
            before=text(
                'seen on 4 earlier nights, closed as "not enough data" by chen.jing on 2026-05-11',
                "此前出现 4 晚，2026-05-11 由 chen.jing 以“数据不足”结案",
            ),
            unexplained=268,
            unexplained_before=251,
            score=14.2,
            p_value=0.00001,
            expected_false=0.4,
            reasons=(
                text(
                    "The account was used on 2 days after its owner had left on 2026-06-15.",
                    "账号所有人于 2026-06-15 离职后，仍有 2 天被使用。",
                ),
            ),
            next_step=text(
                "Have the account locked; ask the desk who used terminal T-77.",
                "请停用该账号，并询问柜台谁使用了终端 T-77。",
            ),
            dossier="dossier/2026-0107.html",
        ),
        d.CaseCard(
            case_id="2026-0142",
            employee_id="E-1042",
            name="丁某",
            role="Account manager",
            branch="Lakeside",
            severity="high",
            status=review,
            change="new",
            due=date(2026, 6, 25),
            opened_on=NIGHT,
            unexplained=51,
            score=9.84,
            p_value=0.00047,
            expected_false=0.4,
            reasons=(
                text(
                    "For 47 of 212 look-ups in 60 working days no record was found; colleagues: 3 of 212.",
                    "60 个工作日内 212 笔查询中有 47 笔未找到申请、贷款或工单；同岗位人员为 212 笔中 3 笔。",
                ),
                text(
                    "On 14 days 61 reports were looked up after 21:00; colleagues: 0.",
                    "有 14 天在 21:00 后查询报告 61 份；同事为 0 份。",
                ),
            ),
            speaks_for=(
                text("Leave cover on 3 days explains 5 of the 47.", "3 天代班可解释 47 笔中的 5 笔。"),
            ),
            next_step=gather,
            dossier="dossier/2026-0142.html",
        ),
        d.CaseCard(
            case_id="2026-0131",
            employee_id="E-3307",
            name="Okonkwo",
            role="Card reviewer",
            branch="Head Office",
            severity="medium",
            status=review,
            change="continued",
            owner="Compliance, desk 1",
            due=date(2026, 7, 2),
            opened_on=date(2026, 6, 9),
            unexplained=31,
            unexplained_before=28,
            score=6.1,
            p_value=0.0021,
            expected_false=0.4,
            reasons=(
                text(
                    "12 of 96 look-ups name an application of another customer; colleagues: 1 of 96.",
                    "96 笔查询中有 12 笔所填卡申请属于其他客户；同事为 96 笔中 1 笔。",
                ),
            ),
            speaks_for=(
                text(
                    "The branch runs a campaign until 2026-06-30; it explains 9 of the 31.",
                    "所在机构的活动至 2026-06-30，可解释 31 笔中的 9 笔。",
                ),
            ),
            next_step=gather,
        ),
        d.CaseCard(
            case_id="2026-0119",
            employee_id="E-0871",
            role="Teller",
            branch="Harbour",
            severity="low",
            status=review,
            change="continued",
            owner="Compliance, desk 1",
            due=date(2026, 7, 9),
            opened_on=date(2026, 5, 21),
            unexplained=22,
            unexplained_before=22,
            score=4.9,
            p_value=0.004,
            expected_false=0.4,
            reasons=(
                text(
                    "3 members of one household were looked up within 2 hours, 1 with an application.",
                    "2 小时内查询同一家庭 3 名成员，其中 1 人有申请。",
                ),
            ),
        ),
    )


def population(branches: int = 8, staff: int = 10_012) -> d.Population:
    dice = random.Random(7)
    days = []
    for back in range(59, -1, -1):
        day = NIGHT - timedelta(days=back)
        work = day.weekday() < 5
        days.append(
            d.DayCount(
                day=day,
                total=int(dice.gauss(41_000, 1_800)) if work else int(dice.gauss(3_200, 300)),
                workday=work,
                complete=back != 12,
            )
        )
    sizes = [
        int(staff * share)
        for share in (
            0.31,
            0.27,
            0.18,
            0.11,
            0.06,
            0.035,
            0.018,
            0.009,
            0.004,
            0.002,
            0.001,
            0.0005,
            0.0002,
            0.0002,
        )
    ]
    rows = []
    for index in range(branches):
        lookups = dice.randint(900, 9_000)
        unexplained = int(lookups * (0.014 + 0.05 * dice.random() ** 4))
        rows.append(
            d.BranchShare(
                branch=BRANCHES[index] if index < len(BRANCHES) else f"Branch {index:04d}",
                unexplained=unexplained,
                lookups=lookups,
                share=unexplained / lookups,
                employees=dice.randint(12, 240),
            )
        )
    rows.sort(key=lambda row: (-row.share, row.branch))
    return d.Population(
        days=tuple(days),
        median=41_020.0,
        cutoff=5.8,
        bank_share=0.0217,
        scores=tuple(
            d.ScoreBin(lower=index, upper=index + 1, employees=size) for index, size in enumerate(sizes)
        ),
        branches=tuple(rows),
        approvers=(
            d.Approver(approver_id="E-0440", unexplained=52, lookups=410, share=52 / 410),
            d.Approver(approver_id="E-0512", unexplained=9, lookups=388, share=9 / 388),
        ),
    )


def night_report(**changes: Any) -> d.NightReport:
    """A night with a bit of everything: 1 new case, 2 continued, 1 re-opened, incomplete data."""
    report = d.NightReport(
        institution=BANK,
        classification="C2",
        night=NIGHT,
        run_id="N-20260618-7f3a91c2",
        cutoff=moment(NIGHT + timedelta(days=1)),
        links=d.Links(
            index="../index.html",
            month="../2026-06/month.html",
            previous="2026-06-17.html",
            json_twin="2026-06-18.json",
        ),
        verdict=d.Verdict(
            new=1, continued=2, reopened=1, data_state="incomplete", scored=10_012, lookups=41_870
        ),
        coverage=coverage(),
        budget=0.8,
        not_assessable=(
            d.NotAssessable(
                cause=text("record_parties came in part", "record_parties 仅部分到达"), lookups=312
            ),
        ),
        findings=(
            d.Finding(
                code="feed_partial",
                feed="record_parties",
                count=3_980,
                text=text(
                    "record_parties holds 64% of the rows of a like day.",
                    "record_parties 的行数仅为同类日的 64%。",
                ),
            ),
        ),
        drill=d.Drill(planted=20, found=19, recall=0.95, floor=0.9, on=NIGHT),
        cases=case_cards(),
        changes=(
            d.Change(
                kind="late",
                text=text(
                    "37 rows of logins for 2026-06-17 came late: the day was scored again, no case changed.",
                    "2026-06-17 的 logins 迟到 37 行：已重新评分，案件无变化。",
                ),
            ),
            d.Change(
                kind="case",
                case_id="2026-0107",
                text=text("Re-opened: 17 more unexplained look-ups.", "重新打开：新增未解释查询 17 笔。"),
            ),
            d.Change(
                kind="config",
                text=text(
                    "The budget was changed from 1.0 to 0.8 new cases per 1,000 employees and week.",
                    "每周每 1,000 名员工新增案件预算由 1.0 改为 0.8。",
                ),
            ),
        ),
        watch=(
            d.WatchRow(
                employee_id="E-4410",
                name="Lindqvist",
                role="Account manager",
                branch="Harbour",
                unexplained=19,
                unexplained_before=14,
                p_value=0.012,
                reason=text("Unexplained look-ups rose from 14 to 19.", "未解释查询由 14 升至 19 笔。"),
            ),
            d.WatchRow(
                employee_id="E-5123",
                role="Teller",
                branch="University",
                unexplained=11,
                unexplained_before=9,
                p_value=0.031,
                reason=text(
                    "Look-ups of customers from another province: 8 of 40.", "外省客户查询：40 笔中 8 笔。"
                ),
            ),
        ),
        suppressions=(
            d.Suppression(
                suppression_id="S-0007",
                scope=text(
                    "Post-loan batch of the head office, 1st to 5th of a month",
                    "总行贷后批量，每月 1 至 5 日",
                ),
                why="Registered batch, ticket CH-2231",
                added_by="officer.a",
                approved_by="officer.b",
                until=date(2026, 6, 30),
                expires_soon=True,
                hidden_alerts=2,
                hidden=("E-7001", "E-7002"),
            ),
            d.Suppression(
                suppression_id="S-0011",
                scope=text("Terminal T-90 (disaster recovery drill)", "终端 T-90（灾备演练）"),
                why="Drill",
                added_by="officer.a",
                until=None,
                hidden_alerts=0,
            ),
        ),
        population=population(),
        clocks=(
            d.Clock(
                subject=text("Decision on case 2026-0107", "案件 2026-0107 的决定"),
                case_id="2026-0107",
                started_at=moment(date(2026, 4, 2), 9),
                due=date(2026, 6, 17),
                state="overdue",
                owner="Compliance, desk 2",
            ),
            d.Clock(
                subject=text("Written report to the supervisor", "向监管书面报告"),
                case_id="2026-0098",
                started_at=moment(date(2026, 6, 18), 9),
                due=date(2026, 6, 19),
                state="running",
            ),
        ),
        blind_spots=(
            d.BlindSpot(
                code="T09",
                text=text(
                    "Reports looked up for good reason and passed on later leave no trace in look-ups; "
                    "complaints and copies show them. Complaints were missing tonight.",
                    "正当查询后再转出的报告不会在查询中留下痕迹，仅投诉与副本可见；当日缺少投诉数据。",
                ),
            ),
            d.BlindSpot(code="T25", text=text("Payments are not seen.", "看不到付款。")),
        ),
        manifest=manifest(),
    )
    return report.model_copy(update=changes)
