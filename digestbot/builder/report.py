"""What was found and made, for people as tables and for scripts as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from digestbot.builder.build_digest import BuildResult
from digestbot.builder.selection import Selection
from digestbot.cards.text import replace_unprintable
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.paper import Paper


def summed(built: BuildResult) -> str:
    """A build in one line: papers, questions, tokens, cost, and what was left."""
    left = _left(built.selection)
    if not built.entries:
        return f"nothing new, so no digest; left: {left}"
    spent, kept = built.usage, sum(made.from_draft for made in built.entries)
    earlier = f", {kept} of them from an earlier run" if kept else ""
    tokens = f"{spent.tokens_in:,} tokens in and {spent.tokens_out:,} out"
    rate = f" ({spent.tokens // max(1, len(built.entries) - kept):,} a paper)" if spent.calls else ""
    asked = f"{spent.calls} question{'s' if spent.calls != 1 else ''}, {tokens}{rate}, ${spent.dollars:.4f}"
    return f"{counted(built.entries)}{earlier}; {asked}; left: {left}"


def chosen(choice: Selection) -> str:
    """A choice in one line."""
    return f"{counted(choice.selected)} would be taken; left: {_left(choice)}"


def counted(papers: Sequence[object]) -> str:
    """How many papers they are."""
    return "1 paper" if len(papers) == 1 else f"{len(papers)} papers"


def _left(choice: Selection) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in choice.rejection_counts.most_common()) or "none"


def built_table(built: BuildResult) -> Table:
    """What became of each paper."""
    rows = table(f"{built.spec.topic.title} · {built.day}", "paper", "headline", "from", "by", "dropped", "tokens", "$")
    for made in built.entries:
        summary, spent = made.entry.summary, made.usage
        rows.add_row(
            str(made.entry.paper.identifier) + (" (new version)" if made.entry.is_updated else ""),
            replace_unprintable(summary.headline),
            summary.basis,
            replace_unprintable(summary.writer),
            ", ".join(summary.flags),
            "kept" if made.from_draft else f"{spent.tokens:,}",
            "" if made.from_draft else f"{spent.dollars:.4f}",
        )
    return rows


def built_json(built: BuildResult) -> dict[str, Any]:
    """The same for scripts."""
    spent = built.usage
    return {
        "topic": built.spec.topic.slug,
        "date": built.day.isoformat(),
        "papers": [
            {
                "arxiv_id": made.entry.paper.arxiv_id,
                "version": made.entry.paper.version,
                "headline": made.entry.summary.headline,
                "basis": made.entry.summary.basis,
                "writer": made.entry.summary.writer,
                "flags": list(made.entry.summary.flags),
                "kept": made.from_draft,
                "tokens": made.usage.tokens,
                "trouble": made.problem,
            }
            for made in built.entries
        ],
        "calls": spent.calls,
        "tokens_in": spent.tokens_in,
        "tokens_out": spent.tokens_out,
        "dollars": spent.dollars,
        "left": dict(built.selection.rejection_counts),
    }


@dataclass(frozen=True, slots=True)
class Readable:
    """A paper that was read and not summarised: what it was read from, and the tokens of the question, by guess."""

    paper: Paper
    basis: str
    tokens: int


def dry_table(title: str, papers: Sequence[Readable]) -> Table:
    """What a build would ask a model about."""
    rows = table(title, "paper", "title", "read from", "tokens")
    for one in papers:
        rows.add_row(str(one.paper.identifier), replace_unprintable(one.paper.title), one.basis, f"{one.tokens:,}")
    return rows


def dry_json(brief: BuildSpec, day: date, papers: Sequence[Readable]) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "topic": brief.topic.slug,
        "date": day.isoformat(),
        "papers": [
            {"paper": str(one.paper.identifier), "title": one.paper.title, "basis": one.basis, "tokens": one.tokens}
            for one in papers
        ],
        "tokens": sum(one.tokens for one in papers),
    }


def found_table(title: str, choice: Selection) -> Table:
    """What would be taken, and what left, with the reason."""
    rows = table(title, "", "paper", "title", "categories", "why")
    for chosen in choice.selected:
        why = " · ".join(word for word, yes in (("pinned", chosen.is_pinned), ("new version", chosen.is_update)) if yes)
        found = chosen.candidate
        rows.add_row(
            "+", str(found.paper.identifier), replace_unprintable(found.paper.title), " ".join(found.categories), why
        )
    for left in choice.rejected:
        found = left.candidate
        name = str(found.paper.identifier)
        rows.add_row(
            "-",
            name,
            replace_unprintable(found.paper.title),
            " ".join(found.categories),
            replace_unprintable(left.reason),
        )
    return rows


def choice_json(brief: BuildSpec, choice: Selection) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "topic": brief.topic.slug,
        "taken": [
            {"paper": str(one.candidate.paper.identifier), "title": one.candidate.paper.title, "updated": one.is_update}
            for one in choice.selected
        ],
        "left": [{"paper": str(one.candidate.paper.identifier), "reason": one.reason} for one in choice.rejected],
    }


def table(title: str, *columns: str) -> Table:
    """An empty table; its title and cells are text, whatever they say."""
    rows = Table(title=Text(title), title_justify="left")
    for column in columns:
        rows.add_column(column, overflow="fold", no_wrap=column in ("", "paper", "tokens", "$"))
    return rows


def show(filled: Table) -> None:
    """Print a table."""
    Console(markup=False, highlight=False).print(filled)
