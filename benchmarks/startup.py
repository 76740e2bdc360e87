"""How soon ``digestbot --help`` is there, and what an idle ``digestbot run`` holds in memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.claim import Claim, report_claims

ROUNDS = 7


def measure_wall_time(*words: str) -> float:
    """The shortest of some runs, in seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return min(times)


def measure_memory(*words: str, folder: str) -> float:
    """The process's resident memory after three seconds, in MB."""
    environment = os.environ | {
        "DIGESTBOT_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/idle.db",
        "DIGESTBOT_POLL_SECONDS": "0.5",
        "DIGESTBOT_ANNOUNCEMENTS__ENABLED": "false",  # a measurement asks no archive
    }
    process = subprocess.Popen([sys.executable, *words], env=environment, stderr=subprocess.DEVNULL)
    try:
        time.sleep(3)
        status = Path(f"/proc/{process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1000
    finally:
        process.terminate()
        process.wait(timeout=20)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        idle = measure_memory("-m", "digestbot", "run", folder=folder)
        bare = measure_memory("-c", "import time; time.sleep(30)", folder=folder)
    report_claims(
        Claim(
            "digestbot --help",
            measure_wall_time("-m", "digestbot", "--help"),
            "s",
            "python -c 'import typer'",
            measure_wall_time("-c", "import typer"),
            goal=0.5,
        ),
        Claim("resident memory of an idle run", idle, "MB", "a bare Python", bare, goal=120),
    )


if __name__ == "__main__":
    main()
