"""What the kernel says of a process of the tests."""

from __future__ import annotations

from pathlib import Path

_STOPPED = "TtZ"
_ASLEEP = "S"


def is_stopped(pid: int) -> bool:
    """Whether a process stands still or is gone: a signal to stop takes effect a moment after it was sent."""
    return _read_state(pid) in _STOPPED


def is_asleep(pid: int) -> bool:
    """Whether a process waits for something from outside.

    A signal that comes just before Python begins to read a terminal is looked at when the reading ends: send it after.
    """
    return _read_state(pid) == _ASLEEP


def is_running(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    return _read_state(pid) != "Z"


def _read_state(pid: int) -> str:
    """One letter of proc(5); Z where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
