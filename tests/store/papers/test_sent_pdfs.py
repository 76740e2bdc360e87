"""PDFs that people sent: whose they are, in which language, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from digestbot.domain.digest import Section, Summary
from digestbot.domain.papers.sent_pdf import SentPdf
from digestbot.domain.subscription import Address, Preferences
from digestbot.store import Store

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
PDF = SentPdf("token", "a.pdf", "Tides", 4, "", Summary("They rise.", (), ()), (Section("Text", "We measure."),))


async def test_what_was_made_of_a_file_is_its_senders_in_its_language_for_a_day(store: Store) -> None:
    ada, bo = [
        (await store.subscribers.get_or_create(Address("telegram", chat), Preferences())).id for chat in ("1", "2")
    ]
    await store.sent_pdfs.save(ada, "fingerprint", "en", PDF, NOW)
    assert await store.sent_pdfs.find_same(ada, "fingerprint", "en", NOW) == PDF
    for subscriber, fingerprint, language, now in (
        (bo, "fingerprint", "en", NOW),
        (ada, "other", "en", NOW),
        (ada, "fingerprint", "zh", NOW),
        (ada, "fingerprint", "en", NOW + timedelta(days=1)),
    ):
        assert await store.sent_pdfs.find_same(subscriber, fingerprint, language, now) is None
    assert await store.sent_pdfs.find(ada, "token", NOW) == PDF
    assert await store.sent_pdfs.find(bo, "token", NOW) is None
