"""What intake says about a file, in words: one function for each finding or group of them."""

from __future__ import annotations

from pathlib import Path

from pipeline.intake.endings import PAPERS, UNFINISHED, ending
from pipeline.intake.errors import RefusedFileError
from pipeline.intake.manifest import Promise
from pipeline.intake.result import HARMLESS_REASONS, FileResult, Finding, Level
from pipeline.intake.staged import Account
from pipeline.intake.workbook import LeftOut

_MANY_CLIPPED, _CLIPPED_SHARE = 3, 0.01


def _finding(result: FileResult, code: str, level: Level, count: int, text: str) -> Finding:
    return Finding(code, level, result.path, result.feed, count, text)


def strange_name(path: Path) -> Finding:
    """A file in a folder whose name tells of no feed."""
    text = f"{path.name} was left alone: its name tells of no feed. Take it in with --feed."
    return Finding("unknown_file", "note", str(path), "", 1, text)


def unread(path: Path, feed: str) -> Finding:
    """A file in a folder that is called after a feed, and whose ending says that it cannot be read."""
    kind = ending(path)
    if kind in UNFINISHED:
        text = f"{path.name} was left alone: by its ending it is still being written. Give it its name when it is whole."
        return Finding("still_growing", "note", str(path), feed, 1, text)
    level: Level = "note" if kind in PAPERS else "incomplete"
    text = (
        f"{path.name} was not taken in: files of the ending {kind} are not read, and if it is an export its rows "
        "are missing. Unpack it or export it as CSV, and take that in."
    )
    return Finding("unknown_ending", level, str(path), feed, 1, text)


def refused(result: FileResult, refusal: RefusedFileError) -> Finding:
    """A file that was refused whole."""
    text = f"{refusal.what} {refusal.todo}".strip()
    return _finding(result, refusal.code, "incomplete", result.read, text)


def taken_before(result: FileResult, before: FileResult) -> Finding:
    """The very same file again."""
    text = f"The same file was taken in as batch {before.batch_id}; nothing was added."
    return _finding(result, "known_file", "note", result.read, text)


def about_header(result: FileResult, unknown: tuple[str, ...]) -> list[Finding]:
    """Columns that mean nothing to the feed."""
    if not unknown:
        return []
    text = f"Columns that {result.feed} does not know were left out: {', '.join(unknown)}."
    return [_finding(result, "unknown_columns", "note", len(unknown), text)]


def about_notes(result: FileResult, notes: dict[str, tuple[int, str]]) -> list[Finding]:
    """What the reader noticed."""
    return [
        _finding(result, code, "incomplete", count, f"{count} {text}.")
        for code, (count, text) in notes.items()
    ]


def about_sheets(result: FileResult, sheets: list[LeftOut]) -> list[Finding]:
    """Sheets of a workbook that could not be read together with its first one."""
    return [
        _finding(
            result,
            "other_header",
            "incomplete",
            one.rows,
            f"Sheet {one.sheet} has other columns than the first, and its {one.rows} rows were rejected: "
            "export each table as a file of its own, or give all sheets the same header.",
        )
        for one in sheets
    ]


def against_manifest(result: FileResult, promise: Promise | None) -> list[Finding]:
    """Compare a file's rows with what its manifest says."""
    if promise is None or promise.rows is None:
        return []
    rows = result.read - sum(count for code, count in result.reasons.items() if code in HARMLESS_REASONS)
    if rows == promise.rows:
        return []
    text = f"The manifest says {promise.rows} rows, and {rows} are there: export or copy the file again."
    days = (promise.day.isoformat(),) if promise.day else ()
    return [
        Finding("manifest_rows", "incomplete", result.path, result.feed, abs(rows - promise.rows), text, days)
    ]


def about_rejected(result: FileResult, max_reject_share: float) -> list[Finding]:
    """Rows that were rejected, this time or when the same file was read before."""
    bad = sum(count for code, count in result.reasons.items() if code not in HARMLESS_REASONS)
    if not bad:
        return []
    level: Level = "incomplete" if bad / result.read > max_reject_share else "note"
    codes = ", ".join(f"{code} {count}" for code, count in sorted(result.reasons.items()))
    text = f"{bad} of {result.read} rows were rejected ({codes}); the quarantine says where and why."
    return [_finding(result, "rejected_rows", level, bad, text)]


def about_account(result: FileResult, account: Account, max_reject_share: float) -> list[Finding]:
    """What the account of a file tells."""
    found: list[Finding] = []
    if account.read == 0:
        found.append(
            _finding(
                result,
                "empty_file",
                "incomplete",
                0,
                "The file has a header and no rows. If nothing happened, fine; otherwise export it again.",
            )
        )
    found += about_rejected(result, max_reject_share)
    if account.across:
        text = f"{account.across} rows had come in another file before; they count once."
        found.append(_finding(result, "duplicates_across_files", "note", account.across, text))
    if account.corrected:
        text = f"{account.corrected} rows were known with other content; both are kept, the newer counts."
        found.append(_finding(result, "corrected_rows", "note", account.corrected, text))
    if account.withdrawn:
        text = f"{account.withdrawn} rows were taken back by their source; they do not count any more."
        found.append(_finding(result, "withdrawn_rows", "note", account.withdrawn, text))
    if account.cleared:
        text = (
            f"In {account.cleared} rows a customer's number stood in a field that is none of theirs, such as a business number or a "
            "remark; a token was put in its place."
        )
        found.append(_finding(result, "numbers_in_text", "note", account.cleared, text))
    if account.clipped >= max(_MANY_CLIPPED, _CLIPPED_SHARE * account.read):
        text = (
            f"{account.clipped} resident numbers end in 000 with a wrong check digit, as a spreadsheet "
            "leaves them: their owners cannot be told apart. Export them as text."
        )
        found.append(_finding(result, "clipped_ids", "incomplete", account.clipped, text))
    return found
