"""``make bench``: every script, and a table of what they claim."""

from __future__ import annotations

import json
import subprocess
import sys

from rich.console import Console
from rich.table import Table

SCRIPTS = (
    "startup",
    "oneshot",
    "load",
    "search",
    "related",
    "telegram",
    "discord",
    "planning",
    "delivery",
    "failover",
    "build",
    "harvest",
    "follows",
    "following",
    "lookups",
    "pdf",
    "quality",
    "answers",
    "questions",
)


def main() -> None:
    table = Table("claim", "figure", "yardstick", "ratio", "goal", "holds")
    failed = False
    for script in SCRIPTS:
        print(f"benchmarks/{script}.py …", file=sys.stderr)
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{script}"], stdout=subprocess.PIPE, text=True, check=False
        )
        failed = failed or done.returncode != 0
        for line in done.stdout.splitlines():
            print(line)
            c = json.loads(line)
            own, other = (
                _format_figure(c["figure"], c["unit"]),
                f"{c['yardstick']}: {_format_figure(c['yardstick_figure'], c['unit'])}",
            )
            table.add_row(c["claim"], own, other, f"{c['ratio']:g}", c["goal"], "yes" if c["holds"] else "NO")
    Console(markup=False).print(table)
    sys.exit(failed)


def _format_figure(figure: float, unit: str) -> str:
    return f"{figure:,.0f} {unit}" if figure >= 1000 else f"{figure:.3g} {unit}"


if __name__ == "__main__":
    main()
