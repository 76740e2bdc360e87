"""The service that answers questions, whose parts are imported and whose connections are opened at the first use."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from digestbot.builder.extra import is_build_installed
from digestbot.core.clock import Clock
from digestbot.core.papers.paper_services import MAX_EARLIER
from digestbot.domain.papers.paper_answers import AnswerStep, AskedQuestion, PaperAnswer, PaperQuestion
from digestbot.domain.subscription import Address
from digestbot.settings import Settings
from digestbot.store import Store

if TYPE_CHECKING:
    from digestbot.builder.sources.polite_client import PoliteClient
    from digestbot.papers.questions import PaperQuestionService
    from digestbot.store.papers.paper_questions import Asker

_TALK_LASTS, _REPLY_LASTS = timedelta(hours=1), timedelta(days=7)
_TIMEOUT_SECONDS = 30.0
_ATTEMPTS = 2
"""A person waits."""


class OnDemandQuestions:
    """Answers questions about papers, as :class:`~digestbot.core.papers.paper_services.PaperQuestions` says."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._service: PaperQuestionService | None = None
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()

    @property
    def has_model(self) -> bool:
        """Whether a model answers: one is configured and may be asked, and what asks it is installed."""
        return self._settings.builder.asks_models and is_build_installed()

    async def find_kept(self, asked: PaperQuestion) -> PaperAnswer | None:
        """The answer that is kept for the same question."""
        from digestbot.papers.questions import build_answer_key  # noqa: PLC0415  # late: few processes are asked

        return await self._store.paper_questions.find_answer(build_answer_key(asked), self._clock.now())

    async def answer(self, asked: PaperQuestion) -> AsyncGenerator[AnswerStep | PaperAnswer]:
        """What is being done, one after another, and at last the answer."""
        service = await self._open_service()
        async with aclosing(service.answer(asked)) as steps:
            async for step in steps:
                yield step

    async def list_earlier(self, asker: Asker, paper: str, *, is_reply: bool) -> tuple[AskedQuestion, ...]:
        """What a person asked last about a paper in a chat: within an hour, or a week where they reply to that."""
        since = self._clock.now() - (_REPLY_LASTS if is_reply else _TALK_LASTS)
        return tuple(await self._store.paper_questions.list_asked(asker, paper, since, MAX_EARLIER))

    async def find_last_paper(self, asker: Asker) -> str:
        """The paper that a person asked about last in a chat, within an hour; empty if they asked about none."""
        return await self._store.paper_questions.find_last_paper(asker, self._clock.now() - _TALK_LASTS)

    async def note_asked(self, asker: Asker, paper: str, asked: AskedQuestion) -> int:
        """Note what a person asked, for what follows; its number."""
        return await self._store.paper_questions.note_asked(asker, paper, asked, self._clock.now())

    async def note_said(self, number: int, said: str) -> None:
        """Note what was answered to a question, unless the person had it forgotten meanwhile."""
        await self._store.paper_questions.note_said(number, said)

    async def drop_asked(self, number: int) -> None:
        """Forget a question that was not answered."""
        await self._store.paper_questions.drop_asked(number)

    async def forget(self, address: Address) -> None:
        """Delete what a person asked, or what was asked in a chat."""
        await self._store.paper_questions.forget(address)

    async def close(self) -> None:
        """Stop reading, and close the connections."""
        await self._stack.aclose()

    async def _open_service(self) -> PaperQuestionService:
        async with self._opening:
            if self._service is None:
                module = await asyncio.to_thread(import_module, "digestbot.papers.text_source")  # beside the loop
                self._service = await self._build_service(module)
        return self._service

    async def _build_service(self, module: object) -> PaperQuestionService:
        from digestbot.builder.models.budget import BudgetLimits  # noqa: PLC0415  # late, as the module is
        from digestbot.papers.questions import PaperQuestionService  # noqa: PLC0415
        from digestbot.papers.text_source import PaperTextSource  # noqa: PLC0415

        settings = self._settings.builder
        http = await self._stack.enter_async_context(self._build_http())
        texts = PaperTextSource(
            self._store, self._clock, http, settings.arxiv_pages, reads_full_text=settings.full_text
        )
        self._stack.push_async_callback(texts.close)
        model = None
        if self.has_model:
            module = await asyncio.to_thread(
                import_module, "digestbot.builder.models.question_model"
            )  # it takes two seconds
            model = module.QuestionModel(settings, settings.list_usable_models())  # type: ignore[attr-defined]
            self._stack.push_async_callback(model.close)
        limits = BudgetLimits(settings.daily_token_limit, settings.daily_cost_limit_usd)
        return PaperQuestionService(self._store, self._clock, texts, model, limits)

    def _build_http(self) -> PoliteClient:
        from digestbot.builder.sources.pace import SharedPace  # noqa: PLC0415  # late, as the service is
        from digestbot.builder.sources.polite_client import PoliteClient  # noqa: PLC0415

        delay_seconds = self._settings.builder.arxiv_delay_seconds
        return PoliteClient(
            delay_seconds,
            _TIMEOUT_SECONDS,
            allow_private_hosts=self._settings.allow_private_hosts,
            contact=self._settings.builder.contact,
            pace=SharedPace(self._store.request_paces, secrets.token_hex(8)) if delay_seconds else None,
            attempts=_ATTEMPTS,
        )
