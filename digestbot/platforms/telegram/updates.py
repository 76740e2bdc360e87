"""Updates as they come: each chat's in their order, all chats' at once."""

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
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address, Preferences
from digestbot.errors import DigestbotError
from digestbot.locale import translate
from digestbot.platforms.telegram.chats import Chats
from digestbot.platforms.telegram.inline import InlineMode
from digestbot.platforms.telegram.presses import Presses
from digestbot.platforms.telegram.talk import NAME, Talk
from digestbot.store import Store

KINDS = ["message", "callback_query", "inline_query", "my_chat_member"]
"""The updates that are asked for; any other kind is passed over."""
_AT_ONCE = 1000
_WAITING = 20
"""Updates of one chat that may wait for their turn: what comes on top is passed over, lest one chat fill the queue."""
_REMEMBERED = 1000
_FINISHED_IN = 3.0
"""Seconds that answers in work have when the process is to end."""
Work = Callable[[], Awaitable[None]]
_log = structlog.get_logger(__name__)


class Updates:
    """Handles what Telegram tells, until cancelled."""

    def __init__(self, talk: Talk, presses: Presses, inline: InlineMode, chats: Chats, store: Store) -> None:
        self._talk = talk
        self._presses = presses
        self._inline = inline
        self._chats = chats
        self._store = store
        self._tasks: set[asyncio.Task[None]] = set()
        self._last: dict[int, asyncio.Task[None]] = {}
        self._waiting: Counter[int] = Counter()
        self._seen: deque[int] = deque(maxlen=_REMEMBERED)
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def handle(self, queue: asyncio.Queue[object]) -> None:
        """Handle updates from the queue until cancelled; what is in work then has some seconds to be finished."""
        try:
            while True:
                update = await queue.get()
                if isinstance(update, Update) and self._is_new(update):
                    await self._slots.acquire()
                    self._begin(update)
        finally:
            await self._finish()

    async def _finish(self) -> None:
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_FINISHED_IN)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _is_new(self, update: Update) -> bool:
        """Whether it was not handled yet: a webhook's update comes again when Telegram did not hear our answer."""
        if update.update_id in self._seen:
            return False
        self._seen.append(update.update_id)
        return True

    def _begin(self, update: Update) -> None:
        key = _ordered_by(update)
        work = self._work(update) if self._waiting[key] < _WAITING else self._too_much(update)
        if work is None:
            self._slots.release()
            return
        self._waiting[key] += 1
        task = asyncio.create_task(self._after(self._last.get(key), work, update))
        self._last[key] = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(key, done))

    def _ended(self, key: int, task: asyncio.Task[None]) -> None:
        self._slots.release()
        self._waiting[key] -= 1
        self._tasks.discard(task)
        if self._last.get(key) is task:
            del self._last[key], self._waiting[key]

    def _work(self, update: Update) -> Work | None:
        """What an update asks for; ``None`` for nothing."""
        if update.callback_query:
            tap = self._presses.begin(update.callback_query)
            return tap.answer if self._presses.repeated(update.callback_query) else partial(self._presses.do, tap)
        if update.inline_query:
            return partial(self._inline.answer, update.inline_query)
        if update.my_chat_member:
            return partial(self._chats.changed, update.my_chat_member)
        if update.message:
            return partial(self._message, update.message)
        return None  # an edited command was answered when it was new; other kinds are not for us

    def _too_much(self, update: Update) -> Work | None:
        """What is left of an update of a chat that sends faster than it can be answered."""
        _log.warning("telegram_chat_sends_too_fast", update=update.update_id)
        return self._presses.begin(update.callback_query).answer if update.callback_query else None

    async def _after(self, before: asyncio.Task[None] | None, work: Work, update: Update) -> None:
        if before:
            await asyncio.wait([before])
        try:
            await work()
        except ChatMigrated as error:
            chat = update.effective_chat
            if chat:
                await self._store.subscribers.move(NAME, str(chat.id), str(error.new_chat_id))
        except TelegramError as error:
            _log.info("telegram_answer_failed", reason=error.message)
        except DigestbotError as error:
            _log.error("telegram_update_failed", reason=str(error))
        except Exception:  # noqa: BLE001  # one update's bug must not stop the others
            _log.exception("telegram_update_failed", update=update.update_id)

    async def _message(self, message: Message) -> None:
        if message.migrate_to_chat_id or message.migrate_from_chat_id:
            await self._chats.moved(message)
            return
        said = self._talk.typed(message)
        if said is not None:
            await self._answer(message, said)
        elif message.chat.type == Chat.PRIVATE and message.effective_attachment and message.from_user:
            address = Address(NAME, str(message.chat.id))
            text = translate(await self._talk.language(message.from_user), "telegram.unread")
            await self._send(message, address, replies.message_card("", text), Preferences(), "")

    async def _answer(self, message: Message, said: IncomingMessage) -> None:
        user = message.from_user.id if message.from_user else 0
        there = await self._talk.answer(said, user)
        await self._send(message, said.address, there.answer.card, there.answer.preferences, there.prefix)

    async def _send(
        self, message: Message, address: Address, card: Card, preferences: Preferences, prefix: str
    ) -> None:
        """The answer's parts; in a group the first is a reply, so that all see what it answers."""
        reply_to = None if message.chat.type == Chat.PRIVATE else message.message_id
        for part in self._talk.messenger.parts(card, preferences.card_style, NavigationHistory(prefix=prefix)):
            await self._talk.messenger.answer(address, part, reply_to)
            reply_to = None


def _ordered_by(update: Update) -> int:
    """What keeps updates in order: their chat, or their person where there is none."""
    chat, user = update.effective_chat, update.effective_user
    return chat.id if chat else user.id if user else 0
