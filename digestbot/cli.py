"""The command line. Parts import late, so that ``digestbot --help`` is there at once."""

from __future__ import annotations

import logging
import os
import sys
from datetime import date as Date  # noqa: N812
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from digestbot import compose, operate, shell
from digestbot.errors import DigestbotError
from digestbot.roles import Role

if TYPE_CHECKING:
    from digestbot.domain.digest import Digest
    from digestbot.domain.topic import Topic
    from digestbot.settings import Settings
    from digestbot.sources.fetch import Origin
    from digestbot.sources.load import Loaded

app = typer.Typer(
    help="The new papers of your topics, every day, in the chat you already have open.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """What export writes."""

    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    ATOM = "atom"


def main() -> None:
    """Run the command line; an error that a person can mend is one sentence, and exit code 2."""
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # what is left is written here, where it is known what to do if nobody reads it
    except DigestbotError as error:
        shell.fail(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what reads us has gone: nothing to say


@app.command()
def load(
    path: Annotated[list[str], typer.Argument(help="Files, folders (searched through) or HTTP(S) addresses.")],
    json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Load digest pages. Loading again changes nothing; loading a corrected page updates its entries."""
    loaded = shell.run(_load(shell.settings(), path, quiet=json))
    if json:
        sys.stdout.write(_json(loaded.as_json()))
    else:
        _report(loaded)
    raise typer.Exit(0 if loaded.ok else 1)


async def _load(settings: Settings, places: list[str], *, quiet: bool) -> Loaded:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from digestbot.app import opened
    from digestbot.sources.fetch import Fetcher, find
    from digestbot.sources.load import Loader

    origins = find(places)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("Loading", total=len(origins))

        def progress(origin: Origin) -> None:
            bar.update(task, advance=1, description=origin.name[-40:])

        most = int(settings.page_megabytes * 1_000_000)
        async with opened(settings) as parts, Fetcher(most) as fetcher:
            return await Loader(parts.store, parts.clock, fetcher).load(origins, progress)


def _report(loaded: Loaded) -> None:
    changes = loaded.changes
    typer.echo(
        f"{loaded.pages} pages: {len(loaded.digests)} digests, {loaded.entries} entries, {len(loaded.papers)} papers"
    )
    typer.echo(f"{changes.new} entries new, {changes.updated} updated, {changes.removed} removed")
    if loaded.flagged:
        typer.echo(
            f"{loaded.flagged} entries had unfilled forms, small talk or made-up claims in them; that is not shown"
        )
    for skip in loaded.skipped:
        typer.echo(f"{'empty' if skip.harmless else 'skipped'}: {skip.page}: {skip.reason}", err=True)


@app.command()
def export(
    topic: Annotated[str, typer.Argument(help="The topic: slug, title or alias.")],
    date: Annotated[
        str | None, typer.Option("--date", help="Its date, such as 2024-10-27; the newest without.")
    ] = None,
    format: Annotated[
        Format, typer.Option("--format", help="json, markdown that loads back, html, or atom: the newest ten.")
    ] = Format.JSON,
) -> None:
    """Print a digest whole, or a topic's newest as a feed."""
    settings = shell.settings()
    found, digests = shell.run(_stored(settings, topic, _date(date), 10 if format is Format.ATOM else 1))
    sys.stdout.write(_formatted(format, found, digests, settings))


def _formatted(format: Format, topic: Topic, digests: list[Digest], settings: Settings) -> str:
    from digestbot.sources.export import digest_json
    from digestbot.sources.pages import write_page
    from digestbot.web import pages

    if format is Format.ATOM:
        return pages.feed(topic, digests, settings.language, settings.public_url)
    [digest] = digests
    match format:
        case Format.MARKDOWN:
            return write_page(digest)
        case Format.HTML:
            return pages.digest_page(topic, digest, settings.language, settings.public_url)
    return _json(digest_json(digest))


def _date(text: str | None) -> Date | None:
    try:
        return Date.fromisoformat(text) if text else None
    except ValueError:
        shell.fail(f"--date “{text}” is no date such as 2024-10-27")


async def _stored(settings: Settings, name: str, day: Date | None, most: int) -> tuple[Topic, list[Digest]]:
    """The topic that is named, and its digest of a day, or its newest ones."""
    from digestbot.app import opened

    async with opened(settings) as parts:
        match = await parts.library.find_topic(name)
        if match.topic is None:
            near = match.suggestions or tuple(shelf.topic for shelf in await parts.library.list_topics())
            names = ", ".join(topic.slug for topic in near) or "none is loaded: digestbot load PATH"
            raise DigestbotError(f"there is no topic “{name}”; topics: {names}")
        days = [day] if day else await parts.library.list_dates(match.topic, most)
        found = [stored.digest for one in days if (stored := await parts.library.get_by_date(match.topic, one))]
        if not found:
            dates = ", ".join(str(d) for d in await parts.library.list_dates(match.topic)) or "none"
            when = f" on {day}" if day else ""
            raise DigestbotError(f"no digest of {match.topic.title}{when}; its dates: {dates}")
        return match.topic, found


@app.command()
def chat(
    json: Annotated[bool, typer.Option("--json", help="One command a line in, one JSON object a reply out.")] = False,
) -> None:
    """Open the chat in this terminal. With input piped in, answer line by line."""
    shell.run(_chat(shell.settings(logging.WARNING), json=json))


async def _chat(settings: Settings, *, json: bool) -> None:
    from digestbot.app import chat as talk
    from digestbot.app import opened
    from digestbot.platforms.console import ConsolePlatform, JsonConsolePlatform

    async with opened(settings) as parts:
        language = settings.language
        await talk(parts, JsonConsolePlatform(language) if json else ConsolePlatform(language, parts.completions))


@app.command()
def demo() -> None:
    """Load the sample pages into a fresh database, deliver today's digest, and open the chat."""
    import tempfile
    from pathlib import Path

    from digestbot.settings import sqlite_url

    with tempfile.TemporaryDirectory(prefix="digestbot-demo-") as folder:
        own = {"database_url": sqlite_url(Path(folder) / "demo.db"), "topics": []}
        shell.run(_demo(shell.settings(logging.WARNING, **own)))


async def _demo(settings: Settings) -> None:
    from importlib.resources import as_file, files

    from digestbot.app import chat as talk
    from digestbot.app import greet, opened
    from digestbot.platforms.console import ConsolePlatform
    from digestbot.sources.fetch import Fetcher, find
    from digestbot.sources.load import Loader

    async with opened(settings) as parts, Fetcher(20_000_000) as fetcher:
        with as_file(files("digestbot.samples")) as samples:
            await Loader(parts.store, parts.clock, fetcher).load(find([str(samples)]), lambda _: None)
        platform = ConsolePlatform(settings.language, parts.completions)
        await greet(parts, platform, ["Protein Design"])
        typer.echo("Type a command such as /topics, /latest, /paper or /help; words alone search. Ctrl-D ends.\n")
        await talk(parts, platform)


@app.command()
def run(
    role: Annotated[
        list[Role] | None, typer.Option("--role", help="What this process does, beside others on PostgreSQL.")
    ] = None,
) -> None:
    """Deliver what is due and answer, until SIGTERM."""
    settings = shell.settings()
    roles = frozenset(role or [Role.ALL])
    if roles == {Role.BUILDER} and not settings.briefs:
        shell.fail("--role builder: no topic in digestbot.toml has queries or feeds, so there is nothing to make")
    shell.run(_serve(settings, roles))


async def _serve(settings: Settings, roles: frozenset[Role]) -> None:
    from digestbot.app import opened
    from digestbot.running import run as serve

    async with opened(settings) as parts:
        await serve(parts, roles)


app.command()(compose.build)
app.add_typer(compose.topics, name="topics")
app.command()(operate.doctor)
app.command()(operate.deliveries)
app.add_typer(operate.db, name="db")


def _json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
