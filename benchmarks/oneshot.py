"""What a command that ends at once costs, beside importing the libraries that it uses and doing nothing.

Once as it is on a machine, and once where Python may write no bytecode, as in many containers.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.claim import Claim, report_claims

ROUNDS = 1 if os.environ.get("BENCH_SHORT") else 9
SAMPLES = Path(__file__).parents[1] / "digestbot" / "samples"
LIBRARIES = (
    "asyncio, typer, rich.console, structlog, platformdirs, pydantic_settings, dotenv.parser, tomllib, "
    "sqlalchemy.ext.asyncio, sqlalchemy.dialects.sqlite.aiosqlite, aiosqlite"
)
COMMANDS = {"export protein-design": "", "chat": "/topics\n", "deliveries": "", "doctor": ""}
"""Each command, and what is typed into it."""
MORE_LIBRARIES = {"chat": ", yaml", "doctor": ", filelock"}
"""What a command uses besides: chat answers in a language, and doctor looks whether a process holds the database."""


def measure_cpu_seconds(words: list[str], typed: str, environment: dict[str, str]) -> float:
    """The CPU that a process and its children took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], input=typed.encode(), env=environment, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure_pair(command: str, typed: str, environment: dict[str, str]) -> tuple[float, float]:
    """The least of some runs of a command and of its yardstick, by turns: what else runs meets both."""
    libraries = LIBRARIES + MORE_LIBRARIES.get(command, "")
    own, bare = [], []
    for _ in range(ROUNDS):
        own.append(measure_cpu_seconds(["-m", "digestbot", *command.split()], typed, environment))
        bare.append(measure_cpu_seconds(["-c", f"import {libraries}"], "", environment))
    return min(own), min(bare)


def main() -> None:
    claims = []
    with tempfile.TemporaryDirectory() as folder:
        written = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        written["DIGESTBOT_DATABASE_URL"] = f"sqlite+aiosqlite:///{folder}/oneshot.db"
        load = [sys.executable, "-m", "digestbot", "load", str(SAMPLES)]
        subprocess.run(load, env=written, check=True, capture_output=True)
        for environment, where in (
            (written, ""),
            (written | {"PYTHONDONTWRITEBYTECODE": "1"}, ", no bytecode written"),
        ):
            for command, typed in COMMANDS.items():
                own, bare = measure_pair(command, typed, environment)
                name = f"digestbot {command.split()[0]}{where}"
                claims.append(Claim(name, own, "CPU s", "its libraries, bare", bare, goal=1.25, of_ratio=True))
    report_claims(*claims)


if __name__ == "__main__":
    main()
