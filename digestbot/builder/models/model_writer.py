"""Summaries by language models, through pydantic-ai: one request per paper, and up to two corrections.

How a server is asked and what it answers is read in layers: ``chat_client.py`` and ``completions.py`` make one shape of
what servers send, ``answering_model.py`` finds the form in it, and ``form_reader.py`` reads wrong types for what they
mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pydantic_ai
import structlog
from genai_prices import Usage as PricedUsage
from genai_prices import calc_price
from openai import AsyncOpenAI
from pydantic_ai import Agent, ModelRetry, RunContext, UsageLimits
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import (
    AgentRunError,
    ContentFilterError,
    ModelConnectionError,
    ModelHTTPError,
    ModelTimeoutError,
    OutputTokenLimitExceeded,
    UnexpectedModelBehavior,
    UsageLimitExceeded,
)
from pydantic_ai.messages import ModelRequest, ModelResponse
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings as RequestSettings

from digestbot.builder.models.answering_model import AnsweringModel, NoAnswerError
from digestbot.builder.models.chat_client import ChatClient
from digestbot.builder.models.model_output import AbstractSummary, FullTextSummary
from digestbot.builder.models.prompts import FULL_TEXT_CHARACTERS, build_question, load_instructions
from digestbot.builder.models.summary_writer import WriteResult
from digestbot.builder.texts.full_text import FullText
from digestbot.domain.digest import EXTRACT_WRITER, Summary
from digestbot.domain.paper import Paper
from digestbot.domain.papers.summary_stage import StageListener, SummaryStage, ignore_stage
from digestbot.quality.checks import SENTENCE_RULES, Evidence, Violation, drop_fields, find_violations
from digestbot.quality.extracts import extract_summary
from digestbot.quality.sanitize import sanitize
from digestbot.settings import BuilderSettings, ModelSettings
from digestbot.store.digests.builds import Usage

if TYPE_CHECKING:
    from digestbot.builder.models.budget import Budget

pydantic_ai.BANNER_ENABLED = False  # keep its vendor's news out of the operator's terminal and log
MAX_CORRECTIONS = 2
"""How often a model is asked to correct its answer."""
_EXPECTED_ANSWER_TOKENS = 2_500
_MAX_ANSWER_TOKENS = 12_000
"""Maximum tokens of an answer, including the reasoning of models that think first."""
_CHARACTERS_PER_TOKEN = 3
"""Fewer than in English (4), more than in Chinese (1.5): reservations are estimates on the safe side."""
_NO_LIMIT = 10**7
_STATUS_HINTS = {
    401: ": is its key right?",
    403: ": may its key use it?",
    404: ": is its name right?",
    429: ": too often",
}
_ERROR_WORDS = (
    (ModelTimeoutError, "did not answer in time"),
    (TimeoutError, "did not answer in time"),
    (ModelConnectionError, "could not be reached"),
    (ContentFilterError, "withheld its answer"),
    (OutputTokenLimitExceeded, "was cut off"),
    (UnexpectedModelBehavior, "gave no summary"),
    (UsageLimitExceeded, "gave no summary"),
)
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _RequestState:
    """The evidence for checking one paper's answers, and the best answer so far."""

    evidence: Evidence
    basis: str
    on_stage: StageListener = ignore_stage
    best: tuple[Summary, tuple[Violation, ...]] | None = None
    costs: list[tuple[str, Usage]] = field(default_factory=list)
    allowed: int = MAX_CORRECTIONS
    """How many answers may come in all: the corrections, and one more from each model that was asked."""

    @property
    def may_ask_again(self) -> bool:
        """Whether a model may be asked once more."""
        return len(self.costs) < self.allowed

    def record_answer(self, summary: Summary, violations: tuple[Violation, ...]) -> None:
        """Keep an answer if it has fewer violations than the best so far."""
        if self.best is None or len(violations) <= len(self.best[1]):
            self.best = summary, violations


class ModelWriter:
    """Asks the first model, and the next ones if it fails; ``concurrency`` questions at once."""

    def __init__(self, settings: BuilderSettings, models: Sequence[ModelSettings]) -> None:
        self._models = list(models)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self.models = [model.name for model in models]
        self._clients: list[AsyncOpenAI] = []
        self._built = [build_model(model, settings, self._clients) for model in models]
        self._agents = {kind: _build_agent(kind) for kind in (AbstractSummary, FullTextSummary)}

    async def write(
        self, paper: Paper, text: FullText, language: str, budget: Budget, on_stage: StageListener = ignore_stage
    ) -> WriteResult:
        """Write a paper's summary. If everything fails, it is the abstract's most telling sentences."""
        evidence = Evidence(paper, text.excerpt(_NO_LIMIT) or paper.abstract, language)
        state = _RequestState(evidence, text.basis, on_stage)
        prompt = build_question(paper, text.excerpt(FULL_TEXT_CHARACTERS))
        expected = self._estimate_usage(load_instructions(language), prompt)
        if not await budget.reserve(expected):
            extract = extract_summary(paper, text.basis)
            return WriteResult(extract, problem="the day's tokens or dollars are used up", is_over_budget=True)
        kind = FullTextSummary if text.sections else AbstractSummary
        problems = await self._ask_models(state, prompt, kind)
        await budget.settle(expected, state.costs)  # if interrupted, it stays reserved: it may be billed
        usage = sum((cost for _, cost in state.costs), Usage())
        summary = _finish_summary(state, text)
        return WriteResult(summary, usage, "; ".join(problems) if summary.writer == EXTRACT_WRITER else "")

    async def find_silent_models(self) -> list[str]:
        """Ask each model one short question; what is wrong with each that does not answer."""
        problems = []
        for model, settings in zip(self._built, self._models, strict=True):
            try:
                await model_request(model, [ModelRequest.user_text_prompt("Answer with the word OK.")])
            except (AgentRunError, TimeoutError) as error:
                problems.append(describe_error(error, settings.name))
        return problems

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients:
            await client.close()

    async def _ask_models(self, state: _RequestState, prompt: str, kind: type[AbstractSummary]) -> list[str]:
        """Ask one model after the other until one has answered; the reasons of those that have not, each once."""
        problems: dict[str, None] = {}
        for number, settings in enumerate(self._models):
            state.allowed += 1
            has_next = number + 1 < len(self._models)
            try:
                await self._ask(state, prompt, kind, number, has_next=has_next)
                if _clean_best(state):
                    break
                problem = f"{settings.name} gave no usable summary"
            except (AgentRunError, TimeoutError) as error:
                problem = describe_error(error, settings.name)
                _log.warning("paper_not_summarized", paper=str(state.evidence.paper.identifier), reason=problem)
            except Exception as error:  # noqa: BLE001  # a client's bug must not stop the digest
                problem = f"a bug: {type(error).__name__}"
                _log.exception("paper_not_summarized", paper=str(state.evidence.paper.identifier))
            problems[problem] = None
        return list(problems)

    async def _ask(
        self, state: _RequestState, prompt: str, kind: type[AbstractSummary], number: int, *, has_next: bool
    ) -> None:
        def count(response: ModelResponse, tokens_in: int, tokens_out: int) -> None:
            cost = compute_microdollars(self._models[number], tokens_in, tokens_out)
            name = response.model_name or self._models[number].name
            state.costs.append((name, Usage(1, tokens_in, tokens_out, cost)))

        try:
            await self._agents[kind].run(
                prompt,
                model=AnsweringModel(self._built[number], count, slots=self._slots, has_next=has_next),
                deps=state,
                instructions=load_instructions(state.evidence.language),
                usage_limits=UsageLimits(request_limit=state.allowed - len(state.costs)),
            )
        except NoAnswerError as error:
            if error.answer:
                _record_remains(
                    state, kind.model_validate({"headline": "", **error.answer.form}), self._models[number].name
                )
            raise

    def _estimate_usage(self, *texts: str) -> Usage:
        """The maximum usage for a paper, with every correction and an answer from every model."""
        tokens_in = sum(map(len, texts)) // _CHARACTERS_PER_TOKEN + _EXPECTED_ANSWER_TOKENS
        calls = MAX_CORRECTIONS + len(self._models)
        cost = max(compute_microdollars(model, tokens_in, _EXPECTED_ANSWER_TOKENS) for model in self._models)
        return Usage(calls, calls * tokens_in, calls * _EXPECTED_ANSWER_TOKENS, calls * cost)


def _finish_summary(state: _RequestState, text: FullText) -> Summary:
    """The best answer without its violations; if it has no headline left, the abstract's most telling sentence."""
    paper = state.evidence.paper
    summary = _clean_best(state)
    if summary is None:
        return extract_summary(paper, text.basis)
    if summary.headline:
        return summary
    return Summary(
        extract_summary(paper, text.basis).headline,
        summary.takeaways,
        summary.sections,
        summary.flags,
        summary.basis,
        summary.writer,
    )


def _clean_best(state: _RequestState) -> Summary | None:
    """The best answer without its violations; ``None`` if nothing of it is left, as of one in a wrong language."""
    if state.best is None:
        return None
    best, faults = state.best
    fields = [fault for fault in faults if fault.rule not in SENTENCE_RULES]
    summary = sanitize(drop_fields(best, fields), Evidence(state.evidence.paper))  # as it would be loaded from its page
    return summary if summary.headline or summary.takeaways or summary.sections else None


def build_model(model: ModelSettings, settings: BuilderSettings, clients: list[AsyncOpenAI]) -> Model:
    """A model as the operator set it up; the client that is to be closed after it is added to ``clients``."""
    request = RequestSettings(timeout=settings.timeout_seconds, max_tokens=_MAX_ANSWER_TOKENS)
    if model.provider == "google":
        from pydantic_ai.models.google import GoogleModel  # noqa: PLC0415  # late: it takes a second
        from pydantic_ai.providers.google import GoogleProvider  # noqa: PLC0415

        provider = GoogleProvider(api_key=settings.get_api_key(model), base_url=model.base_url or None)
        return GoogleModel(model.name, provider=provider, settings=request)
    client = AsyncOpenAI(
        api_key=settings.get_api_key(model),
        base_url=model.base_url or None,
        timeout=settings.timeout_seconds,
        max_retries=2,
        http_client=ChatClient(model.name),
    )
    clients.append(client)
    return OpenAIChatModel(model.name, provider=OpenAIProvider(openai_client=client), settings=request)


def _build_agent(kind: type[AbstractSummary]) -> Agent[_RequestState, AbstractSummary]:
    agent = Agent(output_type=kind, deps_type=_RequestState, retries={"output": MAX_CORRECTIONS})

    @agent.output_validator
    def hold_to_the_text(context: RunContext[_RequestState], written: AbstractSummary) -> AbstractSummary:
        """Return violations to the model for correction; the last answer is accepted and cleaned up."""
        asked = context.deps
        writer = next((m.model_name for m in reversed(context.messages) if isinstance(m, ModelResponse)), "") or ""
        asked.on_stage(SummaryStage.CHECKING)
        faults = _record_answer(asked, written, writer)
        if faults and asked.may_ask_again and context.retry < MAX_CORRECTIONS:
            raise ModelRetry("\n".join(f"{fault.field}: {fault.reason}" for fault in faults[:12]))
        return written

    return agent


def _record_answer(state: _RequestState, written: AbstractSummary, writer: str) -> tuple[Violation, ...]:
    """Keep an answer if it is the best so far; its violations."""
    summary = written.to_summary(state.evidence.language, state.basis, writer)
    faults = find_violations(summary, state.evidence)
    if not summary.headline:
        faults = (Violation("headline", "placeholder", "it is empty"), *faults)
    state.record_answer(summary, faults)
    return faults


def _record_remains(state: _RequestState, written: AbstractSummary, writer: str) -> None:
    """Keep what there is of an answer that was cut off, where there is no other."""
    if state.best is None and written.headline and written.takeaways:
        _record_answer(state, written, writer)


def describe_error(error: BaseException, model: str) -> str:
    """Describe an error without the server's message, which may contain part of the key."""
    if isinstance(error, ModelHTTPError):
        return f"{error.model_name} answered {error.status_code}{_STATUS_HINTS.get(error.status_code, '')}"
    if isinstance(error, NoAnswerError):
        return f"{model}: {error}"
    told = next((words for kind, words in _ERROR_WORDS if isinstance(error, kind)), type(error).__name__)
    return f"{model} {told}"


def compute_microdollars(model: ModelSettings, tokens_in: int, tokens_out: int) -> int:
    """Millionths of a dollar for so many tokens: by the operator's price, else the provider's list price.

    0 where no price is known, so that only the tokens are capped.
    """
    if model.dollars_in is not None or model.dollars_out is not None:
        return round((model.dollars_in or 0) * tokens_in + (model.dollars_out or 0) * tokens_out)
    lookup = {"provider_api_url": model.base_url} if model.base_url else {"provider_id": model.provider}
    try:
        price = calc_price(PricedUsage(input_tokens=tokens_in, output_tokens=tokens_out), model.name, **lookup)
    except LookupError:
        return 0
    return round(float(price.total_price) * 1_000_000)
