"""Settings of each chat platform."""

from __future__ import annotations

import re
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from digestbot.settings.plain_values import PlainSettings


class PlatformSettings(PlainSettings, extra="forbid"):
    """Settings of every platform; without a ``token`` it is disabled."""

    token_pattern: ClassVar[re.Pattern[str]]
    token_hint: ClassVar[str]
    """What is wrong with a token that does not match, and where to find the right one."""

    token: SecretStr | None = None

    @field_validator("token")
    @classmethod
    def _check_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not cls.token_pattern.fullmatch(value.get_secret_value()):
            raise ValueError(cls.token_hint)
        return value

    def get_token(self) -> str:
        """The plain token, to be passed to the client library only."""
        return self.token.get_secret_value() if self.token else ""

    @property
    def skips_ambiguous(self) -> bool:
        """Whether a message that may have arrived is not sent again."""
        return False


class TelegramSettings(PlatformSettings):
    """Telegram; @BotFather gives the token."""

    token_pattern = re.compile(r"\d{1,20}:[\w-]{10,100}")
    token_hint = "not a bot token such as 123456:ABC-DEF…; @BotFather shows yours"  # noqa: S105  # a sentence

    api_url: str = Field(default="https://api.telegram.org", pattern="^https?://")
    card_style: Literal["auto", "classic"] = "auto"
    paid_broadcast: bool = False
    messages_per_second: int | None = Field(default=None, ge=1, le=100_000)
    max_connections: int = Field(default=400, ge=1, le=1000)
    timeout_seconds: float = Field(default=20, gt=0)
    ambiguous_policy: Literal["resend", "skip"] = "resend"
    webhook_secret: SecretStr | None = None

    @field_validator("webhook_secret")
    @classmethod
    def _check_webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[\w-]{1,256}", value.get_secret_value(), re.ASCII):
            raise ValueError("it is 1 to 256 characters of A-Z, a-z, 0-9, _ and -")
        return value

    @property
    def skips_ambiguous(self) -> bool:
        """Whether a message that may have arrived is not sent again."""
        return self.ambiguous_policy == "skip"


class DiscordSettings(PlatformSettings):
    """Discord; the developer portal gives the token."""

    token_pattern = re.compile(r"[\w-]{10,100}\.[\w-]{4,20}\.[\w-]{10,100}", re.ASCII)
    token_hint = "not a bot token, which has three parts with dots between; the developer portal has it"  # noqa: S105

    api_url: str = Field(default="https://discord.com/api/v10", pattern="^https?://")
    test_guild: int | None = Field(default=None, gt=0)
    shard_count: int | None = Field(default=None, ge=1, le=10_000)
    shard_ids: str = Field(default="", pattern=r"^(\d+(-\d+)?(,\d+(-\d+)?)*)?$")
    requests_per_second: int = Field(default=50, ge=1, le=10_000)
    push_previews: bool = True
    timeout_seconds: float = Field(default=60, gt=0)

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


class PlatformFields(PlainSettings):
    """The settings of all platforms, by the platform's name in addresses."""

    telegram: TelegramSettings = TelegramSettings()
    discord: DiscordSettings = DiscordSettings()

    @classmethod
    def list_platform_names(cls) -> list[str]:
        """The names of all platforms."""
        return list(PlatformFields.model_fields)

    @property
    def platforms(self) -> dict[str, PlatformSettings]:
        """Each platform's settings by its name."""
        return {name: getattr(self, name) for name in self.list_platform_names()}
