"""One reader's week and one channel's, end to end: the real process, killed and started again, over real pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from digestbot.platforms.common.text import WORD_JOINER
from tests.places import SAMPLES, SHARED, TIMES
from tests.platforms.machine import BotMachine
from tests.platforms.mornings import name_day
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.platforms.telegram.botapi.world import BOT_ID, Chat, Message

_WEEKS = {
    "shared": (SHARED, "Diffusion Models", ("2024-01-24", "2024-01-30", "2024-02-02", "2024-02-09")),
    "samples": (SAMPLES, "Protein Design", ("2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23")),
}


@dataclass
class ScriptedWeek:
    """The people and the pages of the week."""

    machine: BotMachine
    api: BotApi
    ada: Person
    channel: Chat
    topic: str
    pages: dict[str, Path]

    @property
    def slug(self) -> str:
        return self.topic.lower().replace(" ", "-")

    async def wait_for_digest(self, day: str, *chats: Chat) -> None:
        """Wait until the day's digest is there, with all its parts."""
        await self.api.wait_until(lambda: all(list_digest_messages(chat, day) for chat in chats))
        await self.machine.has_sent_all()


@pytest.fixture(params=["shared" if SHARED.is_dir() and TIMES > 1 else "samples"])  # the same week over either's pages
def week(request: pytest.FixtureRequest, machine: BotMachine, api: BotApi, ada: Person) -> ScriptedWeek:
    folder, topic, days = _WEEKS[request.param]
    names = (topic.lower(), topic.lower().replace(" ", "-"))
    pages = {day: next(path for path in (folder / day).iterdir() if path.stem.lower() in names) for day in days}
    channel = ada.create_chat("channel", "Papers", "lab_papers")
    channel.members[BOT_ID] = "administrator"
    return ScriptedWeek(machine, api, ada, channel, topic, pages)


async def test_a_readers_week_and_a_channels(week: ScriptedWeek) -> None:
    days = list(week.pages)
    await week.machine.load_page(week.pages[days[0]])
    await she_sets_up(week, days[0])
    await the_first_morning(week, days[0])
    await week.machine.load_page(week.pages[days[1]])
    await the_morning_of_the_kill(week, days[1])
    await she_says(week, "/pause", "Paused", next_day(days[1]))
    await week.machine.load_page(week.pages[days[2]])
    await the_morning_she_paused(week, days[2])
    await she_says(week, "/resume", "have resumed", next_day(days[2]))
    await week.machine.load_page(week.pages[days[3]])
    await the_morning_she_is_back(week, days[3])
    assert [bool(list_digest_messages(week.channel, day)) for day in days] == [True] * 4
    assert TOKEN not in week.machine.log.read_text()


async def she_sets_up(week: ScriptedWeek, day: str) -> None:
    """She starts the bot, picks the topic and her timezone, and sets up her channel."""
    ada = week.ada
    async with week.machine.run_bot(f"{day}T12:00:00"):
        hello = await ada.send_text("/start")
        await tap_and_wait(week.api, ada, hello, week.topic)
        zones = await ada.send_text("/settings timezone")
        await tap_and_wait(week.api, ada, zones, "Asia/Shanghai")
        listed = (await ada.send_text("/subscriptions")).text
        assert "08:00 (Shanghai)" in listed.replace(WORD_JOINER, "")
        assert (
            "Subscribed"
            in (await ada.send_text(f"/channel @lab_papers subscribe {week.slug} 08:00 Asia/Shanghai")).text
        )


async def the_first_morning(week: ScriptedWeek, day: str) -> None:
    """08:00 in Shanghai is midnight in UTC. A search, a tap on details, a kept paper."""
    ada = week.ada
    async with week.machine.run_bot(f"{day}T23:59:58"):
        await week.wait_for_digest(day, ada.chat, week.channel)
        found = await ada.send_text("/search design" if week.topic == "Protein Design" else "/search 扩散模型")
        await ada.tap(found, "1")
        await week.api.wait_until(lambda: any(button["text"] == "Save" for button in found.keyboard))
        kept = await ada.tap(found, "Save")
        assert kept.text.startswith("Saved: ")
        assert kept.text.removeprefix("Saved: ")[:20] in (await ada.send_text("/saved")).text


async def the_morning_of_the_kill(week: ScriptedWeek, day: str) -> None:
    """The process is killed while a message is on its way: it was taken, and its answer never read."""
    ada, api = week.ada, week.api
    api.fail_next("sendMessage", "timeout-after", chat=ada.id)
    async with week.machine.run_bot(f"{day}T23:59:58") as process:
        await api.wait_until(lambda: list_digest_messages(ada.chat, day))
        process.kill()
        await process.wait()
    assert len(list_digest_messages(ada.chat, day)) == 1
    async with week.machine.run_bot(f"{next_day(day)}T00:03:00"):
        await api.wait_until(lambda: len(list_digest_messages(ada.chat, day)) > 1)
        await week.wait_for_digest(day, ada.chat, week.channel)
    headings = [message.text.split("\n")[0] for message in list_digest_messages(ada.chat, day)]
    again = [heading for heading in set(headings) if headings.count(heading) > 1]
    assert again == [headings[0]]  # what was in flight came twice, and nothing else did
    assert headings.count(headings[0]) == 2


async def she_says(week: ScriptedWeek, text: str, answer: str, day: str) -> None:
    """She types a command in the night, before the next digest is there."""
    async with week.machine.run_bot(f"{day}T01:00:00"):
        assert answer in (await week.ada.send_text(text)).text


async def the_morning_she_paused(week: ScriptedWeek, day: str) -> None:
    """The digest is the channel's alone."""
    async with week.machine.run_bot(f"{day}T23:59:58"):
        await week.wait_for_digest(day, week.channel)
    assert list_digest_messages(week.ada.chat, day) == []


async def the_morning_she_is_back(week: ScriptedWeek, day: str) -> None:
    """Both have the newest, once, and she what she missed with it."""
    async with week.machine.run_bot(f"{day}T23:59:58"):
        await week.wait_for_digest(day, week.ada.chat, week.channel)
    for chat in (week.ada.chat, week.channel):
        headings = [message.text.split("\n")[0] for message in list_digest_messages(chat, day)]
        assert len(headings) == len(set(headings))


def list_digest_messages(chat: Chat, day: str) -> list[Message]:
    """The messages of the day's digest, alone or with others, each with the day in its heading."""
    headings = {message.id: message.text.split("\n")[0] for message in chat.messages}
    return [message for message in chat.messages if name_day(day) in headings[message.id]]


async def tap_and_wait(api: BotApi, person: Person, message: Message, label: str) -> None:
    await person.tap(message, label)
    await api.wait_until(lambda: message.find_button(label)["text"].startswith("✅"))


def next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
