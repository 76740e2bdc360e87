"""People and chats of a platform, as subscribers."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from digestbot.core.subscriptions import PAUSED_BY_REQUEST, SubscriptionService
from digestbot.domain.subscription import Address, Subscriber
from digestbot.store.chats.subscribers import SubscriberStore

_log = structlog.get_logger(__name__)


async def get_language(subscriptions: SubscriptionService, person: Address, app_language: str) -> str:
    """The language a person set, else their app's."""
    return (await subscriptions.preferences_for(person, app_language)).language


async def resume_chats(
    store: SubscriberStore,
    subscriptions: SubscriptionService,
    platform: str,
    chat: str,
    can_post: Callable[[Subscriber], bool] = lambda _: True,
) -> None:
    """Resume chats paused by an error once the bot may post again; a pause on request stays."""
    for subscriber in await store.list_in_chat(platform, chat):
        if subscriber.pause_reason not in ("", PAUSED_BY_REQUEST) and can_post(subscriber):
            await subscriptions.resume(subscriber)
            _log.info("subscriber_resumed", platform=platform)
