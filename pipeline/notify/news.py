"""What there is to tell of a night: figures from the casebook, in words and as an object; no names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine

from pipeline.casebook.case_file import Case, list_cases
from pipeline.casebook.relations import matters, relations_of_run
from pipeline.casebook.runs import Run, runs_between
from pipeline.casebook.tables import SEVERITIES
from pipeline.home import Home
from pipeline.pseudonyms import staff_codes
from pipeline.reporting.places import night_page
from pipeline.settings import Settings

SCHEMA_VERSION = "1.0"
_EN = {"ok": "done", "incomplete": "done on incomplete data", "failed": "FAILED"}
_ZH = {
    "low": "低",
    "medium": "中",
    "high": "高",
    "critical": "严重",
    "ok": "完成",
    "incomplete": "完成（数据不全）",
    "failed": "失败",
}


@dataclass(frozen=True)
class NightNews:
    """One night's figures.

    Attributes:
        night: The night.
        status: ok, incomplete or failed.
        run_id: Its run.
        scored: People scored.
        new_cases: Cases opened by this night, and by scoring earlier ones again; the gravest first.
        open_cases: How many cases wait for a decision, by severity.
        overdue: How many of them are past their day.
        findings: What is wrong with the data.
        link: Where its report lies.
        matters: Open cases that are one matter, by number.
    """

    night: date
    status: str
    run_id: str
    scored: int
    new_cases: tuple[Case, ...]
    open_cases: dict[str, int]
    overdue: int
    findings: tuple[dict[str, Any], ...]
    link: str
    matters: tuple[tuple[str, ...], ...] = ()


def news_since(home: Home, settings: Settings, engine: Engine, today: date) -> list[NightNews]:
    """Collect the nights that ended and are young enough to be told, the oldest first.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        today: The day in the bank's zone.
    """
    first = today - timedelta(days=settings.tell.nights_back)
    with engine.connect() as connection:
        found = runs_between(connection, first=first, finished=False)
        opened = list_cases(connection, opened_from=first)
        waiting = list_cases(connection, statuses=("new", "in_review"))
        ended = [run for run in found if run.status != "running"]
        open_ids = [case.case_id for case in waiting]
        together = {
            run.run_id: tuple(matters(open_ids, relations_of_run(connection, run.run_id))) for run in ended
        }
    severities = Counter(str(case.severity) for case in waiting)
    standing = {name: severities[name] for name in reversed(SEVERITIES) if severities[name]}
    overdue = sum(case.due_on is not None and case.due_on < today for case in waiting)
    told = [_news(home, settings, run, opened, standing, overdue, together[run.run_id]) for run in ended]
    codes = staff_codes(home, settings, engine) if ended else None
    return codes.shown(told) if codes else told


def _news(
    home: Home,
    settings: Settings,
    run: Run,
    opened: list[Case],
    standing: dict[str, int],
    overdue: int,
    together: tuple[tuple[str, ...], ...],
) -> NightNews:
    # A night that was scored again has been told; what it came to then is told with the night that reports it.
    again = {change["run"] for change in run.manifest.get("rescored", ())}
    new = tuple(case for case in opened if case.opened_on == run.night or case.opened_run in again)
    findings = tuple({name: one[name] for name in ("code", "feed", "count")} for one in run.findings)
    root = settings.tell.report_link.rstrip("/") or str(home.reports)
    # A night that failed has a page too, unless it was cut off before one could be drawn.
    drawn = run.status != "failed" or (home.reports / night_page(run.night)).exists()
    link = f"{root}/{night_page(run.night).as_posix()}" if drawn else ""
    return NightNews(
        run.night, run.status, run.run_id, run.scored, new, standing, overdue, findings, link, together
    )


def subject(news: NightNews, bank: str) -> str:
    """Return the message's one line."""
    whose = f" {bank}" if bank else ""
    if news.status == "failed":
        return f"Tellerwatch{whose}: night of {news.night} FAILED"
    cases = _counted(Counter(case.severity for case in news.new_cases))
    return f"Tellerwatch{whose}: night of {news.night} {_EN[news.status]}, new cases: {cases or 'none'}"


def text(news: NightNews, *, with_ids: bool) -> str:
    """Return the message for people, Chinese after English."""
    new = Counter(case.severity for case in news.new_cases)
    if news.status == "failed":
        en = [f"The night of {news.night} failed: nobody was looked at. This is not a quiet night."]
        zh = [f"{news.night} 夜间运行失败：未检查任何人。这不等于无异常。"]
    else:
        en = [
            f"Night of {news.night}: {_EN[news.status]}. People scored: {news.scored}.",
            f"New cases: {_counted(new) or 'none'}.",
            f"Open: {_counted(news.open_cases) or 'none'}. Past their day: {news.overdue}.",
        ]
        zh = [
            f"{news.night} 夜间运行：{_ZH[news.status]}。已评分人数：{news.scored}。",
            f"新增案件：{_counted(new, _ZH) or '无'}。",
            f"待处理：{_counted(news.open_cases, _ZH) or '无'}。逾期：{news.overdue}。",
        ]
    if news.matters:
        sizes = ", ".join(str(len(group)) for group in news.matters)
        en.append(f"Matters of several people: {len(news.matters)} (people: {sizes}).")
        zh.append(f"涉及多人的同一事项：{len(news.matters)} 件（人数：{sizes}）。")
    if news.findings:
        listed = ", ".join(f"{one['code']} ({one['feed'] or '-'}: {one['count']})" for one in news.findings)
        en.append(f"Data: {listed}.")
        zh.append(f"数据：{listed}。")
    if with_ids and news.new_cases:
        listed = ", ".join(f"{case.case_id} {case.employee_id}" for case in news.new_cases)
        en.append(f"Cases: {listed}.")
        zh.append(f"案件：{listed}。")
    if news.link:
        en.append(f"Report: {news.link}")
        zh.append(f"报告：{news.link}")
    en.append("What is unusual is not proof; a person decides.")
    zh.append("异常不等于违规，须由人工判断。")
    return "\n".join([*en, "", *zh, ""])


def body(news: NightNews, bank: str) -> dict[str, Any]:
    """Return the message for machines; cases by id, people not at all."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "night",
        "bank": bank,
        "night": news.night.isoformat(),
        "status": news.status,
        "run_id": news.run_id,
        "scored": news.scored,
        "new_cases": [{"case_id": case.case_id, "severity": case.severity} for case in news.new_cases],
        "open_cases": news.open_cases,
        "overdue": news.overdue,
        "matters": [{"people": len(group), "case_ids": list(group)} for group in news.matters],
        "findings": list(news.findings),
        "report": news.link,
    }


def _counted(counts: dict[str, int] | Counter[Any], words: dict[str, str] | None = None) -> str:
    named = [(name, counts.get(name, 0)) for name in reversed(SEVERITIES)]
    return ", ".join(f"{count} {(words or {}).get(name, name)}" for name, count in named if count)
