"""The command line. Modules are imported late, so that ``digestbot --help`` responds at once."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import sys
from datetime import date as Date  # noqa: N812
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from digestbot.cli import admin, build, runtime
from digestbot.errors import DigestbotError
from digestbot.service_roles import Role

if TYPE_CHECKING:
    from pathlib import Path

    from digestbot.app import App
    from digestbot.domain.digest import Digest
    from digestbot.domain.topic import Topic
    from digestbot.pages.fetch import PageLocation
    from digestbot.pages.load import LoadResult
    from digestbot.settings import Settings

typer_app = typer.Typer(
    help="The new papers of your topics, every day, in the chat you already have open.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(is_asked: bool) -> None:  # typer calls it
    if is_asked:
        from digestbot import __version__

        typer.echo(f"digestbot {__version__}")
        raise typer.Exit


@typer_app.callback()
def _prepare(
    is_version_asked: Annotated[
        bool,
        typer.Option("--version", help="Show the version, and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """The new papers of your topics, every day, in the chat you already have open."""


class ExportFormat(StrEnum):
    """Export formats."""

    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    ATOM = "atom"


def main() -> None:
    """Run the command line; errors that a person can fix are reported as one sentence with exit code 2."""
    atexit.register(gc.freeze)  # what is left goes with the process; Python would look through all of it for garbage
    try:
        try:
            typer_app()
        finally:
            sys.stdout.flush()  # flush here, where a broken pipe is handled
    except DigestbotError as error:
        runtime.exit_with_error(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader of our output is gone


@typer_app.command()
def init(
    takes_defaults: Annotated[
        bool, typer.Option("--yes", help="Ask nothing: accept all defaults, and keep existing files.")
    ] = False,
) -> None:
    """Set the bot up: ask for what it needs, check it, and write .env and digestbot.toml."""
    from digestbot.cli.init import set_up_bot

    set_up_bot(takes_defaults=takes_defaults)


@typer_app.command()
def load(
    path: Annotated[list[str], typer.Argument(help="Files, folders (searched recursively) or HTTP(S) URLs.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Load digest pages. Loading again changes nothing; loading a corrected page updates its entries."""
    settings = runtime.prepare_settings()
    result = runtime.run_async(_load_pages(settings, path, quiet=as_json))
    if as_json:
        sys.stdout.write(_format_json(result.to_json()))
    else:
        _print_load_result(result, runtime.find_language(settings))
    raise typer.Exit(0 if result.is_ok else 1)


async def _load_pages(settings: Settings, paths_or_urls: list[str], *, quiet: bool) -> LoadResult:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from digestbot.app import open_app
    from digestbot.figures.folder import FigureFolder
    from digestbot.pages.fetch import PageFetcher, find_pages
    from digestbot.pages.load import PageLoader

    locations = find_pages(paths_or_urls)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("Loading", total=len(locations))

        def show_progress(location: PageLocation) -> None:
            bar.update(task, advance=1, description=location.display_name[-40:])

        max_bytes = int(settings.max_page_megabytes * 1_000_000)
        fetcher = PageFetcher(max_bytes, allow_private_hosts=settings.allow_private_hosts)
        async with open_app(settings) as app, fetcher:
            figures = FigureFolder(settings.effective_figures_dir, settings.public_url)
            loader = PageLoader(
                app.store, app.clock, fetcher, max_future_days=settings.max_future_days, figures=figures
            )
            return await loader.load(locations, show_progress)


def _print_load_result(result: LoadResult, language: str) -> None:
    from digestbot.i18n import translate, translate_count

    numbers = {
        "pages": result.page_count,
        "digests": len(result.digest_keys),
        "entries": result.entry_count,
        "papers": len(result.arxiv_ids),
        "new": result.changes.new,
    }
    counts = {name: translate_count(language, f"load.{name}", number) for name, number in numbers.items()}
    typer.echo(translate(language, "load.counts", **counts))
    changes = result.changes
    typer.echo(translate(language, "load.changes", **counts, updated=changes.updated, removed=changes.removed))
    if result.flagged_count:
        typer.echo(translate_count(language, "load.flagged", result.flagged_count))
    if result.hidden_picture_count:
        typer.echo(translate_count(language, "load.hidden_pictures", result.hidden_picture_count))
    if missing := result.missing_pictures:
        more = translate(language, "list.and_more", names="", count=len(missing) - 3) if len(missing) > 3 else ""
        names = f"{'; '.join(missing[:3])}{more}"
        typer.echo(translate_count(language, "load.missing_pictures", len(missing), names=names))
    for skipped in result.skipped_pages:
        typer.echo(f"{skipped.kind}: {skipped.page}: {skipped.reason}", err=True)


@typer_app.command()
def export(
    topic: Annotated[str, typer.Argument(help="The topic's slug, title or alias.")],
    date: Annotated[
        str | None,
        typer.Option("--date", help="The digest's date, such as 2024-10-27 or yesterday; default: the newest."),
    ] = None,
    export_format: Annotated[
        ExportFormat,
        typer.Option("--format", help="json, markdown (loadable again), html, or atom (the ten newest)."),
    ] = ExportFormat.JSON,
) -> None:
    """Print a digest in full, or a topic's newest digests as a feed."""
    settings = runtime.prepare_settings()
    day = runtime.parse_day(date, settings) if date else None
    limit = 10 if export_format is ExportFormat.ATOM else 1
    found_topic, digests = runtime.run_async(_find_digests(settings, topic, day, limit))
    sys.stdout.write(_format_digests(export_format, found_topic, digests, settings))


def _format_digests(export_format: ExportFormat, topic: Topic, digests: list[Digest], settings: Settings) -> str:
    match export_format:
        case ExportFormat.JSON:
            from digestbot.pages.export import digest_to_json

            return _format_json(digest_to_json(digests[0]))
        case ExportFormat.MARKDOWN:
            from digestbot.pages.markdown import format_page

            return format_page(digests[0])
        case ExportFormat.HTML:
            from digestbot.web.render import render_digest_page

            return render_digest_page(topic, digests[0], settings.language, settings.public_url)
        case ExportFormat.ATOM:
            from digestbot.web.render import render_feed

            return render_feed(topic, digests, settings.language, settings.public_url)


async def _find_digests(settings: Settings, name: str, date: Date | None, limit: int) -> tuple[Topic, list[Digest]]:
    """The named topic, and its digest for a date or its newest ones."""
    from digestbot.core.catalog import DigestCatalog
    from digestbot.core.clock import SystemClock
    from digestbot.store.open_store import open_store

    async with open_store(settings.effective_database_url) as store:
        if settings.topics:
            await store.digests.define_topics(topic.to_topic() for topic in settings.topics)
        catalog = DigestCatalog(store, SystemClock())
        match = await catalog.find_topic(name)
        if match.topic is None:
            if match.suggestions:
                likely = " or ".join(topic.slug for topic in match.suggestions)
                raise DigestbotError(f"there is no topic “{name}” (did you mean {likely}?)")
            known = ", ".join(summary.topic.slug for summary in await catalog.list_topics())
            raise DigestbotError(
                f"there is no topic “{name}”; topics: {known or 'none is loaded: digestbot load PATH'}"
            )
        days = [date] if date else await catalog.list_dates(match.topic, limit)
        digests = [stored.digest for day in days if (stored := await catalog.get_by_date(match.topic, day))]
        if not digests:
            dates = ", ".join(str(day) for day in await catalog.list_dates(match.topic)) or "none"
            when = f" on {date}" if date else ""
            raise DigestbotError(f"no digest of {match.topic.title}{when}; its dates: {dates}")
        return match.topic, digests


@typer_app.command()
def chat(
    as_json: Annotated[
        bool, typer.Option("--json", help="Read one command per line, print one JSON object per reply.")
    ] = False,
) -> None:
    """Open the chat in this terminal. If input is piped in, reply line by line."""
    runtime.run_async(_run_chat(runtime.prepare_settings(logging.WARNING), as_json=as_json))


async def _run_chat(settings: Settings, *, as_json: bool) -> None:
    from digestbot.app import open_app, run_chat
    from digestbot.platforms.console import ConsolePlatform, JsonConsolePlatform

    async with open_app(settings) as app:
        language = runtime.find_language(settings)
        await run_chat(
            app, JsonConsolePlatform(language) if as_json else ConsolePlatform(language, app.list_completions)
        )


@typer_app.command()
def demo() -> None:
    """Load the sample pages into a temporary database, deliver today's digest, and open the chat."""
    import tempfile
    from pathlib import Path

    from digestbot.settings import build_sqlite_url

    with tempfile.TemporaryDirectory(prefix="digestbot-demo-") as folder:
        overrides = {"database_url": build_sqlite_url(Path(folder) / "demo.db"), "topics": []}
        runtime.run_async(_run_demo(runtime.prepare_settings(logging.WARNING, **overrides), Path(folder) / "pages"))


async def _run_demo(settings: Settings, pages: Path) -> None:
    from datetime import UTC, datetime

    from digestbot.app import open_app, run_chat, seed_demo
    from digestbot.domain.timezones import get_timezone
    from digestbot.i18n import translate
    from digestbot.pages.fetch import PageFetcher, find_pages
    from digestbot.pages.load import PageLoader
    from digestbot.platforms.console import ConsolePlatform
    from digestbot.samples import write_samples

    write_samples(pages, datetime.now(UTC).astimezone(get_timezone(settings.timezone)).date())
    async with open_app(settings) as app, PageFetcher(20_000_000) as fetcher:
        await PageLoader(app.store, app.clock, fetcher).load(find_pages([str(pages)]), lambda _: None)
        platform = ConsolePlatform(language := runtime.find_language(settings), app.list_completions)
        await seed_demo(app, platform, ["Protein Design"], language)
        typer.echo(f"{translate(language, 'demo.hint')}\n")
        await run_chat(app, platform)


@typer_app.command()
def run(
    role: Annotated[
        list[Role] | None, typer.Option("--role", help="What this process does; several processes need PostgreSQL.")
    ] = None,
) -> None:
    """Deliver digests and answer commands until SIGTERM."""
    settings = runtime.prepare_settings()
    roles = frozenset(role or [Role.ALL])
    if roles == {Role.BUILDER} and not settings.build_specs and not settings.announcements.enabled:
        runtime.exit_with_error(
            "--role builder: no topic in digestbot.toml has queries or feeds, and announcements.enabled is false, so "
            "there is nothing to do"
        )
    runtime.run_async(_run_service(settings, roles))


async def _run_service(settings: Settings, roles: frozenset[Role]) -> None:
    from digestbot.app import open_app
    from digestbot.service import run_service

    async with open_app(settings) as app:
        if roles & {Role.ALL, Role.SENDER}:
            await say_where_digests_go(app)
        await run_service(app, roles)


async def say_where_digests_go(app: App) -> None:
    """Where no token is set, say where digests go, and what to do next; with one, only where there is nothing yet."""
    from digestbot.i18n import translate
    from digestbot.platforms.console import CONSOLE_ADDRESS
    from digestbot.platforms.registry import PLATFORMS

    language = runtime.find_language(app.settings)
    has_digests = any(summary.latest_date for summary in await app.catalog.list_topics())
    harvests = app.settings.announcements.enabled
    if any(spec.is_configured(app.settings) for spec in PLATFORMS):
        if harvests and not has_digests:
            typer.echo(translate(language, "run.harvests"), err=True)
        return
    reader = await app.subscriptions.find(CONSOLE_ADDRESS)
    subscriptions = await app.subscriptions.list_for(reader) if reader else []
    start = "run.subscribe_here" if has_digests else "run.follow_here" if harvests else "run.no_digests"
    step = "run.subscribed" if subscriptions else start
    variables = " / ".join(spec.token_variable for spec in PLATFORMS)
    for key in ("run.no_token", step, "run.use_init"):
        typer.echo(translate(language, key, variables=variables, count=len(subscriptions)), err=True)


typer_app.command()(build.build)
typer_app.add_typer(build.topics_app, name="topics")
typer_app.command()(admin.doctor)
typer_app.command()(admin.deliveries)
typer_app.add_typer(admin.database_app, name="db")


def _format_json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
