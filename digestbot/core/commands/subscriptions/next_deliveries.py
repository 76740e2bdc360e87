"""What a chat's next delivery would bring in one message, for a test of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from digestbot.cards import bundles
from digestbot.cards.card import Card
from digestbot.core.answers.delivered_bundles import gather_bundle
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.subscriptions.narrowing import narrow_for_chat
from digestbot.core.commands.subscriptions.newest_digests import find_latest
from digestbot.core.follows.narrowing import name_stored
from digestbot.domain.bundle import Bundle
from digestbot.domain.topic import Topic
from digestbot.errors import CommandError
from digestbot.store.digests.digests import StoredDigest

TRIAL_COMMAND = "latest sent-test"
"""The command that shows the pages of such a message."""


@dataclass(frozen=True, slots=True)
class NextDelivery:
    """The digests of several topics as the chat sees them, and why each paper came, by arXiv number."""

    bundle: Bundle
    reasons: Mapping[str, str]


async def find_next_delivery(request: CommandRequest) -> NextDelivery | None:
    """The newest digests of the topics that come at the chat's next time; ``None`` where it is not several in one."""
    if not request.preferences.bundle:
        return None
    found = [stored for topic in await _list_next_topics(request) if (stored := await find_latest(request, topic))]
    if len(found) < 2:
        return None
    named = [await _name(request, stored) for stored in found]
    seen = [await narrow_for_chat(request, stored.topic, stored) for stored in named]
    bundle = gather_bundle(stored for stored, _, _ in seen)
    reasons = {number: reason for _, found_for, _ in seen for number, reason in found_for.items()}
    return NextDelivery(bundle if bundle.has_papers else gather_bundle(named), reasons)


async def _list_next_topics(request: CommandRequest) -> list[Topic]:
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    scheduled = [one for one in subscribed if not one.instant and not one.is_paused]
    next_due = min((one.next_due for one in scheduled), default=None)
    return [one.topic for one in scheduled if one.next_due == next_due]


async def _name(request: CommandRequest, stored: StoredDigest) -> StoredDigest:
    narrowing = await request.follows.find_narrowing(request.subscriber, stored.topic)
    return name_stored(stored, narrowing, request.preferences.language)


async def build_trial_card(request: CommandRequest, page_number: int) -> Card:
    """A page of what a test brought. Raises :class:`CommandError` where it is no message of several topics now."""
    found = await find_next_delivery(request)
    if found is None:
        raise CommandError("not_sent_here", "latest")
    context = replace(request.context, reasons=found.reasons)
    card = bundles.bundle_card(found.bundle, TRIAL_COMMAND, context, page_number)
    if card is None:
        count = bundles.count_pages(found.bundle, context)
        raise CommandError("no_page", f"{TRIAL_COMMAND} p{count}", page=page_number, pages=count)
    return card
