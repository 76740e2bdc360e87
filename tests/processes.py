"""Processes of the bot that start at once: forked from one process that has done once what each would do again.

Importing takes a process two to five seconds of CPU, and compiling its SQL half a second; both give the same each time.
All that a process is given (words,
files, environment, folder) and all that comes of it (output, exit code, signals) is what it is in a shell. What is
about starting itself is tested with ``python -m digestbot``.
"""

from __future__ import annotations

import asyncio
import atexit
import ctypes
import gc
import importlib
import io
import json
import os
import random
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import redirect_stdout, suppress
from functools import cache
from pathlib import Path

from digestbot.app import open_app
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.pages.fetch import PageFetcher, find_pages
from digestbot.pages.load import PageLoader
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store import Database
from digestbot.store.upkeep.migrate import migrate
from tests.compiled_statements import share_compiled_statements
from tests.fakes import ManualClock, RecordingPlatform
from tests.migrated_files import begin_migrated
from tests.places import OFFLINE, ROOT, SAMPLES
from tests.waiting import HANG_SECONDS, block_until, wait_until

_IMPORTED_MODULES = (
    "aiosqlite",
    "asyncpg",
    "benchmarks.claim",
    "digestbot.builder.build_digest",
    "digestbot.builder.sources.collector",
    "digestbot.builder.models.model_writer",
    "digestbot.builder.texts.paper_reader",
    "digestbot.cli.main",
    "digestbot.cli.tables",
    "digestbot.doctor",
    "digestbot.pages.export",
    "digestbot.pages.load",
    "digestbot.platforms.discord.adapter",
    "digestbot.platforms.telegram.adapter",
    "digestbot.service",
    "digestbot.store.upkeep.copy",
    "digestbot.store.upkeep.restore",
    "digestbot.web.render",
    "rich.progress",
    "tests.builder.archive",
    "tests.builder.endpoint",
    "tests.platforms.discord.api.server",
    "tests.platforms.process",
    "tests.platforms.telegram.botapi.server",
    "tests.postgresql",
)
_COMMAND = "digestbot"
_MIGRATING, _KILLED = ["db", "migrate"], "tests.killed"
"""What migrates for its own sake, and what is killed at each of its steps."""
_COMMON_COMMANDS = (
    *("/start", "/topics", "/subscribe protein-design 10:00", "/subscribe climate-emulation instant", "/subscriptions"),
    *("/settings time 09:00", "/latest protein-design", "/paper 2611.00001", "/search protein", "/saved", "/pause"),
    *("/resume", "/unsubscribe climate-emulation"),
)
_REQUEST_BYTES = 1 << 17
_CODE_BYTES = 4
_PR_SET_PDEATHSIG = 1
"""linux/prctl.h."""


class ForkedProcess:
    """A process that was forked, with the names of :class:`asyncio.subprocess.Process`."""

    def __init__(self, pid: int, status: socket.socket) -> None:
        self.pid = pid
        self._status = status
        self._code: int | None = None

    @property
    def returncode(self) -> int | None:
        """The exit code, or the signal that ended it with a minus; ``None`` while it runs."""
        if self._code is None:
            with suppress(BlockingIOError):
                told = self._status.recv(_CODE_BYTES, socket.MSG_DONTWAIT)
                self._code = int.from_bytes(told, "big", signed=True) if told else -signal.SIGKILL
                self._status.close()
        return self._code

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

    def block(self) -> int:
        """Wait where no loop runs. It is killed when it hangs."""
        try:
            block_until(lambda: self.returncode is not None)
        finally:
            self.kill()
        return self.returncode or 0


def start_process(
    *words: str,
    folder: Path,
    environment: Mapping[str, str],
    module: str = _COMMAND,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
) -> ForkedProcess:
    """Start ``digestbot WORDS``, or another module; files are open descriptors, and none is :data:`os.devnull`."""
    return _server().start(
        {"words": words, "folder": str(folder), "environment": dict(environment), "module": module},
        (stdin, stdout, stderr),
    )


@cache
def _server() -> _ForkServer:
    server = _ForkServer()
    atexit.register(server.close)
    return server


class _ForkServer:
    """The process that forks, as the one that asks sees it."""

    def __init__(self) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith("DIGESTBOT_")}
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=own | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._requests.settimeout(HANG_SECONDS)

    def start(self, request: dict[str, object], files: tuple[int | None, ...]) -> ForkedProcess:
        ours, theirs = socket.socketpair()
        nothing = os.open(os.devnull, os.O_RDWR)
        try:
            given = [nothing if file is None else file for file in files]
            socket.send_fds(self._requests, [json.dumps(request).encode()], [*given, theirs.fileno()])
            pid = int(self._requests.recv(_REQUEST_BYTES))
        finally:
            os.close(nothing)
            theirs.close()
        return ForkedProcess(pid, ours)

    def close(self) -> None:
        self._requests.close()
        self._process.wait()


def main() -> None:
    """Fork for each request; the forked process becomes what was asked for, and ends as any other."""
    gc.disable()  # nothing of what follows is garbage
    for name in _IMPORTED_MODULES:
        importlib.import_module(name)
    share_compiled_statements()
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        asyncio.run(_migrate_file(Path(folder) / "a.db"))
        template = (Path(folder) / "a.db").read_bytes()
        asyncio.run(_compile_statements(Path(folder)))
    gc.collect()
    gc.freeze()
    gc.enable()
    requests = socket.socket(fileno=int(sys.argv[1]))
    statuses: dict[int, socket.socket] = {}
    signal.signal(signal.SIGCHLD, lambda *_: _tell_ends(statuses))
    while True:
        told, files, *_ = socket.recv_fds(requests, _REQUEST_BYTES, 4)
        if not told:
            return
        status = socket.socket(fileno=files.pop())
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        pid = os.fork()
        if not pid:
            requests.close()
            status.close()
            for other in statuses.values():
                other.close()
            asked = json.loads(told)
            if asked["module"] != _KILLED and asked["words"][:2] != _MIGRATING:
                begin_migrated(template)
            _become(files=files, **asked)
            return
        statuses[pid] = status
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        for file in files:
            os.close(file)
        requests.send(str(pid).encode())


async def _migrate_file(file: Path) -> None:
    database = Database(build_sqlite_url(file))
    await migrate(database)
    await database.close()


async def _compile_statements(folder: Path) -> None:
    """Do what the bot does on most days, so that its SQL is compiled: load pages, answer commands, deliver."""
    settings = load_settings(database_url=build_sqlite_url(folder / "a.db"), delivery_jitter_seconds=0)
    clock, address = ManualClock("2026-11-24 09:00"), Address("console", "a")
    async with open_app(settings, clock) as app, PageFetcher(1_000_000) as fetcher:
        await PageLoader(app.store, clock, fetcher).load(find_pages([str(SAMPLES)]), lambda _: None)
        for line in _COMMON_COMMANDS:
            await app.dispatcher.handle_message(IncomingMessage(address, line))
            clock.advance(hours=1)
        await app.build_delivery_service([RecordingPlatform()]).run_cycle()


def _tell_ends(statuses: dict[int, socket.socket]) -> None:
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            with statuses.pop(ended[0]) as status, suppress(BrokenPipeError):
                status.send(os.waitstatus_to_exitcode(ended[1]).to_bytes(_CODE_BYTES, "big", signed=True))


def _become(words: list[str], folder: str, environment: dict[str, str], module: str, files: list[int]) -> None:
    """Be what a shell starts: words, environment, folder, the three files, and signals as they are at first.

    When the tests are killed, the server ends, and Linux ends this process with it: some tests hang on purpose.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # to the end of the process
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  # to the end of the process
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115  # to the end of the process
    os.environ.clear()
    os.environ.update(environment)
    for name, value in OFFLINE.items():
        os.environ.setdefault(name, value)
    time.tzset()
    os.chdir(folder)
    random.seed()
    sys.argv = [module, *words]
    sys.modules["__main__"].__package__ = None  # or the usage would name this module
    try:
        if module == _COMMAND:
            importlib.import_module("digestbot.cli.main").main()
        else:
            sys.modules.pop(module, None)
            runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        _skip_teardown(ended.code)
        raise
    _skip_teardown(0)


def _skip_teardown(code: object) -> None:
    """Let the process end without taking all modules apart, which costs as much as all else that a command does."""
    if "coverage" not in sys.modules and (code is None or isinstance(code, int)):
        atexit.register(_end_at_once, code or 0)  # threads are waited for before this


def _end_at_once(code: int) -> None:
    with suppress(OSError):  # a reader that has gone: the interpreter says so
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
