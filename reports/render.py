"""A frozen document in, one offline HTML page out. The same document always gives the same bytes."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from pydantic import BaseModel

from reports.charts import ladder
from reports.document import Dossier, IndexReport, Language, MonthReport, NightReport, PageMark, Text
from reports.figures import dossier_figures, month_figures, night_figures
from reports.figures.dossier import FIGURES, STATES
from reports.markup import anchor, clipped, css_string, shown, visible
from reports.redact import refuse_raw_numbers
from reports.words import catalogue, chance_alone, ladder_words, rarity, say, share, styled

MAX_LOOKUPS = 400
"""Look-ups on a dossier's page; the CSV beside it holds all."""
MAX_ROWS = 200
MAX_INPUTS = 60
SEVERITY_RANK = {"critical": 0, "high": 1, "medium": 2, "low": 3}


@cache
def _asset(name: str) -> str:
    return (files("reports") / "templates" / name).read_text(encoding="utf-8")


def _hashed(text: str) -> str:
    return "'sha256-" + b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


@cache
def _environment(language: Language) -> Environment:
    """Make the one way out: strict about names, every printed value escaped and tagged by language."""
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: shown(value, language),
    )
    environment.globals.update(
        t=say,
        share=share,
        styled=styled,
        rarity=rarity,
        ladder=ladder,
        ladder_words=ladder_words,
        chance_alone=chance_alone,
        anchor=anchor,
        max_rows=MAX_ROWS,
        max_inputs=MAX_INPUTS,
        severity_rank=SEVERITY_RANK,
    )

    def attribute(value: str | Text) -> Markup:
        text = value if isinstance(value, str) else value.zh if language == "zh" else value.en
        return escape(visible(clipped(text, 300)))

    def month(value: date) -> Markup:
        return escape(f"{value:%Y-%m}")

    environment.filters.update(attribute=attribute, month=month, raw=_own_word)
    return environment


def _own_word(value: Any) -> Markup:
    """Let a word of our own stand in an attribute; anything else than a plain word is refused."""
    text = str(value)
    if not text.replace("-", "").replace("_", "").replace(".", "").isalnum() or not text.isascii():
        raise ValueError("only the project's own words may stand unescaped in an attribute")
    return Markup(text)  # noqa: S704 - checked above


def _style(document: PageMark) -> str:
    """Add the page margins' text to the style: a page box can print only what the style itself holds."""
    head = css_string(clipped(visible(f"{document.institution} · {document.classification}"), 80))
    return _asset("style.css") + f"@page{{@top-left{{content:{head}}}}}\n"


def _page(template: str, document: PageMark, title: Text, toc: list[tuple[str, Text]], **context: Any) -> str:
    refuse_raw_numbers(document)
    style, script = _style(document), _asset("script.js")
    policy = (
        f"default-src 'none'; script-src {_hashed(script)}; style-src {_hashed(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return (
        _environment(document.language)
        .get_template(template)
        .render(
            doc=document,
            title=title,
            toc=toc,
            policy=Markup(policy),  # noqa: S704 - hashes and fixed words
            style=Markup(style),  # noqa: S704 - own file and an escaped CSS string
            script=Markup(script),  # noqa: S704 - own file
            **context,
        )
    )


def _contents(area: str, *sections: str, **renamed: str) -> list[tuple[str, Text]]:
    return [(name, say(renamed.get(name, f"{area}.{name}.title"))) for name in sections]


def render_night(report: NightReport) -> str:
    """Draw the nightly overview.

    Args:
        report: The night's document.

    Returns:
        One offline HTML page.

    Raises:
        RedactionError: Some text looks like a raw customer number.
    """
    sections = [
        "coverage",
        "cases",
        "changes",
        "watch",
        "things",
        "suppressions",
        "population",
        "clocks",
        "blind",
        "how",
    ]
    verdict = say(
        f"night.verdict.{report.verdict.data_state}",
        **(
            {}
            if report.verdict.data_state == "failed"
            else {
                "n": report.verdict.new,
                "continued": report.verdict.continued,
                "reopened": say("night.verdict.reopened", n=report.verdict.reopened)
                if report.verdict.reopened
                else "",
            }
        ),
    )
    still = [
        case
        for case in report.cases
        if case.change == "continued" and case.unexplained == case.unexplained_before and case.owner
    ]
    expected = {case.expected_false for case in report.cases}
    return _page(
        "night.html.j2",
        report,
        say("night.title", night=report.night),
        [*_contents("night", *sections), ("manifest", say("common.manifest.title"))],
        verdict=verdict,
        figures=night_figures(report),
        moving=[case for case in report.cases if case not in still],
        still=still,
        levels={case.severity for case in report.cases},
        case_ids={case.case_id for case in report.cases},
        expected_false=expected.pop() if len(expected) == 1 else None,
        unassessable=sum(row.lookups for row in report.not_assessable),
    )


def render_dossier(dossier: Dossier) -> str:
    """Draw one person's dossier.

    Args:
        dossier: The person's document.

    Returns:
        One offline HTML page with the first look-ups; all of them are in the CSV beside it.

    Raises:
        RedactionError: Some text looks like a raw customer number.
    """
    figures = {**dict.fromkeys(FIGURES), **dossier_figures(dossier)}
    rows = dossier.lookups[:MAX_LOOKUPS]
    sections = ["who", "reasons", "for", "steps", "evidence"]
    sections += ["time"] if any(figures[name] for name in ("days", "cumulative", "hours")) else []
    sections += ["peers"] if figures["peers"] else []
    sections += ["connections", "lookups"]
    sections += ["related"] if dossier.related else []
    sections += ["history", "decision", "method"]
    profile = dossier.profile
    present = {row.state for row in rows}
    known = catalogue()

    def operation_words(operation: str) -> Text:
        return known.get(f"dossier.operation.{operation}", Text.same(operation))

    def reason_words(reason: str) -> Text:
        return known.get(f"common.reason.{reason}", Text.same(reason or "–"))

    return _page(
        "dossier.html.j2",
        dossier,
        say("dossier.title", who=clipped(f"{profile.employee_id} {profile.name}".strip(), 80)),
        _contents("dossier", *sections),
        figures=figures,
        rows=rows,
        row_states=[state for state in STATES if state in present],
        lookups_total=max(dossier.lookups_total, len(dossier.lookups)),
        shown_events={row.event_id for row in rows},
        state_words={state: say(f"dossier.evidence.{state}") for state in STATES},
        consent_words={"": "–"}
        | {key.rsplit(".", 1)[1]: pair for key, pair in known.items() if key.startswith("dossier.consent.")},
        operation_words=operation_words,
        reason_words=reason_words,
        no_record=say("dossier.lookups.no_record"),
        repeats=max(0, len(dossier.lookups) - _counted(dossier)),
    )


def _counted(dossier: Dossier) -> int:
    """Count what the states count: each customer once a day."""
    states = dossier.evidence
    return states.linked + states.thin + states.pending + states.unlinked + states.not_assessable


def render_month(report: MonthReport) -> str:
    """Draw one month.

    Raises:
        RedactionError: Some text looks like a raw customer number.
    """
    toc = [
        ("trend", say("trend.month.cases")),
        ("dispositions", say("trend.month.dispositions")),
        ("branches", say("trend.month.branches")),
        ("approvers", say("trend.month.approvers")),
        ("nights", say("trend.month.nights")),
    ]
    verdict = say(
        "trend.month.verdict",
        n=report.opened,
        closed=report.closed,
        open=report.open_at_end,
        nights=len(report.nights),
        gaps=sum(night.state != "complete" for night in report.nights),
    )
    title = say("trend.month.title", month=f"{report.month:%Y-%m}")
    return _page("month.html.j2", report, title, toc, verdict=verdict, figures=month_figures(report))


def render_index(report: IndexReport) -> str:
    """Draw the way in.

    Raises:
        RedactionError: Some text looks like a raw customer number.
    """
    toc = [("latest", say("trend.index.latest")), ("months", say("trend.index.months"))]
    verdict = say("trend.index.empty")
    if report.latest:
        verdict = say("trend.index.verdict", n=report.open_cases, night=report.latest[0].night)
    return _page("index.html.j2", report, say("trend.index.title"), toc, verdict=verdict)


def to_json(document: BaseModel) -> str:
    """Write a document's JSON twin: the same numbers, keys in the document's own order.

    Raises:
        RedactionError: Some text looks like a raw customer number.
    """
    refuse_raw_numbers(document)
    return document.model_dump_json(indent=2) + "\n"
