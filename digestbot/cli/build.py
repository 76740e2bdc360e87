"""Builder commands: show what a topic would select, and build digests by hand."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from datetime import date as Date  # noqa: N812
from typing import TYPE_CHECKING, Annotated

import typer

from digestbot.cards.text import replace_unprintable
from digestbot.cli import runtime
from digestbot.domain.timezones import get_timezone
from digestbot.domain.topic import find_topic
from digestbot.errors import DigestbotError, SettingsError

if TYPE_CHECKING:
    from digestbot.builder.build_digest import BuildProgress, BuildResult, DigestBuilder
    from digestbot.domain.build_spec import BuildSpec
    from digestbot.settings import Settings

topics_app = typer.Typer(help="Inspect the topics that this installation builds.", no_args_is_help=True)
_TopicsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[TOPIC]...", help="Slugs, titles or aliases; default: all.")
]
_DateOption = Annotated[
    str | None, typer.Option("--date", help="The digest's date, such as 2026-11-24; default: today.")
]
BuildTime = tuple[Date, datetime]
"""A digest's date, and the time as of which it is built."""
_CHARACTERS_PER_TOKEN = 4


@topics_app.command("check")
def check(
    topic: _TopicsArgument = None,
    date: _DateOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per topic.")] = False,
) -> None:
    """Show which papers a topic would select, and which it would reject and why; calls no model and stores nothing."""
    settings = runtime.prepare_settings(logging.ERROR)
    failed = runtime.run_async(
        _check_topics(settings, _find_specs(settings, topic), _parse_build_time(settings, date), as_json=as_json)
    )
    raise typer.Exit(1 if failed else 0)


async def _check_topics(settings: Settings, specs: Sequence[BuildSpec], build_time: BuildTime, *, as_json: bool) -> int:
    from digestbot.app import open_app, open_builder

    failed = 0
    async with open_app(settings) as app, open_builder(app) as (builder, _):
        from digestbot.cli import tables

        day, now = build_time
        known = {summary.topic.slug for summary in await app.catalog.list_topics()}
        for spec in specs:
            _print_problems(find_unknown_topics(spec, known))
            try:
                with _open_progress_bar(spec.topic.title, quiet=as_json):
                    collected = await builder.try_collect(spec, day, now)
            except DigestbotError as error:
                typer.echo(f"digestbot: {error}", err=True)
                failed += 1
                continue
            found = collected.selection, collected.left_out
            if as_json:
                typer.echo(json.dumps(tables.selection_to_json(spec, *found), ensure_ascii=False))
            else:
                if collected.selection.selected or collected.selection.rejected or collected.left_out:
                    tables.print_table(tables.build_selection_table(f"{spec.topic.title} · {day}", *found))
                typer.echo(f"{spec.topic.title} · {day}: {tables.format_selection(*found)}")
            _print_problems(collected.problems)
    return failed


def build(
    topic: _TopicsArgument = None,
    date: _DateOption = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Find and read papers, estimate the cost; call no model, publish nothing."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per topic.")] = False,
) -> None:
    """Build digests now and publish them; repeating it pays only for what is new."""
    settings = runtime.prepare_settings(logging.ERROR)
    specs, build_time = _find_specs(settings, topic), _parse_build_time(settings, date)
    failed = runtime.run_async(_build_topics(settings, specs, build_time, dry_run=dry_run, as_json=as_json))
    raise typer.Exit(1 if failed else 0)


async def _build_topics(
    settings: Settings, specs: Sequence[BuildSpec], build_time: BuildTime, *, dry_run: bool, as_json: bool
) -> int:
    from digestbot.app import open_app, open_builder

    failed = 0
    if not settings.builder.list_usable_models() and not dry_run:
        typer.echo(_NO_MODEL_NOTICE, err=True)
    async with open_app(settings) as app, open_builder(app) as (builder, publisher):
        day, now = build_time
        known = {summary.topic.slug for summary in await app.catalog.list_topics()}
        for spec in specs:
            _print_problems(find_unknown_topics(spec, known))
            try:
                if dry_run:
                    await _build_dry_run(builder, spec, build_time, as_json=as_json)
                    continue
                with _open_progress_bar(spec.topic.title, quiet=as_json) as progress:
                    result = await builder.build(spec, day, now, progress)
                await publisher.publish(result)
            except DigestbotError as error:
                typer.echo(f"digestbot: {error}", err=True)
                failed += 1
                continue
            _print_build_result(result, as_json=as_json)
    return failed


def find_unknown_topics(spec: BuildSpec, known: Collection[str]) -> list[str]:
    """A sentence for each of a topic's ``exclude_topics`` that is no topic here, and so leaves nothing out."""
    others = ", ".join(sorted(slug for slug in known if slug != spec.topic.slug)) or "none"
    return [
        f"topic “{spec.topic.title}”: exclude_topics: there is no topic “{slug}”; other topics: {others}"
        for slug in spec.exclude_topics
        if slug not in known
    ]


_NO_MODEL_NOTICE = (
    "No model has a key, so each summary is taken from the abstract. "
    "To use a model, add one under [[builder.models]] and set its key, such as DIGESTBOT_BUILDER__API_KEYS__OPENAI."
)


@contextmanager
def _open_progress_bar(title: str, *, quiet: bool = False) -> Iterator[BuildProgress]:
    """Show a progress bar on standard error until the work is done; yields its update function."""
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task(f"{title}: looking", total=None)

        def update_bar(done: int, count: int, title_now: str) -> None:
            bar.update(task, completed=done, total=count, description=f"{title}: {replace_unprintable(title_now)[:40]}")

        yield update_bar


async def _build_dry_run(builder: DigestBuilder, spec: BuildSpec, build_time: BuildTime, *, as_json: bool) -> None:
    from digestbot.builder.models.prompts import FULL_TEXT_CHARACTERS, build_question, load_instructions
    from digestbot.cli import tables

    day, now = build_time
    papers: list[tables.DryRunPaper] = []
    with _open_progress_bar(spec.topic.title, quiet=as_json) as progress:
        collected = await builder.try_collect(spec, day, now)
        selected = collected.selection.selected
        for position, paper in enumerate(selected, 1):
            full_text = await builder.read_paper(paper)
            prompt = load_instructions(spec.language) + build_question(
                paper.candidate.paper, full_text.excerpt(FULL_TEXT_CHARACTERS)
            )
            papers.append(
                tables.DryRunPaper(paper.candidate.paper, full_text.basis, len(prompt) // _CHARACTERS_PER_TOKEN)
            )
            progress(position, len(selected), paper.candidate.paper.title)
    if as_json:
        typer.echo(json.dumps(tables.dry_run_to_json(spec, day, papers), ensure_ascii=False))
    else:
        tables.print_table(tables.build_dry_run_table(f"{spec.topic.title} · {day} (dry run)", papers))
        total = sum(item.tokens for item in papers)
        typer.echo(f"{tables.format_paper_count(selected)}, about {total:,} tokens of input; nothing was published")
    _print_problems(collected.problems)


def _print_build_result(result: BuildResult, *, as_json: bool) -> None:
    from digestbot.cli import tables

    if as_json:
        typer.echo(json.dumps(tables.result_to_json(result), ensure_ascii=False))
    else:
        if result.entries:
            tables.print_table(tables.build_result_table(result))
        typer.echo(f"{result.spec.topic.title} · {result.day}: {tables.format_result(result)}")
    _print_problems((*result.problems, *dict.fromkeys(entry.problem for entry in result.entries if entry.problem)))


def _print_problems(problems: Sequence[str]) -> None:
    for problem in problems:
        typer.echo(f"problem: {problem}", err=True)


def _find_specs(settings: Settings, names: Sequence[str] | None) -> list[BuildSpec]:
    specs_by_topic = {spec.topic: spec for spec in settings.build_specs}
    if not specs_by_topic:
        raise SettingsError(
            "no topic has queries or feeds: add some under [[topics]] in digestbot.toml (see docs/builder.md)"
        )
    selected = []
    for name in names or ():
        topic = find_topic(name, list(specs_by_topic)).topic
        if topic is None:
            known_slugs = ", ".join(known_topic.slug for known_topic in specs_by_topic)
            raise SettingsError(
                f"there is no topic “{name}” with queries or feeds in digestbot.toml; topics: {known_slugs}"
            )
        selected.append(specs_by_topic[topic])
    return list(dict.fromkeys(selected)) or list(specs_by_topic.values())


def _parse_build_time(settings: Settings, date: str | None) -> BuildTime:
    """Today and the current time, or a given date and its end."""
    now = datetime.now(UTC)
    timezone = get_timezone(settings.timezone)
    today = now.astimezone(timezone).date()
    if date is None:
        return today, now
    day = runtime.parse_day(date, settings)
    if day > today:
        raise DigestbotError(f"--date {day} is in the future: today is {today}")
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), timezone).astimezone(UTC)
    return day, min(now, end)
