"""Topics, and finding them by name."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A research topic with digests. ``slug`` is its stable name in commands and links."""

    slug: str
    title: str
    aliases: tuple[str, ...] = ()

    @property
    def normalized_names(self) -> tuple[str, ...]:
        """All of its names, normalized for comparison."""
        return tuple(dict.fromkeys(normalize_name(name) for name in (self.slug, self.title, *self.aliases)))


def slugify(title: str) -> str:
    """Make a slug of letters (of any script), digits and hyphens: "Diffusion Models" -> "diffusion-models"."""
    text = unicodedata.normalize("NFKC", title).casefold()
    return re.sub(r"[^\w]+|_+", "-", text).strip("-") or "topic"


def normalize_name(name: str) -> str:
    """The name without case, character width, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """The result of a lookup by name: one topic, or none and similar ones (``suggestions``, best first)."""

    topic: Topic | None = None
    suggestions: tuple[Topic, ...] = ()


def find_topic(name: str, topics: Sequence[Topic]) -> TopicMatch:
    """Find a topic by slug, title or alias, ignoring case; similar names become suggestions."""
    normalized = normalize_name(name)
    for topic in topics:
        if normalized and normalized in topic.normalized_names:
            return TopicMatch(topic)
    return TopicMatch(suggestions=tuple(_suggest_topics(normalized, topics)))


def _suggest_topics(normalized: str, topics: Sequence[Topic], limit: int = 3) -> Iterable[Topic]:
    scored = sorted(((_score_topic(normalized, topic), topic) for topic in topics), key=lambda pair: -pair[0])
    return [topic for score, topic in scored[:limit] if score >= 0.6]


def _score_topic(normalized: str, topic: Topic) -> float:
    if not normalized:
        return 0.0
    ratios = (difflib.SequenceMatcher(None, normalized, name).ratio() for name in topic.normalized_names)
    is_contained = any(len(normalized) >= 2 and normalized in name for name in topic.normalized_names)
    is_initials = normalized == "".join(word[0] for word in slugify(topic.title).split("-") if word)
    return max(0.9 if is_contained else 0.0, 0.95 if is_initials and len(normalized) > 1 else 0.0, *ratios)
