"""Ports of the core: small protocols with one responsibility each."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

from digestbot.cards.capabilities import DEFAULT_CAPABILITIES, Capabilities
from digestbot.cards.card import Card
from digestbot.core.clock import Clock as Clock  # noqa: PLC0414  # one of the ports, in a file that loads at once
from digestbot.core.clock import SystemClock as SystemClock  # noqa: PLC0414
from digestbot.domain.subscription import Address, CardStyle, PostMode, Preferences

LeaderCheck = Callable[[], bool]
"""Whether this process still does the work alone: by its own clock, so that it can be asked before every message."""


def always_lead() -> bool:
    """The check of a process that shares its work with no other."""
    return True


async def allow_anyone() -> bool:
    """Allow everyone: in a private chat, the user owns the chat."""
    return True


async def deny_anyone() -> bool:
    """Allow nobody: whoever writes cannot be a moderator."""
    return False


async def require_no_permissions(preferences: Preferences) -> Sequence[str]:  # noqa: ARG001
    """Require nothing: a bot that people write to may post there."""
    return ()


async def know_no_obstacle() -> str:
    """Nothing beside permissions keeps the bot from posting."""
    return ""


async def know_no_topic_obstacle(title: str) -> str:  # noqa: ARG001
    """No topic is like no other for the chat."""
    return ""


class ChatPlace(NamedTuple):
    """A place of a chat that has many, such as a channel of a server, as one person sees it.

    ``command_prefix`` stands before a command that is to act there, if that is not where it is given.
    """

    title: str
    is_moderated: bool
    command_prefix: str = ""


def know_no_place(address: Address) -> ChatPlace | None:  # noqa: ARG001
    """The chat is one place."""
    return None


class ChatRole(NamedTuple):
    """A group of a chat's people that has a name; ``can_be_called`` is whether the bot may call them all at once."""

    id: str
    name: str
    can_be_called: bool = True


def know_no_roles(text: str) -> Sequence[ChatRole]:  # noqa: ARG001
    """The chat has no roles."""
    return ()


@dataclass(frozen=True, slots=True)
class IncomingDocument:
    """A file that a person sent with a message, which is fetched only when a command reads it.

    ``size`` is in bytes, as the platform tells it. ``read`` fetches at most so many bytes; it raises
    :class:`~digestbot.errors.DocumentError` if there are more, or if they cannot be had.
    """

    name: str
    media_type: str
    size: int
    read: Callable[[int], Awaitable[bytes]] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message or button tap from a user.

    ``address`` is the chat to reply to; ``user`` owns the saved papers, if that is not the chat itself;
    ``language`` is the user's, as reported by the platform. ``is_moderator`` checks whether the user may change
    what the chat receives: it is awaited only for commands that need it, since it may cost a request. For groups,
    ``title`` is the chat's name, and ``moderator_chat`` the user's private chat. ``denial_key`` is the message key
    for users who may not change the chat. ``missing_permissions`` lists the permissions, by their ``permission.``
    message keys, that the bot lacks to deliver there with the given preferences. ``default_post_mode`` applies
    until the chat chooses one. ``find_obstacle`` gives the reason, other than permissions, why the bot cannot post
    there at all, and ``find_topic_obstacle`` why it could not post the topic with a title, each empty if there is none.
    ``chat_language`` is that of a chat of many, as its platform reports it, and stands for ``language`` in what the
    chat receives. With ``is_public`` the reply is visible to others and contains nothing personal; with
    ``is_ephemeral`` nobody but the person sees it in a chat of many, and with ``hides_errors`` nobody else sees an
    error. ``links`` are the addresses behind words of the
    text. Where a chat ``has_places``, ``describe_place`` tells what one of them is, ``None`` for one that the person
    does not see, and ``is_about_server`` says that no place was named. ``sender`` is the platform itself, which sends
    the chat what a delivery would. ``find_roles`` finds the roles of the chat that a text names, or all of them.
    ``documents`` are the files that came with the text, which is empty where there is none. ``quoted_links`` are the
    addresses in the bot's own message that this one replies to, in order, and ``quoted_list`` the papers by number
    that are listed there. ``parent_place`` is the channel of a thread, whose language and style are the thread's too
    where it has none of its own, and whose talk goes on there.
    """

    address: Address
    text: str
    language: str = ""
    user: Address | None = None
    is_moderator: Callable[[], Awaitable[bool]] = field(default=allow_anyone, compare=False)
    title: str = ""
    moderator_chat: str = ""
    denial_key: str = "moderators_only"
    missing_permissions: Callable[[Preferences], Awaitable[Sequence[str]]] = field(
        default=require_no_permissions, compare=False
    )
    default_post_mode: PostMode = PostMode.PAGES
    find_obstacle: Callable[[], Awaitable[str]] = field(default=know_no_obstacle, compare=False)
    find_topic_obstacle: Callable[[str], Awaitable[str]] = field(default=know_no_topic_obstacle, compare=False)
    chat_language: str = ""
    is_public: bool = False
    is_ephemeral: bool = False
    hides_errors: bool = False
    links: tuple[str, ...] = ()
    describe_place: Callable[[Address], ChatPlace | None] = field(default=know_no_place, compare=False)
    has_places: bool = False
    is_about_server: bool = False
    capabilities_for: Callable[[CardStyle], Capabilities] = field(default=lambda _: DEFAULT_CAPABILITIES, compare=False)
    sender: Platform | None = field(default=None, compare=False, repr=False)
    find_roles: Callable[[str], Sequence[ChatRole]] = field(default=know_no_roles, compare=False)
    documents: tuple[IncomingDocument, ...] = ()
    quoted_links: tuple[str, ...] = ()
    quoted_list: Mapping[int, str] = field(default_factory=dict)
    parent_place: Address | None = None

    @property
    def is_for_one(self) -> bool:
        """Whether nobody but the person who asks sees the answer: what they wrote for themselves may stand in it."""
        return not self.is_public and (self.user is None or self.is_ephemeral)


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply card, and the chat's display preferences.

    Each of the ``updates`` takes the place of the card before it, in the same message, as far as the platform can: long
    work tells how far it is. They end with the card that stays, and raise nothing; closing them stops the work, and
    whoever does not ask for them has to close them. ``command`` asks for that work again; empty where no line does.
    """

    card: Card
    preferences: Preferences
    updates: AsyncGenerator[Card] | None = field(default=None, compare=False)
    command: str = ""


ReplyHandler = Callable[[IncomingMessage], Awaitable[Reply]]
"""Replies to incoming messages."""


@dataclass(frozen=True, slots=True)
class SendContext:
    """Delivery context of one message.

    ``idempotency_key`` is the same for every attempt to send the same message, at most 25 ASCII characters:
    platforms that support such keys drop duplicates. ``thread`` is the thread opened by an earlier message, and
    ``is_retry`` means that an earlier attempt may have sent this message. With ``is_silent`` it comes without a sound,
    and it calls the people of the ``mention_role``, who alone may be called. What ``is_test`` calls nobody, and is
    published nowhere else.
    """

    idempotency_key: str = ""
    thread: str = ""
    is_retry: bool = False
    is_silent: bool = False
    mention_role: str = ""
    is_test: bool = False

    @classmethod
    def for_part(
        cls, key: str, preferences: Preferences, number: int, thread: str = "", *, is_retry: bool = False
    ) -> SendContext:
        """The context of a digest's message with this number: of several, the first alone makes a sound and calls."""
        role = preferences.mention_role if number == 1 else ""
        return cls(key, thread, is_retry, preferences.quiet or number > 1, role)


STANDALONE = SendContext()
"""The context of a card outside any delivery."""


class MessageSender(Protocol):
    """Sends cards. Any process may send."""

    def render(self, card: Card, card_style: CardStyle) -> Sequence[Any]:
        """Render the card as the platform's messages, in order; an interrupted delivery resumes at the next message."""

    async def acquire(self, address: Address) -> None:
        """Wait for the rate limiter's permission to send one message to the address. Nothing is sent yet.

        Raises :class:`~digestbot.errors.RateLimitedError` if the wait would be too long.
        """

    async def send(self, address: Address, message: Any, context: SendContext = STANDALONE) -> str:  # noqa: ANN401  (its own)
        """Send one message; the thread for the messages that follow, or an empty string to use the same place.

        Raises :class:`~digestbot.errors.DeliveryError`.
        """


class MessageListener(Protocol):
    """Receives messages and button taps. Only one process may listen with a bot token."""

    async def listen(self, reply_handler: ReplyHandler) -> None:
        """Reply to incoming messages until there are no more or the task is cancelled."""


class Platform(MessageSender, MessageListener, Protocol):
    """A chat platform: its name, its capabilities, sending and listening."""

    name: str

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:
        """The capabilities for a chat with this card style."""


class Webhook(NamedTuple):
    """Where a platform brings its updates: to ``path`` here, with a secret in the header ``secret_header``.

    ``is_secret`` tells whether that is the right one; only then is the body read, and ``handle_update`` takes it and
    gives the HTTP status to answer with.
    """

    path: str
    secret_header: str
    is_secret: Callable[[str], bool]
    handle_update: Callable[[bytes], Awaitable[int]]


class RemotePlatform(Platform, Protocol):
    """A platform that must be connected before it can send and listen.

    ``listener_key`` identifies what only one process may listen to: a token, or some of its shards. With a
    ``webhook`` the platform sends each update to one process, so that any number of them may listen.
    """

    listener_key: str
    webhook: Webhook | None

    async def listen(self, reply_handler: ReplyHandler, is_leading: LeaderCheck = always_lead) -> None:
        """Reply to incoming messages until the task is cancelled; what comes when it no longer leads is left alone."""

    async def connect(self) -> None:
        """Connect, retrying as needed. Raises :class:`~digestbot.errors.SettingsError` if the bot is rejected."""

    async def close(self) -> None:
        """Close all connections."""


class IncidentReporter(Protocol):
    """Tells the admin of incidents, once each, and when they are over."""

    @property
    def language(self) -> str:
        """The language that the admin reads."""

    async def open(self, kind: str, reason: str, component: str = "") -> None:
        """Open an incident, or go on with it."""

    async def resolve(self, kind: str, component: str = "") -> None:
        """Resolve an incident for one of its components."""


class UnreportedIncidents:
    """Tells nobody."""

    language = "en"

    async def open(self, kind: str, reason: str, component: str = "") -> None:
        """Open an incident."""

    async def resolve(self, kind: str, component: str = "") -> None:
        """Resolve an incident."""


@runtime_checkable
class IncidentSource(Protocol):
    """A platform that reports incidents of its own, beside those of deliveries."""

    def report_incidents_to(self, reporter: IncidentReporter) -> None:
        """Set who tells the admin."""
