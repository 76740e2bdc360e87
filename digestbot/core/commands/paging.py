"""Long lists in pages: an answer has a bounded length, however much there is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from digestbot.cards.card import Button
from digestbot.cards.navigation import build_navigation_buttons, count_pages
from digestbot.core.commands.base import CommandRequest
from digestbot.core.lines import page_numbers
from digestbot.errors import CommandError

_ROWS_PER_PAGE = 50
"""Topics or subscriptions in one answer."""
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Item]):
    """The items of one page, the buttons to the pages beside it, and the command that shows it."""

    items: Sequence[Item]
    buttons: tuple[Button, ...]
    command: str


def choose_page(
    request: CommandRequest,
    items: Sequence[Item],
    command: str,
    own_words: Collection[str] = (),
    rows_per_page: int = _ROWS_PER_PAGE,
) -> ListPage[Item]:
    """The page that the request's last word asks for, by default the first. Raises :class:`CommandError`.

    ``own_words`` may stand before it: one of them is the command's own, as in ``latest all p2``.
    """
    words, number = page_numbers.split_page_number(request.args)
    if len(words) == 1 and words[0].casefold() in own_words:
        words = ()
    if words:
        raise CommandError("not_understood", command, text=" ".join(words))
    page_count = count_pages(len(items), rows_per_page)
    if number > page_count:
        raise CommandError("no_page", f"{command} p{page_count}", page=number, pages=page_count)
    offset = (number - 1) * rows_per_page
    return ListPage(
        items[offset : offset + rows_per_page],
        build_navigation_buttons(command, number, page_count, request.context),
        f"{command} p{number}" if number > 1 else command,
    )
