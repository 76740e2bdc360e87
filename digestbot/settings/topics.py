"""Settings of a topic."""

from __future__ import annotations

import re
from datetime import time as Time  # noqa: N812  (a field of the same name would hide the type)
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field, field_validator

from digestbot.domain.text.lengths import MAX_TOPIC_TITLE
from digestbot.domain.topic import Topic, slugify
from digestbot.net.addresses import redact_url
from digestbot.settings.plain_values import PlainSettings
from digestbot.settings.times import WrittenTime

if TYPE_CHECKING:
    from digestbot.domain.build_spec import BuildSpec

Language = Literal["en", "zh"]


class TopicSettings(PlainSettings, BaseModel, extra="forbid"):
    """A topic in ``digestbot.toml``: its names, and the sources of its digests if they are built here."""

    title: str = Field(min_length=1, max_length=MAX_TOPIC_TITLE)
    slug: str = Field(default="", max_length=MAX_TOPIC_TITLE)
    aliases: list[Annotated[str, Field(max_length=MAX_TOPIC_TITLE)]] = Field(default=[], max_length=50)
    queries: list[str] = []
    feeds: list[str] = []
    categories: list[str] = []
    max_age_days: int = Field(default=7, ge=1, le=365)
    max_papers: int = Field(default=20, ge=1, le=200)
    language: Language | None = None
    include_keywords: list[str] = []
    exclude_keywords: list[str] = []
    authors: list[str] = []
    accepted_only: bool = False
    exclude_topics: list[str] = []
    build_at: WrittenTime | None = None

    @field_validator("slug")
    @classmethod
    def _check_slug(cls, value: str) -> str:
        if value and slugify(value) != value:
            raise ValueError(
                f"“{value}” is not a slug such as “{slugify(value)}”: use lower-case letters, digits and hyphens"
            )
        return value

    @field_validator("queries")
    @classmethod
    def _check_queries(cls, value: list[str]) -> list[str]:
        if any(not query.strip() or query.count('"') % 2 or query.count("(") != query.count(")") for query in value):
            raise ValueError(
                'a query is such as cat:cs.CV AND abs:"gaussian splatting", its quotes and brackets in pairs'
            )
        return value

    @field_validator("feeds")
    @classmethod
    def _check_feeds(cls, value: list[str]) -> list[str]:
        for address in value:
            if not re.match(r"https?://[^\s/]", address):
                raise ValueError(f"“{redact_url(address)}” is not an http:// or https:// URL of a feed")
        return value

    @property
    def effective_slug(self) -> str:
        """The slug, by default made from the title."""
        return self.slug or slugify(self.title)

    @property
    def is_built(self) -> bool:
        """Whether its digests are built here."""
        return bool(self.queries or self.feeds)

    def to_topic(self) -> Topic:
        """The topic this describes."""
        return Topic(self.effective_slug, self.title, tuple(self.aliases))

    def to_build_spec(self, language: str, build_at: Time) -> BuildSpec:
        """Its build specification; language and time default to the bot's and the builder's."""
        from digestbot.domain.build_spec import BuildSpec  # noqa: PLC0415  # late: a command that ends at once builds none

        return BuildSpec(
            self.to_topic(),
            tuple(self.queries),
            tuple(self.feeds),
            tuple(self.categories),
            self.max_age_days,
            self.max_papers,
            self.language or language,
            tuple(self.include_keywords),
            tuple(self.exclude_keywords),
            tuple(self.authors),
            self.accepted_only,
            tuple(slugify(name) for name in self.exclude_topics),
            self.build_at or build_at,
        )
