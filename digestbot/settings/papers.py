"""Settings of what people have done with single papers."""

from __future__ import annotations

from pydantic import BaseModel, Field

from digestbot.settings.plain_values import PlainSettings


class PaperSettings(PlainSettings, BaseModel, extra="forbid"):
    """Quotas: how many summaries and questions, counted together, a person and a chat may ask for a day; 0 for none."""

    person_limit: int = Field(default=5, ge=0, le=100_000)
    chat_limit: int = Field(default=20, ge=0, le=100_000)
