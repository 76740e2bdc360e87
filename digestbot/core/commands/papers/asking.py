"""/ask: a question about one paper, answered from its text."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from digestbot.cards import answers
from digestbot.cards.card import Button, Card
from digestbot.core.answers.live_cards import LiveCard
from digestbot.core.commands.base import CommandRequest, HandlerResult
from digestbot.core.commands.papers.going_on import find_asker, find_last_paper, list_earlier
from digestbot.core.commands.papers.missing_papers import build_not_found_card
from digestbot.core.commands.papers.named_papers import build_paper_example, find_named_papers
from digestbot.core.commands.papers.quota_answers import check_quota, give_back_quota, take_quota
from digestbot.core.commands.papers.sent_pdfs import (
    begin_pdf,
    build_pdf_stage_card,
    check_pdf_request,
    find_pdf,
    iter_pdf_steps,
)
from digestbot.core.commands.papers.which_paper import build_which_card
from digestbot.core.lines.card_replies import find_quoted_pdf
from digestbot.core.lines.plain_questions import drop_asked_it
from digestbot.core.lines.typed_line import LAST, parse_list_numbers
from digestbot.core.lines.unread_links import find_unread_sites
from digestbot.core.papers.documents import find_document_command
from digestbot.core.papers.paper_services import PaperQuestions
from digestbot.core.papers.summary_services import PaperSummarizer
from digestbot.core.ports import IncomingDocument
from digestbot.domain.paper import Paper, PaperId, find_paper_ids
from digestbot.domain.papers.paper_answers import AnswerStep, AskedQuestion, PaperQuestion
from digestbot.domain.papers.sent_pdf import PDF_PREFIX
from digestbot.domain.text.research_words import has_chinese
from digestbot.domain.text.search_words import split_tokens
from digestbot.errors import CommandError
from digestbot.late_patterns import compile_late
from digestbot.store.papers.paper_questions import Asker

_MAX_QUESTION_CHARACTERS = 500
_MAX_SAID_CHARACTERS = 600
_MAX_SHORT_TOKENS = 4
_MAX_SHORT_CHINESE_TOKENS = 8
_AROUND = " \t\n:：,，、-–—"
_PLAIN_RUN = compile_late(r"[!-~]+")
_BEGINS_AFTER = compile_late(
    r"(?i)(?:and|but|so|then|also|or|what about|how about|what else|which of|why not)\b"
    r"|那|还|而|所以|然后|并且|另外|其他"
)
_POINTS_BACK = compile_late(
    r"(?i)\b(?:it|its|them|that|those|these|this|the same|the other|the others|ones?|there|both|latter|former"
    r"|instead)\b|它|他们|这个|那个|这些|那些|其中|前者|后者|上面|刚才|同样|呢[?？]?$"
)
"""What a question has that goes on from another: without that one, nobody knows what it asks."""


async def handle_ask(request: CommandRequest) -> HandlerResult:
    """A question about the paper that is named, replied to, or opened."""
    questions = request.papers.questions
    if questions is None:
        raise CommandError("cannot_ask")
    if document := next((one for one in request.message.documents if find_document_command(one) == "summarize"), None):
        return await _ask_new_pdf(request, questions, document)
    words, typed = await _split_paper(request)
    if not words:
        return await _ask_which(request, _clean_question(typed))
    if words[0].startswith(PDF_PREFIX):
        return await _ask_sent_pdf(request, questions, words[0], typed)
    read = await _read_question(request, words, _clean_question(typed))
    if isinstance(read, Card):
        return read
    paper, question = read
    if paper.is_withdrawn:
        request.notes.append(request.translate("ask.withdrawn"))
    return await _ask_paper(request, questions, paper, question)


async def _ask_paper(request: CommandRequest, questions: PaperQuestions, paper: Paper, question: str) -> HandlerResult:
    """The answer that is kept for a question about a paper, or how far a new one is."""
    asker = find_asker(request.message)
    asked = PaperQuestion(paper, question, _choose_language(request, question))
    kept = None if points_back(question) else await questions.find_kept(asked)
    if kept is None and goes_on(question):
        earlier = await list_earlier(request.message, questions, asked.paper.arxiv_id)
        asked = replace(asked, earlier=_drop_repeated(earlier, question))
        kept = await questions.find_kept(asked)
    if kept:
        await _note(questions, asker, asked, kept.text)
        return answers.answer_card(asked, kept, request.context)
    if questions.has_model:
        await check_quota(request)
    first = answers.progress_card(asked, AnswerStep.READING, request.context)
    return LiveCard(first, _iter_cards(request, questions, asker, asked))


async def _ask_sent_pdf(request: CommandRequest, questions: PaperQuestions, name: str, typed: str) -> HandlerResult:
    """A question about a PDF that the person sent within a day: nobody else can name it, and nothing of it is kept."""
    found = await find_pdf(request, name)
    if not found.sections:
        raise CommandError("pdf_gone")
    paper, question = Paper(found.name, 1, found.title, (), ""), _clean_question(typed)
    if not question:
        raise CommandError("need_question", choices=_build_choices(request, paper))
    asked = PaperQuestion(paper, question, _choose_language(request, question), sections=found.sections)
    if questions.has_model:
        await check_quota(request)
    first = answers.progress_card(asked, AnswerStep.READING, request.context)
    return LiveCard(first, _iter_cards(request, questions, None, asked))


async def _ask_new_pdf(request: CommandRequest, questions: PaperQuestions, document: IncomingDocument) -> HandlerResult:
    """A question that came with a PDF: the PDF is read and summarised as without one, and then asked."""
    question = _clean_question(request.argument_text)
    if not question:
        return await begin_pdf(request, document)
    summaries = await check_pdf_request(request)
    cards = _iter_pdf_cards(request, summaries, questions, document, question)
    return LiveCard(build_pdf_stage_card(request, document), cards)


async def _iter_pdf_cards(
    request: CommandRequest,
    summaries: PaperSummarizer,
    questions: PaperQuestions,
    document: IncomingDocument,
    question: str,
) -> AsyncGenerator[Card]:
    """How far the summary is, then the answer. Both together are counted as one."""
    async with aclosing(iter_pdf_steps(request, summaries, document)) as steps:
        async for step in steps:
            if isinstance(step, Card):
                yield step
            else:
                done = step
    paper, language = Paper(done.pdf.name, 1, done.pdf.title, (), ""), _choose_language(request, question)
    asked = PaperQuestion(paper, question, language, sections=done.pdf.sections)
    async with aclosing(_iter_cards(request, questions, None, asked, is_counted=done.is_new)) as cards:
        async for card in cards:
            yield card


def _choose_language(request: CommandRequest, question: str) -> str:
    return "zh" if has_chinese(question) else request.language


def _drop_repeated(earlier: Sequence[AskedQuestion], question: str) -> tuple[AskedQuestion, ...]:
    """What was asked before a question; where that itself was asked before, what was before it then."""
    asked = [split_tokens(one.question) for one in earlier]
    repeated = split_tokens(question)
    return tuple(earlier[: asked.index(repeated)] if repeated in asked else earlier)


def points_back(question: str) -> bool:
    """Whether nobody knows what a question asks without the one before it."""
    return bool(_BEGINS_AFTER.match(question.strip()) or _POINTS_BACK.search(question.strip()))


def goes_on(question: str) -> bool:
    """Whether a question may go on from the one before: it points back, or is short."""
    tokens = split_tokens(question)
    most = _MAX_SHORT_CHINESE_TOKENS if has_chinese(question) else _MAX_SHORT_TOKENS
    return len(tokens) <= most or points_back(question)


async def _iter_cards(
    request: CommandRequest,
    questions: PaperQuestions,
    asker: Asker | None,
    asked: PaperQuestion,
    *,
    is_counted: bool = False,
) -> AsyncGenerator[Card]:
    """How far the answer is, and the answer. What no model was asked for counts no quota, nor what is counted."""
    use = await take_quota(request) if questions.has_model and not is_counted else None
    has_cost, number = False, await _note(questions, asker, asked) if asker else 0
    try:
        async with aclosing(questions.answer(asked)) as steps:
            async for step in steps:
                if isinstance(step, AnswerStep):
                    if step is not AnswerStep.READING:  # that is what the first card says
                        yield answers.progress_card(asked, step, request.context)
                    has_cost = step is AnswerStep.ANSWERING  # it is asked from here on
                else:
                    has_cost = step.is_billed
                    if number:
                        await questions.note_said(number, step.text[:_MAX_SAID_CHARACTERS])
                        number = 0
                    yield answers.answer_card(asked, step, request.context)
    finally:
        if number:
            await questions.drop_asked(number)
        if not has_cost:
            await give_back_quota(request, use)


async def _note(questions: PaperQuestions, asker: Asker, asked: PaperQuestion, said: str = "") -> int:
    """Keep the question for what follows it, before it is answered: a person may have all forgotten meanwhile."""
    noted = AskedQuestion(asked.question, said[:_MAX_SAID_CHARACTERS])
    return await questions.note_asked(asker, asked.paper.arxiv_id, noted)


# -- which paper, and what about it -----------------------------------------------------------------------------


async def _read_question(request: CommandRequest, words: tuple[str, ...], question: str) -> tuple[Paper, str] | Card:
    """The paper and the question, or that there is no such paper. Raises :class:`CommandError` where one is missing."""
    named = await find_named_papers(request, "ask", words, rest=question)
    if not named.entries:
        return await build_not_found_card(request, "ask", named.missing)
    paper = named.entries[0].entry.paper
    if not question:
        line = f"ask {paper.arxiv_id} {request.translate('ask.example')}"
        raise CommandError("need_question", line, choices=_build_choices(request, paper))
    return paper, question


def _clean_question(typed: str) -> str:
    return " ".join(typed.split()).strip(_AROUND)[:_MAX_QUESTION_CHARACTERS]


def _build_choices(request: CommandRequest, paper: Paper) -> list[Button]:
    """The form for a question, where there is one."""
    return list(answers.ask_button(paper.arxiv_id, request.context))


async def _split_paper(request: CommandRequest) -> tuple[tuple[str, ...], str]:
    """The words that name the paper, and the question: the paper first, or anywhere, or the one that is replied to.

    Where no paper is named or open, there are none.
    """
    words, message = request.args, request.message
    if words and words[0].startswith(PDF_PREFIX):
        return words[:1], " ".join(words[1:])
    if places := [place for place, word in enumerate(words) if find_paper_ids(word)]:
        place, paper = places[0], find_paper_ids(words[places[0]])[0]
        return (str(paper),), " ".join((*words[:place], _drop_reference(words[place], paper), *words[place + 1 :]))
    if linked := find_paper_ids(" ".join(message.links)):
        return (linked[0].base_id,), " ".join(words)
    if len(words) > 1 and await _is_listed(request, words[0]):
        return words[:1], " ".join(words[1:])
    words = drop_asked_it(words)
    if quoted := find_quoted_pdf(message.quoted_links) or _find_first_paper(message.quoted_links):
        return (quoted,), " ".join(words)
    if sites := find_unread_sites(" ".join(words)):
        raise CommandError("unread_link", site=sites[0])
    opened = await _find_open(request, " ".join(words))
    return (opened,) if opened else (), " ".join(words)


async def _ask_which(request: CommandRequest, question: str) -> Card:
    """Which paper of the last list is meant. Raises :class:`CommandError` where nobody knows what to ask about."""
    if question and (card := await build_which_card(request, question)):
        return card
    raise CommandError("ask_which", f"{await build_paper_example(request, 'ask')} {request.translate('ask.example')}")


def _find_first_paper(links: Sequence[str]) -> str:
    return next((paper.base_id for paper in find_paper_ids(" ".join(links))), "")


async def _find_open(request: CommandRequest, question: str) -> str:
    """The paper that is open. What points back is about the one asked about before, though a list names one since."""
    shown, message = request.shown_lists, request.message
    if opened := await shown.find_opened_alone(message, request.subscriber):
        return opened
    if message.quoted_list or request.is_spoken:
        return ""
    questions = request.papers.questions
    asked = await find_last_paper(message, questions) if questions and points_back(question) else ""
    return asked or await shown.find_opened(message, request.subscriber)


def _drop_reference(word: str, paper: PaperId) -> str:
    """What stands beside a paper's number or link, with no space between: 2410.18974：用了多少显卡."""
    return next((word.replace(run, " ", 1) for run in _PLAIN_RUN.findall(word) if paper.base_id in run.casefold()), "")


async def _is_listed(request: CommandRequest, word: str) -> bool:
    """Whether a word is the number of one paper in the last list."""
    numbers = parse_list_numbers(word.rstrip(":：,，"))
    listed = await request.shown_lists.find_last(request.message, request.subscriber) if len(numbers) == 1 else {}
    return bool(listed) and (numbers[0] in listed or numbers[0] == LAST)
