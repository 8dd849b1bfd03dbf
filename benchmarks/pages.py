"""What the two great pages cost: size, processor time beside a plain table of the same rows, and whether they come out the same twice.

    python -m benchmarks.pages

The overview of a bank of 10,000 staff and a dossier of 5,000 look-ups. The budgets: 1 MB and 600 kB, half a
second each, the same bytes. The rival is the least that any page of these rows would need: one escaped Jinja table
without charts, languages or sums. Only the ratio travels from one machine to another.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from jinja2 import Environment

from reports import document as d
from reports.render import render_dossier, render_night
from tests.reports import factories
from tests.reports.made_large import large_night

NIGHT_BYTES, DOSSIER_BYTES = 1_000_000, 600_000
SECONDS = 0.5
LOOKUPS = 5_000
TIMES = 7
_TABLE = (
    "<!DOCTYPE html><table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>\n"
    "{% endfor %}</table>"
)


def least(draw: Callable[[], str]) -> float:
    """Processor seconds of the quickest of several drawings: others on the machine only ever add."""
    taken = []
    for _ in range(TIMES):
        began = time.process_time()
        draw()
        taken.append(time.process_time() - began)
    return min(taken)


def plain_table(rows: Sequence[Sequence[object]]) -> str:
    """Draw the rows and nothing else."""
    return Environment(autoescape=True).from_string(_TABLE).render(rows=rows)


def rows_of(parts: Sequence[d.Part]) -> list[list[object]]:
    """Take the fields of documents' parts as the cells of a table."""
    return [list(part.model_dump().values()) for part in parts]


def main() -> int:
    """Measure both pages; 1 where a size or the sameness is broken."""
    night, dossier = large_night(), factories.dossier(evidence_rows=LOOKUPS)
    held = True
    for name, draw, limit, rows in (
        (
            "overview, 10,000 staff",
            partial(render_night, night),
            NIGHT_BYTES,
            rows_of([*night.cases, *night.watch, *night.clocks, *night.population.branches]),
        ),
        (
            "dossier, 5,000 look-ups",
            partial(render_dossier, dossier),
            DOSSIER_BYTES,
            rows_of(dossier.lookups),
        ),
    ):
        page = draw()
        same = page == draw()
        size = len(page.encode())
        ours, rival = least(draw), least(partial(plain_table, rows))
        held &= same and size < limit
        print(
            f"{name}: {size:,} bytes of {limit:,}; {ours:.3f} s of processor (budget {SECONDS} s), "
            f"plain table of its {len(rows):,} rows {rival:.3f} s ({ours / rival:.1f} times); "
            f"{'the same' if same else 'NOT the same'} twice"
        )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
