"""Questions about papers: an app with arXiv and a model on loopback, and what its answers say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import func, select

from digestbot.app import App, open_app
from digestbot.cards.card import Card
from digestbot.core.ports import IncomingMessage
from digestbot.domain.digest import Digest, Entry, Summary
from digestbot.domain.paper import Paper
from digestbot.domain.subscription import Address
from digestbot.settings import BuilderSettings, ModelSettings, Settings
from digestbot.settings.papers import PaperSettings
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import asked_questions
from tests.builder.archive import ArxivServer, Submission
from tests.builder.endpoint import ModelEndpoint
from tests.core.commands.asking import text_of
from tests.fakes import ManualClock

NUMBER = "2611.90200"
ME, OTHER = Address("telegram", "7"), Address("telegram", "8")
FILLING = "The selector reads each paper in the queue and says whether it meets the query that somebody typed. "
HARDWARE = "The selector was trained on 8 NVIDIA H100 GPUs for two epochs with a batch size of four."
DATA = "We built a dataset of 35,000 queries from papers of five conferences."
LIMITS = "Our method does not improve the recall on biology papers, which remains future work."


def paper_page(*paragraphs: str, abstract: str = "We train an agent that searches for papers.") -> str:
    """A paper as LaTeXML writes it: what is given stands among much else."""
    sections = "".join(
        f'<section class="ltx_section"><h2 class="ltx_title">{number} Part {number}</h2>'
        f'<p class="ltx_p">{FILLING * 12}</p><p class="ltx_p">{text}</p><p class="ltx_p">{FILLING * 12}</p></section>'
        for number, text in enumerate(paragraphs, 1)
    )
    return (
        '<html><body><article class="ltx_document"><div class="ltx_abstract"><h6 class="ltx_title">Abstract</h6>'
        f'<p class="ltx_p">{abstract}</p></div>{sections}</article></body></html>'
    )


PAGE = paper_page(HARDWARE, DATA, LIMITS)


def claims(*pairs: tuple[str, str], says_it: bool = True) -> dict[str, Any]:
    """What the model answers: claims, each with a quotation."""
    return {
        "says_it": says_it,
        "claims": [{"claim": claim, "passage": 1, "quotations": [quoted]} for claim, quoted in pairs],
    }


GPUS = claims(("Eight H100 GPUs were used to train the selector.", "was trained on 8 NVIDIA H100 GPUs"))


@asynccontextmanager
async def open_desk(
    settings: Settings,
    clock: ManualClock,
    archive: ArxivServer,
    endpoint: ModelEndpoint | None = None,
    *,
    person_limit: int = 5,
    abstract: str = "We train an agent that searches for papers.",
    **more: Any,
) -> AsyncIterator[App]:
    """An app that has one paper in a digest, and asks the servers for all else."""
    models = [ModelSettings(name="m-1", provider="openai", account="openai", base_url=endpoint.url)] if endpoint else []
    builder = BuilderSettings(
        models=models,
        api_keys={"openai": endpoint.key} if endpoint else {},
        arxiv_api=archive.api,
        arxiv_oai=archive.oai,
        arxiv_pages=archive.url,
        arxiv_delay_seconds=0,
        **more,
    )
    changes = {
        "builder": builder,
        "papers": PaperSettings(person_limit=person_limit),
        "allow_private_hosts": True,
    }
    async with open_app(settings.model_copy(update=changes), clock) as app:
        await store_paper(app, abstract=abstract)
        yield app


async def count_left(app: App, person: Address) -> int:
    """How many questions a person has left today."""
    quotas = app.dispatcher._papers.quotas
    assert quotas
    return await quotas.count_left(message_of(person))


async def store_paper(app: App, number: str = NUMBER, abstract: str = "We train an agent that searches.") -> None:
    """Store a paper as a digest shows it."""
    paper = Paper(number, 1, "An Agent for Paper Search", ("Ada Moreno",), abstract)
    digest = Digest("Search", app.clock.now().date(), (Entry(paper, Summary("It searches.")),))
    await app.store.digests.save_pages([(PageKey(f"page:{number}", number, {}), [digest])], app.clock.now())


async def ask(app: App, text: str, person: Address = ME, language: str = "en", **more: Any) -> tuple[list[Card], str]:
    """All cards of an answer, and what the last one says."""
    reply = await app.dispatcher.handle_message(IncomingMessage(person, text, language, **more))
    cards = [reply.card]
    if reply.updates:
        cards += [card async for card in reply.updates]
    return cards, text_of(cards[-1])


def message_of(person: Address) -> IncomingMessage:
    """A message of a person in their private chat."""
    return IncomingMessage(person, "")


async def count_asked(app: App) -> int:
    """How many questions are kept for what follows them."""
    async with app.store.database.read() as connection:
        return int(await connection.scalar(select(func.count()).select_from(asked_questions)) or 0)


def add_page(archive: ArxivServer, page: str | None = PAGE, **more: Any) -> None:
    archive.add(Submission(NUMBER, title="An Agent for Paper Search", html=page, **more))
