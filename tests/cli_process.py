"""Commands as they are typed: ``digestbot WORDS`` in a folder, and what came of it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.processes import start_process


def run_cli(
    *words: str, folder: Path, environment: dict[str, str], typed_input: str = ""
) -> subprocess.CompletedProcess[str]:
    """Type a command, with something piped in; it is waited for."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(typed_input.encode())
        given.seek(0)
        process = start_process(
            *words,
            folder=folder,
            environment=environment,
            stdin=given.fileno(),
            stdout=out.fileno(),
            stderr=err.fileno(),
        )
        code = process.block()
        told = []
        for file in (out, err):
            file.seek(0)
            told.append(file.read().decode())
    return subprocess.CompletedProcess(["digestbot", *words], code, *told)


def read_to_the_end(terminal: int) -> str:
    """All that a terminal shows until nobody writes to it any more."""
    seen = b""
    with suppress(OSError):  # Linux's way to say so
        while piece := os.read(terminal, 65536):
            seen += piece
    return seen.decode("utf-8", "replace")
