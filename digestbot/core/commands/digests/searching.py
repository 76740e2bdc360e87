"""Papers by words: /search."""

from __future__ import annotations

from dataclasses import replace

from digestbot.cards import digests, navigation, replies
from digestbot.cards.card import Card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.digests.unclear import build_unclear_card, is_unclear
from digestbot.core.commands.help import find_example_values
from digestbot.core.commands.papers.showing import show_paper
from digestbot.core.lines import page_numbers
from digestbot.core.lines.plain_questions import is_surely_question
from digestbot.domain.papers.title_words import can_be_title, is_same_title, is_surely_title
from digestbot.errors import CommandError, SourceError
from digestbot.i18n import join_sentences
from digestbot.late_patterns import compile_late

_CJK = compile_late(r"[\u3400-\u9fff]")
_OPERATORS = compile_late(r"(?:^|\s)(?:(?:OR|或)\s|-\w|(?:author|cat|venue|title|abs|作者|分类|会议|标题|摘要)[:：])")
"""What stands in an expression that somebody follows, and is only words in a search."""
_MAX_FOLLOWED_WORDS = 30
"""Characters of a search that a button repeats."""


async def _find_spoken_title(request: CommandRequest, text: str) -> str:
    """The paper that somebody names by nothing but its title, in a private chat; empty if there is none."""
    is_private = request.message.is_for_one and request.is_spoken
    if not (request.papers.lookup and is_private and is_surely_title(text)):
        return ""
    from digestbot.core.commands.papers.looking_up import look_up_title  # noqa: PLC0415  # late: few do

    try:
        found = (await look_up_title(request, text)).entry
    except (SourceError, CommandError):
        return ""  # it is a search then
    return found.entry.paper.arxiv_id if found else ""


async def handle_search(request: CommandRequest) -> Card:
    """Search papers by words, ten per page."""
    terms, page_number = page_numbers.split_page_number(request.args, min_words=1)
    text = " ".join(terms)
    if not text:
        words = (await find_example_values(request)).get("words")
        raise CommandError("need_words", f"search {words}" if words else "topics")
    page_size = request.context.results_per_page
    results = await request.catalog.search(text, page_size, (page_number - 1) * page_size)
    if _OPERATORS.search(text):
        request.notes.append(request.translate("search.words_alone"))
    has_title = any(is_same_title(text, entry.entry.paper.title) for entry in results.entries)
    if not has_title and (paper := await _find_spoken_title(request, text)):
        return await show_paper(replace(request, args=(paper,)))
    if await is_unclear(request, text, results):
        return await build_unclear_card(request, text, results)
    if not results.total:
        as_written = request.translate("search.as_written") if _CJK.search(text) else ""
        found_none = request.translate("search.none", words=text)
        follow = request.build_button("follow_words", f"follow {text}", words=text[:_MAX_FOLLOWED_WORDS])
        is_question = is_surely_question(text)
        buttons = [] if is_question else [follow]
        if request.papers.lookup and can_be_title(text) and not is_question:
            buttons.insert(0, request.build_button("look_up_title", f"paper {text}"))
        title = request.translate("search.title", words=text)
        return replies.message_card(title, found_none, as_written, buttons=buttons)
    page_count = navigation.count_pages(results.total, page_size)
    if page_number > page_count:
        raise CommandError("no_page", f"search {text} p{page_count}", page=page_number, pages=page_count)
    key = "search.many" if results.total >= 1000 else "search.count_one" if results.total == 1 else "search.count"
    subtitle = request.translate(key, count=f"{results.total:,}")
    if results.is_partial:
        subtitle = join_sentences(request.language, request.translate("search.partial"), subtitle)
    title = request.translate("search.title", words=text)
    entries = [entry.entry for entry in results.entries]
    card = digests.results_card(title, subtitle, entries, request.context, (f"search {text}", page_number, page_count))
    if has_title or page_number > 1 or not request.papers.lookup or not is_surely_title(text):
        return card
    return replace(card, buttons=(request.build_button("look_up_title", f"paper {text}"), *card.buttons))
