"""Facts and windows of many events: the product's expressions beside the same by hand."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from datetime import date, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

from benchmarks.facts_sql import MEASURES, band_starts, facts_sql, windows_sql

NIGHT = date(2026, 6, 12)
DAYS = 250
EVENTS_A_PERSON = 2000
"""Eight a day: a smaller run has fewer people, not less to do for each."""
LOT_EVENTS = 9_000_000
"""Look-ups whose rows take the bytes of one lot (`pipeline.facts.lots.LOT_BYTES`)."""
FLAGS = (
    "far_region", "others_fresh", "repeated", "consent_bad", "consent_reused", "foreign_reason", "co_queried", "off_hours",
    "follows", "typist_absent", "typist_left", "new_terminal", "others_terminal", "others_account", "clashes", "crowded_terminal", "woken",
    "is_alone", "is_steady", "in_family",
)  # fmt: skip
REASONS = ("loan_approval", "card_approval", "post_loan", "counter_service", "collection", "unstated")


def make_events(folder: Path, events: int, threads: int) -> tuple[str, str]:
    """Draw described look-ups and the steps of their states; return both as DuckDB reads them."""
    import duckdb

    people = max(5, events // EVENTS_A_PERSON)
    acts, states = folder / f"acts-{events}.parquet", folder / f"states-{events}.parquet"
    rare = ", ".join(f"hash(i * 31 + {n}) % 50 = 0 AS {name}" for n, name in enumerate(FLAGS))
    connection = duckdb.connect(
        config={
            "threads": threads,
            "memory_limit": "2GB",
            "temp_directory": str(folder),
            "preserve_insertion_order": False,
        }
    )
    connection.execute(f"""COPY (SELECT 'E' || i AS event_id, 'T' || lpad((hash(i) % {people})::VARCHAR, 5, '0') AS employee_id,
        CASE WHEN hash(i + 5) % 40 = 0 THEN 'T' || lpad((hash(i + 6) % {people})::VARCHAR, 5, '0') ELSE employee_id END AS entity,
        DATE '{NIGHT}' - ({DAYS} - 1 - i * {DAYS} // {events})::INTEGER AS day,
        day + (CASE WHEN hash(i * 3) % 100 = 0 THEN 2 ELSE 0 END)::INTEGER AS night,
        day::TIMESTAMP + to_seconds((hash(i + 9) % 86400)::BIGINT) AS occurred_at,
        sha256((hash(i * 7) % ({events} // 3))::VARCHAR) AS subject_token,
        ['query', 'query', 'query', 'view', 'print'][(1 + hash(i + 1) % 5)::BIGINT] AS operation,
        CASE WHEN hash(i + 2) % 50 = 0 THEN 'not_found' WHEN hash(i + 2) % 200 = 1 THEN 'denied' ELSE 'ok' END AS outcome,
        operation IN ('query', 'view') AND outcome = 'ok' AS is_lookup,
        {list(REASONS)}[(1 + hash(i + 3) % {len(REASONS)})::BIGINT] AS rule,
        CASE WHEN hash(i + 4) % 3 = 0 THEN 'R' || hash(i * 11) % {events} END AS business_ref,
        'B' || hash(i) % 400 AS own_branch, CASE WHEN hash(i + 8) % 2 = 0 THEN 'B' || hash(i * 5) % 400 END AS home_branch,
        CASE WHEN hash(i + 7) % 4 > 0 THEN (hash(i * 13) % 300)::VARCHAR END AS subject_city,
        ['100k_500k', '500k_plus', '10k_100k', NULL][(1 + hash(i + 12) % 4)::BIGINT] AS asset_band, 'ordinary' AS segment,
        ['under_18', '30_44', '45_59', '75_plus'][(1 + hash(i + 13) % 4)::BIGINT] AS subject_age_band,
        hash(i + 14) % 2 = 0 AS is_customer, true AS has_customers, true AS has_clock, isodow(day) < 6 AS is_workday,
        hash(i + 15) % 3 = 0 AS consent_needed, CASE WHEN hash(i + 16) % 5 > 0 THEN 'A' || i END AS authorization_id,
        'T' || hash(i + 17) % 4000 AS terminal_id, (hash(i + 18) % 3000)::BIGINT AS gap_seconds,
        (hash(i + 19) % 8)::BIGINT AS in_10min, (hash(i + 20) % 30)::BIGINT AS in_60min, (hash(i + 21) % 12)::BIGINT AS run_length,
        NULL::DATE AS absent_from, NULL::DATE AS left_from, {rare} FROM range({events}) t(i))
        TO '{acts}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)""")
    connection.execute(f"""COPY (WITH looked AS (SELECT event_id, day, night, hash(event_id) % 10 AS kind FROM '{acts}' WHERE is_lookup)
        SELECT event_id, CASE WHEN kind = 9 THEN 'unlinked' WHEN kind = 8 THEN 'thin' WHEN kind = 7 THEN 'pending' ELSE 'linked' END AS state,
        CASE WHEN kind = 8 THEN 'far' ELSE '' END AS thinness, night AS from_night,
        CASE WHEN kind = 7 THEN night + 2 ELSE DATE '9999-12-31' END AS until_night, day FROM looked
        UNION ALL SELECT event_id, 'linked', '', night + 2, DATE '9999-12-31', day FROM looked WHERE kind = 7)
        TO '{states}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)""")
    connection.close()
    return f"'{acts}'", f"'{states}'"


def _starts() -> list[date]:
    from pipeline.calendar import BusinessCalendar
    from pipeline.features.spec import WINDOWS
    from pipeline.features.windows import REACH_DAYS

    calendar = BusinessCalendar("CN", NIGHT - timedelta(days=600), NIGHT)
    return band_starts(NIGHT, lambda window: calendar.window_start(NIGHT, window), WINDOWS, REACH_DAYS)


def ours(
    acts: str, states: str, options: dict[str, Any], lot: int = DAYS
) -> dict[tuple[str, int], tuple[int, ...]]:
    """Compute with the product's expressions.

    Args:
        acts: Described look-ups, as DuckDB reads them.
        states: Steps of their states.
        options: The engine's settings.
        lot: Days that are counted at once; `pipeline.facts.lots` parts a great bank's days so.
    """
    import ibis

    from pipeline.calendar import BusinessCalendar
    from pipeline.contract import FEEDS
    from pipeline.engines.tables import keep_table, read_files
    from pipeline.evidence.nights import forever
    from pipeline.features.daily import daily_facts
    from pipeline.features.windows import band_table, windowed
    from pipeline.lake.schema import lake_columns

    backend = ibis.duckdb.connect(**options)

    def keep(name: str, table: Any) -> Any:
        return keep_table(backend, name, table)

    table, stepped = (backend.read_parquet(path.strip("'")) for path in (acts, states))
    # Nothing is corrected, and all far records are of one unit: neither is counted by hand.
    table = table.mutate(superseded=forever())
    stepped = stepped.mutate(place=ibis.literal("3"))
    complaints, logins = (
        read_files(backend, [], lake_columns(FEEDS[feed])) for feed in ("complaints", "logins")
    )
    logins = logins.mutate(night=logins.business_day)
    written = []
    for first in range(0, DAYS, lot):
        days = [ibis.date(NIGHT - timedelta(days=DAYS - 1 - n)) for n in (first, min(first + lot, DAYS) - 1)]
        steps = stepped.filter(stepped.day.between(*days)).drop("day")
        wrong = steps.select("event_id", "from_night", "until_night", record_id="state", kind="state").filter(
            ibis.literal(False)
        )
        some = table.filter(table.day.between(*days))
        counted = daily_facts(some, steps, wrong, complaints, logins, clock(2), keep)
        written.append(f"{options['temp_directory']}-facts-{first}.parquet")
        backend.raw_sql(
            f"COPY ({backend.compile(counted)}) TO '{written[-1]}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )
    facts = backend.read_parquet(written)
    calendar = BusinessCalendar("CN", NIGHT - timedelta(days=600), NIGHT)
    found = keep("tw_windows", windowed(facts, band_table(calendar, [NIGHT], NIGHT - timedelta(days=600))))
    return _totals(backend.con, "tw_windows", found.columns)


def by_hand(acts: str, states: str, options: dict[str, Any]) -> dict[tuple[str, int], tuple[int, ...]]:
    """Compute with the statements written by hand."""
    import duckdb

    connection = duckdb.connect(config=options)
    connection.execute("SET enable_progress_bar = false")
    connection.execute(facts_sql(acts, states))
    connection.execute(windows_sql(NIGHT, _starts()))
    return _totals(connection, "windows", MEASURES)


def in_pandas(acts: str, states: str, way: str) -> dict[tuple[str, int], tuple[int, ...]]:
    """Compute with pandas, `by_days` or `by_columns`."""
    import duckdb
    import pandas as pd

    from benchmarks import facts_pandas

    frame = pd.read_parquet(acts.strip("'"))
    stepped = pd.read_parquet(states.strip("'")).drop(columns="day")  # the files of a lot are found by it
    windows = facts_pandas.pandas_facts(frame, stepped, NIGHT, _starts(), getattr(facts_pandas, way))
    connection = duckdb.connect()
    connection.register("windows", windows)
    return _totals(connection, "windows", MEASURES)


def _totals(connection: Any, table: str, columns: Any) -> dict[tuple[str, int], tuple[int, ...]]:
    names = [name for name in MEASURES if name in columns]
    assert len(names) == len(MEASURES), set(MEASURES) - set(columns)
    listed = ", ".join(f"sum({name})::BIGINT" for name in names)
    rows = connection.execute(
        f"SELECT band, count(DISTINCT person), {listed} FROM {table} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {("all", int(row[0])): tuple(int(value or 0) for value in row[1:]) for row in rows}


def _child(way: Callable[..., Any], arguments: tuple[Any, ...], pipe: Any) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    result = way(*arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    pipe.send((result, time.perf_counter() - wall, time.process_time() - cpu, peak))


def measured(way: Callable[..., Any], *arguments: Any) -> tuple[Any, float, float, float]:
    """Run in a process of its own: result, seconds, seconds of processor, peak memory in GB."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=_child, args=(way, arguments, there))
    child.start()
    there.close()
    try:
        found: tuple[Any, float, float, float] = here.recv()
    except EOFError:
        raise SystemExit(f"{way.__name__} died: out of memory?") from None
    child.join()
    return found


def _options(folder: Path, memory: str, threads: int) -> dict[str, Any]:
    return {"memory_limit": memory, "threads": threads, "temp_directory": str(folder / "spill")}


def measure_rows(folder: Path, events: int, few: int, memory: str, threads: int) -> None:
    """Compare the product with SQL by hand on all events, and with pandas on a few, scaled."""
    acts, states = make_events(folder, events, threads)
    options = _options(folder, memory, threads)
    print(
        f"{events} events, {DAYS} days, {max(5, events // EVENTS_A_PERSON)} people, {threads} threads, {memory} for the engine",
        flush=True,
    )
    first, wall, cpu, peak = measured(ours, acts, states, options)
    print(f"product: {wall:.1f} s, {cpu:.1f} s of processor, {peak:.2f} GB at most", flush=True)
    second, wall_hand, cpu_hand, peak_hand = measured(by_hand, acts, states, options)
    print(
        f"by hand: {wall_hand:.1f} s, {cpu_hand:.1f} s of processor, {peak_hand:.2f} GB at most", flush=True
    )
    print(
        f"product / by hand: {wall / wall_hand:.2f} ({cpu / cpu_hand:.2f} in processor time); same result: {first == second}",
        flush=True,
    )
    for way, some in (("by_columns", few), ("by_days", few // 50)):
        small_acts, small_states = make_events(folder, some, threads)
        third, *_ = measured(ours, small_acts, small_states, options)
        fourth, wall_pandas, cpu_pandas, peak_pandas = measured(in_pandas, small_acts, small_states, way)
        scale = events / some
        print(
            f"pandas {way}, {some} events: {wall_pandas:.1f} s, {cpu_pandas:.1f} s of processor, {peak_pandas:.2f} GB; same result: {third == fourth}"
        )
        print(
            f"pandas {way} scaled by {scale:g} / product: {wall_pandas * scale / wall:.1f} ({cpu_pandas * scale / cpu:.1f} in processor time)",
            flush=True,
        )


def measure_size(folder: Path, events: int, memory: str, threads: int) -> None:
    """See that very many events come to an end within bounded memory."""
    begun = time.perf_counter()
    acts, states = make_events(folder, events, threads)
    print(f"{events} events drawn in {time.perf_counter() - begun:.0f} s", flush=True)
    lot = max(1, DAYS * LOT_EVENTS // events)
    _, wall, cpu, peak = measured(ours, acts, states, _options(folder, memory, threads), lot)
    print(
        f"product, {lot} days at once: {wall:.1f} s, {cpu:.1f} s of processor, {peak:.2f} GB at most",
        flush=True,
    )
