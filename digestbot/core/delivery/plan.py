"""Plan what is due."""

from __future__ import annotations

from datetime import datetime

from digestbot.core.schedule import find_occurrences
from digestbot.store import Store
from digestbot.store.outbox import PlanningPolicy


async def plan(store: Store, now: datetime, pace: PlanningPolicy) -> int:
    """Put what is due into the outbox and move the schedules on; how many deliveries were planned.

    However many due times passed while nothing ran, a subscription is planned once, for the newest digest.
    """
    return await store.outbox.plan(now, find_occurrences, pace)
