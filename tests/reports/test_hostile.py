"""Names are foreign text: whatever stands in them is shown as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import document as d
from reports.markup import anchor, css_string, shown, visible
from reports.render import render_dossier, render_night
from tests.reports import factories
from tests.reports.pages import read

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "svg": '<svg onload="alert(1)"><use href="https://evil.example/x"/></svg>',
    "attribute": '" onmouseover="alert(1)" x="',
    "closing": "</style></script></title></svg>--><img src=https://evil.example/x>",
    "template": "{{ doc.manifest }}{% include 'x' %}${1}",
    "override": "丁\u202eexe.gpj\u2066\u200f",
    "control": "a\x00b\x1bc\ufeff",
    "surrogate": "half \ud83d pair",
    "emoji": "👩‍💼 🇨🇳 \U0001f9d1‍⚖️",
    "css": '"}@import url(https://evil.example/x);a{b:"',
}


def everywhere(name: str) -> tuple[str, str]:
    """Put the name wherever a document takes foreign text."""
    both = d.Text(en=f"{name} 12", zh=f"{name} 12")
    card = factories.case_cards()[0].model_copy(
        update={
            "name": name,
            "employee_id": name,
            "case_id": name,
            "branch": name,
            "role": name,
            "owner": name,
            "reasons": (both,),
        }
    )
    branches = (d.BranchShare(branch=name, unexplained=1, lookups=2, share=0.5, employees=3),)
    suppression = (
        factories.night_report()
        .suppressions[0]
        .model_copy(update={"why": name, "hidden": (name,), "added_by": name})
    )
    night = factories.night_report(
        institution=name,
        classification=name,
        cases=(card,),
        suppressions=(suppression,),
        population=factories.population().model_copy(update={"branches": branches}),
    )
    row = factories.lookups(3)[0].model_copy(
        update={
            "event_id": name,
            "record_id": name,
            "reason": name,
            "operation": name,
            "terminal": name,
            "note": both,
        }
    )
    dossier = factories.dossier(
        institution=name,
        profile=factories.dossier().profile.model_copy(update={"name": name, "employee_id": name}),
        lookups=(row,),
        lookups_total=1,
        reasons=(
            factories.dossier()
            .reasons[0]
            .model_copy(update={"code": name, "label": both, "events": (name,)}),
        ),
    )
    return render_night(night), render_dossier(dossier)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_name_adds_no_element_and_no_attribute_to_the_page(kind: str) -> None:
    def shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
        return [(item.tag, tuple(sorted(item.attributes))) for item in read(html).all() if item.tag != "bdi"]

    for hostile, plain in zip(everywhere(HOSTILE[kind]), everywhere("Plain"), strict=True):
        assert shape(hostile) == shape(plain)


@pytest.mark.parametrize("kind", ["script", "svg", "emoji", "template"])
def test_a_hostile_name_is_shown_as_it_is_written(kind: str) -> None:
    night, dossier = everywhere(HOSTILE[kind])
    assert visible(HOSTILE[kind]) in read(night).text
    assert visible(HOSTILE[kind]) in read(dossier).text


def test_direction_marks_and_control_characters_are_shown_by_number() -> None:
    night, _ = everywhere(HOSTILE["override"])
    assert "\u202e" not in night
    assert "[U+202E]" in night
    assert "\x1b" not in everywhere(HOSTILE["control"])[0]


def test_ten_thousand_characters_are_cut_and_the_page_says_by_how_much() -> None:
    night, dossier = everywhere("长" * 10_000)
    for html in (night, dossier):
        assert "…" in html
        assert "(+9,880)" in html
        assert "长" * 2_000 not in html


def test_a_page_with_a_lone_surrogate_can_be_written_as_utf_8() -> None:
    for html in everywhere(HOSTILE["surrogate"]):
        assert "half \ufffd pair" in html.encode().decode()


@given(st.text(max_size=60))
def test_no_text_leaves_the_printing_of_values_as_markup(text: str) -> None:
    page = read(f"<p>{shown(text)}</p>")
    assert {item.tag for item in page.all()} <= {"p", "bdi"}


@given(st.text(max_size=60))
def test_no_text_can_end_a_css_string_or_the_style_element(text: str) -> None:
    inner = css_string(visible(text))[1:-1]
    assert not set(inner) & set("\"'<>{};@\n\r")


@given(st.lists(st.text(max_size=30), unique=True, max_size=30))
def test_two_keys_never_share_an_anchor_and_an_anchor_is_a_plain_word(keys: list[str]) -> None:
    anchors = [str(anchor("ev", key)) for key in keys]
    assert len(set(anchors)) == len(anchors)
    assert all(name.replace("-", "").replace("_", "").replace(".", "").isascii() for name in anchors)
    assert not any(char in name for name in anchors for char in " \"'<>&#")
