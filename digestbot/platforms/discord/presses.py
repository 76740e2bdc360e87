"""What interactions ask for: commands, taps on buttons, choices from menus, and messages to look papers up in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import discord

from digestbot.cards import replies
from digestbot.cards.callback_data import NO_HISTORY, ButtonAction, NavigationHistory, TapDeduplicator, decode_token
from digestbot.cards.card import Button
from digestbot.core.commands.base import Command
from digestbot.core.ports import IncomingMessage, Reply
from digestbot.domain.paper import PaperId
from digestbot.domain.subscription import Address, Preferences
from digestbot.locale import translate
from digestbot.platforms.discord.part import Part, parts_of
from digestbot.platforms.discord.render import Labels
from digestbot.platforms.discord.talk import NAME, Talk, Target, elsewhere, here, named, prefix
from digestbot.platforms.discord.turns import Showing, Turns
from digestbot.sources.figures import Shown

_SHARED = re.compile(r"1\^([^|]+)\|*")
_PAPERS = 5
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]{}\"']+")


@dataclass(slots=True)
class Presses:
    """Does what people say, and answers where it is for."""

    talk: Talk
    turns: Turns
    shown: Shown
    _taps: TapDeduplicator = field(default_factory=TapDeduplicator)

    # -- commands -----------------------------------------------------------------------------------------------

    async def run(
        self, interaction: discord.Interaction, command: Command, values: dict[str, str], channel: int | None
    ) -> None:
        """A slash command with its options, about another channel where one is named."""
        aside = _aside(interaction, command)
        await self.turns.take(interaction, self._run(interaction, command, values, channel, aside=aside), aside=aside)

    async def _run(
        self,
        interaction: discord.Interaction,
        command: Command,
        values: dict[str, str],
        channel: int | None,
        *,
        aside: bool,
    ) -> Showing:
        target = here(interaction) if channel is None else named(interaction, channel)
        if channel is not None and target is None:
            return await self._refused(interaction, "discord.no_channel")
        said = self.talk.said(
            interaction, command.format_line(values), target, public=not aside and not _private(interaction)
        )
        answer = await self.talk.reply(said)
        way = NavigationHistory(prefix=prefix(interaction, target))
        return self._showing(answer, way, aside=aside or not answer.card.ok)

    async def look_up(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """The papers that a message links to, for the person who asked."""
        await self.turns.take(interaction, self._look_up(interaction, message), aside=True)

    async def _look_up(self, interaction: discord.Interaction, message: discord.Message) -> Showing:
        papers = papers_in(message)
        if not papers:
            return await self._refused(interaction, "discord.no_link")
        target = here(interaction)
        parts: list[Part] = []
        for number in papers[:_PAPERS]:
            answer = await self.talk.reply(self.talk.said(interaction, f"/paper {number}", target))
            parts.extend(self._parts(answer, NO_HISTORY, aside=True))
        if len(papers) > _PAPERS:
            language = await self.talk.language(interaction)
            text = translate(language, "discord.more_links", count=len(papers), shown=_PAPERS)
            parts.extend(
                self._parts(
                    Reply(replies.message_card("", text), Preferences(language=language)), NO_HISTORY, aside=True
                )
            )
        return Showing(parts)

    # -- taps ---------------------------------------------------------------------------------------------------

    async def press(self, interaction: discord.Interaction, data: str) -> None:
        """A tap on a button, or a choice from a menu."""
        message = str(interaction.message.id) if interaction.message else ""
        if self._taps.is_duplicate(message, interaction.user.id, data):
            await self.turns.hush(interaction)
            return
        in_place = _is_own(interaction)
        shared = _SHARED.fullmatch(data) is not None
        work = self._press(interaction, data, in_place=in_place)
        aside = not (shared and interaction.permissions.send_messages)
        await self.turns.take(interaction, work, aside=aside, in_place=in_place and not shared)

    async def _press(self, interaction: discord.Interaction, data: str, *, in_place: bool) -> Showing:
        if shared := _SHARED.fullmatch(data):
            return await self._share(interaction, shared[1])
        press = await self._read(data)
        if press is None:
            return await self._refused(interaction, "discord.stale")
        place, command = elsewhere(press.command)
        target = here(interaction) if place is None else named(interaction, place)
        if place is not None and target is None:
            return await self._refused(interaction, "discord.no_channel")
        return await self._done(interaction, replace(press, command=command), target, in_place=in_place)

    async def _done(
        self, interaction: discord.Interaction, press: ButtonAction, target: Target | None, *, in_place: bool
    ) -> Showing:
        """What the command of a button answers, where it is shown."""
        public = in_place and not _alone(interaction)
        answer = await self.talk.reply(self.talk.said(interaction, f"/{press.command}", target, public=public))
        straight = NavigationHistory(prefix=prefix(interaction, target))
        if answer.card.ok and not press.keeps_card:
            return self._opened(interaction, answer, replace(straight, commands=press.history), in_place=in_place)
        if answer.card.ok and in_place and press.history and press.should_refresh_card(in_group=public):
            return await self._shown_again(interaction, press, target, public=public)
        return self._showing(answer, straight, aside=not _private(interaction))

    async def _shown_again(
        self, interaction: discord.Interaction, press: ButtonAction, target: Target | None, *, public: bool
    ) -> Showing:
        """The card that stays, as it is now that one of its switches turned."""
        _, command = elsewhere(press.history[0])
        answer = await self.talk.reply(self.talk.said(interaction, f"/{command}", target, public=public))
        return self._opened(
            interaction, answer, NavigationHistory(press.history[1:], prefix(interaction, target)), in_place=True
        )

    def _opened(
        self, interaction: discord.Interaction, answer: Reply, way: NavigationHistory, *, in_place: bool
    ) -> Showing:
        """Another card in the place of the one that was tapped, or beside it for the person alone."""
        card = answer.card
        if not in_place:
            return self._showing(answer, replace(way, commands=()))
        if way.commands:
            _, back = elsewhere(way.commands[0])
            card = replace(
                card, buttons=(*card.buttons, Button(translate(answer.preferences.language, "button.back"), back))
            )
        aside = interaction.message is not None and interaction.message.flags.ephemeral
        return self._showing(replace(answer, card=card), way, aside=aside, in_place=True)

    async def _share(self, interaction: discord.Interaction, paper: str) -> Showing:
        """A paper that somebody looked at alone, for all in the channel where they may write."""
        target = here(interaction)
        answer = await self.talk.reply(self.talk.said(interaction, f"/paper {paper}", target, public=True))
        return self._showing(answer, NO_HISTORY, aside=not (answer.card.ok and interaction.permissions.send_messages))

    async def _read(self, data: str) -> ButtonAction | None:
        word = decode_token(data)
        written = await self.turns.shortcuts.command(word) if word else data
        return ButtonAction.decode(written) if written else None

    async def stale(self, interaction: discord.Interaction) -> None:
        """A button or an option that no card or command of this version has."""
        await self.turns.take(interaction, self._refused(interaction, "discord.stale"), aside=True)

    # -- showing ------------------------------------------------------------------------------------------------

    async def message(self, message: discord.Message) -> list[Part]:
        """The answer to what somebody wrote to the bot in private."""
        answer = await self.talk.reply(IncomingMessage(Address(NAME, str(message.author.id)), message.content))
        return self._parts(answer, NO_HISTORY, aside=False)

    async def _refused(self, interaction: discord.Interaction, key: str) -> Showing:
        language = await self.talk.language(interaction)
        card = replies.error_card(translate(language, "error.title"), translate(language, key), "", ())
        return self._showing(Reply(card, Preferences(language=language)), NO_HISTORY)

    def _showing(self, answer: Reply, way: NavigationHistory, *, aside: bool = True, in_place: bool = False) -> Showing:
        return Showing(self._parts(answer, way, aside=aside), aside, in_place)

    def _parts(self, answer: Reply, way: NavigationHistory, *, aside: bool) -> list[Part]:
        labels = Labels(
            *(translate(answer.preferences.language, f"discord.{word}") for word in ("choose", "on", "off"))
        )
        return parts_of(answer.card, self.shown, way, shares=aside, labels=labels)


def papers_in(message: discord.Message) -> list[str]:
    """The arXiv papers that a message names by address, each once, in order; in its links, previews and components."""
    texts = [message.content, *(embed.url or "" for embed in message.embeds)]
    texts.extend(str(component.to_dict()) for component in message.components)
    addresses = (address.rstrip(".,;:!?*_~|`'") for text in texts for address in _ADDRESS.findall(text))
    found = (PaperId.from_url(address) for address in addresses)
    return list(dict.fromkeys(paper.base_id for paper in found if paper))


def _alone(interaction: discord.Interaction) -> bool:
    """Whether a message is seen by the person alone."""
    return _private(interaction) or (interaction.message is not None and interaction.message.flags.ephemeral)


def _private(interaction: discord.Interaction) -> bool:
    """Whether nobody but the person and the bot is there."""
    return interaction.guild_id is None and not interaction.context.private_channel


def _aside(interaction: discord.Interaction, command: Command) -> bool:
    """Whether an answer is for the person's eyes: where others are, what concerns one alone."""
    return command.ephemeral and not _private(interaction)


def _is_own(interaction: discord.Interaction) -> bool:
    """Whether a message is the person's to turn over: only they see it, or they asked for it."""
    message = interaction.message
    if message is None:
        return False
    if message.flags.ephemeral or interaction.guild_id is None:
        return True
    asked = message.interaction_metadata
    return asked is not None and asked.user.id == interaction.user.id
