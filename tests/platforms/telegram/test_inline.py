"""Inline mode: the bot's name and words, typed in any chat."""

from __future__ import annotations

import pytest

from tests.factories import make_digest, make_entry
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.platforms.telegram.conftest import RunningBot, Starts
from tests.platforms.telegram.mornings import choose_rich


async def test_papers_are_offered_and_the_chosen_one_is_posted_as_a_card(bot: RunningBot, ada: Person) -> None:
    offered = await ada.query_inline("antibody loops")
    result = offered["results"][0]
    assert result["title"].startswith("LoopSmith")
    assert "epitope" in result["description"]
    assert result["thumbnail_url"].startswith("https://figures.example.org/")
    room = ada.create_chat("group", "A room without the bot")
    posted = ada.choose_result(result, room)
    assert not posted.rich  # others read it, in apps of theirs
    assert "Nine of 24" in posted.text
    assert "Saved: LoopSmith" in (await ada.tap(posted, "Save")).text
    assert "LoopSmith" in (await ada.send_text("/saved")).text


async def test_without_words_the_newest_papers_are_offered_classic_whatever_the_person_chose(
    app, start_bot: Starts, ada: Person
) -> None:
    await choose_rich(app, ada)
    async with start_bot(app):
        offered = await ada.query_inline("")
        assert len(offered["results"]) > 5
        assert not any("rich_message" in result["input_message_content"] for result in offered["results"])


async def test_more_than_fifty_are_paged(app, api: BotApi, start_bot: Starts, ada: Person) -> None:
    from digestbot.store.digests.digest_writer import PageKey

    many = make_digest(
        "Many", entries=[make_entry(f"2611.{i:05}", title=f"Gaussian number {i}") for i in range(1, 121)]
    )
    await app.store.digests.save_pages([(PageKey("many", "", {}), [many])], app.clock.now())
    async with start_bot(app):
        found, offset = [], ""
        for _ in range(3):
            offered = await ada.query_inline("gaussian", offset)
            found += [result["id"] for result in offered["results"]]
            offset = offered.get("next_offset", "")
        assert len(found) == len(set(found)) == 120
        assert offset == ""


@pytest.mark.parametrize("words", ["2611.90112", "https://arxiv.org/abs/2611.90112v1", "arXiv:2611.90112"])
async def test_an_arxiv_number_offers_that_paper(bot: RunningBot, ada: Person, words: str) -> None:
    offered = await ada.query_inline(words)
    assert [result["id"] for result in offered["results"]] == ["2611.90112"]


@pytest.mark.parametrize("words", ["zzzz nothing", "<@>", "\u202e", "x" * 256])
async def test_nothing_found_is_an_empty_offer(bot: RunningBot, ada: Person, words: str) -> None:
    assert (await ada.query_inline(words))["results"] == []


async def test_an_offer_is_the_persons_own_and_kept_for_five_minutes(bot: RunningBot, ada: Person) -> None:
    offered = await ada.query_inline("antibody loops")
    assert (offered["is_personal"], offered["cache_time"]) == (True, 300)  # it is in their language


async def test_an_offer_that_comes_too_late_is_left(bot: RunningBot, api: BotApi, ada: Person) -> None:
    late = "query is too old and response timeout expired or query ID is invalid"
    api.fail_next("answerInlineQuery", 400, description=f"Bad Request: {late}")
    await api.send_update(inline_query={"id": "late", "from": ada.to_json(), "query": "loops", "offset": ""})
    await api.wait_until(lambda: not api.faults)
    calls = len(api.list_calls("answerInlineQuery"))
    await ada.query_inline("fold")  # a person's queries are answered in their order
    assert len(api.list_calls("answerInlineQuery")) == calls + 1


async def test_exactly_fifty_are_one_page(app, api: BotApi, start_bot: Starts, ada: Person) -> None:
    from digestbot.store.digests.digest_writer import PageKey

    many = make_digest("Many", entries=[make_entry(f"2611.{i:05}", title=f"Gaussian number {i}") for i in range(1, 51)])
    await app.store.digests.save_pages([(PageKey("many", "", {}), [many])], app.clock.now())
    async with start_bot(app):
        offered = await ada.query_inline("gaussian")
        assert (len(offered["results"]), offered.get("next_offset", "")) == (50, "")


async def test_the_card_is_in_the_persons_language(bot: RunningBot, api: BotApi) -> None:
    lin = Person(api, "Lin", "zh-hans")
    offered = await lin.query_inline("antibody loops")
    assert "AI 总结" in lin.choose_result(offered["results"][0], lin.chat).text
