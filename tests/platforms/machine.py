"""The machine that the bot runs on in tests: its database, its settings, and its processes."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from digestbot.settings import build_sqlite_url
from tests.places import OFFLINE, ROOT
from tests.processes import ForkedProcess, start_process
from tests.waiting import HANG_SECONDS, wait_until

_BOT = ".venv/bin/digestbot "


class BotMachine:
    """Where the bot runs: its database, its settings, and its process."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self._folder = folder
        self._started: list[asyncio.subprocess.Process | ForkedProcess] = []
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("DIGESTBOT_")} | {
            "DIGESTBOT_DATABASE_URL": build_sqlite_url(folder / "week.db"),
            "DIGESTBOT_POLL_SECONDS": "0.1",
            "DIGESTBOT_DELIVERY_JITTER_SECONDS": "0",
            "PYTHONPATH": str(ROOT),
            **OFFLINE,
            **settings,
        }
        self.log = folder / "log"

    async def start_process(self, *words: str, module: str = "digestbot") -> ForkedProcess:
        with self.log.open("ab") as log:
            process = start_process(
                *words,
                module=module,
                folder=self._folder,
                environment=self.env,
                stdout=log.fileno(),
                stderr=log.fileno(),
            )
        self._started.append(process)
        return process

    async def follow_readme(self, word: str, placeholder: str, token: str) -> asyncio.subprocess.Process:
        """Type the README's commands for a platform, with a token; the bot that the last one starts."""
        blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
        (block,) = [block for block in blocks if word in block]
        *before, last = [line.strip() for line in block.strip().splitlines()]
        for name in (".venv", "digestbot"):
            (self._folder / name).symlink_to(ROOT / name)
        env = {name: value for name, value in self.env.items() if not name.endswith(("__TOKEN", "PYTHONPATH"))}
        for line in before:
            command = line.replace(placeholder, token)
            if command.startswith(_BOT):  # the last line starts it as a shell does; the others need not import it all
                words = shlex.split(command.removeprefix(_BOT))
                code = await start_process(*words, folder=self._folder, environment=env).wait()
            else:
                shell = await asyncio.create_subprocess_shell(command, cwd=self._folder, env=env, stdout=-3)
                code = await asyncio.wait_for(shell.wait(), HANG_SECONDS)
            assert code == 0, line
        running = await asyncio.create_subprocess_exec(*last.split(), cwd=self._folder, env=env, stderr=-3)
        self._started.append(running)
        return running

    async def stop_processes(self) -> None:
        """End what a failed test left running."""
        for process in self._started:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def has_sent_all(self) -> None:
        """Wait until nothing is due, or on its way."""
        with closing(sqlite3.connect(self._folder / "week.db")) as connection:
            count = "SELECT count(*) FROM outbox WHERE state IN ('due', 'sending')"
            await wait_until(lambda: connection.execute(count).fetchone() == (0,))

    async def wait_for_publications(self, count: int) -> None:
        """Wait until so many posts are still to be published, and nobody is at it."""
        now_or_later = (
            "SELECT count(*) FROM publications WHERE julianday(available_at) > julianday(created_at, '+5 minutes')"
        )
        kept = "SELECT count(*) FROM publications" if count == 0 else now_or_later
        with closing(sqlite3.connect(self._folder / "week.db")) as connection:
            await wait_until(lambda: connection.execute(kept).fetchone() == (count,))

    def read_states(self) -> list[str]:
        """The states of all deliveries."""
        with closing(sqlite3.connect(self._folder / "week.db")) as connection:
            return [state for (state,) in connection.execute("SELECT state FROM outbox ORDER BY id")]

    async def load_page(self, page: Path) -> None:
        done = await self.start_process("load", str(page))
        assert await asyncio.wait_for(done.wait(), HANG_SECONDS) == 0, self.log.read_text()

    @asynccontextmanager
    async def run_bot(self, moment: str) -> AsyncIterator[ForkedProcess]:
        """The bot from that moment in UTC on; ended in order, unless the test killed it."""
        process = await self.start_process(moment, module="tests.platforms.process")
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 0, self.log.read_text()
