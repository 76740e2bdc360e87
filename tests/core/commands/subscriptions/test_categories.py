"""arXiv's categories as topics."""

from __future__ import annotations

import pytest

from digestbot.app import App
from tests.core.commands.asking import list_commands, send_text
from tests.core.commands.followed import find, tap

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@ON_SQLITE
async def test_arxivs_categories_are_topics_out_of_the_box(empty_app: App) -> None:
    card, words = await send_text(empty_app, "/start")
    assert "/follow gaussian splatting" in words
    card, words = await tap(empty_app, card, "topics arxiv")
    card, words = await tap(empty_app, card, "topics arxiv cs")
    card, words = await tap(empty_app, card, "subscribe cs.CV")  # three taps
    assert "Subscribed: Computer Vision and Pattern Recognition (cs.CV)" in words
    for line in ("/subscribe 计算机视觉 8:30", "send me cs.CV every day at 8:30", "/subscribe computer visoin 8:30"):
        assert "cs.CV" in (await send_text(empty_app, line))[1], line
    assert len(await empty_app.subscriptions.list_for(await find(empty_app))) == 1
    card, _ = await send_text(empty_app, "/topics arxiv computer science")
    assert "unsubscribe cs.CV" in list_commands(card)
    assert "p2" in list_commands(card)[-1]
    card, words = await send_text(empty_app, "/latest robotics")
    assert list_commands(card) == ["subscribe cs.RO"]
    await send_text(empty_app, "/settings language zh")
    assert "计算机视觉与模式识别（cs.CV）" in (await send_text(empty_app, "/subscriptions"))[1]


@ON_SQLITE
async def test_a_topic_of_the_operators_comes_before_a_category_and_before_words(app: App) -> None:
    assert "Subscribed: Protein Design" in (await send_text(app, "/follow protein design 9:30"))[1]
    assert "Subscribed already: Protein Design" in (await send_text(app, "关注 protein design"))[1]
