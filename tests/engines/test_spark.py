"""One set of expressions, two engines: what DuckDB says of a bank, Spark says too, to the last value."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import Engine, select

import pipeline.bank
from pipeline.bank import open_bank
from pipeline.casebook.engine import init_casebook, open_casebook
from pipeline.casebook.tables import scores
from pipeline.features.catalogue import MEASURES
from pipeline.groundwork import lay
from pipeline.home import Home
from pipeline.settings import Settings, load_settings
from tests.engines.conftest import MASTER
from tests.engines.drawn_bank import NIGHTS, DrawnLake, banks
from tests.engines.laid import assert_alike, said
from tests.evidence.made_bank import MadeBank
from tests.homes import SmallBank, answer, copied, told

# One session for all of them: the parallel runner keeps the group in one process.
pytestmark = [pytest.mark.spark, pytest.mark.xdist_group("spark")]

NIGHT = date(2025, 10, 25)


def test_the_session_is_a_cluster_of_two_workers_and_every_core_is_a_process_of_its_own(spark: Any) -> None:
    session = spark.raw_sql("SELECT 1").sparkSession
    assert session.conf.get("spark.master") == MASTER
    executors = session.sparkContext._jsc.sc().getExecutorMemoryStatus()
    assert executors.size() == 3  # the driver and two


def test_a_night_on_spark_is_the_night_on_duckdb(
    spark: Any,
    small_bank: SmallBank,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    home = Home(tmp_path / "home")
    copied(small_bank.home.root, home.root)
    shutil.rmtree(home.derived)
    with home.config.open("a", encoding="utf-8") as config:
        config.write(f'\n[engine]\nname = "spark"\nspark_master = "{MASTER}"\n')
    on_spark: dict[str, Any] = {}
    monkeypatch.setattr(pipeline.bank, "lay", _listening(on_spark))
    copy = SmallBank(home, small_bank.feeds, load_settings(home.config), small_bank.engine, [])
    code, out, _ = answer(capfd, copy, "--json", "run", "--night", NIGHT)
    assert code in (0, 3)
    (done,) = told(out)["nights"]  # type: ignore[misc]  # JSON
    assert done["status"] in ("ok", "incomplete")

    on_duckdb: dict[str, Any] = {}
    monkeypatch.setattr(pipeline.bank, "lay", _listening(on_duckdb))
    other = Home(tmp_path / "other")
    copied(small_bank.home.root, other.root)
    shutil.rmtree(other.derived)
    engine = open_casebook(other, small_bank.settings)
    with open_bank(other, small_bank.settings, engine, NIGHT, NIGHT) as bank:
        scored = bank.score(NIGHT)
    engine.dispose()
    assert_alike(on_duckdb, on_spark)
    assert set(MEASURES) <= set(on_spark["facts"][0])

    stored = open_casebook(home, copy.settings)
    with stored.connect() as connection:
        rows = connection.execute(
            select(scores.c.employee_id, scores.c.score).where(scores.c.run_id == done["run_id"])
        ).all()
    stored.dispose()
    assert dict(rows) == dict(zip(scored.people.tolist(), scored.score.tolist(), strict=True))


def _listening(heard: dict[str, Any]) -> Callable[..., Any]:
    """Lay the groundwork as it is, and write down what it says while its engine is open."""

    def laid(*arguments: Any, **options: Any) -> Any:
        found = lay(*arguments, **options)
        heard.update(said(found, [NIGHT]))
        return found

    return laid


@pytest.fixture(scope="module")
def no_casebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A casebook with nothing in it."""
    engine = init_casebook(Home(tmp_path_factory.mktemp("empty")), Settings())
    yield engine
    engine.dispose()


@settings(
    max_examples=1,  # each lays a whole bank on Spark, and holds a hundred acts of every kind
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(bank=banks())
def test_any_bank_is_weighed_and_counted_alike_by_both_engines(
    spark: Any, no_casebook: Engine, bank: MadeBank
) -> None:
    duckdb = ibis.duckdb.connect(threads=1)
    lake = DrawnLake(bank, no_casebook)
    on_duckdb = said(lay(duckdb, lake, Settings(), NIGHTS[0], NIGHTS[-1]), NIGHTS)
    on_spark = said(lay(spark, lake, Settings(), NIGHTS[0], NIGHTS[-1]), NIGHTS)
    duckdb.disconnect()
    assert_alike(on_duckdb, on_spark)
    assert len(on_duckdb["facts"][1]) > 5
