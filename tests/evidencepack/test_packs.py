"""A pack, sealed by the functions that an export uses, then changed in every way that a test can think of."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.casebook.access import GENESIS, hash_of
from pipeline.errors import ConfigError, ExitCode, UsageError
from pipeline.evidencepack import sealing
from pipeline.evidencepack.container import read_pack, write_pack, zip_bytes
from pipeline.evidencepack.sealing import MANIFEST, PUBLIC_KEY, SIGNATURE, SUMS, canonical, seal
from pipeline.evidencepack.signing_key import fingerprint, load_signing_key, sheet_key, signing_key_path
from pipeline.evidencepack.verifying import verify_files, verify_pack
from pipeline.home import Home

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def entry() -> dict[str, Any]:
    fields: dict[str, Any] = {
        "seq": 7,
        "at": datetime(2026, 6, 19, 1, 30, tzinfo=UTC),
        "actor": "chen.jing",
        "host": "desk-4",
        "case_no": "C-2026-0001",
        "act": "export evidence",
        "target_kind": "case",
        "target": "C-2026-0001",
        "detail": {},
        "previous_hash": GENESIS,
    }
    return {**fields, "at": fields["at"].isoformat(timespec="microseconds"), "hash": hash_of(fields)}


def sealed(**changed: bytes) -> dict[str, bytes]:
    files = {
        "dossier.html": "<p>一人</p>".encode(),
        "lookups.csv": b"event_id,state\r\ne1,unlinked\r\n",
        "deep/empty.txt": b"",
        "access_record.json": canonical({"entries": [entry()]}),
    }
    about = {"case_id": "C-2026-0001", "chain": {"seq": 7, "hash": entry()["hash"]}}
    return seal({**files, **changed}, about, KEY)


PACK = sealed()
ZIP = zip_bytes(PACK)


def codes(files: dict[str, bytes], key: str = "") -> set[str]:
    return {fault.code for fault in verify_files(files, key).faults}


def test_a_pack_left_alone_holds_as_a_folder_and_as_one_file(tmp_path: Path) -> None:
    for name in ("pack", "pack.zip"):
        report = verify_pack(write_pack(PACK, tmp_path / name), fingerprint(KEY.public_key()))
        assert (report.intact, report.faults, report.files) == (True, (), len(PACK))
        assert report.key_named
        assert report.signed_by == fingerprint(KEY.public_key())


@settings(max_examples=250)
@given(place=st.integers(0, len(ZIP) - 1), turned=st.integers(1, 255))
def test_any_byte_changed_anywhere_in_the_one_file_is_found(
    tmp_path_factory: pytest.TempPathFactory, place: int, turned: int
) -> None:
    body = bytearray(ZIP)
    body[place] ^= turned
    path = tmp_path_factory.getbasetemp() / "turned.zip"
    path.write_bytes(body)
    with suppress(UsageError):  # what cannot be opened at all is refused, which is found too
        assert not verify_pack(path).intact


@settings(max_examples=250)
@given(data=st.data())
def test_any_byte_changed_in_any_file_of_the_folder_is_found(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(name for name, body in PACK.items() if body)))
    body = bytearray(PACK[name])
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    assert not verify_files({**PACK, name: bytes(body)}).intact


@pytest.mark.parametrize("name", sorted(PACK))
def test_a_file_taken_out_grown_or_cut_is_found(name: str) -> None:
    assert not verify_files({other: body for other, body in PACK.items() if other != name}).intact
    assert not verify_files({**PACK, name: PACK[name] + b"\n"}).intact
    if PACK[name]:
        assert not verify_files({**PACK, name: PACK[name][:-1]}).intact


def test_a_file_put_in_is_found_in_the_folder_and_in_the_one_file(tmp_path: Path) -> None:
    assert codes({**PACK, "more.txt": b"x"}) == {"added"}
    for tail in (b"\x00", b"PK"):
        (tmp_path / "p.zip").write_bytes(ZIP + tail)
        assert not verify_pack(tmp_path / "p.zip").intact
    (tmp_path / "q.zip").write_bytes(b"#!/bin/sh\n" + ZIP)
    assert not verify_pack(tmp_path / "q.zip").intact


def test_a_link_in_the_folder_is_found(tmp_path: Path) -> None:
    folder = write_pack(PACK, tmp_path / "pack")
    (tmp_path / "elsewhere").write_bytes(PACK["lookups.csv"])
    (folder / "lookups.csv").unlink()
    (folder / "lookups.csv").symlink_to(tmp_path / "elsewhere")
    assert {fault.code for fault in verify_pack(folder).faults} == {"container", "missing"}


def test_whoever_signs_a_changed_pack_with_another_key_is_found_by_the_fingerprint_alone() -> None:
    content = {name: body for name, body in PACK.items() if name not in (*sealing.OUTSIDE, SUMS)}
    about = {"case_id": "C-2026-0001", "chain": {"seq": 7, "hash": entry()["hash"]}}
    forged = seal({**content, "lookups.csv": b"event_id,state\r\n"}, about, OTHER)
    unnamed = verify_files(forged)
    assert unnamed.intact
    assert "Whose key it is" in unnamed.does_not_prove[0]
    assert codes(forged, fingerprint(KEY.public_key())) == {"other_key"}
    assert codes({**PACK, PUBLIC_KEY: forged[PUBLIC_KEY]}) == {"signature", "key"}
    assert codes({**PACK, MANIFEST: forged[MANIFEST]}) >= {"signature", "changed"}
    assert codes({**PACK, SIGNATURE: forged[SIGNATURE]}) == {"signature"}


@pytest.mark.parametrize(
    "manifest",
    [b'{"files":[],"x":NaN}', b'{"files":[],"x":"\\ud800"}', b'{"files":' + b"[" * 200_000, b"[]", b'{"files":[{"name":5,"bytes":1,"sha256":""}]}'],
    ids=["no number", "half a character", "depth", "a list", "a name that is a number"],
)  # fmt: skip
def test_a_manifest_that_says_what_none_can_say_is_found_and_breaks_nothing(manifest: bytes) -> None:
    signature = sealing.signature_text(OTHER.sign(manifest))
    files = {
        **PACK,
        MANIFEST: manifest,
        SIGNATURE: signature,
        PUBLIC_KEY: sealing.public_text(OTHER.public_key()),
    }
    assert "manifest" in codes(files)


def test_an_access_record_without_an_end_is_found_and_breaks_nothing() -> None:
    assert codes(sealed(**{"access_record.json": b'{"entries":' + b"[" * 200_000})) == {"access_record"}


def test_what_a_pack_is_called_by_is_shown_and_never_acts_on_the_terminal(
    tmp_path: Path, tellerwatch: Callable[..., Any]
) -> None:
    folder = tmp_path / "pack"
    write_pack(PACK, folder)
    (folder / "\x1b[2J\x1b[HThe pack holds.").write_text("x")
    answer = tellerwatch("verify", folder)
    assert answer.code == ExitCode.INCOMPLETE
    assert "\x1b" not in answer.out
    assert "\\x1b[2J" in answer.out


def test_an_entry_of_the_access_record_changed_before_the_sealing_is_found() -> None:
    for field, value in (
        ("actor", "li.na"),
        ("seq", 8),
        ("detail", {"x": 1}),
        ("at", "2026-06-19T01:31:00+00:00"),
    ):
        changed = canonical({"entries": [{**entry(), field: value}]})
        assert codes(sealed(**{"access_record.json": changed})) == {"access_record"}
    assert codes(sealed(**{"access_record.json": canonical({"entries": []})})) == {"access_record"}
    assert codes(sealed(**{"access_record.json": b"[]"})) == {"access_record"}


def test_the_sums_are_those_that_sha256sum_reads() -> None:
    lines = PACK[SUMS].decode().splitlines()
    assert dict(line.split("  ", 1)[::-1] for line in lines) == {
        name: hashlib.sha256(body).hexdigest()
        for name, body in PACK.items()
        if name not in (*sealing.OUTSIDE, SUMS)
    }


@pytest.mark.skipif(not sealing.sm3_here(), reason="this machine's OpenSSL has no SM3")
def test_sm3_stands_beside_sha256_where_the_machine_has_it_and_is_held_against_the_file() -> None:
    import json

    listed = json.loads(PACK[MANIFEST])["files"]
    assert {item["sm3"] for item in listed if item["bytes"] == 0} == {
        "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"  # of nothing at all
    }
    record = {"access_record.json": PACK["access_record.json"]}
    plain = seal(record, {"chain": {"seq": 7, "hash": entry()["hash"]}}, KEY, sm3=False)
    assert "sm3" not in json.loads(plain[MANIFEST])["files"][0]
    assert verify_files(plain).intact


def test_the_same_files_make_the_same_bytes() -> None:
    assert sealed() == PACK
    assert zip_bytes(dict(reversed(PACK.items()))) == ZIP


def test_a_pack_is_for_its_owners_eyes_and_never_written_over(tmp_path: Path) -> None:
    for name in ("pack", "pack.zip"):
        place = write_pack(PACK, tmp_path / "new" / name)
        files = [path for path in (place, *place.rglob("*")) if path.is_file()]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        assert read_pack(place) == (PACK, [])
        with pytest.raises(UsageError, match="never written over"):
            write_pack(PACK, place)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["pack", "pack.zip"]


def test_verify_needs_no_home_and_says_what_is_proven_and_what_is_not(
    tellerwatch: Callable[..., Any], home: Home, tmp_path: Path
) -> None:
    path = write_pack(PACK, tmp_path / "p.zip")
    good = tellerwatch("verify", path)
    assert good.code == ExitCode.OK
    assert "This proves:" in good.out
    assert "not a finding of guilt" in good.out
    assert tellerwatch("verify", path, "--json").json["intact"] is True
    assert tellerwatch("verify", path, "--key", "ab" * 32).code == ExitCode.INCOMPLETE
    bad = write_pack({**PACK, "lookups.csv": b""}, tmp_path / "bad.zip")
    answer = tellerwatch("verify", bad, "--json")
    assert answer.code == ExitCode.INCOMPLETE
    assert answer.json["proves"] == []
    assert answer.json["faults"] == [
        {"code": "changed", "file": "lookups.csv", "text": "lookups.csv is not what was signed"}
    ]
    assert "rely on nothing" in tellerwatch("verify", bad).out
    (tmp_path / "notes.txt").write_text("no pack")
    assert tellerwatch("verify", tmp_path / "notes.txt").code == ExitCode.USAGE
    assert not home.root.exists()


def test_the_signing_key_is_made_once_and_only_its_owner_can_read_it(home: Home) -> None:
    first = load_signing_key(home).private_bytes_raw()
    assert load_signing_key(home).private_bytes_raw() == first
    assert stat.S_IMODE(signing_key_path(home).stat().st_mode) == 0o600
    assert sheet_key(home) not in (first, b"")
    signing_key_path(home).chmod(0o640)
    with pytest.raises(ConfigError, match="read by others"):
        load_signing_key(home)
    signing_key_path(home).chmod(0o600)
    signing_key_path(home).write_text("nonsense")
    with pytest.raises(ConfigError, match="no signing key"):
        sheet_key(home)


def test_a_report_can_be_printed_as_data() -> None:
    assert asdict(verify_files(PACK))["about"]["case_id"] == "C-2026-0001"


def test_a_pack_without_its_place_in_the_access_record_does_not_verify() -> None:
    assert verify_files(PACK).intact
    files = {"dossier.html": b"<p></p>", "access_record.json": canonical({"entries": [entry()]})}
    report = verify_files(seal(files, {"case_id": "C-2026-0001"}, KEY))
    assert [(fault.code, fault.text) for fault in report.faults] == [
        ("access_record", "the manifest names no place in the access record")
    ]
    about = {"case_id": "C-2026-0001", "chain": {"seq": 7, "hash": entry()["hash"]}}
    report = verify_files(seal({"dossier.html": b"<p></p>"}, about, KEY))
    assert [(fault.code, fault.text) for fault in report.faults] == [
        ("access_record", "the access record is not in the pack")
    ]
