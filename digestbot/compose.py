"""The commands of who makes digests: what a topic finds, and making them by hand."""

from __future__ import annotations

import json as json_
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from datetime import date as Date  # noqa: N812
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from digestbot import shell
from digestbot.cards.text import replace_unprintable
from digestbot.domain.topic import find_topic
from digestbot.errors import DigestbotError, SettingsError

if TYPE_CHECKING:
    from digestbot.builder.build_digest import BuildProgress, BuildResult, DigestBuilder
    from digestbot.domain.build_spec import BuildSpec
    from digestbot.settings import Settings

topics = typer.Typer(help="The topics that digests are made of here.", no_args_is_help=True)
_Names = Annotated[
    list[str] | None, typer.Argument(metavar="[TOPIC]...", help="Slugs, titles or aliases; all without.")
]
_Day = Annotated[str | None, typer.Option("--date", help="The digest's date, such as 2026-11-24; today without.")]
Moment = tuple[Date, datetime]
"""A digest's date, and the moment as of which it is made."""
_LETTERS_A_TOKEN = 4


@topics.command("check")
def check(
    topic: _Names = None,
    date: _Day = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a topic.")] = False,
) -> None:
    """Show what topics would find, and what they would leave and why; no model is asked, and nothing is kept."""
    settings = shell.settings(logging.ERROR)
    failed = shell.run(_check(settings, _wanted(settings, topic), _moment(settings, date), json=json))
    raise typer.Exit(1 if failed else 0)


async def _check(settings: Settings, briefs: Sequence[BuildSpec], moment: Moment, *, json: bool) -> int:
    from digestbot.app import building, opened

    failed = 0
    async with opened(settings) as app, building(app) as (builder, _):
        from digestbot.builder import report

        day, now = moment
        for brief in briefs:
            try:
                with _bar(brief.topic.title, quiet=json):
                    collected = await builder.collect(brief, day, now)
            except DigestbotError as error:
                typer.echo(f"digestbot: {error}", err=True)
                failed += 1
                continue
            if json:
                typer.echo(json_.dumps(report.choice_json(brief, collected.selection), ensure_ascii=False))
            else:
                if collected.selection.selected or collected.selection.rejected:
                    report.show(report.found_table(f"{brief.topic.title} · {day}", collected.selection))
                typer.echo(f"{brief.topic.title} · {day}: {report.chosen(collected.selection)}")
            _tell(collected.problems)
    return failed


def build(
    topic: _Names = None,
    date: _Day = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Find and read, and estimate the cost; ask no model, publish nothing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a topic.")] = False,
) -> None:
    """Make digests now and publish them; again, it pays only for what is new."""
    settings = shell.settings(logging.ERROR)
    briefs, moment = _wanted(settings, topic), _moment(settings, date)
    failed = shell.run(_build(settings, briefs, moment, dry=dry_run, json=json))
    raise typer.Exit(1 if failed else 0)


async def _build(settings: Settings, briefs: Sequence[BuildSpec], moment: Moment, *, dry: bool, json: bool) -> int:
    from digestbot.app import building, opened

    failed = 0
    if not settings.builder.list_usable_models() and not dry:
        typer.echo(_WITHOUT, err=True)
    async with opened(settings) as app, building(app) as (builder, publisher):
        day, now = moment
        for brief in briefs:
            try:
                if dry:
                    await _dry(builder, brief, moment, json=json)
                    continue
                with _bar(brief.topic.title, quiet=json) as progress:
                    built = await builder.build(brief, day, now, progress)
                await publisher.publish(built)
            except DigestbotError as error:
                typer.echo(f"digestbot: {error}", err=True)
                failed += 1
                continue
            _report(built, json=json)
    return failed


_WITHOUT = (
    "No model has a key, so summaries are the beginnings of abstracts. "
    "For a model, name one under [[builder.models]] and set its key, such as DIGESTBOT_BUILDER__API_KEYS__OPENAI."
)


@contextmanager
def _bar(title: str, *, quiet: bool = False) -> Iterator[BuildProgress]:
    """A progress bar on standard error, gone when the work is done; what it is to be told of."""
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

        def told(done: int, number: int, paper: str) -> None:
            bar.update(task, completed=done, total=number, description=f"{title}: {replace_unprintable(paper)[:40]}")

        yield told


async def _dry(builder: DigestBuilder, brief: BuildSpec, moment: Moment, *, json: bool) -> None:
    from digestbot.builder import report
    from digestbot.builder.prompts import FULL_TEXT_CHARACTERS, build_question, load_instructions

    day, now = moment
    papers: list[report.Readable] = []
    with _bar(brief.topic.title, quiet=json) as progress:
        collected = await builder.collect(brief, day, now)
        taken = collected.selection.selected
        for number, chosen in enumerate(taken, 1):
            text = await builder.read_paper(chosen)
            asked = load_instructions(brief.language) + build_question(
                chosen.candidate.paper, text.excerpt(FULL_TEXT_CHARACTERS)
            )
            papers.append(report.Readable(chosen.candidate.paper, text.basis, len(asked) // _LETTERS_A_TOKEN))
            progress(number, len(taken), chosen.candidate.paper.title)
    if json:
        typer.echo(json_.dumps(report.dry_json(brief, day, papers), ensure_ascii=False))
    else:
        report.show(report.dry_table(f"{brief.topic.title} · {day} (dry run)", papers))
        total = sum(paper.tokens for paper in papers)
        typer.echo(f"{report.counted(taken)}, about {total:,} tokens to read; nothing was asked or published")
    _tell(collected.problems)


def _report(built: BuildResult, *, json: bool) -> None:
    from digestbot.builder import report

    if json:
        typer.echo(json_.dumps(report.built_json(built), ensure_ascii=False))
    else:
        if built.entries:
            report.show(report.built_table(built))
        typer.echo(f"{built.spec.topic.title} · {built.day}: {report.summed(built)}")
    _tell((*built.problems, *dict.fromkeys(made.problem for made in built.entries if made.problem)))


def _tell(troubles: Sequence[str]) -> None:
    for trouble in troubles:
        typer.echo(f"trouble: {trouble}", err=True)


def _wanted(settings: Settings, names: Sequence[str] | None) -> list[BuildSpec]:
    briefs = {brief.topic: brief for brief in settings.briefs}
    if not briefs:
        raise SettingsError(
            "no topic has queries or feeds: give one under [[topics]] in digestbot.toml (see the README)"
        )
    chosen = []
    for name in names or ():
        found = find_topic(name, list(briefs)).topic
        if found is None:
            known = ", ".join(topic.slug for topic in briefs)
            raise SettingsError(
                f"there is no topic “{name}” with queries or feeds in digestbot.toml; there are: {known}"
            )
        chosen.append(briefs[found])
    return list(dict.fromkeys(chosen)) or list(briefs.values())


def _moment(settings: Settings, date: str | None) -> Moment:
    """Today and now, or a date and its end."""
    now = datetime.now(UTC)
    zone = ZoneInfo(settings.timezone)
    today = now.astimezone(zone).date()
    if date is None:
        return today, now
    try:
        day = Date.fromisoformat(date)
    except ValueError:
        raise DigestbotError(f"--date “{date}” is no date such as 2026-11-24") from None
    if day > today:
        raise DigestbotError(f"--date {day} is not yet: today is {today}")
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
    return day, min(now, end)
