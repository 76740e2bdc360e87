"""The papers that most chats receive are summarised first, once each and language, and shown to everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import cast

from digestbot.announcements.day_matching import match_day
from digestbot.announcements.popular_summaries import PopularSummaries
from digestbot.app import App
from digestbot.builder.models.budget import BudgetLimits
from digestbot.core.papers.summary_services import NoSummaryError, NoSummaryReason, PaperSummarizer, RequestedSummary
from digestbot.core.ports import IncomingMessage
from digestbot.domain.arxiv.announcement import AnnouncementDay, DayState
from digestbot.domain.digest import Entry
from digestbot.domain.paper import Paper
from digestbot.domain.papers.looked_up_paper import LookedUpPaper, PaperOrigin
from digestbot.domain.papers.summary_stage import StageListener, ignore_stage
from digestbot.domain.subscription import Address
from digestbot.store.digests.builds import Usage
from tests.announced import make_announced
from tests.factories import make_entry
from tests.fakes import ManualClock

DAY = date(2026, 11, 24)


class Pen:
    """Writes summaries, so many; the papers in ``hard`` are too much for it."""

    can_summarize = True

    def __init__(self, app: App, room: int = 99, hard: frozenset[str] = frozenset()) -> None:
        self.app, self.room, self.hard = app, room, hard
        self.asked: list[tuple[str, str]] = []

    def is_summarizing(self, paper_id: int, version: int, language: str) -> bool:
        return False

    async def summarize_paper(
        self, paper_id: int, paper: Paper, language: str, on_stage: StageListener = ignore_stage
    ) -> RequestedSummary:
        if len(self.asked) >= self.room:
            raise NoSummaryError(NoSummaryReason.BUDGET)
        self.asked.append((paper.arxiv_id[-1], language))
        if paper.arxiv_id in self.hard:
            raise NoSummaryError(NoSummaryReason.ANSWER)
        headline = f"写的 {paper.title}" if language == "zh" else f"Made: {paper.title}"
        summary = replace(make_entry().summary, headline=headline, writer="a-model", takeaways=(), sections=())
        entry = Entry(paper, summary)
        await self.app.store.paper_summaries.save(paper_id, language, entry, self.app.clock.now())
        return RequestedSummary(entry, is_new=True)


async def say(app: App, line: str, chat: str, language: str = "en") -> str:
    reply = await app.dispatcher.handle_message(IncomingMessage(Address("console", chat), line, language))
    assert reply.card.ok, reply.card
    return str(reply.card)


async def follow_all(app: App, clock: ManualClock) -> None:
    """Four readers, one of them Chinese, and one who is away; the third paper has the most of them."""
    clock.set("2026-11-23 12:00")
    for chat, words, language in (
        ("1", "one", "en"),
        ("2", "two", "en"),
        ("3", "three", "zh"),
        ("4", "one", "en"),
        ("5", "three", "en"),
    ):
        await say(app, f"/follows add {words}", chat, language)
        await say(app, "/follows add shared", chat, language)
    await say(app, "/pause", "4")
    clock.set("2026-11-24 02:00")
    papers = [("1", "One"), ("2", "Two one"), ("3", "Three shared"), ("4", "Four")]
    await app.store.announcements.save_papers(DAY, [make_announced(f"2611.0000{n}", title) for n, title in papers])
    await app.store.announcements.save_day(
        AnnouncementDay(DAY, DayState.COMPLETE, clock.now(), completed_at=clock.now())
    )


def make_summaries(app: App, pen: Pen, limit: int = 50) -> PopularSummaries:
    writer = cast(PaperSummarizer, pen)  # PDFs are none of its work
    return PopularSummaries(app.store, app.clock, writer, budget=BudgetLimits(1_000, 1), limit=limit)


async def test_what_most_receive_comes_first_once_each_and_language(empty_app: App, clock: ManualClock) -> None:
    await follow_all(empty_app, clock)
    pen = Pen(empty_app)
    summaries = make_summaries(empty_app, pen)
    assert await summaries.summarise_due() == 0  # nothing is matched yet
    await match_day(empty_app.store, DAY, clock.now())
    assert await summaries.summarise_due() == 4
    assert pen.asked == [("3", "en"), ("2", "en"), ("1", "en"), ("3", "zh")]
    assert await summaries.summarise_due() == 0
    clock.set("2026-11-24 08:05")
    assert "Made: Three shared" in await say(empty_app, "/latest shared", "2")
    assert "写的 Three shared" in await say(empty_app, "/latest shared", "3", "zh")
    assert "Made: Two one" in await say(empty_app, "/paper 2611.00002", "9")


async def test_who_is_away_does_not_count_nor_does_a_summary_of_an_older_version(
    empty_app: App, clock: ManualClock
) -> None:
    await follow_all(empty_app, clock)
    await match_day(empty_app.store, DAY, clock.now())
    assert await make_summaries(empty_app, Pen(empty_app)).summarise_due() == 4
    popular = await empty_app.store.popular_papers.list_for_day(DAY, 50)
    assert {(one.paper.arxiv_id[-1], one.language): one.count for one in popular} == {
        ("3", "en"): 3, ("2", "en"): 2, ("1", "en"): 1, ("3", "zh"): 1,
    }  # fmt: skip
    assert all(one.is_summarised for one in popular)
    newer = replace(popular[0].paper, version=popular[0].paper.version + 1)
    found = LookedUpPaper(newer, PaperOrigin.ARXIV, ("cs.LG",))
    await empty_app.store.looked_up_papers.save_papers([found], clock.now())
    popular = await empty_app.store.popular_papers.list_for_day(DAY, 50)
    assert {one.paper.arxiv_id[-1] for one in popular if not one.is_summarised} == {"3"}


async def test_the_budget_and_the_limit_end_it_and_what_failed_is_tried_again(
    empty_app: App, clock: ManualClock
) -> None:
    await follow_all(empty_app, clock)
    await match_day(empty_app.store, DAY, clock.now())
    assert await make_summaries(empty_app, Pen(empty_app), limit=0).summarise_due() == 0
    pen = Pen(empty_app, room=2, hard=frozenset({"2611.00003"}))
    summaries = make_summaries(empty_app, pen, limit=3)
    assert await summaries.summarise_due() == 1
    assert await summaries.summarise_due() == 0
    assert pen.asked == [("3", "en"), ("2", "en")]
    pen.room, pen.hard = 99, frozenset()
    assert await summaries.summarise_due() == 0  # until there is a new budget
    clock.set("2026-11-25 02:00")
    assert await summaries.summarise_due() == 2
    assert pen.asked[2:] == [("3", "en"), ("1", "en")]


async def test_half_of_the_days_budget_is_left_for_others(empty_app: App, clock: ManualClock) -> None:
    await follow_all(empty_app, clock)
    await match_day(empty_app.store, DAY, clock.now())
    pen = Pen(empty_app)
    await empty_app.store.builds.reserve_usage(
        clock.now().date(), Usage(tokens_in=400, tokens_out=100), lambda used: True
    )
    assert await make_summaries(empty_app, pen).summarise_due() == 0
    assert pen.asked == []
