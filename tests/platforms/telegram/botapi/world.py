"""What the server knows: people, chats, their members, and the messages in them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.platforms.telegram.botapi.markup import ParsedMessage

BOT_ID = 4242
BOT_NAME = "digest_test_bot"
BOT = {
    "id": BOT_ID, "is_bot": True, "first_name": "digestbot", "username": BOT_NAME, "can_join_groups": True,
    "can_read_all_group_messages": False, "supports_inline_queries": True,
}  # fmt: skip
_RIGHTS = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
    "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories",
)  # fmt: skip
_PERMISSIONS = (
    "can_change_info", "can_invite_users", "can_pin_messages", "can_send_messages", "can_send_polls",
    "can_send_other_messages", "can_add_web_page_previews", "can_manage_topics", "can_send_audios",
    "can_send_documents", "can_send_photos", "can_send_videos", "can_send_video_notes", "can_send_voice_notes",
    "can_edit_tag", "can_react_to_messages",
)  # fmt: skip
_ids = itertools.count(1000)


@dataclass
class Message:
    """A message of the bot, as it stands now."""

    chat: Chat
    id: int
    method: str
    params: dict[str, Any]
    parsed: ParsedMessage
    photos: list[str] = field(default_factory=list)
    inline_id: str = ""
    edits: int = 0
    question: dict[str, Any] | None = None
    """The message that it answers, as the API gives it back."""
    document: tuple[str, bytes] = ("", b"")
    """The name of a file and what is in it."""

    @property
    def text(self) -> str:
        """What a person reads."""
        return self.parsed.lines or self.parsed.text

    @property
    def thread(self) -> int | None:
        return self.params.get("message_thread_id")

    @property
    def rich(self) -> bool:
        return "rich_message" in self.params

    @property
    def keyboard(self) -> list[dict[str, Any]]:
        """Every button, those inside the text included."""
        rows = (self.params.get("reply_markup") or {}).get("inline_keyboard", [])
        inner = [{"text": "", "callback_data": b["data"]} for b in self.parsed.buttons if "data" in b]
        return [*(button for row in rows for button in row), *inner]

    def find_button(self, label: str) -> dict[str, Any]:
        """The button with that label; else one that has it in its label, or in its data."""
        found = [button for button in self.keyboard if label == button["text"]]
        found += [button for button in self.keyboard if label in button["text"]]
        found += [button for button in self.keyboard if label in button.get("callback_data", "")]
        if found:
            return found[0]
        raise AssertionError(f"no button {label!r} among {[b['text'] for b in self.keyboard]}")

    def to_json(self) -> dict[str, Any]:
        """As the API gives it back."""
        message: dict[str, Any] = {
            "message_id": self.id,
            "date": 1_700_000_000,
            "chat": self.chat.to_json(),
            "from": BOT,
        }
        if self.question:
            message["reply_to_message"] = self.question
        if self.thread:
            message |= {"message_thread_id": self.thread, "is_topic_message": True}
        entities = [
            {"type": "text_link", "offset": offset, "length": length, "url": url}
            for offset, length, url in self.parsed.placed_links
        ]
        if self.rich:
            links = [{"type": "paragraph", "text": {"text": "", "url": url}} for url in self.parsed.links]
            message["rich_message"] = {"blocks": [*links, *(_build_photo(name) for name in self.photos)]}
        elif self.photos:
            photo = _build_photo(self.photos[0])["photo"]
            message |= {"photo": photo, "caption": self.parsed.text, "caption_entities": entities}
        else:
            message |= {"text": self.parsed.text, "entities": entities}
        if inline := (self.params.get("reply_markup") or {}).get("inline_keyboard"):
            message["reply_markup"] = {"inline_keyboard": inline}
        return message


def _build_photo(name: str) -> dict[str, Any]:
    sizes = [
        {"file_id": f"file-{name}-{w}", "file_unique_id": f"{name}-{w}", "width": w, "height": w} for w in (90, 800)
    ]
    return {"type": "photo", "photo": sizes}


@dataclass
class Document:
    """A file that somebody sent. ``told_size`` is what the server says of it, whatever there is at its ``path``."""

    path: str
    content: bytes
    told_size: int


@dataclass
class Chat:
    """A private chat, group, supergroup or channel. ``members`` maps a person's id to their status."""

    id: int
    type: str
    title: str = ""
    username: str = ""
    members: dict[int, str] = field(default_factory=dict)
    threads: set[int] = field(default_factory=set)
    questions: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What people wrote, by the message's number."""
    closed: set[int | None] = field(default_factory=set)
    """Closed topics; ``None`` is the general one."""
    deleted_says: str = "message thread not found"
    """What is said of a deleted topic: ``TOPIC_DELETED`` where the server did not know yet."""
    deleted: set[int] = field(default_factory=set)
    """Messages of people that are not there any more."""
    migrated_to: int = 0
    bot_posts: bool = True
    gone: str = ""
    """Why the bot can send nothing here any more, in the server's words."""
    messages: list[Message] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def to_json(self) -> dict[str, Any]:
        chat: dict[str, Any] = {"id": self.id, "type": self.type}
        if self.title:
            chat["title"] = self.title
        if self.username:
            chat["username"] = self.username
        if self.type == "private":
            chat["first_name"] = "Reader"
        if self.threads:
            chat["is_forum"] = True
        return chat

    def get_member(self, person: dict[str, Any]) -> dict[str, Any]:
        """A ChatMember."""
        status = self.members.get(person["id"], "left")
        member: dict[str, Any] = {"status": status, "user": person}
        if status == "administrator":
            member |= dict.fromkeys(_RIGHTS, False)
            if self.type == "channel":
                member |= {"can_post_messages": self.bot_posts, "can_edit_messages": False}
        if status == "creator":
            member["is_anonymous"] = False
        if status == "restricted":
            member |= dict.fromkeys(_PERMISSIONS, True) | {"is_member": True}
        if status in ("kicked", "restricted"):
            member["until_date"] = 0
        return member

    def get_refusal(self, thread: int | None) -> tuple[int, str] | None:
        """Why the bot's message is not taken."""
        status = self.members.get(BOT_ID, "left")
        kind = self.type
        if self.gone:
            return (403, self.gone) if self.gone.startswith("Forbidden") else (400, self.gone)
        if kind == "private" and status == "left":
            return 403, "Forbidden: bot can't initiate conversation with a user"
        if kind == "private" and status == "kicked":
            return 403, "Forbidden: bot was blocked by the user"
        if status == "kicked":
            return 403, f"Forbidden: bot was kicked from the {kind} chat"
        if status == "left":
            return 403, f"Forbidden: bot is not a member of the {kind} chat"
        if kind == "channel" and not self.bot_posts:
            return 400, "Bad Request: need administrator rights in the channel chat"
        if thread and thread not in self.threads:
            return 400, f"Bad Request: {self.deleted_says}"
        if thread in self.closed and status != "administrator":
            return 400, "Bad Request: TOPIC_CLOSED"
        return None


def new_id() -> int:
    """A number that nobody has."""
    return next(_ids)
