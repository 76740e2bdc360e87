"""A platform whose answers, and their moments, are a test's to choose."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from digestbot.core.ports import STANDALONE, SendContext
from digestbot.domain.subscription import Address
from digestbot.errors import DeliveryError
from tests.fakes import RecordingPlatform


@dataclass(frozen=True)
class SentPart:
    """A part as the platform was given it."""

    address: Address
    part: str
    context: SendContext


@dataclass
class ScriptedPlatform:
    """A platform of which a test decides what it answers to a part, and when; it keeps what it was given."""

    name: str = "telegram"
    answers: dict[str, str | Exception] = field(default_factory=dict)
    """By part, to the first time that it is sent."""
    refuses: dict[str, DeliveryError] = field(default_factory=dict)
    """By chat: what its limits say."""
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    """By chat, or part: nothing is answered before it is set."""
    sent: list[SentPart] = field(default_factory=list)
    limited: list[str] = field(default_factory=list)

    capabilities_for = RecordingPlatform.capabilities_for
    render = RecordingPlatform.render
    listen = RecordingPlatform.listen

    async def acquire(self, address: Address) -> None:
        self.limited.append(address.chat)
        if error := self.refuses.get(address.chat):
            raise error
        await self._wait_until_released(f"limit {address.chat}")

    async def send(self, address: Address, part: Any, context: SendContext = STANDALONE) -> str:
        self.sent.append(SentPart(address, part, context))
        await self._wait_until_released(part)
        answer = self.answers.pop(part, "") if isinstance(part, str) else ""
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _wait_until_released(self, what: str) -> None:
        if isinstance(what, str) and what in self.held:
            await self.held[what].wait()

    def list_parts(self) -> list[str]:
        return [sent.part for sent in self.sent]
