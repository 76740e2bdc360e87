"""/related shows the papers that are nearest to one, /random one by chance."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from digestbot.cards import digests, navigation, replies
from digestbot.cards.card import Card
from digestbot.core.answers.live_cards import LiveCard
from digestbot.core.commands.base import CommandRequest, HandlerResult, shorten_words
from digestbot.core.commands.papers.missing_papers import build_not_found_card
from digestbot.core.commands.papers.named_papers import find_named_papers
from digestbot.core.commands.papers.showing import handle_paper
from digestbot.core.lines import page_numbers
from digestbot.domain.topic import find_topic
from digestbot.errors import CommandError
from digestbot.late_patterns import compile_late
from digestbot.store.digests.digests import StoredEntry
from digestbot.store.search.related_papers import RelatedPaper

_PLACE = compile_late(r"~(?P<seed>\d{1,6})\.(?P<number>\d{1,5})")
"""The button for another paper: where its row of papers begins, and how many of it were shown."""
_SEEDS, _GOLDEN_RATIO = 1_000_000, 0.618_033_988_749_895
"""Steps of the golden ratio come near no place twice for as long as possible."""
_MAX_FOUND, _MAX_TRIES = 200, 5
_SHOWN_NAMES = 2


async def handle_related(request: CommandRequest) -> Card:
    """The papers of the library that are nearest to one, with the words and authors that make them so."""
    words, page_number = page_numbers.split_page_number(request.args, min_words=1)
    named = await find_named_papers(request, "related", words)
    if not named.entries:
        return await build_not_found_card(request, "related", named.missing)
    entry = named.entries[0]
    if len(named.entries) > 1:
        request.notes.append(request.translate("related.one", paper=entry.entry.paper.arxiv_id))
    paper, page_size = entry.entry.paper, request.context.results_per_page
    title = request.translate("related.title", title=shorten_words(paper.title))
    related = await request.catalog.find_related(entry)
    if not related:
        return replies.message_card(title, request.translate("related.none"))
    command, page_count = f"related {paper.arxiv_id}", navigation.count_pages(len(related), page_size)
    if page_number > page_count:
        raise CommandError("no_page", f"{command} p{page_count}", page=page_number, pages=page_count)
    shown = related[(page_number - 1) * page_size : page_number * page_size]
    stored = await request.catalog.list_stored([one.paper_id for one in shown])
    context = replace(request.context, reasons=_explain(request, shown, stored))
    entries = [one.entry for one in stored]
    subtitle = request.context.translate_count("related.count", len(related))
    return digests.results_card(title, subtitle, entries, context, (command, page_number, page_count))


def _explain(
    request: CommandRequest, related: Sequence[RelatedPaper], stored: Sequence[StoredEntry]
) -> Mapping[str, str]:
    """Why each paper is near, by its identifier: the words that it shares, and the authors."""
    by_id = {one.paper_id: one for one in related}
    reasons = {}
    for entry in stored:
        one = by_id[entry.paper_id]
        told = [", ".join(one.words)] if one.words else []
        if one.authors:
            names = request.context.join_names(one.authors[:_SHOWN_NAMES])
            told.append(request.translate("related.authors", names=names))
        reasons[entry.entry.paper.arxiv_id] = " · ".join(told)
    return reasons


async def handle_random(request: CommandRequest) -> HandlerResult:
    """A paper of the library, or of a topic or some words, that was not shown here lately; and a button for another."""
    *words, last = request.args or ("",)
    match = _PLACE.fullmatch(last)
    if match is None:
        words = list(request.args)
    seed = int(match["seed"]) if match else random.randrange(_SEEDS)  # noqa: S311  # nobody gains by guessing it
    number = int(match["number"]) if match else 0
    wanted = " ".join(words)
    picked = await _pick(request, wanted, seed, number)
    if picked is None:
        title = request.translate("random.title")
        key = "random.none_such" if wanted else "random.none"
        return replies.message_card(title, request.translate(key, words=shorten_words(wanted)))
    entry, number = picked
    shown = await handle_paper(replace(request, args=(entry.entry.paper.arxiv_id,)))
    card = shown.card if isinstance(shown, LiveCard) else shown
    another = request.build_button("another", " ".join(filter(None, ("random", wanted, f"~{seed}.{number + 1}"))))
    return replace(card, buttons=(another, *card.buttons))


async def _pick(request: CommandRequest, wanted: str, seed: int, number: int) -> tuple[StoredEntry, int] | None:
    """The next paper of the row that is not the one shown last, if there is another, and its number in the row."""
    lately = await request.shown_lists.find_opened(request.message, request.subscriber)
    found: tuple[StoredEntry, int] | None = None
    for step in range(number, number + _MAX_TRIES):
        place = (seed / _SEEDS + step * _GOLDEN_RATIO) % 1
        if entry := await _find_at(request, wanted, place):
            found = entry, step
            if entry.entry.paper.arxiv_id != lately:
                break
        elif wanted:  # there is none at any place
            break
    return found


async def _find_at(request: CommandRequest, wanted: str, place: float) -> StoredEntry | None:
    if not wanted:
        return await request.catalog.pick_random(place)
    topic = find_topic(wanted, [summary.topic for summary in await request.catalog.list_topics()]).topic
    if topic and (entry := await request.catalog.pick_random(place, topic.slug)):
        return entry
    first = await request.catalog.search(wanted, 1)
    place_in_list = int(place * min(first.total, _MAX_FOUND))
    found = (await request.catalog.search(wanted, 1, place_in_list)).entries if place_in_list else first.entries
    return found[0] if found else None
