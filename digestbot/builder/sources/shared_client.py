"""The client for archives, which keeps one pace with those of all processes on the same database."""

from __future__ import annotations

import secrets

from digestbot.builder.sources.pace import SharedPace
from digestbot.builder.sources.polite_client import PoliteClient
from digestbot.settings import Settings
from digestbot.store import Store


def build_shared_client(settings: Settings, store: Store, delay_factor: int = 1) -> PoliteClient:
    """A client that waits ``delay_factor`` times as long between requests as the operator set."""
    own_delay_seconds = settings.builder.arxiv_delay_seconds
    delay_seconds = own_delay_seconds * delay_factor
    return PoliteClient(
        delay_seconds,
        allow_private_hosts=settings.allow_private_hosts,
        contact=settings.builder.contact,
        pace=SharedPace(store.request_paces, secrets.token_hex(8), own_delay_seconds) if delay_seconds else None,
    )
