"""Which paper a plain line asks about: the one that was asked about or opened just before, or one of a list."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from digestbot.core.answers.shown_lists import ShownLists
from digestbot.core.lines.plain_questions import is_surely_question, may_be_question, split_numbered_question
from digestbot.core.papers.paper_services import MAX_EARLIER, PaperQuestions
from digestbot.core.ports import IncomingMessage
from digestbot.domain.papers.paper_answers import AskedQuestion
from digestbot.domain.subscription import Subscriber
from digestbot.store.papers.paper_questions import Asker


async def find_asked(
    message: IncomingMessage,
    subscriber: Subscriber | None,
    shown_lists: ShownLists,
    questions: PaperQuestions,
    since: datetime,
) -> tuple[str, ...]:
    """What follows /ask in a line without a command; empty if it is no question, or about no paper that was shown.

    After a question within the hour, whatever may be one goes on from it; of a paper that was only opened, after
    ``since``, a line has to be clearly one. So it has to be where a list was shown since then: which of its papers is
    meant is asked back, unless the line begins with a number.
    """
    words = tuple(message.text.split())
    number, question = split_numbered_question(message.text)
    if number:
        is_listed = number in await shown_lists.find_last(message, subscriber)
        return (str(number), *question.split()) if is_listed else ()
    if not may_be_question(message.text):
        return ()
    if asked := await find_last_paper(message, questions):
        return (await shown_lists.find_opened_alone(message, subscriber) or asked, *words)
    if not is_surely_question(message.text):
        return ()
    if opened := await shown_lists.find_opened_alone(message, subscriber, since=since):
        return (opened, *words)
    return words if await shown_lists.has_list_since(message, subscriber, since) else ()


async def list_earlier(message: IncomingMessage, questions: PaperQuestions, paper: str) -> tuple[AskedQuestion, ...]:
    """What the person asked last about a paper here; in a thread, after what they asked in its channel."""
    askers = _list_askers(message)
    is_reply = bool(message.quoted_links)
    found = [await questions.list_earlier(asker, paper, is_reply=is_reply) for asker in askers]
    return tuple(asked for of_place in reversed(found) for asked in of_place)[-MAX_EARLIER:]


async def find_last_paper(message: IncomingMessage, questions: PaperQuestions) -> str:
    """The paper that the person asked about last here, or in the channel of this thread; empty if there is none."""
    for asker in _list_askers(message):
        if paper := await questions.find_last_paper(asker):
            return paper
    return ""


def _list_askers(message: IncomingMessage) -> list[Asker]:
    asker = find_asker(message)
    return [asker, *([replace(asker, address=message.parent_place)] if message.parent_place else [])]


def find_asker(message: IncomingMessage) -> Asker:
    """The person who asks, and where."""
    return Asker(message.address, (message.user or message.address).chat)
