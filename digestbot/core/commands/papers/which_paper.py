"""Which paper of a list is meant: asked back, with a button for each."""

from __future__ import annotations

from digestbot.cards import replies
from digestbot.cards.card import Button, Card, parse_inline
from digestbot.cards.titles import format_short_title
from digestbot.core.commands.base import CommandRequest, shorten_words

_MAX_OFFERED, _TITLE_WIDTH = 10, 30
_MAX_SEARCHED_CHARACTERS = 30
"""Characters of a question that the button which searches for it repeats."""


async def list_choices(request: CommandRequest, command: str, rest: str = "") -> list[Button]:
    """A command for each paper of the last list, or of the one that is replied to, with what is said after it."""
    listed = await request.shown_lists.find_last(request.message, request.subscriber)
    offered = dict(sorted(listed.items())[:_MAX_OFFERED])
    found = {one.entry.paper.arxiv_id: one for one in await request.catalog.list_papers(list(offered.values()))}
    return [
        Button(
            f"{number} {format_short_title(parse_inline(found[paper].entry.paper.title), _TITLE_WIDTH)}",
            f"{command} {paper} {rest}".rstrip(),
        )
        for number, paper in offered.items()
        if paper in found
    ]


async def build_which_card(request: CommandRequest, question: str) -> Card | None:
    """Which paper a question is about; ``None`` where no list was shown. A line that is no command may be a search."""
    choices = await list_choices(request, "ask", question)
    if not choices:
        return None
    number = choices[-1].label.split(maxsplit=1)[0]
    line = f"{number} {question}" if request.is_spoken else request.show_line(f"ask {number} {question}")
    if request.is_spoken and not request.message.quoted_list:
        words = question[:_MAX_SEARCHED_CHARACTERS]
        choices.append(request.build_button("search_words", f"search {question}", words=words))
    title, how = request.translate("ask.which"), request.translate("ask.which_how", line=shorten_words(line))
    return replies.message_card(title, how, buttons=choices)
