from __future__ import annotations

import email
import email.policy
import hashlib
import hmac
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.casebook.engine import open_casebook, writing
from pipeline.casebook.runs import finish_run
from pipeline.errors import ConfigError
from pipeline.notify.failure import note_failure
from pipeline.notify.outbox import REFUSED, SENT, WAITING, Message, Outbox
from pipeline.notify.telling import tell
from pipeline.settings import Settings
from tests.casebook.nights import NOW, alert, begin, done

NIGHT = date(2026, 6, 18)
LATER = NOW + timedelta(hours=2)
SECRET = "a secret of some length"


def a_night(engine, night: date = NIGHT, **more):
    with writing(engine) as connection:
        run = begin(connection, night)
        alert(connection, run, "E0142", severity="high")
        finish_run(connection, run.run_id, status="ok", at=NOW, scored=60, new_cases=1, **more)


def read(envelope) -> email.message.EmailMessage:
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


def test_a_night_is_told_once_however_often_it_is_asked(ready, casebook, by_mail, post):
    a_night(casebook)
    told = tell(ready, by_mail(), casebook, NOW)
    assert told.sent == ("2026-06-18.done.mail",)
    for _ in range(3):
        again = tell(ready, by_mail(), casebook, LATER)
        assert (again.written, again.sent, again.waiting) == ((), (), 0)
    assert len(post.envelopes) == 1
    assert post.envelopes[0].rcpt_tos == ["officer@bank.example"]


def test_the_mail_holds_counts_and_a_link_and_no_person(ready, casebook, by_mail, post):
    a_night(casebook, findings=[{"code": "late_feed", "feed": "business_records", "count": 74}])
    tell(ready, by_mail(tell={"report_link": "https://watch.bank.example/reports/"}), casebook, NOW)
    mail = read(post.envelopes[0])
    text = mail.get_content()
    assert mail["Subject"] == "Tellerwatch: night of 2026-06-18 done, new cases: 1 high"
    assert "New cases: 1 high." in text
    assert "新增案件：1 高。" in text
    assert "late_feed (business_records: 74)" in text
    assert "https://watch.bank.example/reports/nights/2026/06/2026-06-18.html" in text
    assert "E0142" not in post.envelopes[0].content.decode() + text
    assert "E1" not in text


def test_ids_are_named_only_when_the_bank_asks_for_it(ready, casebook, by_mail, post):
    a_night(casebook)
    tell(ready, by_mail(mail={"with_ids": True}), casebook, NOW)
    assert "E0142" in read(post.envelopes[0]).get_content()


def test_a_server_that_is_away_loses_nothing_and_waits_longer_each_time(ready, casebook, by_mail, post):
    a_night(casebook)
    post.answer = "451 try later"
    moment, waits = NOW, []
    for _ in range(4):
        told = tell(ready, by_mail(), casebook, moment)
        assert told.failed == {"2026-06-18.done.mail": "SMTPDataError 451"}
        (message,) = Outbox(ready).messages()
        waits.append((message.next_at - moment).total_seconds())
        assert tell(ready, by_mail(), casebook, message.next_at - timedelta(seconds=1)).failed == {}
        moment = message.next_at
    assert waits == [60, 120, 240, 480]
    post.answer = ""
    assert tell(ready, by_mail(), casebook, moment).sent == ("2026-06-18.done.mail",)
    assert len(post.envelopes) == 1


def test_what_cannot_be_delivered_is_set_aside_and_can_be_tried_again(ready, casebook, by_mail, post):
    a_night(casebook)
    settings = by_mail(tell={"attempts": 1})
    post.answer = "554 not here"
    assert tell(ready, settings, casebook, NOW).given_up == ("2026-06-18.done.mail",)
    assert [message.trouble for message in Outbox(ready).messages(REFUSED)] == ["SMTPDataError 554"]
    post.answer = ""
    assert tell(ready, settings, casebook, LATER).sent == ()
    assert tell(ready, settings, casebook, LATER, refused_too=True).sent == ("2026-06-18.done.mail",)


def test_two_at_once_send_one(ready, casebook, by_mail, post):
    a_night(casebook)
    settings = by_mail()

    def once(_: int):
        engine = open_casebook(ready, Settings())
        try:
            return tell(ready, settings, engine, NOW).sent
        finally:
            engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        sent = [key for keys in pool.map(once, range(4)) for key in keys]
    assert sent == ["2026-06-18.done.mail"]
    assert len(post.envelopes) == 1


def test_one_refused_recipient_does_not_send_it_to_the_others_twice(ready, casebook, by_mail, post):
    a_night(casebook)
    post.refuse = {"gone@bank.example"}
    settings = by_mail(mail={"recipients": ["officer@bank.example", "gone@bank.example"]})
    tell(ready, settings, casebook, NOW)
    tell(ready, settings, casebook, LATER)
    assert [envelope.rcpt_tos for envelope in post.envelopes] == [["officer@bank.example"]]


def test_a_mail_keeps_its_identity_when_it_is_sent_again(ready, casebook, by_mail, post):
    a_night(casebook)
    tell(ready, by_mail(), casebook, NOW)
    box = Outbox(ready)
    # As if the machine had stopped just after the server took it: the file still waits.
    box._path(SENT, "2026-06-18.done.mail").replace(box._path(WAITING, "2026-06-18.done.mail"))
    tell(ready, by_mail(), casebook, LATER)
    first, second = (read(envelope) for envelope in post.envelopes)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


def test_a_failed_night_is_told_as_failed_and_told_again_when_it_is_done(ready, casebook, by_mail, post):
    with writing(casebook) as connection:
        run = begin(connection)
        finish_run(connection, run.run_id, status="failed", at=NOW)
    tell(ready, by_mail(), casebook, NOW)
    with writing(casebook) as connection:
        done(connection)
    tell(ready, by_mail(), casebook, LATER)
    subjects = [read(envelope)["Subject"] for envelope in post.envelopes]
    assert subjects == [
        "Tellerwatch: night of 2026-06-18 FAILED",
        "Tellerwatch: night of 2026-06-18 done, new cases: none",
    ]
    assert "not a quiet night" in read(post.envelopes[0]).get_content()


def test_a_year_that_is_caught_up_is_not_a_year_of_mails(ready, casebook, by_mail, post):
    with writing(casebook) as connection:
        for back in range(60):
            done(connection, NIGHT - timedelta(days=back))
    told = tell(ready, by_mail(), casebook, NOW)
    assert len(told.sent) == 7
    assert len(post.envelopes) == 7


def test_a_job_that_failed_is_told_without_the_casebook(ready, casebook, by_mail, post):
    settings = by_mail()
    for _ in range(2):
        note_failure(ready, settings, NOW, "nightly", 70, "the casebook does not answer")
    tell(ready, settings, casebook, NOW)
    (envelope,) = post.envelopes
    assert read(envelope)["Subject"] == "Tellerwatch: nightly FAILED, night of 2026-06-18"
    assert "the casebook does not answer" in read(envelope).get_content()


def test_starttls_with_a_login_and_a_checked_certificate(
    ready, casebook, starttls_server, certificate, post, by_mail, monkeypatch
):
    a_night(casebook)
    protected = {
        "port": starttls_server,
        "security": "starttls",
        "user": "night",
        "ca_file": str(certificate[0]),
    }
    monkeypatch.setenv("TELLERWATCH_MAIL_PASSWORD", "wrong")
    assert "535" in tell(ready, by_mail(mail=protected), casebook, NOW).failed["2026-06-18.done.mail"]
    monkeypatch.setenv("TELLERWATCH_MAIL_PASSWORD", "correct horse")
    untrusted = by_mail(mail={**protected, "ca_file": ""})
    assert "SSL" in tell(ready, untrusted, casebook, LATER).failed["2026-06-18.done.mail"]
    assert tell(ready, by_mail(mail=protected), casebook, LATER + timedelta(hours=2)).sent
    assert len(post.envelopes) == 1


def test_a_password_never_travels_in_the_clear(ready, casebook, by_mail, post):
    a_night(casebook)
    with pytest.raises(ConfigError, match="in the clear"):
        tell(ready, by_mail(mail={"user": "night"}), casebook, NOW)
    assert len(Outbox(ready).messages()) == 1


def hooked(hook, tmp_path, secret: str = SECRET) -> Settings:
    file = tmp_path / "secret"
    file.write_text(secret + "\n", encoding="utf-8")
    return Settings.model_validate({"webhook": {"url": hook.url, "secret_file": str(file)}})


def test_a_webhook_is_signed_over_its_moment_and_body(ready, casebook, hook, tmp_path):
    a_night(casebook)
    assert tell(ready, hooked(hook, tmp_path), casebook, NOW).sent == ("2026-06-18.done.webhook",)
    ((headers, body),) = hook.calls
    stamp = headers["X-Tellerwatch-Timestamp"]
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Tellerwatch-Signature"] == f"sha256={expected}"
    assert datetime.fromtimestamp(int(stamp), UTC) == NOW
    assert headers["Idempotency-Key"] == "2026-06-18.done.webhook"
    told = json.loads(body)
    assert (told["night"], told["status"], told["scored"]) == ("2026-06-18", "ok", 60)
    assert [case["severity"] for case in told["new_cases"]] == ["high"]
    assert b"E0142" not in body


def test_a_webhook_that_answers_with_an_error_is_tried_again_under_the_same_key(
    ready, casebook, hook, tmp_path
):
    a_night(casebook)
    hook.status = 503
    settings = hooked(hook, tmp_path)
    assert tell(ready, settings, casebook, NOW).failed == {"2026-06-18.done.webhook": "HTTPError 503"}
    hook.status = 200
    assert tell(ready, settings, casebook, LATER).sent
    keys = {headers["Idempotency-Key"] for headers, _ in hook.calls}
    assert (len(hook.calls), keys) == (2, {"2026-06-18.done.webhook"})


def test_nothing_goes_out_unsigned(ready, casebook, hook, tmp_path):
    a_night(casebook)
    with pytest.raises(ConfigError, match="no secret"):
        tell(ready, hooked(hook, tmp_path, "short"), casebook, NOW)
    assert hook.calls == []


def test_the_outbox_is_for_its_owner_alone_and_takes_no_key_that_leads_elsewhere(ready):
    box = Outbox(ready)
    box.put(Message("a.b", "mail", "", "", NOW, NOW))
    for path in [ready.outbox, *ready.outbox.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    with pytest.raises(ValueError, match="letters"):
        box.put(Message("../a", "mail", "", "", NOW, NOW))


def test_the_command_tells_and_says_what_waits(tellerwatch, ready, by_mail, mail_server, post, monkeypatch):
    assert tellerwatch("notify").code == 2
    for name, value in by_mail().mail.model_dump().items():
        if name != "with_ids":
            text = value if isinstance(value, str) else json.dumps(value)
            monkeypatch.setenv(f"TELLERWATCH_MAIL__{name.upper()}", text)
    answer = tellerwatch("notify", "--json")
    assert (answer.code, answer.json["channels"], answer.json["waiting"]) == (0, ["mail"], 0)
    note_failure(ready, by_mail(), NOW, "nightly", 70, "")
    post.answer = "451 later"
    answer = tellerwatch("notify", "--json")
    assert (answer.code, answer.json["waiting"]) == (3, 1)
    assert tellerwatch("notify", "--dry-run", "--json").json["messages"] == []


def a_collector(tmp_path, form="ocsf", **more):
    folder = tmp_path / "collector"
    folder.mkdir(exist_ok=True)
    return folder, Settings.model_validate({"siem": {"format": form, "folder": str(folder)}, **more})


@pytest.mark.parametrize(("form", "ending"), [("ocsf", "jsonl"), ("ecs", "jsonl"), ("cef", "log")])
def test_the_security_tools_get_one_file_a_night_and_never_again(ready, casebook, tmp_path, form, ending):
    a_night(casebook)
    folder, settings = a_collector(tmp_path, form)
    assert tell(ready, settings, casebook, NOW).sent == ("2026-06-18.done.siem",)
    (left,) = folder.iterdir()
    assert left.name == f"2026-06-18.{form}.{ending}"
    assert len(left.read_text(encoding="utf-8").splitlines()) == 1
    assert stat.S_IMODE(left.stat().st_mode) == 0o640
    left.unlink()  # the collector has taken it
    assert tell(ready, settings, casebook, LATER).sent == ()
    assert list(folder.iterdir()) == []


def test_a_collectors_folder_that_is_away_gets_its_file_when_it_is_back(ready, casebook, tmp_path):
    a_night(casebook)
    folder, settings = a_collector(tmp_path)
    folder.rmdir()
    assert tell(ready, settings, casebook, NOW).failed == {"2026-06-18.done.siem": "FileNotFoundError"}
    folder.mkdir()
    assert tell(ready, settings, casebook, LATER).sent == ("2026-06-18.done.siem",)
    assert len(list(folder.iterdir())) == 1


def test_a_quiet_night_leaves_an_empty_file_and_a_failed_one_none(ready, casebook, tmp_path):
    with writing(casebook) as connection:
        done(connection, NIGHT)
        failed = begin(connection, NIGHT + timedelta(days=1))
        finish_run(connection, failed.run_id, status="failed", at=NOW)
    folder, settings = a_collector(tmp_path, "ecs")
    tell(ready, settings, casebook, NOW + timedelta(days=1))
    (left,) = folder.iterdir()
    assert (left.name, left.read_text()) == ("2026-06-18.ecs.jsonl", "")


def test_without_a_folder_the_file_lies_in_the_home_for_its_owner_alone(ready, casebook):
    a_night(casebook)
    tell(ready, Settings.model_validate({"siem": {"format": "cef"}}), casebook, NOW)
    (left,) = (ready.root / "siem").iterdir()
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    assert stat.S_IMODE(left.parent.stat().st_mode) == 0o700
