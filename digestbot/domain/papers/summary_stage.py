"""How far the summary of a paper is."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class SummaryStage(StrEnum):
    """What is being done for a summary, in order; after a check it may be written again."""

    READING = "reading"
    WRITING = "writing"
    CHECKING = "checking"


StageListener = Callable[[SummaryStage], None]
"""Called when a stage begins."""


def ignore_stage(stage: SummaryStage) -> None:
    """Nobody waits."""
