"""What a platform can show, as data: cards are made for it, and the core never asks which platform it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from digestbot.domain.subscription import CardStyle, PostMode


class Collapsing(StrEnum):
    """How much of each paper can be folded away under its line in a list."""

    NOTHING = "nothing"
    TAKEAWAYS = "takeaways"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can show to a chat."""

    buttons: bool = True
    """Buttons carry a command each; without them the command is written out."""
    details: bool = True
    """Parts of a paper can be folded; without, they are named with the command that shows them."""
    collapsing: Collapsing = Collapsing.NOTHING
    """How much of each paper a list can hold, folded."""
    figures: bool = True
    """Figures stand in the card; without, a button asks for them."""
    math: bool = False
    """LaTeX is set; without, it is shown as its source."""
    page_size: int | None = 10
    """Papers on a page: ten sections with a button are 32 of Discord's 40 components. ``None`` for all of them."""
    card_styles: tuple[CardStyle, ...] = ()
    """The forms of cards that a chat can choose from, where there is a choice."""
    post_modes: tuple[PostMode, ...] = ()
    """The ways in which a digest can be posted there, where there is a choice."""
    can_publish: bool = False
    """What is posted there can be handed on to other chats that follow it."""


DEFAULT_CAPABILITIES = Capabilities()
"""What most platforms can."""
