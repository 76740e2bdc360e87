"""A person's and a chat's daily quotas, and what is said when they are used up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digestbot.app import App
from digestbot.core.papers.quotas import QuotaLimits, QuotaReachedError, QuotaService
from digestbot.core.ports import IncomingMessage, allow_anyone
from digestbot.domain.subscription import Address
from digestbot.i18n import LANGUAGES, translate
from digestbot.settings import load_settings
from tests.core.commands.asking import send_message
from tests.fakes import ManualClock

PERSON, GROUP = Address("telegram", "7"), Address("telegram", "-100", "12")
PRIVATE = IncomingMessage(PERSON, "/help", "en")
IN_GROUP = IncomingMessage(GROUP, "/help", "en", user=PERSON, is_moderator=allow_anyone, title="Lab")


@pytest.fixture
def quotas(empty_app: App) -> QuotaService:
    return QuotaService(empty_app.store.quotas, empty_app.clock, QuotaLimits(2, 3))


async def test_a_person_has_one_quota_in_private_and_in_groups(quotas: QuotaService) -> None:
    await quotas.take(PRIVATE)
    assert await quotas.count_left(IN_GROUP) == 1
    await quotas.take(IN_GROUP)
    with pytest.raises(QuotaReachedError) as caught:
        await quotas.take(PRIVATE)
    assert (caught.value.limit, caught.value.is_chat) == (2, False)
    assert caught.value.renews_at.isoformat() == "2026-11-25T00:00:00+00:00"


async def test_the_topics_of_a_group_share_its_quota(quotas: QuotaService) -> None:
    for number in (11, 12, 13):
        message = IncomingMessage(
            Address("telegram", "-100", str(number)), "", "en", user=Address("telegram", f"{number}")
        )
        await quotas.take(message)
    with pytest.raises(QuotaReachedError) as caught:
        await quotas.take(IN_GROUP)
    assert (caught.value.limit, caught.value.is_chat) == (3, True)
    assert await quotas.count_left(IN_GROUP) == 0
    assert await quotas.count_left(PRIVATE) == 2


async def test_less_than_none_is_left_to_nobody(empty_app: App, quotas: QuotaService) -> None:
    for _ in range(2):
        await quotas.take(IN_GROUP)
    lowered = QuotaService(empty_app.store.quotas, empty_app.clock, QuotaLimits(1, 1))
    assert (await lowered.count_left(PRIVATE), await lowered.count_left(IN_GROUP)) == (0, 0)


async def test_what_is_given_back_after_midnight_counts_for_the_day_before(
    quotas: QuotaService, clock: ManualClock
) -> None:
    use = await quotas.take(PRIVATE)
    clock.set("2026-11-25 00:01")
    await quotas.take(PRIVATE)
    await quotas.give_back(use)
    assert await quotas.count_left(PRIVATE) == 1


async def test_forgetme_is_no_way_around_the_quota_and_the_count_goes_by_itself(
    empty_app: App, quotas: QuotaService
) -> None:
    await quotas.take(IN_GROUP)
    await send_message(empty_app, IncomingMessage(PERSON, "/forgetme yes", "en"))
    assert await quotas.count_left(PRIVATE) == 1
    day = empty_app.clock.now().date()
    await empty_app.store.quotas.delete_expired(day + timedelta(days=1))
    assert await empty_app.store.quotas.count_uses(day, "telegram", "-100") == 1
    await empty_app.store.quotas.delete_expired(day + timedelta(days=2))
    assert await empty_app.store.quotas.count_uses(day, "telegram", "-100") == 0


def test_the_defaults_are_five_and_twenty() -> None:
    papers = load_settings().papers
    assert (papers.person_limit, papers.chat_limit) == (5, 20)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_quota_used_up_has_a_sentence_with_its_number_and_the_time(language: str) -> None:
    for key in ("quota_person", "quota_chat"):
        said = translate(language, f"error.{key}", limit=5, at="2026-11-25 08:00 (Asia/Shanghai)")
        assert "5" in said
        assert "08:00 (Asia/Shanghai)" in said
