"""What is answered where there is no paper that a command names."""

from __future__ import annotations

from collections.abc import Sequence

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.papers.named_papers import NamedPapers, build_paper_example
from digestbot.domain.paper import PaperId


def describe_missing(request: CommandRequest, named: NamedPapers) -> str:
    """Which of the papers that were named there are not, or cannot be had now; empty if all are there."""
    if not named.missing:
        return ""
    key = (
        "paper.away_some" if named.error else "paper.not_found_some" if request.papers.lookup else "paper.not_here_some"
    )
    if key == "paper.not_found_some" and len(named.missing) == 1:
        key += "_one"
    return request.translate(key, papers=request.context.join_names(map(str, named.missing)))


async def build_not_found_card(request: CommandRequest, command: str, missing: Sequence[PaperId]) -> Card:
    """That there are no such papers, or that they are not here where none is looked up."""
    text = _say_not_found(request, missing)
    examples = [request.show_line(await build_paper_example(request, command))]
    title, label = request.translate("error.title"), request.translate("error.works")
    return replies.error_card(title, text, label, examples, language=request.language)


def _say_not_found(request: CommandRequest, missing: Sequence[PaperId]) -> str:
    first, is_looked_up = missing[0], bool(request.papers.lookup)
    if len(missing) > 1:
        key = "paper.not_found_many" if is_looked_up else "paper.not_here_many"
        return request.translate(key, papers=request.context.join_names(map(str, missing)))
    if is_looked_up:
        key = "paper.not_found_doi" if first.is_doi else "paper.not_found"
    else:
        key = "paper.not_here_doi" if first.is_doi else "paper.not_here"
    return request.translate(key, paper=str(first), url=first.abs_url)
