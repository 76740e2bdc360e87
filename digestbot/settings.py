"""Settings: from the environment (``DIGESTBOT_…``), ``.env``, and ``digestbot.toml`` in the working folder."""

from __future__ import annotations

import re
from datetime import time as Time  # noqa: N812  (a field of the same name would hide the type)
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from platformdirs import user_data_path
from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from digestbot.builder.settings import BuilderSettings, TopicSettings
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.subscription import Address
from digestbot.domain.timezones import list_timezones
from digestbot.errors import SettingsError

TOML_FILE = "digestbot.toml"


class TelegramSettings(BaseModel):
    """Telegram: nothing runs there without a ``token``, which @BotFather gives."""

    token: SecretStr | None = None
    api_url: str = Field(default="https://api.telegram.org", pattern="^https?://")
    card_style: Literal["auto", "classic"] = "auto"
    paid_broadcast: bool = False
    messages_per_second: int | None = Field(default=None, ge=1, le=100_000)
    max_connections: int = Field(default=400, ge=1, le=1000)
    timeout_seconds: float = Field(default=20, gt=0)
    ambiguous_policy: Literal["resend", "skip"] = "resend"
    webhook_secret: SecretStr | None = None

    @field_validator("token")
    @classmethod
    def _check_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not re.fullmatch(r"\d{1,20}:[\w-]{10,100}", value.get_secret_value()):
            raise ValueError("it is no bot token such as 123456:ABC-DEF…; @BotFather shows yours")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _check_webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[\w-]{1,256}", value.get_secret_value(), re.ASCII):
            raise ValueError("it is 1 to 256 characters of A-Z, a-z, 0-9, _ and -")
        return value

    def get_token(self) -> str:
        """The token itself, to be handed to the client library and nowhere else."""
        return self.token.get_secret_value() if self.token else ""


class DiscordSettings(BaseModel):
    """Discord: nothing runs there without a ``token``, which the developer portal gives."""

    token: SecretStr | None = None
    api_url: str = Field(default="https://discord.com/api/v10", pattern="^https?://")
    test_guild: int | None = Field(default=None, gt=0)
    shard_count: int | None = Field(default=None, ge=1, le=10_000)
    shard_ids: str = Field(default="", pattern=r"^(\d+(-\d+)?(,\d+(-\d+)?)*)?$")
    requests_per_second: int = Field(default=50, ge=1, le=10_000)
    timeout_seconds: float = Field(default=60, gt=0)

    @field_validator("token")
    @classmethod
    def _check_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not re.fullmatch(r"[\w-]{10,100}\.[\w-]{4,20}\.[\w-]{10,100}", value.get_secret_value(), re.ASCII):
            raise ValueError("it is no bot token, which has three parts with dots between; the developer portal has it")
        return value

    @model_validator(mode="after")
    def _check_shards(self) -> DiscordSettings:
        if self.shard_list is not None:
            if self.shard_count is None:
                raise ValueError("shard_ids needs shard_count: how many there are in all")
            if not self.shard_list or self.shard_list[-1] >= self.shard_count:
                raise ValueError(f"shard_ids are 0 to {self.shard_count - 1}, such as 0-3 or 0,2")
        return self

    @property
    def shard_list(self) -> list[int] | None:
        """The shards of this process; ``None`` for all."""
        if not self.shard_ids:
            return None
        numbers: set[int] = set()
        for shard_range in self.shard_ids.split(","):
            first, _, last = shard_range.partition("-")
            numbers.update(range(int(first), min(int(last or first), 10_000) + 1))
        return sorted(numbers)

    def get_token(self) -> str:
        """The token itself, to be handed to the client library and nowhere else."""
        return self.token.get_secret_value() if self.token else ""


class Settings(BaseSettings):
    """Everything an operator may set. Defaults work without any of it."""

    model_config = SettingsConfigDict(
        env_prefix="DIGESTBOT_", env_nested_delimiter="__", env_file=".env", toml_file=TOML_FILE, extra="ignore"
    )

    database_url: str = Field(default="", repr=False)  # a server's has a password
    timezone: str = "UTC"
    time: Time = Time(8)
    language: str = Field(default="en", pattern="^(en|zh)$")
    max_page_megabytes: float = Field(default=20, gt=0)
    poll_seconds: float = Field(default=5, gt=0)
    delivery_jitter_seconds: float = Field(default=10, ge=0, le=20)
    max_delivery_age_hours: float = Field(default=24, gt=0)
    delivery_retention_days: int = Field(default=180, ge=1)
    admin_chat: str = Field(default="", pattern=r"^((telegram|discord):-?\d+)?$")
    public_url: str = Field(default="", pattern="^(https://\\S+)?$")
    metrics: bool = False
    archive: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    telegram: TelegramSettings = TelegramSettings()
    discord: DiscordSettings = DiscordSettings()
    builder: BuilderSettings = BuilderSettings()
    topics: list[TopicSettings] = []

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, value: str) -> str:
        if value not in list_timezones():
            raise ValueError(f"“{value}” is no IANA timezone such as Europe/Berlin")
        return value

    @field_validator("topics")
    @classmethod
    def _check_topics(cls, value: list[TopicSettings]) -> list[TopicSettings]:
        slugs = [topic.effective_slug for topic in value]
        duplicate = next((slug for slug in slugs if slugs.count(slug) > 1), "")
        if duplicate:
            raise ValueError(f"two topics have the slug {duplicate}: give one of them another slug or title")
        return value

    @property
    def effective_database_url(self) -> str:
        """The database's address; a file in the platform's data folder where none is set."""
        return self.database_url or build_sqlite_url(user_data_path("digestbot", appauthor=False) / "digestbot.db")

    @property
    def admin_address(self) -> Address | None:
        """The chat that hears of trouble."""
        platform, _, chat = self.admin_chat.partition(":")
        return Address(platform, chat) if chat else None

    @property
    def build_specs(self) -> list[BuildSpec]:
        """What the digests of each topic that is built here are made of."""
        return [topic.to_build_spec(self.language, self.builder.build_at) for topic in self.topics if topic.is_built]

    @property
    def effective_figures_dir(self) -> Path:
        """The folder of figures that were cut out of PDFs."""
        return self.builder.figures_dir or user_data_path("digestbot", appauthor=False) / "figures"

    @property
    def skip_ambiguous_platforms(self) -> frozenset[str]:
        """The platforms on which a message that may have arrived is given up."""
        policies = {"telegram": self.telegram.ambiguous_policy}
        return frozenset(name for name, policy in policies.items() if policy == "skip")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over ``.env``, which wins over ``digestbot.toml``."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)


def build_sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


def find_proxy(url: str) -> str | None:
    """The environment's proxy for a server, as curl finds it; ``None`` where there is none, or it is passed by."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


def load_settings(**values: object) -> Settings:
    """Read the settings. Raises :class:`SettingsError` naming each one that is wrong, never a secret's value."""
    try:
        return Settings(**values)  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as error:
        problems = "; ".join(
            f"{_format_variable(item['loc'])}: {item['msg'].removeprefix('Value error, ')}" for item in error.errors()
        )
        raise SettingsError(f"settings (environment, .env or {TOML_FILE}): {problems}") from None
    except (ValueError, OSError) as error:
        raise SettingsError(f"settings in {TOML_FILE} or .env cannot be read: {error}") from None


def _format_variable(location: tuple[int | str, ...]) -> str:
    return "DIGESTBOT_" + "__".join(str(key).upper() for key in location)
