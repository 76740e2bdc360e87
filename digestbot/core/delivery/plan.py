"""Plan what is due."""

from __future__ import annotations

from datetime import datetime

from digestbot.core.schedule import next_due
from digestbot.store import Store


async def plan(store: Store, now: datetime) -> int:
    """Put what is due into the outbox and move the subscriptions on; how many deliveries were planned.

    However many due times passed while nothing ran, a subscription is planned once, for the newest digest.
    """
    due = await store.subscribers.due(now)
    return await store.outbox.plan(now, {s.id: next_due(s.schedule, now) for s in due})
