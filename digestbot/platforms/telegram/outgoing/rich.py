"""Cards as rich messages (Bot API 10.1 and later): folded papers, set formulas, slideshows of figures.

What the HTML may hold is in core.telegram.org/bots/api#rich-message-formatting-options: only the tags and named
entities listed there, and media only as blocks of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from digestbot.cards.card import (
    Block,
    Bullets,
    Button,
    Card,
    Code,
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
from digestbot.platforms.telegram.outgoing.keyboard import Keyboard
from digestbot.platforms.telegram.outgoing.markup import (
    FormulaStyle,
    InlineRenderer,
    escape,
    escape_web_address,
    render_code,
)

MESSAGE_LIMIT = ContentSize(10_000, 480, 50)
"""Telegram takes 32,768 characters, 500 blocks and 50 media. But some apps show only the beginning of a long message,
and offer no way to the rest: 10,332 characters were too many in one, which
https://github.com/NousResearch/hermes-agent/issues/69444 tells, and
https://github.com/overtake/TelegramSwift/issues/1417 of another."""
_ACTIONS_SIZE = ContentSize(60, 1)

FigureAddress = Callable[[Figure], str]
"""The URL to show a figure by; empty to omit it."""


def get_own_address(figure: Figure) -> str:
    """The figure's own URL."""
    return figure.url


@dataclass(frozen=True, slots=True)
class RichOptions:
    """How the text is made.

    ``inner_buttons`` stand inside a paper's own details where the server knows them, else ``username``'s links do what
    they can; ``figure_address`` chooses each figure's address.
    """

    username: str
    inner_buttons: bool = True
    figure_address: FigureAddress = get_own_address


def split_into_messages(card: Card) -> list[Card]:
    """Split the card into cards that fit a rich message each."""
    return split_card(card, _measure_block, MESSAGE_LIMIT)


def render_html(card: Card, options: RichOptions, keyboard: Keyboard) -> str:
    """The card's rich HTML; the buttons inside it note what they need kept in ``keyboard``."""
    return _RichRenderer(card, options, keyboard).render_card()


def has_command_names(card: Card) -> bool:
    """Whether Telegram is to look for commands in the text, since the card names some."""
    return any(isinstance(part, CommandName) for line in _iter_lines(card.blocks) for part in line)


def _iter_lines(blocks: Iterable[Block]) -> Iterator[Line]:
    for block in blocks:
        match block:
            case Heading(line) | Paragraph(line):
                yield line
            case ListItem():
                yield from (block.title, *block.lines)
            case _:
                pass


class _RichRenderer:
    def __init__(self, card: Card, options: RichOptions, keyboard: Keyboard) -> None:
        self._card = card
        self._options = options
        self._keyboard = keyboard
        self._inlines = InlineRenderer(FormulaStyle.SET, detection=has_command_names(card))
        self._folded_inlines = InlineRenderer(FormulaStyle.SCRIPTS, detection=has_command_names(card))

    @contextmanager
    def _render_inside_details(self) -> Iterator[None]:
        """What is rendered now stands in details, where a set formula crashes Telegram Desktop for good.

        Source: https://github.com/telegramdesktop/tdesktop/issues/30808
        """
        outer, self._inlines = self._inlines, self._folded_inlines
        try:
            yield
        finally:
            self._inlines = outer

    def render_card(self) -> str:
        return self._render_blocks(self._card.blocks)

    def _render_block(self, block: Block) -> str:  # noqa: PLR0911  # one answer a kind
        match block:
            case Heading(line, url, level):
                address = escape_web_address(url)
                text = self._render_without_links(line) if address else self._inlines.render_line(line)
                tag = f"h{min(level + 1, 6)}"
                return f'<{tag}><a href="{address}">{text}</a></{tag}>' if address else f"<{tag}>{text}</{tag}>"
            case Paragraph(line):
                return f"<p>{self._inlines.render_line(line)}</p>" if line else ""
            case Bullets(items):
                return f"<ul>{''.join(f'<li>{self._inlines.render_line(item)}</li>' for item in items)}</ul>"
            case Details(summary, blocks):
                with self._render_inside_details():
                    summary_html, body = self._inlines.render_text(summary), self._render_blocks(blocks)
                return f"<details><summary>{summary_html}</summary>{body}</details>"
            case Figures(figures):
                return self._render_figures(figures)
            case ListItem():
                return self._render_folded_item(block) if block.blocks else self._render_plain_item(block)
            case Notice(text):
                return f"<footer>{self._inlines.render_text(text)}</footer>"
            case Code(text, language):
                return render_code(text, language)

    def _render_blocks(self, blocks: Sequence[Block]) -> str:
        return "".join(self._render_block(block) for block in merge_bullets(blocks))

    def _render_without_links(self, line: Line) -> str:
        """A line's words inside a link of our own: a link cannot hold another."""
        return (
            self._inlines.render_text(to_plain_text(line))
            if any(hasattr(p, "url") for p in line)
            else self._inlines.render_line(line)
        )

    def _render_figures(self, figures: Sequence[Figure]) -> str:
        addresses = [address for figure in figures if (address := self._options.figure_address(figure))]
        images = "".join(f'<img src="{escape(address)}"/>' for address in addresses)
        return f"<tg-slideshow>{images}</tg-slideshow>" if len(addresses) > 1 else images

    def _render_plain_item(self, item: ListItem) -> str:
        return f"<p>{self._render_names(item, self._render_title(item))}</p>{self._render_paragraphs(item.lines)}"

    def _render_folded_item(self, item: ListItem) -> str:
        state = " open" if item.is_expanded else ""
        with self._render_inside_details():
            summary = self._render_names(item, self._render_without_links(item.title))
            lines = self._render_paragraphs((*item.lines[:-1], self._render_byline(item, item.lines)))
            inside = lines + self._render_blocks(item.blocks)
        return (
            f"<details{state}><summary>{summary}</summary>{inside}{self._render_actions(item.action_buttons)}</details>"
        )

    def _render_names(self, item: ListItem, title: str) -> str:
        """What the item is about and its title, on one line: the first of them is what meets the eye."""
        if not item.lead:
            return f"<b>{_format_number(item)}{title}</b>"
        return f"<b>{_format_number(item)}{self._render_without_links(item.lead)}</b> — {title}"

    def _render_title(self, item: ListItem) -> str:
        address = escape_web_address(item.url)
        title = self._render_without_links(item.title)
        return f'<a href="{address}">{title}</a>' if address else title

    def _render_byline(self, item: ListItem, rest: Sequence[Line]) -> str:
        """The item's last line, which ends with its number: that leads to its page."""
        line = rest[-1] if rest else ()
        last = line[-1] if line else None
        if isinstance(last, Text) and last.text and item.url.endswith(last.text):
            line = (*line[:-1], Link(last.text, item.url))
        return self._inlines.render_line(line)

    def _render_paragraphs(self, lines: Sequence[Line | str]) -> str:
        rendered = (line if isinstance(line, str) else self._inlines.render_line(line) for line in lines)
        return "".join(f"<p>{html}</p>" for html in rendered if html)

    def _render_actions(self, actions: Sequence[Button]) -> str:
        if not actions:
            return ""
        if self._options.inner_buttons:
            return f"<tg-button-row>{''.join(map(self._render_button, actions))}</tg-button-row>"
        links = (self._render_action_link(button) for button in actions)
        return f"<p>{' · '.join(filter(None, links))}</p>"

    def _render_button(self, button: Button) -> str:
        text = escape(button.label)
        if button.url:
            return f'<tg-button type="url" url="{escape_web_address(button.url)}">{text}</tg-button>'
        if button.share_query:
            (kind, value), *_ = self._keyboard.build_share_target(button.share_query).items()
            name = {"url": "url", "switch_inline_query": "query"}[kind]
            return f'<tg-button type="{kind}" {name}="{escape(str(value))}">{text}</tg-button>'
        data = escape(self._keyboard.encode_callback_data(button))
        return f'<tg-button type="callback_data" data="{data}">{text}</tg-button>'

    def _render_action_link(self, button: Button) -> str:
        """An action as a link, for servers without buttons in the text: a command leads to the private chat."""
        if button.url:
            return f'<a href="{escape_web_address(button.url)}">{escape(button.label)}</a>'
        start_parameter = encode_command(button.command)
        return (
            f'<a href="https://t.me/{self._options.username}?start={start_parameter}">{escape(button.label)}</a>'
            if start_parameter
            else ""
        )


def _format_number(item: ListItem) -> str:
    return f"{item.position}. " if item.position is not None else ""


_COUNTING_INLINES = InlineRenderer(FormulaStyle.SET, detection=True)


def _measure_block(block: Block) -> ContentSize:
    match block:
        case Heading(line) | Paragraph(line):
            return ContentSize(len(_COUNTING_INLINES.get_counted_text(line)), 1)
        case Bullets(items):
            return ContentSize(sum(len(_COUNTING_INLINES.get_counted_text(line)) for line in items), 1 + 2 * len(items))
        case Details(summary, blocks):
            return sum(map(_measure_block, blocks), ContentSize(len(summary), 1))
        case Figures(figures):
            return ContentSize(0, 1 + len(figures), len(figures))
        case Notice(text) | Code(text):
            return ContentSize(len(text), 1)
        case ListItem():
            return _measure_item(block)


def _measure_item(item: ListItem) -> ContentSize:
    lines = (item.title, item.lead, *item.lines)
    own = ContentSize(40 + sum(len(_COUNTING_INLINES.get_counted_text(line)) + 3 for line in lines), 3 + len(lines))
    actions = _ACTIONS_SIZE if item.action_buttons else ContentSize(0)
    return sum(map(_measure_block, item.blocks), own + actions)
