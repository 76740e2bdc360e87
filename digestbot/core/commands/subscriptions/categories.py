"""arXiv's categories, browsed by archive: ``/topics arxiv`` and ``/topics arxiv cs``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.paging import choose_page
from digestbot.core.text_folding import fold_text
from digestbot.domain.arxiv.categories import (
    ArxivCategory,
    find_category,
    get_category,
    get_category_of,
    list_archives,
    list_category_topics,
    list_in_archive,
    match_category_words,
)
from digestbot.domain.topic import Topic
from digestbot.errors import CommandError

_CATEGORY_WORDS = frozenset(
    ("arxiv", "categories", "category", "archives", "arxiv categories", "分类", "类别", "arxiv分类", "学科")
)
_ROWS_PER_PAGE = 20


def asks_for_categories(words: Sequence[str]) -> bool:
    """Whether what follows ``/topics`` asks for arXiv's categories."""
    return bool(words) and fold_text(words[0]) in _CATEGORY_WORDS


async def build_categories_card(request: CommandRequest, words: Sequence[str]) -> Card:
    """arXiv's archives, or the categories of the one that is named. Raises :class:`CommandError`."""
    names = [word for word in words if fold_text(word) not in _CATEGORY_WORDS]
    pages = [word for word in names if word[:1] in "pP" and word[1:].isdecimal()]
    name = " ".join(word for word in names if word not in pages)
    if not name:
        divided_first = sorted(list_archives(), key=lambda archive: not archive.has_categories)
        return await _build_card(request, divided_first, "topics arxiv", pages)
    archive = _require_archive(request, name)
    listed = (archive, *list_in_archive(archive.code))
    return await _build_card(request, listed, f"topics arxiv {archive.code}", pages, archive)


def _require_archive(request: CommandRequest, name: str) -> ArxivCategory:
    """The archive that is named, or that of a named category."""
    match = find_category(name, request.language)
    if topic := match.topic or match.guess:
        category = get_category_of(topic.expression)
        if category and (archive := get_category(category.archive)):
            return archive
    likely = filter(None, (get_category_of(topic.expression) for topic in match.suggestions))
    examples = [f"topics arxiv {category.code}" for category in likely] or ["topics arxiv"]
    raise CommandError("not_understood", *examples, text=name)


async def _build_card(
    request: CommandRequest,
    listed: Sequence[ArxivCategory],
    command: str,
    pages: Sequence[str],
    archive: ArxivCategory | None = None,
) -> Card:
    page = choose_page(replace(request, args=tuple(pages)), listed, command, rows_per_page=_ROWS_PER_PAGE)
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    slugs = {one.topic.expression: one.topic.slug for one in subscribed if one.topic.expression}
    rows = [_build_row(request, category, slugs.get(category.expression, ""), archive) for category in page.items]
    title = archive.get_name(request.language) if archive else request.translate("categories.title")
    hint = request.translate("categories.hint")
    card = replies.list_card(title, rows, hint, buttons=page.buttons)
    return replace(card, command=page.command)


def _build_row(
    request: CommandRequest, category: ArxivCategory, slug: str, archive: ArxivCategory | None
) -> replies.Row:
    """A category with the button that subscribes to it or ends that; an archive, with the one that opens it."""
    name = category.get_name(request.language)
    if category.has_categories and archive is None:
        count = len(list_in_archive(category.code))
        text = f"{category.code} · {request.translate('categories.count', count=count)}"
        return name, text, Button(request.translate("button.open_archive", name=name), f"topics arxiv {category.code}")
    title = request.translate("categories.all_of", name=name) if category.has_categories else name
    state = request.translate("topics.subscribed") if slug else ""
    return f"{category.code} · {title}", state, _build_switch(request, category, slug)


def _build_switch(request: CommandRequest, category: ArxivCategory, slug: str) -> Button:
    command = f"unsubscribe {slug}" if slug else f"subscribe {category.code}"
    key = "unsubscribe" if slug else "subscribe"
    topic = category.format_title(request.language)
    return request.build_button(key, command, keeps_card=True, is_on=bool(slug), topic=topic)


def build_browse_button(request: CommandRequest) -> Button:
    """The button that opens the list of archives."""
    return request.build_button("categories", "topics arxiv")


def list_known_categories(request: CommandRequest) -> tuple[Topic, ...]:
    """All categories as topics of the chat's language, which a chat need not follow to name."""
    return list_category_topics(request.preferences.language)


def split_category(request: CommandRequest, words: tuple[str, ...]) -> tuple[Topic | None, int]:
    """The category that the longest leading run of words names, and the number of these words."""
    return match_category_words(words, request.preferences.language)


def refuse_unfollowed_category(request: CommandRequest, name: str) -> None:
    """Raise :class:`CommandError` for a category that the chat does not receive, with the button that changes that."""
    topic = find_category(name, request.language).topic
    if topic:
        button = request.build_button("subscribe", f"subscribe {topic.slug}", topic=topic.title)
        raise CommandError("category_not_followed", button.command, title=topic.title, choices=[button])
