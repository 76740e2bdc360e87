"""The first ten minutes with the bot: a reader's, in English and in Chinese, and a group administrator's."""

from __future__ import annotations

from datetime import date

from digestbot.announcements.day_matching import match_day
from digestbot.app import App
from tests.announced import announce, make_announced
from tests.fakes import ManualClock
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.world import BOT_ID, Message
from tests.platforms.telegram.conftest import RunningBot, Starts


async def test_a_readers_first_minutes(bot: RunningBot, ada: Person, clock: ManualClock) -> None:
    """A topic by a tap, its time in words, a look at today's papers, a mistake, and the first morning."""
    hello = await ada.send_text("/start")
    assert "Subscribed: Protein Design" in (await ada.tap(hello, "Protein Design")).text
    changed = await ada.send_text("/settings every weekday at half past 7 in Berlin")
    assert "07:30" in changed.text
    assert "Berlin" in changed.text

    latest = await ada.send_text("/latest")
    assert latest.text.startswith("Protein Design · Mon 23 Nov · 3 papers")
    await open_paper(ada, latest, "1")
    assert (await ada.tap(latest, "Save")).text.startswith("Saved: LoopSmith")
    await ada.tap(latest, "Back")
    await ada.api.wait_until(lambda: latest.text.startswith("Protein Design · Mon 23 Nov · 3 papers"))
    assert "Saved" in (await ada.send_text("save 2")).text
    kept = await ada.send_text("/saved")
    assert "LoopSmith" in kept.text
    assert "2 " in kept.text

    wrong = await ada.send_text("/lates")
    assert "/latest" in [button["text"] for button in wrong.keyboard]
    await ada.tap(wrong, "/latest")
    await ada.api.wait_until(lambda: wrong.text.startswith("Protein Design"))

    paused = await ada.send_text("pause until friday")
    assert "Paused until" in paused.text
    await ada.tap(paused, "Undo")
    await ada.api.wait_until(lambda: paused.text.startswith("Undone"))

    clock.set("2026-11-25 06:30")  # Wednesday, half past seven in Berlin
    before = len(ada.chat.messages)
    assert ((await bot.deliver()).sent, (await bot.deliver()).sent) == (1, 0)
    assert ada.chat.messages[before].text.startswith("Protein Design · Mon 23 Nov · 3 papers")
    assert [answer.text for answer in ada.chat.messages if "Something went wrong" in answer.text] == []


async def test_a_chinese_readers_first_minutes(bot: RunningBot, ada: Person, clock: ManualClock) -> None:
    """The same as a Chinese speaker says it; every answer is in Chinese."""
    ada.language = "zh-hans"
    hello = await ada.send_text("/start")
    await ada.send_text("帮助")
    assert "已订阅" in (await ada.send_text("订阅具身智能，每天早上8点，北京时间")).text
    latest = await ada.send_text("最新")
    assert "具身智能" in latest.text
    await open_paper(ada, latest, "1")
    assert (await ada.tap(latest, "收藏")).text.startswith("已收藏")
    await ada.send_text("收藏的论文")
    paused = await ada.send_text("暂停两周")
    await ada.tap(paused, "撤销")
    await ada.api.wait_until(lambda: paused.edits)
    clock.set("2026-11-25 00:00")
    assert (await bot.deliver()).sent == 1
    answers = [message.text for message in ada.chat.messages if message is not hello]
    assert [answer for answer in answers if not any("一" <= char <= "鿿" for char in answer)] == []


async def test_the_first_minutes_with_nothing_but_a_token(
    empty_app: App, start_bot: Starts, ada: Person, clock: ManualClock
) -> None:
    """A category by three taps, words by one line, and in the morning what was announced in the night."""
    async with start_bot(empty_app) as bot:
        hello = await ada.send_text("/start")
        await open_paper(ada, hello, "arXiv categories")
        await open_paper(ada, hello, "Computer Science")
        assert "Subscribed: Computer Vision" in (await ada.tap(hello, "cs.CV")).text
        preview = await ada.send_text("follow gaussian splatting")
        assert "No papers from arXiv are here yet" in preview.text
        await open_paper(ada, preview, "Follow")
        assert preview.text.startswith("Following: gaussian splatting")

        clock.set("2026-11-25 03:00")
        splats = make_announced("2611.00001", "Gaussian splatting in the dark", "cs.GR")
        seen = make_announced("2611.00002", "Seeing nothing at all", "cs.CV")
        await announce(empty_app.store, "2026-11-25", [splats, seen, make_announced("2611.00003", "Sums", "math.NT")])
        assert await match_day(empty_app.store, date(2026, 11, 25), clock.now()) == 2
        clock.set("2026-11-25 08:00")
        before = len(ada.chat.messages)
        await bot.deliver()
        came = "\n".join(message.text for message in ada.chat.messages[before:])
        assert ("Gaussian splatting in the dark" in came, "Seeing nothing at all" in came) == (True, True)
        assert ("gaussian splatting · " in came, "For: " in came, "Sums" in came) == (True, False, False)
        assert [answer.text for answer in ada.chat.messages if "Something went wrong" in answer.text] == []


async def test_an_administrators_first_minutes(bot: RunningBot, ada: Person, clock: ManualClock) -> None:
    """A group and a channel are set up, members are told what they may do, and both have the digest once."""
    eve = Person(ada.api, "Eve")
    await ada.send_text("/start")
    lab = ada.create_chat("supergroup", "Fold Lab")
    lab.members[eve.id] = "member"
    await ada.add_bot(lab, "administrator")
    await ada.api.wait_until(lambda: lab.messages)
    hello = lab.messages[0]
    refused = await eve.tap(hello, "Protein Design")
    assert refused.alert
    assert "administrators" in refused.text
    await ada.tap(hello, "Protein Design")
    await ada.api.wait_until(lambda: hello.find_button("Protein Design")["text"].startswith("✅"))
    assert "09:00" in (await ada.send_text("/settings 9am weekdays", lab)).text

    papers = ada.create_chat("channel", "Papers", "lab_papers")
    papers.members[BOT_ID] = "left"
    await ada.add_bot(papers, "administrator")
    await ada.api.wait_until(lambda: "ready" in ada.chat.messages[-1].text)
    assert "Subscribed" in (await ada.send_text("/channel @lab_papers subscribe protein-design 9am")).text

    clock.set("2026-11-25 09:00")
    assert ((await bot.deliver()).sent, (await bot.deliver()).sent) == (2, 0)
    posted = [chat.messages[-1] for chat in (lab, papers)]
    assert all(message.text.startswith("Protein Design · Mon 23 Nov") for message in posted)
    for message in posted:
        assert "start=paper_2611-90112" in (await eve.tap(message, "1")).url
        assert message.edits == 0
    assert "Protein Design" in (await eve.send_text("/subscriptions", lab)).text
    undone = await ada.send_text("/unsubscribe all", lab)
    await ada.tap(undone, "Undo")
    await ada.api.wait_until(lambda: undone.edits)
    assert "Protein Design" in (await ada.send_text("/subscriptions", lab)).text


async def open_paper(person: Person, message: Message, label: str) -> None:
    edits = message.edits
    await person.tap(message, label)
    await person.api.wait_until(lambda: message.edits > edits)
