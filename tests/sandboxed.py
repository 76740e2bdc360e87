"""What tests have done in the sandbox. It imports little, since every worker imports it anew."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from digestbot.errors import PageError, SettingsError, SourceError


def tell_process() -> tuple[int, int]:
    """The process and the one that forked it."""
    return os.getpid(), os.getppid()


def tell_secrets() -> list[str]:
    return [name for name in os.environ if name.startswith("DIGESTBOT_")]


def hang() -> None:
    time.sleep(3_600)


def spin() -> None:
    while True:
        pass


def fill_memory() -> int:
    return len(bytearray(4_000_000_000))


def write_file(path: str) -> None:
    Path(path).write_bytes(b"x" * 10_000)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def answer_half() -> None:
    """Write what looks like the beginning of a long answer, and end."""
    os.write(1, (1_000).to_bytes(8, "big") + b"[")
    os._exit(1)


def answer_endlessly() -> None:
    os.write(1, (1 << 40).to_bytes(8, "big"))
    os._exit(1)


def answer_nonsense() -> int:
    os.write(1, (8).to_bytes(8, "big") + b'["five"]')
    os._exit(0)


def forge_error() -> int:
    text = b'{"name": "BaseException", "words": ["exec"]}'
    os.write(1, len(text).to_bytes(8, "big") + text)
    os._exit(0)


def raise_error(kind: str) -> None:
    raise {"page": PageError("is not a page", 7), "source": SourceError("is gone"), "key": KeyError("a")}[kind]


def raise_settings_error() -> None:
    raise SettingsError("a setting")


def answer_too_much() -> bytes:
    return bytes(80_000_000)


def give_back(value: bytes) -> bytes:
    return value
