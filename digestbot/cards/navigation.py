"""Pages of a list: how many there are, and the buttons that lead from one to the next."""

from __future__ import annotations

from digestbot.cards.card import Button
from digestbot.cards.context import RenderContext


def count_pages(count: int, page_size: int | None) -> int:
    """The number of pages for ``count`` papers; one without a ``page_size``."""
    return 1 if page_size is None else max(1, -(-count // page_size))


def build_navigation_buttons(
    command: str, page_number: int, page_count: int, context: RenderContext
) -> tuple[Button, ...]:
    """The buttons to the pages before and after a page of a list."""
    buttons = []
    if page_number > 1:
        buttons.append(Button(context.translate("button.previous"), f"{command} p{page_number - 1}"))
    if page_number < page_count:
        buttons.append(Button(context.translate("button.next"), f"{command} p{page_number + 1}"))
    return tuple(buttons)
