"""What the core asks of the outside: small protocols, each of one job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from digestbot.cards.capabilities import DEFAULT_CAPABILITIES, Capabilities
from digestbot.cards.card import Card
from digestbot.domain.subscription import Address, CardStyle, PostMode, Preferences


async def allow_anyone() -> bool:
    """Whoever speaks looks after the chat: it is their own."""
    return True


async def require_no_permissions(preferences: Preferences) -> Sequence[str]:  # noqa: ARG001
    """The bot may post: people spoke to it."""
    return ()


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """What somebody typed or tapped.

    ``address`` is where it was said and is answered; ``user`` whose saved papers it is about, where that is not the
    chat itself; ``language`` the person's, as the platform knows it. ``is_moderator`` tells whether the person may
    change what the chat receives: it is awaited only where a command needs it, since it may cost a request. ``title``
    is the chat's name, and ``moderator_chat`` the person's own chat, for a chat of many. ``denial_key`` names the
    sentence for those who may not change the chat. ``missing_permissions`` gives the permissions, by their
    ``permission.`` keys in the locale, that the bot needs to deliver there in a way and does not have.
    ``default_post_mode`` is how digests come where nothing was chosen. With ``is_public`` the answer is for others
    too, and shows nobody's own.
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
    is_public: bool = False
    capabilities_for: Callable[[CardStyle], Capabilities] = field(default=lambda _: DEFAULT_CAPABILITIES, compare=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """The card that answers, and how the chat wants to see it."""

    card: Card
    preferences: Preferences


ReplyHandler = Callable[[IncomingMessage], Awaitable[Reply]]
"""Answers what was typed or tapped."""


@dataclass(frozen=True, slots=True)
class SendContext:
    """What sending a part needs to know.

    ``idempotency_key`` is the same whenever the same part is sent, at most 25 characters of ASCII: a platform that
    takes such a key drops what it was sent already. ``thread`` is what an earlier part opened, and ``is_retry`` tells
    that the part may be out from an attempt before.
    """

    idempotency_key: str = ""
    thread: str = ""
    is_retry: bool = False


STANDALONE = SendContext()
"""A card that is no part of a delivery."""


class MessageSender(Protocol):
    """Delivers cards. Any process may send."""

    def render(self, card: Card, card_style: CardStyle) -> Sequence[Any]:
        """The card as the platform's own messages, in order: what was sent goes on from the part it stopped at."""

    async def acquire(self, address: Address) -> None:
        """Wait until a part may be sent to the address; nothing has left before.

        Raises :class:`~digestbot.errors.RateLimitedError` where that is too long to wait for.
        """

    async def send(self, address: Address, message: Any, context: SendContext = STANDALONE) -> str:  # noqa: ANN401  (its own)
        """Deliver one part; the thread that the following parts go in, or an empty string for where this one went.

        Raises :class:`~digestbot.errors.DeliveryError`.
        """


class MessageListener(Protocol):
    """Hears what people type and tap. Only one process listens for a bot token."""

    async def listen(self, reply_handler: ReplyHandler) -> None:
        """Answer until there is no more to hear, or the task is cancelled."""


class Platform(MessageSender, MessageListener, Protocol):
    """A chat platform: a name, what it can show, and the two jobs."""

    name: str

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:
        """What it can show to a chat that wants this form of cards."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a platform brings its updates: to ``path`` here, with a secret in the header ``secret_header``.

    ``handle_update`` takes the secret and the body, and gives the HTTP status to answer with.
    """

    path: str
    secret_header: str
    handle_update: Callable[[str, bytes], Awaitable[int]]


class RemotePlatform(Platform, Protocol):
    """A platform that has to be reached before it sends and listens.

    ``listener_key`` names what only one process may listen for: a token, or some of its shards. With a ``webhook`` the
    platform brings each update to one process, so that any number of them may listen.
    """

    listener_key: str
    webhook: Webhook | None

    async def connect(self) -> None:
        """Reach it, as often as it takes. Raises :class:`~digestbot.errors.SettingsError` when it refuses the bot."""

    async def close(self) -> None:
        """Close the connections."""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """This moment, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """This moment, in UTC."""
        return datetime.now(UTC)
