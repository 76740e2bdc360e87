"""What is answered where there is no paper that a command names."""

from __future__ import annotations

from collections.abc import Sequence

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.named_papers import build_paper_example
from digestbot.domain.paper import PaperId


async def build_not_found_card(request: CommandRequest, command: str, missing: Sequence[PaperId]) -> Card:
    """That no digest shows the papers, with their addresses."""
    first = missing[0]
    key = "paper.not_found_doi" if first.is_doi else "paper.not_found"
    text = request.translate(key, paper=request.context.join_names(map(str, missing)), url=first.abs_url)
    examples = [request.show_line(await build_paper_example(request, command))]
    title, label = request.translate("error.title"), request.translate("error.works")
    return replies.error_card(title, text, label, examples, language=request.language)
