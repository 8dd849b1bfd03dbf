"""How long the command line takes to answer, warm: the median of several starts of a real process.

    .venv/bin/python benchmarks/cli.py [--home H] [--times 15] [-- COMMAND …]

Without a command it measures `--help`, `--version`, `doctor` and `config show`. The budget for `--help`
is 0.3 s. The first line is what the interpreter alone needs here: read the others against it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HELP_BUDGET_SECONDS = 0.3
DEFAULT_COMMANDS = (["--help"], ["--version"], ["config", "show"], ["doctor"])


def seconds(command: list[str], times: int, environment: dict[str, str]) -> float:
    """Median wall time of one command, after a first start that warms the caches."""
    taken = []
    for _ in range(times + 1):
        began = time.perf_counter()
        subprocess.run(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", help="a home to work on; a fresh one by default")
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("command", nargs="*", help="a command of tellerwatch, after --")
    arguments = parser.parse_args()
    program = str(Path(sys.executable).with_name("tellerwatch"))
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TELLERWATCH_HOME": arguments.home or folder}
        if not arguments.home:
            subprocess.run([program, "init", "-q"], env=environment, stdout=subprocess.DEVNULL, check=True)
        alone = seconds([sys.executable, "-c", "pass"], arguments.times, environment)
        print(f"{'python -c pass':<40} {alone:.3f} s")
        within = True
        for words in [arguments.command] if arguments.command else DEFAULT_COMMANDS:
            taken = seconds([program, *words], arguments.times, environment)
            print(f"{'tellerwatch ' + ' '.join(words):<40} {taken:.3f} s")
            within &= words != ["--help"] or taken <= HELP_BUDGET_SECONDS
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
