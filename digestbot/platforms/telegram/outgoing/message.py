"""Cards as outgoing messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory
from digestbot.cards.card import Block, Card, Details, Figures, ListItem
from digestbot.domain.digest import Figure
from digestbot.domain.subscription import CardStyle
from digestbot.figures.downloads import FigureDownloader
from digestbot.platforms.telegram.outgoing import classic, rich
from digestbot.platforms.telegram.outgoing.keyboard import Keyboard
from digestbot.platforms.telegram.outgoing.markup import escape_web_address
from digestbot.platforms.telegram.outgoing.photos import PhotoSet

_MAX_ALBUM_PHOTOS = 10


@dataclass(slots=True)
class ServerFeatures:
    """Shared by all that is sent: what the server refused once is not asked for again.

    ``rich_messages`` are those of Bot API 10.1, ``inner_buttons`` buttons inside their text (newer still),
    ``inline_mode`` is which @BotFather turns on; ``username`` is the bot's, for links to it.
    """

    username: str = ""
    rich_messages: bool = True
    inner_buttons: bool = True
    inline_mode: bool = True


class OutgoingMessage:
    """One message: a card that fits it, and how it is written at the moment.

    A digest's part is shared by all who receive it, so that it is rendered once, and so that what one sending learns
    of its pictures or of the server's abilities, the next ones know.
    """

    __slots__ = (
        "_features",
        "_skips_detection",
        "card",
        "history",
        "keyboard",
        "long_callbacks",
        "photos",
        "style",
        "text",
    )

    def __init__(
        self,
        card: Card,
        style: CardStyle,
        photos: PhotoSet,
        features: ServerFeatures,
        history: NavigationHistory = NO_HISTORY,
    ) -> None:
        self.card = card
        self.style = style
        self.photos = photos
        self.history = history
        self._features = features
        self.render()

    def render(self) -> None:
        """Render the card for the current state of its photos and the server's features."""
        keyboard = Keyboard(self.card, self.history, self._features.inline_mode)
        if self.style is CardStyle.RICH:
            options = rich.RichOptions(
                self._features.username, self._features.inner_buttons, self.photos.get_rich_address
            )
            self.text = rich.render_html(self.card, options, keyboard)
        else:
            self.text = classic.render_caption(self.card) if self.is_album else classic.render_html(self.card)
        self.keyboard = keyboard.build_rows()
        self.long_callbacks = keyboard.long_callbacks
        self._skips_detection = not rich.has_command_names(self.card)

    def drop_inner_buttons(self) -> None:
        """Render buttons inside the text as links from now on."""
        self._features.inner_buttons = False
        self.render()

    @property
    def is_album(self) -> bool:
        """Whether it is an album with a caption, in the classic style."""
        return self.style is CardStyle.CLASSIC and classic.find_album(self.card) is not None

    def build_rich_message(self) -> dict[str, Any]:
        """The message as ``sendRichMessage`` takes it."""
        message: dict[str, Any] = {"html": self.text}
        if self._skips_detection:
            message["skip_entity_detection"] = True
        if self.photos.shows_uploads:
            message["media"] = [self._build_media(figure) for figure in self.photos.figures]
        return message

    def _build_media(self, figure: Figure) -> dict[str, Any]:
        name = self.photos.get_upload_name(figure)
        file_id = self.photos.file_ids.get(figure.url)
        return {"id": name, "media": {"type": "photo", "media": file_id or f"attach://{name}"}}

    def build_uploads(self) -> dict[str, bytes]:
        """The files that go with the message, by their names."""
        if not self.photos.is_uploading:
            return {}
        return {self.photos.get_upload_name(figure): self.photos.content[figure.url] for figure in self.photos.figures}


def build_messages(
    card: Card,
    style: CardStyle,
    features: ServerFeatures,
    downloader: FigureDownloader,
    history: NavigationHistory = NO_HISTORY,
) -> list[OutgoingMessage]:
    """Build the messages of a card, in order."""
    renderer = rich if style is CardStyle.RICH else classic
    figures = classic.find_album(card) if style is CardStyle.CLASSIC else None
    cards = _split_album(card, figures) if figures else renderer.split_into_messages(card)
    return [
        OutgoingMessage(
            page_card, style, PhotoSet(tuple(_iter_unique_figures(page_card.blocks)), downloader), features, history
        )
        for page_card in cards
    ]


def _split_album(card: Card, figures: Figures) -> list[Card]:
    """Divide photos into albums of two to ten, as evenly as possible: eleven become six and five."""
    count = len(figures.figures)
    album_count = -(-count // _MAX_ALBUM_PHOTOS)
    size = -(-count // album_count)
    starts = range(0, count, size)
    slices = (Figures(figures.figures[at : at + size], figures.labels[at : at + size]) for at in starts)
    return [Card((card.blocks[0], some), command=card.command) for some in slices]


def _iter_unique_figures(blocks: Iterable[Block]) -> Iterator[Figure]:
    seen: set[str] = set()
    for figure in _iter_figures(blocks):
        if figure.url not in seen and escape_web_address(figure.url):
            seen.add(figure.url)
            yield figure


def _iter_figures(blocks: Iterable[Block]) -> Iterator[Figure]:
    for block in blocks:
        match block:
            case Figures(figures):
                yield from figures
            case ListItem() | Details():
                yield from _iter_figures(block.blocks)
            case _:
                pass
