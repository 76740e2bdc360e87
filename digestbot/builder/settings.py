"""What an operator sets of the builder: topics, models, and what a day may cost."""

from __future__ import annotations

import re
from datetime import time as Time  # noqa: N812  (a field of the same name would hide the type)
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.topic import Topic, slugify

Language = Literal["en", "zh"]


class TopicSettings(BaseModel, extra="forbid"):
    """A topic in ``digestbot.toml``: its names, and, where digests of it are made here, what they are made of."""

    title: str = Field(min_length=1)
    slug: str = ""
    aliases: list[str] = []
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
    build_at: Time | None = None

    @field_validator("slug")
    @classmethod
    def _check_slug(cls, value: str) -> str:
        if value and slugify(value) != value:
            raise ValueError(f"“{value}” is no slug such as “{slugify(value)}”: small letters, digits and hyphens")
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
            if urlsplit(address).scheme not in ("http", "https"):
                raise ValueError(f"“{address}” is no http:// or https:// address of a feed")
        return value

    @property
    def effective_slug(self) -> str:
        """Its slug: as it was set, or made of the title."""
        return self.slug or slugify(self.title)

    @property
    def is_built(self) -> bool:
        """Whether digests of it are made here."""
        return bool(self.queries or self.feeds)

    def to_topic(self) -> Topic:
        """The topic this describes."""
        return Topic(self.effective_slug, self.title, tuple(self.aliases))

    def to_build_spec(self, language: str, build_at: Time) -> BuildSpec:
        """What its digests are made of, in the bot's language and at the builder's time where it sets none."""
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


class ModelSettings(BaseModel, extra="forbid"):
    """A language model: ``openai`` stands for every endpoint that speaks its protocol, at ``base_url``.

    ``account`` names the key in ``[builder.api_keys]``; without it, it is the provider's. A server at ``base_url`` may
    need none. Prices are in dollars a million tokens; without them the provider's list price is taken, where it is
    known.
    """

    name: str = Field(min_length=1)
    provider: Literal["openai", "google"] = "openai"
    base_url: str = Field(default="", pattern="^(https?://\\S+)?$")
    account: str = ""
    dollars_in: float | None = Field(default=None, ge=0)
    dollars_out: float | None = Field(default=None, ge=0)

    @property
    def key_name(self) -> str:
        """The key's name in ``[builder.api_keys]``."""
        return self.account or self.provider


class BuilderSettings(BaseModel, extra="forbid"):
    """How digests are made. Without a model that has a key, summaries are the abstracts' first sentences."""

    api_keys: dict[str, SecretStr] = {}
    models: list[ModelSettings] = []
    build_at: Time = Time(6)
    concurrency: int = Field(default=8, ge=1, le=64)
    daily_token_limit: int = Field(default=2_000_000, ge=0)
    daily_cost_limit_usd: float = Field(default=5, ge=0)
    timeout_seconds: float = Field(default=120, gt=0)
    full_text: bool = True
    arxiv_api: str = Field(default="https://export.arxiv.org/api/query", pattern="^https?://")
    arxiv_pages: str = Field(default="https://arxiv.org", pattern="^https?://")
    arxiv_delay_seconds: float = Field(default=3, ge=0)
    pages_dir: Path | None = None
    figures_dir: Path | None = None

    @field_validator("api_keys")
    @classmethod
    def _check_key_names(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        invalid_names = [name for name in value if not re.fullmatch(r"[\w-]{1,40}", name)]
        if invalid_names:
            raise ValueError("a key's name is a word such as openai")
        return {name.lower(): key for name, key in value.items() if key.get_secret_value()}

    @model_validator(mode="after")
    def _check_keys_are_used(self) -> BuilderSettings:
        names = {model.key_name for model in self.models}
        unused = [name for name in self.api_keys if name not in names]
        if unused:
            raise ValueError(f"no model has the account {unused[0]}: name one under [[builder.models]]")
        return self

    def list_usable_models(self) -> list[ModelSettings]:
        """The models that can be asked, in order: those with a key, or at an address that needs none."""
        return [model for model in self.models if model.key_name in self.api_keys or self._needs_no_key(model)]

    def _needs_no_key(self, model: ModelSettings) -> bool:
        return bool(model.base_url) and not model.account

    def get_api_key(self, model: ModelSettings) -> str:
        """A model's key, to be handed to its client and nowhere else."""
        key = self.api_keys.get(model.key_name)
        return key.get_secret_value() if key else "none"
