"""Cards of answers to questions about a paper: claims, each with the paper's own words and where they stand."""

from __future__ import annotations

from collections.abc import Iterator

from digestbot.cards.card import (
    Block,
    Button,
    Card,
    Heading,
    Line,
    Link,
    Notice,
    Paragraph,
    Text,
    TextStyle,
    parse_inline,
)
from digestbot.cards.context import RenderContext
from digestbot.domain.paper import Paper
from digestbot.domain.papers.paper_answers import AnswerKind, AnswerStep, PaperAnswer, PaperQuestion, Quotation
from digestbot.domain.text.lengths import shorten_text

_MAX_QUESTION_CHARACTERS = 300
_MAX_SECTION_CHARACTERS = 60
_ABSTRACT = "abstract"
_STEPS = {
    AnswerStep.READING: "ask.reading",
    AnswerStep.LOOKING: "ask.looking",
    AnswerStep.ANSWERING: "ask.answering",
}
_PROBLEMS = {
    "": "ask.no_model",
    "model": "ask.model",
    "budget": "ask.budget",
    "unsupported": "ask.unsupported",
    "tried": "ask.tried",
}
"""Why passages are shown in place of an answer."""


def progress_card(asked: PaperQuestion, step: AnswerStep, context: RenderContext) -> Card:
    """What is being done for an answer."""
    told = Paragraph((Text(context.translate(_STEPS[step]), TextStyle.MUTED),))
    return Card((*_begin(asked), told), command=_name_paper(asked))


def answer_card(asked: PaperQuestion, answer: PaperAnswer, context: RenderContext) -> Card:
    """An answer, or the passages that may hold it, with buttons that go on from it.

    The way back to it is the question, to which the answer is kept; nobody is asked again only to go back.
    """
    return Card(
        (*_begin(asked), *_body_blocks(asked.paper, answer, context), *_notice_blocks(answer, context)),
        _build_buttons(asked, context),
        command=_name_paper(asked),
        return_command="" if asked.is_sent or answer.problem else f"ask {asked.paper.arxiv_id} {asked.question}",
    )


def ask_button(paper_id: str, context: RenderContext) -> tuple[Button, ...]:
    """The button that asks for a question, where the platform can."""
    if not context.capabilities.forms:
        return ()
    return (Button(context.translate("button.ask"), f"ask {paper_id}", prompt=context.translate("ask.prompt")),)


def _name_paper(asked: PaperQuestion) -> str:
    """What shows the paper, or the file that a person sent, so that “it” means this one afterwards."""
    return f"{'summarize' if asked.is_sent else 'paper'} {asked.paper.arxiv_id}"


def _begin(asked: PaperQuestion) -> tuple[Block, ...]:
    question = shorten_text(" ".join(asked.question.split()), _MAX_QUESTION_CHARACTERS)
    title = Heading(_to_plain_line(asked.paper.title), "" if asked.is_sent else asked.paper.url)
    return title, Paragraph((Text(question, TextStyle.STRONG),))


def _body_blocks(paper: Paper, answer: PaperAnswer, context: RenderContext) -> Iterator[Block]:
    if answer.kind is AnswerKind.ANSWERED:
        for claim in answer.claims:
            yield Paragraph(_to_plain_line(claim.text))
            for quotation in claim.quotations:
                yield Paragraph(_quotation_line(quotation, context))
        return
    if answer.kind is AnswerKind.NOT_SAID:
        said = "ask.abstract_not_said" if answer.basis == _ABSTRACT else "ask.not_said"
        yield Paragraph((Text(context.translate(said)),))
        return
    if answer.kind is AnswerKind.NOTHING:
        key = "ask.nothing" if answer.basis and (answer.basis != _ABSTRACT or paper.abstract) else "ask.no_text"
        yield Paragraph((Text(context.translate(key)),))
        return
    yield Paragraph((Text(context.translate(_PROBLEMS.get(answer.problem, "ask.model")), TextStyle.MUTED),))
    for passage in answer.passages:
        yield Paragraph(_quotation_line(passage, context))


def _quotation_line(quotation: Quotation, context: RenderContext) -> Line:
    """The paper's own words, and the section and the page that they are in."""
    section = shorten_text(" ".join(quotation.section.split()), _MAX_SECTION_CHARACTERS)
    page = context.translate("ask.page", page=quotation.page) if quotation.page else ""
    place = " · ".join(filter(None, (section, page)))
    quoted = _to_plain_line(context.translate("ask.quotation", text=quotation.text))
    return (*quoted, Text(f" — {place}", TextStyle.MUTED)) if place else quoted


def _notice_blocks(answer: PaperAnswer, context: RenderContext) -> Iterator[Block]:
    if answer.basis == _ABSTRACT and answer.kind not in (AnswerKind.NOTHING, AnswerKind.NOT_SAID):
        yield Notice(context.translate("ask.abstract_only"))
    if answer.kind is AnswerKind.ANSWERED:
        yield Notice(context.translate("ask.checked", writer=answer.writer or context.translate("ask.a_model")))
    elif answer.kind is AnswerKind.NOT_SAID and answer.basis != _ABSTRACT:
        yield Notice(context.translate("ask.looked", writer=answer.writer or context.translate("ask.a_model")))


def _build_buttons(asked: PaperQuestion, context: RenderContext) -> tuple[Button, ...]:
    label = context.translate("button.sent_pdf" if asked.is_sent else "button.paper_card")
    return (*ask_button(asked.paper.arxiv_id, context), Button(label, _name_paper(asked)))


def _to_plain_line(text: str) -> Line:
    """Text from a model or a paper: with its formulas, and with no address that can be followed."""
    return tuple(Text(run.text) if isinstance(run, Link) else run for run in parse_inline(text))
