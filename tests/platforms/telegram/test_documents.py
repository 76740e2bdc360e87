"""Files that people send on Telegram: with words and without, in groups, gone, too large, and larger than told."""

from __future__ import annotations

from typing import Any

import pytest

from digestbot.core.papers.documents import MAX_DOCUMENT_BYTES
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.platforms.telegram.botapi.world import BOT_NAME
from tests.platforms.telegram.conftest import RunningBot

LIST = b"gaussian splatting\nauthor:Kerbl\ncat:cs.GR\n"
ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@ON_SQLITE
@pytest.mark.parametrize("caption", ["", "/import", f"@{BOT_NAME}", "import", "导入", "my topics of last year"])
async def test_a_list_is_imported_with_and_without_words(bot: RunningBot, ada: Person, caption: str) -> None:
    message = await ada.send_document("topics.txt", LIST, caption=caption)
    assert message.text.startswith("What can be followed")
    assert "Follow all 3" in [button["text"] for button in message.keyboard]


@ON_SQLITE
async def test_a_file_that_no_command_reads_is_told_as_before(bot: RunningBot, ada: Person) -> None:
    for name in ("photo.zip", "song.mp3"):
        assert "I can only read text" in (await ada.send_document(name, b"x")).text
    assert "I can only read text" in (await ada.send_document("a.txt", LIST, media_group_id="7")).text  # an album


@ON_SQLITE
async def test_in_a_group_a_file_is_for_the_bot_where_it_says_so(bot: RunningBot, api: BotApi, ada: Person) -> None:
    group = ada.create_chat("supergroup", "Fold Lab")
    await ada.add_bot(group)
    await api.wait_until(lambda: group.messages)
    quiet = await ada.post_document("topics.txt", LIST, group)
    await ada.post_document("topics.txt", LIST, group, caption="my topics")
    for caption in ("/import", f"/import@{BOT_NAME}", f"@{BOT_NAME}"):
        message = await ada.send_document("topics.txt", LIST, group, caption=caption)
        assert message.text.startswith("What can be followed"), caption
    message = await ada.send_text("/import", group, reply_to_message=quiet)
    assert message.text.startswith("What can be followed")
    assert len(group.messages) == 5  # nothing was said to those that were for people


@ON_SQLITE
async def test_who_may_not_change_a_group_imports_nothing_and_the_file_is_not_even_asked_for(
    bot: RunningBot, api: BotApi, ada: Person
) -> None:
    group, member = ada.create_chat("supergroup", "Fold Lab"), Person(api, "Member")
    group.members[member.id] = "member"
    await ada.add_bot(group)
    await api.wait_until(lambda: group.messages)
    message = await member.send_document("topics.txt", LIST, group, caption="/import all")
    assert "Only administrators" in message.text
    assert not api.list_calls("getFile")


@ON_SQLITE
async def test_a_file_in_another_chat_is_read_where_a_command_replies_to_it(bot: RunningBot, ada: Person) -> None:
    sent = await ada.post_document("topics.txt", LIST, ada.create_chat("group", "Elsewhere"))
    origin = {"type": "user", "date": 1, "sender_user": ada.to_json()}
    message = await ada.send_text("/import", external_reply={"origin": origin, "document": sent["document"]})
    assert message.text.startswith("What can be followed")


@ON_SQLITE
@pytest.mark.parametrize(
    ("name", "content", "more", "says"),
    [
        ("large.bib", b"@", {"size": MAX_DOCUMENT_BYTES + 1}, "“large.bib” is too large: I read files of up to 20 MB."),
        ("grown.bib", b"@" * (MAX_DOCUMENT_BYTES + 1), {"size": 12}, "“grown.bib” is too large"),
        ("a.bib", b"%PDF-1.7 \n@article{x, author={A and B}}", {}, "“a.bib” is no text"),
        ("../../etc/pass\u202ewd<b>@all.txt", b"\0\1\2", {}, "“passwd<b>@all.txt” is no text"),
        ("empty.txt", b"", {}, "There is nothing in it to follow"),
    ],
)
async def test_what_cannot_be_read_is_said_in_a_sentence(
    bot: RunningBot, ada: Person, name: str, content: bytes, more: dict[str, Any], says: str
) -> None:
    message = await ada.send_document(name, content, **more)
    assert says in message.text.replace("\u2060", "")


@ON_SQLITE
@pytest.mark.parametrize(
    ("method", "kind", "says"),
    [
        ("getFile", 400, "is not there any more"),
        ("getFile", 500, "could not be fetched"),
        ("getFile", 429, "could not be fetched"),
        ("getFile", "reset", "could not be fetched"),
        ("file", 404, "is not there any more"),
        ("file", 502, "could not be fetched"),
        ("file", "reset", "could not be fetched"),
    ],
)
async def test_a_file_that_does_not_come_is_said_and_its_address_is_told_to_nobody(
    bot: RunningBot, api: BotApi, ada: Person, method: str, kind: int | str, says: str, capfd, caplog
) -> None:
    api.fail_next(method, kind, times=3)  # aiohttp asks a second time for a file itself
    message = await ada.send_document("topics.txt", LIST)
    assert says in message.text
    told = "".join((*capfd.readouterr(), caplog.text, *(one.text for one in ada.chat.messages)))
    assert TOKEN not in told
    assert "Something went wrong" not in told


@ON_SQLITE
async def test_a_path_on_the_servers_own_disk_is_not_opened(
    bot: RunningBot, api: BotApi, ada: Person, tmp_path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_bytes(LIST)
    sent = await ada.post_document("topics.txt", LIST, ada.create_chat("group", "Elsewhere"))
    api.documents[sent["document"]["file_id"]].path = str(secret)
    message = await ada.send_text("/import", reply_to_message=sent)
    assert "could not be fetched" in message.text
