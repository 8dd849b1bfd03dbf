"""People whose look-ups without business lead to each other are one matter; colleagues who merely sit together are not."""

from __future__ import annotations

import json

import duckdb
import pytest

from pipeline.casebook.case_file import list_cases
from pipeline.casebook.engine import open_casebook, writing
from pipeline.casebook.relations import relations_of_run
from pipeline.cli.main import invoke
from pipeline.evidence.days import day_files, stored_days
from pipeline.features.families.breadth import WATCHED
from pipeline.home import Home
from pipeline.investigation.related import InCase, relate, related
from pipeline.investigation.stored import Stored
from pipeline.notify.news import body, news_since, text
from pipeline.reporting import night_report, write_dossiers, write_night_report
from tests.casebook.nights import alert
from tests.homes import SmallBank


def stored_of(bank: SmallBank, home: Home, engine: duckdb.DuckDBPyConnection) -> Stored:
    return Stored(home, bank.settings, bank.engine, bank.last, engine)


def changed(home: Home, engine: duckdb.DuckDBPyConnection, replaced: str, where: str) -> None:
    """Write the stored evidence anew, some columns of some rows replaced."""
    for folder in stored_days(home).values():
        for path in day_files(folder):
            columns = ", ".join(
                f"CASE WHEN {where} THEN {value} ELSE {name} END AS {name}"
                for name, value in (one.split("=") for one in replaced.split(";"))
            )
            engine.execute(
                f"COPY (SELECT * REPLACE ({columns}) FROM read_parquet('{path}', hive_partitioning = false)) "
                f"TO '{path}' (FORMAT parquet)"
            )


def colleagues(engine: duckdb.DuckDBPyConnection, stored: Stored) -> list[str]:
    """The three busiest people of one branch."""
    rows = engine.execute(
        "SELECT entity FROM read_parquet($1) WHERE own_branch = "
        "(SELECT own_branch FROM read_parquet($1) GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1) AND is_lookup "
        "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 3",
        [stored.evidence_paths(stored.window_start(60))],
    ).fetchall()
    return [person for (person,) in rows]


def in_cases(people: list[str], *codes: str) -> dict[str, InCase]:
    return {person: InCase(f"C-2025-{place:04d}", set(codes)) for place, person in enumerate(people, 1)}


def test_a_ring_that_shares_a_list_is_one_matter_with_what_it_shares(
    small_bank: SmallBank, home: Home, engine: duckdb.DuckDBPyConnection
) -> None:
    stored = stored_of(small_bank, home, engine)
    one, other, third = colleagues(engine, stored)
    tokens = "md5(((epoch(occurred_at_local)::BIGINT % 40)::VARCHAR)) || md5('x')"
    changed(
        home,
        engine,
        f"subject_token={tokens};state='unlinked'",
        f"entity IN ('{one}', '{other}') AND is_lookup",
    )
    [found] = related(in_cases([one, other, third]), stored_of(small_bank, home, engine))
    assert (found.case_id, found.other_id, found.kind) == ("C-2025-0001", "C-2025-0002", "customers")
    assert found.shared >= 10


def test_two_people_who_merely_sit_in_one_branch_are_not_related(
    small_bank: SmallBank, home: Home, engine: duckdb.DuckDBPyConnection
) -> None:
    stored = stored_of(small_bank, home, engine)
    people = colleagues(engine, stored)
    assert related(in_cases(people, "unlinked", "gathered", "crowded_terminal"), stored) == []
    # Even where a third of all look-ups finds no record: they meet the branch's customers, no list of their own.
    changed(home, engine, "state='unlinked'", "is_lookup AND hash(event_id) % 3 = 0")
    assert related(in_cases(people, "unlinked"), stored_of(small_bank, home, engine)) == []


def test_typing_for_the_other_and_one_crowded_terminal_relate(
    small_bank: SmallBank, home: Home, engine: duckdb.DuckDBPyConnection
) -> None:
    stored = stored_of(small_bank, home, engine)
    one, other, third = colleagues(engine, stored)
    changed(home, engine, f"employee_id='{other}';state='unlinked'", f"entity = '{one}' AND is_lookup")
    [found] = related(in_cases([one, other, third]), stored_of(small_bank, home, engine))
    assert (found.kind, {found.case_id, found.other_id}) == ("typed", {"C-2025-0001", "C-2025-0002"})
    changed(
        home,
        engine,
        "terminal_id='T-KIOSK';state='unlinked'",
        f"entity IN ('{one}', '{third}') AND is_lookup",
    )
    kinds = {
        (row.case_id, row.other_id): row.kind
        for row in related(
            in_cases([one, other, third], "crowded_terminal"), stored_of(small_bank, home, engine)
        )
        if row.kind == "terminal"
    }
    assert kinds == {("C-2025-0001", "C-2025-0003"): "terminal"}
    assert not [
        row
        for row in related(in_cases([one, third]), stored_of(small_bank, home, engine))
        if row.kind == "terminal"
    ]


def test_people_of_different_branches_who_met_at_one_protected_customer_are_related(
    small_bank: SmallBank, home: Home, engine: duckdb.DuckDBPyConnection
) -> None:
    stored = stored_of(small_bank, home, engine)
    one, near, _ = colleagues(engine, stored)
    far: str = engine.execute(
        "SELECT max_by(entity, event_id) FROM read_parquet($1) WHERE is_lookup AND own_branch <> "
        "(SELECT any_value(own_branch) FROM read_parquet($1) WHERE entity = $2)",
        [stored.evidence_paths(stored.window_start(60)), one],
    ).fetchall()[0][0]
    [(token,)] = engine.execute(
        "SELECT min(subject_token) FROM read_parquet(?, union_by_name = true) WHERE list_contains(?, segment)",
        [stored.feed_paths("customers"), list(WATCHED)],
    ).fetchall()
    people = ", ".join(f"'{person}'" for person in (one, near, far))
    changed(
        home,
        engine,
        f"subject_token='{token}';state='unlinked'",
        f"entity IN ({people}) AND is_lookup AND hash(event_id) % 50 = 0",
    )
    met = related(in_cases([one, near, far], "gathered"), stored_of(small_bank, home, engine))
    # Of one branch they would meet its customers anyway; and without the night's own reason it is no more than chance.
    assert {(row.case_id, row.other_id, row.kind, row.shared) for row in met} == {
        ("C-2025-0001", "C-2025-0003", "gathered", 1),
        ("C-2025-0002", "C-2025-0003", "gathered", 1),
    }
    assert related(in_cases([one, near, far], "unlinked"), stored_of(small_bank, home, engine)) == []


def test_report_pages_mail_and_command_line_tell_the_matter_alike(
    small_bank: SmallBank, home: Home, engine: duckdb.DuckDBPyConnection, capfd: pytest.CaptureFixture[str]
) -> None:
    run, settings = small_bank.last, small_bank.settings
    people = colleagues(engine, stored_of(small_bank, home, engine))
    tokens = "md5(((epoch(occurred_at_local)::BIGINT % 40)::VARCHAR)) || md5('x')"
    ring = ", ".join(f"'{person}'" for person in people)
    changed(home, engine, f"subject_token={tokens};state='unlinked'", f"entity IN ({ring}) AND is_lookup")
    book = open_casebook(home, settings)
    with writing(book) as connection:
        for person in people:
            alert(connection, run, person)
    relate(home, settings, book, run)
    relate(home, settings, book, run)
    with book.connect() as connection:
        found = relations_of_run(connection, run.run_id)
        ids = [case.case_id for person in people for case in list_cases(connection, employee_id=person)]
    assert {side for one in found for side in (one.case_id, one.other_id)} == set(ids)
    [matter] = night_report(home, settings, book, run).matters
    assert matter.heading.en == "3 people, one matter"
    assert {row.employee_id for row in matter.cases} == set(people)
    page = write_night_report(home, settings, book, run)
    before = page.read_bytes()
    assert page.read_text(encoding="utf-8").count("3 people, one matter") == 1
    assert write_night_report(home, settings, book, run).read_bytes() == before
    write_dossiers(home, settings, book, run)
    own, *others = sorted(ids)
    dossier = (home.reports / "cases" / f"{own}.html").read_text(encoding="utf-8")
    assert all(f'href="{other}.html"' in dossier for other in others)
    told = news_since(home, settings, book, run.night)[-1]
    assert "Matters of several people: 1 (people: 3)." in text(told, with_ids=False)
    assert body(told, "")["matters"] == [{"people": 3, "case_ids": sorted(ids)}]
    book.dispose()
    capfd.readouterr()
    assert invoke(["--home", str(home.root), "cases", "list", "--json"]) == 0
    listed = {one["case_id"]: one for one in json.loads(capfd.readouterr().out)["cases"]}
    assert {listed[case_id]["matter"] for case_id in ids} == {own}
    assert {one["case_id"] for one in listed[own]["related"]} == set(others)
    assert invoke(["--home", str(home.root), "cases", "list"]) == 0
    assert f"One matter, 3 people: {', '.join(sorted(ids))}" in capfd.readouterr().out
    assert invoke(["--home", str(home.root), "cases", "show", own]) == 0
    assert f"One matter with {others[0]}" in capfd.readouterr().out
