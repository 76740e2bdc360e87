"""Cards as outgoing messages."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import discord
from discord import ui

from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory
from digestbot.cards.card import Attachment, Block, Card, Figures, ListItem, NewThread
from digestbot.domain.digest import Figure
from digestbot.domain.subscription import CardStyle, PostMode
from digestbot.figures.downloads import FigureAvailability
from digestbot.platforms.discord.outgoing import classic
from digestbot.platforms.discord.outgoing.body import MessageBody
from digestbot.platforms.discord.outgoing.components import ComponentBuilder
from digestbot.platforms.discord.outgoing.layout import MessageLayout, lay_out_card
from digestbot.platforms.discord.outgoing.markup import make_notification_text
from digestbot.platforms.discord.outgoing.render import SYMBOL_LABELS, ComponentLabels, render_layout

MAX_ATTACHMENT_BYTES = 10 * 1024 * 1024
"""The largest file that everybody can send (discord.com/developers/docs/reference#uploading-files)."""


class OutgoingMessage:
    """One outgoing message. All recipients of a digest share it, so that it is rendered once in each form.

    ``style`` is the form that it is to have; where only the other one can be shown, it is rendered in that.
    """

    __slots__ = ("_availability", "_bodies", "_history", "_labels", "_layout", "figures", "long_callbacks", "style")

    def __init__(
        self,
        layout: MessageLayout,
        availability: FigureAvailability,
        history: NavigationHistory,
        labels: ComponentLabels,
        style: CardStyle = CardStyle.RICH,
    ) -> None:
        self._layout = layout
        self._availability = availability
        self._history = history
        self._labels = labels
        self.style = style
        self.figures = tuple(_iter_figures(layout.card.blocks))
        self.long_callbacks: dict[str, str] = {}
        self._bodies: dict[CardStyle, MessageBody] = {}

    @property
    def opens(self) -> NewThread | None:
        """The thread that the message opens."""
        return self._layout.card.new_thread

    @property
    def publish(self) -> bool:
        """Whether it is published to following channels."""
        return self._layout.card.publish

    @property
    def preview(self) -> str:
        """What a notification says of it, without markup and mentions; empty if it is no news."""
        return make_notification_text(self._layout.card.preview)

    @property
    def post_mode(self) -> PostMode:
        """Its post mode."""
        return PostMode.THREADS if self.opens and not self.opens.is_forum_post else PostMode.PAGES

    async def get_body(
        self, style: CardStyle | None = None, seconds: float | None = None, mention: str = ""
    ) -> MessageBody:
        """The message, without the figures that their hosts do not give, as far as is known after so many seconds.

        A ``mention`` stands over what has no line of text.
        """
        chosen = style or self.style
        if mention and chosen is CardStyle.RICH:  # of one chat alone
            return self.build_body(await self._availability.find_urls(self.figures, seconds), chosen, mention)
        if chosen not in self._bodies:
            addresses = await self._availability.find_urls(self.figures, seconds)
            self._bodies[chosen] = self.build_body(addresses, chosen)
        return self._bodies[chosen]

    def build_body(self, addresses: dict[str, str], style: CardStyle | None = None, mention: str = "") -> MessageBody:
        """The message in a form, with figures at these addresses, by their own."""
        if (style or self.style) is CardStyle.RICH:
            return MessageBody(self.build_view(addresses, mention))
        components = self._build_components()
        card = self._layout.card
        embeds = classic.render_embeds(
            self._layout,
            lambda figure: addresses.get(figure.url, ""),
            has_title=not (card.preview and card.has_papers),
        )
        body = MessageBody(classic.build_view(self._layout, components, self._labels), tuple(embeds))
        self.long_callbacks |= components.long_callbacks
        return body

    def build_view(self, addresses: dict[str, str], mention: str = "") -> ui.LayoutView:
        """The message as components alone, with figures at these addresses, by their own."""
        components = self._build_components()
        view = render_layout(
            self._layout, components, lambda figure: addresses.get(figure.url, ""), self._labels, mention
        )
        self.long_callbacks |= components.long_callbacks
        return view

    def _build_components(self) -> ComponentBuilder:
        return ComponentBuilder(self._layout.card.way_back, self._history)


def build_messages(
    card: Card,
    availability: FigureAvailability,
    history: NavigationHistory = NO_HISTORY,
    *,
    style: CardStyle = CardStyle.RICH,
    with_share_button: bool = False,
    labels: ComponentLabels = SYMBOL_LABELS,
) -> list[OutgoingMessage]:
    """Build the messages of a card, in order.

    A card to be published is classic: the channels that follow are not sent its components.
    """
    chosen = CardStyle.CLASSIC if card.publish or style is CardStyle.CLASSIC else CardStyle.RICH
    limit = {"max_figures": classic.MAX_FIGURES} if chosen is CardStyle.CLASSIC else {}
    return [
        OutgoingMessage(layout, availability, history, labels, chosen)
        for layout in lay_out_card(card, with_share_button=with_share_button, **limit)
    ]


def build_file(attachment: Attachment) -> discord.File:
    """The file that comes with a card; each sending needs its own."""
    return discord.File(io.BytesIO(attachment.content), filename=attachment.name)


def _iter_figures(blocks: Sequence[Block]) -> Iterator[Figure]:
    for block in blocks:
        match block:
            case Figures(figures):
                yield from figures
            case ListItem(figure=figure) if figure and block.is_expanded:
                yield figure
            case _:
                pass
