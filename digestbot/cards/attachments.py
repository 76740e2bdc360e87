"""Files that come with cards: whether they can be sent, and what stands in their place where not."""

from __future__ import annotations

from digestbot.cards import replies
from digestbot.cards.card import Attachment, Card
from digestbot.i18n import translate

_MEGABYTE = 1_000_000


def build_refusal(language: str, attachment: Attachment, max_bytes: int) -> Card | None:
    """What is said in place of a file that is too large; ``None`` if it can be sent."""
    size = len(attachment.content)
    if size <= max_bytes:
        return None
    shown = f"{size / _MEGABYTE:.1f}"
    text = translate(language, "attachment.too_large", size=shown, limit=max_bytes // _MEGABYTE)
    return replies.error_card(translate(language, "error.title"), text, "", ())


def decode_text(attachment: Attachment) -> str | None:
    """The file as text; ``None`` for what is none."""
    try:
        return attachment.content.decode()
    except UnicodeDecodeError:
        return None
