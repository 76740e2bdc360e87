"""Settings of the harvest of arXiv's announcements."""

from __future__ import annotations

from pydantic import BaseModel, Field, field_validator

from digestbot.domain.arxiv.archives import ARCHIVES
from digestbot.settings.plain_values import PlainSettings


class AnnouncementSettings(PlainSettings, BaseModel, extra="forbid"):
    """Which of arXiv's announcements are harvested: of these archives, and of those that a follow names.

    ``retention_days`` is how long papers are kept that no digest shows and nobody saved. ``summaries`` is how many of a
    day's papers a model summarises unasked, those that most chats receive; 0 for none.
    """

    enabled: bool = True
    archives: list[str] = list(ARCHIVES)
    retention_days: int = Field(default=400, ge=30, le=36_500)
    summaries: int = Field(default=50, ge=0, le=1_000)

    @field_validator("archives")
    @classmethod
    def _check_archives(cls, value: list[str]) -> list[str]:
        unknown = next((name for name in value if name not in ARCHIVES), None)
        if unknown is not None:
            raise ValueError(f"“{unknown}” is no archive of arXiv: they are {', '.join(ARCHIVES)}")
        return list(dict.fromkeys(value))
