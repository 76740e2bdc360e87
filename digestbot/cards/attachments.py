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
    return _build_error(language, "too_large", size=f"{size / _MEGABYTE:.1f}", limit=max_bytes // _MEGABYTE)


def build_loss(language: str, attachment: Attachment) -> Card:
    """What is said where the platform did not take a file."""
    return _build_error(language, "refused", name=attachment.name)


def _build_error(language: str, key: str, **values: object) -> Card:
    text = translate(language, f"attachment.{key}", **values)
    return replies.error_card(translate(language, "error.title"), text, "", ())


def decode_text(attachment: Attachment) -> str | None:
    """The file as text; ``None`` for what is none."""
    try:
        return attachment.content.decode()
    except UnicodeDecodeError:
        return None
