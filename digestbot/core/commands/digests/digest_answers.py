"""What is shown of a topic on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from digestbot.cards import digests, navigation, replies
from digestbot.cards.card import Card
from digestbot.core.commands.base import CommandRequest
from digestbot.domain.timezones import get_timezone
from digestbot.domain.topic import Topic
from digestbot.errors import CommandError
from digestbot.store.digests.digests import StoredDigest


def note_nothing_today(request: CommandRequest, newest: date | None) -> None:
    """Say below the answer that the newest digest is not of today, if it is not."""
    if newest and newest < find_local_today(request):
        request.notes.append(request.translate("digest.nothing_today", date=request.context.format_day(newest)))


def find_local_today(request: CommandRequest) -> date:
    """The day that it is where the chat is."""
    return request.clock.now().astimezone(get_timezone(request.preferences.timezone)).date()


async def build_digest_answer(
    request: CommandRequest, topic: Topic, stored: StoredDigest | None, page_number: int
) -> Card:
    """A page of a digest as this chat sees it, or that there is none.

    Raises :class:`CommandError` past the last page.
    """
    if stored is None and topic.expression:
        return replies.message_card(topic.title, request.translate("digest.none_followed"))
    if stored is None:
        subscribe = request.build_button("subscribe", f"subscribe {topic.slug}", topic=topic.title)
        text = request.translate("digest.none", topic=topic.title, slug=topic.slug)
        return replies.message_card(topic.title, text, buttons=[subscribe])
    reasons: dict[str, str] = {}
    if request.subscriber:  # whoever has no subscription hides nothing
        from digestbot.core.commands.subscriptions.narrowing import narrow_for_chat  # noqa: PLC0415  # late: it reads expressions

        stored, reasons, hidden = await narrow_for_chat(request, topic, stored)
        request.notes.extend(filter(None, (hidden,)))
    page_count = navigation.count_pages(len(stored.digest.entries), request.context.capabilities.page_size)
    if page_number > page_count:
        last_page = f"digest {topic.slug} {stored.digest.date} p{page_count}"
        raise CommandError("no_page", last_page, page=page_number, pages=page_count)
    context = replace(request.context, reasons=reasons)
    return digests.digest_card(topic, stored.digest, context, page_number)
