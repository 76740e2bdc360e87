"""Buttons below a message, and what they send back: a command again, in Telegram's 64 bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory, compute_token, encode_token
from digestbot.cards.card import Button, Card, ListItem, to_plain_text
from digestbot.cards.text import drop_control_characters
from digestbot.domain.paper import PaperId

_MOST_BYTES = 64
_MOST_BUTTONS = 100
_ROW_WIDTH = 30
"""Characters that stand side by side on a phone."""
_LABEL = 40


@dataclass(slots=True)
class Keyboard:
    """The rows of buttons of one message.

    ``long`` collects what has to be kept in the store before the message is sent: data that is too long, by its
    word. ``inline`` tells that the bot has inline mode.
    """

    card: Card
    way: NavigationHistory = NO_HISTORY
    inline: bool = True
    long: dict[str, str] = field(default_factory=dict)

    def rows(self) -> list[list[dict[str, object]]]:
        """The rows, as the Bot API takes them."""
        items = [block for block in self.card.blocks if isinstance(block, ListItem) and block.button]
        numbered = [_labelled(i.button, str(i.position)) for i in items if i.button and i.position is not None]
        named = list(_named([item for item in items if item.position is None]))
        rows = [*_chunks(numbered, 5), *_packed(named), *_packed(self.card.buttons)]
        kept: list[list[dict[str, object]]] = []
        for row in rows:
            if sum(map(len, kept)) + len(row) <= _MOST_BUTTONS:
                kept.append([self.button(button) for button in row])
        return kept

    def button(self, button: Button) -> dict[str, object]:
        """One button."""
        label = _label(button)
        if button.url:
            return {"text": label, "url": button.url}
        if button.share_query:
            return {"text": label, **self.shared(button.share_query)}
        return {"text": label, "callback_data": self.data(button)}

    def shared(self, words: str) -> dict[str, object]:
        """Where a card is shared: by inline mode, else by its paper's address."""
        if self.inline:
            return {"switch_inline_query": words}
        paper = PaperId.parse(words)
        return {"url": f"https://t.me/share/url?url={quote(paper.abs_url if paper else words, safe='')}"}

    def data(self, button: Button) -> str:
        """What a button sends back."""
        written = self.way.action_for(self.card.command, button).encode()
        if len(written.encode()) <= _MOST_BYTES:
            return written
        word = compute_token(written)
        self.long[word] = written
        return encode_token(word)


def _named(items: Sequence[ListItem]) -> Iterator[Button]:
    """The buttons of a list's rows: a switch, or one of several with the same label, is called by its row's name."""
    labels = [item.button.label for item in items if item.button]
    for item in items:
        if item.button is None:
            continue
        title = to_plain_text(item.title)
        alike = labels.count(item.button.label) > 1
        yield _labelled(item.button, title) if item.button.is_on is not None or alike else item.button


def _labelled(button: Button, label: str) -> Button:
    return Button(label, button.command, button.url, button.share_query, button.keeps_card, button.is_on)


def _label(button: Button) -> str:
    text = drop_control_characters(button.label).strip() or "…"
    short = text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"
    return short if button.is_on is None else f"{'✅' if button.is_on else '▫️'} {short}"


def _chunks(buttons: Sequence[Button], size: int) -> Iterator[Sequence[Button]]:
    for at in range(0, len(buttons), size):
        yield buttons[at : at + size]


def _packed(buttons: Iterable[Button]) -> Iterator[list[Button]]:
    """Buttons side by side as far as a phone has room."""
    row: list[Button] = []
    for button in buttons:
        if row and (len(row) == 4 or sum(len(_label(b)) + 3 for b in (*row, button)) > _ROW_WIDTH):
            yield row
            row = []
        row.append(button)
    if row:
        yield row
