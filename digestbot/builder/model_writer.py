"""Summaries by language models, through pydantic-ai: one request per paper, and up to two corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pydantic_ai
import structlog
from genai_prices import Usage as PricedUsage
from genai_prices import calc_price
from openai import AsyncOpenAI
from pydantic_ai import Agent, ModelRetry, RunContext, UsageLimits, capture_run_messages
from pydantic_ai.exceptions import AgentRunError, FallbackExceptionGroup, ModelHTTPError
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings as RequestSettings

from digestbot.builder.extract_writer import extract_summary
from digestbot.builder.full_text import FullText
from digestbot.builder.model_output import AbstractSummary, FullTextSummary
from digestbot.builder.prompts import FULL_TEXT_CHARACTERS, build_question, load_instructions
from digestbot.builder.summary_writer import WriteResult
from digestbot.domain.digest import Summary
from digestbot.domain.paper import Paper
from digestbot.quality.checks import Evidence, Violation, drop_fields, find_violations
from digestbot.settings import BuilderSettings, ModelSettings
from digestbot.store.builds import Usage

if TYPE_CHECKING:
    from digestbot.builder.budget import Budget

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
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _RequestState:
    """The evidence for checking one paper's answers, and the best answer so far."""

    evidence: Evidence
    basis: str
    best: tuple[Summary, tuple[Violation, ...]] | None = None

    def record_answer(self, summary: Summary, violations: tuple[Violation, ...]) -> None:
        """Keep an answer if it has fewer violations than the best so far."""
        if self.best is None or len(violations) <= len(self.best[1]):
            self.best = summary, violations


class ModelWriter:
    """Asks the first model, and the next ones if it fails."""

    def __init__(self, settings: BuilderSettings, models: Sequence[ModelSettings]) -> None:
        self._models = list(models)
        self.models = [model.name for model in models]
        self._clients: list[AsyncOpenAI] = []
        made = [self._build_model(model, settings) for model in models]
        self._model = FallbackModel(*made) if len(made) > 1 else made[0]
        self._agents = {kind: _build_agent(kind) for kind in (AbstractSummary, FullTextSummary)}

    async def write(self, paper: Paper, text: FullText, language: str, budget: Budget) -> WriteResult:
        """Write a paper's summary. If everything fails, it is the abstract's first sentences."""
        state = _RequestState(Evidence(paper, text.excerpt(_NO_LIMIT) or paper.abstract, language), text.basis)
        prompt = build_question(paper, text.excerpt(FULL_TEXT_CHARACTERS))
        expected = self._estimate_usage(load_instructions(language), prompt)
        if not await budget.reserve(expected):
            return WriteResult(extract_summary(paper, text.basis), problem="the day's tokens or dollars are used up")
        kind = FullTextSummary if text.sections else AbstractSummary
        messages, problem = await self._ask(state, prompt, language, kind)
        costs = self._list_costs(messages)
        await budget.settle(expected, costs)  # not if interrupted: what was asked may be billed, so it stays reserved
        usage = sum((cost for _, cost in costs), Usage())
        return WriteResult(_finish_summary(state, text), usage, problem if state.best is None else "")

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients:
            await client.close()

    def _build_model(self, model: ModelSettings, settings: BuilderSettings) -> Model:
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
        )
        self._clients.append(client)
        return OpenAIChatModel(model.name, provider=OpenAIProvider(openai_client=client), settings=request)

    async def _ask(
        self, state: _RequestState, prompt: str, language: str, kind: type[AbstractSummary]
    ) -> tuple[list[ModelMessage], str]:
        """The messages exchanged, and the error if any."""
        with capture_run_messages() as messages:
            try:
                await self._agents[kind].run(
                    prompt,
                    model=self._model,
                    deps=state,
                    instructions=load_instructions(language),
                    usage_limits=UsageLimits(request_limit=MAX_CORRECTIONS + 1),
                )
            except (AgentRunError, FallbackExceptionGroup, TimeoutError) as error:
                problem = _describe_error(error)
                _log.warning("paper_not_summarized", paper=str(state.evidence.paper.identifier), reason=problem)
            except Exception as error:  # noqa: BLE001  # a client's bug must not stop the digest
                problem = f"a bug: {type(error).__name__}"
                _log.exception("paper_not_summarized", paper=str(state.evidence.paper.identifier))
            else:
                problem = ""
        return list(messages), problem

    def _estimate_usage(self, *texts: str) -> Usage:
        """The maximum usage for a paper, with every correction."""
        tokens_in = sum(map(len, texts)) // _CHARACTERS_PER_TOKEN + _EXPECTED_ANSWER_TOKENS
        calls = MAX_CORRECTIONS + 1
        cost = max(compute_microdollars(model, tokens_in, _EXPECTED_ANSWER_TOKENS) for model in self._models)
        return Usage(calls, calls * tokens_in, calls * _EXPECTED_ANSWER_TOKENS, calls * cost)

    def _list_costs(self, messages: Sequence[ModelMessage]) -> list[tuple[str, Usage]]:
        responses = [message for message in messages if isinstance(message, ModelResponse)]
        return [(response.model_name or "unknown", self._compute_cost(response)) for response in responses]

    def _compute_cost(self, response: ModelResponse) -> Usage:
        usage = response.usage
        answered = response.model_name or ""  # providers append a date to the requested name
        named = [model for model in self._models if answered.startswith(model.name)]
        model = max(named, key=lambda model: len(model.name), default=self._models[0])
        cost = compute_microdollars(model, usage.input_tokens, usage.output_tokens)
        return Usage(1, usage.input_tokens, usage.output_tokens, cost)


def _finish_summary(state: _RequestState, text: FullText) -> Summary:
    """The best answer without its violations; if it has no headline left, the abstract's first sentence."""
    paper = state.evidence.paper
    if state.best is None:
        return extract_summary(paper, text.basis)
    summary = drop_fields(*state.best)
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


def _build_agent(kind: type[AbstractSummary]) -> Agent[_RequestState, AbstractSummary]:
    agent = Agent(output_type=kind, deps_type=_RequestState, retries={"output": MAX_CORRECTIONS})

    @agent.output_validator
    def hold_to_the_text(context: RunContext[_RequestState], written: AbstractSummary) -> AbstractSummary:
        """Return violations to the model for correction; the last answer is accepted and cleaned up."""
        asked = context.deps
        writer = next((m.model_name for m in reversed(context.messages) if isinstance(m, ModelResponse)), "") or ""
        summary = written.to_summary(asked.evidence.language, asked.basis, writer)
        faults = find_violations(summary, asked.evidence)
        if not summary.headline:
            faults = (Violation("headline", "placeholder", "it is empty"), *faults)
        asked.record_answer(summary, faults)
        if faults and context.retry < MAX_CORRECTIONS:
            raise ModelRetry("\n".join(f"{fault.field}: {fault.reason}" for fault in faults[:12]))
        return written

    return agent


def _describe_error(error: BaseException) -> str:
    """Describe an error without the server's message, which may contain part of the key."""
    if isinstance(error, FallbackExceptionGroup):
        return "; ".join(dict.fromkeys(_describe_error(inner) for inner in error.exceptions))
    if isinstance(error, ModelHTTPError):
        return f"{error.model_name} answered {error.status_code}{_STATUS_HINTS.get(error.status_code, '')}"
    return type(error).__name__


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
