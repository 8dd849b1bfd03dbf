from __future__ import annotations

import io
import json

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from pipeline.log import LogOptions, bind_run, get_logger, scrub, set_up

NUMBER = "991101199001011234"


@pytest.fixture(autouse=True)
def _fresh_structlog():
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    set_up(LogOptions())


def logged(options, write):
    stream = io.StringIO()
    set_up(LogOptions(options.style, options.verbosity, stream=stream))
    write(get_logger("intake"))
    return stream.getvalue()


@pytest.mark.parametrize(
    "number", [NUMBER, "99110119900101123X", "991101900101123", "９９１１０１１９９００１０１１２３４"]
)
def test_a_customers_number_is_taken_out_wherever_it_stands(number):
    for text in (number, f"row {number}.", f"'{number}'", f"a{number}b", f"x={number},{number}"):
        assert number not in scrub(text)


@pytest.mark.parametrize(
    "text", ["2026-06-18T20:15:30.123456+08:00", "12345678901234", "1" * 19, "no number"]
)
def test_other_text_is_left_alone(text):
    assert scrub(text) == text


@given(st.text(), st.from_regex(r"[0-9]{15,18}", fullmatch=True), st.text())
def test_no_run_of_15_to_18_digits_survives_between_other_text(before, number, after):
    text = scrub(f"{before} {number} {after}")
    assert number not in text.split()


def test_json_logs_have_one_object_a_line_with_room_run_and_level():
    bind_run("2026-06-18-abc-0")
    text = logged(LogOptions("json", 1), lambda log: [log.info("file taken in", rows=5), log.warning("late")])
    first, second = (json.loads(line) for line in text.splitlines())
    assert (first["event"], first["room"], first["rows"], first["level"]) == (
        "file taken in",
        "intake",
        5,
        "info",
    )
    assert first["run_id"] == second["run_id"] == "2026-06-18-abc-0"
    assert first["timestamp"].endswith("Z")


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_value_of_a_log_event_carries_a_customers_number(style):
    def write(log):
        log.error(f"bad row {NUMBER}", value=NUMBER, inside={"id": [NUMBER]}, as_number=int(NUMBER))
        try:
            raise ValueError(NUMBER)
        except ValueError:
            log.exception("failed")

    text = logged(LogOptions(style, 2), write)
    assert "bad row" in text
    assert NUMBER not in text


@pytest.mark.parametrize(
    ("verbosity", "levels"),
    [(-1, ["error"]), (0, ["warning", "error"]), (1, ["info", "warning", "error"])],
)
def test_verbosity_chooses_the_levels(verbosity, levels):
    text = logged(
        LogOptions("json", verbosity),
        lambda log: [getattr(log, level)("x") for level in ("info", "warning", "error")],
    )
    assert [json.loads(line)["level"] for line in text.splitlines()] == levels
