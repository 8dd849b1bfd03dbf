"""Realistic documents about invented people, for tests and for a look at the pages. Seeded: always the same."""

from __future__ import annotations

import hashlib
import random
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from reports import document as d
from reports.document import Text

ZONE = timezone(timedelta(hours=8))
NIGHT = date(2026, 6, 18)
BRANCHES = (
    "Lakeside",
    "Old Town",
    "North Gate",
    "Harbour",
    "University",
    "Station Road",
    "East Market",
    "Head Office",
)


def text(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


def digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def moment(day: date, hour: int = 2, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


def manifest() -> d.Manifest:
    feeds = (
        ("access_log", 41_870),
        ("business_records", 9_412),
        ("record_parties", 11_037),
        ("employees", 10_012),
    )
    return d.Manifest(
        run_id="N-20260618-7f3a91c2",
        versions={"tellerwatch": "0.1.0", "pyod": "3.6.7", "duckdb": "2.0.1"},
        config_hash=digest("config")[:12],
        seed=20260618,
        batch_horizon=moment(NIGHT + timedelta(days=1)),
        inputs=tuple(
            d.InputFile(name=f"{feed}-2026-06-18.csv", feed=feed, rows=rows, sha256=digest(feed))
            for feed, rows in feeds
        ),
        previous_run_hash=digest("before"),
        run_hash=digest("run"),
    )


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
        "Ask the owner for the applications behind the 20 newest look-ups without a record; keep the terminal's print log.",
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
                    "For 47 of 212 look-ups in 60 working days no application, loan or ticket was found; colleagues in the same role: 3 of 212.",
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
                    "12 of 96 look-ups name a card application that belongs to another customer; colleagues: 1 of 96.",
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
                    "3 household members of one customer were looked up within 2 hours, 1 with an application.",
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
        institution="Bank of Example 示例银行",
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
                    "Reports looked up for good reason and passed on afterwards leave no trace in look-ups; only complaints and copies show them. Complaints were missing tonight.",
                    "正当查询后再转出的报告不会在查询中留下痕迹，仅投诉与副本可见；当日缺少投诉数据。",
                ),
            ),
            d.BlindSpot(code="T25", text=text("Payments are not seen.", "看不到付款。")),
        ),
        manifest=manifest(),
    )
    return report.model_copy(update=changes)


def lookups(count: int) -> tuple[d.LookUp, ...]:
    dice = random.Random(11)
    states = (
        ["unlinked"] * 47
        + ["thin"] * 9
        + ["mismatch"] * 4
        + ["pending"] * 6
        + ["linked"] * max(0, count - 66)
    )
    rows = []
    for index, state in enumerate(states[:count]):
        day = NIGHT - timedelta(days=dice.randint(0, 80))
        has_record = state in ("linked", "thin", "mismatch")
        notes = {
            "unlinked": text(
                "No record of any party within -30 … +5 working days.",
                "在 -30 至 +5 个工作日内无任何相关记录。",
            ),
            "thin": text("Only a record of another unit.", "仅有其他机构的记录。"),
            "mismatch": text("The number names another customer.", "该编号属于另一客户。"),
        }
        rows.append(
            d.LookUp(
                event_id=f"EV-{index:06d}",
                occurred_at=moment(day, dice.choice((9, 10, 11, 14, 15, 16, 21, 22)), dice.randint(0, 59)),
                reason=dice.choice(("loan_approval", "post_loan", "card_approval")),
                subject=f"S-{dice.randint(1, max(2, count * 9 // 10)):04d}",
                state=state,  # type: ignore[arg-type]  # drawn from the list above
                record_id=f"LA-{dice.randint(10_000, 99_999)}" if has_record else "",
                note=notes.get(state),
                authorisation=dice.choice(("valid", "valid", "missing", "expired", "not_needed")),  # type: ignore[arg-type]  # a tuple of the type's own words
                terminal=dice.choice(("T-14", "T-14", "T-14", "T-77")),
                operation=dice.choice(("query", "query", "print")),
                branch="Lakeside",
                requester_id="E-0440" if index % 23 == 0 else "",
            )
        )
    return tuple(rows)


def timeline(days: int = 250) -> tuple[d.DayActivity, ...]:
    dice = random.Random(5)
    rows: list[d.DayActivity] = []
    day = NIGHT
    while len(rows) < days:
        if day.weekday() < 5:
            away = 40 <= len(rows) < 48
            total = 0 if away else max(0, int(dice.gauss(5, 2)))
            recent = len(rows) < 70
            unexplained = min(
                total, int(dice.random() < 0.08) if not recent else dice.choice((0, 0, 1, 1, 2))
            )
            rows.append(
                d.DayActivity(
                    day=day,
                    total=total + unexplained,
                    unexplained=unexplained,
                    mark="absent" if away else "not_assessable" if len(rows) == 12 else "",
                    note=text("annual leave", "年休假") if away else None,
                )
            )
        day -= timedelta(days=1)
    return tuple(reversed(rows))


def dossier(evidence_rows: int = 212, **changes: Any) -> d.Dossier:
    """The dossier of the first case: five reasons, counter-evidence, a year of days."""
    days = timeline()
    own = 0
    grown = []
    for index, item in enumerate(days):
        own += item.unexplained
        grown.append(
            d.CumulativePoint(
                day=item.day, own=own, peer_low=round(index * 0.008, 2), peer_high=round(index * 0.04, 2)
            )
        )
    dice = random.Random(3)
    hours = [[0] * 24 for _ in range(7)]
    for _ in range(max(evidence_rows, 212)):
        hours[dice.randint(0, 4)][dice.choice((9, 9, 10, 10, 11, 14, 15, 16, 16, 17))] += 1
    for _ in range(61):
        hours[dice.choice((1, 2, 3, 3, 6))][dice.choice((21, 21, 22))] += 1
    window = text("60 working days to 2026-06-18", "截至 2026-06-18 的 60 个工作日")
    reasons = (
        d.Reason(
            code="linkage.unlinked_share",
            label=text("Look-ups without a business record", "未找到业务记录的查询"),
            text=text(
                "For 47 of 212 look-ups no application, loan or ticket was found; colleagues in the same role: 3 of 212.",
                "212 笔查询中有 47 笔未找到申请、贷款或工单；同岗位人员为 212 笔中 3 笔。",
            ),
            value=47 / 212,
            own_normal=0.021,
            peer_normal=0.014,
            style="share",
            unit=text("share of look-ups", "查询占比"),
            window=window,
            points=4.1,
            clears=text("Applications or tickets kept outside the feeds.", "存于数据源之外的申请或工单。"),
            events=tuple(f"EV-{index:06d}" for index in range(min(47, evidence_rows))),
        ),
        d.Reason(
            code="calendar.off_shift",
            label=text("Look-ups outside the shift", "班次之外的查询"),
            text=text(
                "61 look-ups on 14 days after 21:00; colleagues: 0.",
                "14 天在 21:00 后查询 61 笔；同事为 0 笔。",
            ),
            value=61,
            own_normal=2,
            peer_normal=0,
            style="count",
            unit=text("look-ups", "笔"),
            window=window,
            points=2.64,
            clears=text("A duty roster for these evenings.", "这些晚间的值班表。"),
            events=("EV-000003", "EV-000010"),
        ),
        d.Reason(
            code="target.other_region",
            label=text("Customers from one other city", "客户集中于外地一城"),
            text=text(
                "38 of 47 customers without a record come from one city outside the branch's area.",
                "47 名无记录客户中有 38 名来自网点辖区外的同一城市。",
            ),
            value=38 / 47,
            own_normal=0.06,
            peer_normal=0.05,
            style="share",
            unit=text("share of customers", "客户占比"),
            window=window,
            points=1.72,
        ),
        d.Reason(
            code="copies.printed",
            label=text("Paper copies per look-up", "每笔查询的打印"),
            text=text(
                "0.92 copies per look-up without a record; colleagues: 0.31.",
                "无记录查询每笔打印 0.92 份；同事为 0.31 份。",
            ),
            value=0.92,
            own_normal=0.35,
            peer_normal=0.31,
            unit=text("copies per look-up", "份/笔"),
            window=window,
            points=0.88,
        ),
    )
    return d.Dossier(
        institution="Bank of Example 示例银行",
        classification="C2",
        links=d.Links(
            index="../../index.html",
            overview="../2026-06-18.html",
            csv="2026-0142.csv",
            json_twin="2026-0142.json",
        ),
        profile=d.Profile(
            employee_id="E-1042",
            name="丁某",
            role="Account manager",
            branch="Lakeside",
            manager_id="E-0440",
            hired_on=date(2019, 7, 1),
            shift="08:30–17:30",
            spells=(
                d.EmploymentSpell(
                    starts=date(2019, 7, 1), ends=date(2024, 2, 29), role="Teller", branch="Old Town"
                ),
                d.EmploymentSpell(
                    starts=date(2024, 3, 1), role="Account manager", branch="Lakeside", manager_id="E-0440"
                ),
            ),
        ),
        case_number="INQ-2026-031",
        case_id="2026-0142",
        requested_by="officer.a",
        as_of=NIGHT,
        window=window,
        status=text("for review", "待复核"),
        severity="high",
        opened_on=NIGHT,
        due=date(2026, 6, 25),
        unexplained=51,
        score=9.84,
        p_value=0.00047,
        cutoff_score=5.8,
        summary=(
            text(
                "For 47 of 212 look-ups in 60 working days no business record was found; colleagues in the same role: 3 of 212.",
                "60 个工作日内 212 笔查询中有 47 笔未找到业务记录；同岗位人员为 212 笔中 3 笔。",
            ),
            text("61 look-ups were made after 21:00 on 14 days.", "有 14 天在 21:00 后查询 61 笔。"),
            text(
                "Of the 7 innocent explanations checked, 1 explains a part (5 look-ups), 4 do not, 2 could not be checked.",
                "已核对 7 项正当解释：1 项可部分解释（5 笔），4 项不能，2 项无法核对。",
            ),
        ),
        reasons=reasons,
        other_points=0.5,
        speaks_for=(
            d.Defence(
                check=text("Leave cover", "代班"),
                outcome="partly",
                text=text(
                    "Covered for E-1039 on 3 days; 5 of the 47 fall on them.",
                    "代 E-1039 班 3 天，47 笔中有 5 笔属于该期间。",
                ),
            ),
            d.Defence(
                check=text("Branch campaign", "机构活动"),
                outcome="does_not",
                text=text(
                    "No campaign is on record for Lakeside between 2026-03-24 and 2026-06-18.",
                    "2026-03-24 至 2026-06-18 期间 Lakeside 无活动记录。",
                ),
            ),
            d.Defence(
                check=text("Merged portfolio", "客户移交"),
                outcome="does_not",
                text=text("No customers were handed over in the window.", "期间无客户移交。"),
            ),
            d.Defence(
                check=text("New in the role", "新任岗位"),
                outcome="does_not",
                text=text("In the role since 2024-03-01.", "自 2024-03-01 任此岗。"),
            ),
            d.Defence(
                check=text("Peers rose too", "同岗同升"),
                outcome="does_not",
                text=text("The peers' median stayed at 1.4%.", "同岗中位数保持 1.4%。"),
            ),
            d.Defence(
                check=text("Complaint handling", "投诉处理"),
                outcome="unknown",
                text=text("The feed complaints was missing.", "缺少 complaints 数据源。"),
            ),
            d.Defence(
                check=text("Duty roster", "值班"),
                outcome="unknown",
                text=text("No roster is delivered.", "未提供值班表。"),
            ),
        ),
        timeline=days,
        cumulative=tuple(grown),
        hours=tuple(tuple(row) for row in hours),
        usual_hours=(8, 18),
        peers=d.Peers(
            measure=text("Share of look-ups without a business record", "未找到业务记录的查询占比"),
            values=tuple(round(dice.betavariate(1.6, 90), 4) for _ in range(84)),
            own=47 / 212,
            n=84,
            median=0.014,
            style="share",
            definition=text(
                "84 account managers of branches of the same size class, 2026-03-24 to 2026-06-18",
                "同规模机构的 84 名客户经理，2026-03-24 至 2026-06-18",
            ),
        ),
        evidence=d.EvidenceCounts(
            linked=evidence_rows - 66 if evidence_rows > 66 else 0,
            thin=9,
            pending=6,
            unlinked=47,
            not_assessable=4,
            mismatch=4,
        ),
        lookups=lookups(evidence_rows),
        lookups_total=evidence_rows,
        csv_sha256=digest("csv"),
        connections=(
            d.Connection(
                kind="terminal",
                key="T-77",
                label="Lakeside, back office",
                lookups=31,
                unexplained=28,
                text=text(
                    "4 people use it; 28 of its 30 unexplained look-ups are this person's.",
                    "4 人共用；其 30 笔未解释查询中 28 笔为本人。",
                ),
            ),
            d.Connection(kind="requester", key="E-0440", lookups=10, unexplained=2),
            d.Connection(
                kind="colleague",
                key="E-2210",
                lookups=6,
                unexplained=6,
                text=text(
                    "6 customers were looked up by both within 10 days.", "10 天内两人均查询过 6 名客户。"
                ),
            ),
            d.Connection(kind="subject", key="S-0042", lookups=4, unexplained=4),
        ),
        history=(
            d.HistoryEntry(
                at=moment(date(2025, 9, 3), 10, 12),
                case_id="2025-0371",
                act=text("Closed: explained, business", "结案：已解释（业务）"),
                by="officer.b",
                note="Village credit campaign, list attached",
            ),
            d.HistoryEntry(
                at=moment(NIGHT + timedelta(days=1), 2, 4),
                case_id="2026-0142",
                act=text("Opened by the night of 2026-06-18", "由 2026-06-18 当日运行立案"),
                by="tellerwatch",
            ),
        ),
        steps=(
            d.Step(
                code="ask_records",
                text=text(
                    "Ask for the applications behind the 20 newest look-ups without a record.",
                    "索取最近 20 笔无记录查询的申请材料。",
                ),
            ),
            d.Step(
                code="keep_prints",
                text=text(
                    "Keep the print log of terminals T-14 and T-77.", "保全终端 T-14 与 T-77 的打印日志。"
                ),
            ),
            d.Step(
                code="outside_line",
                text=text(
                    "Do not tell the line manager E-0440 yet: he approved 52 of 410.",
                    "暂不告知直属主管 E-0440：其批准 410 笔中有 52 笔未解释。",
                ),
            ),
        ),
        blind_spots=(
            text("Reports passed on after a look-up with good reason.", "正当查询后再转出的报告。"),
        ),
        manifest=manifest(),
    ).model_copy(update=changes)


def month_report(**changes: Any) -> d.MonthReport:
    dice = random.Random(9)
    nights = []
    for number in range(1, 31):
        state = {8: "incomplete", 18: "incomplete", 21: "failed"}.get(number, "complete")
        day = date(2026, 6, number)
        nights.append(
            d.MonthNight(
                night=day,
                state=state,
                new=0 if state == "failed" else dice.choice((0, 0, 1, 1, 2)),
                continued=dice.randint(2, 6),
                lookups=dice.randint(39_000, 43_000) if day.weekday() < 5 else 3_100,
                coverage=0.64 if number == 18 else 0.997,
                recall=dice.choice((0.9, 0.95, 1.0)) if number % 3 == 0 else None,
                address=f"{day}.html",
            )  # type: ignore[arg-type]  # drawn from the states above
        )
    return d.MonthReport(
        institution="Bank of Example 示例银行",
        classification="C2",
        month=date(2026, 6, 1),
        nights=tuple(nights),
        opened=sum(night.new for night in nights),
        closed=17,
        open_at_end=6,
        close_days=8.5,
        recall_floor=0.9,
        links=d.Links(index="../index.html"),
        dispositions=(
            d.Disposition(outcome=text("Explained: business", "已解释：业务原因"), cases=9),
            d.Disposition(outcome=text("Against the rules: no authorisation", "查实违规（未授权）"), cases=5),
            d.Disposition(outcome=text("Not enough data", "数据不足"), cases=3),
        ),
        branches=tuple(
            d.UnitShare(
                key=name,
                unexplained=30 - index,
                lookups=4_000 + index,
                share=(30 - index) / (4_000 + index),
                cases=index % 3,
            )
            for index, name in enumerate(BRANCHES)
        ),
        approvers=(d.UnitShare(key="E-0440", unexplained=52, lookups=410, share=52 / 410, cases=2),),
    ).model_copy(update=changes)


def index_report(**changes: Any) -> d.IndexReport:
    month = month_report()
    return d.IndexReport(
        institution="Bank of Example 示例银行",
        classification="C2",
        latest=tuple(reversed(month.nights[11:18])),
        open_cases=4,
        months=tuple(
            d.IndexMonth(
                month=date(2026 - back // 12, 12 - back % 12, 1),
                nights=30,
                incomplete=back % 3,
                failed=back % 7 == 0,
                opened=20 + back % 5,
                closed=18,
                address=f"{2026 - back // 12}-{12 - back % 12:02d}/month.html",
            )
            for back in range(6, 42)
        ),
    ).model_copy(update=changes)
