"""The operator's settings, validated when they are read."""

from digestbot.settings.announcements import AnnouncementSettings
from digestbot.settings.builder import BuilderSettings, ModelSettings
from digestbot.settings.general import (
    DOTENV_FILE,
    TOML_FILE,
    Settings,
    build_sqlite_url,
    list_overridden_settings,
    load_settings,
)
from digestbot.settings.papers import PaperSettings
from digestbot.settings.platforms import DiscordSettings, PlatformSettings, TelegramSettings
from digestbot.settings.topics import TopicSettings

__all__ = [
    "DOTENV_FILE",
    "TOML_FILE",
    "AnnouncementSettings",
    "BuilderSettings",
    "DiscordSettings",
    "ModelSettings",
    "PaperSettings",
    "PlatformSettings",
    "Settings",
    "TelegramSettings",
    "TopicSettings",
    "build_sqlite_url",
    "list_overridden_settings",
    "load_settings",
]
