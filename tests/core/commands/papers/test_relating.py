"""Papers that are like one, and papers by chance."""

from __future__ import annotations

import re
from itertools import pairwise

from digestbot.app import App
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import ListItem
from tests.core.commands.asking import list_commands, send_text
from tests.factories import make_digest, make_entry
from tests.store.digests.test_digests import save_digests

RIVERS = [
    make_entry(f"2611.0000{number}", title=f"Gaussian rivers {number}", abstract="Gaussian rivers, gaussian rivers.",
               authors=(f"Author {number % 2}",), headline="", takeaways=())
    for number in range(1, 6)
]  # fmt: skip


async def test_related_papers_are_listed_with_the_words_that_make_them_so_page_by_page(empty_app: App) -> None:
    await save_digests(empty_app.store, ("page", make_digest(entries=RIVERS)))
    card, words = await send_text(empty_app, "/related 2611.00001")
    assert "Like “Gaussian rivers 1”" in words
    assert "The 4 nearest papers" in words
    assert "rivers" in words
    assert "also by Author 1" in words
    assert len([block for block in card.blocks if isinstance(block, ListItem)]) == 4
    await send_text(empty_app, "/paper 2")
    for line in ("similar to 2611.00001", "相似 2611.00001", "papers like 2611.00001"):
        assert "The 4 nearest papers" in (await send_text(empty_app, line))[1], line
    _, words = await send_text(empty_app, "/related 2611.00001 2611.00002")
    assert "These are those of 2611.00001 alone" in words
    few = Capabilities(page_size=3)
    card, _ = await send_text(empty_app, "/related 2611.00001", can=few)
    assert "related 2611.00001 p2" in list_commands(card)
    card, words = await send_text(empty_app, "/related 2611.00001 p2", can=few)
    assert len([block for block in card.blocks if isinstance(block, ListItem)]) == 1
    card, words = await send_text(empty_app, "/related 2611.00001 p3", can=few)
    assert (card.ok, "no page 3" in words) == (False, True)


async def test_a_paper_that_is_like_no_other_says_so(empty_app: App) -> None:
    await save_digests(empty_app.store, ("page", make_digest(entries=[make_entry("2611.00001", title="Xylem")])))
    assert "No other paper shares" in (await send_text(empty_app, "/related 2611.00001"))[1]
    assert not (await send_text(empty_app, "/related"))[0].ok


async def test_random_papers_are_others_each_time_until_all_were_shown(app: App) -> None:
    card, _ = await send_text(app, "/random")
    seen = []
    for _ in range(6):
        seen.append(card.command)
        (another,) = (button.command for button in card.buttons if button.label == "Another")
        assert re.fullmatch(r"random ~\d+\.\d+", another)
        card, _ = await send_text(app, f"/{another}")
    assert all(command.startswith("paper 2611.") for command in seen)
    assert all(one != other for one, other in pairwise(seen))
    assert len(set(seen)) >= 4


async def test_a_random_paper_can_be_of_a_topic_or_of_words(app: App) -> None:
    for line, says in (
        ("/random antibody", "LoopSmith"),
        ("随机一篇", "2611."),
    ):
        card, words = await send_text(app, line)
        assert (card.ok, says in words) == (True, True), line
    topic = (await app.catalog.find_topic("protein-design")).topic
    assert topic
    digests = [await app.catalog.get_by_date(topic, day) for day in await app.catalog.list_dates(topic)]
    opened = {f"paper {one.paper.arxiv_id}" for found in digests if found for one in found.digest.entries}
    card, _ = await send_text(app, "/random protein-design")
    assert card.command in opened  # a paper that another topic has too may be shown as of that one
    (another,) = (button.command for button in card.buttons if button.label == "Another")
    assert another.startswith("random protein-design ~")
    assert (await send_text(app, f"/{another}"))[0].command in opened
    assert "no paper has these words" in (await send_text(app, "/random xylophone"))[1]


async def test_without_papers_there_is_none_by_chance(empty_app: App) -> None:
    assert "There are no papers yet" in (await send_text(empty_app, "/random"))[1]
