"""The rest of a message that a channel was sent, for who reads it there: a link shows it in their private chat.

A channel's message has room for its first papers, and nobody can be answered there. Whoever taps its button sees the
message, and may read what belongs to it, but nothing else of what the channel follows: so the link has a token that
cannot be guessed, and stands for that message alone.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from digestbot.core.answers.bundle_commands import format_bundle_command, parse_bundle_command
from digestbot.core.lines import page_numbers
from digestbot.domain.subscription import Address
from digestbot.late_patterns import compile_late
from digestbot.store.chats.callback_tokens import CallbackTokenStore

SHARED_PREFIX = "more-"
_TOKEN = compile_late(rf"{SHARED_PREFIX}([0-9a-f]{{24}})")
_STORED = compile_late(r"latest sent-(\d{1,18}) of (\S{1,20}) (\S{1,40})(?: (\S{1,40}))?")


async def share_message(tokens: CallbackTokenStore, address: Address, command: str, owner: str, now: datetime) -> str:
    """The command that shows in any chat what a page's ``command`` shows in the chat at an address.

    Empty where the command shows no page of a message. ``owner`` is the person who tapped it.
    """
    lead = parse_bundle_command(command)
    if not lead:
        return ""
    token = secrets.token_hex(12)
    where = f"{address.platform} {address.chat} {address.thread}".rstrip()
    await tokens.save({token: f"{format_bundle_command(lead)} of {where}"}, now, owner)
    _, page_number = page_numbers.split_page_number(tuple(command.split()), min_words=1)
    page = f" p{page_number}" if page_number > 1 else ""
    return f"latest {SHARED_PREFIX}{token}{page}"


def is_shared_word(word: str) -> bool:
    """Whether a word is one of this command."""
    return _TOKEN.fullmatch(word) is not None


async def find_shared(tokens: CallbackTokenStore, word: str) -> tuple[Address, int] | None:
    """The chat that was sent what a word of this command names, and the digest that led it; ``None`` if none was."""
    match = _TOKEN.fullmatch(word)
    stored = await tokens.get_command(match[1]) if match else None
    found = _STORED.fullmatch(stored or "")
    return (Address(found[2], found[3], found[4] or ""), int(found[1])) if found else None
