"""/rename: what a chat calls a topic."""

from __future__ import annotations

import pytest

from digestbot.app import App
from tests.core.commands.asking import send_text
from tests.core.commands.followed import find

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@ON_SQLITE
async def test_a_name_that_another_topic_has_is_not_given_twice(app: App) -> None:
    for line in ("/subscribe cs.CL", "/subscribe cs.RO", "/follows add nerf"):
        await send_text(app, line)
    for name in ("cs.RO", "Robotics", "nerf", "protein design", "cs.GR", "图形学"):
        card, words = await send_text(app, f"/rename cs.CL {name}")
        assert (card.ok, "is the name of another topic" in words) == (False, True), name
    for line in (
        "/rename cs.CL Language",
        "/rename Language off",
        "/rename cs.CL 语言",
        "/改名 语言 关",
        "/rename cs.CL",
    ):
        words = (await send_text(app, line))[1]
        says = "is called" if line.endswith(("Language", "语言")) else "It has its own name again: Computation and"
        assert says in words, line


async def test_a_name_is_one_line_of_whole_characters(empty_app: App) -> None:
    card, words = await send_text(empty_app, "/follows add gaus\x00sian\ud800 \u202esplats")
    assert card.ok, words
    [followed] = await empty_app.subscriptions.list_for(await find(empty_app))
    assert followed.label == "gaussian splats"
