"""Answers that go on: each card has the notes, the last one's list is remembered, and errors are cards too."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.cards import replies
from digestbot.cards.card import Card, list_sentences
from digestbot.core.answers.live_cards import LiveCard, change_cards
from digestbot.core.ports import IncomingDocument, IncomingMessage, Reply
from digestbot.domain.subscription import Address
from digestbot.errors import CommandError, StoreError
from tests.live_work import WorkDesk, make_card

HERE = Address("console", "local")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> WorkDesk:
    return WorkDesk(monkeypatch, "topics", "digest")


async def ask(app: App, text: str, **more: object) -> Reply:
    return await app.dispatcher.handle_message(IncomingMessage(HERE, text, "en", **more))  # type: ignore[arg-type]


async def list_cards(reply: Reply) -> list[Card]:
    assert reply.updates
    return [card async for card in reply.updates]


def say(card: Card) -> str:
    return " ".join(list_sentences(card))


async def test_the_first_card_comes_at_once_and_the_others_follow(app: App, desk: WorkDesk) -> None:
    reply = await ask(app, "/topics")
    assert "Reading" in say(reply.card)
    desk.works[0].finish("Writing …", "Done.")
    assert [say(card).removeprefix("A paper ") for card in await list_cards(reply)] == ["Writing …", "Done."]
    assert desk.works[0].is_closed


async def test_each_card_has_the_notes_about_the_question(app: App, desk: WorkDesk) -> None:
    desk.notes = ["“x” was not understood."]
    reply = await ask(app, "/topics x")
    desk.works[0].finish("Writing …", "Done.")
    cards = [reply.card, *await list_cards(reply)]
    assert [list_sentences(card)[1] for card in cards] == desk.notes * 3


async def test_the_list_of_the_last_card_is_what_numbers_mean(app: App, desk: WorkDesk) -> None:
    shown = (await ask(app, "/latest protein-design")).card
    desk.first = make_card("Reading …")
    reply = await ask(app, "/topics")
    desk.works[0].finish(make_card("Writing …"), shown)
    await list_cards(reply)
    assert (await ask(app, "2")).card.command.startswith("paper ")


async def test_it_says_how_to_ask_again(app: App, desk: WorkDesk) -> None:
    assert (await ask(app, "/digest protein-design 2026-11-23")).command == "digest protein-design 2026-11-23"
    assert (await ask(app, "/latest protein-design")).command == ""


async def test_what_came_with_a_file_cannot_be_asked_again_by_a_line(app: App, desk: WorkDesk) -> None:
    async def read(_: int) -> bytes:
        return b""

    documents = (IncomingDocument("a.pdf", "application/pdf", 0, read),)
    assert (await ask(app, "/topics", documents=documents)).command == ""


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (CommandError("not_format", text="x"), "“x” is not a card style"),
        (StoreError("/var/lib/secret.sqlite"), "The database does not answer"),
        (ZeroDivisionError(), "Something went wrong"),
    ],
)
async def test_an_error_in_the_middle_is_the_last_card(app: App, desk: WorkDesk, error: Exception, says: str) -> None:
    reply = await ask(app, "/topics")
    desk.works[0].finish("Writing …", error, "Never.")
    *_, last = await list_cards(reply)
    assert not last.ok
    assert says in say(last)
    assert "secret" not in say(last)
    assert desk.works[0].is_closed


async def test_who_goes_away_ends_the_work(app: App, desk: WorkDesk) -> None:
    reply = await ask(app, "/topics")
    assert reply.updates
    desk.works[0].show("Writing …")
    assert "Writing" in say(await anext(reply.updates))
    await reply.updates.aclose()
    assert desk.works[0].is_closed


async def test_work_that_was_begun_is_ended_although_nobody_asked_for_its_cards(
    app: App, desk: WorkDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler may take the first card from the same cards that follow."""

    async def begin(request: object) -> LiveCard:
        live = await WorkDesk._begin(desk, request)  # type: ignore[arg-type]
        desk.works[-1].show("Begun …")
        return LiveCard(await anext(live.updates), live.updates)

    desk._begin = begin  # type: ignore[method-assign]
    desk.__init__(monkeypatch, "topics")  # type: ignore[misc]
    reply = await ask(app, "/topics")
    assert "Begun" in say(reply.card)
    assert reply.updates
    await reply.updates.aclose()
    assert desk.works[-1].is_closed


async def test_an_answer_that_cannot_be_remembered_begins_nothing(
    app: App, desk: WorkDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise StoreError("gone")

    monkeypatch.setattr("digestbot.core.answers.shown_lists.ShownLists.note", fail)
    reply = await ask(app, "/topics")
    assert not reply.card.ok
    assert reply.updates is None


async def test_all_cards_of_an_answer_can_be_changed(app: App, desk: WorkDesk) -> None:
    reply = change_cards(await ask(app, "/topics"), lambda card: replies.add_chat_title(card, "Fold Lab"))
    desk.works[0].finish("Done.")
    assert [list_sentences(card)[0] for card in (reply.card, *await list_cards(reply))] == ["Fold Lab"] * 2
    assert desk.works[0].is_closed
