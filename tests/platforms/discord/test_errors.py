"""What each of Discord's errors means for a delivery: given up, put off, or sent again since it may be there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from digestbot.core.delivery.backoff import retry_at
from digestbot.errors import (
    AmbiguousDeliveryError,
    DeliveryError,
    Informed,
    PermanentDeliveryError,
    RateLimitedError,
    RejectedMessageError,
    TemporaryDeliveryError,
)
from digestbot.platforms.discord import errors
from tests.fakes import ManualClock

NOW = ManualClock("2026-11-24 10:00").now()
PERMANENT = {
    (404, 10003): "the channel was deleted",
    (404, 10004): "no longer in the server",
    (404, 10013): "account was deleted",
    (403, 50001): "“View Channel”",
    (403, 50007): "takes no messages",
    (403, 50013): "lacks a permission",
    (400, 50083): "archived and locked",
    (403, 50083): "archived and locked",
    (403, 160005): "locked",
    (403, 50278): "shares no server",
    (400, 50008): "takes no such messages: subscribe another one",
    (400, 50024): "takes no such messages",
    (400, 40058): "takes no such messages",
    (400, 50055): "no longer in the server",
}
REFUSED = [(400, code) for code in (0, 40033, 40060, 40061, 50006, 50035, 160004)] + [(413, 40005)]
REFUSED_FOR_ITS_WORDS = {
    (400, 200000): "AutoMod blocked a message: exempt the bot's role",
    (400, 200001): "AutoMod blocked the title",
    (400, 240000): "took a link in a message for harmful",
    (400, 20009): "filter of sensitive content",
}
MENDED_MEANWHILE = {
    (400, 160006): "as many active threads as Discord allows: archive or delete some",
    (400, 160007): "as many active threads",
    (403, 50009): "verification level keeps the bot out: give the bot a role",
    (400, 30033): "1,000 members",
    (400, 40066): "has none that the bot may use",
    (400, 40067): "demands a tag",
}
LATER = [
    (403, 0),
    (403, 20001),
    (403, 40001),
    (404, 0),
    (404, 10008),
    (404, 10062),
    (404, 10087),
    (409, 0),
    (400, 40004),
    (403, 40006),
    (400, 130000),
]


def make_exception(status: int, code: int = 0, words: str = "words") -> discord.HTTPException:
    """As discord.py raises it."""
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.HTTPException)
    kind = discord.DiscordServerError if status >= 500 else kind
    response = cast("Any", SimpleNamespace(status=status, reason="A reason"))
    return kind(response, {"code": code, "message": words})


def again_in(error: DeliveryError, attempt: int = 1) -> float | None:
    """Seconds until it is tried again; ``None`` for never."""
    moment = retry_at(error, attempt, NOW, 0.0)
    return None if moment is None else (moment - NOW).total_seconds()


@pytest.mark.parametrize(("answer", "words"), PERMANENT.items(), ids=str)
def test_where_nothing_arrives_until_somebody_changes_something_the_chat_is_paused(
    answer: tuple[int, int], words: str
) -> None:
    error = errors.to_delivery_error(make_exception(*answer))
    assert type(error) is PermanentDeliveryError
    assert words in error.reason
    assert again_in(error) is None


@pytest.mark.parametrize("answer", REFUSED, ids=str)
def test_what_is_wrong_with_the_message_alone_gives_that_up_and_pauses_nobody(answer: tuple[int, int]) -> None:
    error = errors.to_delivery_error(make_exception(*answer))
    assert type(error) is RejectedMessageError


@pytest.mark.parametrize("answer", LATER, ids=str)
def test_what_is_refused_for_now_is_tried_again(answer: tuple[int, int]) -> None:
    error = errors.to_delivery_error(make_exception(*answer))
    assert type(error) is TemporaryDeliveryError
    assert again_in(error)


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 520, 522, 524, 599])
def test_a_failure_of_the_server_may_have_come_after_the_message(status: int) -> None:
    for code in (0, 50013, 130000):  # whatever a failing server says beside
        error = errors.to_delivery_error(make_exception(status, code))
        assert type(error) is AmbiguousDeliveryError


@pytest.mark.parametrize(
    "lost",
    [
        TimeoutError(),
        ConnectionResetError(104, "https://discord.com/api/webhooks/1/a-secret"),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientPayloadError("half"),
        aiohttp.ClientOSError(32, "https://discord.com/api/webhooks/1/a-secret"),
        errors.MaybePostedError("HTTP 502"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_answer_that_did_not_come_may_have_come_after_the_message(lost: BaseException) -> None:
    assert isinstance(lost, errors.CONNECTION_ERRORS)
    error = errors.to_delivery_error(lost)
    assert type(error) is AmbiguousDeliveryError
    assert "a-secret" not in error.reason + errors.describe_error(lost)


def test_a_wait_that_discord_names_is_kept_to() -> None:
    error = errors.to_delivery_error(discord.RateLimited(300.5))
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 300.5
    assert again_in(error, attempt=9) == 300.5
    assert "300.5 s" in error.reason


@pytest.mark.parametrize(
    "answer", [(429, 0), (429, 40062), (400, 20016), (429, 20016), (403, 20016), (400, 40003), (400, 20028)], ids=str
)
def test_one_that_it_does_not_name_is_a_minute(answer: tuple[int, int]) -> None:
    error = errors.to_delivery_error(make_exception(*answer))
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 60.0


def test_a_token_that_is_refused_gives_no_digest_up() -> None:
    error = errors.to_delivery_error(make_exception(401))
    assert type(error) is TemporaryDeliveryError
    assert "token" in error.reason


def test_anything_else_is_tried_again() -> None:
    error = errors.to_delivery_error(discord.InvalidData("x"))
    assert type(error) is TemporaryDeliveryError


@pytest.mark.parametrize(("code", "named"), [(50001, True), (50013, True), (10003, False), (50007, False)])
def test_the_permissions_that_are_missing_are_named_where_it_is_about_permissions(code: int, named: bool) -> None:
    reason = errors.to_delivery_error(make_exception(403, code), "“Send Messages”").reason
    assert ("“Send Messages”" in reason) is named


def test_discords_words_are_one_line_with_the_code_and_not_too_long() -> None:
    words = errors.describe_error(make_exception(400, 50035, "Invalid\nForm  Body " + "x" * 400))
    assert words.startswith("Invalid Form Body xxx")
    assert words.endswith("(error code: 50035)")
    assert len(words) <= 300 + len(" (error code: 50035)")
    assert errors.describe_error(make_exception(400, 50035, "")) == "A reason (error code: 50035)"
    page = discord.HTTPException(cast("Any", SimpleNamespace(status=429, reason="")), "<html>Access denied</html>")
    assert errors.describe_error(page) == "HTTP 429"


@pytest.mark.parametrize(
    ("about", "code"),
    [(errors.is_unknown_message, 10008), (errors.is_thread_existing, 160004), (errors.is_already_published, 40033)],
)
def test_what_was_done_already_is_known_by_its_own_code(about: Any, code: int) -> None:
    every = {10003, 10007, 10008, 10062, 20016, 40032, 40033, 50083, 160004, 160005}
    assert {one for one in every if about(make_exception(400, one))} == {code}


@pytest.mark.parametrize(("answer", "words"), REFUSED_FOR_ITS_WORDS.items(), ids=str)
def test_what_is_refused_for_its_words_is_given_up_and_the_moderator_told(answer: tuple[int, int], words: str) -> None:
    error = errors.to_delivery_error(make_exception(*answer))
    assert (type(error), error.informed) == (RejectedMessageError, Informed.MODERATOR)
    assert words in error.reason


@pytest.mark.parametrize(("answer", "words"), MENDED_MEANWHILE.items(), ids=str)
def test_what_a_moderator_can_mend_meanwhile_is_tried_again_and_the_moderator_told(
    answer: tuple[int, int], words: str
) -> None:
    error = errors.to_delivery_error(make_exception(*answer))
    assert (type(error), error.informed) == (TemporaryDeliveryError, Informed.MODERATOR)
    assert words in error.reason


def test_a_bot_that_discord_takes_for_a_spammer_is_the_operators_matter() -> None:
    error = errors.to_delivery_error(make_exception(403, 20026))
    assert (type(error), error.informed) == (TemporaryDeliveryError, Informed.OPERATOR)
    assert "Appeal at https://dis.gd/contact" in error.reason
