"""Which paper a plain line asks about: the one that was asked about or opened just before."""

from __future__ import annotations

from datetime import datetime

from digestbot.core.answers.shown_lists import ShownLists
from digestbot.core.lines.plain_questions import is_surely_question, may_be_question
from digestbot.core.papers.paper_services import PaperQuestions
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Subscriber
from digestbot.store.papers.paper_questions import Asker


async def find_open_paper(
    message: IncomingMessage,
    subscriber: Subscriber | None,
    shown_lists: ShownLists,
    questions: PaperQuestions,
    since: datetime,
) -> str:
    """The paper that a line without a command asks about; empty if it is no question, or no paper is open.

    After a question within the hour, whatever may be one goes on from it; of a paper that was only opened, after
    ``since``, a line has to be clearly one.
    """
    if not may_be_question(message.text):
        return ""
    if asked := await questions.find_last_paper(find_asker(message)):
        return await shown_lists.find_opened_alone(message, subscriber) or asked
    is_clear = is_surely_question(message.text)
    return await shown_lists.find_opened_alone(message, subscriber, since=since) if is_clear else ""


def find_asker(message: IncomingMessage) -> Asker:
    """The person who asks, and where."""
    return Asker(message.address, (message.user or message.address).chat)
