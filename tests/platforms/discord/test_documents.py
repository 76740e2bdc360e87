"""Files that people attach on Discord, and what their replies are about."""

from __future__ import annotations

import pytest

from digestbot.core.papers.documents import MAX_DOCUMENT_BYTES
from digestbot.core.ports import IncomingMessage, Reply
from digestbot.domain.paper import find_paper_ids
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import Attachment, Guild
from tests.platforms.discord.conftest import Starts

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
LIST = b"gaussian splatting\nauthor:Kerbl\ncat:cs.GR\n"


@ON_SQLITE
async def test_a_list_is_imported_as_an_option_and_in_private_with_words_and_without(
    app, api: DiscordApi, start_bot: Starts, lab: Guild, mod: Person, ada: Person
) -> None:
    papers = lab.create_channel("papers")
    async with start_bot(app, api):
        answer = await mod.slash(papers, "import", file=Attachment("topics.txt", LIST))
        assert ("What can be followed" in answer.text, "Follow all 3" in str(answer.message.components)) == (True, True)
        refused = await ada.slash(papers, "import", file=Attachment("hers.txt", LIST))
        assert (refused.ephemeral, api.fetched["hers.txt"]) == (True, 0)
        for text in ("", "/import", "my list"):
            shown = await ada.send_text(text, Attachment("topics.txt", LIST, "text/plain; charset=utf-8"))
            assert "What can be followed" in message_view.get_text(shown), text
        sent = await ada.type_text("", Attachment("photo.png", b"x", "image/png"))
        file = await ada.send_text("look", Attachment("a.zip", b"PK", "application/zip"))
        assert "I did not understand “look”" in message_view.get_text(file)
        assert "I can do nothing with “a.zip”" in message_view.get_text(
            await ada.send_text("", Attachment("a.zip", b"PK", "application/zip"))
        )
        sent.body["attachments"] = [api.keep_attachment(Attachment("topics.txt", LIST))]
        assert "What can be followed" in message_view.get_text(await ada.send_text("/import", answered=sent))


@ON_SQLITE
@pytest.mark.parametrize(
    ("file", "says"),
    [
        (
            Attachment("a.bib", b"", told_size=MAX_DOCUMENT_BYTES + 1),
            "“a.bib” is too large: I read files of up to 20 MB",
        ),
        (Attachment("b.bib", b"@" * (MAX_DOCUMENT_BYTES + 1), told_size=9), "“b.bib” is too large"),
        (Attachment("c.bib", b"", status=404), "“c.bib” is not there any more"),
        (Attachment("d.bib", b"", status=403), "“d.bib” is not there any more"),
        (Attachment("e.bib", b"", status=500), "“e.bib” could not be fetched"),
        (Attachment("../@everyone\u202e.bib", b"%PDF-1.7"), "“@everyone.bib” is no text"),
    ],
)
async def test_what_cannot_be_read_is_said_in_a_sentence(
    app, api: DiscordApi, start_bot: Starts, ada: Person, file: Attachment, says: str, capfd
) -> None:
    async with start_bot(app, api):
        shown = await ada.send_text("", file)
    assert says in message_view.get_text(shown).replace("\u2060", "").replace("\\", "")
    assert "hm=secret" not in "".join(capfd.readouterr())


@ON_SQLITE
async def test_a_file_in_a_private_network_is_not_asked_for(
    app, api: DiscordApi, start_bot: Starts, ada: Person
) -> None:
    async with start_bot(app, api, allow_private_hosts=False):
        shown = await ada.send_text("", Attachment("inside.txt", LIST))
    assert "“inside.txt” could not be fetched" in message_view.get_text(shown)
    assert not api.fetched["inside.txt"]


@ON_SQLITE
async def test_a_reply_is_about_the_paper_of_the_card_and_of_nobody_elses_message(
    app, api: DiscordApi, start_bot: Starts, ada: Person
) -> None:
    heard: list[IncomingMessage] = []

    async def listen(message: IncomingMessage) -> Reply:
        heard.append(message)
        reply: Reply = await app.dispatcher.handle_message(message)
        return reply

    async def reply_to(answered) -> list[str]:
        await ada.send_text("1", answered=answered)
        found = (paper.base_id for link in heard[-1].quoted_links for paper in find_paper_ids(link))
        return list(dict.fromkeys(found))

    async with start_bot(app, api) as running:
        running.platform.set_reply_handler(listen)
        card = await ada.send_text("/paper 2611.90112")
        assert await reply_to(card) == ["2611.90112"]
        listed = await ada.send_text("/latest protein-design")
        assert (await reply_to(listed))[0] == "2611.90112"
        assert len(await reply_to(listed)) == 3
        assert [heard[-1].quoted_list[number] for number in (1, 2, 3)] == await reply_to(listed)
        mine = await ada.type_text("https://arxiv.org/abs/2611.90112")
        assert await reply_to(mine) == []
