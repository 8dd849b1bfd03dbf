from __future__ import annotations

import re
import stat
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, Engine, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from pipeline.casebook import tables
from pipeline.casebook.engine import init_casebook, open_casebook, writing
from pipeline.casebook.errors import CasebookError, CasebookUnreachableError
from pipeline.casebook.upgrade import HEAD, alembic_config, bring_to_head, stored_revision
from pipeline.errors import ConfigError, ExitCode, UsageError
from pipeline.home import Home
from pipeline.settings import Settings
from tests.casebook.conftest import settings_for

NOON = datetime(2026, 6, 18, 12, tzinfo=UTC)


def test_the_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_the_values_that_the_database_allows_are_those_of_the_code(engine: Engine) -> None:
    def words(sql: object) -> frozenset[str]:
        return frozenset(re.findall(r"'(\w+)'", str(sql)))

    for table in tables.metadata.tables.values():
        stored = {words(check["sqltext"]) for check in inspect(engine).get_check_constraints(table.name)}
        wanted = {words(item.sqltext) for item in table.constraints if isinstance(item, CheckConstraint)}
        assert stored == wanted, table.name
    assert frozenset(tables.DISPOSITIONS) in {
        words(check["sqltext"]) for check in inspect(engine).get_check_constraints("cases")
    }


def test_the_head_named_in_the_code_is_the_last_migration() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


def test_opening_a_casebook_of_this_version_does_not_import_alembic(sqlite_template: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from pipeline.home import Home; "
        "from pipeline.settings import Settings; from pipeline.casebook.engine import open_casebook; "
        f"open_casebook(Home(Path({str(sqlite_template.parent)!r})), Settings()).dispose(); "
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_sqlite_files_are_readable_by_the_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    engine = init_casebook(home, Settings())
    with writing(engine) as connection:
        connection.execute(insert(tables.batches).values(opened_at=NOON, status="open"))
        found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.root.iterdir()}
    engine.dispose()
    assert found == dict.fromkeys(("casebook.sqlite", "casebook.sqlite-wal", "casebook.sqlite-shm"), 0o600)
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o700


def test_making_a_casebook_twice_keeps_what_is_in_it(backend: tuple[Home, Settings]) -> None:
    first = init_casebook(*backend)
    with writing(first) as connection:
        connection.execute(insert(tables.batches).values(opened_at=NOON, status="open"))
    first.dispose()
    second = init_casebook(*backend)
    with second.connect() as connection:
        assert connection.execute(select(tables.batches.c.status)).scalars().all() == ["open"]
    second.dispose()


def test_opening_where_nothing_was_made_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="tellerwatch init"):
        open_casebook(Home(tmp_path), Settings())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgres
def test_opening_an_empty_database_leaves_it_empty(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no casebook"):
        open_casebook(Home(tmp_path), settings_for(postgres_url))


@pytest.mark.postgres
def test_a_casebook_is_made_in_an_empty_postgresql(postgres_url: str, tmp_path: Path) -> None:
    engine = init_casebook(Home(tmp_path), settings_for(postgres_url))
    assert stored_revision(engine) == HEAD
    engine.dispose()
    assert list(tmp_path.iterdir()) == []


def test_a_casebook_of_a_newer_version_is_refused_and_left_alone(backend: tuple[Home, Settings]) -> None:
    engine = init_casebook(*backend)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CasebookError, match="9999"):
        bring_to_head(engine)
    assert stored_revision(engine) == "9999"
    engine.dispose()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.casebook.write_bytes(b"something else altogether, and long enough" * 100)
    with pytest.raises(CasebookError, match="not a database"):
        open_casebook(home, Settings())


def test_a_database_that_does_not_answer_is_a_transient_error_without_its_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    url = "postgresql+psycopg://officer:hush-hush@127.0.0.1:9/casebook?connect_timeout=2"
    with pytest.raises(CasebookUnreachableError) as caught:
        open_casebook(Home(tmp_path), settings_for(url))
    assert caught.value.transient
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize("url", ["no address at all", "nosuchbase://host/db", "mysql+pymysql://host/db"])
def test_an_address_that_cannot_be_used_is_a_config_error(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"casebook\.url") as caught:
        open_casebook(Home(tmp_path), settings_for(url))
    assert caught.value.exit_code == ExitCode.USAGE


def test_a_naive_moment_is_refused(engine: Engine) -> None:
    naive = datetime(2026, 6, 18, 12)  # noqa: DTZ001  # the very thing that must be refused
    with pytest.raises(StatementError, match="no time zone"), writing(engine) as connection:
        connection.execute(insert(tables.batches).values(opened_at=naive, status="open"))


def test_a_moment_of_any_zone_comes_back_as_the_same_moment_in_utc(engine: Engine) -> None:
    shanghai = datetime(2026, 6, 18, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    with writing(engine) as connection:
        connection.execute(insert(tables.batches).values(opened_at=shanghai, status="open"))
        found = connection.execute(select(tables.batches.c.opened_at)).scalar_one()
    assert found == shanghai
    assert found.utcoffset() == timedelta(0)
    assert found.microsecond == 123456


def test_moments_are_compared_as_moments_in_the_database(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(tables.batches).values(opened_at=NOON, status="open"))
        eight_hours_ahead = NOON.astimezone(timezone(timedelta(hours=8)))
        later = select(tables.batches).where(tables.batches.c.opened_at > eight_hours_ahead)
        same = select(tables.batches).where(tables.batches.c.opened_at == eight_hours_ahead)
        assert connection.execute(later).all() == []
        assert len(connection.execute(same).all()) == 1


def test_a_reference_to_nothing_is_refused(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(
            insert(tables.lake_files).values(
                batch_id=77, feed="access_log", day=date(2026, 6, 18), path="a", rows=1
            )
        )


def test_a_status_that_nobody_knows_is_refused(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(tables.batches).values(opened_at=NOON, status="perhaps"))


def test_a_transaction_that_fails_leaves_nothing(engine: Engine) -> None:
    def fail_midway() -> None:
        with writing(engine) as connection:
            connection.execute(insert(tables.batches).values(opened_at=NOON, status="open"))
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        fail_midway()
    with engine.connect() as connection:
        assert connection.execute(select(tables.batches)).all() == []


def test_two_writers_that_read_first_both_succeed(backend: tuple[Home, Settings]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def add(_number: int) -> None:
        engine = open_casebook(*backend)
        with writing(engine) as connection:
            connection.execute(select(tables.batches)).all()
            connection.execute(insert(tables.batches).values(opened_at=NOON, status="open"))
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))
    engine = open_casebook(*backend)
    with engine.connect() as connection:
        assert len(connection.execute(select(tables.batches)).all()) == 12
    engine.dispose()
