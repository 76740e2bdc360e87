"""Cards as outgoing messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from discord import ui

from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory
from digestbot.cards.card import Block, Card, Figures, ListItem, NewThread
from digestbot.domain.digest import Figure
from digestbot.domain.subscription import PostMode
from digestbot.figures.downloads import FigureAvailability
from digestbot.platforms.discord.outgoing.components import ComponentBuilder
from digestbot.platforms.discord.outgoing.layout import MessageLayout, lay_out_card
from digestbot.platforms.discord.outgoing.render import SYMBOL_LABELS, ComponentLabels, render_layout


class OutgoingMessage:
    """One outgoing message. All recipients of a digest share it, so that it is rendered once."""

    __slots__ = ("_availability", "_history", "_labels", "_layout", "_view", "figures", "long_callbacks")

    def __init__(
        self,
        layout: MessageLayout,
        availability: FigureAvailability,
        history: NavigationHistory,
        labels: ComponentLabels,
    ) -> None:
        self._layout = layout
        self._availability = availability
        self._history = history
        self._labels = labels
        self.figures = tuple(_iter_figures(layout.card.blocks))
        self.long_callbacks: dict[str, str] = {}
        self._view: ui.LayoutView | None = None

    @property
    def opens(self) -> NewThread | None:
        """The thread that the message opens."""
        return self._layout.card.new_thread

    @property
    def publish(self) -> bool:
        """Whether it is published to following channels."""
        return self._layout.card.publish

    @property
    def post_mode(self) -> PostMode:
        """Its post mode."""
        return PostMode.THREADS if self.opens and not self.opens.is_forum_post else PostMode.PAGES

    async def get_view(self, seconds: float | None = None) -> ui.LayoutView:
        """The message, without the figures that their hosts do not give, as far as is known after so many seconds."""
        if self._view is None:
            addresses = await self._availability.find_urls(self.figures, seconds)
            self._view = self.build_view(addresses)
        return self._view

    def build_view(self, addresses: dict[str, str]) -> ui.LayoutView:
        """The message with figures at these addresses, by their own."""
        components = ComponentBuilder(self._layout.card.command, self._history)
        view = render_layout(self._layout, components, lambda figure: addresses.get(figure.url, ""), self._labels)
        self.long_callbacks = components.long_callbacks
        return view


def build_messages(
    card: Card,
    availability: FigureAvailability,
    history: NavigationHistory = NO_HISTORY,
    *,
    with_share_button: bool = False,
    labels: ComponentLabels = SYMBOL_LABELS,
) -> list[OutgoingMessage]:
    """Build the messages of a card, in order."""
    return [
        OutgoingMessage(layout, availability, history, labels)
        for layout in lay_out_card(card, with_share_button=with_share_button)
    ]


def _iter_figures(blocks: Sequence[Block]) -> Iterator[Figure]:
    for block in blocks:
        match block:
            case Figures(figures):
                yield from figures
            case ListItem(figure=figure) if figure and block.is_expanded:
                yield figure
            case _:
                pass
