"""Bots that begin at once: a process that has loaded all there is to load, and divides itself for each of them.

To load it takes two seconds of work, and a crash test starts a bot many times. So what is killed is a bot at work, and
seldom one that still loads its modules.
"""

from __future__ import annotations

import json
import os
import random
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from tests.places import ROOT
from tests.waiting import wait_until

_LOADED = (
    "digestbot.platforms.telegram.outgoing.message",
    "digestbot.platforms.discord.outgoing.message",
    "asyncpg",
    "aiosqlite",
)


class Child:
    """A process that the nursery started."""

    def __init__(self, pid: int, status: Path) -> None:
        self.pid = pid
        self._status = status

    @property
    def returncode(self) -> int | None:
        """As a subprocess has it; ``None`` while it runs."""
        with suppress(FileNotFoundError):
            return int(self._status.read_text("utf-8"))
        return None

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    async def wait(self) -> int:
        await wait_until(lambda: self.returncode is not None)
        return self.returncode or 0


class Nursery:
    """Starts processes of one module, each with its words, environment and folder."""

    def __init__(self, module: str) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("DIGESTBOT_")}
        words = [sys.executable, "-m", __name__, module]
        own = env | {"PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(words, cwd=ROOT, env=own, stdin=-1, stdout=-1, text=True)
        self._numbers = iter(range(1_000_000))

    def starts(self, words: list[str], env: Mapping[str, str], folder: Path, log: Path) -> Child:
        """Start one."""
        status = folder / f"status-{next(self._numbers)}"
        asked = {"words": words, "env": dict(env), "folder": str(folder), "log": str(log), "status": str(status)}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Child(int(self._process.stdout.readline()), status)

    def close(self) -> None:
        """Start no more."""
        self._process.communicate()


def _main(module: str) -> None:
    for name in (*_LOADED, "digestbot.service", module):
        import_module(name)
    statuses: dict[int, Path] = {}

    def reap(*_: object) -> None:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                path = statuses[ended[0]]
                path.with_suffix(".part").write_text(str(os.waitstatus_to_exitcode(ended[1])), "utf-8")
                path.with_suffix(".part").rename(path)

    signal.signal(signal.SIGCHLD, reap)
    for line in sys.stdin:
        asked = json.loads(line)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            _become(module, asked)
            return
        statuses[pid] = Path(asked["status"])
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        print(pid, flush=True)


def _become(module: str, asked: dict[str, object]) -> None:
    """Be the process that was asked for."""
    os.chdir(str(asked["folder"]))
    os.environ.clear()
    os.environ.update(asked["env"])  # type: ignore[call-overload]
    log = os.open(str(asked["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(old, new)
    random.seed()
    sys.argv = [module, *asked["words"]]  # type: ignore[misc]
    sys.modules.pop(module, None)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main(sys.argv[1])
