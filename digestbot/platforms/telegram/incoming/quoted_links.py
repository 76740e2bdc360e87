"""The addresses in the bot's own message that somebody replies to, so that a reply can be about its paper.

Telegram gives a message that is replied to with its entities and its buttons; of what somebody quotes, only the place
(core.telegram.org/bots/api#textquote).
"""

from __future__ import annotations

from collections.abc import Iterator

from telegram import ExternalReplyInfo, Message, MessageEntity, MessageOriginUser, TextQuote

from digestbot.cards.callback_data import ButtonAction
from digestbot.core.lines.card_replies import choose_named_addresses, find_named_address
from digestbot.domain.paper import find_paper_ids
from digestbot.platforms.common.text import count_utf16_units
from digestbot.platforms.telegram.incoming.rich_text import iter_rich_strings

_LINKS = (MessageEntity.TEXT_LINK, MessageEntity.URL)


def list_quoted_links(message: Message, bot_id: int) -> tuple[str, ...]:
    """The addresses of the bot's message that is replied to: that of the one paper that it is about, if it is.

    Its buttons name that paper, and what is quoted of a list says which one is meant.
    """
    answered = message.reply_to_message
    if answered and answered.from_user and answered.from_user.id == bot_id:
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
        encoded = (text or "").encode("utf-16-le", "surrogatepass")
        for entity in entities:
            end = entity.offset + entity.length
            written = encoded[2 * entity.offset : 2 * end].decode("utf-16-le", "replace")
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
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    for button in (button for row in rows for button in row):
        action = ButtonAction.decode(button.callback_data) if isinstance(button.callback_data, str) else None
        if action:
            yield find_named_address(action.command)


def _is_ours(reply: ExternalReplyInfo, bot_id: int) -> bool:
    origin = reply.origin
    return isinstance(origin, MessageOriginUser) and origin.sender_user.id == bot_id


def _list_external_links(reply: ExternalReplyInfo, quote: TextQuote | None) -> tuple[str, ...]:
    """The addresses that a reply from another chat still has: that of the preview, and those in what is quoted."""
    preview = reply.link_preview_options.url if reply.link_preview_options else None
    quoted = (paper.abs_url for paper in find_paper_ids(quote.text)) if quote else ()
    return tuple(dict.fromkeys(filter(None, (preview, *quoted))))
