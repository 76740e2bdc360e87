"""Inline keyboards: callback data is a command, in Telegram's 64 bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from urllib.parse import quote

from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory
from digestbot.cards.card import Button, Card, ListItem, to_plain_text
from digestbot.cards.titles import format_short_title, shorten_to_width
from digestbot.domain.paper import PaperId
from digestbot.platforms.common.callbacks import encode_action, format_label
from digestbot.platforms.common.text import count_utf8_bytes

_MAX_CALLBACK_BYTES = 64
_MAX_BUTTONS = 100
_ROW_CHARACTERS = 30
"""Characters that fit side by side on a phone."""
_LABEL_CHARACTERS = 40
_PAPERS_IN_A_ROW, _TITLE_WIDTH, _SWITCH_WIDTH = 2, 17, 19
"""Papers side by side, and the columns that each has for its name; those of a switch's name, beside its mark."""


@dataclass(slots=True)
class Keyboard:
    """The rows of buttons of one message.

    ``long_callbacks`` collects the data that is too long for a button and has to be stored before the message is sent,
    by its token.
    """

    card: Card
    history: NavigationHistory = NO_HISTORY
    has_inline_mode: bool = True
    long_callbacks: dict[str, str] = field(default_factory=dict)

    def build_rows(self) -> list[list[dict[str, object]]]:
        """The rows, as the Bot API takes them."""
        items = [block for block in self.card.blocks if isinstance(block, ListItem) and block.button]
        papers = [item for item in items if item.position is not None]
        named_buttons = list(_iter_named_buttons([item for item in items if item.position is None]))
        rows = [*_arrange_papers(papers), *_arrange_buttons(named_buttons), *_arrange_buttons(self.card.buttons)]
        fitting_rows: list[list[dict[str, object]]] = []
        for row in rows:
            if sum(map(len, fitting_rows)) + len(row) <= _MAX_BUTTONS:
                fitting_rows.append([self.build_button(button) for button in row])
        return fitting_rows

    def build_button(self, button: Button) -> dict[str, object]:
        """One button."""
        label = _format_label(button)
        if button.url:
            return {"text": label, "url": button.url}
        if button.share_query:
            return {"text": label, **self.build_share_target(button.share_query)}
        return {"text": label, "callback_data": self.encode_callback_data(button)}

    def build_share_target(self, query: str) -> dict[str, object]:
        """The target of a share button: inline mode, else the paper's URL."""
        if self.has_inline_mode:
            return {"switch_inline_query": query}
        paper = PaperId.parse(query)
        return {"url": f"https://t.me/share/url?url={quote(paper.abs_url if paper else query, safe='')}"}

    def encode_callback_data(self, button: Button) -> str:
        """The callback data of a button."""
        action = self.history.action_for(self.card.way_back, button)
        return encode_action(action, _MAX_CALLBACK_BYTES, self.long_callbacks, measure=count_utf8_bytes)


def _arrange_papers(papers: Sequence[ListItem]) -> Iterator[list[Button]]:
    """The papers' buttons, called by number and name; one that stands alone has the room of its row."""
    for at in range(0, len(papers), _PAPERS_IN_A_ROW):
        row = papers[at : at + _PAPERS_IN_A_ROW]
        width = _TITLE_WIDTH * _PAPERS_IN_A_ROW // len(row)
        yield [
            _with_label(item.button, f"{item.position} {format_short_title(item.title, width)}".rstrip())
            for item in row
            if item.button
        ]


def _arrange_buttons(buttons: Sequence[Button]) -> Iterator[list[Button]]:
    """Switches in two columns, and other buttons in as few rows as they need."""
    for are_switches, group in groupby(buttons, key=lambda button: button.is_on is not None):
        arrange = _arrange_switches if are_switches else _pack_rows
        yield from arrange(list(group))


def _arrange_switches(switches: Sequence[Button]) -> Iterator[list[Button]]:
    """Two even columns; one where names would have to be cut so that two of them are the same."""
    short = [_with_label(button, shorten_to_width(button.label, _SWITCH_WIDTH)) for button in switches]
    are_different = len({button.label for button in short}) == len({button.label for button in switches})
    columns = 2 if are_different else 1
    shown = short if are_different else switches
    for at in range(0, len(shown), columns):
        yield list(shown[at : at + columns])


def _iter_named_buttons(items: Sequence[ListItem]) -> Iterator[Button]:
    """The buttons of a list's rows: a switch, or one of several with the same label, is called by its row's name."""
    labels = [item.button.label for item in items if item.button]
    for item in items:
        if item.button is None:
            continue
        title = to_plain_text(item.title)
        is_ambiguous = labels.count(item.button.label) > 1
        yield _with_label(item.button, title) if item.button.is_on is not None or is_ambiguous else item.button


def _with_label(button: Button, label: str) -> Button:
    return replace(button, label=label)


def _format_label(button: Button) -> str:
    label = format_label(button.label, _LABEL_CHARACTERS)
    return label if button.is_on is None else f"{'✅' if button.is_on else '▫️'} {label}"


def _pack_rows(buttons: Iterable[Button]) -> Iterator[list[Button]]:
    """Arrange buttons in rows that fit a phone."""
    row: list[Button] = []
    for button in buttons:
        if row and (len(row) == 4 or sum(len(_format_label(b)) + 3 for b in (*row, button)) > _ROW_CHARACTERS):
            yield row
            row = []
        row.append(button)
    if row:
        yield row
