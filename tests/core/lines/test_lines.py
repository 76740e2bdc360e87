"""Lines as people write them: what each means, and how it is answered in the terminal, on Telegram and on Discord."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from digestbot.app import App
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Heading, ListItem, to_plain_text
from digestbot.core.commands.registry import COMMANDS
from digestbot.core.lines.meaning import find_meaning
from digestbot.core.lines.typed_line import parse_list_numbers
from digestbot.core.lines.whole_lines import load_phrases
from digestbot.core.ports import IncomingMessage
from digestbot.domain.paper import find_paper_ids
from digestbot.domain.subscription import Address, CardStyle
from digestbot.platforms.console.adapter import ConsolePlatform
from digestbot.platforms.discord.incoming.context import get_common_capabilities
from digestbot.platforms.telegram.incoming.messages import build_capabilities
from digestbot.store.tables import shown_lists
from tests.core.commands.asking import list_commands, load_page, send_message
from tests.factories import make_page, make_page_entry
from tests.fakes import RecordingPlatform
from tests.patterns import find_mismatches, load_samples

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
TOPICS = ("NeRF", "3DGS", "Protein Design", "元宇宙/虚拟人", "扩散模型", "Daily")
ME, OTHER, GROUP = Address("console", "me"), Address("console", "other"), Address("console", "group")
PLATFORMS = {
    "terminal": ConsolePlatform().capabilities_for(CardStyle.DEFAULT),
    "telegram": build_capabilities(CardStyle.CLASSIC, rich=True, can_choose_style=True),
    "telegram, rich": build_capabilities(CardStyle.RICH, rich=True, can_choose_style=True),
    "discord": get_common_capabilities(CardStyle.RICH),
}


def _get_capabilities(can: Capabilities, style: CardStyle) -> Capabilities:
    """The same for every style of cards."""
    return can


async def _load_topics(app: App, folder: Path) -> None:
    """Each topic with a paper, of which one has a title that begins with no other word than people would."""
    for number, topic in enumerate(TOPICS, 1):
        title = "Attention Is All You Need" if topic == "Daily" else f"Notes {number} on {topic.replace('/', ' and ')}"
        page = make_page(make_page_entry(f"2611.0000{number}", title=title), title=topic)
        (folder / f"{number}.md").write_text(page, "utf-8")
    await load_page(app, folder)


@ON_SQLITE
async def test_a_line_means_what_people_mean_by_it(empty_app: App, tmp_path: Path) -> None:
    await _load_topics(empty_app, tmp_path)
    table, catalog = load_samples("lines"), empty_app.catalog.for_one_answer()
    meant = {line: await find_meaning(line, catalog) for line, _ in table}
    assert len(meant) > 200
    wrong = find_mismatches(
        lambda line: " ".join((meant[line].name, *meant[line].args)) * bool(meant[line].name), table
    )
    assert not wrong, "\n".join(map(str, wrong))
    assert {name.split(" ")[0] for _, name in table} >= {command.name for command in COMMANDS}


@ON_SQLITE
async def test_what_people_say_means_a_command_and_what_they_search_for_means_none(app: App) -> None:
    catalog = app.catalog.for_one_answer()
    searches = [(line, f"search {words}") for line, words in load_samples("searches")]
    table = [*load_samples("spoken"), *searches]
    assert len(table) > 450
    meant = {line: await find_meaning(line, catalog) for line, _ in table}
    wrong = find_mismatches(lambda line: " ".join((meant[line].name, *meant[line].args)), table)
    assert not wrong, "\n".join(map(str, wrong))


def test_papers_are_found_anywhere_in_a_line_and_nothing_else_is_one() -> None:
    wrong = find_mismatches(
        lambda line: " ".join(paper.base_id for paper in find_paper_ids(line)), load_samples("papers_in_lines")
    )
    assert not wrong, "\n".join(map(str, wrong))


def test_numbers_of_a_list_are_read_in_both_languages_and_nothing_else_is_one() -> None:
    assert not find_mismatches(lambda text: list(parse_list_numbers(text)), load_samples("list_numbers"))


CONVERSATION = [
    ("1", "no list was shown here yet"),
    ("/latest protein design", "Protein Design · Mon 23 Nov"),
    ("2", "Thermostable by Construction"),
    ("/paper 1", "LoopSmith"),
    ("/save 2", "Saved: Thermostable"),
    ("the third one", "Does a Fold Need a Sequence?"),
    ("9", "The last list here has no 9: its numbers are 1 to 3. Try this: /paper 1"),
    ("1 and 3", "2 papers 1 A flow-matching model"),
    ("2", "Does a Fold Need a Sequence?"),
    ("/save 1 2", "Saved: LoopSmith: Designing Antibody Loops from Sparse Epitope Constraints Saved: Does a Fold"),
    ("/unsave 1 2", "Unsaved: LoopSmith"),
    ("/search p53", "Nothing found for “p53”"),
    ("/latest p53", "There is no topic “p53”"),
    ("/latest antibody", "There is no topic “antibody”. There are: Climate Emulation, Protein Design,"),
    ("/paper LoopSmith", "LoopSmith: Designing"),
    ("/paper thermostable by construction entropy aware enzyme redesign", "Thermostable by Construction"),
    ("/paper no such title", "“no such title” is no paper's number, link or title"),
    ("请看https://arxiv.org/abs/2611.90112这篇", "LoopSmith"),
    ("(https://www.alphaxiv.org/abs/2611.90112), great!", "LoopSmith"),
    ("2611.90112 2611.90127 2611.99999", "2 papers Not stored here: 2611.99999."),
    ("https://doi.org/10.1101/2024.01.02.573925。", "Its own page: https://doi.org/10.1101/2024.01.02.573925"),
    ("subscribe to protein design 8:30", "Subscribed: Protein Design"),
    ("/订阅 protein-design 9:00", "Subscribed: Protein Design"),
    ("退订 protein-design", "Unsubscribed: Protein Design"),
    ("主题", "Topics"),
    ("最新的语音翻译论文", "语音翻译 · Mon 23 Nov"),
    ("1", "同传不等人"),
    ("搜索 装配", "从字幕到动作"),
    ("what's new", "Pick one"),
    ("/主题模型", "There is no command “/主题模型”. Did you mean: /topics?"),
    ("帮助", "What you can do"),
]


@ON_SQLITE
@pytest.mark.parametrize("platform", ["terminal", "telegram", "discord"])
async def test_what_people_write_is_answered_on_every_platform(app: App, clock, platform: str) -> None:
    wrong = []
    for line, says in CONVERSATION:
        clock.advance(seconds=1)
        message = IncomingMessage(ME, line, "en", capabilities_for=lambda _: PLATFORMS[platform])
        _, words = await send_message(app, message)
        wrong += [(line, words[:200])] if says not in words else []
    assert not wrong


# -- the last list --------------------------------------------------------------------------------------------------


async def _ask(app: App, clock, text: str, address: Address = ME, **more: Any) -> str:
    clock.advance(seconds=1)
    return (await send_message(app, IncomingMessage(address, text, "en", **more)))[1]


async def test_the_pages_of_a_list_and_what_was_delivered_are_one_list_each(app: App, clock) -> None:
    few = Capabilities(page_size=2)
    for line in ("/latest protein-design", "/digest protein-design 2026-11-23 p2"):
        await _ask(app, clock, line, capabilities_for=lambda _: few)
    assert "LoopSmith" in await _ask(app, clock, "1")
    assert "Does a Fold" in await _ask(app, clock, "3")
    await _ask(app, clock, "/subscribe climate-emulation 10:00")
    clock.set("2026-11-24 10:00")
    assert (await app.build_delivery_service([RecordingPlatform()]).run_cycle()).sent == 1
    clock.advance(minutes=1)
    digest = await app.catalog.get_latest((await app.catalog.find_topic("climate-emulation")).topic)  # type: ignore[arg-type]
    assert digest
    for number, entry in enumerate(digest.digest.entries, 1):
        assert entry.paper.title[:30] in await _ask(app, clock, str(number))
    await _ask(app, clock, "/search antibody")
    assert "LoopSmith" in await _ask(app, clock, "/paper 1")
    assert "no 2: its numbers are 1 to 1" in await _ask(app, clock, "2")


async def test_a_list_that_one_person_alone_was_shown_is_nobody_elses(app: App, clock) -> None:
    alone: dict[str, Any] = {"user": ME, "is_ephemeral": True}
    await _ask(app, clock, "/search antibody", GROUP, **alone)
    assert "no list was shown here yet" in await _ask(app, clock, "/paper 1", GROUP, user=OTHER)
    assert "LoopSmith" in await _ask(app, clock, "/paper 1", GROUP, **alone)
    await _ask(app, clock, "/latest climate-emulation", GROUP, user=OTHER)  # for all to see, and later
    assert "LoopSmith" not in await _ask(app, clock, "/paper 1", GROUP, **alone)
    assert "no list was shown here yet" in await _ask(app, clock, "/paper 1", ME)
    await _ask(app, clock, "/forgetme", GROUP, **alone)
    await _ask(app, clock, "/forget_channel", GROUP, user=OTHER)
    assert await _count_lists(app) == 0


async def test_what_a_person_was_shown_in_a_server_is_forgotten_from_their_private_chat(app: App, clock) -> None:
    await _ask(app, clock, "/search antibody", GROUP, user=ME, is_ephemeral=True)
    await _ask(app, clock, "/forgetme yes", ME)
    assert await _count_lists(app) == 0


async def test_what_was_shown_is_forgotten_after_a_month(app: App, clock) -> None:
    await _ask(app, clock, "/search antibody")
    clock.advance(days=31)
    await _ask(app, clock, "/search antibody", OTHER)
    assert await _count_lists(app) == 1


async def _count_lists(app: App) -> int:
    async with app.store.database.read() as connection:
        return int(await connection.scalar(select(func.count()).select_from(shown_lists)) or 0)


@ON_SQLITE
async def test_links_behind_words_are_the_papers_of_the_line(app: App, clock) -> None:
    links: dict[str, Any] = {"links": ("https://arxiv.org/abs/2611.90112",)}
    assert "LoopSmith" in await _ask(app, clock, "have a look at this", **links)
    assert "Saved: LoopSmith" in await _ask(app, clock, "/save this one", **links)
    assert "Protein Design · Mon 23 Nov" in await _ask(app, clock, "/latest protein-design", **links)
    assert "3 papers" not in await _ask(app, clock, "x" * 3000, **links)
    assert "too long" in await _ask(app, clock, "x" * 3000)


# -- topics by a part of their title, and help ------------------------------------------------------------------------


@ON_SQLITE
async def test_a_part_of_a_topics_title_names_it(empty_app: App, clock, tmp_path: Path) -> None:
    await _load_topics(empty_app, tmp_path)
    for line in ("/latest 元宇宙", "/latest 虚拟人", "最新元宇宙", "/latest 元宇宙/虚拟人"):
        assert "元宇宙/虚拟人 · Mon 23 Nov" in await _ask(empty_app, clock, line), line
    assert "Subscribed: 元宇宙/虚拟人" in await _ask(empty_app, clock, "订阅虚拟人")
    assert "Attention Is All You Need" in await _ask(empty_app, clock, "/paper attention is all you need")


@ON_SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_help_names_what_there_is_here_in_the_readers_language(app: App, clock, language: str) -> None:
    for platform, can in PLATFORMS.items():
        for line in ("/help", "/help all"):
            card, words = await send_message(
                app, IncomingMessage(ME, line, language, capabilities_for=partial(_get_capabilities, can))
            )
            assert card.ok
            assert "**" not in words
            assert ("/start" in words or "/开始" in words) is (line == "/help all" and platform != "discord")
            assert ("/channel" in words) is (line == "/help all" and platform.startswith("telegram"))
            assert ("/订阅" in words) is (language == "zh" and not platform.startswith("telegram")), (platform, line)
            for english in ("TOPIC", "TIME", "WORDS", "Example", "Commands"):
                assert english not in words or language == "en"
        assert len(words) > 500
        card, words = await send_message(app, IncomingMessage(ME, "/help", language))
        assert len(words) < 600  # one screen of a phone
        assert list_commands(card) == ["topics", "follow", "latest", "saved", "settings", "help all"]


@ON_SQLITE
async def test_examples_in_chinese_are_in_chinese_and_work(app: App, clock) -> None:
    can = partial(_get_capabilities, PLATFORMS["terminal"])
    await send_message(app, IncomingMessage(ME, "/subscribe cs.CV", "zh"))
    _, words = await send_message(app, IncomingMessage(ME, "/help all", "zh", capabilities_for=can))
    shown = [part.split(" /")[0].split("。")[0].strip() for part in words.split("例如：")[1:]]
    assert {"/设置 时间 07:30", "/暂停 到周一", "/帮助 全部"} <= set(shown)
    for line in (
        *shown,
        "/设置 合并推送 关",
        "/设置 星期 工作日",
        "/暂停 一周",
        "/导入 gaussian splatting; 作者:Kerbl",
    ):
        answer, said = await send_message(app, IncomingMessage(ME, line, "zh", sender=RecordingPlatform()))
        assert answer.ok, (line, said)


@ON_SQLITE
async def test_every_example_of_help_works_for_who_asks(app: App, clock) -> None:
    await _ask(app, clock, "/subscribe 语音翻译")
    _, words = await send_message(app, IncomingMessage(ME, "/help all", "en"))
    examples = [words_of.split(" /")[0].strip() for words_of in words.split("Example: ")[1:]]
    assert len(examples) > 8
    assert all(
        "语音翻译" in one for one in examples if one.startswith(("/latest", "/digest", "/unsubscribe", "/subscribe"))
    )
    for example in examples:
        line = example.split(" Thank")[0]
        answer, said = await send_message(app, IncomingMessage(ME, line, "en", sender=RecordingPlatform()))
        assert answer.ok, (example, said)


@ON_SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_help_of_one_command_has_its_name_and_ways_to_write_it_that_work(app: App, language: str) -> None:
    shown = {"follow": "author:Kerbl", "follows": "export", "filter": "off", "mute": "off", "rename": "off",
             "import": "all"}  # fmt: skip
    for name, form in shown.items():
        for line in ("/subscribe protein design", "/follows add gaussian splatting", "/mute survey"):
            await send_message(app, IncomingMessage(ME, line, language))
        card, _ = await send_message(app, IncomingMessage(ME, f"/help {name}", language))
        titles = [to_plain_text(block.title) for block in card.blocks if isinstance(block, ListItem)][1:]
        heading = card.blocks[0]
        assert isinstance(heading, Heading)
        assert to_plain_text(heading.line).startswith("/")
        assert any(form in title for title in titles), name
        for title in titles:
            answer, said = await send_message(app, IncomingMessage(ME, title, language))
            assert answer.ok, (title, said)


@ON_SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_help_names_how_a_paper_is_read_and_cited_and_a_file_of_ones_own(app: App, language: str) -> None:
    _, words = await send_message(app, IncomingMessage(ME, "/help", language))
    for command in ("/summarize", "/ask", "/cite", "/export", "PDF"):
        assert command in words
    _, words = await send_message(app, IncomingMessage(ME, "/help summarize", language))
    assert "PDF" in words
    _, words = await send_message(app, IncomingMessage(ME, "/help ask", language))
    assert ("In reply to a paper" if language == "en" else "回复论文") in words


@ON_SQLITE
async def test_every_command_of_an_empty_bot_has_an_example(empty_app: App) -> None:
    card, _ = await send_message(empty_app, IncomingMessage(ME, "/help all", "en"))
    items = [block for block in card.blocks if isinstance(block, ListItem)]
    bare = [to_plain_text(one.title) for one in items if "Example: " not in str(one.lines)]
    assert [title for title in bare if " " in title] == []


# -- topics by what is clearly meant ----------------------------------------------------------------------------------

GUESSED_LINES = [
    ("/latest proteins", "Protein Design · Mon 23 Nov · 3 papers I read “proteins” as Protein Design."),
    ("latest climate", "I read “climate” as Climate Emulation"),
    ("latest advances in folding", "“latest advances in folding” No paper has all of these words; these have some."),
    ("/subscribe protien desing 8", "I read “protien desing” as Protein Design. Each digest comes at 08:00"),
    ("subscribe to clim 7:30 mon-fri", "I read “clim” as Climate Emulation. Each digest comes at 07:30"),
    ("/pause proteins 1 week", "I read “proteins” as Protein Design. Paused: Protein Design, until"),
    ("/resume proteins", "I read “proteins” as Protein Design. Resumed"),
    ("/unsubscribe prot", "I read “prot” as Protein Design. Unsubscribed: Protein Design."),
    ("/undo", "Undone. It is as it was before. Protein Design: 08:00"),
    ("stop climate", "I read “climate” as Climate Emulation. Unsubscribed"),
    ("stop words in retrieval", "“stop words in retrieval”"),
    ("/digest 语音 2026-11-23", "I read “语音” as 语音翻译."),
    ("最新语音", "I read “语音” as 语音翻译."),
]


@ON_SQLITE
async def test_a_topic_that_is_clearly_meant_is_taken_and_said_and_can_be_undone(app: App, clock) -> None:
    for line, says in GUESSED_LINES:
        assert says in await _ask(app, clock, line), line
    card, _ = await send_message(app, IncomingMessage(ME, "/unsubscribe prot", "zh"))
    assert [button.command[:5] for button in card.buttons] == ["undo "]


@ON_SQLITE
async def test_what_several_topics_begin_with_is_asked_back_with_the_rest_of_the_command(app: App, tmp_path) -> None:
    page = make_page(make_page_entry("2611.00001"), title="Protein Folding")
    (tmp_path / "1.md").write_text(page, "utf-8")
    await load_page(app, tmp_path)
    card, words = await send_message(app, IncomingMessage(ME, "/subscribe protein 8pm mon-fri", "en"))
    assert "no topic “protein”. Did you mean: Protein Design, Protein Folding?" in words
    assert [(button.label, button.command) for button in card.buttons] == [
        ("Protein Design", "subscribe protein-design 8pm mon-fri"),
        ("Protein Folding", "subscribe protein-folding 8pm mon-fri"),
    ]
    await send_message(app, IncomingMessage(ME, f"/{card.buttons[1].command}", "en"))
    _, words = await send_message(app, IncomingMessage(ME, "/unsubscribe protein", "en"))
    assert "I read “protein” as Protein Folding. Unsubscribed" in words  # the only one that is subscribed


# -- days ---------------------------------------------------------------------------------------------------------

DAY_LINES = [
    ("/digest protein design yesterday", "Protein Design · Mon 23 Nov"),
    ("/digest yesterday protein design", "Protein Design · Mon 23 Nov"),
    ("digest protein last monday", "Protein Design · Mon 23 Nov · 3 papers I read “protein” as Protein Design."),
    ("/digest protein 20.11.", "Protein Design · Fri 20 Nov"),
    ("/latest protein design yesterday", "Protein Design · Mon 23 Nov"),
    ("protein design yesterday", "Protein Design · Mon 23 Nov"),
    ("yesterday's digest of protein design", "Protein Design · Mon 23 Nov"),
    ("昨天的语音翻译速递", "语音翻译 · Mon 23 Nov"),
    ("语音翻译昨天的速递", "语音翻译 · Mon 23 Nov"),
    ("2026年11月23日语音翻译", "语音翻译 · Mon 23 Nov"),
    ("上周五的语音翻译论文", "语音翻译 · Fri 20 Nov"),
    ("/digest 语音翻译11月23日", "语音翻译 · Mon 23 Nov"),
    ("/digest protein design 1 nov", "no digest for 2026-11-01. The nearest: 2026-11-20, 2026-11-21, 2026-11-22,"),
    ("/digest protein design 2026-02-30", "“2026-02-30” is not a date. Say it like"),
    ("/digest protein design last week", "A digest is of one day, and “last week” is several."),
    ("/digest protein design mon to wed", "A digest is of one day, and “mon to wed” is several."),
    ("/digest protein banana", "“banana” is not a date."),
    ("/digest protein design 23 nov foo", "“23 nov foo” is not a date."),
    ("/digest protein design 11/10", "no digest for 2026-11-10. The nearest"),
]


@ON_SQLITE
async def test_a_digest_is_shown_for_the_day_that_people_say(app: App, clock) -> None:
    wrong = [(line, said) for line, says in DAY_LINES if says not in (said := await _ask(app, clock, line))]
    assert not wrong
    for line in ("/digest protein-design last week", "/digest protein-design 1 nov", "/digest protein-design 31 feb"):
        card, _ = await send_message(app, IncomingMessage(ME, line, "zh"))
        assert len(card.buttons) == 4
        for button in card.buttons:
            assert (await send_message(app, IncomingMessage(ME, f"/{button.command}", "zh")))[0].ok


@ON_SQLITE
async def test_a_date_that_can_be_two_is_the_one_that_there_is_or_is_asked_back(
    empty_app: App, clock, tmp_path: Path
) -> None:
    for number, day in enumerate(("2026-03-04", "2026-05-06", "2026-06-05"), 1):
        page = make_page(make_page_entry(f"2611.0000{number}"), title="NeRF").replace("2026-11-23", day)
        (tmp_path / f"{number}.md").write_text(page, "utf-8")
    await load_page(empty_app, tmp_path)
    assert "NeRF · Wed 4 Mar" in await _ask(empty_app, clock, "/digest nerf 4/3")
    card, words = await send_message(empty_app, IncomingMessage(ME, "/digest nerf 5/6", "en"))
    assert "“5/6” can be two dates" in words
    assert list_commands(card) == ["digest nerf 2026-05-06", "digest nerf 2026-06-05"]


def test_no_group_of_a_whole_line_repeats_without_end() -> None:
    """Its words overlap, so that without a bound there would be as many ways through it as powers of two."""
    assert not [line for line, pattern in load_phrases() if re.search(r"\)[*+]|\)\{\d+,\}", pattern.pattern)]


# -- what people say, as one conversation -----------------------------------------------------------------------------

SAID = [
    ("next", "No list was shown here yet that could go on."),
    ("save it", "Please say which paper"),
    ("protein design", "Protein Design · Mon 23 Nov"),
    ("save it", "Which paper do you mean?"),
    ("tell me more about loopsmith", "LoopSmith"),
    ("save it", "Saved: LoopSmith"),
    ("its abstract", "Abstract"),
    ("what have i saved?", "LoopSmith"),
    ("the figures of number 1", "LoopSmith"),
    ("could you tell me who the best of them would be", "I did not understand"),
    ("1", "LoopSmith"),
    ("more", "That was all of the last list."),
    ("what's new today?", "Nothing new today; the latest is of Mon 23 Nov."),
    ("protein design today", "Nothing new today; the latest is of Mon 23 Nov. 1"),
    ("could you send me the protein design digest every weekday at half past 7 in the morning, Berlin time?",
     "Each digest comes at 07:30 (Berlin), Monday to Friday."),
    ("cancel that", "Undone."),
    ("subscirbe protien design", "I read “subscirbe” as /subscribe. I read “protien design” as Protein Design."),
    ("make it 8:30 on tue/thu instead", "08:30"),
    ("no emails on weekends please", "Days: Tue, Thu."),
    ("set days to weekdays", "Days: Monday to Friday."),
    ("not on fridays", "Days: Mon, Tue, Wed, Thu."),
    ("its 9am here", "Timezone:"),
    ("send it at 25:00", "“25:00” is not a time of day"),
    ("i live in london", "London"),
    ("what am i subscribed to", "Protein Design"),
    ("pause protein until next friday", "Paused: Protein Design, until"),
    ("cancel climate emulation", "You are not subscribed to “Climate Emulation”."),
    ("how do i stop this?", "/stop"),
    ("/latest quantum gravity", "There is no topic “quantum gravity”. There are: Climate Emulation"),
    ("thanks!", "You are welcome!"),
    ("yes", "nothing that a yes could answer"),
    ("都退订吧", "Unsubscribed"),
    ("/search 抗体抗体", "Words are searched as they are written"),
]  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize("platform", ["terminal", "discord"])
async def test_what_people_say_is_answered_as_they_mean_it(app: App, clock, platform: str) -> None:
    wrong = []
    for line, says in SAID:
        clock.advance(seconds=1)
        message = IncomingMessage(ME, line, "en", capabilities_for=lambda _: PLATFORMS[platform])
        _, words = await send_message(app, message)
        wrong += [(line, words[:300])] if says not in words else []
    assert not wrong, "\n".join(map(str, wrong))


@ON_SQLITE
async def test_next_and_previous_turn_the_pages_of_what_was_shown_last(app: App, clock) -> None:
    few: dict[str, Any] = {"capabilities_for": lambda _: Capabilities(page_size=2)}
    assert "page 1 of 2" in await _ask(app, clock, "/latest protein-design", **few)
    assert "page 2 of 2" in await _ask(app, clock, "more", **few)
    assert "There is no page 3" in await _ask(app, clock, "next", **few)
    assert "page 1 of 2" in await _ask(app, clock, "previous page", **few)
    assert "LoopSmith" in await _ask(app, clock, "1", **few)
    assert "page 2 of 2" in await _ask(app, clock, "p2", **few)
    assert "Nothing found for “p2”" in await _ask(app, clock, "p2", OTHER, **few)


@ON_SQLITE
async def test_it_is_the_paper_opened_last_and_no_older_one_than_the_last_list(app: App, clock) -> None:
    await _ask(app, clock, "/latest protein-design")
    await _ask(app, clock, "2")
    assert "Saved: Thermostable" in await _ask(app, clock, "save it")
    await _ask(app, clock, "/latest climate-emulation")
    card, words = await send_message(app, IncomingMessage(ME, "save it", "en"))
    assert "Which paper do you mean?" in words
    assert [button.command.split()[0] for button in card.buttons] == ["save", "save"]
    await _ask(app, clock, "/search loopsmith")
    assert "LoopSmith" in await _ask(app, clock, "save that one")  # the only one


@ON_SQLITE
async def test_an_answer_in_chinese_shows_commands_in_chinese_where_they_can_be_typed(app: App, clock) -> None:
    for platform, name in (("terminal", "/设置 时区"), ("discord", "/设置 时区"), ("telegram", "/settings timezone")):
        message = IncomingMessage(
            ME, "/settings colour", "zh", capabilities_for=partial(_get_capabilities, PLATFORMS[platform])
        )
        _, words = await send_message(app, message)
        assert f"可以试试：{name} 上海" in words
    await _ask(app, clock, "/settings timezone Tokyo")
    assert "timezone Asia/Tokyo" in await _ask(app, clock, "/settings colour")


NO_REFUSALS = """
dont stop {en}|do not stop {en}|please do not cancel {en}|dont drop {en}|please dont remove {en}|drop all not {en}
you never send {en}|you no longer send {en}|should i stop {en}|can i cancel {en}|how to stop {en}|when to stop {en}
are there no more {en} papers|is {en} enough|{en} is not enough|{en} is enough|you do not need {en}|we dont need {en}
the end of {en}|what {en} do not show|drop out in {en}
关于{zh}的|和{zh}有关的论文|有关{zh}的最新论文|关于{zh}的最新消息|有没有和{zh}有关的论文|有什么关于{zh}的
最近有没有关于{zh}的|请把关于{zh}的论文发给我|我想要关于{zh}的|开关{zh}|不要取消{zh}|别取消{zh}|{zh}不要取消|不要关{zh}
只要{zh}别的不要|收不到{zh}的推送|为什么不推送{zh}了|{zh}不推送了吗|看不到{zh}|没有收到{zh}的推送|{zh}没有推送
要不要看{zh}|可不可以看{zh}|想不想看{zh}|{zh}好不好|不用{zh}的论文
"""
"""Questions, complaints, negations and titles with words that refuse: nobody loses or gets a topic by them."""


@ON_SQLITE
async def test_no_topic_is_lost_or_got_by_what_is_no_refusal(app: App) -> None:
    catalog = app.catalog.for_one_answer()
    lines = NO_REFUSALS.replace("\n", "|").strip("|").format(en="protein design", zh="具身智能").split("|")
    meant = {line: (await find_meaning(line, catalog)).name for line in lines}
    assert [
        line for line, name in meant.items() if name in ("subscribe", "unsubscribe", "pause", "stop", "resume")
    ] == []


@ON_SQLITE
async def test_a_sentence_that_only_common_words_match_is_no_search(app: App, clock) -> None:
    await _ask(app, clock, "/latest protein-design")
    for line in (
        "could you please send me all of it",
        "what would you do if you were me",
        "i want to know what this is for",
    ):
        card, words = await send_message(app, IncomingMessage(ME, line, "en"))
        assert "I did not understand" in words, (line, words)
        assert card.buttons
        assert "LoopSmith" in await _ask(app, clock, "1")
    assert "have some of" in await _ask(app, clock, "my friend told me about that pizza design")
