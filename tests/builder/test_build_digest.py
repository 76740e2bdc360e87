"""The whole way from arXiv to a digest that is delivered, with what goes wrong on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from digestbot.app import App, open_app, open_builder, seed_demo
from digestbot.builder.build_digest import BuildResult, DigestBuilder
from digestbot.builder.daily_builds import RETRY_AFTER, DailyBuilds
from digestbot.builder.publisher import DigestPublisher
from digestbot.cards.card import to_plain_text
from digestbot.cards.context import RenderContext
from digestbot.cards.digests import entry_item
from digestbot.core.alerts import AdminAlerts
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.papers.licence import ARXIV_LICENCE
from digestbot.domain.subscription import Address
from digestbot.domain.topic import Topic
from digestbot.errors import StoreError
from digestbot.pages.fetch import PageFetcher, find_pages
from digestbot.pages.load import PageLoader
from digestbot.pages.markdown import parse_page
from digestbot.settings import Settings, load_settings
from tests.builder.archive import ArxivServer, Submission, days_ago
from tests.builder.endpoint import CHINESE, GOOD, ModelEndpoint
from tests.builder.papers import html_paper, pdf_paper
from tests.fakes import ManualClock, RecordingPlatform
from tests.waiting import HANG_SECONDS, wait_until

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
TODAY = date(2026, 11, 24)
LOOPS = BuildSpec(Topic("loops", "Antibody Loops", ("loops",)), queries=("abs:loops",), build_at=time(6))
FOLDS = BuildSpec(Topic("folds", "Folds"), queries=("abs:folds",), build_at=time(7))
CC_BY = "https://creativecommons.org/licenses/by/4.0/"
ABSTRACT = "We design loops. Nine of 24 designs bind."


def make_settings(
    database_url: str, archive: ArxivServer, endpoint: ModelEndpoint | None, folder: Path, **more: object
) -> Settings:
    models = (
        [{"name": "small-model", "account": "openai", "base_url": endpoint.url, "dollars_in": 1, "dollars_out": 4}]
        if endpoint
        else []
    )
    own = {
        "arxiv_api": archive.api,
        "arxiv_oai": archive.oai,
        "arxiv_pages": archive.url,
        "arxiv_delay_seconds": 0,
        "timeout_seconds": HANG_SECONDS,
        "models": models,
        "api_keys": {"openai": SecretStr(endpoint.key)} if endpoint else {},
        "figures_dir": folder / "figures",
        "pages_dir": folder / "pages",
    } | more
    return load_settings(
        database_url=database_url,
        delivery_jitter_seconds=0,
        allow_private_hosts=True,
        builder=own,
        public_url="https://bot.example.org",
        topics=[],
    )


@asynccontextmanager
async def open_workshop(
    settings: Settings, clock: ManualClock | None = None
) -> AsyncIterator[tuple[App, DigestBuilder, DigestPublisher]]:
    async with (
        open_app(settings, clock or ManualClock("2026-11-24 06:00")) as app,
        open_builder(app) as (builder, publisher),
    ):
        yield app, builder, publisher


@pytest.fixture
def settings(database_url: str, archive: ArxivServer, endpoint: ModelEndpoint, tmp_path: Path) -> Settings:
    return make_settings(database_url, archive, endpoint, tmp_path)


async def run_build(builder: DigestBuilder, brief: BuildSpec = LOOPS) -> BuildResult:
    return await builder.build(brief, TODAY, NOW, lambda *_: None)


def add_submissions(archive: ArxivServer, number: int = 3) -> None:
    archive.add(
        *(
            Submission(f"2611.{i:05}", title=f"Loops {i}", abstract=ABSTRACT, published=days_ago(i / 10))
            for i in range(number)
        )
    )


async def test_papers_become_a_digest_that_is_delivered_like_any_other(
    settings: Settings, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    archive.add(
        Submission("2611.00001", title="With HTML", abstract=ABSTRACT, html=html_paper(), comment="CVPR 2026"),
        Submission("2611.00002", title="With a PDF", abstract=ABSTRACT, pdf=pdf_paper()),
        Submission("2611.00003", title="With neither", abstract=ABSTRACT),
    )
    async with open_workshop(settings) as (app, builder, publisher):
        built = await run_build(builder)
        await publisher.publish(built)
        platform = RecordingPlatform()
        await seed_demo(app, platform, ["loops"])
        stored = await app.catalog.get_latest(LOOPS.topic)
    assert stored is not None
    entries = {entry.paper.title: entry for entry in stored.digest.entries}
    assert {title: entry.summary.basis for title, entry in entries.items()} == {
        "With HTML": "html",
        "With a PDF": "pdf",
        "With neither": "abstract",
    }
    assert all(entry.summary.headline == GOOD["headline"] for entry in entries.values())
    assert entries["With HTML"].figures[0].url == f"{archive.url}/html/2611.00001v1/x1.png"
    cut = entries["With a PDF"].figures[0]
    assert cut.caption == "Figure 1: How often the loops of each method bind."
    assert cut.url.startswith("https://bot.example.org/figures/")
    assert (settings.effective_figures_dir / cut.url.rsplit("/", 1)[1]).read_bytes().startswith(b"\x89PNG")
    assert {entry.paper.licence for entry in entries.values()} == {CC_BY}
    assert len(endpoint.asked) == 3
    [(_, card)] = platform.sent
    assert GOOD["headline"] in repr(card)


@pytest.mark.parametrize(("share_all_figures", "count"), [(False, 0), (True, 2)])
async def test_figures_that_were_cut_out_are_served_only_where_the_licence_allows_it(
    settings: Settings, archive: ArxivServer, share_all_figures: bool, count: int
) -> None:
    page = html_paper().replace("<nav>", f'<nav><a id="license-tr" href="x">License: {ARXIV_LICENCE}</a>')
    archive.add(
        Submission("2611.00001", abstract=ABSTRACT, pdf=pdf_paper(), licence=ARXIV_LICENCE),
        Submission("2611.00002", abstract=ABSTRACT, html=page, licence="not asked for"),
    )
    builder_settings = settings.builder.model_copy(update={"share_all_figures": share_all_figures, "models": []})
    async with open_workshop(settings.model_copy(update={"builder": builder_settings})) as (_, builder, _):
        built = await run_build(builder)
    cut, linked = sorted((made.entry for made in built.entries), key=lambda entry: entry.paper.arxiv_id)
    assert len(cut.figures) == count
    assert linked.figures[0].url.startswith(f"{archive.url}/html/")  # where arXiv itself has it
    assert {cut.paper.licence, linked.paper.licence} == {ARXIV_LICENCE}
    assert sum(asked.startswith("/oai") for asked in archive.asked) == 1


async def test_a_withdrawn_paper_comes_in_one_line_and_costs_nothing(
    settings: Settings, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    archive.add(Submission("2611.00001", abstract=ABSTRACT))
    async with open_workshop(settings) as (app, builder, publisher):
        await publisher.publish(await run_build(builder))
        archive.papers = [
            Submission(
                "2611.00001", abstract=ABSTRACT, version=2, updated=days_ago(-0.5), comment="Withdrawn: an error"
            )
        ]
        asked, tomorrow = len(endpoint.asked), NOW + timedelta(days=1)
        built = await builder.build(LOOPS, tomorrow.date(), tomorrow, lambda *_: None)
        await publisher.publish(built)
        stored = await app.catalog.get_latest(LOOPS.topic)
    assert len(endpoint.asked) == asked
    assert stored is not None
    item = entry_item(stored.digest.entries[0], RenderContext("en"), 1)
    assert [to_plain_text(line) for line in item.lines] == ["Withdrawn: an error"]
    assert item.blocks == ()


async def test_a_second_build_asks_and_pays_nothing(
    settings: Settings, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_submissions(archive)
    async with open_workshop(settings) as (_, builder, publisher):
        first = await run_build(builder)
        await publisher.publish(first)
    asked = len(archive.asked)
    async with open_workshop(settings) as (app, builder, publisher):
        second = await run_build(builder)
        await publisher.publish(second)
        assert await app.catalog.list_dates(LOOPS.topic) == [TODAY]
    assert second.digest == first.digest
    assert all(made.from_draft for made in second.entries)
    assert second.usage.calls == 0
    assert len(endpoint.asked) == 3
    assert [path.split("?")[0] for path in archive.asked[asked:]] == ["/api/query"]


async def test_a_build_that_was_cut_short_goes_on_paper_by_paper(
    settings: Settings, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_submissions(archive, 8)
    endpoint.free = 3
    own = settings.builder.model_copy(update={"concurrency": 1})
    async with open_workshop(settings.model_copy(update={"builder": own})) as (_, builder, _):
        building_ = asyncio.create_task(run_build(builder))
        await wait_until(lambda: len(endpoint.asked) >= 4)
        building_.cancel()
        await asyncio.gather(building_, return_exceptions=True)
    endpoint.free = None
    async with open_workshop(settings) as (_, builder, _):
        built = await run_build(builder)
    kept = sum(made.from_draft for made in built.entries)
    assert kept == 3
    assert len(endpoint.asked) == 4 + 8 - kept  # the fourth was on its way


async def test_a_new_version_comes_again_and_is_marked(settings: Settings, archive: ArxivServer) -> None:
    add_submissions(archive, 2)
    async with open_workshop(settings) as (_, builder, publisher):
        await publisher.publish(await run_build(builder))
        archive.papers[0] = replace(archive.papers[0], version=2, updated=datetime(2026, 11, 25, 1, tzinfo=UTC))
        archive.add(
            Submission("2611.00009", title="New", abstract=ABSTRACT, published=datetime(2026, 11, 25, tzinfo=UTC))
        )
        next_day, then = date(2026, 11, 25), datetime(2026, 11, 25, 6, tzinfo=UTC)
        tomorrow = await builder.build(LOOPS, next_day, then, lambda *_: None)
        again = await builder.build(LOOPS, next_day, then, lambda *_: None)
    assert [(made.entry.paper.arxiv_id, made.entry.is_updated) for made in tomorrow.entries] == [
        ("2611.00009", False),
        ("2611.00000", True),
    ]
    assert all(made.from_draft for made in again.entries)
    assert again.digest == tomorrow.digest


async def test_the_page_that_is_written_loads_back_to_the_same_digest(
    settings: Settings, archive: ArxivServer, endpoint: ModelEndpoint, tmp_path: Path
) -> None:
    archive.add(
        Submission("2611.00001", title="A: `b` <c> & $d$", abstract=ABSTRACT, html=html_paper()),
        Submission("2611.00002", title="With a PDF", abstract=ABSTRACT, pdf=pdf_paper()),
    )
    endpoint.fail_next(
        {"takeaways": ["It binds in 62% of cases."]}, *[{"takeaways": ["It binds in 62% of cases."]}] * 5
    )
    async with open_workshop(settings) as (_, builder, publisher):
        built = await run_build(builder)
        await publisher.publish(built)
    path = tmp_path / "pages" / "2026-11-24" / "loops.md"
    assert parse_page(path.read_text("utf-8")).digests == (built.digest,)
    assert built.entries[0].entry.summary.flags == ("number",)
    other = load_settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/other.db")
    async with open_app(other) as app, PageFetcher(10**7) as fetcher:
        await PageLoader(app.store, app.clock, fetcher).load(find_pages([str(path)]), lambda _: None)
        match = await app.catalog.find_topic("Antibody Loops")
        assert match.topic
        stored = await app.catalog.get_latest(match.topic)
    assert stored is not None
    assert stored.digest == built.digest


async def test_without_a_model_the_digest_goes_out_and_says_so(
    database_url: str, archive: ArxivServer, tmp_path: Path
) -> None:
    archive.add(Submission("2611.00001", abstract=ABSTRACT, html=html_paper()))
    async with open_workshop(make_settings(database_url, archive, None, tmp_path)) as (app, builder, publisher):
        await publisher.publish(await run_build(builder))
        platform = RecordingPlatform()
        await seed_demo(app, platform, ["loops"])
    [(_, card)] = platform.sent
    assert "We design loops." in repr(card)
    assert "From the abstract" in repr(card)


async def test_what_failed_without_a_model_is_tried_again(
    settings: Settings, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_submissions(archive, 1)
    endpoint.fail_next(*["400"] * 3)
    async with open_workshop(settings) as (_, builder, _):
        first, second = await run_build(builder), None
        endpoint.faults.clear()
        second = await run_build(builder)
    assert (first.entries[0].entry.summary.writer, first.entries[0].problem) == ("abstract", "small-model answered 400")
    assert second.entries[0].entry.summary.writer == "small-model"


async def test_so_many_are_asked_at_once_and_no_more(
    settings: Settings, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_submissions(archive, 12)
    own = settings.builder.model_copy(update={"concurrency": 3})
    async with open_workshop(settings.model_copy(update={"builder": own})) as (_, builder, _):
        building_ = asyncio.create_task(run_build(builder))
        for answered in range(10):
            endpoint.free = answered
            await wait_until(lambda: endpoint.at_once >= 3)
        endpoint.free = None
        await building_
    assert endpoint.most_at_once == 3


async def test_a_paper_of_two_topics_is_paid_for_once_and_read_once(
    settings: Settings, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    archive.add(Submission("2611.00001", abstract=f"{ABSTRACT} We see folds."))
    async with open_workshop(settings) as (app, builder, publisher):
        for brief in (LOOPS, FOLDS):
            await publisher.publish(await run_build(builder, brief))
        later = await run_build(builder, replace(FOLDS, topic=Topic("x", "X"), exclude_topics=("loops",)))
        platform = RecordingPlatform()
        await seed_demo(app, platform, ["loops", "folds"])
    assert len(endpoint.asked) == 1
    assert later.selection.rejection_counts == {"shown before": 1}
    [message] = (repr(card) for _, card in platform.sent)
    assert message.count(GOOD["headline"]) == 1
    assert "Also in this topic: 1." in message


async def test_another_language_is_another_summary(
    settings: Settings, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_submissions(archive, 1)
    async with open_workshop(settings) as (_, builder, _):
        english = await run_build(builder)
        endpoint.answer = CHINESE
        chinese = await run_build(builder, replace(LOOPS, language="zh"))
    assert english.entries[0].entry.summary.headline == GOOD["headline"]
    assert chinese.entries[0].entry.summary.headline == CHINESE["headline"]


# -- every day ------------------------------------------------------------------------------------------------


async def test_each_topic_is_made_at_its_hour_once_a_day(settings: Settings, archive: ArxivServer) -> None:
    add_submissions(archive, 2)
    clock = ManualClock("2026-11-24 05:59")
    async with open_workshop(settings, clock) as (app, builder, publisher):
        daily = DailyBuilds(builder, publisher, app.store.builds, clock)
        assert await daily.build_due([LOOPS, FOLDS]) == 0
        clock.set("2026-11-24 06:00")
        assert await daily.build_due([LOOPS, FOLDS]) == 1
        assert await daily.build_due([LOOPS, FOLDS]) == 0
        clock.set("2026-11-24 07:00")
        assert await daily.build_due([LOOPS, FOLDS]) == 1  # nothing new, and done with it
        again = DailyBuilds(builder, publisher, app.store.builds, clock)
        assert await again.build_due([LOOPS, FOLDS]) == 0
        assert await app.catalog.list_dates(LOOPS.topic) == [TODAY]
        assert await app.catalog.list_dates(FOLDS.topic) == []


async def test_the_hour_is_in_the_bots_timezone(settings: Settings, archive: ArxivServer) -> None:
    clock = ManualClock("2026-11-23 22:30")
    async with open_workshop(settings, clock) as (app, builder, publisher):
        daily = DailyBuilds(builder, publisher, app.store.builds, clock, timezone="Asia/Shanghai")
        assert await daily.build_due([LOOPS]) == 1
        assert await app.store.builds.is_finished("loops", TODAY)


async def test_a_dead_archive_is_asked_again_after_a_while_and_other_topics_go_on(
    settings: Settings, archive: ArxivServer
) -> None:
    add_submissions(archive, 1)
    archive.fail_next("/", *["503"] * 8)  # the API, and then OAI-PMH
    clock = ManualClock("2026-11-24 08:00")
    async with open_workshop(settings, clock) as (app, builder, publisher):
        daily = DailyBuilds(builder, publisher, app.store.builds, clock)
        assert await daily.build_due([LOOPS, FOLDS]) == 1
        assert not await app.store.builds.is_finished("loops", TODAY)
        assert await daily.build_due([LOOPS, FOLDS]) == 0
        clock.advance(seconds=RETRY_AFTER.total_seconds())
        assert await daily.build_due([LOOPS, FOLDS]) == 1
        assert await app.catalog.list_dates(LOOPS.topic) == [TODAY]


async def test_a_busy_api_is_asked_again_until_patience_ends_and_then_the_other_door_is(
    settings: Settings, archive: ArxivServer
) -> None:
    add_submissions(archive, 1)
    archive.fail_next("/api", *["503"] * 12)
    clock = ManualClock("2026-11-24 06:00")
    async with open_workshop(settings, clock) as (app, builder, publisher):
        daily = DailyBuilds(builder, publisher, app.store.builds, clock, patience=RETRY_AFTER + timedelta(minutes=5))
        built = []
        for minutes in (0, 14, 1, 5):
            clock.advance(minutes=minutes)
            built.append((await daily.build_due([LOOPS]), sum(asked.startswith("/api") for asked in archive.asked)))
        assert built == [(0, 4), (0, 4), (0, 8), (1, 12)]
        assert archive.asked[12].startswith("/oai?verb=ListRecords")
        assert await app.catalog.list_dates(LOOPS.topic) == [TODAY]


async def test_the_admin_hears_of_a_trouble_once_and_of_its_end(
    settings: Settings, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_submissions(archive, 2)
    archive.fail_next("/", *["503"] * 32)  # both doors, of two topics, twice
    clock = ManualClock("2026-11-24 08:00")
    admin = RecordingPlatform("telegram")
    async with open_workshop(settings, clock) as (app, builder, publisher):
        alerts = AdminAlerts(app.store.key_values, {"telegram": admin}, Address("telegram", "1"), "en")
        daily = DailyBuilds(builder, publisher, app.store.builds, clock, alerts=alerts)
        for _ in range(2):
            await daily.build_due([LOOPS, FOLDS])
            clock.advance(seconds=RETRY_AFTER.total_seconds())
        assert len(admin.sent) == 1
        assert "it answered 503" in repr(admin.sent[0][1])
        endpoint.fail_next(*["400"] * 6)
        await daily.build_due([LOOPS, FOLDS])
    told = [repr(card) for _, card in admin.sent]
    assert len(told) == 3
    assert any("small-model answered 400" in card for card in told[1:])


async def test_a_database_that_is_out_of_order_stops_a_build_and_not_the_bot(
    settings: Settings, archive: ArxivServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock("2026-11-24 06:00")
    add_submissions(archive, 3)
    async with open_workshop(settings, clock) as (app, builder, publisher):
        daily = DailyBuilds(builder, publisher, app.store.builds, app.clock)
        with monkeypatch.context() as broken:
            refused = 0

            async def refuse(*_: object) -> None:
                nonlocal refused
                refused += 1
                raise StoreError("the database is locked")

            broken.setattr(app.store.builds, "save_draft", refuse)
            with pytest.raises(StoreError):
                await run_build(builder)
            assert await daily.build_due([LOOPS]) == 0
            broken.setattr(app.store.builds, "is_finished", refuse)
            clock.advance(seconds=RETRY_AFTER.total_seconds())
            refused = 0
            running = asyncio.create_task(daily.run([LOOPS], poll_seconds=0.01))
            await wait_until(lambda: refused >= 3)
        async with asyncio.timeout(HANG_SECONDS):
            while not await app.store.builds.is_finished("loops", TODAY):
                await asyncio.sleep(0.01)
        running.cancel()


async def test_a_bug_of_ours_costs_a_topic_its_turn_and_stops_nothing_else(
    settings: Settings, archive: ArxivServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock("2026-11-24 06:00")
    add_submissions(archive, 1)
    async with open_workshop(settings, clock) as (app, builder, publisher):
        daily = DailyBuilds(builder, publisher, app.store.builds, app.clock)
        with monkeypatch.context() as broken:
            broken.setattr("digestbot.builder.sources.collector.select_papers", lambda *_: dict[str, str]()["missing"])
            assert await daily.build_due([LOOPS, FOLDS]) == 0
        clock.advance(seconds=RETRY_AFTER.total_seconds())
        assert await daily.build_due([LOOPS]) == 1


async def test_a_bug_in_a_client_costs_a_summary_and_not_the_digest(
    settings: Settings, archive: ArxivServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_submissions(archive, 2)
    monkeypatch.setattr("digestbot.builder.models.model_writer.Agent.run", lambda *_, **__: 1 / 0)
    async with open_workshop(settings) as (_, builder, _):
        built = await run_build(builder)
    assert [made.entry.summary.writer for made in built.entries] == ["abstract"] * 2
    assert built.entries[0].problem == "a bug: ZeroDivisionError"


async def test_a_folder_that_takes_no_pictures_costs_the_pictures(
    settings: Settings, archive: ArxivServer, tmp_path: Path
) -> None:
    archive.add(Submission("2611.00001", abstract=ABSTRACT, pdf=pdf_paper()))
    (tmp_path / "figures").write_text("a file where the folder should be")
    async with open_workshop(settings) as (_, builder, _):
        [made] = (await run_build(builder)).entries
    assert (made.entry.summary.basis, made.entry.figures) == ("pdf", ())
