"""A dossier in the terminal: tables and small charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from reports.document import Dossier, LookUp, Text

MOST_ROWS = 40
_BLOCKS = " ▁▂▃▄▅▆▇█"
_COLORS = {
    "unlinked": "red",
    "mismatch": "red",
    "thin": "yellow",
    "pending": "cyan",
    "not_assessable": "magenta",
}
_BAR = 30
_WORDY = ("Note", "Found", "Reason", "Could it be", "Which", "What")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def print_dossier(
    console: Console, dossier: Dossier, rows: Sequence[LookUp], narrowed: bool, language: str
) -> None:
    """Print a dossier.

    Args:
        console: Where to.
        dossier: The document.
        rows: The look-ups asked for.
        narrowed: Whether some were left out by choice.
        language: `zh` or `en`.
    """
    _head(console, dossier, language)
    _reasons(console, dossier, language)
    _speaks_for(console, dossier, language)
    _evidence(console, dossier)
    _course(console, dossier)
    _peers(console, dossier, language)
    _connections(console, dossier, language)
    _lookups(console, dossier, rows, narrowed, language)
    _rest(console, dossier, language)


def words_of(text: Text | None, language: str) -> str:
    """Return a text in one language, safe to print."""
    return "" if text is None else escape(text.zh if language == "zh" else text.en)


def table_of(title: str, *columns: str, right: Sequence[str] = ()) -> Table:
    """Make a table of the house's form."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for column in columns:
        words = column in _WORDY
        table.add_column(
            column, justify="right" if column in right else "left", overflow="fold", no_wrap=not words
        )
    return table


def _head(console: Console, dossier: Dossier, language: str) -> None:
    who = dossier.profile
    console.print(
        f"{who.employee_id}  {who.name}  {who.role}  {who.branch}".rstrip(), style="bold", markup=False
    )
    score = (
        "no score"
        if dossier.score is None
        else f"score {dossier.score:.1f} (a case opens at {dossier.cutoff_score:g})"
    )
    rare = "" if dossier.p_value is None else f", p {dossier.p_value:.2g}"
    console.print(
        f"  as of the night of {dossier.as_of} · {score}{rare} · {words_of(dossier.status, language)}"
    )
    since = f"hired {who.hired_on}" if who.hired_on else ""
    left = f"left {who.left_on}" if who.left_on else ""
    manager = f"manager {who.manager_id}" if who.manager_id else ""
    shift = f"shift {who.shift}" if who.shift else ""
    if facts := " · ".join(fact for fact in (since, left, manager, shift) if fact):
        console.print(f"  {facts}", markup=False)
    for sentence in dossier.summary:
        console.print(f"  {words_of(sentence, language)}")


def _reasons(console: Console, dossier: Dossier, language: str) -> None:
    if not dossier.reasons:
        return
    table = table_of(
        "Why",
        "Reason",
        "Value",
        "Own normal",
        "Peers",
        "Points",
        "",
        right=("Value", "Own normal", "Peers", "Points"),
    )
    most = max(reason.points for reason in dossier.reasons)
    for reason in dossier.reasons:
        bar = "█" * max(1, round(_BAR / 2 * reason.points / most)) if most > 0 else ""
        numbers = [_number(value) for value in (reason.value, reason.own_normal, reason.peer_normal)]
        table.add_row(words_of(reason.label, language), *numbers, f"{reason.points:.1f}", f"[red]{bar}[/]")
    table.add_row("all other", "", "", "", f"{dossier.other_points:.1f}", "")
    console.print(table)


def _speaks_for(console: Console, dossier: Dossier, language: str) -> None:
    table = table_of("What speaks for the person", "Could it be", "Outcome", "Found")
    for item in dossier.speaks_for:
        style = "green" if item.outcome in ("explains", "partly") else ""
        outcome = item.outcome.replace("_", " ")
        table.add_row(
            words_of(item.check, language),
            f"[{style}]{outcome}[/]" if style else outcome,
            words_of(item.text, language),
        )
    console.print(table)


def _evidence(console: Console, dossier: Dossier) -> None:
    counts = dossier.evidence.model_dump()
    most = max(counts.values()) or 1
    table = table_of("Evidence", "State", "Look-ups", "", right=("Look-ups",))
    for state, count in counts.items():
        color = _COLORS.get(state, "green")
        table.add_row(state, str(count), f"[{color}]{'█' * round(_BAR * count / most)}[/]")
    console.print(table)


def _course(console: Console, dossier: Dossier) -> None:
    days = dossier.timeline[-90:]
    if days:
        console.print("Look-ups per day, and below those without a record", style="bold")
        top = max(day.total for day in days) or 1
        for values in ([day.total for day in days], [day.unexplained for day in days]):
            console.print("  " + "".join(_block(value / top) for value in values), markup=False)
        console.print(f"  {days[0].day} … {days[-1].day}; the tallest bar is {top}")
    if dossier.hours:
        console.print("By weekday and hour", style="bold")
        top = max(max(row) for row in dossier.hours) or 1
        for weekday, row in zip(_WEEKDAYS, dossier.hours, strict=True):
            console.print(f"  {weekday} " + "".join(_block(value / top) for value in row), markup=False)
        console.print("      0     6     12    18")


def _block(share: float) -> str:
    return _BLOCKS[0 if share <= 0 else max(1, round(share * (len(_BLOCKS) - 1)))]


def _peers(console: Console, dossier: Dossier, language: str) -> None:
    peers = dossier.peers
    if peers is None:
        return
    above = sum(value >= peers.own for value in peers.values)
    console.print("Peers", style="bold")
    console.print(
        f"  {words_of(peers.measure, language)}: {peers.own:g}; "
        f"median of {peers.n} peers {peers.median:g}, {above} of them at or above"
    )


def _connections(console: Console, dossier: Dossier, language: str) -> None:
    if not dossier.connections:
        return
    table = table_of(
        "Connections", "Kind", "Which", "Look-ups", "No record", "Note", right=("Look-ups", "No record")
    )
    for item in dossier.connections:
        key = f"{item.key} {item.label}".strip()
        table.add_row(
            item.kind, escape(key), str(item.lookups), str(item.unexplained), words_of(item.text, language)
        )
    console.print(table)


def _lookups(
    console: Console, dossier: Dossier, rows: Sequence[LookUp], narrowed: bool, language: str
) -> None:
    which = "Look-ups chosen" if narrowed else "Look-ups, most telling first"
    table = table_of(
        f"{which}: {len(rows)} of {dossier.lookups_total}",
        "When",
        "Customer",
        "Reason",
        "State",
        "Record",
        "Terminal",
        "Note",
    )
    for row in rows[:MOST_ROWS]:
        color = _COLORS.get(row.state, "green")
        table.add_row(
            f"{row.occurred_at:%Y-%m-%d %H:%M}",
            row.subject,
            escape(row.reason),
            f"[{color}]{row.state}[/]",
            escape(row.record_id),
            escape(row.terminal),
            words_of(row.note, language),
        )
    console.print(table)
    if len(rows) > MOST_ROWS:
        console.print(
            f"  {len(rows) - MOST_ROWS} more: narrow them with --from, --to, --state; "
            "--json and --html hold all."
        )


def _rest(console: Console, dossier: Dossier, language: str) -> None:
    if dossier.history:
        table = table_of("Cases", "When", "Case", "What", "By", "Note")
        for item in dossier.history[:12]:
            table.add_row(
                f"{item.at:%Y-%m-%d %H:%M}",
                item.case_id,
                words_of(item.act, language),
                escape(item.by),
                escape(item.note),
            )
        console.print(table)
    if dossier.steps:
        console.print("Next", style="bold")
        for step in dossier.steps:
            console.print(f"  · {words_of(step.text, language)}")
    console.print(
        "This is an unusual pattern at most, not a finding of misconduct. A person must decide.", style="dim"
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
