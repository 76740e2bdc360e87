"""Less of a paper, and its authors to follow."""

from __future__ import annotations

import pytest

from digestbot.app import App
from tests.announced import announce
from tests.core.commands.asking import list_commands, send_text
from tests.core.commands.followed import PAPERS, SEEN, find, tap

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@ON_SQLITE
async def test_less_of_a_paper_and_its_authors_are_asked_for_on_its_card(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", PAPERS)
    assert not [one for one in list_commands((await send_text(empty_app, "/paper 2611.00001"))[0]) if "follows" in one]
    await send_text(empty_app, "/follows add gaussian splatting")
    card, words = await send_text(empty_app, "/paper 2611.00001")
    assert "For: gaussian splatting" in words
    less, words = await tap(empty_app, card, "follows less")
    assert ("Which word" in words, "mute dark" in list_commands(less)) == (True, True)
    _, words = await tap(empty_app, less, "follows edit")
    assert "is now" in words
    (now,) = await empty_app.subscriptions.list_for(await find(empty_app))
    assert now.topic.expression == "gaussian splatting -dark"
    authors, _ = await tap(empty_app, card, "follows author")
    assert list_commands(authors) == ['follow author:"Bernhard Kerbl"', 'follow author:"Ada Moreno"']
    assert "1 paper" in (await tap(empty_app, authors, "follow author"))[1]


@ON_SQLITE
@pytest.mark.parametrize(
    ("line", "language", "says"),
    [
        ("follow this author", "en", "Yi Ma"),
        ("follow it", "en", "Yi Ma"),
        ("/follow this author", "en", "Yi Ma"),
        ("关注这位作者", "zh", "Yi Ma"),
        ("less like this", "en", "Less of this in: stereo"),
        ("少来点这样的", "zh", "stereo"),
        ("/follow https://arxiv.org/abs/2611.00006", "en", "/follows author 2611.00006"),
        ("不想看综述", "zh", "/mute"),
        ("no more papers about federated learning", "en", "federated learning"),
        ("别再给我发联邦学习的论文了", "zh", "联邦学习"),
    ],
)
async def test_less_more_and_this_author_are_said_of_the_paper_that_was_opened(
    empty_app: App, line: str, language: str, says: str
) -> None:
    await announce(empty_app.store, "2026-11-23", SEEN)
    await send_text(empty_app, "/follows add stereo", language)
    await send_text(empty_app, "/paper 2611.00006", language)
    card, words = await send_text(empty_app, line, language)
    assert card.ok, words
    assert says in words
    assert not any(command.startswith("follows add") for command in list_commands(card))


@ON_SQLITE
async def test_of_several_follows_less_like_this_says_which_one_a_word_is_left_out_of(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", PAPERS)
    for text in ("gaussian splatting", "splatting OR nerf"):
        await send_text(empty_app, f"/follows add {text}")
    card, _ = await send_text(empty_app, "/follows less 2611.00001")
    labels = [button.label for button in card.buttons]
    assert len(labels) == len(set(labels))
    assert {"−dark in gaussian splatting", "−dark in splatting OR nerf", "−gaussian in splatting OR nerf"} <= {*labels}
    assert "Hide “dark” everywhere" in labels
    assert "Hide “gaussian” everywhere" not in labels
