"""``digestbot WORDS`` that kills itself (SIGKILL) at its N-th step: ``python -m tests.killed N WORDS``.

A step is whatever changes something outside of the process: a statement that writes, a commit, a few pages that are
copied, a file that is opened for writing, renamed or removed. With 0 it lives, and tells how many steps there were.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from digestbot.cli import main as command_line
from digestbot.store.database import sqlite_file

_FILE_EVENTS = {"os.rename", "os.remove", "os.mkdir", "os.link", "os.truncate", "shutil.copyfile"}
_PAGES_PER_STEP = 20
STEPS = "steps: "


class StepCounter:
    """The steps so far; the process dies at the last one."""

    def __init__(self, last: int) -> None:
        self.count, self._last = 0, last

    def step(self, *_: object) -> None:
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear_statement(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN", "SHOW")):
            self.step()

    def hear_system(self, name: str, given: tuple[Any, ...]) -> None:
        writes = name == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        if name in _FILE_EVENTS or (writes and given[0] != os.devnull):
            self.step()


def main() -> None:
    counter = StepCounter(int(sys.argv.pop(1)))
    copy_pages = sqlite_file.copy_pages

    def copy_pages_in_steps(source: Any, target: Any, doing: str, progress: sqlite_file.FileProgress) -> None:
        def step_and_tell(doing: str, done: int, total: int) -> None:
            counter.step()
            progress(doing, done, total)

        copy_pages(source, target, doing, step_and_tell)

    sqlite_file._PAGES_PER_STEP = _PAGES_PER_STEP
    sqlite_file.copy_pages = copy_pages_in_steps
    event.listen(Engine, "before_cursor_execute", counter.hear_statement)
    event.listen(Engine, "commit", counter.step)
    sys.addaudithook(counter.hear_system)
    try:
        command_line.main()
    finally:
        sys.stderr.write(f"{STEPS}{counter.count}\n")


if __name__ == "__main__":
    main()
