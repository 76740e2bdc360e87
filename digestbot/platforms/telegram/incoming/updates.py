"""Handles updates: in order within a chat, concurrently across chats."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from telegram import Chat, Message, Update
from telegram.error import ChatMigrated, TelegramError

from digestbot.cards import replies
from digestbot.cards.callback_data import NavigationHistory
from digestbot.cards.card import Card
from digestbot.core.ports import IncomingMessage, LeaderCheck, always_lead
from digestbot.domain.subscription import Address, Preferences
from digestbot.errors import DigestbotError
from digestbot.i18n import translate
from digestbot.platforms.common.tasks import finish_tasks
from digestbot.platforms.telegram.commands import PLATFORM_NAME
from digestbot.platforms.telegram.incoming.callbacks import CallbackHandler
from digestbot.platforms.telegram.incoming.inline_mode import InlineMode
from digestbot.platforms.telegram.incoming.membership import MembershipHandler
from digestbot.platforms.telegram.incoming.messages import Conversation
from digestbot.store import Store

ALLOWED_UPDATES = ["message", "callback_query", "inline_query", "my_chat_member"]
"""The requested update types; others are ignored."""
_MAX_CONCURRENT_UPDATES = 1000
_MAX_QUEUED_PER_CHAT = 20
"""Maximum waiting updates per chat: more are dropped, so that one chat cannot fill the queue."""
_REMEMBERED_UPDATES = 1000
_SHUTDOWN_TIMEOUT_SECONDS = 3.0
"""Seconds that running replies have when the process stops."""
UpdateTask = Callable[[], Awaitable[None]]
_log = structlog.get_logger(__name__)


class UpdateHandler:
    """Handles updates until cancelled."""

    def __init__(
        self,
        conversation: Conversation,
        callbacks: CallbackHandler,
        inline: InlineMode,
        membership: MembershipHandler,
        store: Store,
        *,
        is_leading: LeaderCheck = always_lead,
    ) -> None:
        self._is_leading = is_leading
        self._conversation = conversation
        self._callbacks = callbacks
        self._inline = inline
        self._membership = membership
        self._store = store
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_task_by_chat: dict[int, asyncio.Task[None]] = {}
        self._queued_by_chat: Counter[int] = Counter()
        self._seen_update_ids: deque[int] = deque(maxlen=_REMEMBERED_UPDATES)
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT_UPDATES)

    async def handle_updates(self, queue: asyncio.Queue[object]) -> None:
        """Handle updates from the queue until cancelled; running work then has some seconds to finish."""
        try:
            while True:
                update = await queue.get()
                if isinstance(update, Update) and self._is_new(update):
                    await self._slots.acquire()
                    self._start_task(update)
        finally:
            await finish_tasks(self._tasks, _SHUTDOWN_TIMEOUT_SECONDS)

    def _is_new(self, update: Update) -> bool:
        """Whether the update is new: Telegram sends a webhook's update again if it missed the response."""
        if update.update_id in self._seen_update_ids:
            return False
        self._seen_update_ids.append(update.update_id)
        return True

    def _start_task(self, update: Update) -> None:
        key = _ordering_key(update)
        run = (
            self._choose_task(update)
            if self._queued_by_chat[key] < _MAX_QUEUED_PER_CHAT
            else self._reject_flood(update)
        )
        if run is None:
            self._slots.release()
            return
        self._queued_by_chat[key] += 1
        task = asyncio.create_task(self._run_in_order(self._last_task_by_chat.get(key), run, update))
        self._last_task_by_chat[key] = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._on_task_done(key, done))

    def _on_task_done(self, key: int, task: asyncio.Task[None]) -> None:
        self._slots.release()
        self._queued_by_chat[key] -= 1
        self._tasks.discard(task)
        if self._last_task_by_chat.get(key) is task:
            del self._last_task_by_chat[key], self._queued_by_chat[key]

    def _choose_task(self, update: Update) -> UpdateTask | None:
        """The work that an update requires; ``None`` if there is none."""
        if update.callback_query:
            tap = self._callbacks.start_answer(update.callback_query)
            return (
                tap.answer
                if self._callbacks.is_repeated(update.callback_query)
                else partial(self._callbacks.handle_callback, tap)
            )
        if update.inline_query:
            return partial(self._inline.answer_query, update.inline_query)
        if update.my_chat_member:
            return partial(self._membership.handle_member_update, update.my_chat_member)
        if update.message:
            return partial(self._handle_message, update.message)
        return None  # an edited command was answered when it was new; other kinds are not for us

    def _reject_flood(self, update: Update) -> UpdateTask | None:
        """Handle an update of a chat that sends too fast: only its callback query is answered."""
        _log.warning("telegram_chat_sends_too_fast", update=update.update_id)
        return self._callbacks.start_answer(update.callback_query).answer if update.callback_query else None

    async def _run_in_order(self, previous: asyncio.Task[None] | None, run: UpdateTask, update: Update) -> None:
        if previous:
            await asyncio.wait([previous])
        if not self._is_leading():  # the process was paused: Telegram brings the update to its successor
            return
        try:
            await run()
        except ChatMigrated as error:
            chat = update.effective_chat
            if chat:
                await self._store.subscribers.migrate_chat(PLATFORM_NAME, str(chat.id), str(error.new_chat_id))
        except TelegramError as error:
            _log.info("telegram_answer_failed", reason=error.message)
        except DigestbotError as error:
            _log.error("telegram_update_failed", reason=str(error))
        except Exception:  # noqa: BLE001  # one update's bug must not stop the others
            _log.exception("telegram_update_failed", update=update.update_id)

    async def _handle_message(self, message: Message) -> None:
        if message.migrate_to_chat_id or message.migrate_from_chat_id:
            await self._membership.handle_migration(message)
            return
        incoming = self._conversation.from_message(message)
        if incoming is not None:
            await self._answer_message(message, incoming)
        elif message.chat.type == Chat.PRIVATE and message.effective_attachment and message.from_user:
            address = Address(PLATFORM_NAME, str(message.chat.id))
            text = translate(await self._conversation.get_language(message.from_user), "telegram.unread")
            await self._send_reply(message, address, replies.message_card("", text), Preferences(), "")

    async def _answer_message(self, message: Message, incoming: IncomingMessage) -> None:
        user = message.from_user.id if message.from_user else 0
        result = await self._conversation.build_answer(incoming, user)
        await self._send_reply(message, incoming.address, result.answer.card, result.answer.preferences, result.prefix)

    async def _send_reply(
        self, message: Message, address: Address, card: Card, preferences: Preferences, prefix: str
    ) -> None:
        """Send the reply; in a group its first message quotes the question."""
        reply_to = None if message.chat.type == Chat.PRIVATE else message.message_id
        for outgoing in self._conversation.messenger.render(
            card, preferences.card_style, NavigationHistory(prefix=prefix)
        ):
            await self._conversation.messenger.send_answer(address, outgoing, reply_to)
            reply_to = None


def _ordering_key(update: Update) -> int:
    """The key by which updates are ordered: the chat, else the user."""
    chat, user = update.effective_chat, update.effective_user
    return chat.id if chat else user.id if user else 0
