"""Venues in expressions: ``NeurIPS``, which may be called NIPS, and ``"CVPR 2026"``."""

from __future__ import annotations

from functools import lru_cache

from digestbot.domain.text.search_words import split_tokens

_MAX_READINGS = 4


@lru_cache(2_000)
def split_venue(text: str) -> tuple[str, ...]:
    """The words of a venue that is looked for, by its usual short name where it is known.

    They are read until nothing changes, so that what is printed of them is read as them again.
    """
    words = _read_venue(text)
    for _ in range(_MAX_READINGS):
        again = _read_venue(" ".join(words))
        if again == words:
            break
        words = again
    return words


def _read_venue(text: str) -> tuple[str, ...]:
    from digestbot.domain.venues.names import find_mentions  # noqa: PLC0415  # late: its table takes a while to read

    mention = next((one for one in find_mentions(text) if not text[: one.start].strip()), None)
    if mention is None:
        return tuple(split_tokens(text))
    return (*mention.venue.short.split(), *split_tokens(text[mention.end :]))


def has_venue(venue: str, asked: tuple[str, ...]) -> bool:
    """Whether a paper's venue, such as "NeurIPS 2026 · Workshop", is the one that is asked for."""
    if not venue:
        return False
    own, words = _pad(split_tokens(venue)), _pad(split_tokens(" ".join(asked)))
    return words in own


def _pad(words: list[str]) -> str:
    return f" {' '.join(words)} "
