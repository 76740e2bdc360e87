"""Cards as the messages that go out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from discord import ui

from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory
from digestbot.cards.card import Block, Card, Figures, ListItem, NewThread
from digestbot.domain.digest import Figure
from digestbot.domain.subscription import PostMode
from digestbot.platforms.discord.keys import Keys
from digestbot.platforms.discord.pages import Page, pages
from digestbot.platforms.discord.render import PLAIN, Labels, render
from digestbot.sources.figures import Shown


class Part:
    """One message. A digest's part is shared by all who receive it, so that it is rendered once."""

    __slots__ = ("_labels", "_page", "_shown", "_view", "_way", "figures", "long")

    def __init__(self, page: Page, shown: Shown, way: NavigationHistory, labels: Labels) -> None:
        self._page = page
        self._shown = shown
        self._way = way
        self._labels = labels
        self.figures = tuple(_figures(page.card.blocks))
        self.long: dict[str, str] = {}
        self._view: ui.LayoutView | None = None

    @property
    def opens(self) -> NewThread | None:
        """The thread that the message opens."""
        return self._page.card.new_thread

    @property
    def publish(self) -> bool:
        """Whether it is to be published to the channels that follow."""
        return self._page.card.publish

    @property
    def posts(self) -> PostMode:
        """The way in which it is posted."""
        return PostMode.THREADS if self.opens and not self.opens.is_forum_post else PostMode.PAGES

    async def view(self, seconds: float | None = None) -> ui.LayoutView:
        """The message, without the figures that their hosts do not give, as far as is known after so many seconds."""
        if self._view is None:
            addresses = await self._shown.addresses(self.figures, seconds)
            self._view = self.written(addresses)
        return self._view

    def written(self, addresses: dict[str, str]) -> ui.LayoutView:
        """The message with figures at these addresses, by their own."""
        keys = Keys(self._page.card.command, self._way)
        view = render(self._page, keys, lambda figure: addresses.get(figure.url, ""), self._labels)
        self.long = keys.long
        return view


def parts_of(
    card: Card, shown: Shown, way: NavigationHistory = NO_HISTORY, *, shares: bool = False, labels: Labels = PLAIN
) -> list[Part]:
    """The card as messages, in order."""
    return [Part(page, shown, way, labels) for page in pages(card, shares=shares)]


def _figures(blocks: Sequence[Block]) -> Iterator[Figure]:
    for block in blocks:
        match block:
            case Figures(figures):
                yield from figures
            case ListItem(figure=figure) if figure and block.is_expanded:
                yield figure
            case _:
                pass
