"""Which paper a plain line asks about: the one that was asked about or opened just before, or one of a list."""

from __future__ import annotations

from datetime import datetime

from digestbot.core.lines.plain_questions import is_surely_question, may_be_question, split_numbered_question
from digestbot.core.paper_services import PaperQuestions
from digestbot.core.ports import IncomingMessage
from digestbot.core.shown_lists import ShownLists
from digestbot.domain.subscription import Subscriber
from digestbot.store.paper_questions import Asker


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
    if asked := await questions.find_last_paper(find_asker(message)):
        return (await shown_lists.find_opened_alone(message, subscriber) or asked, *words)
    if not is_surely_question(message.text):
        return ()
    if opened := await shown_lists.find_opened_alone(message, subscriber, since=since):
        return (opened, *words)
    return words if await shown_lists.has_list_since(message, subscriber, since) else ()


def find_asker(message: IncomingMessage) -> Asker:
    """The person who asks, and where."""
    return Asker(message.address, (message.user or message.address).chat)
