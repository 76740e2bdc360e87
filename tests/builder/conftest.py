"""The builder's outside, on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from digestbot.builder.polite import Polite
from tests.builder.archive import Archive, open_archive
from tests.builder.endpoint import Endpoint, open_endpoint
from tests.waiting import HANG_SECONDS


@pytest.fixture
async def archive() -> AsyncIterator[Archive]:
    async with open_archive() as archive:
        yield archive


@pytest.fixture
async def polite() -> AsyncIterator[Polite]:
    """Polite without the pauses: it asks again at once."""
    async with Polite(0, timeout=HANG_SECONDS, patience=0.001) as polite:
        yield polite


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with open_endpoint() as endpoint:
        yield endpoint
