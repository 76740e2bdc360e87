"""Lines as somebody types them, and what their answers say and offer."""

from __future__ import annotations

import re
from pathlib import Path

from digestbot.app import App
from digestbot.cards.capabilities import DEFAULT_CAPABILITIES, Capabilities
from digestbot.cards.card import Card, ListItem
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address, CardStyle, PostMode
from digestbot.pages.fetch import PageFetcher, find_pages
from digestbot.pages.load import PageLoader
from digestbot.platforms.console.adapter import card_to_json

ADDRESS = Address("console", "local")


STYLES = (CardStyle.CLASSIC, CardStyle.RICH)


CHOICES = Capabilities(card_styles=STYLES, post_modes=(PostMode.PAGES, PostMode.THREADS), can_publish=True)


def text_of(card: Card) -> str:
    return " ".join(re.sub(r"[╭╮╰╯│─•]", " ", str(card_to_json(card)["text"])).split())


async def send_text(
    app: App, text: str, language: str = "en", can: Capabilities = DEFAULT_CAPABILITIES
) -> tuple[Card, str]:
    return await send_message(app, IncomingMessage(ADDRESS, text, language, capabilities_for=lambda _: can))


async def send_message(app: App, message: IncomingMessage) -> tuple[Card, str]:
    card = (await app.dispatcher.handle_message(message)).card
    return card, text_of(card)


def list_commands(card: Card) -> list[str]:
    """What a card's buttons do, those beside its items first."""
    items = [block.button for block in card.blocks if isinstance(block, ListItem) and block.button]
    return [button.command for button in (*items, *card.buttons) if button.command]


async def load_page(app: App, folder: Path) -> None:
    async with PageFetcher(20_000_000) as fetcher:
        assert (await PageLoader(app.store, app.clock, fetcher).load(find_pages([str(folder)]), lambda _: None)).is_ok
