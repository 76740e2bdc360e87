"""Topics, and finding the one that a person means."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A field of research that digests are made for. ``slug`` is its stable name in commands and links."""

    slug: str
    title: str
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every way to call it, folded for comparing."""
        return tuple(dict.fromkeys(fold(name) for name in (self.slug, self.title, *self.aliases)))


def slugify(title: str) -> str:
    """A name of letters (of any script), digits and hyphens: "Diffusion Models" -> "diffusion-models"."""
    text = unicodedata.normalize("NFKC", title).casefold()
    return re.sub(r"[^\w]+|_+", "-", text).strip("-") or "topic"


def fold(name: str) -> str:
    """The name without case, width, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """What a name was found to mean: one topic, or none and the likely ones (``near``, best first)."""

    topic: Topic | None = None
    near: tuple[Topic, ...] = ()


def find_topic(name: str, topics: Sequence[Topic]) -> TopicMatch:
    """Match by slug, title or alias in any case; a name that is only close comes back as ``near``."""
    wanted = fold(name)
    for topic in topics:
        if wanted and wanted in topic.names:
            return TopicMatch(topic)
    return TopicMatch(near=tuple(_nearest(wanted, topics)))


def _nearest(wanted: str, topics: Sequence[Topic], most: int = 3) -> Iterable[Topic]:
    scored = sorted(((_likeness(wanted, topic), topic) for topic in topics), key=lambda pair: -pair[0])
    return [topic for likeness, topic in scored[:most] if likeness >= 0.6]


def _likeness(wanted: str, topic: Topic) -> float:
    if not wanted:
        return 0.0
    ratios = (difflib.SequenceMatcher(None, wanted, name).ratio() for name in topic.names)
    begun = any(len(wanted) >= 2 and wanted in name for name in topic.names)
    initials = wanted == "".join(word[0] for word in slugify(topic.title).split("-") if word)
    return max(0.9 if begun else 0.0, 0.95 if initials and len(wanted) > 1 else 0.0, *ratios)
