"""One set of expressions, two engines: what DuckDB says of a bank, Spark says too, to the last value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pytest
from sqlalchemy import Engine, select

import pipeline.bank
from pipeline.bank import open_bank
from pipeline.casebook.engine import init_casebook, open_casebook
from pipeline.casebook.tables import scores
from pipeline.cli.main import invoke
from pipeline.features.catalogue import MEASURES
from pipeline.groundwork import lay
from pipeline.home import Home
from pipeline.settings import Settings, load_settings
from tests.engines.conftest import MASTER
from tests.engines.drawn_bank import NIGHTS, DrawnLake, drawn_banks, side_by_side
from tests.engines.laid import assert_alike, said
from tests.homes import CONFIG, copied, told

# One session for all of them: the parallel runner keeps the group in one process.
pytestmark = [pytest.mark.spark, pytest.mark.xdist_group("spark")]

SAMPLE = Path(__file__).parents[2] / "sample_logs"
LEFT_OUT = ("access_log-2026-05.csv", "logins-2026-05.csv")
NIGHT = date(2026, 6, 26)


def test_the_session_is_a_cluster_of_two_workers_and_every_core_is_a_process_of_its_own(spark: Any) -> None:
    session = spark.raw_sql("SELECT 1").sparkSession
    assert session.conf.get("spark.master") == MASTER
    executors = session.sparkContext._jsc.sc().getExecutorMemoryStatus()
    assert executors.size() == 3  # the driver and two


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that has taken in `sample_logs/` but May's look-ups; tests copy it.

    Spark's time goes by rows. Without May every measure still counts something and every state is there; without April or
    June not. And few past nights, as each is scored twice here.
    """
    home = Home(tmp_path_factory.mktemp("sample") / "home")
    assert invoke(["-q", "--home", str(home.root), "init"]) == 0
    home.config.write_text(CONFIG.replace("reference_every = 3", "reference_every = 5"), encoding="utf-8")
    exports = [str(path) for path in sorted(SAMPLE.glob("*.csv")) if path.name not in LEFT_OUT]
    assert invoke(["-q", "--home", str(home.root), "ingest", *exports]) == 0
    return home


def test_a_night_of_the_sample_bank_on_spark_is_the_night_on_duckdb(
    spark: Any,
    sample: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    home, other = Home(tmp_path / "home"), Home(tmp_path / "other")
    for copy in (home, other):
        copied(sample.root, copy.root)
    with home.config.open("a", encoding="utf-8") as config:
        config.write(f'\n[engine]\nname = "spark"\nspark_master = "{MASTER}"\n')
    on_spark: dict[str, Any] = {}
    monkeypatch.setattr(pipeline.bank, "lay", _listening(on_spark))
    capfd.readouterr()
    code = invoke(["--home", str(home.root), "--json", "run", "--night", str(NIGHT)])
    (done,) = told(capfd.readouterr().out)["nights"]  # type: ignore[misc]  # JSON
    assert code in (0, 3)
    assert done["status"] in ("ok", "incomplete")

    on_duckdb: dict[str, Any] = {}
    monkeypatch.setattr(pipeline.bank, "lay", _listening(on_duckdb))
    plain = load_settings(other.config)
    engine = open_casebook(other, plain)
    with open_bank(other, plain, engine, NIGHT, NIGHT) as bank:
        scored = bank.score(NIGHT)
    engine.dispose()
    assert_alike(on_duckdb, on_spark)
    assert set(MEASURES) <= set(on_spark["facts"][0])
    assert len(on_spark["acts"][1]) > 10_000

    stored = open_casebook(home, load_settings(home.config))
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


def test_any_banks_are_weighed_and_counted_alike_by_both_engines(spark: Any, no_casebook: Engine) -> None:
    # Side by side in one job: nearly all that Spark does is plan, and five banks are planned like one.
    drawn = drawn_banks(5)
    assert len(drawn) >= 3
    bank = side_by_side(drawn)
    duckdb = ibis.duckdb.connect(threads=1)
    lake = DrawnLake(bank, no_casebook)
    on_duckdb = said(lay(duckdb, lake, Settings(), NIGHTS[0], NIGHTS[-1]), NIGHTS)
    on_spark = said(lay(spark, lake, Settings(), NIGHTS[0], NIGHTS[-1]), NIGHTS)
    duckdb.disconnect()
    assert_alike(on_duckdb, on_spark)
    assert len(on_duckdb["facts"][1]) > 5 * len(drawn)
