"""The pages say what the program does: each is compared with what it describes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from pipeline.cli.main import root
from pipeline.cli.page import cli_page
from pipeline.errors import ExitCode

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "sample_logs").glob("*.md")])


def table_rows(page: Path, columns: int) -> list[list[str]]:
    rows = [
        line.strip("| ").split(" | ")
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    return [row for row in rows if len(row) >= columns and not set(row[0]) <= set("-| ")]


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~; ]", text, maxsplit=1)[0] for text in requirements}


def test_the_page_of_the_command_line_is_current():
    written = (DOCS / "cli.md").read_text(encoding="utf-8")
    assert written == cli_page(), "refresh it: python -m pipeline.cli.page > docs/cli.md"


def test_the_page_of_exit_codes_lists_each_with_its_name():
    rows = {row[0]: row[1].strip("`") for row in table_rows(DOCS / "exit-codes.md", 4) if row[0].isdigit()}
    assert rows == {str(code.value): code.name for code in ExitCode}


def test_every_dependency_has_a_reason_and_every_reason_a_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = names(project["project"]["dependencies"])
    for group in (
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ):
        declared |= names(group)
    reasons = {row[0]: row[1] for row in table_rows(DOCS / "dependencies.md", 2) if row[0] != "package"}
    assert set(reasons) == declared
    assert all(len(reason.split()) >= 3 for reason in reasons.values())


def test_every_dependency_is_fixed_with_a_hash_and_without_an_address():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for file, wanted in (
        (
            "runtime.txt",
            names(project["project"]["dependencies"]) | names(project["dependency-groups"]["build"]),
        ),
        ("dev.txt", names(project["dependency-groups"]["dev"])),
    ):
        text = (ROOT / "constraints" / file).read_text(encoding="utf-8")
        pins = re.split(r"\n(?=[a-z0-9])", text)
        fixed = {pin.partition("==")[0] for pin in pins if "--hash=sha256:" in pin}
        assert wanted <= fixed, file
        assert "://" not in text
        assert " @ " not in text


def test_the_changelog_keeps_to_its_form():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.startswith("# Changelog\n")
    releases = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert releases[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", release) for release in releases[1:])
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_inside_the_project_leads_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    lost = [
        target
        for target in targets
        if target and "://" not in target and not (page.parent / target).resolve().exists()
    ]
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_that_a_page_shows_exists(page):
    for block in re.findall(
        r"```(?:bash|sh|console|text)?\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL
    ):
        for line in block.splitlines():
            words = re.sub(r"^\s*\$\s*", "", line).split()
            if words[:1] == ["tellerwatch"]:
                assert is_command(words[1:]), f"{page.name}: {line}"


def is_command(words: list[str]) -> bool:
    """Whether the words, options aside, begin with a command and, in a group, one of its sub-commands."""
    command: click.Command = root
    context = click.Context(root, info_name="tellerwatch")
    position = 0
    while isinstance(command, click.Group) and position < len(words):
        word = words[position]
        if word in {"--home", "--log-format"}:
            position += 2
            continue
        position += 1
        if word.startswith("-"):
            continue
        found = command.get_command(context, word)
        if found is None:
            return False
        command = found
    return True


def test_every_make_target_that_a_page_shows_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        shown = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
        assert shown <= targets, page.name
