"""What Telegram says, and what it means: each wording once, as the official server writes it."""

from __future__ import annotations

import pytest
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, TelegramError

from digestbot.errors import (
    AmbiguousDeliveryError,
    ChatMovedError,
    DeliveryError,
    PermanentDeliveryError,
    RateLimitedError,
    RejectedMessageError,
    TemporaryDeliveryError,
)
from digestbot.platforms.telegram import errors
from digestbot.platforms.telegram.transport import FloodError, MaybeSentError

UNREACHABLE = [
    "chat not found",
    "user not found",
    "PEER_ID_INVALID",
    "CHAT_WRITE_FORBIDDEN",
    "CHAT_RESTRICTED",
    "CHAT_ADMIN_REQUIRED",
    "not enough rights to send text messages to the chat",
    "have no rights to send a message",
    "need administrator rights in the channel chat",
    "group chat was deactivated",
    "message thread not found",
    "TOPIC_CLOSED",
    "TOPIC_DELETED",
    "the chat is a forum and the message must be sent to a topic",
]
FORBIDDEN = [
    "bot was blocked by the user",
    "bot was kicked from the group chat",
    "bot was kicked from the supergroup chat",
    "bot was kicked from the channel chat",
    "bot is not a member of the channel chat",
    "bot can't initiate conversation with a user",
    "bot can't send messages to bots",
    "user is deactivated",
    "the group chat was deleted",
]
MEDIA = [
    "wrong file identifier/HTTP URL specified",
    "failed to get HTTP URL content",
    "wrong type of the web page content",
    "wrong HTTP URL specified",
    "can't upload file by URL",
    "WEBPAGE_CURL_FAILED",
    "WEBPAGE_MEDIA_EMPTY",
    "MEDIA_EMPTY",
    "PHOTO_INVALID_DIMENSIONS",
    "IMAGE_PROCESS_FAILED",
    "PHOTO_SAVE_FILE_INVALID",
    "wrong remote file identifier specified: can't unserialize it",
]
MARKUP = [
    "can't parse entities: Unclosed start tag at byte offset 3",
    'can\'t parse rich message: Unsupported start tag "x"',
    'unsupported start tag "x" at byte offset 0',
    "rich message has too many blocks",
    "message is too long",
    "MESSAGE_TOO_LONG",
]
_SAME = "specified new message content and reply markup are exactly the same as a current content and reply markup"
UNCHANGED = [f"message is not modified: {_SAME} of the message"]
TOO_LATE = ["query is too old and response timeout expired or query ID is invalid", "QUERY_ID_INVALID"]
BUTTONS = ['can\'t parse rich message: Unsupported start tag "tg-button-row" at byte offset 9']
OTHER = ["BUTTON_DATA_INVALID", "message text is empty", "reply markup is too long", "message to edit not found"]

KINDS = {
    errors.is_unreachable: UNREACHABLE,
    errors.is_media_error: MEDIA,
    errors.is_markup_error: [*MARKUP, *BUTTONS],
    errors.is_not_modified: UNCHANGED,
    errors.is_query_expired: TOO_LATE,
    errors.is_button_error: BUTTONS,
}
ALL = [*UNREACHABLE, *MEDIA, *MARKUP, *UNCHANGED, *TOO_LATE, *BUTTONS, *OTHER]


@pytest.mark.parametrize("words", ALL)
def test_a_refusal_is_about_what_its_words_say_and_about_nothing_else(words: str) -> None:
    """As it comes, and as python-telegram-bot shortens it: without its first words, with a capital letter."""
    expected = {question for question, known in KINDS.items() if words in known}
    for text in (f"Bad Request: {words}", words[:1].upper() + words[1:]):
        assert {question for question in KINDS if question(BadRequest(text))} == expected
    for error in (Forbidden(words), NetworkError(words), TelegramError(words)):
        assert not [question for question in KINDS if question(error)], "only a 400 tells"


@pytest.mark.parametrize("words", UNREACHABLE)
def test_a_chat_that_takes_nothing_any_more_is_permanent(words: str) -> None:
    found = errors.to_delivery_error(BadRequest(words))
    assert type(found) is PermanentDeliveryError


@pytest.mark.parametrize("words", FORBIDDEN)
def test_every_403_is_permanent(words: str) -> None:
    found = errors.to_delivery_error(Forbidden(words))
    assert (type(found), found.reason) == (PermanentDeliveryError, Forbidden(words).message)


@pytest.mark.parametrize("words", [*MEDIA, *MARKUP, *UNCHANGED, *TOO_LATE, *BUTTONS, *OTHER])
def test_a_message_that_is_refused_says_nothing_of_its_chat(words: str) -> None:
    found = errors.to_delivery_error(BadRequest(words))
    assert type(found) is RejectedMessageError


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FloodError(17), RateLimitedError("Telegram asks to wait 17 s", 17)),
        (MaybeSentError("x"), AmbiguousDeliveryError("x")),
        (NetworkError("x"), TemporaryDeliveryError("x")),
        (TelegramError("x"), TemporaryDeliveryError("x")),
        (Conflict("x"), TemporaryDeliveryError("x")),
        (InvalidToken("Unauthorized"), TemporaryDeliveryError("Telegram refuses the bot's token")),
        (ChatMigrated(-1001), ChatMovedError("the group became a supergroup", "-1001")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_passes_is_tried_again_and_what_is_in_doubt_says_so(error: TelegramError, expected: DeliveryError) -> None:
    found = errors.to_delivery_error(error)
    assert (type(found), vars(found)) == (type(expected), vars(expected))


def test_only_a_conflict_says_that_another_polls() -> None:
    others = (BadRequest("x"), NetworkError("x"), FloodError(1), InvalidToken("x"))
    assert errors.is_polling_conflict(Conflict("terminated by other getUpdates request"))
    assert not [error for error in others if errors.is_polling_conflict(error)]
