"""Commands that show digests, papers and what is found, over the sample pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from digestbot.app import App
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import ListItem
from digestbot.store.digests.digest_writer import PageKey
from tests.core.commands.asking import (
    list_commands,
    load_page,
    send_text,
)
from tests.factories import make_digest, make_entry, make_page, make_page_entry


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/start", ["Protein Design", "/subscribe protein-design", "08:00"]),
        ("/topics", ["语音翻译", "4 digests, newest 2026-11-23"]),
        ("/latest", ["Pick one", "/latest protein-design"]),
        ("/latest protein design", ["Protein Design · Mon 23 Nov", "3 papers", "NeurIPS 2026", "Maren Oduya et al."]),
        ("/LATEST@some_bot 语音翻译", ["语音翻译 · Mon 23 Nov"]),
        ("/digest protein-design 2026-11-20", ["Protein Design · Fri 20 Nov", "How Designable"]),
        ("/digest protein-design 2026-11-19", ["has no digest for 2026-11-19", "2026-11-23", "Try this: /digest"]),
        ("/paper 2611.90112", ["LoopSmith", "0.71", "Abstract",
         "Code: https://github.com/example/loopsmith", "figures.example.org"]),
        ("/paper https://arxiv.org/abs/2611.90112v1", ["LoopSmith"]),
        ("arXiv:2611.90112", ["LoopSmith"]),
        ("/paper 2611.90112 full", ["Antibody design needs loops", "Conclusion"]),
        ("/paper 2611.90031", ["Part of the generated text was left out"]),
        ("/search antibody loops", ["LoopSmith"]),
        ("/search 装配", ["从字幕到动作"]),
        ("/search 触觉 定位", ["TactileAnchor"]),
        ("/search Oduya", ["LoopSmith"]),
        ("antibody", ["1 paper found", "LoopSmith"]),
        ("/help", ["Get a topic every day", "/latest climate-emulation"]),
        ("/help all", ["/subscribe TOPIC [TIME] [TIMEZONE] [DAYS]", "Example: /digest climate-emulation 2026-11-23"]),
    ],
)  # fmt: skip
async def test_reading(app: App, text: str, says: list[str]) -> None:
    _, words = await send_text(app, text)
    for part in says:
        assert part in words
    assert "XXXX" not in words


async def test_kept_papers_are_listed_newest_first_and_let_go(app: App, clock) -> None:
    await send_text(app, "/save 2611.90112")
    clock.advance(minutes=1)
    await send_text(app, "/save arXiv:2611.90127v1")
    assert "Already saved: " in (await send_text(app, "/save 2611.90127"))[1]
    _, words = await send_text(app, "/saved")
    assert words.index("Does a Fold") < words.index("LoopSmith")
    await send_text(app, "/unsave 2611.90127")
    assert "Does a Fold" not in (await send_text(app, "/saved"))[1]


async def test_a_line_without_a_slash_is_a_command_alone_a_paper_or_words_to_search_for(app: App) -> None:
    for line, says in (
        ("topics", "Topics"),
        ("latest antibody loops", "“latest antibody loops”"),
        ("what about https://arxiv.org/abs/2611.90112v1 ?", "LoopSmith: Designing"),
        ("2611.90112", "LoopSmith: Designing"),
        ("2611.90112 loops", "LoopSmith: Designing"),
        ("  /latest   protein-design ", "Protein Design · Mon 23 Nov"),
        ("/start paper_2611-90112", "LoopSmith: Designing"),
        ("/start latest_protein-design", "Protein Design · Mon 23 Nov"),
        ("/start nonsense", "Good morning"),
        ("", "What you can do"),
        ("antibody " * 111, "antibody"),  # 999 characters
    ):
        assert says in (await send_text(app, line))[1], line


async def test_a_topics_name_is_the_longest_run_of_words_that_is_one(empty_app: App, tmp_path: Path) -> None:
    for topic in ("Daily", "Daily Light", "Daily Light Transport"):
        (tmp_path / f"{topic}.md").write_text(make_page(make_page_entry(), title=topic), "utf-8")
    await load_page(empty_app, tmp_path)
    for line, title in (
        ("/subscribe daily", "Daily"),
        ("/subscribe daily daily", "Daily"),
        ("/subscribe daily light", "Daily Light"),
        ("/subscribe daily light transport 7:00", "Daily Light Transport"),
    ):
        assert f"Subscribed: {title} Each digest comes" in (await send_text(empty_app, line))[1], line
    assert "07:00 (UTC)" in (await send_text(empty_app, "/subscriptions"))[1]


@pytest.mark.parametrize("size", [1, 2])
async def test_pages_follow_each_other_to_the_last_and_there_is_none_after_it(app: App, clock, size: int) -> None:
    for number in ("2611.90112", "2611.90127", "2611.90417"):
        await send_text(app, f"/save {number}")
        clock.advance(minutes=1)
    few = Capabilities(page_size=size)
    for first, line in (
        ("/latest protein-design", "digest protein-design 2026-11-23"),
        ("/digest protein-design 2026-11-23", "digest protein-design 2026-11-23"),
        ("/search of", "search of"),
        ("/saved", "saved"),
    ):
        whole, _ = await send_text(app, first, can=Capabilities(page_size=100))
        wanted = [block.url for block in whole.blocks if isinstance(block, ListItem)]
        assert len(wanted) > 2, first
        assert whole.buttons == ()
        last = -(-len(wanted) // size)
        found: list[str] = []
        for shown in range(1, last + 1):
            card, _ = await send_text(app, f"/{line} p{shown}" if shown > 1 else first, can=few)
            items = [block for block in card.blocks if isinstance(block, ListItem)]
            assert [item.position for item in items] == list(range(len(found) + 1, len(found) + len(items) + 1))
            assert len(items) == size or shown == last
            found += [item.url for item in items]
            around = ([shown - 1] if shown > 1 else []) + ([shown + 1] if shown < last else [])
            assert [button.command for button in card.buttons] == [f"{line} p{number}" for number in around]
            assert card.command == (f"{line} p{shown}" if shown > 1 else line)
        assert found == wanted
        card, words = await send_text(app, f"/{line} p{last + 1}", can=few)
        assert not card.ok
        assert f"There is no page {last + 1}; the last one is {last}." in words
        assert f"/{line} p{last}" in words


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # what is said of the count is the same on both
async def test_a_thousand_papers_found_are_more_than_a_thousand(empty_app: App, clock) -> None:
    many = [make_entry(f"2611.{number:05}", title="Zebras", sections=(), takeaways=()) for number in range(1000)]
    for count, says in ((999, "999 papers found"), (1000, "More than 1,000 papers found")):
        pages = [(PageKey("a", str(count), {}), [make_digest(entries=many[:count])])]
        await empty_app.store.digests.save_pages(pages, clock.now())
        assert says in (await send_text(empty_app, "/search zebras"))[1]


async def test_of_several_topics_the_newest_digest_is_a_choice_and_of_one_it_is_shown(app: App) -> None:
    everything, words = await send_text(app, "/latest")
    assert len(list_commands(everything)) == 4
    assert "You are not subscribed to any topic yet. Pick one" in words
    await send_text(app, "/subscribe climate-emulation")
    assert "Climate Emulation · " in (await send_text(app, "/latest"))[1]
    await send_text(app, "/subscribe protein-design")
    mine, words = await send_text(app, "/latest")
    assert set(list_commands(mine)) == {"latest climate-emulation", "latest protein-design"}
    assert "Pick one" not in words
    newest = [str(line) for block in mine.blocks if isinstance(block, ListItem) for line in block.lines]
    assert newest == sorted(newest, reverse=True)


async def test_the_only_topic_there_is_is_shown_and_of_more_the_newest_comes_first(
    empty_app: App, tmp_path: Path
) -> None:
    assert "has set up no topics yet" in (await send_text(empty_app, "/latest"))[1]
    for topic, day in (("Middle", "2026-11-22"), ("Newest", "2026-11-23"), ("Oldest", "2026-11-20")):
        (tmp_path / f"{topic}.md").write_text(make_page(make_page_entry(), title=topic, date=day, update=day), "utf-8")
        await load_page(empty_app, tmp_path)
        if topic == "Middle":
            assert (await send_text(empty_app, "/latest"))[1].startswith("Middle · Sun 22 Nov · 1 paper")
    for line, order in (
        ("/help", ["newest", "middle", "oldest"]),
        ("/subscribe oldest", []),  # of one topic its digest is shown
        ("/subscribe middle", ["middle", "oldest"]),
    ):
        await send_text(empty_app, line)
        card, _ = await send_text(empty_app, "/latest")
        assert [command.split()[1] for command in list_commands(card) if command.startswith("latest")] == order


async def test_a_day_is_named_by_its_date_or_by_a_word(app: App, clock) -> None:
    clock.set("2026-11-24 01:00")
    for day, shown in (("2026-11-23", "Mon 23 Nov"), ("yesterday", "Mon 23 Nov"), ("2026/11/20", "Fri 20 Nov")):
        assert f"Protein Design · {shown}" in (await send_text(app, f"/digest protein design {day}"))[1]
    card, words = await send_text(app, "/digest protein-design today")
    assert "Nothing new today; the latest is of Mon 23 Nov." in words
    card, words = await send_text(app, "/digest protein-design tomorrow")
    assert not card.ok
    assert "has no digest for 2026-11-25" in words
    dates = [button.command.split()[-1] for button in card.buttons]
    assert dates == sorted(dates, reverse=True)
    assert dates[0] == "2026-11-23"
    assert len(dates) == 4


async def test_a_topic_that_is_called_as_a_page_would_be_is_read(app: App) -> None:
    pages = [(PageKey("P53", "", {}), [make_digest("P53")])]
    await app.store.digests.save_pages(pages, app.clock.now())
    for line in ("/latest p53", "/digest p53", "/latest P53 p1"):
        card, words = await send_text(app, line)
        assert (card.ok, "P53" in words) == (True, True), words
    assert "53" in (await send_text(app, "/search p53"))[1]
    assert "p2" not in (await send_text(app, "/latest"))[1]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_search_says_that_it_takes_words_alone(app: App) -> None:
    for words in ("antibody OR enzyme", "antibody -enzyme", "author:Moreno antibody", "作者：Moreno"):
        assert "/search takes words alone" in (await send_text(app, f"/search {words}"))[1], words
    for words in ("antibody", "author antibody", "structure-based antibody", "or antibody"):
        assert "words alone" not in (await send_text(app, f"/search {words}"))[1], words


async def test_chinese_lines_that_answers_name_are_chinese_and_work(app: App) -> None:
    _, words = await send_text(app, "/paper 2611.90112", "zh")
    assert "/paper 2611.90112 全文" in words
    _, full = await send_text(app, "/paper 2611.90112 全文", "zh")
    assert full == (await send_text(app, "/paper 2611.90112 full", "zh"))[1] != words
