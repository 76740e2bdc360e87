"""/test: the chat receives now what a delivery would bring, and it counts as none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digestbot.cards import replies
from digestbot.cards.bundles import bundle_cards
from digestbot.cards.card import Card
from digestbot.cards.context import RenderContext
from digestbot.cards.digests import delivery_cards
from digestbot.cards.trials import mark_as_test
from digestbot.core.answers.trials import MAX_TRIALS, TrialSender
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.subscriptions.mentioning import format_role
from digestbot.core.commands.subscriptions.narrowing import narrow_trial
from digestbot.core.commands.subscriptions.newest_digests import find_latest, find_newest
from digestbot.core.commands.subscriptions.next_deliveries import TRIAL_COMMAND, NextDelivery, find_next_delivery
from digestbot.core.commands.subscriptions.subscribing import format_local_time, format_next, format_paused
from digestbot.core.ports import Platform
from digestbot.domain.subscription import PostMode
from digestbot.errors import CommandError, DeliveryError
from digestbot.i18n import translate_reason
from digestbot.store.digests.digests import StoredDigest

_MAX_NAME = 100
"""Characters of a post's name that are shown."""


async def handle_test(request: CommandRequest) -> Card:
    """Send the chat a digest as a delivery would; in a forum, say what would be posted."""
    platform = request.message.sender
    if platform is None:
        raise CommandError("no_test_here", "subscriptions")
    context = _build_context(request, platform)
    is_forum = request.preferences.post_mode is PostMode.FORUM
    if not request.args and not is_forum and (several := await find_next_delivery(request)):
        return await _send_test(request, platform, _build_bundle_cards(request, several, context))
    stored, note = await _choose_digest(request)
    if stored and request.subscriber:
        stored, reasons = await narrow_trial(request, stored)
        context = replace(context, reasons=reasons)
    if is_forum:
        return await _describe_post(request, stored, context, note)
    return await _send_test(request, platform, _build_cards(request, stored, context), note)


async def _send_test(request: CommandRequest, platform: Platform, cards: Sequence[Card], note: str = "") -> Card:
    await _send_cards(request, platform, cards)
    for card in cards:
        await request.shown_lists.note(replace(request.message, is_ephemeral=False), card)
    return await _build_answer(request, note)


async def _choose_digest(request: CommandRequest) -> tuple[StoredDigest | None, str]:
    """The digest of the topic that is named, else the newest one; and what to say if it is another's."""
    if not request.args:
        return await find_newest(request), ""
    topic = await request.require_topic(request.argument_text, "test")
    if stored := await find_latest(request, topic):
        return stored, ""
    other = await find_newest(request)
    note = request.translate("test.other_topic", topic=topic.title, other=other.topic.title) if other else ""
    return other, note


def _build_context(request: CommandRequest, platform: Platform) -> RenderContext:
    """A delivery's, to a chat that received nothing yet."""
    preferences = request.preferences
    capabilities = platform.capabilities_for(preferences.card_style)
    return RenderContext(preferences.language, preferences.layout, capabilities=capabilities)


def _build_cards(request: CommandRequest, stored: StoredDigest | None, context: RenderContext) -> tuple[Card, ...]:
    if stored:
        return mark_as_test(delivery_cards(stored.topic, stored.digest, context, request.preferences), context)
    title, text = request.translate("test.mark"), request.translate("test.no_digest")
    return (replace(replies.message_card(title, text), preview=title),)


def _build_bundle_cards(request: CommandRequest, several: NextDelivery, context: RenderContext) -> tuple[Card, ...]:
    explained = replace(context, reasons=several.reasons)
    return mark_as_test(bundle_cards(several.bundle, TRIAL_COMMAND, explained, request.preferences), explained)


async def _send_cards(request: CommandRequest, platform: Platform, cards: Sequence[Card]) -> None:
    """Send the cards. Raises :class:`CommandError` where that cannot be, or not so soon."""
    address = request.message.address
    if next_at := request.trials.begin(address):
        at = format_local_time(next_at, request.preferences.timezone)
        raise CommandError("too_many_tests", "subscriptions", limit=MAX_TRIALS, at=at)
    sender = TrialSender(platform, address, request.preferences)
    try:
        await sender.send(cards)
    except DeliveryError as error:
        if not sender.sent:
            request.trials.take_back(address)
        reason = translate_reason(request.language, error.reason)
        raise CommandError("test_failed", reason=reason) from None


async def _build_answer(request: CommandRequest, note: str) -> Card:
    """What was done, and when a real digest comes."""
    title = request.message.title
    done = request.translate("test.sent_to", chat=title) if title else request.translate("test.sent")
    return replies.message_card("", done, note, await _format_next(request))


async def _describe_post(
    request: CommandRequest, stored: StoredDigest | None, context: RenderContext, note: str
) -> Card:
    """What a forum would get: a test would stay there as a post among the others."""
    if stored is None:
        return replies.message_card("", request.translate("test.no_digest"), await _format_next(request))
    first, *_ = delivery_cards(stored.topic, stored.digest, context, request.preferences)
    name = first.new_thread.format_name(_MAX_NAME) if first.new_thread else ""
    said = request.translate("test.forum", name=name, count=len(stored.digest.entries))
    intro = replies.message_card(
        request.translate("test.mark"), said, _format_call(request), await _find_problem(request, stored), note
    )
    blocks = (*intro.blocks, *first.blocks)
    return replace(first, blocks=blocks, buttons=(), command="", new_thread=None, preview="")


def _format_call(request: CommandRequest) -> str:
    """Whom the post would call; empty for nobody."""
    if not request.preferences.mention_role:
        return ""
    return request.translate("settings.changed", name=request.translate("settings.mention"), value=format_role(request))


async def _find_problem(request: CommandRequest, stored: StoredDigest) -> str:
    """What keeps the topic's posts out of the forum as it is; empty if nothing."""
    obstacle = await request.message.find_topic_obstacle(stored.topic.title)
    if not obstacle:
        return ""
    reason = translate_reason(request.language, obstacle)
    return request.translate("subscribed.problem", reason=reason)


async def _format_next(request: CommandRequest) -> str:
    """When the next real digest comes, or that none does."""
    next_text = await format_next(request, request.subscriber) if request.subscriber else ""
    return format_paused(request) or next_text or request.translate("test.nothing_next")
