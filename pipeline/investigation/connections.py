"""What the person's look-ups share with others: terminals, typists, requesters, customers, complaints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from pipeline.entities.bureau import bureau_words, listed
from pipeline.evidence.day_keys import CUSTOMER, TERMINAL
from pipeline.features.harm import HARM, VICTIM_DAYS
from pipeline.investigation.lookups import aliases
from pipeline.investigation.staff import Staff
from pipeline.investigation.stored import Act, Stored
from reports.document import Connection, Text
from reports.words import say

MOST_OF_A_KIND = 6
SHARED_WORKDAYS = 20
"""Working days over which shared customers are searched for, among the rows of the whole bank."""
MOST_SUBJECTS = 500
MOST_NAMED = 4
"""Customers named by their alias where the whole list would be too long."""


def connections(
    employee_id: str, acts: Sequence[Act], staff: Staff, stored: Stored
) -> tuple[Connection, ...]:
    """List what stands out, by kind.

    Args:
        employee_id: Whose.
        acts: All their acts, those typed for others too.
        staff: The staff.
        stored: What the run may use.
    """
    own = [act for act in acts if act.entity == employee_id]
    return (
        *_terminals(employee_id, own, stored),
        *_people(employee_id, acts),
        *_shared(employee_id, own, staff, stored),
        *_complaints(own, stored),
        *_bureau(employee_id, own, stored),
    )


def _unlinked(acts: Sequence[Act]) -> int:
    return sum(act.counted and act.state == "unlinked" for act in acts)


def _terminals(employee_id: str, own: Sequence[Act], stored: Stored) -> list[Connection]:
    by_terminal: dict[str, list[Act]] = {}
    for act in own:
        if act.is_lookup and act.terminal_id:
            by_terminal.setdefault(act.terminal_id, []).append(act)
    ordered = sorted(by_terminal.items(), key=lambda item: (-len(item[1]), item[0]))
    shown = ordered[:MOST_OF_A_KIND]
    others = _others_at(employee_id, [terminal for terminal, _ in shown], stored)
    return [
        Connection(
            kind="terminal",
            key=terminal,
            lookups=len(some),
            unexplained=_unlinked(some),
            text=others.get(terminal),
        )
        for terminal, some in shown
    ]


def _others_at(employee_id: str, terminals: Sequence[str], stored: Stored) -> dict[str, Text]:
    """Say of each terminal how many look-ups of everybody else there have no record."""
    if not terminals:
        return {}
    others, paths = stored.met(stored.window_start(SHARED_WORKDAYS), TERMINAL, terminals, employee_id)
    if not others:
        return {}
    rows = stored.rows(
        f"""
        SELECT terminal_id, count(DISTINCT event_id) FILTER (state = 'unlinked'), count(DISTINCT event_id),
            count(DISTINCT entity)
        FROM read_parquet(?, hive_partitioning = false)
        WHERE entity IN ({", ".join("?" * len(others))}) AND list_contains(?, terminal_id) AND is_lookup
            AND state IN ('linked', 'thin', 'unlinked') AND night <= ? AND from_night <= ? AND until_night > ?
        GROUP BY 1
        """,
        [paths, *others, list(terminals), stored.night, stored.night, stored.night],
    )
    return {
        terminal: say("facts.link.others_at", k=k, n=n, people=people, days=SHARED_WORKDAYS)
        for terminal, k, n, people in rows
    }


def _bureau(employee_id: str, own: Sequence[Act], stored: Stored) -> list[Connection]:
    """Set beside the person what the credit bureau listed of them, and of their branch."""
    branch = next((act.own_branch for act in reversed(own) if act.own_branch), "")
    found = [(one, bureau_words(one)) for one in listed(stored, "employee_id", (employee_id,))]
    if branch:
        about = say("facts.bureau.branch")
        for one in listed(stored, "branch_id", (branch,)):
            words = bureau_words(one)
            found.append((one, Text(en=f"{about.en} {words.en}", zh=f"{about.zh}{words.zh}")))
    return [Connection(kind="bureau", key=one.key, lookups=one.findings, text=words) for one, words in found]


def _people(employee_id: str, acts: Sequence[Act]) -> list[Connection]:
    typists: dict[str, list[Act]] = {}
    requesters: dict[str, list[Act]] = {}
    for act in acts:
        if act.is_lookup and act.entity != act.employee_id:
            if act.entity == employee_id:
                typists.setdefault(act.employee_id, []).append(act)
            else:
                requesters.setdefault(act.entity, []).append(act)
    found = []
    for kind, word, people in (("colleague", "typed_by", typists), ("requester", "typed_for", requesters)):
        for person, some in sorted(people.items(), key=lambda item: (-len(item[1]), item[0]))[
            :MOST_OF_A_KIND
        ]:
            found.append(
                Connection(
                    kind=kind,
                    key=person,
                    lookups=len(some),
                    unexplained=_unlinked(some),
                    text=say(f"facts.link.{word}"),
                )
            )
    return found


def _shared(employee_id: str, own: Sequence[Act], staff: Staff, stored: Stored) -> list[Connection]:
    first = stored.window_start(SHARED_WORKDAYS)
    recent = [act for act in own if act.counted and act.state == "unlinked" and act.day >= first]
    tokens = sorted({act.subject_token for act in recent})[:MOST_SUBJECTS]
    if not tokens:
        return []
    others, paths = stored.met(first, CUSTOMER, tokens, employee_id)
    if not others:
        return []
    known = "night <= ? AND from_night <= ? AND until_night > ?"
    nights = [stored.night] * 3
    rows = stored.rows(
        f"""
        SELECT entity, count(DISTINCT subject_token), count(DISTINCT event_id),
            count(DISTINCT event_id) FILTER (state = 'unlinked')
        FROM read_parquet(?, hive_partitioning = false)
        WHERE entity IN ({", ".join("?" * len(others))}) AND subject_token IN (SELECT unnest(?)) AND is_lookup AND {known}
        GROUP BY entity ORDER BY 2 DESC, 1 LIMIT ?
        """,
        [paths, *others, tokens, *nights, MOST_OF_A_KIND],
    )
    found = []
    for person, customers, lookups, unexplained in rows:
        post = staff.post(person, stored.night)
        found.append(
            Connection(
                kind="colleague",
                key=person,
                label=f"{post.role} {post.branch_id}".strip() if post else "",
                lookups=lookups,
                unexplained=unexplained,
                text=say("facts.link.shared", n=customers),
            )
        )
    return found


def _complaints(own: Sequence[Act], stored: Stored) -> list[Connection]:
    paths = stored.feed_paths("complaints", last=stored.night)
    if not paths:
        return []
    rows = stored.rows(
        """
        SELECT subject_token, min(received_on), min(complaint_id)
        FROM read_parquet(?, union_by_name = true)
        WHERE received_on <= ? AND (kind IS NULL OR list_contains(?, kind))
        GROUP BY subject_token ORDER BY subject_token
        """,
        [paths, stored.night, list(HARM)],
    )
    received = {token: day for token, day, _ in rows}
    touched = [
        act
        for act in own
        if act.counted
        and act.subject_token in received
        and received[act.subject_token] - timedelta(days=VICTIM_DAYS) <= act.day < received[act.subject_token]
    ]
    if not touched:
        return []
    names = aliases(own)
    customers = sorted({names[act.subject_token] for act in touched})
    more = f" +{len(customers) - MOST_NAMED}" if len(customers) > MOST_NAMED else ""
    return [
        Connection(
            kind="complaint",
            key=", ".join(customers[:MOST_NAMED]) + more,
            lookups=len(touched),
            unexplained=_unlinked(touched),
            text=say("facts.link.complaint", n=len(customers)),
        )
    ]
