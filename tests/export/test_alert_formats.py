from __future__ import annotations

import json
import re
import stat
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.casebook.access import access_log_of
from pipeline.casebook.engine import open_casebook, writing
from pipeline.casebook.runs import finish_run
from pipeline.casebook.scores import write_reasons
from pipeline.export.alerts import Alert, alerts_of
from pipeline.export.cef import cef, extension_value, header_field
from pipeline.export.ecs import ecs
from pipeline.export.ocsf import ocsf
from pipeline.installation import install
from pipeline.settings import Settings
from tests.casebook.nights import NOW, alert, begin, reason

NIGHT = date(2026, 6, 18)
NUMBER = int | float
# What a Detection Finding must have, pinned: field → its type, or the values that it may take.
OCSF_DETECTION_FINDING = {
    "activity_id": {0, 1, 2, 3, 99},
    "category_uid": {2},
    "class_uid": {2004},
    "type_uid": {200400, 200401, 200402, 200403, 200499},
    "time": int,
    "severity_id": {0, 1, 2, 3, 4, 5, 6, 99},
    "status_id": {0, 1, 2, 3, 4, 5, 99},
    "risk_score": int,
    "message": str,
    "finding_info.uid": str,
    "finding_info.title": str,
    "finding_info.desc": str,
    "finding_info.created_time": int,
    "finding_info.analytic.type_id": {0, 1, 2, 3, 4, 99},
    "metadata.version": {"1.3.0"},
    "metadata.uid": str,
    "metadata.correlation_uid": str,
    "metadata.product.vendor_name": str,
    "metadata.product.name": str,
    "metadata.product.version": str,
    "evidences": list,
    "unmapped": dict,
}
ECS_ALERT = {
    "@timestamp": str,
    "ecs.version": str,
    "message": str,
    "event.kind": {"alert"},
    "event.category": list,
    "event.type": list,
    "event.action": str,
    "event.id": str,
    "event.severity": int,
    "event.risk_score": NUMBER,
    "event.risk_score_norm": float,
    "rule.id": str,
    "rule.name": str,
    "user.id": str,
    "labels": dict,
}
# The places at which a Detection Finding of that version knows a field at all (top level).
OCSF_KNOWN = {
    *("activity_id", "activity_name", "category_uid", "category_name", "class_uid", "class_name"),
    *("type_uid", "time", "severity_id", "severity", "status_id", "status", "risk_score", "message"),
    *("finding_info", "evidences", "metadata", "unmapped"),
}


def faults(document: dict, schema: dict) -> list[str]:
    found = []
    for path, wanted in schema.items():
        value = document
        for part in path.split("."):
            value = value.get(part, ...) if isinstance(value, dict) else ...
        if value is ... or isinstance(value, bool):
            found.append(f"{path} is missing")
        elif value not in wanted if isinstance(wanted, set) else not isinstance(value, wanted):
            found.append(f"{path} is {value!r}")
    return found


@pytest.fixture
def ready(home):
    install(home)
    engine = open_casebook(home, Settings())
    with writing(engine) as connection:
        run = begin(connection)
        for employee, severity in (("E0142", "high"), ("E0007", "critical")):
            alert(connection, run, employee, severity=severity, rank=2 if employee == "E0142" else 1)
        write_reasons(connection, run.run_id, [reason(employee_id="E0142")])
        finish_run(connection, run.run_id, status="ok", at=NOW, scored=60, new_cases=2)
    engine.dispose()
    return home


@pytest.fixture
def alerts(ready) -> list[Alert]:
    engine = open_casebook(ready, Settings())
    with engine.connect() as connection:
        _, found = alerts_of(connection, NIGHT)
    engine.dispose()
    return found


def test_a_night_s_cases_come_by_rank_with_their_reasons(alerts):
    assert [(one.case.employee_id, one.activity, len(one.reasons)) for one in alerts] == [
        ("E0007", "create", 0),
        ("E0142", "create", 1),
    ]
    assert alerts[0].risk == 48  # 7.5 nats


def test_every_finding_fits_the_pinned_ocsf_class(alerts):
    for one in alerts:
        document = json.loads(ocsf(one, "0.1.0"))
        assert faults(document, OCSF_DETECTION_FINDING) == []
        assert set(document) <= OCSF_KNOWN
        assert document["type_uid"] == document["class_uid"] * 100 + document["activity_id"]
        assert all(item["actor"]["user"]["uid"] == one.case.employee_id for item in document["evidences"])
    assert json.loads(ocsf(alerts[0], "0.1.0"))["severity_id"] == 5


def test_every_alert_fits_the_pinned_ecs_fields(alerts):
    for one in alerts:
        document = json.loads(ecs(one, "0.1.0"))
        assert faults(document, ECS_ALERT) == []
        assert all(isinstance(value, str) for value in document["labels"].values())
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]{12}Z", document["@timestamp"])


def test_the_schemas_find_what_is_missing_or_wrong(alerts):
    document = json.loads(ocsf(alerts[0], "0.1.0"))
    del document["finding_info"]["uid"]
    document["severity_id"] = 7
    assert faults(document, OCSF_DETECTION_FINDING) == ["severity_id is 7", "finding_info.uid is missing"]


def split_cef(line: str) -> tuple[list[str], dict[str, str]]:
    """Read a line as a receiver does: unescaped pipes part the header, unescaped equals signs the pairs."""
    parts = line.split("|")
    header, current = [], ""
    for part in parts:
        current += part
        if len(header) < 7 and (len(current) - len(current.rstrip("\\"))) % 2:
            current += "|"
            continue
        if len(header) < 7:
            header.append(re.sub(r"\\([\\|])", r"\1", current))
            current = ""
        else:
            current += "|"
    extension = current.removesuffix("|")
    starts = list(re.finditer(r"(?:^| )(\w+)=", extension))
    pairs = {}
    for start, end in zip(starts, [*starts[1:], None], strict=False):
        pairs[start[1]] = unescape(extension[start.end() : end.start() if end else len(extension)])
    return header, pairs


def unescape(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), value)


ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x00"
TEXT = st.text(st.sampled_from([*"ab|\\=\n\r cs1=", *ENDS, "中"]), max_size=30)


@given(TEXT)
def test_a_cef_value_stays_one_line_and_reads_back_as_it_was(text):
    written = extension_value(text)
    assert len(f"x{written}x".splitlines()) == 1
    assert not re.search(r"(?<!\\)(\\\\)*=", written)
    assert unescape(written) == "".join(" " if mark in ENDS else mark for mark in text)


@given(TEXT)
def test_a_cef_header_field_stays_one_field(text):
    line = f"CEF:0|V|P|1|{header_field(text)}|name|5|"
    assert len(line.splitlines()) == 1
    header, _ = split_cef(line)
    assert len(header) == 7
    plain = "".join(" " if mark in ENDS else mark for mark in text)
    assert header[4] == plain.replace("\r\n", " ").replace("\r", " ").replace("\n", " ")


def test_a_cef_line_carries_the_case(alerts):
    header, pairs = split_cef(cef(alerts[1], "0.1.0"))
    assert header[:3] == ["CEF:0", "Tellerwatch", "Tellerwatch"]
    assert (header[4], header[6]) == ("UNLINKED_SHARE", "8")
    assert pairs["suid"] == "E0142"
    assert pairs["cs3"] == "2026-06-18"
    assert pairs["msg"] == "12 of 40 look-ups led to no business; usual are 3 of 100."


@pytest.mark.parametrize("name", ["ocsf", "ecs", "cef"])
def test_the_command_writes_one_line_a_case_and_leaves_an_access_record(name, ready, tellerwatch, tmp_path):
    answer = tellerwatch("export", name, "--night", "2026-06-18")
    assert answer.code == 0
    assert len(answer.out.splitlines()) == 2
    file = tmp_path / "night.out"
    assert tellerwatch("export", name, "--out", file, "--json").json["cases"] == 2
    assert file.read_text(encoding="utf-8") == answer.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    engine = open_casebook(ready, Settings())
    with engine.connect() as connection:
        assert [entry.act for entry in access_log_of(connection)][:2] == [f"export {name}"] * 2
    engine.dispose()


def test_a_night_that_was_not_done_is_refused(ready, tellerwatch):
    assert tellerwatch("export", "ocsf", "--night", "2026-01-01").code == 2
