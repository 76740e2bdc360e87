"""Commands as they are typed, each in a process of its own that is forked from one which has imported the bot.

Importing takes a process one to five seconds of CPU, and gives the same each time. All that a command is given (words,
input, environment, folder) and all that comes of it (output, errors, exit code) is what it is in a shell. What is about
starting, signals, pipes or a terminal is tested with ``python -m digestbot``.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from functools import cache
from pathlib import Path

from tests.waiting import HANG_SECONDS

ROOT = Path(__file__).resolve().parents[1]
_IMPORTED = (
    "digestbot.builder.build_digest",
    "digestbot.builder.collector",
    "digestbot.builder.model_writer",
    "digestbot.builder.paper_reader",
    "digestbot.cli.tables",
    "digestbot.cli.main",
    "digestbot.doctor",
    "digestbot.platforms.discord",
    "digestbot.platforms.telegram",
    "digestbot.service",
    "digestbot.pages.export",
    "digestbot.pages.load",
    "digestbot.store.copy",
    "digestbot.web.render",
    "aiosqlite",
    "rich.progress",
)


def typed(*words: str, folder: Path, environment: dict[str, str], said: str = "") -> subprocess.CompletedProcess[str]:
    """Type ``digestbot WORDS`` in a folder, with something piped in; what came of it."""
    with tempfile.TemporaryDirectory(prefix="typed-") as place:
        files = [Path(place) / name for name in ("in", "out", "err")]
        files[0].write_text(said, "utf-8")
        for file in files[1:]:
            file.touch()
        request = {"words": words, "folder": str(folder), "environment": environment, "files": [*map(str, files)]}
        code = _parent().asks(json.dumps(request))
        out, err = (file.read_text("utf-8") for file in files[1:])
    return subprocess.CompletedProcess(["digestbot", *words], code, out, err)


@cache
def _parent() -> _Parent:
    parent = _Parent()
    atexit.register(parent.ends)
    return parent


class _Parent:
    """The process that forks: it has a line for each command, and answers with the exit code."""

    def __init__(self) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith("DIGESTBOT_")}
        command = [sys.executable, "-m", "tests.typed"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=own, stdin=-1, stdout=-1, text=True, start_new_session=True
        )
        self._one_at_a_time = threading.Lock()

    def asks(self, line: str) -> int:
        assert self._process.stdin
        assert self._process.stdout
        with self._one_at_a_time:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
            if not select.select([self._process.stdout], [], [], HANG_SECONDS)[0]:
                os.killpg(self._process.pid, signal.SIGKILL)
                raise TimeoutError(line)
            return int(self._process.stdout.readline())

    def ends(self) -> None:
        self._process.communicate()


def main() -> None:
    """Fork for each line of standard input; the command ends the forked process as it ends any other."""
    for name in _IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _become(**json.loads(line))
            importlib.import_module("digestbot.cli.main").main()
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(words: list[str], folder: str, environment: dict[str, str], files: list[str]) -> None:
    """Be what a shell starts: words, environment, folder, and the three files."""
    for number, file in enumerate(files):
        opened = os.open(file, os.O_WRONLY if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # to the end of the process
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  # to the end of the process
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115  # to the end of the process
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    sys.argv = ["digestbot", *words]
    sys.modules["__main__"].__package__ = None  # or the usage would name this module


if __name__ == "__main__":
    main()
