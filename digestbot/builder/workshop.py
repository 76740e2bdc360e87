"""What reads papers and writes summaries, with its connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module

from digestbot.builder.entry_builder import EntryBuilder
from digestbot.builder.models.budget import Budget, BudgetLimits
from digestbot.builder.models.extract_writer import ExtractWriter
from digestbot.builder.models.summary_writer import SummaryWriter
from digestbot.builder.sources.oai import OaiClient
from digestbot.builder.sources.polite_client import PoliteClient
from digestbot.builder.sources.shared_client import build_shared_client
from digestbot.builder.texts.paper_reader import PaperReader
from digestbot.core.ports import Clock
from digestbot.figures.folder import FigureFolder
from digestbot.settings import Settings
from digestbot.store import Store


@dataclass(frozen=True, slots=True)
class Workshop:
    """The parts that make summaries, by the operator's settings."""

    http: PoliteClient
    writer: SummaryWriter
    entries: EntryBuilder
    limits: BudgetLimits
    store: Store
    clock: Clock

    def open_budget(self) -> Budget:
        """What may be spent today."""
        return Budget(self.store.builds, self.limits, self.clock.now().date())


@asynccontextmanager
async def open_workshop(settings: Settings, store: Store, clock: Clock) -> AsyncIterator[Workshop]:
    """Open the connections, and close them at the end."""
    own = settings.builder
    writer: SummaryWriter = ExtractWriter()
    if models := own.list_usable_models():  # beside the loop: the clients take two seconds to load
        module = await asyncio.to_thread(import_module, "digestbot.builder.models.model_writer")
        writer = module.ModelWriter(own, models)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(writer.close)
        http = await stack.enter_async_context(build_shared_client(settings, store))
        entries = EntryBuilder(
            store.builds,
            clock,
            reader=PaperReader(http, own.arxiv_pages, reads_full_text=own.full_text),
            writer=writer,
            figures=FigureFolder(settings.effective_figures_dir, settings.public_url),
            concurrency=own.concurrency,
            full_text=own.full_text,
            oai=OaiClient(http, own.arxiv_oai) if own.arxiv_oai else None,
            share_all_figures=own.share_all_figures,
        )
        limits = BudgetLimits(own.daily_token_limit, own.daily_cost_limit_usd)
        yield Workshop(http, writer, entries, limits, store, clock)
