"""The methods of the Bot API that the bot uses: what each checks, does and answers."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.platforms.telegram.botapi import markup
from tests.platforms.telegram.botapi.world import BOT, BOT_ID, Chat, Document, Message

_MAX_DOWNLOAD = 20 << 20
"""Bytes of the largest file that a bot gets (telegram-bot-api, ``Client.cpp``: ``MAX_DOWNLOAD_FILE_SIZE``)."""
_PHOTO_HEADS = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF")


class RefusedError(Exception):
    """An answer that is no success."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


@dataclass
class ServerLimits:
    """What the server takes before it says 429; ``None`` for anything."""

    token: int | None = None
    chat_seconds: float | None = None
    group: int | None = None


class MethodHandlers:
    """Each method as ``_do_…``, over what the server knows."""

    rich: bool
    newer: bool
    inline: bool
    limits: ServerLimits
    dead_media: Callable[[str], bool]
    chats: dict[int, Chat]
    people: dict[int, dict[str, Any]]
    commands: dict[tuple[str, str], list[dict[str, str]]]
    descriptions: dict[tuple[str, str], str]
    webhook: dict[str, Any]
    busiest_second: int
    callback_asked: dict[str, float]
    callback_answers: dict[str, dict[str, Any]]
    inline_answers: dict[str, dict[str, Any]]
    inline_messages: dict[str, Message]
    again: int
    brought: Counter[int]
    _poller: asyncio.Event | None
    _updates: deque[dict[str, Any]]
    _changed: asyncio.Condition
    _sent: deque[float]
    _sent_to: dict[int, deque[float]]
    _files: dict[str, bytes]
    file_names: dict[str, str]

    documents: dict[str, Document]

    async def notify_change(self) -> None:
        raise AssertionError("the server does that")

    def _bring_waiting(self) -> None:
        raise AssertionError("the server does that")

    # -- the bot itself -----------------------------------------------------------------------------------------

    async def _do_get_me(self, _: dict[str, Any], __: object) -> Any:
        return BOT | {"supports_inline_queries": self.inline}

    async def _do_set_my_commands(self, params: dict[str, Any], _: object) -> bool:
        for command in params["commands"]:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]) or not 1 <= len(command["description"]) <= 256:
                raise RefusedError(400, "Bad Request: BOT_COMMAND_INVALID")
        if len(params["commands"]) > 100:
            raise RefusedError(400, "Bad Request: too many commands")
        key = (params.get("scope", {}).get("type", "default"), params.get("language_code", ""))
        self.commands[key] = params["commands"]
        return True

    async def _do_set_my_description(self, params: dict[str, Any], _: object) -> bool:
        return self._set_description("description", params, 512)

    async def _do_set_my_short_description(self, params: dict[str, Any], _: object) -> bool:
        return self._set_description("short_description", params, 120)

    def _set_description(self, name: str, params: dict[str, Any], most: int) -> bool:
        if len(params.get(name, "")) > most:
            raise RefusedError(400, f"Bad Request: {name} is too long")
        self.descriptions[name, params.get("language_code", "")] = params.get(name, "")
        return True

    async def _do_set_webhook(self, params: dict[str, Any], _: object) -> bool:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", params.get("secret_token", "x")):
            raise RefusedError(400, "Bad Request: secret token contains illegal characters")
        self.webhook = params
        await self._end_poll()
        self._bring_waiting()
        return True

    async def _do_delete_webhook(self, _: dict[str, Any], __: object) -> bool:
        self.webhook = {}
        return True

    async def _do_get_updates(self, params: dict[str, Any], _: object) -> list[dict[str, Any]]:
        if self.webhook.get("url"):
            raise RefusedError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                "webhook first",
            )
        await self._end_poll()
        mine = self._poller = asyncio.Event()
        self._confirm_updates(params.get("offset", 0))
        try:
            async with asyncio.timeout(min(params.get("timeout", 0), 5)), self._changed:
                await self._changed.wait_for(lambda: self._updates or mine.is_set())
        except TimeoutError:
            pass  # then it is answered with what there is: nothing, as a rule
        finally:
            if self._poller is mine:
                self._poller = None
        if mine.is_set():
            why = (
                "setWebhook request"
                if self.webhook.get("url")
                else ("other getUpdates request; make sure that only one bot instance is running")
            )
            raise RefusedError(409, f"Conflict: terminated by {why}")
        given = list(self._updates)[: params.get("limit", 100)]
        self.brought.update(update["update_id"] for update in given)
        return given

    async def _end_poll(self) -> None:
        """There is one poll at a time: the one before is answered with a conflict."""
        if self._poller:
            self._poller.set()
            await self.notify_change()

    def _confirm_updates(self, offset: int) -> None:
        """Forget what comes before the offset: the bot has it. Where ``again`` says so, it is brought once more."""
        kept = (u for u in self._updates if u["update_id"] >= offset or self.brought[u["update_id"]] <= self.again)
        self._updates = deque(kept)

    # -- files --------------------------------------------------------------------------------------------------

    async def _do_get_file(self, params: dict[str, Any], _: object) -> dict[str, Any]:
        document = self.documents.get(params["file_id"])
        if document is None:
            raise RefusedError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if document.told_size > _MAX_DOWNLOAD:
            raise RefusedError(400, "Bad Request: file is too big")
        return {
            "file_id": params["file_id"],
            "file_unique_id": params["file_id"],
            "file_size": document.told_size,
            "file_path": document.path,
        }

    # -- messages -----------------------------------------------------------------------------------------------

    async def _do_send_message(self, params: dict[str, Any], _: object) -> Any:
        return self._post_message("sendMessage", params, self._parse_classic(params, "text", 4096)).to_json()

    async def _do_send_rich_message(self, params: dict[str, Any], files: dict[str, bytes]) -> Any:
        chat = self._require_chat(params)
        parsed, photos = self._parse_rich(params["rich_message"], files)
        return self._post_message("sendRichMessage", params, parsed, photos, chat).to_json()

    async def _do_send_photo(self, params: dict[str, Any], files: dict[str, bytes]) -> Any:
        parsed = self._parse_classic(params, "caption", 1024)
        name = self._find_media(params.get("photo") or "attach://photo", files)
        return self._post_message("sendPhoto", params, parsed, [name]).to_json()

    async def _do_send_document(self, params: dict[str, Any], files: dict[str, bytes]) -> Any:
        chat = self._require_chat(params)
        content = files.get("document", b"")
        if not content:
            raise RefusedError(400, "Bad Request: file must be non-empty")
        if len(content) > 50_000_000:
            raise RefusedError(413, "Request Entity Too Large")
        parsed = self._parse_classic(params, "caption", 1024)
        message = self._post_message("sendDocument", params, parsed, chat=chat)
        message.document = (self.file_names["document"], content)
        return message.to_json()

    async def _do_send_media_group(self, params: dict[str, Any], files: dict[str, bytes]) -> Any:
        if not 2 <= len(params["media"]) <= 10:
            raise RefusedError(400, "Bad Request: MEDIA_GROUP_INVALID")
        posted = []
        chat = self._require_chat(params)
        ready = []
        for number, media in enumerate(params["media"], 1):
            try:
                ready.append((self._find_media(media["media"], files), self._parse_classic(media, "caption", 1024)))
            except RefusedError as refused:
                why = f'Failed to send message #{number} with the error message "{refused.description[13:]}"'
                raise RefusedError(400, f"Bad Request: {why}") from None
        for name, parsed in ready:
            posted.append(self._post_message("sendMediaGroup", params, parsed, [name], chat))
        return [message.to_json() for message in posted]

    async def _do_edit_message_text(self, params: dict[str, Any], files: dict[str, bytes]) -> Any:
        message = self._find_editable(params)
        if ("text" in params) == ("rich_message" in params):
            raise RefusedError(400, "Bad Request: message text is empty")
        photos: list[str] = []
        if "rich_message" in params:
            if not self.rich:
                raise RefusedError(400, "Bad Request: message text is empty")
            parsed, photos = self._parse_rich(params["rich_message"], files)
        else:
            parsed = self._parse_classic(params, "text", 4096)
        markup_ = params.get("reply_markup") or {"inline_keyboard": []}
        self._check_keyboard(params)
        before = message.params.get("reply_markup") or {"inline_keyboard": []}
        same_text = (message.parsed.text, message.parsed.tags, message.rich) == (
            parsed.text,
            parsed.tags,
            "rich_message" in params,
        )
        if same_text and markup_ == before:
            raise RefusedError(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message",
            )
        message.params = {"message_thread_id": message.thread, **params}
        message.parsed, message.photos = parsed, photos
        message.edits += 1
        return True if message.inline_id else message.to_json()

    def _find_editable(self, params: dict[str, Any]) -> Message:
        if inline := params.get("inline_message_id"):
            if inline not in self.inline_messages:
                raise RefusedError(400, "Bad Request: MESSAGE_ID_INVALID")
            return self.inline_messages[inline]
        chat = self._require_chat(params, sending=False)
        self._check_limits(chat)
        for message in chat.messages:
            if message.id == params["message_id"]:
                return message
        raise RefusedError(400, "Bad Request: message to edit not found")

    def _post_message(
        self,
        method: str,
        params: dict[str, Any],
        parsed: markup.ParsedMessage,
        photos: list[str] | None = None,
        chat: Chat | None = None,
    ) -> Message:
        chat = chat or self._require_chat(params)
        self._check_keyboard(params)
        replied = (params.get("reply_parameters") or {}).get("message_id")
        question = chat.questions.get(replied or 0)
        message = Message(chat, next(chat.numbers), method, params, parsed, photos or [], question=question)
        chat.messages.append(message)
        return message

    def _require_chat(self, params: dict[str, Any], *, sending: bool = True) -> Chat:
        wanted = params.get("chat_id")
        chat = self.find_chat(wanted)
        if chat is None:
            raise RefusedError(400, "Bad Request: chat not found")
        if chat.migrated_to:
            raise RefusedError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        if sending:
            if why := chat.get_refusal(params.get("message_thread_id")):
                raise RefusedError(*why)
            replied = params.get("reply_parameters") or {}
            if replied.get("message_id") in chat.deleted and not replied.get("allow_sending_without_reply"):
                raise RefusedError(400, "Bad Request: message to be replied not found")
            self._check_limits(chat)
        return chat

    def find_chat(self, wanted: Any) -> Chat | None:
        """A chat by its id or name."""
        if isinstance(wanted, str) and wanted.startswith("@"):
            return next((chat for chat in self.chats.values() if f"@{chat.username}" == wanted), None)
        return self.chats.get(int(wanted))

    def _check_limits(self, chat: Chat) -> None:
        now, limits, mine = time.monotonic(), self.limits, self._sent_to[chat.id]
        while self._sent and self._sent[0] <= now - 1.0:
            self._sent.popleft()
        while mine and mine[0] <= now - 60.0:
            mine.popleft()
        if limits.token and len(self._sent) >= limits.token:
            raise RefusedError(429, "Too Many Requests: retry after 1", retry_after=1)
        if limits.chat_seconds and len([at for at in mine if at > now - 3 * limits.chat_seconds]) >= 3:
            raise RefusedError(429, "Too Many Requests: retry after 1", retry_after=1)
        if limits.group and chat.id < 0 and len(mine) >= limits.group:
            raise RefusedError(429, "Too Many Requests: retry after 40", retry_after=40)
        self._sent.append(now)
        mine.append(now)
        self.busiest_second = max(self.busiest_second, len(self._sent))

    def _parse_classic(self, params: dict[str, Any], name: str, most: int) -> markup.ParsedMessage:
        text = params.get(name, "")
        try:
            parsed = markup.parse_classic(text) if params.get("parse_mode") == "HTML" else markup.ParsedMessage(text)
        except markup.MarkupError as error:
            raise RefusedError(400, f"Bad Request: {error}") from None
        if name == "text" and not parsed.text.strip():
            raise RefusedError(400, "Bad Request: message text is empty")
        if markup.count_units(parsed.text) > most:
            raise RefusedError(400, f"Bad Request: {'message' if name == 'text' else 'message caption'} is too long")
        return parsed

    def _parse_rich(self, message: dict[str, Any], files: dict[str, bytes]) -> tuple[markup.ParsedMessage, list[str]]:
        try:
            parsed = markup.parse_rich(message["html"], newer=self.newer)
        except markup.MarkupError as error:
            raise RefusedError(400, f"Bad Request: {error}") from None
        if not parsed.text.strip():
            raise RefusedError(400, "Bad Request: message text is empty")
        over = {
            "text": len(parsed.text) > 32_768,
            "blocks": parsed.blocks > 500,
            "nesting": parsed.depth > 16,
            "media": len(parsed.media) > 50,
        }
        if any(over.values()):
            raise RefusedError(400, f"Bad Request: rich message has too much {[k for k, v in over.items() if v]}")
        given = {media["id"]: media["media"]["media"] for media in message.get("media", [])}
        photos = []
        for source in parsed.media:
            name = re.fullmatch(r"tg://photo\?id=([\w-]{1,64})", source)
            if name and name[1] not in given:
                raise RefusedError(400, "Bad Request: wrong file identifier/HTTP URL specified")
            photos.append(self._find_media(given[name[1]] if name else source, files))
        for button in parsed.buttons:
            self._check_data(button.get("data", "x"))
            if "query" in button and not self.inline:
                raise RefusedError(400, "Bad Request: BUTTON_TYPE_INVALID")
        return parsed, photos

    def _find_media(self, source: str, files: dict[str, bytes]) -> str:
        """The picture's name, where Telegram can get it."""
        if source.startswith("attach://"):
            content = files.get(source.removeprefix("attach://"), b"")
            if not content.startswith(_PHOTO_HEADS) or len(content) > 10_000_000:
                raise RefusedError(400, "Bad Request: IMAGE_PROCESS_FAILED")
            name = f"upload{len(self._files)}"
            self._files[f"file-{name}-800"] = content
            return name
        if source.startswith(("http://", "https://")):
            if self.dead_media(source):
                raise RefusedError(400, "Bad Request: failed to get HTTP URL content")
            return source
        if source not in self._files:
            raise RefusedError(400, "Bad Request: wrong file identifier/HTTP URL specified")
        return source.removeprefix("file-").removesuffix("-800")

    def _check_keyboard(self, params: dict[str, Any]) -> None:
        placeholder = (params.get("reply_markup") or {}).get("input_field_placeholder", "x")
        if not 1 <= len(placeholder) <= 64:
            raise RefusedError(400, "Bad Request: REPLY_MARKUP_PLACEHOLDER_INVALID")
        rows = (params.get("reply_markup") or {}).get("inline_keyboard", [])
        if sum(map(len, rows)) > 100:
            raise RefusedError(400, "Bad Request: reply markup is too long")
        for button in (button for row in rows for button in row):
            kinds = [k for k in ("url", "callback_data", "switch_inline_query") if k in button]
            if len(kinds) != 1 or not button["text"].strip():
                raise RefusedError(400, "Bad Request: can't parse inline keyboard button: text buttons are unallowed")
            self._check_data(button.get("callback_data", "x"))
            if "switch_inline_query" in button and not self.inline:
                raise RefusedError(400, "Bad Request: BUTTON_TYPE_INVALID")
            if "url" in button and not button["url"].startswith(("http://", "https://", "tg://")):
                raise RefusedError(400, "Bad Request: BUTTON_URL_INVALID")

    def _check_data(self, data: str) -> None:
        if not 1 <= len(data.encode()) <= 64:
            raise RefusedError(400, "Bad Request: BUTTON_DATA_INVALID")

    # -- answers ------------------------------------------------------------------------------------------------

    async def _do_answer_callback_query(self, params: dict[str, Any], _: object) -> bool:
        asked = params["callback_query_id"]
        if asked not in self.callback_asked or asked in self.callback_answers:
            why = "query is too old and response timeout expired or query ID is invalid"
            raise RefusedError(400, f"Bad Request: {why}")
        if len(params.get("text", "")) > 200:
            raise RefusedError(400, "Bad Request: MESSAGE_TOO_LONG")
        self.callback_answers[asked] = {**params, "after": time.monotonic() - self.callback_asked[asked]}
        return True

    async def _do_answer_inline_query(self, params: dict[str, Any], files: dict[str, bytes]) -> bool:
        if len(params["results"]) > 50:
            raise RefusedError(400, "Bad Request: RESULTS_TOO_MUCH")
        if len({result["id"] for result in params["results"]}) != len(params["results"]):
            raise RefusedError(400, "Bad Request: RESULT_ID_DUPLICATE")
        for result in params["results"]:
            if not 1 <= len(result["id"].encode()) <= 64:
                raise RefusedError(400, "Bad Request: RESULT_ID_INVALID")
            self.parse_content(result["input_message_content"])
            self._check_keyboard(result)
        self.inline_answers[params["inline_query_id"]] = params
        return True

    def parse_content(self, given: dict[str, Any]) -> tuple[markup.ParsedMessage, list[str]]:
        """The message that an inline result posts."""
        if "rich_message" in given:
            return self._parse_rich(given["rich_message"], {})
        return self._parse_classic({"text": given["message_text"], **given}, "text", 4096), []

    async def _do_get_chat_member(self, params: dict[str, Any], _: object) -> Any:
        chat = self.find_chat(params["chat_id"])
        if chat is None:
            raise RefusedError(400, "Bad Request: chat not found")
        person = self.people.get(params["user_id"])
        if person is None:
            raise RefusedError(400, "Bad Request: PARTICIPANT_ID_INVALID")
        if chat.members.get(BOT_ID, "left") in ("left", "kicked"):
            raise RefusedError(403, f"Forbidden: bot is not a member of the {chat.type} chat")
        return chat.get_member(person)

    async def _do_get_chat(self, params: dict[str, Any], _: object) -> Any:
        chat = self.find_chat(params["chat_id"])
        if chat is None or chat.members.get(BOT_ID, "left") in ("left", "kicked"):
            raise RefusedError(400, "Bad Request: chat not found")
        gifts = dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
        )
        return chat.to_json() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
