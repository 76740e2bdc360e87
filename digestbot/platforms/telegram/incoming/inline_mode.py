"""Inline mode: ``@the_bot gaussian splatting`` in any chat offers papers and posts the chosen one's card."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

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

from digestbot.cards.card import Card
from digestbot.cards.context import RenderContext
from digestbot.cards.paper_blocks import format_authors, truncate_text
from digestbot.cards.papers import paper_card
from digestbot.core.catalog import DigestCatalog
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.paper import PaperId
from digestbot.domain.subscription import Address, Preferences
from digestbot.platforms.telegram import errors
from digestbot.platforms.telegram.commands import PLATFORM_NAME
from digestbot.platforms.telegram.outgoing import classic
from digestbot.platforms.telegram.outgoing.keyboard import Keyboard
from digestbot.platforms.telegram.outgoing.messenger import Messenger
from digestbot.store.digests.digests import StoredEntry

_RESULTS_PER_ANSWER = 50
"""Results in an answer (core.telegram.org/bots/api#answerinlinequery)."""
_QUERY_CHARACTERS, _MAX_RESULTS = 256, 1_000
"""Characters of a query, as Telegram limits them, and results that can be scrolled through."""
_CACHE_SECONDS = 300
_TITLE_CHARACTERS, _DESCRIPTION_CHARACTERS = 120, 200


class InlineMode:
    """Answers inline queries from the catalog."""

    def __init__(self, messenger: Messenger, catalog: DigestCatalog, subscriptions: SubscriptionService) -> None:
        self._messenger = messenger
        self._catalog = catalog
        self._subscriptions = subscriptions

    async def answer_query(self, query: InlineQuery) -> None:
        """Offer papers that match the query, or the newest if it is empty."""
        address = Address(PLATFORM_NAME, str(query.from_user.id))
        preferences = await self._subscriptions.preferences_for(address, query.from_user.language_code or "")
        offset = _parse_offset(query.offset)
        entries, total = await self._find_papers(query.query[:_QUERY_CHARACTERS].strip(), offset)
        next_offset = str(offset + _RESULTS_PER_ANSWER) if offset + _RESULTS_PER_ANSWER < total else ""
        try:
            await self._send_results(query, await self._build_articles(entries, preferences), next_offset)
        except BadRequest as error:
            if not errors.is_query_expired(error):
                raise

    async def answer_nothing(self, query: InlineQuery) -> None:
        """Offer nothing, for now."""
        await query.answer([], cache_time=0, is_personal=True)

    async def _send_results(
        self, query: InlineQuery, articles: Sequence[InlineQueryResultArticle], next_offset: str
    ) -> None:
        await query.answer(
            articles,
            cache_time=_CACHE_SECONDS,
            is_personal=True,  # the card's language is the person's
            next_offset=next_offset,
            button=InlineQueryResultsButton("digestbot", start_parameter="inline"),
        )

    async def _find_papers(self, words: str, offset: int) -> tuple[Sequence[StoredEntry], int]:
        if offset >= _MAX_RESULTS:
            return [], 0
        paper_id = PaperId.parse(words)
        if paper_id:
            entry = await self._catalog.get_paper(paper_id.base_id)
            return ([entry], 1) if entry else ([], 0)
        if words:
            results = await self._catalog.search(words, _RESULTS_PER_ANSWER, offset)
            return results.entries, min(results.total, _MAX_RESULTS)
        newest = await self._catalog.list_newest_papers(_RESULTS_PER_ANSWER + 1, offset)
        return newest[:_RESULTS_PER_ANSWER], min(offset + len(newest), _MAX_RESULTS)

    async def _build_articles(
        self, entries: Sequence[StoredEntry], preferences: Preferences
    ) -> list[InlineQueryResultArticle]:
        """One result for each paper; others have their turn in between, since fifty take a while."""
        articles = []
        for entry in entries:
            articles.append(self._build_article(entry, preferences))
            await asyncio.sleep(0)
        return articles

    def _build_article(self, stored: StoredEntry, preferences: Preferences) -> InlineQueryResultArticle:
        context = RenderContext(preferences.language, preferences.layout)
        entry, paper = stored.entry, stored.entry.paper
        card = paper_card(
            entry,
            stored.topic,
            stored.date,
            context,
            categories=stored.categories,
            is_looked_up=stored.is_looked_up,
        )
        card = _trim_to_one_message(card)
        keyboard = Keyboard(replace(card, command=""))
        content = _build_content(card)
        figure = entry.figures[0].url if entry.figures else None
        return InlineQueryResultArticle(
            id=paper.arxiv_id,
            title=paper.title[:_TITLE_CHARACTERS],
            input_message_content=content,
            reply_markup=InlineKeyboardMarkup.de_json({"inline_keyboard": keyboard.build_rows()}),
            description=(truncate_text(entry.summary.headline) or format_authors(paper.authors, context))[
                :_DESCRIPTION_CHARACTERS
            ],
            thumbnail_url=figure if figure and figure.startswith(("http://", "https://")) else None,
        )


def _parse_offset(text: str) -> int:
    """The offset of a query: what we gave for the next results, or whatever somebody sends."""
    is_offset = text.isascii() and text.isdecimal() and len(text) <= len(str(_MAX_RESULTS))
    return min(int(text), _MAX_RESULTS) if is_offset else _MAX_RESULTS if text else 0


def _trim_to_one_message(card: Card) -> Card:
    """The card cut to the one message that an inline result posts, and without what opens another card in place."""
    buttons = tuple(button for button in card.buttons if button.keeps_card or not button.command)
    first, *_ = classic.split_into_messages(card)
    return replace(first, buttons=buttons)


def _build_content(card: Card) -> InputMessageContent:
    """The classic form: others read it than who chose a style, and Telegram's app for Android posts no rich ones.

    Its picture stands below, where Telegram Desktop would put it for who posts it anyway. Sources:
    https://github.com/tdlib/telegram-bot-api/issues/859, https://github.com/telegramdesktop/tdesktop/issues/27536
    """
    url = classic.find_preview_url(card)
    preview = LinkPreviewOptions(url=url, prefer_large_media=True) if url else LinkPreviewOptions(is_disabled=True)
    return InputTextMessageContent(classic.render_html(card), ParseMode.HTML, link_preview_options=preview)
