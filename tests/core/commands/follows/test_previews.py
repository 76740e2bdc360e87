"""What an expression would have brought, and what else it can be the name of."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.core.answers.shown_lists import list_numbered_papers
from digestbot.domain.queries import parse_query
from tests.announced import announce, make_announced
from tests.core.commands.asking import ADDRESS, list_commands, send_text
from tests.core.commands.followed import PAPERS, SEEN, list_titles, tap

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


async def test_what_words_would_have_brought_is_shown_before_they_are_kept(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", PAPERS)
    await announce(empty_app.store, "2026-11-10", [make_announced("2611.00009", "Ancient gaussian splatting")])
    card, words = await send_text(empty_app, "/follow gaussian splatting")
    assert "3 papers in the last 7 days" in words
    assert set(list_titles(card)) == {"Gaussian splatting in the dark", "Splatting with a Gaussian",
                                      "Gaussian splatting, faster"}  # fmt: skip
    assert await empty_app.subscriptions.find(ADDRESS) is None
    card, words = await tap(empty_app, card, 'follow "gaussian splatting"')
    assert "2 papers" in words
    card, words = await tap(empty_app, card, "follows add")
    assert 'Following: "gaussian splatting"' in words
    undo = list_commands(card)[-1]
    assert '"gaussian splatting"' in (await send_text(empty_app, "/subscriptions"))[1]
    assert "already" in (await send_text(empty_app, '/follow "gaussian splattings"'))[1]
    await send_text(empty_app, f"/{undo}")
    assert "You follow nothing yet" in (await send_text(empty_app, "/follows"))[1]


@ON_SQLITE
@pytest.mark.parametrize(
    ("line", "language", "says"),
    [
        ("关注 高斯泼溅", "zh", "最近 7 天里有 1 篇论文"),
        ("关注作者 Kerbl", "zh", "最近 7 天里有 1 篇论文"),
        ("follow papers by Kerbl", "en", "1 paper in the last 7 days"),
        ("notify me about papers by B. Kerbl", "en", "1 paper in the last 7 days"),
        ("please alert me when there is a new paper on gaussian splatting", "en", "3 papers"),
        ("有关于高斯泼溅的新论文就通知我", "zh", "1 篇论文"),
        ("/follow author:Wang", "en", "3 different authors have this name"),
        ("/follow author:Wang", "zh", "3 位不同的作者"),
        ("/follow quantum error correction", "en", "No paper matched in the last 7 days"),
        ("/follow cs.GR", "zh", "图形学（cs.GR）"),
        ("/follow autor:Kerbl", "en", "Did you mean author:"),
    ],
)
async def test_a_follow_is_asked_for_in_a_sentence_in_both_languages(
    empty_app: App, line: str, language: str, says: str
) -> None:
    await announce(empty_app.store, "2026-11-23", PAPERS)
    assert says in (await send_text(empty_app, line, language))[1]


@ON_SQLITE
async def test_where_nothing_was_harvested_yet_it_says_so_and_can_be_followed_all_the_same(empty_app: App) -> None:
    card, words = await send_text(empty_app, "/follow gaussian splatting")
    assert "No papers from arXiv are here yet" in words
    assert list_commands(card) == ["follows add gaussian splatting"]
    for text in ("follow me", "follow up on that", "关注机制"):
        assert "Nothing from arXiv" not in (await send_text(empty_app, text))[1], text


@ON_SQLITE
async def test_more_than_fifty_papers_a_day_are_too_many(empty_app: App) -> None:
    many = [make_announced(f"2611.1{i:04}", f"Gaussian thing {i}") for i in range(60)]
    await announce(empty_app.store, "2026-11-23", many)
    card, words = await send_text(empty_app, "/follow gaussian")
    assert "about 60 papers a day" in words
    assert "follows add gaussian" in list_commands(card)


@ON_SQLITE
async def test_new_announcements_are_in_the_next_preview(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", PAPERS[:1])
    assert "1 paper in" in (await send_text(empty_app, "/follow gaussian splatting"))[1]
    await announce(empty_app.store, "2026-11-24", PAPERS[1:3])
    assert "3 papers in" in (await send_text(empty_app, "/follow gaussian splatting"))[1]


@ON_SQLITE
async def test_what_a_sentence_means_is_shown_and_what_else_it_can_be_the_name_of_is_offered(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", SEEN)
    for line, language, says, first in (
        (
            "/follow diffusion without video",
            "en",
            "Looks for: diffusion -video 1 paper",
            "follows add diffusion without",
        ),
        ("follow papers about diffusion but not video", "en", "diffusion -video 1 paper", "follows add diffusion but"),
        ("关注 diffusion，但不含 video 的论文", "zh", "diffusion -video", "follows add diffusion，但不含 video"),
        ("/follow hep-th", "en", "High Energy Physics - Theory (hep-th) 1 paper", "follows add hep-th"),
        (
            "follow cs.RO and hep-th",
            "en",
            "Looks for: cat:cs.RO OR cat:hep-th 3 papers",
            "follows add cs.RO and hep-th",
        ),
        ("关注 cs.RO 和 hep-th", "zh", "有 3 篇论文", "follows add cs.RO 和 hep-th"),
        ("/follow https://arxiv.org/list/hep-th/new", "en", "Theory (hep-th) 1 paper", "follows add cat:hep-th"),
        ("/follow robotics", "en", "No paper", "subscribe cs.RO"),
        ("/follow Yi Ma", "en", 'author:"Yi Ma" (2)', 'follow author:"Yi Ma"'),
        ("follow kaiming he", "en", 'author:"Kaiming He" (1)', 'follow author:"Kaiming He"'),
        ("follow kerbl's papers", "en", "1 paper", 'follows add author:"kerbl"'),
        ("关注何恺明的论文", "zh", "拼音", "follows add 何恺明"),
        ("/follow autor:Kerbl", "en", "Did you mean author:", "follow author:Kerbl"),
        ("/follow vision", "en", "1 paper", "follows add vision"),
        ("/subscribe diffusion in space", "en", "There is no topic", "follow diffusion in space"),
    ):
        card, words = await send_text(empty_app, line, language)
        commands = [one for one in list_commands(card) if not one.startswith("paper ")]
        assert says in words, (line, words)
        assert commands[0].startswith(first), (line, commands)
        assert len(set(commands)) == len(commands)
    for line in ("/follow after:2020", "/关注 日期:2026"):
        card, words = await send_text(empty_app, line)
        assert ("There are no dates" in words, list_commands(card)) == (True, []), line
    assert (
        "This chat does not receive Computation and Language (cs.CL). /subscribe cs.CL"
        in (await send_text(empty_app, "/filter cs.CL llm"))[1]
    )
    assert "Robotics (cs.RO)" in (await send_text(empty_app, "每天早上8点给我发机器人的论文", "en"))[1]


@ON_SQLITE
async def test_two_suggestions_never_bring_the_same_papers(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", SEEN)
    preview = await empty_app.follows.preview("splatting gaussian dark", parse_query("splatting gaussian dark"))
    assert [one.count for one in preview.wider] == [3]  # without “dark”: without either other word, nothing changes
    card, _ = await send_text(empty_app, "/follow splatting gaussian dark")
    assert [one.label for one in card.buttons if "Wider" in one.label] == ["Wider: gaussian splatting (3)"]


@ON_SQLITE
async def test_papers_of_a_preview_are_opened_by_their_numbers(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", PAPERS[:1])
    await announce(empty_app.store, "2026-11-20", PAPERS[1:3])
    card, words = await send_text(empty_app, "/follow gaussian splatting")
    assert list_numbered_papers(card) == {1: "2611.00001", 2: "2611.00003", 3: "2611.00002"}
    assert "Bernhard Kerbl, Ada Moreno · Mon 23 Nov · cs.CV" in words
    assert "Fri 20 Nov" in words
    assert "Gaussian splatting in the dark" in (await send_text(empty_app, "1"))[1]
    third, words = await send_text(empty_app, "3")
    assert (third.command, "Splatting" in words) == ("paper 2611.00002", True)


@ON_SQLITE
async def test_an_accent_is_no_author_to_follow(empty_app: App) -> None:
    paper = make_announced("2611.00001", "Splatting", authors=("\u0301", "Ada Moreno"))
    await announce(empty_app.store, "2026-11-23", [paper])
    assert not (await send_text(empty_app, '/follow author:"\u0301"'))[0].ok
    assert "1 paper" in (await send_text(empty_app, "/follow author:Moreno"))[1]
    card, _ = await send_text(empty_app, "/follows author 2611.00001")
    assert [one for one in list_commands(card) if "author:" in one] == ['follow author:"Ada Moreno"']
