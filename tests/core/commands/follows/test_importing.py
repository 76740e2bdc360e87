"""/import: lists, feeds and libraries of others, and follows given back."""

from __future__ import annotations

import pytest

from digestbot.app import App
from tests.announced import announce, make_announced
from tests.core.commands.asking import list_commands, send_text
from tests.core.commands.followed import PAPERS, tap

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


async def test_lists_are_imported_and_given_back(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", PAPERS)
    card, words = await send_text(empty_app, "/import\n- gaussian splatting\n- papers by Kerbl\n- cs.GR\n- autor:x")
    assert ("3 in the last 7 days" in words, "Did you mean author:?" in words) == (True, True)
    assert "follows add author:x" in list_commands(card)
    card, words = await tap(empty_app, card, "import all")
    assert "Following 3 more" in words
    exported = (await send_text(empty_app, "/follows export"))[1]
    for line in ("gaussian splatting", 'author:"Kerbl"', "cat:cs.GR"):
        assert line in exported
    await tap(empty_app, card, "undo")
    assert "You follow nothing yet" in (await send_text(empty_app, "/follows"))[1]
    assert "opml" not in (await send_text(empty_app, f"/import <opml>{'x' * 3000}</opml>"))[1].lower()


@ON_SQLITE
async def test_an_import_says_what_is_followed_what_is_too_wide_and_what_it_did_not_read(empty_app: App) -> None:
    many = [make_announced(f"2611.1{i:04}", f"Gaussian thing {i}") for i in range(60)]
    await announce(empty_app.store, "2026-11-23", many)
    await send_text(empty_app, "/follows add nerf")
    card, words = await send_text(empty_app, "/import gaussian; nerf; things")
    assert ("Follow all 2" in words, "followed already" in words, "more than 50 a day" in words) == (True, True, True)
    assert "import all; gaussian; things" in list_commands(card)
    feeds = '<outline title="Nature" xmlUrl="https://www.nature.com/nature.rss"/>'
    card, words = await send_text(empty_app, f"/import <opml>{feeds}</opml>")
    assert (card.ok, "“Nature”" in words, list_commands(card)) == (True, True, [])
    card, words = await send_text(empty_app, "/import nerf")
    assert not [one for one in list_commands(card) if one.startswith("import all")]
