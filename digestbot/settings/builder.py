"""Settings of the builder: models, and the daily budget."""

from __future__ import annotations

import re
from datetime import time as Time  # noqa: N812  (a field of the same name would hide the type)
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from digestbot.settings.plain_values import PlainSettings
from digestbot.settings.times import WrittenTime


class ModelSettings(PlainSettings, BaseModel, extra="forbid"):
    """A language model; ``openai`` covers every endpoint at ``base_url`` that speaks OpenAI's protocol.

    ``account`` names the key in ``[builder.api_keys]``; by default it is the provider. A server at ``base_url`` has no
    key unless its account is named: the provider's own is for nobody else. Prices are in dollars per million tokens;
    the default is the provider's list price, if known.
    """

    name: str = Field(min_length=1)
    provider: Literal["openai", "google"] = "openai"
    base_url: str = Field(default="", pattern="^(https?://\\S+)?$")
    account: str = ""
    dollars_in: float | None = Field(default=None, ge=0)
    dollars_out: float | None = Field(default=None, ge=0)

    @property
    def key_name(self) -> str:
        """The key's name in ``[builder.api_keys]``; empty if it has none."""
        return self.account or ("" if self.base_url else self.provider)


class BuilderSettings(PlainSettings, BaseModel, extra="forbid"):
    """Settings for building digests. Without a usable model, summaries are taken from the abstracts.

    ``contact`` is how archives can reach the operator. ``arxiv_patience_hours`` is how long arXiv's API is asked again
    before ``arxiv_oai``, its other door, is. ``share_all_figures`` is for operators with a permission: others serve
    only figures of papers whose licence allows it.
    """

    api_keys: dict[str, SecretStr] = {}
    models: list[ModelSettings] = []
    build_at: WrittenTime = Time(6)
    concurrency: int = Field(default=8, ge=1, le=64)
    daily_token_limit: int = Field(default=2_000_000, ge=0)
    daily_cost_limit_usd: float = Field(default=5, ge=0)
    timeout_seconds: float = Field(default=120, gt=0)
    full_text: bool = True
    arxiv_api: str = Field(default="https://export.arxiv.org/api/query", pattern="^https?://")
    arxiv_oai: str = Field(default="https://oaipmh.arxiv.org/oai", pattern="^(https?://\\S+)?$")
    arxiv_pages: str = Field(default="https://arxiv.org", pattern="^https?://")
    arxiv_delay_seconds: float = Field(default=3, ge=0)
    arxiv_patience_hours: float = Field(default=1.5, ge=0, le=18)
    contact: str = Field(default="", max_length=200, pattern=r"^([\w.+-]+@[\w-]+(\.[\w-]+)+|https?://[^\s<>()\"]+)?$")
    share_all_figures: bool = False
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
            raise ValueError(
                f'no model has the account {unused[0]}: set account = "{unused[0]}" under the [[builder.models]] that '
                "the key is for, or take the key out"
            )
        return self

    @property
    def asks_models(self) -> bool:
        """Whether any model may ever be asked: 0 tokens a day are none."""
        return bool(self.daily_token_limit and self.list_usable_models())

    def list_usable_models(self) -> list[ModelSettings]:
        """The usable models in order: those with a key, or at a URL that needs none."""
        return [model for model in self.models if model.key_name in self.api_keys or self._needs_no_key(model)]

    def _needs_no_key(self, model: ModelSettings) -> bool:
        return bool(model.base_url) and not model.account

    def get_api_key(self, model: ModelSettings) -> str:
        """A model's key, to be passed to its client only."""
        key = self.api_keys.get(model.key_name)
        return key.get_secret_value() if key else "none"
