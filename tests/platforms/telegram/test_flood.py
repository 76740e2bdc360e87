"""One who floods, and others who ask meanwhile: over the Bot API, as people do it."""

from __future__ import annotations

from typing import Any

from digestbot.app import App
from digestbot.core.answers.answer_limiter import DEFAULT_ANSWER_LIMITS, Allowance, AnswerLimits
from digestbot.domain.subscription import Address
from tests.fakes import ManualClock
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.platforms.telegram.botapi.world import BOT_ID
from tests.platforms.telegram.conftest import Starts
from tests.work import HOSTILE_LINES, WorkCounter, fill_app

TWO = AnswerLimits(person=Allowance(2, 1.0), typing=Allowance(2, 1.0))
NOTICE = "That was too much at once"


async def test_a_flood_is_answered_so_often_with_one_notice_and_others_as_ever(
    app: App, api: BotApi, start_bot: Starts, ada: Person, clock: ManualClock
) -> None:
    eve = Person(api, "Eve")
    async with start_bot(app, answer_limits=TWO):
        for _ in range(30):
            await eve.type_text("/help")
            await eve.type_text("", photo=[{"file_id": "a", "file_unique_id": "a", "width": 1, "height": 1}])
        assert "/topics" in (await ada.send_text("/help")).text
        await api.wait_until(lambda: len(eve.chat.messages) == 3)
        clock.advance(seconds=1)
        await eve.send_text("/topics")
        assert [NOTICE in message.text for message in eve.chat.messages] == [False, False, True, False]
    assert len(eve.chat.messages) == 4


async def test_taps_are_counted_too_and_the_notice_is_the_answer_to_one(
    app: App, start_bot: Starts, ada: Person
) -> None:
    async with start_bot(app, answer_limits=TWO):
        card = await ada.send_text("/topics")
        await ada.tap(card, "Protein Design")
        declined = await ada.tap(card, "Climate Emulation")
        assert (NOTICE in declined.text, declined.alert) == (True, False)
        assert (await ada.tap(card, "Protein Design")).text == ""
    subscriber = await app.subscriptions.find(_get_address(ada))
    assert subscriber
    assert [one.topic.slug for one in await app.subscriptions.list_for(subscriber)] == ["protein-design"]


async def test_who_types_inline_too_fast_is_offered_nothing_that_is_remembered(
    app: App, start_bot: Starts, ada: Person, clock: ManualClock
) -> None:
    async with start_bot(app, answer_limits=TWO):
        offers = [await ada.query_inline("antibody") for _ in range(3)]
        assert [bool(offered["results"]) for offered in offers] == [True, True, False]
        assert offers[2]["cache_time"] == 0
        clock.advance(seconds=1)
        assert (await ada.query_inline("antibody"))["results"]
        assert "/topics" in (await ada.send_text("/help")).text


async def test_other_messages_in_a_group_are_not_counted(app: App, start_bot: Starts, ada: Person) -> None:
    group = ada.create_chat("supergroup", "Lab")
    async with start_bot(app, answer_limits=TWO):
        group.members[BOT_ID] = "member"
        for _ in range(5):
            await ada.type_text("what do you think of it?", group)
            await ada.type_text("/help@another_bot", group)
        assert "/topics" in (await ada.send_text("/help", group)).text


async def test_what_is_kept_in_a_groups_or_channels_name_is_its_own(
    app: App, api: BotApi, start_bot: Starts, ada: Person, clock: ManualClock
) -> None:
    lab, club = (ada.create_chat("supergroup", name) for name in ("Lab", "Club"))
    channel = ada.create_chat("channel", "News")

    def write_as(account: int, sender: Any) -> dict[str, Any]:
        shared = {"id": account, "is_bot": True, "first_name": "Group"}
        return {"from": shared, **({"sender_chat": sender.to_json()} if sender else {})}

    async with start_bot(app):
        for place in (lab, club):
            place.members[BOT_ID] = "member"
        as_lab, as_club = write_as(1087968824, lab), write_as(1087968824, club)
        await ada.send_text("/save 2611.90112", lab, **as_lab)
        assert "You have no saved papers" in (await ada.send_text("/saved", club, **as_club)).text
        for other in (write_as(136817688, channel), write_as(777000, channel), write_as(136817688, club)):
            assert "You have no saved papers" in (await ada.send_text("/saved", lab, **other)).text
        for same in (as_lab, write_as(1087968824, None)):
            assert "LoopSmith" in (await ada.send_text("/saved", lab, **same)).text
        assert "You have no saved papers" in (await ada.send_text("/saved")).text
    for account in (1087968824, 136817688, 777000):
        assert await app.subscriptions.find(_get_address(Person(api, id=account))) is None


async def test_no_inline_query_costs_much_and_no_offset_is_unanswered(
    empty_app: App, start_bot: Starts, ada: Person
) -> None:
    await fill_app(empty_app, _get_address(ada))
    async with start_bot(empty_app):
        for offset in ("9" * 30, "-1", "1e9", "٣", "\U0001f680", "1000", "99999", "0x10"):
            assert (await ada.query_inline("", offset))["results"] == [], offset
        for offset in ("0", "50", "950"):
            assert len((await ada.query_inline("", offset))["results"]) == 50, offset
        for line in HOSTILE_LINES.values():
            with WorkCounter() as counter:
                await ada.query_inline(line[:256])
            _, comparisons, statements, rows = counter.work  # not the calls: the server of the tests has most of them
            assert comparisons == 0
            assert statements <= 10
            assert rows <= 60


def test_the_limits_are_ten_at_once_and_then_one_a_second() -> None:
    assert DEFAULT_ANSWER_LIMITS.person == Allowance(10, 1.0)


def _get_address(person: Person) -> Address:
    return Address("telegram", str(person.id))
