"""Which of the papers found are taken. Pure: what was found, what is wanted, and what was shown, to a choice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from digestbot.builder.found import Found
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.paper import Paper, parse_venue


@dataclass(frozen=True, slots=True)
class Chosen:
    """A paper that is taken; ``updated`` where an older version was shown, ``pinned`` for one of a pinned author."""

    found: Found
    updated: bool = False
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """A paper that is not taken, and why."""

    found: Found
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What is taken, best first, and what is left."""

    taken: tuple[Chosen, ...]
    left: tuple[Left, ...] = ()

    @property
    def reasons(self) -> Counter[str]:
        """How many were left for each reason."""
        return Counter(left.reason.split(":")[0] for left in self.left)


def choose(found: Iterable[Found], brief: BuildSpec, shown: Mapping[str, int], now: datetime) -> Choice:
    """Take what the brief asks for. ``shown`` has the newest version of each paper that a reader has seen."""
    taken: list[Chosen] = []
    left: list[Left] = []
    for one in _distinct(found):
        pinned = _is_pinned(one.paper, brief.authors)
        version = shown.get(one.paper.arxiv_id)
        reason = _why_not(one, brief, version, now, pinned=pinned)
        if reason:
            left.append(Left(one, reason))
        else:
            taken.append(Chosen(one, version is not None, pinned))
    taken.sort(key=_rank)
    left += [Left(chosen.found, f"more than {brief.max_papers} a day") for chosen in taken[brief.max_papers :]]
    return Choice(tuple(taken[: brief.max_papers]), tuple(left))


def _distinct(found: Iterable[Found]) -> list[Found]:
    """Each paper once, at its newest version."""
    newest: dict[str, Found] = {}
    for one in found:
        known = newest.get(one.paper.arxiv_id)
        if known is None or one.paper.version > known.paper.version:
            newest[one.paper.arxiv_id] = one
    return list(newest.values())


def _rank(chosen: Chosen) -> tuple[bool, bool, bool, float, str]:
    """Pinned authors first, then new papers before new versions, accepted ones first, and the newest."""
    found = chosen.found
    accepted = bool(parse_venue(found.paper.comment))
    return not chosen.pinned, chosen.updated, not accepted, -found.updated.timestamp(), found.paper.arxiv_id


def _why_not(found: Found, brief: BuildSpec, version: int | None, now: datetime, *, pinned: bool) -> str:
    """Why a paper is not taken; empty for one that is."""
    oldest = now - timedelta(days=brief.max_age_days)
    if found.published > now:
        return "newer than the digest"
    if version is not None and found.paper.version <= version:
        return "shown before"
    # a paper that nobody saw is as old as its first version: a third version of an old one is no news
    if (found.published if version is None else found.updated) < oldest:
        return f"older than {brief.max_age_days} days"
    return "" if pinned else _unfit(found, brief)


def _unfit(found: Found, brief: BuildSpec) -> str:
    text = f"{found.paper.title}\n{found.paper.abstract}\n{found.paper.comment}"
    if brief.categories and not any(_is_in(own, brief.categories) for own in found.categories):
        return f"in none of the categories: it has {', '.join(found.categories) or 'none'}"
    if word := next((word for word in brief.exclude_keywords if has_word(text, word)), ""):
        return f"a refused word: {word}"
    if brief.include_keywords and not any(has_word(text, word) for word in brief.include_keywords):
        return "none of the required words"
    if brief.accepted_only and not parse_venue(found.paper.comment):
        return "not accepted anywhere yet, by its comment"
    return ""


def _is_in(category: str, wanted: Iterable[str]) -> bool:
    """``cs`` and ``cs.*`` mean all of ``cs``."""
    small = category.lower()
    return any(small == want or small.startswith(f"{want}.") for want in (w.lower().removesuffix(".*") for w in wanted))


def has_word(text: str, word: str) -> bool:
    """Whether a text has a word or phrase, in any case, with or without a plural's s; Chinese anywhere in it."""
    if re.search(r"[\u3400-\u9fff]", word):
        return word in text
    pattern = r"[\s-]+".join(re.escape(part) for part in word.split())
    return re.search(rf"(?<![\w]){pattern}s?(?![\w])", text, re.IGNORECASE) is not None


def _is_pinned(paper: Paper, authors: Iterable[str]) -> bool:
    names = {_folded(author) for author in paper.authors}
    return any(_folded(author) in names for author in authors)


def _folded(name: str) -> str:
    return " ".join(sorted(re.findall(r"\w+", name.casefold())))
