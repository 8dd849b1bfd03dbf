"""The unmasked copy: candidates are tokenised and matched, and what matches is shown under a watermark.

The lake holds tokens alone, and a token cannot be turned back. So the officer brings the numbers, out of the
bank's own system, and is told which of them are meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from pipeline.casebook.reveals import Reveal
from reports.document import LookUp

_STYLE = """
body{font:14px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2rem;color:#111}
table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;padding:.3rem .5rem;text-align:left}
.mark{position:fixed;inset:0;z-index:-1;overflow:hidden;color:#c00;opacity:.14;font-size:18px;line-height:3.2;
transform:rotate(-18deg) scale(1.4)}
.line{color:#c00;font-size:11px}thead{display:table-header-group}tr{break-inside:avoid}
"""


@dataclass(frozen=True)
class Matched:
    """Which candidates are customers of the request.

    Attributes:
        numbers: token → the number as it was supplied.
        read: Candidates read.
        unmatched: Customers of the request whom no candidate fits; they stay masked.
    """

    numbers: dict[str, str]
    read: int
    unmatched: int


def match(candidates: Iterable[str], tokens: Sequence[str], token_of: Callable[[str], str]) -> Matched:
    """Find the customers of a request among numbers that somebody supplies.

    Args:
        candidates: One number each; empty ones do not count.
        tokens: The customers of the request.
        token_of: Turns a number into its token.
    """
    wanted = set(tokens)
    numbers: dict[str, str] = {}
    read = 0
    for candidate in candidates:
        number = candidate.strip()
        if not number:
            continue
        read += 1
        if (found := token_of(number)) in wanted:
            numbers.setdefault(found, number)
    return Matched(numbers, read, len(wanted) - len(numbers))


def copy_page(
    reveal: Reveal, lookups: Sequence[LookUp], tokens: Mapping[str, str], matched: Matched, made_at: str
) -> str:
    """Write the copy as one page, its mark on every row and across every sheet of paper.

    Args:
        reveal: The approved request.
        lookups: The person's look-ups as the dossier shows them.
        tokens: Alias → token.
        matched: The numbers that were found.
        made_at: When, in words.
    """
    mark = (
        f"{reveal.reveal_id} · {reveal.case_id} · {reveal.requested_by} / {reveal.approved_by} · {made_at} · "
        "CONFIDENTIAL 机密 · NOT TO BE PASSED ON 不得转交"
    )
    wanted = set(reveal.tokens)
    rows = []
    for look_up in sorted(lookups, key=lambda row: (row.occurred_at, row.event_id)):
        found = tokens.get(look_up.subject, "")
        if found not in wanted:
            continue
        cells = (
            f"{look_up.occurred_at:%Y-%m-%d %H:%M}",
            look_up.event_id,
            look_up.operation,
            look_up.reason,
            look_up.state,
            look_up.terminal,
            matched.numbers.get(found, f"{look_up.subject} (masked 未揭示)"),
        )
        told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        rows.append(f'<tr>{told}<td class="line">{escape(mark)}</td></tr>')
    heads = (
        "When 时间",
        "Event 编号",
        "Act 操作",
        "Reason 原因",
        "State 状态",
        "Terminal 终端",
        "Customer 客户",
        "",
    )
    head = "".join(f"<th>{name}</th>" for name in heads)
    facts = (
        f"{reveal.employee_id} · {reveal.reason} · {len(matched.numbers)} customers shown, "
        f"{matched.unmatched} stay masked"
    )
    return (
        '<!doctype html>\n<html lang="zh"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(reveal.reveal_id)}</title><style>{_STYLE}</style></head>\n<body>"
        f'<div class="mark" aria-hidden="true">{escape((mark + "   ") * 60)}</div>'
        f"<h1>{escape(reveal.reveal_id)} · {escape(reveal.case_id)}</h1><p>{escape(facts)}</p>"
        f'<p class="line">{escape(mark)}</p>\n<table><thead><tr>{head}</tr></thead><tbody>\n'
        + "\n".join(rows)
        + "\n</tbody></table></body></html>\n"
    )
