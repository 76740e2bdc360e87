"""A paper that readers receive in what they follow is read and summarised in the night, for everybody."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from digestbot.announcements.day_matching import match_day
from digestbot.announcements.popular_summaries import PopularSummaries
from digestbot.builder.models.budget import BudgetLimits
from digestbot.domain.arxiv.announcement import AnnouncementDay, DayState
from tests.builder.archive import ArxivServer
from tests.builder.endpoint import ModelEndpoint
from tests.fakes import ManualClock, RecordingPlatform
from tests.papers.summarizing import HEADLINE, NUMBER, add_paper, ask, ask_words, make_settings, open_summarizing

DAY = date(2026, 11, 24)


async def test_the_mornings_card_has_the_nights_summary(
    database_url: str, archive: ArxivServer, endpoint: ModelEndpoint, tmp_path: Path
) -> None:
    clock = ManualClock("2026-11-23 12:00")
    async with open_summarizing(make_settings(database_url, archive, endpoint, tmp_path), clock) as app:
        await ask(app, "/follows add loops")
        clock.set("2026-11-24 02:00")
        await add_paper(app, archive)
        (announced,) = [one.announced for one in await app.store.announcements.list_papers(date(2026, 11, 23))]
        await app.store.announcements.save_papers(DAY, [announced])
        await app.store.announcements.save_day(
            AnnouncementDay(DAY, DayState.COMPLETE, clock.now(), completed_at=clock.now())
        )
        await match_day(app.store, DAY, clock.now())
        assert app.papers.summaries
        budget = BudgetLimits(1_000_000, 10)
        summaries = PopularSummaries(app.store, clock, app.papers.summaries, budget=budget, limit=50)
        assert await summaries.summarise_due() == 1
        calls = len(endpoint.asked)
        assert await summaries.summarise_due() == 0
        clock.set("2026-11-24 08:05")
        inbox = RecordingPlatform("telegram")
        await app.build_delivery_service([inbox]).run_cycle()
        assert HEADLINE in str(inbox.sent[0][1])
        assert HEADLINE in await ask_words(app, f"/paper {NUMBER}", "8")
        assert len(endpoint.asked) == calls
