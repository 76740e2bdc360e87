"""Inline mode: ``@the_bot gaussian splatting`` in any chat offers papers, and posts the chosen one's card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from telegram import (
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputMessageContent,
    InputTextMessageContent,
    LinkPreviewOptions,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest

from digestbot.cards.card import Card, Figures
from digestbot.cards.context import RenderContext
from digestbot.cards.paper_blocks import format_authors, truncate_text
from digestbot.cards.papers import paper_card
from digestbot.core.catalog import DigestCatalog
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.paper import PaperId
from digestbot.domain.subscription import Address, CardStyle, Preferences
from digestbot.platforms.telegram import classic, errors, rich
from digestbot.platforms.telegram.keyboard import Keyboard
from digestbot.platforms.telegram.messenger import Messenger
from digestbot.store.digests import StoredEntry

_PAGE = 50
"""Results in an answer (core.telegram.org/bots/api#answerinlinequery)."""
_SECONDS = 300
_TITLE, _DESCRIPTION = 120, 200


class InlineMode:
    """Answers inline queries from the library."""

    def __init__(self, messenger: Messenger, library: DigestCatalog, subscriptions: SubscriptionService) -> None:
        self._messenger = messenger
        self._library = library
        self._subscriptions = subscriptions

    async def answer(self, query: InlineQuery) -> None:
        """Offer papers by words, or the newest where there are none."""
        address = Address("telegram", str(query.from_user.id))
        preferences = await self._subscriptions.preferences_for(address, query.from_user.language_code or "")
        start = int(query.offset) if query.offset.isdecimal() else 0
        entries, total = await self._found(query.query.strip(), start)
        following = str(start + _PAGE) if start + _PAGE < total else ""
        form = preferences.card_style if self._messenger.able.rich else CardStyle.CLASSIC
        try:
            await self._offer(query, [self._article(entry, preferences, form) for entry in entries], following)
        except BadRequest as error:
            if errors.too_late(error):
                return
            if form is CardStyle.CLASSIC:
                raise
            articles = [self._article(entry, preferences, CardStyle.CLASSIC) for entry in entries]
            await self._offer(query, articles, following)

    async def _offer(self, query: InlineQuery, articles: Sequence[InlineQueryResultArticle], following: str) -> None:
        await query.answer(
            articles,
            cache_time=_SECONDS,
            is_personal=True,  # the card's language is the person's
            next_offset=following,
            button=InlineQueryResultsButton("digestbot", start_parameter="inline"),
        )

    async def _found(self, words: str, start: int) -> tuple[Sequence[StoredEntry], int]:
        number = PaperId.parse(words)
        if number:
            entry = await self._library.get_paper(number.base_id)
            return ([entry], 1) if entry else ([], 0)
        if words:
            found = await self._library.search(words, _PAGE, start)
            return found.entries, found.total
        newest = await self._library.list_newest_papers(start + _PAGE + 1)
        return newest[start : start + _PAGE], len(newest)

    def _article(self, stored: StoredEntry, preferences: Preferences, form: CardStyle) -> InlineQueryResultArticle:
        view = RenderContext(preferences.language, preferences.layout)
        entry, paper = stored.entry, stored.entry.paper
        card = _one_message(paper_card(entry, stored.topic, stored.date, view, is_expanded=False), form)
        keyboard = Keyboard(replace(card, command=""))
        content = _content(card, form, self._messenger.able.username)
        figure = entry.figures[0].url if entry.figures else None
        return InlineQueryResultArticle(
            id=paper.arxiv_id,
            title=paper.title[:_TITLE],
            input_message_content=content,
            reply_markup=InlineKeyboardMarkup.de_json({"inline_keyboard": keyboard.rows()}),
            description=(truncate_text(entry.summary.headline) or format_authors(paper.authors, view))[:_DESCRIPTION],
            thumbnail_url=figure if figure and figure.startswith(("http://", "https://")) else None,
        )


def _one_message(card: Card, form: CardStyle) -> Card:
    """The card cut to the one message that an inline result posts, and without what opens another card in place.

    Its figures are left out of a rich one: a picture that Telegram cannot fetch would refuse the whole answer.
    """
    buttons = tuple(button for button in card.buttons if button.keeps_card or not button.command)
    if form is CardStyle.RICH:
        card = replace(card, blocks=tuple(block for block in card.blocks if not isinstance(block, Figures)))
    first, *_ = rich.pages(card) if form is CardStyle.RICH else classic.pages(card)
    return replace(first, buttons=buttons)


def _content(card: Card, form: CardStyle, username: str) -> InputMessageContent:
    if form is CardStyle.RICH:
        html = rich.render(card, rich.Look(username, buttons=False), Keyboard(card))
        message: dict[str, Any] = {"html": html, "skip_entity_detection": True}
        return InputMessageContent(api_kwargs={"rich_message": message})
    url = classic.preview(card)
    preview = LinkPreviewOptions(url=url, prefer_large_media=True) if url else LinkPreviewOptions(is_disabled=True)
    return InputTextMessageContent(classic.render(card), ParseMode.HTML, link_preview_options=preview)
