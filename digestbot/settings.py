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
from digestbot.domain.brief import Brief
from digestbot.domain.subscription import Address
from digestbot.domain.timezones import timezone_names
from digestbot.errors import SettingsError

TOML = "digestbot.toml"


class TelegramSettings(BaseModel):
    """Telegram: nothing runs there without a ``token``, which @BotFather gives."""

    token: SecretStr | None = None
    api_url: str = Field(default="https://api.telegram.org", pattern="^https?://")
    cards: Literal["auto", "classic"] = "auto"
    paid_broadcast: bool = False
    messages_per_second: int | None = Field(default=None, ge=1, le=100_000)
    connections: int = Field(default=400, ge=1, le=1000)
    timeout_seconds: float = Field(default=20, gt=0)
    ambiguous: Literal["resend", "skip"] = "resend"
    webhook_secret: SecretStr | None = None

    @field_validator("token")
    @classmethod
    def _looks_like_one(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not re.fullmatch(r"\d{1,20}:[\w-]{10,100}", value.get_secret_value()):
            raise ValueError("it is no bot token such as 123456:ABC-DEF…; @BotFather shows yours")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[\w-]{1,256}", value.get_secret_value(), re.ASCII):
            raise ValueError("it is 1 to 256 characters of A-Z, a-z, 0-9, _ and -")
        return value

    def secret(self) -> str:
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
    def _looks_like_one(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not re.fullmatch(r"[\w-]{10,100}\.[\w-]{4,20}\.[\w-]{10,100}", value.get_secret_value(), re.ASCII):
            raise ValueError("it is no bot token, which has three parts with dots between; the developer portal has it")
        return value

    @model_validator(mode="after")
    def _shards_are_there(self) -> DiscordSettings:
        if self.shards is not None:
            if self.shard_count is None:
                raise ValueError("shard_ids needs shard_count: how many there are in all")
            if not self.shards or self.shards[-1] >= self.shard_count:
                raise ValueError(f"shard_ids are 0 to {self.shard_count - 1}, such as 0-3 or 0,2")
        return self

    @property
    def shards(self) -> list[int] | None:
        """The shards of this process; ``None`` for all."""
        if not self.shard_ids:
            return None
        found: set[int] = set()
        for part in self.shard_ids.split(","):
            first, _, last = part.partition("-")
            found.update(range(int(first), min(int(last or first), 10_000) + 1))
        return sorted(found)

    def secret(self) -> str:
        """The token itself, to be handed to the client library and nowhere else."""
        return self.token.get_secret_value() if self.token else ""


class Settings(BaseSettings):
    """Everything an operator may set. Defaults work without any of it."""

    model_config = SettingsConfigDict(
        env_prefix="DIGESTBOT_", env_nested_delimiter="__", env_file=".env", toml_file=TOML, extra="ignore"
    )

    database_url: str = Field(default="", repr=False)  # a server's has a password
    timezone: str = "UTC"
    time: Time = Time(8)
    language: str = Field(default="en", pattern="^(en|zh)$")
    page_megabytes: float = Field(default=20, gt=0)
    poll_seconds: float = Field(default=5, gt=0)
    spread_seconds: float = Field(default=10, ge=0, le=20)
    late_hours: float = Field(default=24, gt=0)
    keep_days: int = Field(default=180, ge=1)
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
    def _known_timezone(cls, value: str) -> str:
        if value not in timezone_names():
            raise ValueError(f"“{value}” is no IANA timezone such as Europe/Berlin")
        return value

    @field_validator("topics")
    @classmethod
    def _topics_are_distinct(cls, value: list[TopicSettings]) -> list[TopicSettings]:
        names = [topic.name for topic in value]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise ValueError(f"two topics have the slug {twice}: give one of them another slug or title")
        return value

    @property
    def database(self) -> str:
        """The database's address; a file in the platform's data folder where none is set."""
        return self.database_url or sqlite_url(user_data_path("digestbot", appauthor=False) / "digestbot.db")

    @property
    def admin(self) -> Address | None:
        """The chat that hears of trouble."""
        platform, _, chat = self.admin_chat.partition(":")
        return Address(platform, chat) if chat else None

    @property
    def briefs(self) -> list[Brief]:
        """What the digests of each topic that is built here are made of."""
        return [topic.brief(self.language, self.builder.at) for topic in self.topics if topic.is_built]

    @property
    def figures(self) -> Path:
        """The folder of figures that were cut out of PDFs."""
        return self.builder.figures or user_data_path("digestbot", appauthor=False) / "figures"

    @property
    def skipping(self) -> frozenset[str]:
        """The platforms on which a message that may have arrived is given up."""
        chosen = {"telegram": self.telegram.ambiguous}
        return frozenset(name for name, choice in chosen.items() if choice == "skip")

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


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


def proxy_for(url: str) -> str | None:
    """The environment's proxy for a server, as curl finds it; ``None`` where there is none, or it is passed by."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


def load_settings(**values: object) -> Settings:
    """Read the settings. Raises :class:`SettingsError` naming each one that is wrong, never a secret's value."""
    try:
        return Settings(**values)  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as error:
        wrong = "; ".join(
            f"{_name(item['loc'])}: {item['msg'].removeprefix('Value error, ')}" for item in error.errors()
        )
        raise SettingsError(f"settings (environment, .env or {TOML}): {wrong}") from None
    except (ValueError, OSError) as error:
        raise SettingsError(f"settings in {TOML} or .env cannot be read: {error}") from None


def _name(location: tuple[int | str, ...]) -> str:
    return "DIGESTBOT_" + "__".join(str(part).upper() for part in location)
