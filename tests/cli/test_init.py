from __future__ import annotations

import stat

from pipeline.errors import ExitCode
from pipeline.settings import Settings, load_settings


def snapshot(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_init_makes_a_home_with_config_key_and_casebook_for_its_owner_alone(tellerwatch, home):
    answer = tellerwatch("init", "--json")
    assert answer.code == ExitCode.OK
    assert answer.json["made"] == [
        "config.toml",
        "secrets/token.key",
        "secrets/signing.key",
        "casebook.sqlite",
    ]
    for path in [home.root, *home.root.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_key_is_256_random_bits(tellerwatch, home, tmp_path):
    tellerwatch("init")
    first = bytes.fromhex(home.token_key.read_text())
    tellerwatch("init", "--home", tmp_path / "other")
    second = bytes.fromhex((tmp_path / "other" / "secrets" / "token.key").read_text())
    assert len(first) == len(second) == 32
    assert first != second


def test_init_twice_changes_nothing(tellerwatch, home):
    tellerwatch("init")
    home.config.write_text('[bank]\nname = "Bank of Rivers"\n', encoding="utf-8")
    before = snapshot(home.root)
    answer = tellerwatch("init", "--json")
    assert answer.code == ExitCode.OK
    assert answer.json["made"] == []
    assert snapshot(home.root) == before


def test_the_new_config_says_every_key_and_sets_none(tellerwatch, home):
    tellerwatch("init")
    assert load_settings(home.config, {}) == Settings()
    text = home.config.read_text(encoding="utf-8")
    for section, model in Settings().model_dump().items():
        if not model:  # sources have names of the bank's own; there is none to show
            continue
        assert f"# [{section}]" in text
        for key in model:
            assert f"# {key} = " in text


def test_the_commented_lines_of_the_new_config_are_the_defaults_once_uncommented(tellerwatch, home, tmp_path):
    tellerwatch("init")
    lines = home.config.read_text(encoding="utf-8").splitlines()
    settings = [
        line[2:]
        for line in lines
        if line.startswith("# [") or (" = " in line and line[2:].split(" = ")[0].isidentifier())
    ]
    file = tmp_path / "all.toml"
    file.write_text("\n".join(line for line in settings if not line.endswith("(unset)")), encoding="utf-8")
    assert load_settings(file, {}) == Settings()


def test_init_keeps_to_the_key_of_the_environment(tellerwatch, home, monkeypatch):
    monkeypatch.setenv("TELLERWATCH_TOKEN_KEY", "0" * 64)
    answer = tellerwatch("init", "--json")
    assert answer.json["key_from"] == "TELLERWATCH_TOKEN_KEY"
    assert not home.token_key.exists()
    assert "0" * 64 not in answer.out


def test_a_lost_key_is_not_replaced_while_the_lake_holds_data(tellerwatch, home):
    tellerwatch("init")
    home.token_key.unlink()
    (home.lake / "access_log").mkdir()
    (home.lake / "access_log" / "part.parquet").write_bytes(b"PAR1")
    answer = tellerwatch("init")
    assert answer.code == ExitCode.USAGE
    assert "Restore that file" in answer.err
    assert not home.token_key.exists()


def test_a_file_in_place_of_the_home_is_named(tellerwatch, home):
    home.root.write_text("not a folder")
    answer = tellerwatch("init")
    assert answer.code == ExitCode.USAGE
    assert str(home.root) in answer.err


def test_init_says_what_to_do_next(tellerwatch, home):
    answer = tellerwatch("init")
    for step in ("doctor", "ingest", "run --catch-up"):
        assert f"tellerwatch --home {home.root} {step}" in answer.out


def test_an_existing_key_that_is_unfit_is_said_at_once(tellerwatch, home):
    tellerwatch("init")
    home.token_key.write_text("river7")
    answer = tellerwatch("init")
    assert answer.code == ExitCode.USAGE
    assert str(home.token_key) in answer.err
    assert "river7" not in answer.err
