from __future__ import annotations

from pipeline.errors import ExitCode


def shown(answer):
    return {item["key"]: item for item in answer.json["settings"]}


def test_show_names_the_origin_of_each_value(tellerwatch, home, monkeypatch):
    tellerwatch("init")
    home.config.write_text('[bank]\nname = "河流银行"\nzone = "Asia/Urumqi"\n', encoding="utf-8")
    monkeypatch.setenv("TELLERWATCH_BANK__ZONE", "Europe/Amsterdam")
    settings = shown(tellerwatch("config", "show", "--effective", "--json"))
    assert settings["bank.name"] == {"key": "bank.name", "value": "河流银行", "origin": str(home.config)}
    assert settings["bank.zone"]["value"] == "Europe/Amsterdam"
    assert settings["bank.zone"]["origin"] == "environment TELLERWATCH_BANK__ZONE"
    assert settings["bank.country"] == {"key": "bank.country", "value": "CN", "origin": "default"}


def test_show_without_effective_lists_only_what_somebody_set(tellerwatch, home):
    tellerwatch("init")
    assert shown(tellerwatch("config", "show", "--json")) == {}
    home.config.write_text('[bank]\nname = "Bank of Rivers"\n', encoding="utf-8")
    assert list(shown(tellerwatch("config", "show", "--json"))) == ["bank.name"]
    assert "Bank of Rivers" in tellerwatch("config", "show").out


def test_the_password_of_an_address_is_not_shown(tellerwatch, home):
    tellerwatch("init")
    home.config.write_text(
        '[casebook]\nurl = "postgresql+psycopg://watch:river7@db/cases"\n', encoding="utf-8"
    )
    for arguments in (["config", "show"], ["config", "show", "--effective", "--json"]):
        answer = tellerwatch(*arguments)
        assert answer.code == ExitCode.OK
        assert "river7" not in answer.out
        assert "watch:***@db" in answer.out


def test_a_valid_configuration_is_told_with_its_hash(tellerwatch):
    answer = tellerwatch("config", "validate", "--json")
    assert answer.code == ExitCode.OK
    assert answer.json["valid"] is True
    assert len(answer.json["config_hash"]) == 12


def test_the_hash_changes_with_a_value_and_not_with_a_comment(tellerwatch, home):
    tellerwatch("init")
    before = tellerwatch("config", "validate", "--json").json["config_hash"]
    home.config.write_text("# nothing but words\n", encoding="utf-8")
    assert tellerwatch("config", "validate", "--json").json["config_hash"] == before
    home.config.write_text("[alerting]\nquiet_days = 20\n", encoding="utf-8")
    assert tellerwatch("config", "validate", "--json").json["config_hash"] != before


def test_an_unknown_key_is_a_usage_error_that_names_file_key_and_nearest(tellerwatch, home):
    tellerwatch("init")
    home.config.write_text('[bank]\nzoen = "Asia/Shanghai"\n', encoding="utf-8")
    for arguments in (["config", "validate"], ["config", "show"]):
        answer = tellerwatch(*arguments)
        assert answer.code == ExitCode.USAGE
        assert str(home.config) in answer.err
        assert "bank.zoen: there is no such key; did you mean bank.zone?" in answer.err


def test_an_invalid_configuration_is_told_as_json_too(tellerwatch, home):
    tellerwatch("init")
    home.config.write_text("[bank\n", encoding="utf-8")
    answer = tellerwatch("config", "validate", "--json")
    assert answer.code == ExitCode.USAGE
    assert answer.json["valid"] is False
    assert str(home.config) in answer.json["problem"]


def test_an_unknown_key_of_the_environment_is_found(tellerwatch, monkeypatch):
    monkeypatch.setenv("TELLERWATCH_BANK__COUNTY", "NL")
    answer = tellerwatch("config", "validate")
    assert answer.code == ExitCode.USAGE
    assert "did you mean bank.country?" in answer.err
