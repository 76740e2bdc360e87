"""Papers that can be summarised, who asks for them, and apps with a model and an arXiv on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from digestbot.app import App, open_app
from digestbot.cards.card import Card
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.settings import Settings, load_settings
from tests.announced import announce, make_announced
from tests.builder.archive import ArxivServer, Submission
from tests.builder.endpoint import ModelEndpoint
from tests.builder.papers import html_paper
from tests.core.commands.asking import text_of
from tests.fakes import ManualClock
from tests.waiting import HANG_SECONDS

NUMBER = "2611.00001"
ABSTRACT = "We design loops. Nine of 24 designs bind."
HEADLINE = "Nine of 24 designed loops bind"
NOW = "2026-11-24 09:00"


def make_settings(
    database_url: str, archive: ArxivServer, endpoint: ModelEndpoint | None, folder: Path, **more: object
) -> Settings:
    names = ("small-model", "second-model")
    models = [{"name": name, "account": "openai", "base_url": endpoint.url} for name in names] if endpoint else []
    own: dict[str, object] = {
        "arxiv_api": archive.api,
        "arxiv_oai": archive.oai,
        "arxiv_pages": archive.url,
        "arxiv_delay_seconds": 0,
        "timeout_seconds": HANG_SECONDS,
        "models": models[:1],
        "api_keys": {"openai": SecretStr(endpoint.key)} if endpoint else {},
        "figures_dir": folder / "figures",
    }
    if more.pop("second_model", False):
        own["models"] = models
    papers = {name: more.pop(name) for name in ("person_limit", "chat_limit") if name in more}
    return load_settings(
        database_url=database_url,
        delivery_jitter_seconds=0,
        allow_private_hosts=True,
        builder=own | more,
        papers=papers,
        public_url="https://bot.example.org",
        topics=[],
    )


@asynccontextmanager
async def open_summarizing(settings: Settings, clock: ManualClock | None = None) -> AsyncIterator[App]:
    async with open_app(settings, clock or ManualClock(NOW)) as app:
        yield app


async def add_paper(app: App, archive: ArxivServer, number: str = NUMBER, **changes: object) -> int:
    """A paper that arXiv announced and has; the id of its row."""
    html = changes.pop("html", html_paper())
    archive.add(Submission(number, title=f"Loops {number}", abstract=ABSTRACT, html=html, **changes))  # type: ignore[arg-type]
    await announce(app.store, "2026-11-23", [make_announced(number, f"Loops {number}", abstract=ABSTRACT)])
    stored = await app.store.digests.get_paper(number)
    assert stored
    return stored.paper_id


def count_readings(archive: ArxivServer, number: str = NUMBER) -> int:
    """How often the text of a paper was asked for."""
    return sum(path.startswith((f"/html/{number}", f"/pdf/{number}")) for path in archive.asked)


async def ask(
    app: App, text: str, chat: str = "7", language: str = "en", *, group: str = "", title: str = "Lab"
) -> list[Card]:
    """All cards that a line is answered with, one after another in one message."""
    person = Address("telegram", chat)
    message = (
        IncomingMessage(Address("telegram", group), text, language, user=person, title=title)
        if group
        else IncomingMessage(person, text, language)
    )
    return await take_cards(app, message)


async def take_cards(app: App, message: IncomingMessage) -> list[Card]:
    reply = await app.dispatcher.handle_message(message)
    return [reply.card, *([card async for card in reply.updates] if reply.updates else [])]


async def ask_words(app: App, text: str, chat: str = "7", language: str = "en", *, group: str = "") -> str:
    """What the card says that stays."""
    return text_of((await ask(app, text, chat, language, group=group))[-1])
