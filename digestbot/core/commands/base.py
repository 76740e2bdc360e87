"""Commands, and the requests passed to their handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from digestbot.cards.card import Button, Card
from digestbot.cards.context import RenderContext
from digestbot.core.answers.asking_sign import AskingSign
from digestbot.core.answers.live_cards import LiveCard
from digestbot.core.answers.shown_lists import ShownLists
from digestbot.core.answers.trials import TrialPace
from digestbot.core.catalog import DigestCatalog
from digestbot.core.follows.follow_service import FollowService
from digestbot.core.lines.chinese_arguments import put_into_chinese
from digestbot.core.lines.names import get_shown_name, list_table_names
from digestbot.core.papers.paper_services import NO_PAPER_SERVICES, PaperServices
from digestbot.core.ports import Clock, IncomingMessage
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.arxiv.categories import get_category_of
from digestbot.domain.subscription import Preferences, Subscriber
from digestbot.domain.topic import FOLLOW_PREFIX, Topic, TopicMatch, find_topic
from digestbot.errors import CommandError
from digestbot.i18n import translate, translate_reason

_MAX_QUOTED_LENGTH = 100
_MAX_LISTED_TOPICS = 8
"""Topics that an answer lists, each with a button."""


class Audience(StrEnum):
    """Who may use a command in a group: everyone, moderators, or everyone for their own saved papers."""

    EVERYONE = "everyone"
    MODERATORS = "moderators"
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """A parsed command with the message and preferences it is answered for.

    ``answer_language`` is that of the person, where they alone see the answer, and else empty. ``notes`` are said
    beside the answer: what was taken for something else than it was written as. ``is_spoken``: the line has no command
    in it, and this is what it is taken for. ``papers`` is what can be done with any single paper, and ``asking`` tells
    that one is being asked for.
    """

    message: IncomingMessage
    args: tuple[str, ...]
    subscriber: Subscriber | None
    preferences: Preferences
    catalog: DigestCatalog
    subscriptions: SubscriptionService
    follows: FollowService
    clock: Clock
    shown_lists: ShownLists
    trials: TrialPace
    commands: Sequence[Command] = ()
    answer_language: str = ""
    notes: list[str] = field(default_factory=list, compare=False)
    is_spoken: bool = False
    papers: PaperServices = NO_PAPER_SERVICES
    asking: AskingSign = field(default_factory=AskingSign, compare=False)

    @property
    def argument_text(self) -> str:
        """The text after the command's name."""
        return " ".join(self.args)

    @property
    def language(self) -> str:
        """The language of the answer: the person's where they alone see it, else the chat's."""
        return self.answer_language or self.preferences.language

    @property
    def context(self) -> RenderContext:
        """The reader's rendering context."""
        return RenderContext(
            self.language,
            self.preferences.layout,
            capabilities=self.message.capabilities_for(self.preferences.card_style),
            today=self.clock.now().date(),
        )

    def for_subscriber(self, subscriber: Subscriber) -> CommandRequest:
        """The request as of a subscriber whose data have changed."""
        return replace(self, subscriber=subscriber, preferences=subscriber.preferences)

    def translate(self, key: str, **values: object) -> str:
        """Translate a message into the reader's language."""
        return self.context.translate(key, **values)

    def build_button(
        self, key: str, command: str, *, keeps_card: bool = False, is_on: bool | None = None, **values: object
    ) -> Button:
        """A button labelled in the reader's language."""
        return Button(self.translate(f"button.{key}", **values), command, keeps_card=keeps_card, is_on=is_on)

    def build_form_button(self, key: str, command: str, **values: object) -> Button:
        """A button that asks for the words after its command, with the sentence ``prompt.KEY``."""
        prompt = self.translate(f"prompt.{key}", **values)
        return Button(self.translate(f"button.{key}_form", **values), command, prompt=prompt)

    def build_test_buttons(self, topic: str = "") -> tuple[Button, ...]:
        """The button that sends the chat a test, where the platform can; for who may change the chat."""
        if self.message.sender is None:
            return ()
        return (self.build_button("test", f"test {topic}".strip(), keeps_card=True),)

    def note_unread(self, text: str) -> None:
        """Say beside the answer what was not understood."""
        self.notes.append(self.translate("error.not_understood", text=shorten_words(text)))

    def show_line(self, line: str) -> str:
        """A command as this chat can type it: with its name in the reader's language where the platform takes that."""
        return format_line(line, self.language, is_localized=self.context.capabilities.localized_commands)

    async def get_or_create_subscriber(self) -> Subscriber:
        """The chat as a subscriber, created if needed, with the person who set it up."""
        message = self.message
        language = message.chat_language or self.preferences.language
        return await self.subscriptions.get_or_create(
            message.address, language, message.title, message.moderator_chat, message.default_post_mode
        )

    async def find_reader(self) -> Subscriber | None:
        """The user as the owner of saved papers; looking them up stores nothing."""
        user = self.message.user
        return await self.subscriptions.find(user) if user else self.subscriber

    async def get_or_create_reader(self) -> Subscriber:
        """The user as the owner of saved papers, created if needed."""
        address = self.message.user or self.message.address
        return await self.subscriptions.get_or_create(address, self.language)

    async def check_post_permissions(self, preferences: Preferences) -> None:
        """Raise :class:`CommandError` with what keeps the bot from posting here with these preferences."""
        if obstacle := await self.message.find_obstacle():
            reason = translate_reason(self.language, obstacle)
            raise CommandError("cannot_post_because", chat=self.message.title, reason=reason)
        if missing := await self.message.missing_permissions(preferences):
            names = self.context.join_names(f"“{self.translate(f'permission.{name}')}”" for name in missing)
            raise CommandError("cannot_post", chat=self.message.title, permissions=names)

    async def require_topic(
        self,
        name: str,
        command: str,
        rest: str = "",
        preferred: Collection[str] = frozenset(),
        more: Sequence[Topic] = (),
    ) -> Topic:
        """The topic with this name, or the one that is clearly meant, which is said then.

        ``rest`` follows it in the command; of topics that can be meant, those with the ``preferred`` slugs are, if any
        is, and one of ``more`` where none of the others can be. Raises :class:`CommandError` with similar ones.
        """
        summaries = await self.catalog.list_topics()
        topics = [summary.topic for summary in summaries]
        match = _add_matches(find_topic(name, topics), find_topic(name, more) if more else TopicMatch())
        if match.topic:
            return match.topic
        own = find_topic(name, [topic for topic in topics if topic.slug in preferred]) if preferred else TopicMatch()
        if guess := own.topic or own.guess or match.guess:
            self.notes.append(self.translate("topic.guessed", text=shorten_words(name), topic=guess.title))
            return guess
        likely = sorted(summaries, key=lambda summary: not summary.digest_count)[:1]
        named = match.suggestions or [summary.topic for summary in likely]
        examples = [f"{command} {name_shortly(topic)} {rest}".strip() for topic in named]
        if not name:
            raise CommandError("need_topic", *examples)
        if match.suggestions:
            raise CommandError("unknown_topic", *examples, topic=name, suggestions=match.suggestions)
        raise self._build_no_topic_error(name, command, rest, topics)

    def _build_no_topic_error(self, name: str, command: str, rest: str, topics: Sequence[Topic]) -> CommandError:
        """That there is no such topic, and which there are."""
        shown = topics[:_MAX_LISTED_TOPICS]
        choices = [Button(topic.title, f"{command} {topic.short_slug} {rest}".strip()) for topic in shown]
        more = [self.build_button("help_topics", "topics")] if len(topics) > len(shown) or not topics else []
        names = self.context.join_names(topic.title for topic in shown) + ("…" if len(topics) > len(shown) else "")
        key = "no_such_topic" if topics else "unknown_topic"
        return CommandError(key, topic=name, topics=names, choices=[*choices, *more])


def _add_matches(match: TopicMatch, other: TopicMatch) -> TopicMatch:
    """What a name is among topics, or else among others; it is only like one of these where it is like no topic."""
    if match.topic or match.guess:
        return match
    return TopicMatch(other.topic, match.suggestions) if match.suggestions else other


def format_line(line: str, language: str, *, is_localized: bool) -> str:
    """A command as it is typed, with a slash."""
    name, space, rest = line.partition(" ")
    shown = get_shown_name(name, language, is_localized=is_localized) if name in list_table_names() else name
    return f"/{shown}{space}{_show_arguments(name, rest, language, is_localized=is_localized)}"


def _show_arguments(name: str, arguments: str, language: str, *, is_localized: bool) -> str:
    return put_into_chinese(name, arguments) if language == "zh" and is_localized else arguments


def name_in_line(topic: Topic) -> str:
    """A topic as it is named in a command that somebody types: a category by its code."""
    category = get_category_of(topic.expression)
    return category.code if category else topic.title


def name_shortly(topic: Topic) -> str:
    """A topic as it is named in an example: a follow's slug says nothing."""
    return topic.title if topic.expression and topic.slug.startswith(FOLLOW_PREFIX) else topic.short_slug


def shorten_words(text: str) -> str:
    """What a person typed, as an answer repeats it."""
    return text if len(text) <= _MAX_QUOTED_LENGTH else f"{text[: _MAX_QUOTED_LENGTH - 1]}…"


HandlerResult = Card | LiveCard
"""The answer to a command: a card, or one that is replaced as its work goes on."""
CommandHandler = Callable[[CommandRequest], Awaitable[HandlerResult]]


class Param(NamedTuple):
    """A positional parameter of a command. Its description is the message ``param.NAME``, its name ``usage.NAME``."""

    name: str
    required: bool = False

    def format_usage(self, language: str) -> str:
        """The parameter as shown in the help."""
        word = translate(language, f"usage.{self.name}")
        return word if self.required else f"[{word}]"


@dataclass(frozen=True, slots=True)
class Command:
    """An entry of the command table. Its description is the message ``command.NAME``.

    ``needs_post_permission``: the command leads to deliveries, so it first checks that the bot may post there.
    ``ephemeral``: the reply concerns only the user, and is shown only to them where the platform supports that; any
    other is, too, unless the chat has public answers. ``only_shows``: it changes nothing, whatever follows it, so that
    anybody's button may carry it. ``example`` is a line with ``{topic}``, ``{own}``, ``{date}``, ``{paper}``
    and ``{words}`` in place of what there is. With ``takes_document`` it reads a file that comes with it.
    """

    name: str
    params: tuple[Param, ...]
    example: str
    handler: CommandHandler
    audience: Audience = Audience.EVERYONE
    needs_post_permission: bool = False
    ephemeral: bool = True
    only_shows: bool = False
    takes_document: bool = False

    @property
    def usage(self) -> str:
        """The parameters after the command's name, in English."""
        return self.format_usage("en")

    def format_usage(self, language: str) -> str:
        """The parameters after the command's name."""
        return " ".join(param.format_usage(language) for param in self.params)

    def format_line(self, values: Mapping[str, str]) -> str:
        """The command as typed, with values for some of its parameters by name."""
        words = (_write_value(param.name, values.get(param.name, "")) for param in self.params)
        return " ".join(filter(None, (f"/{self.name}", *words)))


def _write_value(name: str, value: str) -> str:
    """A parameter's value as it stands in a line: tags with their sign, so that they are no part of a title."""
    if name != "tags" or not value:
        return value
    from digestbot.core.lines.saved_words import read_tags  # noqa: PLC0415  # late: few commands have tags

    return " ".join(f"#{tag}" for tag in read_tags(tuple(value.replace("#", " ").split())))
