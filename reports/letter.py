"""The answer letter: one offline page with the Chinese and the English letter, each on paper of its own."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import date

from markupsafe import Markup, escape

from reports.document.common import Language, Text
from reports.document.letter import AnswerLetter
from reports.markup import visible
from reports.redact import refuse_raw_numbers
from reports.words import say

_STYLE = """
@page{size:A4;margin:22mm 20mm}
body{font:15px/1.6 "Noto Serif CJK SC","Songti SC",SimSun,Georgia,serif;max-width:44rem;margin:2rem auto;
padding:0 1rem;color:#111;background:#fff}
h1{font-size:1.3rem}table{border-collapse:collapse;width:100%;font-size:.92em}
th,td{border:1px solid #767676;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
td:first-child{white-space:nowrap}thead{display:table-header-group}tr{break-inside:avoid}.small{font-size:.85em}.sign{margin-top:3rem}
section+section{break-before:page;margin-top:4rem}@media print{section+section{margin-top:0}body{margin:0}}
"""
_COLUMNS = ("on", "what", "purpose", "who", "finding")


def render_letter(letter: AnswerLetter) -> str:
    """Draw an answer letter.

    Args:
        letter: What the customer is told.

    Returns:
        One offline HTML page; the house's language comes first.

    Raises:
        RedactionError: Some text looks like a raw customer number.
    """
    refuse_raw_numbers(letter)
    sheet = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    other: Language = "en" if letter.language == "zh" else "zh"
    return (
        f'<!DOCTYPE html>\n<html lang="{_tag(letter.language)}"><head><meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        f"content=\"default-src 'none'; style-src 'sha256-{sheet}'; base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_in(_title(letter), letter.language)}</title><style>{_STYLE}</style></head>\n<body><main>\n"
        + _letter(letter, letter.language)
        + _letter(letter, other)
        + "</main></body></html>\n"
    )


def _letter(letter: AnswerLetter, language: Language) -> str:
    facts: dict[str, int | date] = {
        "since": letter.since,
        "night": letter.night,
        "n": letter.lookups,
        "people": letter.people,
    }
    heads = "".join(f'<th scope="col">{_in(say(f"letter.col.{name}"), language)}</th>' for name in _COLUMNS)
    rows = "".join(
        f"<tr><td>{line.on.isoformat()}</td><td>{_in(line.what, language)}</td>"
        f"<td>{_in(line.purpose, language)}</td><td>{_in(say('letter.who', n=line.who), language)}</td>"
        f"<td>{_in(line.finding, language)}</td></tr>\n"
        for line in letter.lines
    )
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table>\n" if rows else ""
    told = [say("letter.lead" if rows else "letter.none", **facts)]
    after = []
    if rows:
        after.append(
            say("letter.examined", n=letter.examined) if letter.examined else say("letter.all_linked")
        )
        after.append(say("letter.rights"))
    level = "h1" if language == letter.language else "h2"
    return (
        f'<section lang="{_tag(language)}">\n<p>{escape(visible(letter.institution))}</p>\n'
        f"<{level}>{_in(_title(letter), language)}</{level}>\n<p>{_in(say('letter.greeting'), language)}</p>\n"
        + _paragraphs(told, language)
        + table
        + _paragraphs(after, language)
        + f'<p class="small">{_in(say("letter.states_as_of", night=letter.night), language)}</p>\n'
        + f'<p class="sign">{_in(say("letter.sign"), language)}</p>\n</section>\n'
    )


def _paragraphs(texts: list[Text], language: Language) -> str:
    return "".join(f"<p>{_in(text, language)}</p>\n" for text in texts)


def _title(letter: AnswerLetter) -> Text:
    return say("letter.title", case=letter.case_number)


def _in(text: Text, language: Language) -> Markup:
    return escape(visible(text.zh if language == "zh" else text.en))


def _tag(language: Language) -> str:
    return "zh-CN" if language == "zh" else "en"
