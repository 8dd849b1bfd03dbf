"""One file's rows in the engine: staged, judged, compared with what the lake has, and written out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.contract import Feed
from pipeline.home import PRIVATE_DIR, PRIVATE_FILE
from pipeline.intake.cell_sql import quoted
from pipeline.intake.duplicates import (
    days_of,
    mark_duplicates,
    one,
    read_parquet,
    repeated_keys,
    same_key,
)
from pipeline.intake.ledger import MAX_REJECTED_KEPT, Published, Rejected
from pipeline.intake.rows import RawRows, Shortfall
from pipeline.lake.schema import BUSINESS_DAY, lake_columns, stored_key
from pipeline.lake.store import MOVED, WITHDRAWN, Lake

if TYPE_CHECKING:
    import duckdb

# A word that stands in a column this often is the source's vocabulary rather than somebody's name …
OFTEN = 5
# … unless it begins with a common family name.
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪"
    "田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
# From so many rows a day on average, each day is written by itself.
_ROWS_FOR_ONE_WRITE = 20_000


@dataclass
class Account:
    """What staging found.

    Attributes:
        read: Records in the file.
        duplicate: Rows whose like is in the lake, or earlier in the file.
        across: Those of them whose like came in another file.
        corrected: Accepted rows whose key was known with other content.
        withdrawn: Accepted rows by which the source takes others back.
        clipped: Resident numbers as a spreadsheet cuts them: 000 at the end, wrong check digit.
        reasons: Code → rejected rows.
        rejected: The first of them, for the quarantine.
        days: Business days of the accepted rows.
        left_days: Business days on which older versions of accepted rows lie.
    """

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    across: int = 0
    corrected: int = 0
    withdrawn: int = 0
    clipped: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    left_days: list[date] = field(default_factory=list)

    @property
    def rejected_rows(self) -> int:
        """Number of rejected rows."""
        return sum(self.reasons.values())


def judge(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    lake: Lake,
    rows: RawRows,
    shortfalls: list[Shortfall],
) -> Account:
    """Account for every staged row, and mark the duplicates.

    Args:
        connection: Holds the table `staged`, in file order.
        feed: The feed of the rows.
        lake: What is published already.
        rows: Where its records stood in the source.
        shortfalls: Records that never became rows.
    """
    account = Account()
    _number_lines(connection, rows, shortfalls)
    staged, good, clipped = one(
        connection,
        "SELECT count(*), count(*) FILTER (problem IS NULL), count(*) FILTER (clipped) FROM staged",
    )
    account.read = staged + len(shortfalls)
    account.clipped = clipped
    account.reasons.update(shortfall.code for shortfall in shortfalls)
    if good < staged:
        _take_rejected(connection, account)
    account.rejected += [Rejected(item.line, None, item.code, item.detail) for item in shortfalls]
    account.rejected.sort(key=lambda row: (row.line, row.code))
    repeated = repeated_keys(connection, feed)
    account.days, account.across = mark_duplicates(connection, feed, lake, repeated)
    (account.duplicate,) = one(connection, "SELECT count(*) FROM duplicates")
    anti = "ANTI JOIN duplicates d ON l.row_no = d.row_no " if account.duplicate else ""
    connection.execute(f"CREATE TEMP VIEW accepted AS SELECT l.* FROM lined l {anti}WHERE l.problem IS NULL")
    if feed.day and account.duplicate:
        account.days = days_of(connection, "accepted")
    account.accepted = good - account.duplicate
    if account.accepted:
        (account.withdrawn,) = one(connection, "SELECT count(*) FILTER (withdrawn) FROM accepted")
        _count_corrections(connection, feed, lake, account, repeated)
    return account


def write_parts(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    account: Account,
    folder: Path,
    batch_id: int,
    file_id: int,
) -> list[tuple[Path, date | None, int]]:
    """Write the accepted rows as Parquet below a private folder, one sub-folder a business day.

    Returns:
        Each file's path below the folder, its day and its number of rows.
    """
    folder.mkdir(mode=PRIVATE_DIR, parents=True)
    known = {"batch_id": f"{batch_id}::BIGINT", "file_id": f"{file_id}::BIGINT", "line": "line"}
    columns = ", ".join(
        f"{known.get(column.name, column.name)} AS {column.name}" for column in lake_columns(feed)
    )
    name = f"b{batch_id:06d}-"
    parts: list[tuple[Path, date | None, int]] = []
    days = account.days
    if account.withdrawn and days:
        days = days_of(connection, "accepted WHERE NOT withdrawn")
    if len(days) > 1 and account.accepted < _ROWS_FOR_ONE_WRITE * len(days):
        rows = f"SELECT {columns}, {BUSINESS_DAY} AS day FROM accepted WHERE NOT withdrawn"
        pattern = quoted(name + "{i}")
        written = _copy(connection, feed, rows, folder, f", PARTITION_BY (day), FILENAME_PATTERN {pattern}")
        parts = [(path, date.fromisoformat(path.parent.name.removeprefix("day=")), n) for path, n in written]
    elif account.accepted > account.withdrawn:
        # Many rows a day: a write for each day reads the staged rows by their zone maps, and sorts nothing.
        for day in days or (None,):
            target = folder / f"day={day.isoformat() if day else 'none'}"
            target.mkdir(mode=PRIVATE_DIR)
            of_day = f" AND {BUSINESS_DAY} = DATE '{day.isoformat()}'" if day else ""
            rows = f"SELECT {columns} FROM accepted WHERE NOT withdrawn{of_day}"
            parts += [
                (path, day, n) for path, n in _copy(connection, feed, rows, target / f"{name}0.parquet")
            ]
    parts += _write_moved(connection, feed, account, columns, folder, name)
    if account.withdrawn:
        parts += _write_withdrawn(connection, feed, account, columns, folder, name)
    for path, _, _ in parts:
        path.chmod(PRIVATE_FILE)
        path.parent.chmod(PRIVATE_DIR)
    return sorted((path.relative_to(folder), day, n) for path, day, n in parts)


def _write_moved(
    connection: duckdb.DuckDBPyConnection, feed: Feed, account: Account, columns: str, folder: Path, name: str
) -> list[tuple[Path, date | None, int]]:
    """Write a copy of each moved row to the day that it has left."""
    parts: list[tuple[Path, date | None, int]] = []
    for day in account.left_days:
        rows = f"SELECT {columns} FROM accepted {_left(day)} WHERE NOT withdrawn"
        if one(connection, f"SELECT count(*) FROM ({rows})") != (0,):
            target = _folder(folder, day) / (name[:-1] + MOVED)
            parts += [(path, day, n) for path, n in _copy(connection, feed, rows, target)]
    return parts


def _write_withdrawn(
    connection: duckdb.DuckDBPyConnection, feed: Feed, account: Account, columns: str, folder: Path, name: str
) -> list[tuple[Path, date | None, int]]:
    """Write what is taken back to its own day, and to the day of the row that it takes back."""
    parts: list[tuple[Path, date | None, int]] = []
    days: set[date | None] = {None}
    if feed.day:
        days = {*days_of(connection, "accepted WHERE withdrawn"), *account.left_days}
    for day in sorted(days, key=str):
        rows = f"SELECT {columns} FROM accepted WHERE withdrawn"
        if day is not None:
            rows += f" AND {BUSINESS_DAY} = DATE '{day.isoformat()}'"
        if day in account.left_days:
            rows += f" UNION ALL SELECT {columns} FROM accepted {_left(day)} WHERE withdrawn"
        if one(connection, f"SELECT count(*) FROM ({rows})") != (0,):
            target = _folder(folder, day) / (name[:-1] + WITHDRAWN)
            parts += [(path, day, n) for path, n in _copy(connection, feed, rows, target)]
    return parts


def _left(day: date | None) -> str:
    where = f"WHERE left_day = DATE '{day.isoformat()}'" if day else ""
    return f"SEMI JOIN (SELECT row_no FROM moved {where}) m USING (row_no)"


def _folder(below: Path, day: date | None) -> Path:
    folder = below / f"day={day.isoformat() if day else 'none'}"
    folder.mkdir(mode=PRIVATE_DIR, exist_ok=True)
    return folder


def _copy(
    connection: duckdb.DuckDBPyConnection, feed: Feed, rows: str, target: Path, options: str = ""
) -> list[tuple[Path, int]]:
    """Write Parquet, and return each file with its number of rows."""
    form = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 4096, RETURN_STATS"
    # The second version's encodings are the cheaper ones, but what it does to floats not every engine reads.
    if not any(column.sql == "DOUBLE" for column in lake_columns(feed)):
        form += ", PARQUET_VERSION V2"
    told = connection.execute(f"COPY ({rows}) TO {quoted(str(target))} ({form}{options})").fetchall()
    return [(Path(name), int(count)) for name, count, *_ in told]


def published(parts: list[tuple[Path, date | None, int]], feed: str) -> list[Published]:
    """Name the parts as the ledger does: relative to the lake."""
    return [Published((Path(feed) / path).as_posix(), day, rows) for path, day, rows in parts]


def _number_lines(connection: duckdb.DuckDBPyConnection, rows: RawRows, shortfalls: list[Shortfall]) -> None:
    """Give every staged row its record number, those before it that never became rows counted in."""
    first_line = rows.first_line
    if not shortfalls and not rows.lines:
        connection.execute(
            f"CREATE TEMP VIEW lined AS SELECT *, rowid AS row_no, rowid + {first_line} AS line FROM staged"
        )
        return
    connection.execute("CREATE TEMP TABLE shifts (from_row BIGINT, shift BIGINT)")
    shifts = {row: line - first_line - row for row, line in enumerate(rows.lines)}
    for before, item in enumerate(sorted(shortfalls, key=lambda item: item.line)):
        shifts[item.line - first_line - before] = before + 1
    import pyarrow as pa

    table = pa.table({"from_row": list(shifts), "shift": list(shifts.values())})
    connection.register("shift_list", table)
    connection.execute("INSERT INTO shifts SELECT * FROM shift_list")
    connection.unregister("shift_list")
    connection.execute(
        f"CREATE TEMP VIEW lined AS SELECT s.*, s.rowid AS row_no, "
        f"s.rowid + {first_line} + coalesce(k.shift, 0) AS line "
        "FROM staged s ASOF LEFT JOIN shifts k ON s.rowid >= k.from_row"
    )


def _take_rejected(connection: duckdb.DuckDBPyConnection, account: Account) -> None:
    for code, count in connection.execute(
        "SELECT split_part(problem, ':', 1), count(*) FROM staged WHERE problem IS NOT NULL "
        "GROUP BY 1 ORDER BY 1"
    ).fetchall():
        account.reasons[code] += count
    account.rejected = [
        Rejected(line, column or None, code, detail)
        for line, code, column, detail in connection.execute(
            f"SELECT line, split_part(problem, ':', 1), split_part(problem, ':', 2), {_nobody_named()} "
            "FROM (SELECT *, count(*) OVER (PARTITION BY problem, detail) AS times FROM lined "
            f"WHERE problem IS NOT NULL) ORDER BY line LIMIT {MAX_REJECTED_KEPT}"
        ).fetchall()
    ]


def _nobody_named() -> str:
    """A word is shown only if it stands in the column often, and is not written like a person's name."""
    word = r"regexp_full_match(detail, '[\p{L}_ ]+')"
    chinese_name = rf"regexp_full_match(detail, '[{SURNAMES}]\p{{Han}}{{1,3}}')"
    return f"CASE WHEN {word} AND (times < {OFTEN} OR {chinese_name}) THEN detail[1] || '***' ELSE detail END"


def _count_corrections(
    connection: duckdb.DuckDBPyConnection, feed: Feed, lake: Lake, account: Account, repeated: bool
) -> None:
    """Count accepted rows of a key that the lake, or an earlier row of the file, has with other content."""
    key = stored_key(feed)
    columns = ", ".join(f"a.{name}" for name in key)
    same = same_key(feed, "a", "k")
    known = lake.files(feed.name)
    anti = ""
    if known:
        # However old the row is that is corrected: of all the lake only the keys are read, and of those only
        # the ranges in which this file's own keys lie.
        day = f", k.{BUSINESS_DAY}" if feed.day else ""
        kept = ", ".join(f"k.{name}" for name in key)
        plain = " AND ".join(f"a.{name} = k.{name}" for name in key)
        connection.execute(
            f"CREATE TEMP TABLE earlier AS SELECT DISTINCT {kept}{day} FROM {read_parquet(known)} k "
            f"SEMI JOIN accepted a ON {plain if _never_null(feed) else same}"
        )
        if one(connection, "SELECT count(*) FROM earlier") != (0,):
            anti = f"ANTI JOIN earlier k ON {same}"
    if anti or repeated:
        (new_keys,) = one(
            connection, f"SELECT count(*) FROM (SELECT DISTINCT {columns} FROM accepted a {anti})"
        )
        account.corrected = account.accepted - new_keys
    if anti and account.corrected and feed.day:
        connection.execute(
            f"CREATE TEMP TABLE moved AS SELECT DISTINCT k.{BUSINESS_DAY} AS left_day, a.row_no "
            f"FROM accepted a JOIN earlier k ON {same} WHERE k.{BUSINESS_DAY} <> a.{BUSINESS_DAY}"
        )
        account.left_days = [
            row[0] for row in connection.execute("SELECT DISTINCT left_day FROM moved ORDER BY 1").fetchall()
        ]


def _never_null(feed: Feed) -> bool:
    return all(feed.by_name[name].required for name in feed.key)
