"""Answers questions about a paper by language models: claims whose quotations were found in the text, word for word.

What does not stand is sent back to the model once, and then left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import structlog
from pydantic import BaseModel, BeforeValidator, Field
from pydantic_ai import Agent, ModelRetry, RunContext, UsageLimits
from pydantic_ai.exceptions import AgentRunError
from pydantic_ai.messages import ModelResponse

from digestbot.builder.models.asked_model import AskedModel
from digestbot.builder.models.claims import ClaimChecker, WrittenClaim
from digestbot.builder.models.counted_model import estimate_tokens
from digestbot.builder.models.model_writer import build_model, compute_microdollars, describe_error
from digestbot.builder.models.prompts import fence_data, load_asking_instructions
from digestbot.domain.papers.paper_answers import AnswerKind, Claim, PaperAnswer, PaperQuestion
from digestbot.domain.papers.paper_paragraphs import PaperParagraph
from digestbot.settings import BuilderSettings, ModelSettings
from digestbot.store.digests.builds import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from digestbot.builder.models.budget import Budget

MAX_CLAIMS = 5
_MAX_CALLS = 3
"""How often one model is asked at most: for an answer, for a form where it gave none, and for a correction."""
_EXPECTED_ANSWER_TOKENS = 900
_EXPECTED_WORD_TOKENS = 200
_MAX_WORDS, _MAX_WORD_CHARACTERS = 12, 60
_WORDS_TASK = (
    "A researcher asks about a paper that is written in another language. Give up to twelve words or short phrases, in "
    "{language}, that the passage which answers the question is likely to have: the question's own terms translated, "
    "and how papers usually write it. Names and numbers stay as they are. Do not answer the question."
)
_LANGUAGE_NAMES = {"en": "English", "zh": "Chinese"}
_log = structlog.get_logger(__name__)


def _to_list(value: object) -> object:
    return [value] if isinstance(value, str | dict) else value or []


def _to_number(value: object) -> object:
    digits = "".join(char for char in str(value) if char.isdecimal())[:4]
    return int(digits) if digits else 0


class ClaimForm(BaseModel):
    """A sentence that answers the question, and the pieces of a passage that show it."""

    claim: str
    passage: Annotated[int, BeforeValidator(_to_number)] = 0
    quotations: Annotated[list[str], BeforeValidator(_to_list)] = Field(default_factory=list)


class AnswerForm(BaseModel):
    """The answer to a question about a paper."""

    says_it: bool = True
    claims: Annotated[list[ClaimForm], BeforeValidator(_to_list)] = Field(default_factory=list)


class WordsForm(BaseModel):
    """Words to search a paper for."""

    words: Annotated[list[str], BeforeValidator(_to_list)] = Field(default_factory=list)


@dataclass(slots=True)
class _AskedState:
    """What an answer is checked against, and the best one so far."""

    checker: ClaimChecker
    costs: list[tuple[str, Usage]] = field(default_factory=list)
    best: tuple[Claim, ...] = ()
    writer: str = ""
    has_answered: bool = False
    is_unsupported: bool = False
    """Whether it claimed something that its quotations do not show."""


class QuestionModel:
    """Asks the first model, and the next ones if it fails."""

    def __init__(self, settings: BuilderSettings, models: Sequence[ModelSettings]) -> None:
        self._models = list(models)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._clients: list[AsyncOpenAI] = []
        self._built = [build_model(model, settings, self._clients) for model in models]
        self._answering = _build_agent()
        self._translating: Agent[None, WordsForm] = Agent(output_type=WordsForm, retries={"output": 0})

    @property
    def names(self) -> list[str]:
        """The models' names, in the order in which they are asked."""
        return [model.name for model in self._models]

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients:
            await client.close()

    async def find_words(self, question: str, language: str, budget: Budget) -> tuple[str, ...]:
        """Words of a paper's language to search it for; none if no model gives any."""
        task = _WORDS_TASK.format(language=_LANGUAGE_NAMES.get(language, "English"))
        expected = self._estimate_usage(1, _EXPECTED_WORD_TOKENS, task, question)
        if not await budget.reserve(expected):
            return ()
        costs: list[tuple[str, Usage]] = []
        try:
            model = AskedModel(self._built[0], self._count_into(costs, 0), slots=self._slots)
            run = await self._translating.run(f"Question: {question}", model=model, instructions=task)
        except (AgentRunError, TimeoutError) as error:
            _log.info("question_not_translated", reason=describe_error(error, self._models[0].name))
            return ()
        finally:
            await budget.settle(expected, costs)
        return tuple(word[:_MAX_WORD_CHARACTERS] for word in run.output.words[:_MAX_WORDS])

    async def answer(
        self, asked: PaperQuestion, passages: Sequence[PaperParagraph], budget: Budget
    ) -> PaperAnswer | None:
        """The answer from these passages; ``None`` if no model gave any, or the day's budget is used up (``problem``).

        An answer of the kind ``passages`` says why there is none: ``budget``, ``model`` or ``unsupported``.
        """
        prompt = build_prompt(asked, passages)
        instructions = load_asking_instructions(asked.language)
        expected = self._estimate_usage(_MAX_CALLS + len(self._models), _EXPECTED_ANSWER_TOKENS, instructions, prompt)
        if not await budget.reserve(expected):
            return PaperAnswer(AnswerKind.PASSAGES, problem="budget")
        state = _AskedState(ClaimChecker(asked, passages))
        await self._ask_models(state, prompt, instructions)
        await budget.settle(expected, state.costs)  # if interrupted, it stays reserved: it may be billed
        return _finish_answer(state)

    async def _ask_models(self, state: _AskedState, prompt: str, instructions: str) -> None:
        """Ask one model after the other until one has answered."""
        for number, settings in enumerate(self._models):
            model = AskedModel(self._built[number], self._count_into(state.costs, number), slots=self._slots)
            try:
                await self._answering.run(
                    prompt,
                    model=model,
                    deps=state,
                    instructions=instructions,
                    usage_limits=UsageLimits(request_limit=_MAX_CALLS),
                )
            except (AgentRunError, TimeoutError) as error:
                _log.warning("question_not_answered", reason=describe_error(error, settings.name))
            except Exception:  # noqa: BLE001  # a client's bug must not be the reader's
                _log.exception("question_not_answered")
            if state.has_answered:
                return

    def _count_into(self, costs: list[tuple[str, Usage]], number: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
        settings = self._models[number]

        def count(response: ModelResponse, tokens_in: int, tokens_out: int) -> None:
            cost = compute_microdollars(settings, tokens_in, tokens_out)
            costs.append((response.model_name or settings.name, Usage(1, tokens_in, tokens_out, cost)))

        return count

    def _estimate_usage(self, calls: int, answer_tokens: int, *texts: str) -> Usage:
        tokens_in = sum(map(estimate_tokens, texts)) + answer_tokens
        cost = max(compute_microdollars(model, tokens_in, answer_tokens) for model in self._models)
        return Usage(calls, calls * tokens_in, calls * answer_tokens, calls * cost)


def build_prompt(asked: PaperQuestion, passages: Sequence[PaperParagraph]) -> str:
    """The passages as data, between delimiters that their text cannot predict; then what is asked."""
    shown = "\n\n".join(
        f"[{number}] {_name_place(passage)}\n{passage.text}" for number, passage in enumerate(passages, 1)
    )
    earlier = "".join(f"- asked: {one.question}\n  answered: {one.said}\n" for one in asked.earlier)
    talk = f"Earlier:\n{earlier}\n" if earlier else ""
    data = fence_data(f"Title: {asked.paper.title}\n\n{shown}")
    return f"{data}\n\n{talk}Question: {asked.question}"


def _name_place(passage: PaperParagraph) -> str:
    return f"({passage.section}{f', page {passage.page}' if passage.page else ''})"


def _build_agent() -> Agent[_AskedState, AnswerForm]:
    agent = Agent(output_type=AnswerForm, deps_type=_AskedState, retries={"output": 1})

    @agent.output_validator
    def hold_to_the_text(context: RunContext[_AskedState], written: AnswerForm) -> AnswerForm:
        """Send back what does not stand in the text, once; what stands is kept."""
        state = context.deps
        state.has_answered = True
        claims = written.claims[:MAX_CLAIMS] if written.says_it or written.claims else []
        checked = [state.checker.check(WrittenClaim(one.claim, tuple(one.quotations), one.passage)) for one in claims]
        kept = tuple(result for result in checked if isinstance(result, Claim))
        complaints = [result for result in checked if isinstance(result, str)]
        if len(kept) >= len(state.best):
            state.best, state.is_unsupported = kept, bool(complaints)
            state.writer = (
                next((m.model_name for m in reversed(context.messages) if isinstance(m, ModelResponse)), "") or ""
            )
        if complaints and context.retry < 1:
            raise ModelRetry("\n".join(complaints))
        return written

    return agent


def _finish_answer(state: _AskedState) -> PaperAnswer:
    if state.best:
        return PaperAnswer(AnswerKind.ANSWERED, state.best, writer=state.writer)
    if not state.has_answered:
        return PaperAnswer(AnswerKind.PASSAGES, problem="model")
    if state.is_unsupported:
        return PaperAnswer(AnswerKind.PASSAGES, problem="unsupported")
    return PaperAnswer(AnswerKind.NOT_SAID, writer=state.writer)
