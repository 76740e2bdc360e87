"""What a command is, and what its handler is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from digestbot.cards.card import Button, Card
from digestbot.cards.view import View
from digestbot.core.library import Library
from digestbot.core.ports import Clock, Said
from digestbot.core.subscriptions import Subscriptions
from digestbot.domain.subscription import Preferences, Subscriber
from digestbot.domain.topic import Topic
from digestbot.errors import CommandError


class Audience(StrEnum):
    """Who may use a command in a group: anyone, those who look after the chat, or anyone about their own papers."""

    EVERYONE = "everyone"
    MODERATORS = "moderators"
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class Request:
    """A command as it was typed or tapped, and for whom it is answered."""

    said: Said
    words: tuple[str, ...]
    subscriber: Subscriber | None
    preferences: Preferences
    library: Library
    subscriptions: Subscriptions
    clock: Clock

    @property
    def text(self) -> str:
        """What followed the command's name."""
        return " ".join(self.words)

    @property
    def view(self) -> View:
        """How the reader wants to see things."""
        return View(self.preferences.language, self.preferences.layout, can=self.said.shows(self.preferences.format))

    def say(self, key: str, **values: object) -> str:
        """A sentence in the reader's language."""
        return self.view.say(key, **values)

    def button(
        self, key: str, command: str, *, stays: bool = False, on: bool | None = None, **values: object
    ) -> Button:
        """A button labelled in the reader's language."""
        return Button(self.say(f"button.{key}", **values), command, stays=stays, on=on)

    async def known(self) -> Subscriber:
        """The chat as a subscriber, stored from now on, with who set it up."""
        said = self.said
        language = self.preferences.language
        return await self.subscriptions.known(said.address, language, said.title, said.moderator, said.posts)

    async def reader(self) -> Subscriber | None:
        """The person who speaks, whose kept papers these are; nothing is stored by asking."""
        person = self.said.person
        return await self.subscriptions.who(person) if person else self.subscriber

    async def known_reader(self) -> Subscriber:
        """The person who speaks, stored from now on."""
        address = self.said.person or self.said.address
        return await self.subscriptions.known(address, self.preferences.language)

    async def may_post(self, wants: Preferences) -> None:
        """Make sure that the bot may post here in a way. Raises :class:`CommandError` with what it lacks."""
        if lacking := await self.said.lacking(wants):
            names = ", ".join(f"“{self.say(f'permission.{name}')}”" for name in lacking)
            raise CommandError("cannot_post", chat=self.said.title, permissions=names)

    async def topic(self, name: str, command: str) -> Topic:
        """The topic of that name. Raises :class:`CommandError` with the likely ones."""
        if not name:
            raise CommandError("need_topic", *await self.examples(command))
        match = await self.library.topic(name)
        if match.topic:
            return match.topic
        near = [f"{command} {topic.slug}" for topic in match.near]
        raise CommandError("unknown_topic", *(near or await self.examples(command)), topic=name, near=match.near)

    async def examples(self, command: str, after: str = "") -> list[str]:
        """The command with a topic that there is, so that the example works."""
        shelves = [shelf for shelf in await self.library.shelves() if shelf.digests]
        slug = shelves[0].topic.slug if shelves else "diffusion-models"
        return [f"{command} {slug}{after}"]


Handler = Callable[[Request], Awaitable[Card]]


@dataclass(frozen=True, slots=True)
class Param:
    """What may follow a command's name, in this place. Its summary is ``param.NAME`` in the locale.

    ``shown`` stands for it in the command's usage, where that is not its name.
    """

    name: str
    required: bool = False
    shown: str = ""

    @property
    def usage(self) -> str:
        """The parameter as help writes it."""
        word = self.shown or self.name.upper()
        return word if self.required else f"[{word}]"


@dataclass(frozen=True, slots=True)
class Command:
    """An entry of the table. Its summary is ``command.NAME`` in the locale.

    ``delivers`` tells that digests are delivered because of it: it asks first whether the bot may post there.
    ``aside`` tells that its answer concerns the person alone, and is for their eyes where a platform can do that.
    """

    name: str
    params: tuple[Param, ...]
    example: str
    handler: Handler
    audience: Audience = Audience.EVERYONE
    delivers: bool = False
    aside: bool = True

    @property
    def usage(self) -> str:
        """What follows the name."""
        return " ".join(param.usage for param in self.params)

    def line(self, values: Mapping[str, str]) -> str:
        """The command as it is typed, with values for some of its parameters by their names."""
        words = (values.get(param.name, "") for param in self.params)
        return " ".join(filter(None, (f"/{self.name}", *words)))
