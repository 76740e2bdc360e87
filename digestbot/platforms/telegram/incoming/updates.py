"""Handles updates: in order within a chat, concurrently across chats."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from telegram import CallbackQuery, Chat, Message, Update
from telegram.error import ChatMigrated, TelegramError

from digestbot.cards import replies
from digestbot.cards.callback_data import NavigationHistory
from digestbot.core.answers.answer_limiter import Admission, AnswerLimiter
from digestbot.core.ports import IncomingMessage, LeaderCheck, Reply, always_lead
from digestbot.domain.subscription import Address, Preferences
from digestbot.errors import DigestbotError
from digestbot.i18n import translate
from digestbot.platforms.common.tasks import finish_tasks
from digestbot.platforms.telegram.commands import PLATFORM_NAME
from digestbot.platforms.telegram.incoming.callbacks import CallbackHandler
from digestbot.platforms.telegram.incoming.forms import WordForms
from digestbot.platforms.telegram.incoming.inline_mode import InlineMode
from digestbot.platforms.telegram.incoming.membership import MembershipHandler
from digestbot.platforms.telegram.incoming.messages import Conversation
from digestbot.platforms.telegram.incoming.rich_text import is_rich
from digestbot.store import Store

ALLOWED_UPDATES = ["message", "callback_query", "inline_query", "my_chat_member"]
"""The requested update types; others are ignored."""
_MAX_CONCURRENT_UPDATES = 1000
_MAX_QUEUED_PER_CHAT = 20
"""Maximum waiting updates per chat: more are dropped, so that one chat cannot fill the queue."""
_REMEMBERED_UPDATES = 1000
_SHUTDOWN_TIMEOUT_SECONDS = 3.0
"""Seconds that running replies have when the process stops."""
UpdateTask = Callable[[], Awaitable[object]]
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
        forms: WordForms,
        limiter: AnswerLimiter,
        is_leading: LeaderCheck = always_lead,
    ) -> None:
        self._forms = forms
        self._is_leading = is_leading
        self._conversation = conversation
        self._callbacks = callbacks
        self._inline = inline
        self._membership = membership
        self._store = store
        self._limiter = limiter
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_task_by_chat: dict[int, asyncio.Task[None]] = {}
        self._queued_by_chat: Counter[int] = Counter()
        self._full_queues: set[int] = set()
        self._seen_update_ids: deque[int] = deque(maxlen=_REMEMBERED_UPDATES)
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT_UPDATES)

    async def handle_updates(self, queue: asyncio.Queue[object]) -> None:
        """Handle updates from the queue until cancelled; running work then has some seconds to finish."""
        try:
            while True:
                update = await queue.get()
                if isinstance(update, Update) and self._is_new(update):
                    await self._slots.acquire()
                    self._start_task_safely(update)
        finally:
            await asyncio.gather(
                finish_tasks(self._tasks, _SHUTDOWN_TIMEOUT_SECONDS),
                self._conversation.answers.live.close(_SHUTDOWN_TIMEOUT_SECONDS),
            )

    def _is_new(self, update: Update) -> bool:
        """Whether the update is new: Telegram sends a webhook's update again if it missed the response."""
        if update.update_id in self._seen_update_ids:
            return False
        self._seen_update_ids.append(update.update_id)
        return True

    def _start_task_safely(self, update: Update) -> None:
        try:
            self._start_task(update)
        except Exception:  # noqa: BLE001  # one update's bug must not stop the others
            self._slots.release()
            _log.exception("telegram_update_failed", update=update.update_id)

    def _start_task(self, update: Update) -> None:
        key = _ordering_key(update)
        is_queue_full = self._queued_by_chat[key] >= _MAX_QUEUED_PER_CHAT
        if is_queue_full and key not in self._full_queues:  # once a flood: a line for each would be one of its own
            self._full_queues.add(key)
            _log.warning("telegram_chat_rate_limited", update=update.update_id)
        run = None if is_queue_full else self._choose_task(update)
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
            self._full_queues.discard(key)

    def _choose_task(self, update: Update) -> UpdateTask | None:
        """The work that an update requires; ``None`` if there is none."""
        if update.callback_query:
            return self._choose_tap_task(update.callback_query)
        if update.inline_query:
            is_admitted = self._limiter.admit_typing(str(update.inline_query.from_user.id))
            return partial(
                self._inline.answer_query if is_admitted else self._inline.answer_nothing, update.inline_query
            )
        if update.my_chat_member:
            return partial(self._membership.handle_member_update, update.my_chat_member)
        if update.message:
            return self._choose_message_task(update.message)
        return None  # an edited command was answered when it was new; other kinds are not for us

    def _choose_tap_task(self, query: CallbackQuery) -> UpdateTask:
        """Run a tap's command, unless it was tapped twice or too fast; the tap is answered in any case."""
        admission = self._admit(str(query.from_user.id), query.message.chat if query.message else None)
        tap = self._callbacks.start_answer(query)
        if admission is Admission.NOTICED:
            return partial(self._callbacks.decline_callback, tap)
        is_declined = admission is Admission.REFUSED or self._callbacks.is_repeated(query)
        return tap.answer if is_declined else partial(self._callbacks.handle_callback, tap)

    def _choose_message_task(self, message: Message) -> UpdateTask | None:
        """Answer a message, if it is for the bot and not one too many."""
        if message.migrate_to_chat_id or message.migrate_from_chat_id:
            return partial(self._membership.handle_migration, message)
        if message.forum_topic_reopened or message.general_forum_topic_unhidden:
            return partial(self._membership.handle_reopened_topic, message)
        if self._forms.may_answer(message):
            return partial(self._answer_form, message)
        return self._choose_answer_task(message, self._conversation.from_message(message))

    async def _answer_form(self, message: Message) -> None:
        """Run the command that a reply has the words for, if its person was asked for them; else answer it as any."""
        asked = await self._forms.find_asked(message)
        if asked and not asked.command:
            task: UpdateTask | None = partial(self._tell, message, "telegram.stale_form")
        else:
            incoming = self._conversation.from_message(message, asked.command if asked else "")
            task = self._choose_answer_task(message, incoming)
        if task:
            await task()

    def _choose_answer_task(self, message: Message, incoming: IncomingMessage | None) -> UpdateTask | None:
        if incoming is None and not _is_unreadable(message):
            return None
        person = incoming.user.chat if incoming and incoming.user else str(message.chat.id)
        admission = self._admit(person, message.chat)
        if admission is Admission.ANSWERED:
            return (
                partial(self._answer_message, message, incoming)
                if incoming
                else partial(self._tell, message, "telegram.unread")
            )
        return partial(self._tell, message, "telegram.too_fast") if admission is Admission.NOTICED else None

    def _admit(self, person: str, chat: Chat | None) -> Admission:
        is_group = chat is not None and chat.type != Chat.PRIVATE
        admission = self._limiter.admit(person, str(chat.id) if chat and is_group else "", is_slow_group=is_group)
        if admission is Admission.NOTICED:
            _log.warning("telegram_person_rate_limited")
        return admission

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

    async def _tell(self, message: Message, key: str) -> None:
        """Answer with a sentence, in the language of the person."""
        if message.from_user:
            text = translate(await self._conversation.get_language(message.from_user), key)
            address = self._conversation.get_message_address(message)
            await self._send_reply(message, address, Reply(replies.message_card("", text), Preferences()), "")

    async def _answer_message(self, message: Message, incoming: IncomingMessage) -> None:
        if not await self._conversation.is_wanted(message):
            return
        user = message.from_user.id if message.from_user else 0
        result = await self._conversation.build_answer(incoming, user)
        await self._send_reply(message, incoming.address, result.answer, result.prefix)

    async def _send_reply(self, message: Message, address: Address, reply: Reply, prefix: str) -> None:
        """Send the reply; in a group its messages quote the question: whose they are is seen by that."""
        reply_to = None if message.chat.type == Chat.PRIVATE else message.message_id
        person = message.from_user.id if message.from_user else 0
        history = NavigationHistory(prefix=prefix)
        await self._conversation.answers.send(address, reply, person, history, reply_to=reply_to)


def _ordering_key(update: Update) -> int:
    """The key by which updates are ordered: the chat, else the user."""
    chat, user = update.effective_chat, update.effective_user
    return chat.id if chat else user.id if user else 0


def _is_unreadable(message: Message) -> bool:
    """Whether a person sent the bot something other than text."""
    has_content = bool(message.effective_attachment) or is_rich(message)
    return message.chat.type == Chat.PRIVATE and has_content and message.from_user is not None
