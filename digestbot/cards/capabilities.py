"""Platform capabilities as data: cards adapt to them, and the core never asks which platform it is on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from digestbot.domain.subscription import CardStyle, PostMode

MAX_AUTHORS = 6
"""Authors that a paper's own card names; of more, the others are counted."""


class Collapsing(StrEnum):
    """How much of each paper a list can collapse under its line."""

    NOTHING = "nothing"
    TAKEAWAYS = "takeaways"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can display in a chat."""

    buttons: bool = True
    """Buttons run a command each; without them, the command is written out."""
    details: bool = True
    """Sections of a paper can be collapsed; without, they are replaced by the command that shows them."""
    section_buttons: bool = False
    """A paper's abstract and analysis are cards of their own, behind a button each, and are not collapsed."""
    collapsing: Collapsing = Collapsing.NOTHING
    """How much of each paper a list can collapse."""
    figures: bool = True
    """Figures are part of the card; without, a button requests them."""
    math: bool = False
    """LaTeX is typeset; without, it is shown in plain characters."""
    page_size: int | None = 10
    """Papers per page: as many as usually fit Discord's 4,000 characters. ``None`` means no paging."""
    can_leave_rich: bool = False
    """Cards of papers have a button to the classic style: some of a reader's apps may not show this one."""
    card_styles: tuple[CardStyle, ...] = ()
    """The card styles that a chat can choose from, if there is a choice; the first is the platform's default."""
    card_styles_key: str = "settings.format_about"
    """The sentence that tells them apart."""
    post_modes: tuple[PostMode, ...] = ()
    """The post modes that a chat can choose from, if there is a choice."""
    can_publish: bool = False
    """Posts can be published to the channels that follow this one."""
    can_be_quiet: bool = False
    """Digests can come without a sound."""
    can_mention: bool = False
    """Digests can call the people of a role."""
    missing_commands: tuple[str, ...] = ()
    """Commands that the platform does not have."""
    own_commands: tuple[str, ...] = ()
    """Commands that only the platform has, in private chats."""
    localized_commands: bool = False
    """Commands have names in the reader's language; without, they are only understood."""
    forms: bool = False
    """A button can ask for words; without, the command is written out for the person to complete."""
    private_answers: bool = False
    """An answer in a chat of many can be for one person; moderators choose whether it is."""


DEFAULT_CAPABILITIES = Capabilities()
"""The capabilities that most platforms have."""
