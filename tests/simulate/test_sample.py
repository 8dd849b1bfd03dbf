"""`sample_logs/` is what its command makes, small enough, and tells the story that its page tells."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.simulate import write
from pipeline.simulate.sample import CAST, sample_bank

SAMPLE = Path(__file__).parents[2] / "sample_logs"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "bank"
    write(sample_bank(), out)
    return out


def test_the_command_makes_the_committed_bytes(made: Path) -> None:
    new = {p.relative_to(made): p.read_bytes() for p in made.rglob("*.csv")}
    old = {p.relative_to(SAMPLE): p.read_bytes() for p in SAMPLE.rglob("*.csv")}
    assert sorted(new) == sorted(old)
    assert [name for name in new if new[name] != old[name]] == []


def test_it_stays_below_ten_megabytes() -> None:
    assert sum(p.stat().st_size for p in SAMPLE.rglob("*") if p.is_file()) < 10_000_000


def test_the_page_names_the_leakers_and_counts_their_lookups() -> None:
    page = (SAMPLE / "README.md").read_text(encoding="utf-8")
    truth = pd.read_csv(SAMPLE / "truth/truth.csv")
    events = pd.read_csv(SAMPLE / "truth/truth_events.csv")
    staff = pd.read_csv(SAMPLE / "employees.csv").set_index("employee_id")["name"]
    for row in truth.itertuples():
        assert staff[row.employee_id] == CAST[row.scenario]
        line = next(text for text in page.splitlines() if f"**{CAST[row.scenario]}**" in text)
        assert row.employee_id in line
        assert line.endswith(f"| {(events['employee_id'] == row.employee_id).sum()} |")


def test_ding_sells_three_or_four_a_day_in_working_hours() -> None:
    events = pd.read_csv(SAMPLE / "truth/truth_events.csv").query("scenario == 'to_order'")
    assert 2.5 < events.groupby(events["occurred_at"].str[:10]).size().mean() < 4
    assert events["occurred_at"].str[11:13].astype(int).between(8, 18).mean() > 0.95
