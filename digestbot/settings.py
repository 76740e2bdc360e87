"""Settings: from the environment (``DIGESTBOT_…``), ``.env``, and ``digestbot.toml`` in the working folder."""

from __future__ import annotations

from datetime import time as Time  # noqa: N812  (a field of the same name would hide the type)
from pathlib import Path
from zoneinfo import available_timezones

from platformdirs import user_data_path
from pydantic import BaseModel, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from digestbot.domain.topic import Topic, slugify
from digestbot.errors import SettingsError

TOML = "digestbot.toml"


class TopicSettings(BaseModel):
    """A topic in ``digestbot.toml``: its title as pages write it, and other names people type."""

    title: str = Field(min_length=1)
    aliases: list[str] = []

    def topic(self) -> Topic:
        """The topic this describes."""
        return Topic(slugify(self.title), self.title, tuple(self.aliases))


class Settings(BaseSettings):
    """Everything an operator may set. Defaults work without any of it."""

    model_config = SettingsConfigDict(
        env_prefix="DIGESTBOT_", env_nested_delimiter="__", env_file=".env", toml_file=TOML, extra="ignore"
    )

    database_url: str = ""
    timezone: str = "UTC"
    time: Time = Time(8)
    language: str = Field(default="en", pattern="^(en|zh)$")
    page_megabytes: float = Field(default=20, gt=0)
    poll_seconds: float = Field(default=5, gt=0)
    topics: list[TopicSettings] = []

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"“{value}” is no IANA timezone such as Europe/Berlin")
        return value

    @property
    def database(self) -> str:
        """The database's address; a file in the platform's data folder where none is set."""
        return self.database_url or sqlite_url(user_data_path("digestbot", appauthor=False) / "digestbot.db")

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
