"""Cards as the messages that go out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory
from digestbot.cards.card import Block, Card, Details, Figures, ListItem
from digestbot.domain.digest import Figure
from digestbot.domain.subscription import CardStyle
from digestbot.platforms.telegram import classic, rich
from digestbot.platforms.telegram.abilities import Abilities
from digestbot.platforms.telegram.keyboard import Keyboard
from digestbot.platforms.telegram.markup import web_address
from digestbot.platforms.telegram.pictures import Pictures
from digestbot.sources.figures import Downloads

_ALBUM = 10


class Part:
    """One message: a card that fits it, and how it is written at the moment.

    A digest's part is shared by all who receive it, so that it is rendered once, and so that what one sending learns
    of its pictures or of the server's abilities, the next ones know.
    """

    __slots__ = ("_able", "_quiet", "card", "form", "keyboard", "long", "pictures", "text", "way")

    def __init__(
        self, card: Card, form: CardStyle, pictures: Pictures, able: Abilities, way: NavigationHistory = NO_HISTORY
    ) -> None:
        self.card = card
        self.form = form
        self.pictures = pictures
        self.way = way
        self._able = able
        self.write()

    def write(self) -> None:
        """Render the card, as its pictures and the server's abilities stand now."""
        keyboard = Keyboard(self.card, self.way, self._able.inline)
        if self.form is CardStyle.RICH:
            look = rich.Look(self._able.username, self._able.inner_buttons, self.pictures.address)
            self.text = rich.render(self.card, look, keyboard)
        else:
            self.text = classic.caption(self.card) if self.album else classic.render(self.card)
        self.keyboard = keyboard.rows()
        self.long = keyboard.long
        self._quiet = not rich.detects_names(self.card)

    def without_inner_buttons(self) -> None:
        """Write the buttons inside the text as links from now on."""
        self._able.inner_buttons = False
        self.write()

    @property
    def album(self) -> bool:
        """Whether it is pictures with a caption, in classic form."""
        return self.form is CardStyle.CLASSIC and classic.album(self.card) is not None

    def rich_message(self) -> dict[str, Any]:
        """The message as ``sendRichMessage`` takes it."""
        message: dict[str, Any] = {"html": self.text}
        if self._quiet:
            message["skip_entity_detection"] = True
        if self.pictures.step == 2:
            message["media"] = [self._media(figure) for figure in self.pictures.figures]
        return message

    def _media(self, figure: Figure) -> dict[str, Any]:
        name = self.pictures.name(figure)
        known = self.pictures.file_ids.get(figure.url)
        return {"id": name, "media": {"type": "photo", "media": known or f"attach://{name}"}}

    def uploads(self) -> dict[str, bytes]:
        """The files that go with the message, by their names."""
        if self.pictures.step != 2 or self.pictures.file_ids:
            return {}
        return {self.pictures.name(figure): self.pictures.content[figure.url] for figure in self.pictures.figures}


def parts_of(
    card: Card, form: CardStyle, able: Abilities, downloads: Downloads, way: NavigationHistory = NO_HISTORY
) -> list[Part]:
    """The card as messages, in order."""
    figures = classic.album(card) if form is CardStyle.CLASSIC else None
    pages = _albums(card, figures) if figures else (rich if form is CardStyle.RICH else classic).pages(card)
    return [Part(page, form, Pictures(tuple(_figures(page.blocks)), downloads), able, way) for page in pages]


def _albums(card: Card, figures: Figures) -> list[Card]:
    """Albums of two to ten pictures, as even as can be: eleven are six and five."""
    count = len(figures.figures)
    albums = -(-count // _ALBUM)
    size = -(-count // albums)
    starts = range(0, count, size)
    chosen = (Figures(figures.figures[at : at + size], figures.labels[at : at + size]) for at in starts)
    return [Card((card.blocks[0], some), command=card.command) for some in chosen]


def _figures(blocks: Iterable[Block]) -> Iterator[Figure]:
    seen: set[str] = set()
    for figure in _all_figures(blocks):
        if figure.url not in seen and web_address(figure.url):
            seen.add(figure.url)
            yield figure


def _all_figures(blocks: Iterable[Block]) -> Iterator[Figure]:
    for block in blocks:
        match block:
            case Figures(figures):
                yield from figures
            case ListItem() | Details():
                yield from _all_figures(block.blocks)
            case _:
                pass
