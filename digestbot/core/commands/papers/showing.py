"""Showing a paper: /paper."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import NamedTuple

from digestbot.cards import digests, papers
from digestbot.cards.card import Card
from digestbot.core.answers.live_cards import LiveCard
from digestbot.core.commands.base import CommandRequest, HandlerResult
from digestbot.core.commands.papers.missing_papers import build_not_found_card, describe_missing
from digestbot.core.commands.papers.named_papers import NamedPapers, find_named_papers
from digestbot.core.commands.papers.paper_updates import is_old, iter_newer
from digestbot.core.commands.papers.saving import find_saved
from digestbot.core.lines import page_numbers
from digestbot.core.lines.it_words import IT
from digestbot.core.lines.paper_parts import name_part_last
from digestbot.core.lines.typed_line import parse_list_numbers
from digestbot.core.papers.requested_summaries import has_own_summary, is_in_language
from digestbot.domain.paper import PaperId
from digestbot.domain.papers.saved_marks import NO_MARKS
from digestbot.store.digests.digests import StoredEntry

_SECTIONS = ("abstract", "analysis")
"""The parts of a paper that can be shown alone."""


async def handle_paper(request: CommandRequest) -> HandlerResult:
    """A paper by its number, link, title or place in the last list; with ``full``, expanded. Several are a list.

    What was looked up long ago is looked up again, and the card is replaced if it changed.
    """
    card, entry, is_expanded = await _show_paper(request)
    if entry is None or not is_old(request, entry):
        return card
    return LiveCard(card, iter_newer(request, entry, partial(build_paper_card, request, is_expanded=is_expanded)))


async def show_paper(request: CommandRequest) -> Card:
    """The same as one card."""
    return (await _show_paper(request)).card


class _ShownPaper(NamedTuple):
    """The answer to ``/paper``, with the paper where the card is its own."""

    card: Card
    entry: StoredEntry | None = None
    is_expanded: bool = False


async def _show_paper(request: CommandRequest) -> _ShownPaper:
    words, option, page_number = _split_paper_option(request.args)
    named = await find_named_papers(request, "paper", words)
    if not named.entries:
        return _ShownPaper(await build_not_found_card(request, "paper", named.missing))
    if len(named.entries) > 1 or named.missing:
        return _ShownPaper(_build_papers_card(request, named))
    entry = named.entries[0]
    if option == "figures":
        return _ShownPaper(papers.figures_card(entry.entry, request.context))
    if option in _SECTIONS:
        return _ShownPaper(papers.section_card(entry.entry, option, request.context, page_number))
    is_expanded = option == "full"
    return _ShownPaper(await build_paper_card(request, entry, is_expanded=is_expanded), entry, is_expanded)


async def build_paper_card(
    request: CommandRequest, entry: StoredEntry, *, is_expanded: bool = False, is_waiting: bool = False
) -> Card:
    """A paper as one sees it who asks for it; ``is_waiting``: its summary is being made already."""
    saved = None if request.message.is_public else await find_saved(request, entry)
    card = papers.paper_card(
        entry.entry,
        entry.topic,
        entry.date,
        request.context,
        categories=entry.categories,
        is_looked_up=entry.is_looked_up,
        is_expanded=is_expanded,
        is_saved=saved is not None,
        marks=saved.marks if saved and request.message.is_for_one else NO_MARKS,
    )
    if not is_waiting and _can_be_summarized(request, entry):
        summarize = request.build_button("summarize", f"summarize {entry.entry.paper.arxiv_id}")
        card = replace(card, buttons=(summarize, *card.buttons))
    if request.subscriber is None:
        return card
    from digestbot.core.commands.papers.follow_buttons import add_follow_buttons  # noqa: PLC0415  # late: it reads expressions

    return await add_follow_buttons(request, card, entry)


def _can_be_summarized(request: CommandRequest, entry: StoredEntry) -> bool:
    """Whether a model can be asked for a summary of a paper that has none in the reader's language."""
    summaries = request.papers.summaries
    if summaries is None or entry.entry.paper.is_withdrawn or not summaries.can_summarize:
        return False
    if request.papers.quotas and not request.papers.quotas.allows_any(request.message):
        return False
    return not (has_own_summary(entry.entry) and is_in_language(entry.entry, request.language))


def _build_papers_card(request: CommandRequest, named: NamedPapers) -> Card:
    """Several papers as a list, and which of those that were named there are not."""
    count = len(named.entries)
    title = request.translate("digest.count_one" if count == 1 else "digest.count", count=count)
    subtitle = describe_missing(request, named)
    ids = (*named.ids, *(paper.base_id for paper in named.missing))
    entries = [entry.entry for entry in named.entries]
    return digests.results_card(title, subtitle, entries, request.context, (f"paper {' '.join(ids)}", 1, 1))


def _split_paper_option(args: tuple[str, ...]) -> tuple[tuple[str, ...], str, int]:
    """The words that name the paper, the part of it that is asked for, and the page of that."""
    words, page_number = page_numbers.split_page_number(name_part_last(args), min_words=2)
    option = words[-1].casefold() if len(words) > 1 else ""
    name = " ".join(words[:-1])
    is_named = bool(parse_list_numbers(name)) or name.casefold() in IT or PaperId.parse(name) is not None
    is_section = option in _SECTIONS and is_named  # titles have these too
    if is_section or (option in ("full", "figures") and page_number == 1):
        return words[:-1], option, page_number
    return args, "", 1
