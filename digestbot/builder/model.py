"""Summaries by language models, through pydantic-ai: one question a paper, and two more where the gate objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pydantic_ai
import structlog
from openai import AsyncOpenAI
from pydantic_ai import Agent, ModelRetry, RunContext, UsageLimits, capture_run_messages
from pydantic_ai.exceptions import AgentRunError, FallbackExceptionGroup, ModelHTTPError
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings as RequestSettings

from digestbot.builder.extract import extract
from digestbot.builder.fulltext import FullText
from digestbot.builder.outcome import Outcome
from digestbot.builder.prices import microdollars
from digestbot.builder.prompts import FULL_TEXT_CHARACTERS, instructions, question
from digestbot.builder.settings import BuilderSettings, ModelSettings
from digestbot.builder.written import Long, Short
from digestbot.domain.digest import Summary
from digestbot.domain.gate import Evidence, Fault, find_faults, without
from digestbot.domain.paper import Paper
from digestbot.store.builds import Usage

if TYPE_CHECKING:
    from digestbot.builder.budget import Budget

pydantic_ai.BANNER_ENABLED = False  # an operator's terminal and log are no place for its maker's news
CORRECTIONS = 2
"""How often a model is told what is wrong with what it wrote."""
_ANSWER_TOKENS = 2_500
_MOST_ANSWER = 12_000
"""Tokens after which an answer is cut off: models that think before they write count their thoughts."""
_LETTERS_A_TOKEN = 3
"""Fewer than there are in English (4), more than in Chinese (1.5): what is set aside is a guess on the safe side."""
_EVERYTHING = 10**7
_HINTS = {401: ": is its key right?", 403: ": may its key use it?", 404: ": is its name right?", 429: ": too often"}
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Asked:
    """What one paper's answers are held against, and the best that there was."""

    evidence: Evidence
    basis: str
    best: tuple[Summary, tuple[Fault, ...]] | None = None

    def note(self, summary: Summary, faults: tuple[Fault, ...]) -> None:
        """Keep an answer that has fewer faults than the best before."""
        if self.best is None or len(faults) <= len(self.best[1]):
            self.best = summary, faults


class ModelWriter:
    """Asks the first model, and where that cannot answer, the next."""

    def __init__(self, settings: BuilderSettings, models: Sequence[ModelSettings]) -> None:
        self._models = list(models)
        self.models = [model.name for model in models]
        self._clients: list[AsyncOpenAI] = []
        made = [self._made(model, settings) for model in models]
        self._model = FallbackModel(*made) if len(made) > 1 else made[0]
        self._agents = {kind: _agent(kind) for kind in (Short, Long)}

    async def write(self, paper: Paper, text: FullText, language: str, budget: Budget) -> Outcome:
        """A paper's summary. Whatever goes wrong, there is one: at the worst the abstract's first sentences."""
        asked = _Asked(Evidence(paper, text.text(_EVERYTHING) or paper.abstract, language), text.basis)
        prompt = question(paper, text.text(FULL_TEXT_CHARACTERS))
        expected = self._expected(instructions(language), prompt)
        if not await budget.reserve(expected):
            return Outcome(extract(paper, text.basis), trouble="the day's tokens or dollars are used up")
        spent = Usage()
        try:
            messages, trouble = await self._ask(asked, prompt, language, Long if text.sections else Short)
            for name, one in self._costs(messages):
                await budget.spend(name, one)
                spent += one
        finally:
            budget.release(expected)  # only now: between the two, others would see neither
        return Outcome(_finished(asked, text), spent, trouble if asked.best is None else "")

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            await client.close()

    def _made(self, model: ModelSettings, settings: BuilderSettings) -> Model:
        request = RequestSettings(timeout=settings.timeout_seconds, max_tokens=_MOST_ANSWER)
        if model.provider == "google":
            from pydantic_ai.models.google import GoogleModel  # noqa: PLC0415  # late: it takes a second
            from pydantic_ai.providers.google import GoogleProvider  # noqa: PLC0415

            provider = GoogleProvider(api_key=settings.key(model), base_url=model.base_url or None)
            return GoogleModel(model.name, provider=provider, settings=request)
        client = AsyncOpenAI(
            api_key=settings.key(model),
            base_url=model.base_url or None,
            timeout=settings.timeout_seconds,
            max_retries=2,
        )
        self._clients.append(client)
        return OpenAIChatModel(model.name, provider=OpenAIProvider(openai_client=client), settings=request)

    async def _ask(
        self, asked: _Asked, prompt: str, language: str, kind: type[Short]
    ) -> tuple[list[ModelMessage], str]:
        """All that was said, and what went wrong."""
        with capture_run_messages() as messages:
            try:
                await self._agents[kind].run(
                    prompt,
                    model=self._model,
                    deps=asked,
                    instructions=instructions(language),
                    usage_limits=UsageLimits(request_limit=CORRECTIONS + 1),
                )
            except (AgentRunError, FallbackExceptionGroup, TimeoutError) as error:
                trouble = _reason(error)
                _log.warning("not_summarised", paper=str(asked.evidence.paper.identifier), reason=trouble)
            except Exception as error:  # noqa: BLE001  # a client's bug must not stop the digest
                trouble = f"a bug: {type(error).__name__}"
                _log.exception("not_summarised", paper=str(asked.evidence.paper.identifier))
            else:
                trouble = ""
        return list(messages), trouble

    def _expected(self, *texts: str) -> Usage:
        """What a paper may cost at the most, when every correction is needed."""
        tokens_in = sum(map(len, texts)) // _LETTERS_A_TOKEN + _ANSWER_TOKENS
        calls = CORRECTIONS + 1
        cost = max(microdollars(model, tokens_in, _ANSWER_TOKENS) for model in self._models)
        return Usage(calls, calls * tokens_in, calls * _ANSWER_TOKENS, calls * cost)

    def _costs(self, messages: Sequence[ModelMessage]) -> list[tuple[str, Usage]]:
        responses = [message for message in messages if isinstance(message, ModelResponse)]
        return [(response.model_name or "unknown", self._cost(response)) for response in responses]

    def _cost(self, response: ModelResponse) -> Usage:
        usage = response.usage
        answered = response.model_name or ""  # providers put a date behind the name that was asked for
        named = [model for model in self._models if answered.startswith(model.name)]
        model = max(named, key=lambda model: len(model.name), default=self._models[0])
        cost = microdollars(model, usage.input_tokens, usage.output_tokens)
        return Usage(1, usage.input_tokens, usage.output_tokens, cost)


def _finished(asked: _Asked, text: FullText) -> Summary:
    """The best answer without what is wrong with it; where no headline is left, the abstract's first sentence."""
    paper = asked.evidence.paper
    if asked.best is None:
        return extract(paper, text.basis)
    summary = without(*asked.best)
    if summary.headline:
        return summary
    return Summary(
        extract(paper, text.basis).headline,
        summary.takeaways,
        summary.sections,
        summary.flags,
        summary.basis,
        summary.writer,
    )


def _agent(kind: type[Short]) -> Agent[_Asked, Short]:
    agent = Agent(output_type=kind, deps_type=_Asked, retries={"output": CORRECTIONS})

    @agent.output_validator
    def hold_to_the_text(context: RunContext[_Asked], written: Short) -> Short:
        """Send back what the gate objects to; the last answer is taken as it is, and cleaned."""
        asked = context.deps
        writer = next((m.model_name for m in reversed(context.messages) if isinstance(m, ModelResponse)), "") or ""
        summary = written.summary(asked.evidence.language, asked.basis, writer)
        faults = find_faults(summary, asked.evidence)
        if not summary.headline:
            faults = (Fault("headline", "placeholder", "it is empty"), *faults)
        asked.note(summary, faults)
        if faults and context.retry < CORRECTIONS:
            raise ModelRetry("\n".join(f"{fault.field}: {fault.reason}" for fault in faults[:12]))
        return written

    return agent


def _reason(error: BaseException) -> str:
    """What went wrong, without the server's words: they may hold a part of the key."""
    if isinstance(error, FallbackExceptionGroup):
        return "; ".join(dict.fromkeys(_reason(inner) for inner in error.exceptions))
    if isinstance(error, ModelHTTPError):
        return f"{error.model_name} answered {error.status_code}{_HINTS.get(error.status_code, '')}"
    return type(error).__name__
