"""What makes the bank and what watches it share nothing but the contract."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMON = {"pipeline.contract", "pipeline.errors", "pipeline.home"}


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
    return {name for name in found if name.split(".")[0] in ("pipeline", "detectors", "reports")}


def test_the_simulation_knows_only_the_contract() -> None:
    for path in (ROOT / "pipeline/simulate").glob("*.py"):
        for name in _imports(path):
            assert (
                name.startswith("pipeline.simulate")
                or any(name.startswith(c) for c in COMMON)
                or name == "pipeline"
            ), f"{path.name} imports {name}"


def test_nothing_that_measures_or_detects_knows_the_simulation() -> None:
    rooms = [
        ROOT / "detectors",
        ROOT / "pipeline/evidence",
        ROOT / "pipeline/features",
        ROOT / "pipeline/lake",
        ROOT / "pipeline/intake",
    ]
    files = [path for room in rooms for path in room.rglob("*.py")]
    assert files
    for path in files:
        assert not [name for name in _imports(path) if "simulate" in name], path
