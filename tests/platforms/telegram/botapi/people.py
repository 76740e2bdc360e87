"""People, who act as people do: type, tap, add the bot to a group."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from tests.platforms.telegram.botapi.server import BotApi, supergroup_id
from tests.platforms.telegram.botapi.world import BOT, BOT_ID, Chat, Document, Message, new_id

_OLD = 1_700_000_000


@dataclass
class TapAnswer:
    """What a tap brought: the words that pop up, whether as an alert, after how many seconds, and what it opened."""

    text: str
    alert: bool
    after: float
    url: str = ""


@dataclass
class Person:
    """Somebody with a private chat with the bot, once they start it."""

    api: BotApi
    name: str = "Ada"
    language: str = "en"
    id: int = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.api.people[self.id] = self.to_json()
        self.chat = Chat(self.id, "private", members={})
        self.api.chats[self.id] = self.chat

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": self.language}

    # -- talking ------------------------------------------------------------------------------------------------

    async def send_text(self, text: str, chat: Chat | None = None, *, answers: int = 1, **more: Any) -> Message:
        """Type into a chat and wait for what the bot posts there; the last of so many messages."""
        place = chat or self.chat
        before = len(place.messages)
        await self.type_text(text, chat, **more)
        await self.api.wait_until(lambda: len(place.messages) >= before + answers)
        return place.messages[before + answers - 1]

    async def type_text(self, text: str, chat: Chat | None = None, **more: Any) -> int:
        """Type into a chat, and wait for nothing."""
        place = chat or self.chat
        if place.type == "private":
            place.members.setdefault(BOT_ID, "member")
        number = next(place.numbers)
        message = {
            "message_id": number,
            "date": _OLD,
            "chat": place.to_json(),
            "from": self.to_json(),
            "text": text,
            **more,
        }
        if text.startswith("/"):
            length = len(text.split(maxsplit=1)[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        place.questions[number] = {key: value for key, value in message.items() if key != "entities"}
        await self.api.send_update(message=message)
        return number

    async def send_document(self, name: str, content: bytes, chat: Chat | None = None, **more: Any) -> Message:
        """Send a file, and wait for what the bot posts."""
        place = chat or self.chat
        before = len(place.messages)
        await self.post_document(name, content, chat, **more)
        await self.api.wait_until(lambda: len(place.messages) > before)
        return place.messages[before]

    async def post_document(
        self, name: str, content: bytes, chat: Chat | None = None, caption: str = "", size: int = -1, **more: Any
    ) -> dict[str, Any]:
        """Send a file, of which the server may tell another ``size``, and wait for nothing; the message."""
        place = chat or self.chat
        if place.type == "private":
            place.members.setdefault(BOT_ID, "member")
        told = len(content) if size < 0 else size
        file_id = f"document{new_id()}"
        self.api.documents[file_id] = Document(f"documents/{file_id} ä", content, told)
        described = {"file_id": file_id, "file_unique_id": file_id, "file_name": name, "file_size": told}
        message: dict[str, Any] = {
            "message_id": next(place.numbers),
            "date": _OLD,
            "chat": place.to_json(),
            "from": self.to_json(),
            "document": described,
            **({"caption": caption} if caption else {}),
            **more,
        }
        if caption.startswith("/"):
            length = len(caption.split(maxsplit=1)[0])
            message["caption_entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        place.questions[message["message_id"]] = {"message_id": message["message_id"], "date": _OLD} | {
            key: message[key] for key in ("chat", "from", "document")
        }
        await self.api.send_update(message=message)
        return message

    async def tap(self, message: Message, label: str) -> TapAnswer:
        """Tap a button and wait for the answer to the tap."""
        asked = await self.send_callback(message, message.find_button(label)["callback_data"])
        return await self.wait_for_answer(asked)

    async def send_callback(self, message: Message, data: str) -> str:
        """Send a button's data, whatever it is; the query's id."""
        asked = str(new_id())
        query: dict[str, Any] = {"id": asked, "from": self.to_json(), "chat_instance": "1", "data": data}
        if message.inline_id:
            query["inline_message_id"] = message.inline_id
        else:
            query["message"] = message.to_json()
        self.api.callback_asked[asked] = time.monotonic()
        await self.api.send_update(callback_query=query)
        return asked

    async def wait_for_answer(self, asked: str) -> TapAnswer:
        """Wait for the answer to a tap."""
        answer = await self.api.wait_until(lambda: self.api.callback_answers.get(asked))
        said, alert = answer.get("text", ""), answer.get("show_alert", False)
        return TapAnswer(said, alert, answer["after"], answer.get("url", ""))

    async def query_inline(self, words: str, offset: str = "") -> dict[str, Any]:
        """Type the bot's name and words in any chat; what is offered."""
        asked = str(new_id())
        await self.api.send_update(inline_query={"id": asked, "from": self.to_json(), "query": words, "offset": offset})
        offered: dict[str, Any] = await self.api.wait_until(lambda: self.api.inline_answers.get(asked))
        return offered

    def choose_result(self, result: dict[str, Any], chat: Chat) -> Message:
        """Post an offered card into a chat."""
        parsed, photos = self.api.parse_content(result["input_message_content"])
        params = {**result["input_message_content"], "reply_markup": result.get("reply_markup")}
        inline = f"inline{new_id()}"
        message = Message(chat, next(chat.numbers), "inline", params, parsed, photos, inline)
        self.api.inline_messages[inline] = message
        return message

    # -- chats --------------------------------------------------------------------------------------------------

    def create_chat(self, kind: str, title: str, username: str = "", threads: tuple[int, ...] = ()) -> Chat:
        """Make a group, supergroup or channel of their own."""
        number = -new_id() if kind == "group" else supergroup_id()
        chat = Chat(number, kind, title, username, {self.id: "creator"}, set(threads))
        self.api.chats[chat.id] = chat
        return chat

    async def add_bot(self, chat: Chat, status: str = "member") -> None:
        """Add the bot, or change what it is there."""
        await self._change_membership(chat, status)

    async def remove_bot(self, chat: Chat) -> None:
        """Remove the bot from a chat, or block it in private."""
        await self._change_membership(chat, "kicked")

    async def _change_membership(self, chat: Chat, status: str) -> None:
        before = chat.get_member(BOT)
        chat.members[BOT_ID] = status
        changed = {
            "chat": chat.to_json(),
            "from": self.to_json(),
            "date": _OLD,
            "old_chat_member": before,
            "new_chat_member": chat.get_member(BOT),
        }
        await self.api.send_update(my_chat_member=changed)

    async def upgrade_group(self, chat: Chat) -> Chat:
        """Make a group a supergroup: it goes on under another id."""
        new = self.api.upgrade_chat(chat)
        service = {"message_id": next(chat.numbers), "date": _OLD, "chat": chat.to_json(), "from": self.to_json()}
        await self.api.send_update(message={**service, "migrate_to_chat_id": new.id})
        arrived = {"message_id": next(new.numbers), "date": _OLD, "chat": new.to_json(), "from": self.to_json()}
        await self.api.send_update(message={**arrived, "migrate_from_chat_id": chat.id})
        return new

    # -- forum topics -------------------------------------------------------------------------------------------

    async def close_topic(self, chat: Chat, thread: int | None = None) -> None:
        """Close a topic; without a thread, the general one."""
        chat.closed.add(thread)
        await self._send_topic_event(chat, thread, "forum_topic_closed")

    async def reopen_topic(self, chat: Chat, thread: int | None = None) -> None:
        """Open a topic again."""
        chat.closed.discard(thread)
        await self._send_topic_event(chat, thread, "forum_topic_reopened")

    def delete_topic(self, chat: Chat, thread: int) -> None:
        """Delete a topic: nobody tells the bot."""
        chat.threads.discard(thread)

    async def _send_topic_event(self, chat: Chat, thread: int | None, happened: str) -> None:
        message = {"message_id": next(chat.numbers), "date": _OLD, "chat": chat.to_json(), "from": self.to_json()}
        if thread is not None:
            message |= {"message_thread_id": thread, "is_topic_message": True}
        await self.api.send_update(message={**message, happened: {}})
