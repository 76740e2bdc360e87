"""A PDF that somebody sends is summarised for them alone, kept for a day, and what cannot be read has a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from digestbot.app import App
from digestbot.builder.texts.sent_pdf_reader import PdfProblem, parse_sent_pdf
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Card, Details, Heading
from digestbot.core.lines.card_replies import choose_named_addresses, find_named_address
from digestbot.core.ports import IncomingDocument, IncomingMessage
from digestbot.domain.subscription import Address, CardStyle
from digestbot.papers.on_demand_summaries import OnDemandSummaries
from digestbot.store.tables import papers, sent_pdfs
from tests.builder.archive import ArxivServer
from tests.builder.endpoint import CHINESE, ModelEndpoint
from tests.builder.papers import WORDS, build_pdf, draw_text, pdf_paper, wrap_words
from tests.core.commands.asking import list_commands, text_of
from tests.fakes import ManualClock
from tests.papers.summarizing import HEADLINE, NUMBER, add_paper, make_settings, open_summarizing, take_cards
from tests.places import SHARED
from tests.waiting import wait_until


def show_forms(style: CardStyle) -> Capabilities:
    """As Telegram and Discord have them."""
    return Capabilities(forms=True)


def show_sections(style: CardStyle) -> Capabilities:
    """As Discord has them."""
    return Capabilities(forms=True, section_buttons=True)


REAL = SHARED / "real" / "pdf"
PERSON = Address("telegram", "7")


@pytest.fixture
async def app(
    database_url: str, archive: ArxivServer, endpoint: ModelEndpoint, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[App]:
    async with open_summarizing(make_settings(database_url, archive, endpoint, tmp_path), clock) as app:
        yield app


async def read_content(content: bytes, limit: int) -> bytes:
    assert len(content) <= limit
    return content


def make_message(content: bytes, name: str = "paper.pdf", text: str = "", **changes: Any) -> IncomingMessage:
    document = IncomingDocument(name, "application/pdf", len(content), partial(read_content, content))
    return replace(IncomingMessage(PERSON, text, "en"), documents=(document,), **changes)


async def send(app: App, content: bytes, text: str = "", **changes: Any) -> str:
    return text_of((await take_cards(app, make_message(content, text=text, **changes)))[-1])


def stamp(number: str) -> bytes:
    """A paper of one page with arXiv's stamp."""
    lines = [f"arXiv:{number}v1  [cs.CV]  24 Oct 2024", *wrap_words("Nine of 24 designs bind. " + WORDS * 12)]
    return build_pdf(draw_text(150, 760, ["Loops from Epitopes"], 18) + draw_text(60, 700, lines))


async def count(app: App, table: object) -> int:
    async with app.store.database.read() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table)) or 0)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "/summarize"])
async def test_a_pdf_is_summarised_for_who_sent_it_and_becomes_no_paper(
    app: App, endpoint: ModelEndpoint, text: str
) -> None:
    before = await count(app, papers)
    cards = await take_cards(app, make_message(pdf_paper(), text=text))
    assert "Reading the paper" in text_of(cards[0])
    assert "paper.pdf" in text_of(cards[0])
    words = text_of(cards[-1])
    assert "Loops from Epitopes" in words
    assert HEADLINE in words
    assert "only you see this" in words
    assert await count(app, papers) == before
    asked = len(endpoint.asked)
    assert HEADLINE in await send(app, pdf_paper())  # the same again costs nothing
    assert len(endpoint.asked) == asked
    assert await app.store.quotas.count_uses(date(2026, 11, 24), "telegram", "7") == 1


async def test_nobody_else_sees_it_and_it_is_deleted_after_a_day_and_by_forgetme(app: App, clock: ManualClock) -> None:
    card = (await take_cards(app, make_message(pdf_paper())))[-1]
    line = f"/{card.command}"
    assert HEADLINE in text_of((await take_cards(app, IncomingMessage(PERSON, line, "en")))[-1])
    other = IncomingMessage(Address("telegram", "8"), line, "en")
    assert "not here any more" in text_of((await take_cards(app, other))[-1])
    group = IncomingMessage(Address("telegram", "-100"), line, "en", user=PERSON, title="Lab")
    assert "not here any more" in text_of((await take_cards(app, group))[-1])
    subscriber = await app.subscriptions.find(PERSON)
    assert subscriber
    assert isinstance(app.papers.summaries, OnDemandSummaries)
    token = card.command.removeprefix("summarize pdf:")
    text = await app.papers.summaries.find_pdf_text(subscriber.id, token)
    assert text
    assert "antibody loops" in text.excerpt(10_000)
    assert await app.papers.summaries.find_pdf_text(subscriber.id + 1, token) is None
    clock.advance(hours=25)
    assert await app.papers.summaries.find_pdf_text(subscriber.id, token) is None
    await app.store.sent_pdfs.delete_expired(clock.now())
    assert await count(app, sent_pdfs) == 0
    await send(app, pdf_paper())
    assert await count(app, sent_pdfs) == 1
    await take_cards(app, IncomingMessage(PERSON, "/forgetme yes", "en"))
    assert await count(app, sent_pdfs) == 0


async def test_in_a_group_it_is_asked_for_in_private(app: App, endpoint: ModelEndpoint) -> None:
    group: dict[str, Any] = {"address": Address("telegram", "-100"), "user": PERSON, "title": "Lab"}
    assert "in a private chat" in await send(app, pdf_paper(), **group)
    assert not endpoint.asked
    alone = {**group, "is_ephemeral": True}  # as on Discord, where nobody else sees the answer
    assert HEADLINE in await send(app, pdf_paper(), **alone)


async def test_a_copy_of_a_paper_of_arxivs_offers_that_paper(app: App, archive: ArxivServer) -> None:
    await add_paper(app, archive, "2410.18974")
    card = (await take_cards(app, make_message(stamp("2410.18974"))))[-1]
    assert list_commands(card) == ["paper 2410.18974"]
    assert "(paper.pdf, 1 page): only you see this" in text_of(card)


async def ask_person(app: App, text: str, *links: str) -> Card:
    message = IncomingMessage(PERSON, text, "en", quoted_links=links, capabilities_for=show_forms)
    return (await take_cards(app, message))[-1]


async def test_ones_own_pdf_is_asked_about_by_button_by_reply_and_as_what_was_opened_last(
    app: App, archive: ArxivServer
) -> None:
    await add_paper(app, archive, "2410.18974")
    card = (await take_cards(app, make_message(stamp("2410.18974"), capabilities_for=show_forms)))[-1]
    name = card.command.removeprefix("summarize ")
    assert list_commands(card) == [f"ask {name}", "paper 2410.18974"]
    quoted = choose_named_addresses(map(find_named_address, list_commands(card)))
    assert quoted == (name,)
    for text, links in (("/ask what binds?", ()), ("what binds?", quoted), ("/ask what binds?", quoted)):
        answer = await ask_person(app, text, *links)
        assert "Loops from Epitopes" in text_of(answer)
        assert "what binds?" in text_of(answer)
        assert list_commands(answer) == [f"ask {name}", f"summarize {name}"]
    for text in ("save it", "/cite it"):
        assert "your own PDF" in text_of(await ask_person(app, text))
    assert HEADLINE in text_of(await ask_person(app, "/summarize it"))


async def test_the_analysis_of_ones_own_pdf_has_a_button_where_a_card_has_no_room_for_it(app: App) -> None:
    card = (await take_cards(app, make_message(pdf_paper(), capabilities_for=show_sections)))[-1]
    command = f"{card.command} analysis"
    assert command in list_commands(card)
    assert not any(isinstance(block, Details) for block in card.blocks)
    analysis = await ask_person(app, f"/{command}")
    assert analysis.command == command
    assert any(isinstance(block, Heading) and block.level == 3 for block in analysis.blocks)


@pytest.mark.parametrize(
    "text", ["/ask what binds?", "what binds?", "ask what binds?", "提问 what binds?", "/ask what binds"]
)
async def test_a_question_that_comes_with_a_pdf_is_about_that_and_not_about_the_opened_paper(
    app: App, archive: ArxivServer, text: str
) -> None:
    await add_paper(app, archive)
    await ask_person(app, f"/paper {NUMBER}")
    cards = await take_cards(app, make_message(pdf_paper(), text=text))
    assert "Reading the paper" in text_of(cards[0])
    words = text_of(cards[-1])
    assert "Loops from Epitopes" in words
    assert "what binds" in words
    assert cards[-1].command.startswith("summarize pdf:")
    assert await app.store.quotas.count_uses(date(2026, 11, 24), "telegram", "7") == 1


async def test_a_pdf_that_comes_with_another_command_has_a_sentence(app: App, archive: ArxivServer) -> None:
    await add_paper(app, archive)
    assert "your own PDF" in await send(app, pdf_paper(), "/save nlp")
    words = await send(app, pdf_paper(), f"/summarize {NUMBER}")
    assert HEADLINE in words
    assert NUMBER in words


EMPTY, SCAN = b"", build_pdf(b"0.5 g 10 10 500 700 re f\n")
BROKEN = [
    (EMPTY, "is empty"),
    (b"PK\x03\x04" + b"x" * 5000, "is not a PDF"),
    (b"%PDF-1.7\n" + b"\x00garbage" * 500, "is damaged"),
    (SCAN, "is a scan"),
    (build_pdf(*[b""] * 2000), "has 2,000 pages"),
]


@pytest.mark.parametrize(("content", "says"), BROKEN, ids=[says for _, says in BROKEN])
async def test_what_cannot_be_read_has_a_sentence_and_counts_nothing(
    app: App, endpoint: ModelEndpoint, content: bytes, says: str
) -> None:
    words = await send(app, content)
    assert says in words
    assert "“paper.pdf”" in words
    assert not endpoint.asked
    assert await app.store.quotas.count_uses(date(2026, 11, 24), "telegram", "7") == 0


def encrypt_pdf() -> bytes:
    """A PDF whose trailer says that it needs a password, which no empty one opens."""
    key = b"<" + b"ab" * 32 + b">"
    entry = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O %b /U %b /P -44 >> /ID [<00> <00>] /Root" % (key, key)
    return pdf_paper().replace(b"/Root", entry)


def test_a_pdf_with_a_password_is_told_from_a_broken_one() -> None:
    assert parse_sent_pdf(encrypt_pdf()).problem is PdfProblem.ENCRYPTED


async def test_a_model_that_fails_has_a_sentence_and_keeps_nothing(app: App, endpoint: ModelEndpoint) -> None:
    endpoint.answer = CHINESE
    assert "gave no summary that held up" in await send(app, pdf_paper())
    assert await count(app, sent_pdfs) == 0
    assert await app.store.quotas.count_uses(date(2026, 11, 24), "telegram", "7") == 1  # the model was paid


async def test_who_goes_away_has_used_what_a_model_was_asked_for(app: App, endpoint: ModelEndpoint) -> None:
    endpoint.free = 0
    reply = await app.dispatcher.handle_message(make_message(pdf_paper()))
    assert reply.updates
    assert "Writing" in text_of(await anext(reply.updates))
    await wait_until(lambda: len(endpoint.asked) == 1)
    await reply.updates.aclose()
    endpoint.free = None
    assert await app.store.quotas.count_uses(date(2026, 11, 24), "telegram", "7") == 1


async def test_without_a_model_a_sentence_says_so(database_url: str, archive: ArxivServer, tmp_path: Path) -> None:
    async with open_summarizing(make_settings(database_url, archive, None, tmp_path)) as app:
        assert "PDFs cannot be summarised" in await send(app, pdf_paper())


async def test_who_sends_two_at_once_gets_both(app: App) -> None:
    said = await asyncio.gather(send(app, pdf_paper()), send(app, stamp("2410.18974")))
    assert all(HEADLINE in words for words in said)


async def test_two_files_are_in_memory_at_once_and_one_of_each_person(app: App) -> None:
    held: list[Address] = []
    go_on = asyncio.Event()

    async def hold(person: Address, limit: int) -> bytes:
        held.append(person)
        await go_on.wait()
        return pdf_paper()

    def send_held(person: Address) -> asyncio.Task[list[Card]]:
        document = IncomingDocument("paper.pdf", "application/pdf", 1, partial(hold, person))
        message = replace(IncomingMessage(person, "", "en"), documents=(document,))
        return asyncio.create_task(take_cards(app, message))

    people = [Address("telegram", chat) for chat in ("7", "7", "8", "9")]
    works = [send_held(person) for person in people]
    await wait_until(lambda: len(held) >= 2)
    for _ in range(20):  # others have their turn
        await app.store.sent_pdfs.delete_expired(app.clock.now())
    assert (len(held), len(set(held))) == (2, 2)  # whoever came first
    go_on.set()
    assert all(HEADLINE in text_of(cards[-1]) for cards in await asyncio.gather(*works))
    assert len(held) == len(people)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real PDFs are not beside the checkout")
def test_real_pdfs_are_read_or_have_a_reason() -> None:
    read = {path.name: parse_sent_pdf(path.read_bytes()) for path in REAL.glob("*.pdf")}
    assert len(read) > 30
    assert {one.problem for one in read.values()} <= {None, PdfProblem.NO_TEXT}
    readable = [one for one in read.values() if one.problem is None]
    assert len(readable) >= 0.85 * len(read)
    stamped = {one.arxiv_id for one in readable if one.arxiv_id}
    assert stamped >= {"2501.10120", "2304.02623", "2202.00535", "2203.00274", "0908.0054"}
    assert not any("arXiv:" in one.title for one in readable)
    titles = {name.rpartition("_")[2]: one.title for name, one in read.items()}
    assert titles["1903.10676.pdf"] == ""  # an excerpt, which begins within the paper


def test_a_title_is_no_larger_word_of_a_figure_and_no_sections_heading() -> None:
    text = wrap_words("Nine of 24 designs bind. " + WORDS * 12)
    paper = draw_text(150, 760, ["Loops from Epitopes"], 18) + draw_text(60, 730, ["Abstract"], 12)
    figure = draw_text(60, 700, ["Search"], 24)
    assert parse_sent_pdf(build_pdf(paper + figure + draw_text(60, 660, text))).title == "Loops from Epitopes"
    excerpt = draw_text(150, 760, ["5 Discussion"], 18) + draw_text(60, 700, text)
    assert parse_sent_pdf(build_pdf(excerpt)).title == ""
