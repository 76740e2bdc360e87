"""Papers that are not stored: asked for once for all, shown, kept, and what is said when they cannot be had."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from digestbot.app import App, open_app
from digestbot.core.commands.papers import looking_up
from digestbot.core.papers.lookup_pace import MAX_LOOKUPS, LookupPace
from digestbot.domain.subscription import Address
from digestbot.papers import connections
from digestbot.papers import lookup as lookups
from digestbot.settings import Settings
from tests.builder.archive import ArxivServer, Submission
from tests.fakes import ManualClock
from tests.papers.asking import ADA, BO, ask, ask_last
from tests.papers.conftest import ATTENTION
from tests.waiting import HANG_SECONDS

ENGINES = ("sqlite", "postgresql")
both_engines = pytest.mark.parametrize("engine", ENGINES, indirect=True)


@pytest.mark.parametrize(
    "text",
    ["/paper 1706.03762", "https://arxiv.org/pdf/1706.03762v7", "arXiv:1706.03762", "10.48550/arXiv.1706.03762"],
)
async def test_a_paper_that_is_not_stored_is_fetched_and_shown(looking_app: App, arxiv: ArxivServer, text: str) -> None:
    card = await ask_last(looking_app, text)
    shown = str(card)
    assert card.ok
    assert "Attention Is All You Need" in shown
    assert "We propose a new simple network architecture" in shown
    assert "cs.CL cs.LG" in shown
    assert "On arXiv since" in shown
    assert len(arxiv.asked) == 1


@both_engines
async def test_it_is_stored_and_not_asked_for_again(looking_app: App, arxiv: ArxivServer) -> None:
    await ask(looking_app, "/paper 1706.03762")
    assert "Attention" in str(await ask_last(looking_app, "/paper 1706.03762", BO))
    assert "Attention" in str(await ask_last(looking_app, "/search transformer attention", BO))
    assert "Attention" in str(await ask_last(looking_app, "/paper attention is all you need", BO))
    assert len(arxiv.asked) == 1


async def test_every_command_takes_a_paper_that_is_not_stored(looking_app: App) -> None:
    saved = await ask_last(looking_app, "/save 1706.03762")
    assert saved.ok
    assert "Attention Is All You Need" in str(await ask_last(looking_app, "/saved"))


async def test_a_paper_that_is_unsaved_is_not_asked_for(looking_app: App, arxiv: ArxivServer) -> None:
    await ask(looking_app, "/unsave 1706.03762")
    assert arxiv.asked == []


@both_engines
async def test_a_number_that_does_not_exist_is_said_and_remembered_for_an_hour(
    looking_app: App, arxiv: ArxivServer, clock: ManualClock
) -> None:
    for _ in range(3):
        card = await ask_last(looking_app, "/paper 2611.99999")
        assert not card.ok
        assert "arXiv has no paper 2611.99999" in str(card)
    assert len(arxiv.asked) == 1
    clock.advance(minutes=61)
    arxiv.add(Submission("2611.99999", "It was submitted meanwhile"))
    assert "It was submitted meanwhile" in str(await ask_last(looking_app, "/paper 2611.99999"))


async def test_several_numbers_that_do_not_exist_are_told_as_several(looking_app: App) -> None:
    card = await ask_last(looking_app, "/paper 2611.99998 2611.99999")
    assert "There are no papers 2611.99998, 2611.99999. Are their numbers right?" in str(card)
    card = await ask_last(looking_app, "/paper 1706.03762 2611.99998 2611.99999")
    assert "There are none with these numbers: 2611.99998, 2611.99999." in str(card)


async def test_an_old_version_shows_the_newest_and_says_so(looking_app: App, arxiv: ArxivServer) -> None:
    shown = str(await ask_last(looking_app, "/paper 1706.03762v1"))
    assert "This is v7 of 1706.03762, the newest; you asked for v1" in shown
    assert "There is no v9 of 1706.03762: the newest is v7" in str(await ask_last(looking_app, "/paper 1706.03762v9"))


async def test_a_newer_version_than_the_stored_one_is_fetched(
    looking_app: App, arxiv: ArxivServer, clock: ManualClock
) -> None:
    await ask(looking_app, "/paper 1706.03762")
    clock.advance(minutes=5)
    arxiv.papers[:] = [replace(ATTENTION, version=8, title="Attention Is Still All You Need")]
    assert "Still All You Need" in str(await ask_last(looking_app, "/paper 1706.03762v8"))


async def test_what_was_looked_up_a_week_ago_is_shown_and_looked_up_again(
    looking_app: App, arxiv: ArxivServer, clock: ManualClock
) -> None:
    await ask(looking_app, "/paper 1706.03762")
    arxiv.papers[:] = [replace(ATTENTION, version=8, title="Attention Is Still All You Need")]
    clock.advance(days=6)
    assert len(await ask(looking_app, "/paper 1706.03762")) == 1
    clock.advance(days=2)
    first, last = await ask(looking_app, "/paper 1706.03762")
    assert ("Still All" in str(first), "Still All" in str(last)) == (False, True)
    clock.advance(days=8)
    assert len(await ask(looking_app, "/paper 1706.03762")) == 1  # nothing is new
    clock.advance(days=8)
    arxiv.fail_next("/api", "503")
    arxiv.fail_next("/oai", "503")
    assert "Still All" in str(await ask_last(looking_app, "/paper 1706.03762"))


async def test_a_withdrawn_paper_says_so(looking_app: App, arxiv: ArxivServer) -> None:
    arxiv.add(Submission("2611.00002", "A slip", comment="This paper has been withdrawn due to an error in Lemma 2"))
    assert "withdrawn" in str(await ask_last(looking_app, "/paper 2611.00002")).lower()


async def test_tex_never_reaches_a_card(looking_app: App, arxiv: ArxivServer) -> None:
    arxiv.add(Submission("2611.00003", r"On \emph{Erd\H{o}s} graphs", r"We \textbf{prove} it~\cite{a}."))
    shown = str(await ask_last(looking_app, "/paper 2611.00003"))
    assert "On Erdős graphs" in shown
    assert "\\emph" not in shown
    assert "textbf" not in shown


@both_engines
async def test_many_who_ask_for_one_paper_cause_one_request(looking_app: App, arxiv: ArxivServer) -> None:
    people = [Address("console", str(number)) for number in range(50)]
    cards = await asyncio.gather(*(ask_last(looking_app, "/paper 1706.03762", person) for person in people))
    assert all("Attention" in str(card) for card in cards)
    assert len(arxiv.asked) == 1


@both_engines
async def test_several_papers_of_a_message_are_one_request(looking_app: App, arxiv: ArxivServer) -> None:
    arxiv.add(Submission("2611.00004", "Another"))
    shown = await ask_last(looking_app, "1706.03762 2611.00004 2611.99999")
    assert "Attention Is All You Need" in str(shown)
    assert "Another" in str(shown)
    assert "There is none with this number: 2611.99999" in str(shown)
    assert len(arxiv.asked) == 1


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_two_processes_ask_once(looking: Settings, arxiv: ArxivServer, clock: ManualClock) -> None:
    async with open_app(looking, clock) as one, open_app(looking, clock) as other:
        cards = await asyncio.gather(ask_last(one, "/paper 1706.03762"), ask_last(other, "/paper 1706.03762", BO))
        assert all("Attention" in str(card) for card in cards)
        cards = await asyncio.gather(ask_last(one, "/paper 2611.99999"), ask_last(other, "/paper 2611.99999", BO))
        assert all("arXiv has no paper" in str(card) for card in cards)
    assert len(arxiv.asked) == 2


async def test_where_the_api_is_too_busy_the_other_door_is_asked(looking_app: App, arxiv: ArxivServer) -> None:
    arxiv.fail_next("/api", "429")
    assert "Attention" in str(await ask_last(looking_app, "/paper 1706.03762"))
    assert [path.partition("?")[0] for path in arxiv.asked] == ["/api/query", "/oai"]


async def test_when_neither_door_answers_it_is_said_when_to_ask_again(looking_app: App, arxiv: ArxivServer) -> None:
    arxiv.fail_next("/api", "429:1200")
    arxiv.fail_next("/oai", "503-later")
    card = await ask_last(looking_app, "/paper 1706.03762")
    assert not card.ok
    assert "arXiv does not answer now, and asks to be left alone. Please try again in 20 minutes." in str(card)
    assert [button.command for button in card.buttons] == ["paper 1706.03762"]


@pytest.mark.parametrize("fault", ["reset", "cut", "empty", "503", "500"])
async def test_half_an_answer_is_none_and_the_other_door_is_asked(
    looking_app: App, arxiv: ArxivServer, fault: str
) -> None:
    arxiv.fail_next("/api", fault)
    assert "Attention" in str(await ask_last(looking_app, "/paper 1706.03762"))
    assert len(arxiv.asked) == 2


OF_ANOTHER = (
    b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry>'
    b"<id>http://arxiv.org/abs/2611.77777v1</id><title>Of another paper</title></entry></feed>"
)


@pytest.mark.parametrize(
    "body",
    [b"<html><body>Please wait</body></html>", b"Rate exceeded.", OF_ANOTHER, b"x" * 60_000_000],
    ids=["html", "words", "other", "huge"],
)
async def test_what_is_no_answer_about_the_paper_is_not_shown(
    looking_app: App, arxiv: ArxivServer, body: bytes
) -> None:
    arxiv.answers["/api/query"] = (200, body)
    assert "Attention" in str(await ask_last(looking_app, "/paper 1706.03762"))
    arxiv.answers["/oai"] = (200, body)
    card = await ask_last(looking_app, "/paper 2611.00099")
    assert not card.ok
    assert "Of another paper" not in str(card)
    assert "arXiv has no paper" not in str(card)


async def test_it_is_said_first_that_arxiv_is_slow_and_the_card_follows(
    looking_app: App, arxiv: ArxivServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_up, "PATIENCE_SECONDS", 0)
    for line in ("/paper 1706.03762", "/save 2611.00006"):
        arxiv.papers[1:] = [Submission("2611.00006", "It takes a while")]
        first, last = await ask(looking_app, line)
        assert "I am asking arXiv for it…" in str(first)
        number = line.split()[1]
        assert f"'{number}: '" in str(first)
        assert f"https://arxiv.org/abs/{number}" in str(first)
        assert last.ok
        assert "Attention" in str(last) or "It takes a while" in str(last)


async def test_a_look_up_that_hangs_ends(looking_app: App, arxiv: ArxivServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_up, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(connections, "_TIMEOUT_SECONDS", 1.0)
    monkeypatch.setattr(lookups, "LOOKUP_SECONDS", 0.3)
    arxiv.fail_next("/api", "slow")
    arxiv.fail_next("/oai", "slow")
    first, last = await ask(looking_app, "/paper 1706.03762")
    assert "I am asking arXiv" in str(first)
    assert not last.ok
    assert "arXiv does not answer now. Please try again in a few minutes." in str(last)
    monkeypatch.setattr(lookups, "LOOKUP_SECONDS", HANG_SECONDS)
    assert "Attention" in str(await ask_last(looking_app, "/paper 1706.03762"))


async def test_a_person_has_so_many_looked_up_in_an_hour(
    looking_app: App, arxiv: ArxivServer, clock: ManualClock
) -> None:
    for number in range(6):
        numbers = [f"2611.{10_000 + 10 * number + one:05}" for one in range(10)]
        await ask(looking_app, " ".join(numbers))
    refused = await ask_last(looking_app, "/paper 1706.03762")
    assert not refused.ok
    assert "You had 60 papers looked up in the last hour. The next ones can be at 2026-11-24 10:00" in str(refused)
    assert "Attention" in str(await ask_last(looking_app, "/paper 1706.03762", BO))
    assert (await ask_last(looking_app, "/paper 1706.03762", ADA)).ok  # it is stored now
    clock.advance(minutes=61)
    assert "arXiv has no" in str(await ask_last(looking_app, "/paper 2611.88888", ADA))


async def test_without_look_up_it_is_said_where_a_paper_may_be(empty_app: App) -> None:
    card = await ask_last(empty_app, "/paper 1706.03762")
    assert "looking papers up is turned off" in str(card)
    assert "https://arxiv.org/abs/1706.03762" in str(card)


async def test_chinese_is_answered_in_chinese(looking_app: App) -> None:
    assert "提交到 arXiv" in str(await ask_last(looking_app, "/paper 1706.03762", BO, "zh"))
    assert "arXiv 上没有论文" in str(await ask_last(looking_app, "/paper 2611.99999", BO, "zh"))


def test_more_than_a_person_may_have_in_an_hour_waits_for_all_of_it(clock: ManualClock) -> None:
    pace, person = LookupPace(clock), Address("telegram", "7")
    assert pace.begin(person, 1) is None
    assert pace.begin(person, MAX_LOOKUPS + 1) == clock.now() + timedelta(hours=1)
