"""The addresses in the bot's own message that somebody replies to, so that a reply can be about its paper.

Telegram gives a message that is replied to with its entities and its buttons; of what somebody quotes, only the place
(core.telegram.org/bots/api#textquote).
"""

from __future__ import annotations

from collections.abc import Iterator

from telegram import Chat, ExternalReplyInfo, Message, MessageEntity, MessageOriginUser, TextQuote

from digestbot.cards.callback_data import ButtonAction
from digestbot.core.lines.card_replies import choose_named_addresses, find_named_address
from digestbot.core.lines.quoted_lists import number_named_papers, number_written_papers
from digestbot.domain.paper import find_paper_ids
from digestbot.platforms.common.text import count_utf16_units
from digestbot.platforms.telegram.incoming.rich_text import is_rich, iter_rich_strings, read_rich_links

_LINKS = (MessageEntity.TEXT_LINK, MessageEntity.URL)


def list_quoted_papers(message: Message, bot_id: int) -> dict[int, str]:
    """The papers by number of the list that is replied to: ours, or one below a channel's post in its discussion."""
    answered = message.reply_to_message
    if answered is None or not (_is_from(answered, bot_id) or find_discussed_channel(message)):
        return {}
    if is_rich(answered):
        return number_written_papers(*read_rich_links(answered))
    text = answered.text or answered.caption or ""
    placed = [(len(_decode(_encode(text)[: 2 * start])), link) for start, _, link in _iter_placed_links(answered)]
    return number_written_papers(text, placed) or number_named_papers(_iter_named_labels(answered))


def find_discussed_channel(message: Message) -> int | None:
    """The channel whose post is replied to in its discussion group; ``None`` for other replies.

    Telegram forwards each post of a channel there by itself (core.telegram.org/bots/api#message,
    ``is_automatic_forward``).
    """
    post = message.reply_to_message
    if post is None or not post.is_automatic_forward or post.sender_chat is None:
        return None
    return post.sender_chat.id if post.sender_chat.type == Chat.CHANNEL else None


def list_quoted_links(message: Message, bot_id: int) -> tuple[str, ...]:
    """The addresses of the bot's message that is replied to: that of the one paper that it is about, if it is.

    Its buttons name that paper, and what is quoted of a list says which one is meant.
    """
    answered = message.reply_to_message
    if answered and (_is_from(answered, bot_id) or find_discussed_channel(message)):
        return _list_links(answered, message.quote)
    if message.external_reply and _is_ours(message.external_reply, bot_id):
        return _list_external_links(message.external_reply, message.quote)
    return ()


def _list_links(answered: Message, quote: TextQuote | None) -> tuple[str, ...]:
    placed = list(_iter_placed_links(answered))
    if quote and (quoted := _find_quoted(placed, quote)):
        return (quoted,)
    named = choose_named_addresses(_iter_named_addresses(answered))
    if len(named) == 1:
        return named
    links = (link for _, _, link in placed)
    return tuple(dict.fromkeys((*named, *links, *iter_rich_strings(answered, "url"))))


def _iter_placed_links(message: Message) -> Iterator[tuple[int, int, str]]:
    """The addresses of a text, each with the place where it begins and ends in UTF-16 units."""
    for entities, text in ((message.entities, message.text), (message.caption_entities, message.caption)):
        encoded = _encode(text or "")
        for entity in entities:
            end = entity.offset + entity.length
            written = _decode(encoded[2 * entity.offset : 2 * end])
            if entity.type in _LINKS:
                yield entity.offset, end, entity.url or written


def _find_quoted(placed: list[tuple[int, int, str]], quote: TextQuote) -> str:
    """The paper that a quotation has in it, or stands below; empty if it has several, or stands above all."""
    papers = [one for one in placed if find_paper_ids(one[2])]
    end = quote.position + count_utf16_units(quote.text)
    inside = {link for first, last, link in papers if first < end and last > quote.position}
    if inside:
        return inside.pop() if len(inside) == 1 else ""
    return next((link for first, _, link in reversed(papers) if first <= quote.position), "")


def _iter_named_addresses(message: Message) -> Iterator[str]:
    """The papers that the commands of a message's buttons name: compact cards have no address in their text."""
    return (address for _, address in _iter_named_labels(message))


def _iter_named_labels(message: Message) -> Iterator[tuple[str, str]]:
    """The buttons of a message, each by its label and the address of the paper that its command names."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    for button in (button for row in rows for button in row):
        action = ButtonAction.decode(button.callback_data) if isinstance(button.callback_data, str) else None
        if action:
            yield button.text, find_named_address(action.command)


def _is_from(message: Message, user_id: int) -> bool:
    return message.from_user is not None and message.from_user.id == user_id


def _encode(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _decode(units: bytes) -> str:
    return units.decode("utf-16-le", "replace")


def _is_ours(reply: ExternalReplyInfo, bot_id: int) -> bool:
    origin = reply.origin
    return isinstance(origin, MessageOriginUser) and origin.sender_user.id == bot_id


def _list_external_links(reply: ExternalReplyInfo, quote: TextQuote | None) -> tuple[str, ...]:
    """The addresses that a reply from another chat still has: that of the preview, and those in what is quoted."""
    preview = reply.link_preview_options.url if reply.link_preview_options else None
    quoted = (paper.abs_url for paper in find_paper_ids(quote.text)) if quote else ()
    return tuple(dict.fromkeys(filter(None, (preview, *quoted))))
