"""A Spark session within the bounds of the settings, behind Ibis."""

from __future__ import annotations

import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.engines.java import find_java
from pipeline.errors import ConfigError
from pipeline.home import PRIVATE_DIR, Home
from pipeline.settings import Settings

if TYPE_CHECKING:
    from ibis.backends.pyspark import Backend
    from pyspark.sql import SparkSession

SCRATCH = "spark"
LOOPBACK = "127.0.0.1"
DRIVER_JAVA = "spark.driver.extraJavaOptions"
_QUIET = """rootLogger.level = error
logger.shell.name = org.apache.spark.api.python.PythonGatewayServer
logger.shell.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = spark: %p %c{1}: %m%n
"""
_SIZE = re.compile(r"(?P<number>\d+)\s*(?P<unit>[KMGT])i?B?", re.IGNORECASE)


def spark_options(home: Home, settings: Settings) -> dict[str, str]:
    """Return Spark's settings for this home; `engine.spark_options` wins over all of them.

    Args:
        home: The installation; what is spilled goes to its scratch folder.
        settings: The effective configuration.
    """
    scratch = home.tmp / SCRATCH
    master = settings.engine.spark_master
    options = {
        "spark.master": master,
        "spark.app.name": "tellerwatch",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        # The lake's files were not written by an old Spark: their dates and times are what they say.
        "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.io.encryption.enabled": "true",
        DRIVER_JAVA: f"-Dlog4j2.configurationFile=file:{scratch / 'log4j2.properties'}",
        # A kept table's plan is made out once, not again for each word that reads it.
        "spark.sql.legacy.storeAnalyzedPlanForView": "true",
        # Small tables go over as columns, without a Python process in every worker.
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        # A day of a feed is a file: no cluster job to list them, and many of them in one task.
        "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",
        "spark.sql.files.openCostInBytes": "65536",
    }
    if master.startswith("local"):
        options |= {
            "spark.driver.host": LOOPBACK,
            "spark.driver.bindAddress": LOOPBACK,
            "spark.driver.memory": _spark_size(settings.engine.memory_limit),
            "spark.local.dir": str(scratch / "spilled"),
            "spark.sql.shuffle.partitions": str(settings.engine.threads or os.cpu_count() or 1),
        }
    wanted = dict(settings.engine.spark_options)
    if DRIVER_JAVA in wanted:
        wanted[DRIVER_JAVA] = f"{options[DRIVER_JAVA]} {wanted[DRIVER_JAVA]}"
    return options | wanted


def _spark_size(text: str) -> str:
    """Write a size as Spark reads it: 2GB as 2g."""
    found = _SIZE.fullmatch(text.strip())
    return f"{found['number']}{found['unit'].lower()}" if found else text


def connect_spark(home: Home, settings: Settings) -> Backend:
    """Open an Ibis backend over a Spark session.

    A session that this process already has is used, and left running afterwards: whoever started it, stops it.

    Args:
        home: The installation. On a cluster its folder must be one that every worker sees.
        settings: The effective configuration: `engine.spark_master`, `engine.spark_options`.

    Returns:
        An Ibis PySpark backend with the session's time zone UTC; the caller closes it with `disconnect()`.

    Raises:
        ConfigError: PySpark or Java is missing, or Spark does not start.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise ConfigError(
            '`[engine] name` is "spark", but PySpark is not installed; no night can run.',
            "Install it with `pip install 'tellerwatch[spark]'`, or choose `[engine] name = \"duckdb\"`.",
        ) from None
    import ibis

    running = SparkSession.getActiveSession()
    session = running or _start(home, settings)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", FutureWarning
        )  # Spark's word on pandas 3; the tests compare every value
        backend: Backend = ibis.pyspark.connect(session)

    def leave() -> None:
        for view in backend.list_tables(like="^tw_"):
            session.catalog.dropTempView(view)
        if running is None:
            session.stop()
        shutil.rmtree(home.tmp / SCRATCH, ignore_errors=True)

    backend.disconnect = leave
    return backend


def _start(home: Home, settings: Settings) -> SparkSession:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    scratch = home.tmp / SCRATCH
    scratch.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    (scratch / "log4j2.properties").write_text(_QUIET, encoding="utf-8")
    if settings.engine.spark_master.startswith("local"):
        # Else the workers would take whichever python3 comes first on the path, which has none of our packages.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder
    for name, value in spark_options(home, settings).items():
        builder = builder.config(name, value)
    with _launching(find_java(scratch), settings.engine.spark_master.startswith("local")):
        try:
            return builder.getOrCreate()
        except (PySparkException, Py4JError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ConfigError(
                f"Spark did not start on {settings.engine.spark_master}; no night can run: {reason}",
                "Look at `[engine] spark_master` and `spark_options`, and whether the cluster can be reached.",
            ) from error


@contextmanager
def _launching(java: Path, is_local: bool) -> Iterator[None]:
    """Give the machine that is about to start its Java, its address, and files that are its owner's alone."""
    wanted = {"JAVA_HOME": str(java)} | ({"SPARK_LOCAL_IP": LOOPBACK} if is_local else {})
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    umask = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(umask)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
