"""The builder's outside, on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from digestbot.builder.sources.polite_client import PoliteClient
from tests.builder.archive import ArxivServer, open_archive
from tests.builder.endpoint import ModelEndpoint, open_endpoint
from tests.waiting import HANG_SECONDS


@pytest.fixture
async def archive() -> AsyncIterator[ArxivServer]:
    async with open_archive() as archive:
        yield archive


@pytest.fixture
async def polite() -> AsyncIterator[PoliteClient]:
    """Polite without the pauses: it asks again at once."""
    async with PoliteClient(0, timeout_seconds=HANG_SECONDS, wait_factor=0.001, allow_private_hosts=True) as polite:
        yield polite


@pytest.fixture
async def endpoint() -> AsyncIterator[ModelEndpoint]:
    async with open_endpoint() as endpoint:
        yield endpoint
