"""Settings of what people have done with single papers."""

from __future__ import annotations

from pydantic import BaseModel, Field

from digestbot.settings.plain_values import PlainSettings


class PaperSettings(PlainSettings, BaseModel, extra="forbid"):
    """Quotas: how many summaries and questions, counted together, a person and a chat may ask for a day; 0 for none.

    ``lookup``: papers that are not stored are looked up where they are published: on arXiv by the addresses of the
    builder, and others at ``crossref`` and ``doi``.
    """

    lookup: bool = True
    crossref: str = Field(default="https://api.crossref.org", pattern="^https?://")
    doi: str = Field(default="https://doi.org", pattern="^https?://")
    person_limit: int = Field(default=5, ge=0, le=100_000)
    chat_limit: int = Field(default=20, ge=0, le=100_000)
