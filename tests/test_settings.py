from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from pipeline.errors import ConfigError
from pipeline.settings import Settings, load_settings
from pipeline.settings.countries import COUNTRIES
from pipeline.settings.origin import list_settings
from pipeline.settings.written import default_toml

ROOT = Path(__file__).parents[1]
DEFAULTS = ROOT / "config" / "default.toml"


def fields(model: type[BaseModel], prefix: str = ""):
    for name, info in model.model_fields.items():
        yield prefix + name, info
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from fields(info.annotation, f"{prefix}{name}.")


def test_the_default_file_says_what_the_types_say():
    assert DEFAULTS.read_text(encoding="utf-8") == default_toml(), (
        "refresh it: python -m pipeline.settings.written > config/default.toml"
    )


def test_the_default_file_read_as_a_configuration_changes_nothing():
    assert load_settings(DEFAULTS, {}) == Settings()
    assert tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))


def test_the_module_prints_the_default_file():
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.settings.written"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert done.stdout == default_toml()


def test_every_key_says_in_one_line_what_it_means():
    for key, info in fields(Settings):
        if "." in key and not (isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)):
            assert info.description, key
            assert "\n" not in info.description, key


def test_every_section_says_what_it_is_about():
    for _, info in fields(Settings):
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            assert (info.annotation.__doc__ or "").strip(), info.annotation


def test_the_environment_is_stronger_than_the_file_and_the_file_than_the_default(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('[bank]\nzone = "Asia/Urumqi"\nname = "Bank of Rivers"\n', encoding="utf-8")
    settings = load_settings(file, {"TELLERWATCH_BANK__ZONE": "Europe/Amsterdam"})
    assert (settings.bank.zone, settings.bank.name, settings.bank.country) == (
        "Europe/Amsterdam",
        "Bank of Rivers",
        "CN",
    )


def test_a_countrys_holidays_are_known_or_it_is_told_how_to_name_it():
    import holidays

    assert set(COUNTRIES) == {code for code in holidays.list_supported_countries() if len(code) == 2}
    assert Settings.model_validate({"bank": {"country": "NL"}}).bank.country == "NL"
    for unknown in ("XX", "cn", "CHN", ""):
        with pytest.raises(ConfigError, match=r"bank\.country: .*codes of two capitals such as CN"):
            load_settings(None, {"TELLERWATCH_BANK__COUNTRY": unknown or " "})


def test_a_configuration_that_an_editor_saved_with_a_byte_order_mark_is_read(tmp_path):
    config = tmp_path / "config.toml"
    config.write_bytes(b'\xef\xbb\xbf[bank]\nname = "Bank of Example"\n')
    assert load_settings(config, {}).bank.name == "Bank of Example"
    found = {one.key: one.origin for one in list_settings(config, {})}
    assert found["bank.name"] == str(config)
