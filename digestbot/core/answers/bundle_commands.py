"""The command that shows a chat what it was sent in one message."""

from __future__ import annotations

from digestbot.late_patterns import compile_late

SENT_PREFIX = "sent-"
_SENT = compile_late(rf"{SENT_PREFIX}(\d{{1,18}})")
_MAX_ID = 2**31 - 1
"""The greatest id that there is: PostgreSQL takes no greater one."""


def format_bundle_command(lead_digest_id: int) -> str:
    """The command that shows a chat what it was sent with a digest as the lead."""
    return f"latest {SENT_PREFIX}{lead_digest_id}"


def parse_bundle_word(word: str) -> int | None:
    """The lead's digest that a word of this command names, 0 if it can be none's; ``None`` if it names none."""
    match = _SENT.fullmatch(word)
    if match is None:
        return None
    return int(match[1]) if int(match[1]) <= _MAX_ID else 0


def parse_bundle_command(command: str) -> int:
    """The lead's digest of a command that shows a page of a message; 0 for other commands."""
    words = command.split()
    is_one = len(words) > 1 and words[0] == "latest"
    return (parse_bundle_word(words[1]) or 0) if is_one else 0
