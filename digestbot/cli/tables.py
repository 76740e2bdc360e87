"""Build results as tables for people and as JSON for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from digestbot.builder.build_digest import BuildResult
from digestbot.builder.candidates import LeftOut
from digestbot.builder.selection import Selection
from digestbot.cards.text import replace_unprintable
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.paper import Paper

_MAX_PIPED_COLUMNS = 10_000


def format_result(result: BuildResult) -> str:
    """A build result in one line: papers, requests, tokens, cost, and rejections."""
    rejections = _format_rejections(result.selection)
    if not result.entries:
        return f"nothing new, so no digest; rejected: {rejections}"
    usage, reused_count = result.usage, sum(entry.from_draft for entry in result.entries)
    reused = f", {reused_count} of them from an earlier run" if reused_count else ""
    tokens = f"{usage.tokens_in:,} tokens in and {usage.tokens_out:,} out"
    rate = f" ({usage.tokens // max(1, len(result.entries) - reused_count):,} a paper)" if usage.calls else ""
    calls = f"{usage.calls} request{'s' if usage.calls != 1 else ''}, {tokens}{rate}, ${usage.dollars:.4f}"
    return f"{format_paper_count(result.entries)}{reused}; {calls}; rejected: {rejections}"


def format_selection(selection: Selection, left_out: Sequence[LeftOut] = ()) -> str:
    """A selection in one line."""
    others = f"; {len(left_out)} that are no papers" if left_out else ""
    rejections = _format_rejections(selection)
    return f"{format_paper_count(selection.selected)} would be selected; rejected: {rejections}{others}"


def format_paper_count(papers: Sequence[object]) -> str:
    """The number of papers in words."""
    return "1 paper" if len(papers) == 1 else f"{len(papers)} papers"


def _format_rejections(selection: Selection) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in selection.rejection_counts.most_common()) or "none"


def build_result_table(result: BuildResult) -> Table:
    """A table of the results per paper."""
    rows = build_table(
        f"{result.spec.topic.title} · {result.day}", "paper", "headline", "from", "by", "dropped", "tokens", "$"
    )
    for entry_result in result.entries:
        summary, usage = entry_result.entry.summary, entry_result.usage
        rows.add_row(
            str(entry_result.entry.paper.identifier) + (" (new version)" if entry_result.entry.is_updated else ""),
            replace_unprintable(summary.headline),
            summary.basis,
            replace_unprintable(summary.writer),
            ", ".join(summary.flags),
            "kept" if entry_result.from_draft else f"{usage.tokens:,}",
            "" if entry_result.from_draft else f"{usage.dollars:.4f}",
        )
    return rows


def result_to_json(result: BuildResult) -> dict[str, Any]:
    """A build result as JSON for scripts."""
    usage = result.usage
    return {
        "topic": result.spec.topic.slug,
        "date": result.day.isoformat(),
        "papers": [
            {
                "arxiv_id": entry_result.entry.paper.arxiv_id,
                "version": entry_result.entry.paper.version,
                "headline": entry_result.entry.summary.headline,
                "basis": entry_result.entry.summary.basis,
                "writer": entry_result.entry.summary.writer,
                "flags": list(entry_result.entry.summary.flags),
                "from_draft": entry_result.from_draft,
                "tokens": entry_result.usage.tokens,
                "problem": entry_result.problem,
            }
            for entry_result in result.entries
        ],
        "calls": usage.calls,
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "dollars": usage.dollars,
        "rejected": dict(result.selection.rejection_counts),
    }


@dataclass(frozen=True, slots=True)
class DryRunPaper:
    """A paper read but not summarized: its basis, and the estimated tokens of its prompt."""

    paper: Paper
    basis: str
    tokens: int


def build_dry_run_table(title: str, papers: Sequence[DryRunPaper]) -> Table:
    """A table of what a build would send to a model."""
    rows = build_table(title, "paper", "title", "read from", "tokens")
    for paper in papers:
        rows.add_row(
            str(paper.paper.identifier), replace_unprintable(paper.paper.title), paper.basis, f"{paper.tokens:,}"
        )
    return rows


def dry_run_to_json(spec: BuildSpec, day: date, papers: Sequence[DryRunPaper]) -> dict[str, Any]:
    """A dry run as JSON for scripts."""
    return {
        "topic": spec.topic.slug,
        "date": day.isoformat(),
        "papers": [
            {
                "paper": str(paper.paper.identifier),
                "title": paper.paper.title,
                "basis": paper.basis,
                "tokens": paper.tokens,
            }
            for paper in papers
        ],
        "tokens": sum(paper.tokens for paper in papers),
    }


def build_selection_table(title: str, selection: Selection, left_out: Sequence[LeftOut] = ()) -> Table:
    """A table of selected and rejected papers and of what is no paper, with reasons."""
    rows = build_table(title, "", "paper", "title", "categories", "why")
    for selected in selection.selected:
        notes = " · ".join(
            note for note, applies in (("pinned", selected.is_pinned), ("new version", selected.is_update)) if applies
        )
        candidate = selected.candidate
        rows.add_row(
            "+",
            str(candidate.paper.identifier),
            replace_unprintable(candidate.paper.title),
            " ".join(candidate.categories),
            notes,
        )
    for rejected in selection.rejected:
        candidate = rejected.candidate
        paper_id = str(candidate.paper.identifier)
        rows.add_row(
            "-",
            paper_id,
            replace_unprintable(candidate.paper.title),
            " ".join(candidate.categories),
            replace_unprintable(rejected.reason),
        )
    for left in left_out:
        rows.add_row(
            "-", *(replace_unprintable(text) for text in (left.name, left.title)), "", replace_unprintable(left.reason)
        )
    return rows


def selection_to_json(spec: BuildSpec, selection: Selection, left_out: Sequence[LeftOut] = ()) -> dict[str, Any]:
    """A selection as JSON for scripts, with what is no paper."""
    return {
        "topic": spec.topic.slug,
        "selected": [
            {
                "paper": str(item.candidate.paper.identifier),
                "title": item.candidate.paper.title,
                "updated": item.is_update,
            }
            for item in selection.selected
        ],
        "rejected": [
            {"paper": str(item.candidate.paper.identifier), "reason": item.reason} for item in selection.rejected
        ],
        "left_out": [{"name": left.name, "title": left.title, "reason": left.reason} for left in left_out],
    }


def build_table(title: str, *columns: str) -> Table:
    """An empty table whose title and cells are plain text, never markup."""
    table = Table(title=Text(title), title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("", "paper", "tokens", "$"))
    return table


def print_table(table: Table) -> None:
    """Print a table; where nobody looks at it, as in a pipe, each row is one line, however long."""
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        unbounded = console.options.update(max_width=_MAX_PIPED_COLUMNS)
        console.width = console.measure(table, options=unbounded).maximum
    console.print(table)
