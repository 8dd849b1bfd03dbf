"""The house rules that no other tool checks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("pipeline", "detectors", "reports")
LONGEST_FILE = 400
LARGEST_PAGE_BYTES = 2_000_000
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "stuff"}
BINARY = {".png", ".parquet", ".gz", ".zst", ".xlsx", ".woff2", ".sqlite", ".pdf", ".ico", ".whl"}
MAY_CATCH_ALL = {"pipeline/cli/main.py", "pipeline/nightly/run.py"}


@cache
def tracked() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip("no git checkout")
    return [path for name in done.stdout.splitlines() if (path := ROOT / name).is_file()]


@cache
def text_files() -> list[tuple[str, str]]:
    return [
        (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8", errors="replace"))
        for path in tracked()
        if path.suffix not in BINARY
        and path.stat().st_size < LARGEST_PAGE_BYTES
        and not path.is_relative_to(ROOT / "sample_logs")
    ]


@cache
def modules(*folders: str) -> list[tuple[str, ast.Module, str]]:
    found = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            found.append((path.relative_to(ROOT).as_posix(), ast.parse(text), text))
    return found


def offences(pattern: str, flags: int = 0) -> list[str]:
    """Places where a pattern stands; the test's own page, which has to name it, is left out."""
    compiled = re.compile(pattern, flags)
    return [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in text_files()
        if name not in {"tests/test_conventions.py", "LICENSE"}
        for number, line in enumerate(text.splitlines(), 1)
        if compiled.search(line)
    ]


def test_no_file_is_longer_than_a_reader_can_hold():
    long = {
        name: count
        for name, _, text in modules(*PACKAGES, "tests", "benchmarks")
        if (count := len(text.splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_every_module_says_what_it_is_for():
    assert [
        name for name, tree, text in modules(*PACKAGES) if text.strip() and not ast.get_docstring(tree)
    ] == []


def test_no_module_has_a_name_that_says_nothing():
    named = [path for path in tracked() if path.suffix == ".py" and EMPTY_NAMES & set(path.stem.split("_"))]
    assert named == []


def test_no_work_is_left_as_a_note():
    assert offences(r"\b(TODO|FIXME|XXX|HACK)\b") == []


def test_no_page_knows_the_machine_it_was_written_on():
    assert offences(r"(?<![\w.])/(work|root)/|/home/\w+/|\.pyenv") == []


def test_no_page_names_a_package_registry():
    hosts = (
        r"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org|--(extra-)?index-url|find-links [/h]"
    )
    assert [place for place in offences(hosts) if "--no-emit" not in place] == []


def test_the_project_speaks_of_itself_alone():
    assert offences(r"\b(AI|LLM|GPT|Claude|Anthropic|OpenAI|Copilot)\b") == []


def test_every_exemption_of_the_type_checker_gives_its_code_and_reason():
    assert offences(r"#\s*type:\s*ignore(?!\[[a-z-, ]+\]\s+#\s*\w)") == []


def test_every_exemption_of_the_linter_names_its_rule():
    assert offences(r"#\s*noqa(?!: [A-Z]+\d+)") == []


def test_only_the_top_of_the_command_line_and_of_the_night_catch_everything():
    catching = {
        name
        for name, tree, _ in modules(*PACKAGES)
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    }
    assert catching <= MAY_CATCH_ALL


def test_no_test_copies_a_home_in_its_own_process():
    """It drops the locks of a casebook that is open here: see `tests.homes.copied`."""
    allowed = {"test_conventions.py"}
    found = [path for path in sorted((ROOT / "tests").rglob("*.py")) if "copytree(" in path.read_text()]
    assert [path.name for path in found if path.name not in allowed] == []


def test_only_the_clock_asks_what_time_it_is():
    asking = [
        f"{name}:{node.lineno}"
        for name, tree, _ in modules(*PACKAGES)
        if name != "pipeline/clock.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "today", "utcnow"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    ]
    assert asking == []


def test_the_detectors_know_no_file_database_configuration_or_clock():
    closed = {
        "pathlib",
        "os",
        "io",
        "sqlite3",
        "sqlalchemy",
        "duckdb",
        "ibis",
        "pandas",
        "pydantic",
        "jinja2",
        "time",
    }
    assert imported("detectors") & closed == set()


def test_the_reports_query_and_compute_nothing():
    closed = {"sqlalchemy", "duckdb", "ibis", "pandas", "numpy", "pyod", "sqlite3"}
    assert imported("reports") & closed == set()


def imported(package: str) -> set[str]:
    names = set()
    for _, tree, _ in modules(package):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names


def test_imports_go_one_way():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout
