"""A dossier as a document: reasons, counter-evidence, a year of days."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from reports import document as d
from tests.reports.made_common import BANK, NIGHT, digest, manifest, moment, text


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
                "For 47 of 212 look-ups no application, loan or ticket was found; colleagues: 3 of 212.",
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
        institution=BANK,
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
                "For 47 of 212 look-ups in 60 working days no record was found; colleagues: 3 of 212.",
                "60 个工作日内 212 笔查询中有 47 笔未找到业务记录；同岗位人员为 212 笔中 3 笔。",
            ),
            text("61 look-ups were made after 21:00 on 14 days.", "有 14 天在 21:00 后查询 61 笔。"),
            text(
                "Of 7 innocent explanations, 1 explains a part (5), 4 do not, 2 could not be checked.",
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
