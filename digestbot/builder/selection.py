"""Selects papers for a digest: a pure function of the candidates, the build spec, and the versions already shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digestbot.builder.candidates import Candidate
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.paper import Paper

MAX_WITHDRAWN = 20
"""Maximum withdrawn papers a day that are mentioned, besides the digest's papers."""


@dataclass(frozen=True, slots=True)
class Selected:
    """A selected paper; ``is_update`` if an older version was shown, ``is_pinned`` if by a pinned author.

    A withdrawn paper is only selected if it was shown, and comes as that.
    """

    candidate: Candidate
    is_update: bool = False
    is_pinned: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejected paper, and the reason."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected papers, best first, and the rejected ones."""

    selected: tuple[Selected, ...]
    rejected: tuple[Rejected, ...] = ()

    @property
    def rejection_counts(self) -> Counter[str]:
        """The number of rejected papers per reason."""
        return Counter(rejected.reason.split(":")[0] for rejected in self.rejected)


def select_papers(
    candidates: Iterable[Candidate], spec: BuildSpec, shown_versions: Mapping[str, int], now: datetime
) -> Selection:
    """Select papers by the spec. ``shown_versions`` has the newest version of each paper shown to readers before."""
    selected: list[Selected] = []
    rejected: list[Rejected] = []
    for candidate in _keep_newest_versions(candidates):
        is_pinned = _has_pinned_author(candidate.paper, spec.authors)
        version = shown_versions.get(candidate.paper.arxiv_id)
        reason = _find_rejection(candidate, spec, version, now, is_pinned=is_pinned)
        if reason:
            rejected.append(Rejected(candidate, reason))
        else:
            selected.append(Selected(candidate, version is not None, is_pinned))
    selected.sort(key=_ranking_key)
    withdrawn = [chosen for chosen in selected if chosen.candidate.paper.is_withdrawn]
    standing = [chosen for chosen in selected if not chosen.candidate.paper.is_withdrawn]
    rejected += [
        Rejected(chosen.candidate, f"more than {spec.max_papers} a day") for chosen in standing[spec.max_papers :]
    ]
    return Selection((*standing[: spec.max_papers], *withdrawn[:MAX_WITHDRAWN]), tuple(rejected))


def _keep_newest_versions(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Each paper once, at its newest version; it is new if any source lists it as new."""
    newest: dict[str, Candidate] = {}
    for candidate in candidates:
        known = newest.setdefault(candidate.paper.arxiv_id, candidate)
        newer = candidate if candidate.paper.version > known.paper.version else known
        is_replacement = candidate.is_replacement and known.is_replacement
        newest[candidate.paper.arxiv_id] = replace(newer, is_replacement=is_replacement)
    return list(newest.values())


def _ranking_key(selected: Selected) -> tuple[bool, bool, bool, float, str]:
    """Pinned authors first, then new papers before updates, accepted papers before others, and newest first."""
    candidate = selected.candidate
    accepted = bool(candidate.paper.venue)
    return (
        not selected.is_pinned,
        selected.is_update,
        not accepted,
        -candidate.updated.timestamp(),
        candidate.paper.arxiv_id,
    )


def _find_rejection(
    candidate: Candidate, spec: BuildSpec, version: int | None, now: datetime, *, is_pinned: bool
) -> str:
    """The reason to reject a paper; empty if it is selected."""
    oldest = now - timedelta(days=spec.max_age_days)
    if candidate.published > now:
        return "newer than the digest"
    if version is not None and candidate.paper.version <= version:
        return "shown before"
    # a paper not shown before is as old as its first version: a third version of an old paper is not news
    if (candidate.published if version is None else candidate.updated) < oldest:
        return f"older than {spec.max_age_days} days"
    if candidate.paper.is_withdrawn:
        return "withdrawn" if version is None else ""
    if candidate.is_replacement and version is None:
        return "a new version of a paper that was not shown"
    return "" if is_pinned else _find_mismatch(candidate, spec)


def _find_mismatch(candidate: Candidate, spec: BuildSpec) -> str:
    text = f"{candidate.paper.title}\n{candidate.paper.abstract}\n{candidate.paper.comment}"
    if spec.categories and not any(is_in_category(own, spec.categories) for own in candidate.categories):
        return f"in none of the categories: it has {', '.join(candidate.categories) or 'none'}"
    if word := next((word for word in spec.exclude_keywords if has_word(text, word)), ""):
        return f"an excluded keyword: {word}"
    if spec.include_keywords and not any(has_word(text, word) for word in spec.include_keywords):
        return "none of the required words"
    if spec.accepted_only and not candidate.paper.venue:
        return "not accepted anywhere yet, by its comment"
    return ""


def is_in_category(category: str, wanted: Iterable[str]) -> bool:
    """Whether a paper's category matches; ``cs`` and ``cs.*`` match all of ``cs``."""
    small = category.lower()
    return any(small == want or small.startswith(f"{want}.") for want in (w.lower().removesuffix(".*") for w in wanted))


def has_word(text: str, word: str) -> bool:
    """Whether a text contains a word or phrase, ignoring case and a plural s; Chinese matches anywhere."""
    if re.search(r"[\u3400-\u9fff]", word):
        return word in text
    pattern = r"[\s-]+".join(re.escape(part) for part in word.split())
    return re.search(rf"(?<![\w]){pattern}s?(?![\w])", text, re.IGNORECASE) is not None


def _has_pinned_author(paper: Paper, authors: Iterable[str]) -> bool:
    names = {_normalize_name(author) for author in paper.authors}
    return any(_normalize_name(author) in names for author in authors)


def _normalize_name(name: str) -> str:
    return " ".join(sorted(re.findall(r"\w+", name.casefold())))
