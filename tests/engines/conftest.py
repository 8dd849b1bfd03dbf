"""A real Spark: one driver and two workers of its own, each a process, for all tests of this room."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.engines.java import find_java
from pipeline.engines.spark import connect_spark
from pipeline.errors import ConfigError
from pipeline.home import Home
from pipeline.settings import Settings

MASTER = "local-cluster[2,1,1024]"
# Tables of a few thousand rows: what pays for millions of them only costs here.
SMALL = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    # Each worker would compile hundreds of small classes, each for a handful of rows.
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.subexpressionElimination.enabled": "false",
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.maxPlanStringLength": "1000",
    "spark.executor.memory": "1g",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


def _skip(why: str) -> None:
    # What is skipped on a workstation must run where the branch is judged.
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def spark_settings(master: str = MASTER) -> dict[str, Any]:
    return {"name": "spark", "spark_master": master, "spark_options": SMALL, "memory_limit": "1GB"}


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An Ibis backend over the cluster; what else asks for Spark in this process uses the same session."""
    try:
        import pyspark
    except ImportError:
        _skip("PySpark is missing: pip install 'tellerwatch[spark]'")
    folder = tmp_path_factory.mktemp("spark")
    try:
        find_java(folder)
    except ConfigError as error:
        _skip(str(error))
    # The workers' folders are made below Spark's own, which is the package's: here it is a copy by name.
    installed, own = Path(pyspark.__file__).parent, folder / "spark"
    own.mkdir()
    for name in ("bin", "jars"):
        (own / name).symlink_to(installed / name)
    before = os.environ.get("SPARK_HOME")
    os.environ["SPARK_HOME"] = str(own)
    settings = Settings.model_validate({"engine": spark_settings()})
    backend = connect_spark(Home(folder / "home"), settings)
    yield backend
    backend.disconnect()
    if before is None:
        del os.environ["SPARK_HOME"]
    else:
        os.environ["SPARK_HOME"] = before
