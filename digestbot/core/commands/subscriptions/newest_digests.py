"""The digests that a chat asks for: those that are stored, and of what it just followed, one made for the answer."""

from __future__ import annotations

from datetime import date

from digestbot.core.catalog import TopicSummary
from digestbot.core.commands.base import CommandRequest
from digestbot.domain.topic import Topic
from digestbot.store.digests.digests import StoredDigest


async def find_latest(request: CommandRequest, topic: Topic) -> StoredDigest | None:
    """A topic's newest digest; of a follow that has none yet, one of what arXiv announced last, stored nowhere."""
    return await request.catalog.get_latest(topic) or await _build_digest(request, topic)


async def find_of_day(request: CommandRequest, topic: Topic, day: date) -> StoredDigest | None:
    """A topic's digest of a day; of a follow, also of one of the last days from before it began."""
    return await request.catalog.get_by_date(topic, day) or await _build_digest(request, topic, day)


async def _build_digest(request: CommandRequest, topic: Topic, day: date | None = None) -> StoredDigest | None:
    built = await request.follows.build_digest(topic, day)
    return await request.catalog.add_requested(built) if built else None


async def list_subscribed(request: CommandRequest) -> list[TopicSummary]:
    """The topics that the chat is subscribed to; of follows without a digest, with the day that there is one of."""
    subscriptions = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    slugs = {subscription.topic.slug for subscription in subscriptions}
    own = [summary for summary in await request.catalog.list_topics() if summary.topic.slug in slugs]
    undated = [one.topic for one in own if one.topic.expression and not one.latest_date]
    days = await request.follows.find_newest_days(undated) if undated else {}
    return [one._replace(latest_date=one.latest_date or days.get(one.topic.slug)) for one in own]


async def find_newest(request: CommandRequest) -> StoredDigest | None:
    """The newest digest of the chat's topics, else of any."""
    own = await list_subscribed(request)
    dated = [one for one in own if one.latest_date] or [
        one for one in await request.catalog.list_topics() if one.latest_date
    ]
    newest = max(dated, key=lambda one: str(one.latest_date), default=None)
    return await find_latest(request, newest.topic) if newest else None
