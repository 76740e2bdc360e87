"""What an expression would have brought in the last week, with the buttons that follow it, and others beside it."""

from __future__ import annotations

from datetime import date

from digestbot.cards import paper_blocks, replies
from digestbot.cards.card import Block, Button, Card, ListItem, Paragraph, Text, TextStyle, parse_inline
from digestbot.core.commands.base import CommandRequest, shorten_words
from digestbot.core.follows.follow_previews import MAX_PAPERS_PER_DAY, FollowPreview
from digestbot.core.follows.suggestions import Suggestion, is_chinese_name, is_structured
from digestbot.core.lines.followed_words import close_marks
from digestbot.core.papers.recent_papers import PREVIEW_DAYS
from digestbot.domain.arxiv.announcement import AnnouncedPaper
from digestbot.domain.arxiv.categories import get_category_of
from digestbot.domain.queries import Query, print_query, show_expression

ADD = "add"
"""The verb of /follows that keeps an expression."""
_COMMON_NAMES, _MIN_DAYS = 3, 3
"""From how many different authors on a name is called common, and how many days of a week are told as few."""
_WITHOUT_QUOTES = str.maketrans("", "", '"“”「」')
_MAX_BUTTON_WORDS = 40


def build_preview_card(request: CommandRequest, text: str, query: Query, preview: FollowPreview) -> Card:
    """What an expression would have brought, with the buttons that keep it, and others beside it."""
    title = format_expression(request, text, query)
    texts = [_format_understood(request, text, query), *format_counts(request, preview)]
    if preview.day_count and not preview.count and is_chinese_name(query):
        texts.append(request.translate("follow.latin_names"))
    blocks: list[Block] = [*replies.message_card(title, *texts).blocks]
    if preview.count > len(preview.papers):
        blocks.append(Paragraph((Text(request.translate("follow.newest")),)))
    pairs = zip(preview.papers, preview.days, strict=True)
    blocks += [_build_paper_item(request, number, *pair) for number, pair in enumerate(pairs, 1)]
    follow = request.build_button("follow", f"follows {ADD} {text}")
    others = [_build_other_button(request, one) for one in preview.others]
    kept = [follow, *others] if preview.count or not preview.day_count else [*others, follow]
    buttons = (*kept, *build_suggestions(request, preview, "follow"))
    menu_label, has_papers = request.translate("button.open_paper"), bool(preview.papers)
    return Card(tuple(blocks), buttons, command=f"follow {text}", has_papers=has_papers, menu_label=menu_label)


def format_counts(request: CommandRequest, preview: FollowPreview) -> list[str]:
    """How much it brings, and whether that is too much, or nothing is known yet."""
    if not preview.day_count:
        return [request.translate("follow.unknown")]
    keys = {0: "follow.would_none", 1: "follow.would_one"}
    texts = [request.translate(keys.get(preview.count, "follow.would"), count=f"{preview.count:,}", days=PREVIEW_DAYS)]
    if preview.day_count < _MIN_DAYS:
        texts.append(request.context.translate_count("follow.few_days", preview.day_count))
    if preview.is_too_wide:
        per_day = f"{round(preview.count_per_day):,}"
        texts.append(request.translate("follow.too_wide", count=per_day, limit=MAX_PAPERS_PER_DAY))
    if preview.name_count >= _COMMON_NAMES:
        texts.append(request.translate("follow.common_name", count=preview.name_count))
    return texts


def _build_paper_item(request: CommandRequest, number: int, one: AnnouncedPaper, day: date) -> ListItem:
    """A paper as other lists show it, opened by its number, but with when and where it was announced."""
    paper, context = one.paper, request.context
    author, categories = paper_blocks.format_first_author(paper.authors, context), " ".join(one.categories[:3])
    shown_id = "" if context.capabilities.buttons else str(paper.identifier)
    line = " · ".join(filter(None, (author, context.format_day(day), categories, shown_id)))
    button = request.build_button("details", f"paper {paper.arxiv_id}")
    return ListItem(number, parse_inline(paper.title), paper.url, ((Text(line, TextStyle.MUTED),),), button=button)


def build_suggestions(request: CommandRequest, preview: FollowPreview, command: str) -> list[Button]:
    """The narrower and wider expressions, each with how many papers it would have brought."""
    pairs = [("narrower", one) for one in preview.narrower] + [("wider", one) for one in preview.wider]
    return [
        request.build_button(key, f"{command} {shown}", words=shorten_label(shown), count=f"{one.count:,}")
        for key, one in pairs
        for shown in (show_expression(one.expression, request.language),)
    ]


def _build_other_button(request: CommandRequest, one: Suggestion) -> Button:
    """The author or category that is called like the words, with how many papers it would have brought."""
    count = f"{one.count:,}"
    if category := get_category_of(one.expression):
        title = category.format_title(request.preferences.language)
        return request.build_button("subscribe_counted", f"subscribe {category.slug}", topic=title, count=count)
    words = shorten_label(one.expression)
    return request.build_button("follow_counted", f"follow {one.expression}", words=words, count=count)


def _format_understood(request: CommandRequest, text: str, query: Query) -> str:
    """What is looked for, where that is more than the words as they were typed; empty where it is not."""
    expression = print_query(query)
    typed = text.casefold().translate(_WITHOUT_QUOTES)
    if get_category_of(expression) or expression.casefold().translate(_WITHOUT_QUOTES) == typed:
        return ""
    return request.translate("follow.expression", expression=expression) if is_structured(query) else ""


def format_expression(request: CommandRequest, text: str, query: Query) -> str:
    """What an expression is called in the chat: as it was typed, or by the category's name."""
    category = get_category_of(print_query(query))
    return category.format_title(request.preferences.language) if category else shorten_words(close_marks(text))


def shorten_label(text: str) -> str:
    """An expression that has room on a button."""
    return text if len(text) <= _MAX_BUTTON_WORDS else f"{text[: _MAX_BUTTON_WORDS - 1]}…"
