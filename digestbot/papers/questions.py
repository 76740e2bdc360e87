"""Answers questions about papers: reads, looks for passages, asks a model, and keeps what it answered."""

from __future__ import annotations

import asyncio
import hashlib
import unicodedata
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Protocol

from digestbot.builder.models.budget import Budget, BudgetLimits
from digestbot.builder.texts.full_text import ABSTRACT, PDF
from digestbot.builder.texts.paragraphs import divide_sections
from digestbot.core.clock import Clock
from digestbot.domain.digest import Section
from digestbot.domain.paper import Paper
from digestbot.domain.papers.paper_answers import (
    AnswerKind,
    AnswerStep,
    PaperAnswer,
    PaperQuestion,
    Quotation,
)
from digestbot.domain.papers.paper_paragraphs import PaperParagraph
from digestbot.domain.papers.passage_ranking import (
    IndexedParagraph,
    find_excerpt,
    find_passages,
    has_own_words,
    index_paragraphs,
    rank_paragraphs,
)
from digestbot.domain.text.research_words import has_chinese
from digestbot.store import Store
from digestbot.store.papers.paper_texts import StoredText

_KEY_VERSION = "2"
"""Another one, and kept answers are given no more: where answers are made otherwise now."""
_END_SIGNS = " ?？.。"
_MAX_SHOWN_PASSAGES = 3
_MAX_SHOWN_CHARACTERS = 420


class AnsweringModel(Protocol):
    """A model that answers from passages, as ``builder/models/question_model.py`` has it."""

    @property
    def names(self) -> Sequence[str]:
        """The models' names, in the order in which they are asked."""

    async def find_words(self, question: str, language: str, budget: Budget) -> tuple[str, ...]:
        """Words of a paper's language to search it for; none if no model gives any."""

    async def answer(
        self, asked: PaperQuestion, passages: Sequence[PaperParagraph], budget: Budget
    ) -> PaperAnswer | None:
        """The answer from these passages."""


class TextSource(Protocol):
    """Where papers' texts come from."""

    async def find_stored(self, paper: Paper) -> StoredText | None:
        """The text of a paper's version, if it was read before."""

    async def read_text(self, paper: Paper) -> StoredText:
        """The text of a paper's version, or its abstract where nothing else can be had."""


class PaperQuestionService:
    """Answers questions; without a ``model``, with the passages that may hold the answer."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        texts: TextSource,
        model: AnsweringModel | None,
        limits: BudgetLimits,
    ) -> None:
        self._store, self._clock, self._texts, self._model, self._limits = store, clock, texts, model, limits

    async def answer(self, asked: PaperQuestion) -> AsyncGenerator[AnswerStep | PaperAnswer]:
        """What is being done, one after another, and at last the answer."""
        text = await self._find_stored(asked)
        if text is None:
            yield AnswerStep.READING
            text = await self._texts.read_text(asked.paper)
        yield AnswerStep.LOOKING
        work = f"answer {build_answer_key(asked)}"
        if self._model and not asked.is_sent and await self._store.failed_works.has_failed(work, self._clock.now()):
            yield await asyncio.to_thread(self._show_passages, asked, text, (), "tried")
            return
        budget = Budget(self._store.builds, self._limits, self._clock.now().astimezone(UTC).date())
        more_words = await self._find_more_words(asked, text, budget)
        passages = await asyncio.to_thread(  # a long question on a long paper takes a quarter of a second
            find_passages, text.paragraphs, asked.question, more_words=more_words, context=_join_earlier(asked)
        )
        if not passages:
            yield PaperAnswer(AnswerKind.NOTHING, basis=text.basis, is_billed=budget.is_billed)
            return
        if self._model is None:
            yield await asyncio.to_thread(self._show_passages, asked, text, more_words)
            return
        yield AnswerStep.ANSWERING
        answer = await self._model.answer(asked, [one.paragraph for one in passages], budget)
        if answer is None or answer.kind is AnswerKind.PASSAGES:
            problem = answer.problem if answer else "model"
            if problem == "unsupported" and not asked.is_sent:
                await self._store.failed_works.note(work, self._clock.now())
            shown = await asyncio.to_thread(self._show_passages, asked, text, more_words, problem)
            yield replace(shown, is_billed=budget.is_billed)
            return
        answer = replace(answer, basis=text.basis, is_billed=True)
        await self._keep(asked, text, answer)
        yield answer

    async def _keep(self, asked: PaperQuestion, text: StoredText, answer: PaperAnswer) -> None:
        """Keep an answer for who asks the same, unless it is one person's alone, or there is soon a better one."""
        if not asked.is_sent and await self._is_lasting(text, asked.paper):
            await self._store.paper_questions.save_answer(
                build_answer_key(asked), asked.paper.arxiv_id, answer, self._clock.now()
            )

    async def _is_lasting(self, text: StoredText, paper: Paper) -> bool:
        """Whether who asks later has the same text: not where it is the abstract for want of a text that is away."""
        return text.basis != ABSTRACT or await self._texts.find_stored(paper) is not None

    async def _find_stored(self, asked: PaperQuestion) -> StoredText | None:
        if asked.is_sent:
            paragraphs = await asyncio.to_thread(_index_sections, asked.sections)
            return StoredText(asked.paper.arxiv_id, asked.paper.version, PDF, tuple(paragraphs))
        return await self._texts.find_stored(asked.paper)

    async def _find_more_words(self, asked: PaperQuestion, text: StoredText, budget: Budget) -> tuple[str, ...]:
        """Words of the paper's language, where the question is in another one and a model can translate."""
        language = find_text_language(text.paragraphs)
        if self._model is None or not text.paragraphs or language == ("zh" if has_chinese(asked.question) else "en"):
            return ()
        return await self._model.find_words(asked.question, language, budget)

    def _show_passages(
        self, asked: PaperQuestion, text: StoredText, more_words: Sequence[str], problem: str = ""
    ) -> PaperAnswer:
        ranked = rank_paragraphs(text.paragraphs, asked.question, more_words=more_words, context=_join_earlier(asked))[
            :_MAX_SHOWN_PASSAGES
        ]
        shown = tuple(_to_quotation(one, asked, more_words) for one in ranked)
        if not has_own_words(text.paragraphs, asked.question, more_words=more_words):
            shown = ()  # they have words of an earlier question alone
        kind = AnswerKind.PASSAGES if shown else AnswerKind.NOTHING
        return PaperAnswer(kind, passages=shown, basis=text.basis, problem=problem)


def _index_sections(sections: Sequence[Section]) -> list[IndexedParagraph]:
    return index_paragraphs(divide_sections(sections))


def build_answer_key(asked: PaperQuestion) -> str:
    """A hash of all that an answer depends on: the question, and what it goes on from."""
    earlier = [part for one in asked.earlier for part in (_normalize(one.question), one.said)]
    parts = (
        _KEY_VERSION,
        asked.paper.arxiv_id,
        str(asked.paper.version),
        asked.language,
        _normalize(asked.question),
        *earlier,
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def find_text_language(paragraphs: Sequence[IndexedParagraph]) -> str:
    """The language of most of a text: ``zh``, or ``en`` for all others."""
    chinese = sum(has_chinese(one.paragraph.text[:200]) for one in paragraphs)
    return "zh" if 2 * chinese > len(paragraphs) else "en"


def _normalize(question: str) -> str:
    """A question as it was typed: only capitals, spaces and the sign at its end do not make it another one."""
    return " ".join(unicodedata.normalize("NFC", question.casefold()).split()).rstrip(_END_SIGNS)


def _join_earlier(asked: PaperQuestion) -> str:
    return asked.earlier[-1].question if asked.earlier else ""


def _to_quotation(one: IndexedParagraph, asked: PaperQuestion, more_words: Sequence[str]) -> Quotation:
    """The part of a paragraph that has most of the question's words, as it stands there."""
    text = one.paragraph.text
    start, end = find_excerpt(
        one, asked.question, _MAX_SHOWN_CHARACTERS, more_words=more_words, context=_join_earlier(asked)
    )
    shown = ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")
    section = "" if one.paragraph.section == "Text" else one.paragraph.section
    return Quotation(shown, section, one.paragraph.find_page(start))
