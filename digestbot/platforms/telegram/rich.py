"""Cards as rich messages (Bot API 10.1 and later): folded papers, set formulas, slideshows of figures.

What the HTML may hold is in core.telegram.org/bots/api#rich-message-formatting-options: only the tags and named
entities listed there, and media only as blocks of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from digestbot.cards.card import (
    Block,
    Bullets,
    Button,
    Card,
    CommandName,
    Details,
    Figures,
    Heading,
    Line,
    Link,
    ListItem,
    Notice,
    Paragraph,
    Text,
    merge_bullets,
    to_plain_text,
)
from digestbot.cards.split import ContentSize, split_card
from digestbot.core.commands.deep_links import encode_command
from digestbot.domain.digest import Figure
from digestbot.platforms.telegram.keyboard import Keyboard
from digestbot.platforms.telegram.markup import Inlines, escaped, web_address

LIMIT = ContentSize(32_000, 480, 50)
"""Telegram takes 32,768 characters, 500 blocks and 50 media; a little is kept for what it may count otherwise."""
_CONTENTS_FROM = 3
"""Papers from which a list of contents is worth its room."""
_ACTIONS_ROOM = ContentSize(60, 1)

Picture = Callable[[Figure], str]
"""The address to show a figure by; empty to leave it out."""


def first_address(figure: Figure) -> str:
    """The figure's own address."""
    return figure.url


@dataclass(frozen=True, slots=True)
class Look:
    """How the text is made: ``buttons`` stand inside a paper's own details where the server knows them, else
    ``username``'s links do what they can; ``picture`` chooses each figure's address.
    """

    username: str
    buttons: bool = True
    picture: Picture = first_address


def pages(card: Card) -> list[Card]:
    """The card as cards that fit a rich message each."""
    return split_card(card, _measure, LIMIT)


def render(card: Card, look: Look, keyboard: Keyboard) -> str:
    """The card's rich HTML; the buttons inside it note what they need kept in ``keyboard``."""
    return _Renderer(card, look, keyboard).html()


def detects_names(card: Card) -> bool:
    """Whether Telegram is to look for commands in the text, since the card names some."""
    return any(isinstance(part, CommandName) for line in _lines(card.blocks) for part in line)


def _lines(blocks: Iterable[Block]) -> Iterator[Line]:
    for block in blocks:
        match block:
            case Heading(line) | Paragraph(line):
                yield line
            case ListItem():
                yield from (block.title, *block.lines)
            case _:
                pass


class _Renderer:
    def __init__(self, card: Card, look: Look, keyboard: Keyboard) -> None:
        self._card = card
        self._look = look
        self._keyboard = keyboard
        self._inlines = Inlines(math=True, detection=detects_names(card))

    def html(self) -> str:
        folded = [block for block in self._card.blocks if isinstance(block, ListItem) and block.blocks]
        contents = self._contents(folded) if len(folded) >= _CONTENTS_FROM else ""
        html: list[str] = []
        for block in merge_bullets(self._card.blocks):
            if contents and isinstance(block, ListItem):
                html.append(contents)
                contents = ""
            html.append(self._block(block))
        return "".join(html)

    def _contents(self, items: Sequence[ListItem]) -> str:
        rows = "".join(f'<li><a href="#{_anchor(item)}">{self._words(item.title)}</a></li>' for item in items)
        return f'<ol start="{items[0].position or 1}">{rows}</ol>'

    def _block(self, block: Block) -> str:  # noqa: PLR0911  # one answer a kind
        match block:
            case Heading(line, url, level):
                address = web_address(url)
                text = self._words(line) if address else self._inlines.html(line)
                tag = f"h{min(level + 1, 6)}"
                return f'<{tag}><a href="{address}">{text}</a></{tag}>' if address else f"<{tag}>{text}</{tag}>"
            case Paragraph(line):
                return f"<p>{self._inlines.html(line)}</p>" if line else ""
            case Bullets(items):
                return f"<ul>{''.join(f'<li>{self._inlines.html(item)}</li>' for item in items)}</ul>"
            case Details(summary, blocks):
                return f"<details><summary>{self._inlines.plain(summary)}</summary>{self._blocks(blocks)}</details>"
            case Figures(figures):
                return self._figures(figures)
            case ListItem():
                return self._item(block)
            case Notice(text):
                return f"<footer>{self._inlines.plain(text)}</footer>"

    def _blocks(self, blocks: Sequence[Block]) -> str:
        return "".join(self._block(block) for block in merge_bullets(blocks))

    def _words(self, line: Line) -> str:
        """A line's words inside a link of our own: a link cannot hold another."""
        return (
            self._inlines.plain(to_plain_text(line))
            if any(hasattr(p, "url") for p in line)
            else self._inlines.html(line)
        )

    def _figures(self, figures: Sequence[Figure]) -> str:
        addresses = [address for figure in figures if (address := self._look.picture(figure))]
        images = "".join(f'<img src="{escaped(address)}"/>' for address in addresses)
        return f"<tg-slideshow>{images}</tg-slideshow>" if len(addresses) > 1 else images

    def _item(self, item: ListItem) -> str:
        number = f"{item.position}. " if item.position is not None else ""
        first, rest = (item.lines[0], item.lines[1:]) if item.lines else ((), ())
        if not item.blocks:
            return f"<p>{self._titled(item, number)}{self._after(first)}</p>" + self._paragraphs(rest)
        summary = f"<b>{number}{self._words(item.title)}</b>{self._after(first)}"
        state = " open" if item.is_expanded else ""
        inside = self._paragraphs((*rest[:-1], self._byline(item, rest))) + self._blocks(item.blocks)
        return (
            f'<a name="{_anchor(item)}"></a><details{state}><summary>{summary}</summary>'
            f"{inside}{self._actions(item.action_buttons)}</details>"
        )

    def _titled(self, item: ListItem, number: str) -> str:
        address = web_address(item.url)
        title = self._words(item.title)
        return f'<b>{number}<a href="{address}">{title}</a></b>' if address else f"<b>{number}{title}</b>"

    def _after(self, line: Line) -> str:
        return f" — {self._inlines.html(line)}" if line else ""

    def _byline(self, item: ListItem, rest: Sequence[Line]) -> str:
        """The item's last line, which ends with its number: that leads to its page."""
        line = rest[-1] if rest else ()
        last = line[-1] if line else None
        if isinstance(last, Text) and last.text and item.url.endswith(last.text):
            line = (*line[:-1], Link(last.text, item.url))
        return self._inlines.html(line)

    def _paragraphs(self, lines: Sequence[Line | str]) -> str:
        written = (line if isinstance(line, str) else self._inlines.html(line) for line in lines)
        return "".join(f"<p>{html}</p>" for html in written if html)

    def _actions(self, actions: Sequence[Button]) -> str:
        if not actions:
            return ""
        if self._look.buttons:
            return f"<tg-button-row>{''.join(map(self._button, actions))}</tg-button-row>"
        links = (self._link(button) for button in actions)
        return f"<p>{' · '.join(filter(None, links))}</p>"

    def _button(self, button: Button) -> str:
        text = escaped(button.label)
        if button.url:
            return f'<tg-button type="url" url="{web_address(button.url)}">{text}</tg-button>'
        if button.share_query:
            (kind, value), *_ = self._keyboard.shared(button.share_query).items()
            name = {"url": "url", "switch_inline_query": "query"}[kind]
            return f'<tg-button type="{kind}" {name}="{escaped(str(value))}">{text}</tg-button>'
        data = escaped(self._keyboard.data(button))
        return f'<tg-button type="callback_data" data="{data}">{text}</tg-button>'

    def _link(self, button: Button) -> str:
        """An action as a link, for servers without buttons in the text: a command leads to the private chat."""
        if button.url:
            return f'<a href="{web_address(button.url)}">{escaped(button.label)}</a>'
        word = encode_command(button.command)
        return f'<a href="https://t.me/{self._look.username}?start={word}">{escaped(button.label)}</a>' if word else ""


def _anchor(item: ListItem) -> str:
    return f"p{item.position}"


_COUNTED = Inlines(math=True, detection=True)


def _measure(block: Block) -> ContentSize:
    match block:
        case Heading(line) | Paragraph(line):
            return ContentSize(len(_COUNTED.text(line)), 1)
        case Bullets(items):
            return ContentSize(sum(len(_COUNTED.text(line)) for line in items), 1 + 2 * len(items))
        case Details(summary, blocks):
            return sum(map(_measure, blocks), ContentSize(len(summary), 1))
        case Figures(figures):
            return ContentSize(0, 1 + len(figures), len(figures))
        case Notice(text):
            return ContentSize(len(text), 1)
        case ListItem():
            return _measured_item(block)


def _measured_item(item: ListItem) -> ContentSize:
    """The item, its line in the contents and its anchor included."""
    title = len(_COUNTED.text(item.title))
    own = ContentSize(2 * title + 40 + sum(len(_COUNTED.text(line)) + 3 for line in item.lines), 5 + len(item.lines))
    actions = _ACTIONS_ROOM if item.action_buttons else ContentSize(0)
    return sum(map(_measure, item.blocks), own + actions)
