"""One line that says what a paper does, and takeaways of a length that is read."""

from __future__ import annotations

import re

from digestbot.quality.cleanup import split_sentences

MAX_HEADLINE_CHARACTERS = 160
MAX_TAKEAWAY_CHARACTERS = 200
_CONTRIBUTION = re.compile(
    r"提出|本文|本研究|本工作|该研究|该论文|这篇论文|我们(?:设计|引入|开发|介绍|研究|构建|展示)"
    r"|(?:设计|引入|开发|介绍|构建|研究|探讨|探索|综述|回顾)了"
    r"|\b(?:we|authors?|paper|work|study|approach|method|framework)\b.{0,40}"
    r"\b(?:propos|present|introduc|develop|design|study|studies|show|describ|survey|review|investigat|explor|build)"
    r"|\b(?:introduces|proposes|presents|is a (?:new|novel))\b",
    re.IGNORECASE,
)
_CLAUSE_BREAK = re.compile(r"(?<=[，；;])|(?<=[,;:])(?=\s)")


def choose_headline(text: str) -> str:
    """The sentences of a summary that say what the paper does, in one line of at most 160 characters.

    It begins with the first sentence that names a contribution; what is before is background.
    """
    sentences = split_sentences(" ".join(text.split()))
    start = next((index for index, sentence in enumerate(sentences) if _CONTRIBUTION.search(sentence)), 0)
    return _shorten_at_stop(sentences[start:], MAX_HEADLINE_CHARACTERS)


def shorten_takeaway(text: str) -> str:
    """A takeaway of at most 200 characters, cut after a sentence."""
    return (
        text
        if len(text) <= MAX_TAKEAWAY_CHARACTERS
        else _shorten_at_stop(split_sentences(text), MAX_TAKEAWAY_CHARACTERS)
    )


def _shorten_at_stop(sentences: list[str], limit: int) -> str:
    """As many of the sentences as fit; of a first one that does not, as many clauses, or words."""
    text = _join_while_short(sentences, limit)
    if text or not any(sentences):
        return text
    clauses = _join_while_short(_CLAUSE_BREAK.split(sentences[0]), limit - 1).rstrip("，,；;：: ")
    return f"{clauses or sentences[0][: limit - 1].rstrip()}…"


def _join_while_short(parts: list[str], limit: int) -> str:
    joined = ""
    for part in parts:
        if len((joined + part).strip()) > limit:
            break
        joined += part
    return joined.strip()
