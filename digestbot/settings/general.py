"""Settings: from the environment (``DIGESTBOT_…``), ``.env``, and ``digestbot.toml`` in the working folder."""

from __future__ import annotations

import logging
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import time as Time  # noqa: N812  (a field of the same name would hide the type)
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_data_path
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from digestbot.domain.timezones import list_timezones
from digestbot.errors import SettingsError
from digestbot.settings.announcements import AnnouncementSettings
from digestbot.settings.builder import BuilderSettings
from digestbot.settings.papers import PaperSettings
from digestbot.settings.platforms import PlatformFields
from digestbot.settings.times import WrittenTime
from digestbot.settings.topics import TopicSettings
from digestbot.settings.written_names import Location, WrittenSettings, show_key

if TYPE_CHECKING:
    from digestbot.domain.build_spec import BuildSpec
    from digestbot.domain.subscription import Address

TOML_FILE = "digestbot.toml"
DOTENV_FILE = ".env"
_DOTENV_ENCODING = "utf-8-sig"
"""With or without the mark that editors on Windows begin a file with."""


class Settings(PlatformFields, BaseSettings):
    """All settings. The defaults work as they are."""

    model_config = SettingsConfigDict(
        env_prefix="DIGESTBOT_",
        env_nested_delimiter="__",
        env_file=DOTENV_FILE,
        env_file_encoding=_DOTENV_ENCODING,
        toml_file=TOML_FILE,
        extra="ignore",  # .env has other programs' variables too; load_settings looks for those that were meant for us
    )

    database_url: str = Field(default="", repr=False)  # a server's has a password
    timezone: str = "UTC"
    time: WrittenTime = Time(8)
    language: str = Field(default="en", pattern="^(en|zh)$")
    max_page_megabytes: float = Field(default=20, gt=0)
    allow_private_hosts: bool = False
    max_future_days: int = Field(default=1, ge=0, le=36_500)
    poll_seconds: float = Field(default=5, gt=0)
    delivery_jitter_seconds: float = Field(default=10, ge=0, le=20)
    max_delivery_age_hours: float = Field(default=24, gt=0)
    delivery_retention_days: int = Field(default=180, ge=1)
    max_follows: int = Field(default=50, ge=0, le=200)
    admin_chat: str = ""
    public_url: str = Field(default="", pattern="^(https://\\S+)?$")
    metrics: bool = False
    archive: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    builder: BuilderSettings = BuilderSettings()
    announcements: AnnouncementSettings = AnnouncementSettings()
    papers: PaperSettings = PaperSettings()
    topics: list[TopicSettings] = []

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, value: str) -> str:
        if value in list_timezones():
            return value
        from digestbot.settings.named_places import find_timezone  # noqa: PLC0415  # late: it knows all cities

        return find_timezone(value)

    @field_validator("port", mode="before")
    @classmethod
    def _check_port(cls, value: object) -> object:
        if isinstance(value, str) and "://" in value:
            raise ValueError("Kubernetes sets this for a service named digestbot: give it a number in the pod's env")
        return value

    @field_validator("admin_chat")
    @classmethod
    def _check_admin_chat(cls, value: str) -> str:
        names = cls.list_platform_names()
        if value and not re.fullmatch(rf"({'|'.join(names)}):-?\d+", value, re.ASCII):
            raise ValueError(f"it is a platform and a chat's number, such as {names[0]}:123456789")
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
        """The database URL; by default a SQLite file in the user's data folder."""
        return self.database_url or build_sqlite_url(user_data_path("digestbot", appauthor=False) / "digestbot.db")

    @property
    def admin_address(self) -> Address | None:
        """The chat that receives alerts."""
        from digestbot.domain.subscription import Address  # noqa: PLC0415  # late: not every command knows chats

        platform, _, chat = self.admin_chat.partition(":")
        return Address(platform, chat) if chat else None

    @property
    def build_specs(self) -> list[BuildSpec]:
        """The build specifications of the topics that are built here."""
        return [topic.to_build_spec(self.language, self.builder.build_at) for topic in self.topics if topic.is_built]

    def with_slugs(self, slugs: Mapping[str, str]) -> Settings:
        """The settings with each topic's slug by its title: those that topics had before stay."""
        named = [topic.model_copy(update={"slug": slugs.get(topic.title, topic.slug)}) for topic in self.topics]
        return self.model_copy(update={"topics": named})

    @property
    def effective_figures_dir(self) -> Path:
        """The folder of figures extracted from PDFs."""
        return self.builder.figures_dir or user_data_path("digestbot", appauthor=False) / "figures"

    @property
    def skip_ambiguous_platforms(self) -> frozenset[str]:
        """The platforms on which a message that may have arrived is not sent again."""
        return frozenset(name for name, platform in self.platforms.items() if platform.skips_ambiguous)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment takes precedence over ``.env``, and that over ``digestbot.toml``."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)


def build_sqlite_url(path: Path) -> str:
    """The database URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


def load_settings(**values: object) -> Settings:
    """Read the settings.

    Raises :class:`SettingsError` naming each wrong one, each that there is not, and where it stands; never a secret's
    value.
    """
    written = _read_written()
    problems = written.list_problems()
    logging.getLogger("dotenv.main").setLevel(logging.ERROR)  # it warns of lines that are told below, or not ours
    try:
        settings = Settings(**values)  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as error:
        details = (item for item in error.errors() if not written.has_problem(item["loc"]))
        problems += [_describe_error(written, values, item["loc"], item["type"], item["msg"]) for item in details]
    except (ValueError, OSError) as error:
        problems = problems or [f"{TOML_FILE} or {DOTENV_FILE} cannot be read: {error}"]
    if problems:
        raise SettingsError(f"settings: {'; '.join(problems)}")
    return settings


def list_overridden_settings() -> list[str]:
    """A sentence for each setting that two sources have with different values: which of them wins.

    Raises :class:`SettingsError` for a file that cannot be read.
    """
    return _read_written().list_overridden()


def _read_written() -> WrittenSettings:
    """What the environment, ``.env`` and ``digestbot.toml`` have, in the order in which they win.

    Raises :class:`SettingsError` for a file that cannot be read.
    """
    written = WrittenSettings(Settings)
    written.add_environment(os.environ)
    dotenv, toml = Path(DOTENV_FILE), Path(TOML_FILE)
    if dotenv.is_file():
        written.add_dotenv(_read_text(dotenv, _DOTENV_ENCODING), DOTENV_FILE)
    if toml.is_file():
        written.add_table(*_read_toml(toml), TOML_FILE)
    return written


def _read_text(path: Path, encoding: str) -> str:
    try:
        return path.read_text(encoding)
    except UnicodeDecodeError:
        raise SettingsError(f"settings: {path} is not in UTF-8: save it in that encoding") from None
    except OSError as error:
        raise SettingsError(f"settings: {path} cannot be read: {error.strerror or error}") from None


def _read_toml(path: Path) -> tuple[dict[str, Any], str]:
    """The file's table, and its text."""
    text = _read_text(path, "utf-8")
    if text.startswith("\ufeff"):
        raise SettingsError(f"settings: {path} begins with a byte order mark: save it as UTF-8 without one (no BOM)")
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        problem, _, place = str(error).partition(" (at ")
        where = f", {place.rstrip(')')}" if place else ""
        hint = 'a line is name = "value", a section begins with [name], and quotes and brackets come in pairs'
        raise SettingsError(f"settings: {path}{where}: this is not TOML ({problem}): {hint}") from None


def _describe_error(
    written: WrittenSettings, values: Mapping[str, object], location: Location, kind: str, message: str
) -> str:
    """What is wrong with a value, by the name that it was given."""
    name = None if location[0] in values else written.find_name(location)
    shown = str(name) if name else _show_own_value(location, values)
    if kind == "extra_forbidden":
        return written.describe_unknown(location, shown)
    if kind in ("model_type", "dict_type") and isinstance(location[-1], str):
        return f"{shown}: it is a section, so write [{location[-1]}]"
    if kind == "missing":
        return f"{shown}: {location[-1]} is missing"
    from digestbot.settings.wrong_values import explain_wrong_value  # noqa: PLC0415  # late: mostly nothing is wrong

    is_variable = shown.startswith("DIGESTBOT_") and ": " not in shown
    explained = explain_wrong_value(Settings, location, kind, is_toml=not is_variable)
    return f"{shown}: {explained or message.removeprefix('Value error, ')}"


def _show_own_value(location: Location, values: Mapping[str, object]) -> str:
    """The name of a value that no source has: a command has set it, or it is missing."""
    if any(isinstance(part, int) for part in location):
        return show_key(location, values)
    return "DIGESTBOT_" + "__".join(str(part).upper() for part in location)
