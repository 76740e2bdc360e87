"""arXiv, Crossref and doi.org on loopback, and an app that looks papers up there: polite without the pauses."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from digestbot.app import App, open_app
from digestbot.settings import Settings, load_settings
from tests.builder.archive import ArxivServer, Submission, open_archive
from tests.builder.conftest import archive, endpoint, polite
from tests.fakes import ManualClock
from tests.papers.registrar import Registrar, open_registrar

__all__ = ["archive", "endpoint", "polite"]
ATTENTION = Submission(
    "1706.03762",
    "Attention Is All You Need",
    "The dominant sequence transduction models are based on complex networks. We propose a new simple network "
    "architecture, the Transformer, based solely on attention mechanisms.",
    ("Ashish Vaswani", "Noam Shazeer"),
    version=7,
    categories=("cs.CL", "cs.LG"),
)


@pytest.fixture
async def arxiv() -> AsyncIterator[ArxivServer]:
    async with open_archive() as server:
        server.add(ATTENTION)
        yield server


@pytest.fixture
async def registrar() -> AsyncIterator[Registrar]:
    async with open_registrar() as server:
        yield server


@pytest.fixture
def looking(database_url: str, arxiv: ArxivServer, registrar: Registrar) -> Settings:
    """The settings of a bot that looks papers up."""
    return load_settings(
        database_url=database_url,
        builder={"arxiv_api": arxiv.api, "arxiv_oai": arxiv.oai, "arxiv_pages": arxiv.url, "arxiv_delay_seconds": 0},
        papers={"lookup": True, "crossref": f"{registrar.url}/crossref", "doi": f"{registrar.url}/doi"},
        allow_private_hosts=True,
    )


@pytest.fixture
async def looking_app(looking: Settings, clock: ManualClock) -> AsyncIterator[App]:
    async with open_app(looking, clock) as app:
        yield app
