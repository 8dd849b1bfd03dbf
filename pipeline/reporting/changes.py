"""What is not as it was last night, what the run found about its data, and what was hidden by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from pipeline.casebook.runs import Run
from pipeline.casebook.scores import ReasonRow, ScoreRow
from pipeline.casebook.suppressions import Suppression as Rule
from pipeline.casebook.suppressions import active_on
from pipeline.intake.midnights import listed
from pipeline.investigation.case_history import before_words, news_words
from pipeline.investigation.case_life import CaseThen
from pipeline.investigation.staff import Spell
from reports.document import Change, Finding, Suppression, Text
from reports.words import say

EXPIRES_SOON_DAYS = 14
FILES_NAMED = 3
SPANS_NAMED = 3
_FINDINGS = frozenset(
    {
        "no_lookups",
        "few_lookups",
        "late_feed",
        "rejects_over_limit",
        "refused_file",
        "empty_file",
        "unknown_ending",
        "bad_manifest",
        "source_failed",
        "source_state_damaged",
        "silent_feed",
        "sudden_drop",
        "silent_source",
        "source_drop",
        "manifest_missing",
        "manifest_rows",
        "twelve_hour_clock",
        "no_time_of_day",
        "clock_skew",
        "before_hire",
        "clipped_ids",
        "numbers_in_text",
        "unknown_staff",
        "mojibake",
        "duplicates_across_files",
        "calendar_year_unknown",
        "late_rows",
        "missing_feed",
        "short_history",
        "failed_step",
    }
)


def findings(run: Run) -> tuple[Finding, ...]:
    """Put the run's findings in words; a feed that was never delivered stands in the coverage table."""
    return tuple(
        Finding(
            code=str(item["code"]),
            feed=str(item.get("feed", "")),
            count=int(item.get("count", 0)),
            text=_finding_words(item),
        )
        for item in run.findings
        if item["code"] != "missing_feed"
    )


def _finding_words(item: Mapping[str, Any]) -> Text:
    code, count = str(item["code"]), int(item.get("count", 0))
    if code not in _FINDINGS:
        return say("facts.finding.other", code=code, n=count)
    feed = str(item.get("feed", ""))
    return say(f"facts.finding.{code}", feed=feed, n=count, which=_which(item.get("detail", {})))


def _which(detail: Mapping[str, Any]) -> str:
    """Name the files that a finding is about; where it is about rows, their days."""
    if names := detail.get("files", ()):
        return ", ".join(names[:FILES_NAMED]) + (" …" if len(names) > FILES_NAMED else "")
    days = [date.fromisoformat(day) for day in detail.get("days", ())]
    return listed(days, SPANS_NAMED)


def changes(run: Run, before: Run | None, cases: Sequence[CaseThen], zone: ZoneInfo) -> tuple[Change, ...]:
    """List what changed since the night before.

    Args:
        run: The night's run.
        before: The last run of an earlier night.
        cases: The cases as they stood.
        zone: The bank's zone.
    """
    found = [
        Change(kind="late", text=say("facts.change.late", feed=str(item["feed"]), n=int(item["count"])))
        for item in run.findings
        if item["code"] == "late_rows"
    ]
    if run.revision:
        found.append(Change(kind="other", text=say("facts.change.rescore", n=run.revision)))
    found += [
        _scored_again(one) for one in (run.manifest.get("changed"), *run.manifest.get("rescored", ())) if one
    ]
    if before is not None:
        found += _settings_changed(run, before)
    for case in cases:
        if case.change == "reopened":
            found.append(Change(kind="case", case_id=case.case_id, text=_reopened(case, zone)))
        elif case.change == "continued" and case.why:
            found.append(
                Change(
                    kind="case",
                    case_id=case.case_id,
                    text=say("facts.change.new_evidence", why=news_words(case.why)),
                )
            )
    return tuple(found)


def _reopened(case: CaseThen, zone: ZoneInfo) -> Text:
    why, before = news_words(case.why), before_words(case.events, zone)
    if before is None:
        return say("facts.change.reopened", why=why)
    return say("facts.change.reopened_before", why=why, before=before)


def _scored_again(change: Mapping[str, Any]) -> Change:
    """Say what a night came to when it was scored again with what had come late."""
    then, now = change["unexplained"]
    parts = [
        say("facts.change.scored_again", night=change["night"], people=change["people"], then=then, now=now)
    ]
    parts += [
        say("facts.change.scored_late", feed=feed, n=count) for feed, count in sorted(change["late"].items())
    ]
    for name in ("raised", "no_longer"):
        if change[name]:
            parts.append(say(f"facts.change.scored_{name}", who=", ".join(change[name])))
    if change["new_cases"]:
        parts.append(say("facts.change.scored_cases", n=change["new_cases"]))
    return Change(
        kind="late", text=Text(en=" ".join(part.en for part in parts), zh="".join(part.zh for part in parts))
    )


def _settings_changed(run: Run, before: Run) -> list[Change]:
    found = []
    if run.config_hash != before.config_hash:
        text = say("facts.change.config", before=before.config_hash, now=run.config_hash)
        found.append(Change(kind="config", text=text))
    now = {"tellerwatch": run.code_version, **run.manifest.get("versions", {})}
    then = {"tellerwatch": before.code_version, **before.manifest.get("versions", {})}
    for part in sorted(now):
        if part in then and then[part] != now[part]:
            text = say("facts.change.version", part=part, before=then[part], now=now[part])
            found.append(Change(kind="version", text=text))
    return found


def rules_then(connection: Connection, run: Run) -> list[Rule]:
    """List the suppressions that were in force when the night was written."""
    return active_on(connection, run.night, known_at=run.finished_at)


def suppressed(
    rules: Sequence[Rule],
    run: Run,
    scores: Sequence[ScoreRow],
    reasons: Mapping[str, Sequence[ReasonRow]],
    posts: Mapping[str, Spell],
) -> tuple[Suppression, ...]:
    """Describe the rules in force, each with whose alert it hid, alone or with others."""
    hidden: dict[int, list[str]] = {rule.id: [] for rule in rules}
    for row in scores:
        if not row.alert or not rules:
            continue
        post = posts.get(row.employee_id)
        codes = [reason.code for reason in reasons.get(row.employee_id, ())]
        by = {
            code: [
                rule.id
                for rule in rules
                if rule.covers(row.employee_id, post.branch_id if post else "", code)
            ]
            for code in codes
        }
        if codes and all(by.values()):
            for number in sorted({number for some in by.values() for number in some}):
                hidden[number].append(row.employee_id)
    return tuple(
        Suppression(
            suppression_id=str(rule.id),
            scope=_scope(rule),
            why=rule.reason,
            added_by=rule.created_by,
            approved_by=rule.second_person or "",
            until=rule.until,
            expires_soon=rule.until <= run.night + timedelta(days=EXPIRES_SOON_DAYS),
            hidden_alerts=len(hidden[rule.id]),
            hidden=tuple(hidden[rule.id]),
        )
        for rule in rules
    )


def _scope(rule: Rule) -> Text:
    parts = []
    if rule.employee_id:
        parts.append(say("facts.scope.person", who=rule.employee_id))
    if rule.reason_code:
        parts.append(say("facts.scope.reason", what=rule.reason_code))
    if rule.branch_id:
        parts.append(say("facts.scope.branch", where=rule.branch_id))
    return Text(en=", ".join(part.en for part in parts), zh="，".join(part.zh for part in parts))
