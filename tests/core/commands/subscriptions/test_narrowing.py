"""/filter and /mute: what they hide, say and undo."""

from __future__ import annotations

import pytest

from digestbot.app import App
from tests.core.commands.asking import list_commands, send_text
from tests.core.commands.followed import find, list_titles, tap

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@ON_SQLITE
async def test_filters_and_mutes_hide_papers_say_so_and_are_undone(app: App) -> None:
    await send_text(app, "/subscribe protein design")
    before = list_titles((await send_text(app, "/latest protein design"))[0])
    _, words = await send_text(app, "/filter protein design antibody")
    assert "1 of the 3 papers in its newest digest matches" in words
    card, words = await send_text(app, "/latest protein design")
    assert ("2 papers are hidden here (filter: antibody)" in words, len(list_titles(card))) == (True, 1)
    await send_text(app, "/mute 抗体")
    assert "more" not in (await send_text(app, "/mute"))[1]
    for undo in ("/undo", "/undo"):
        assert (await send_text(app, undo))[0].ok
    assert list_titles((await send_text(app, "/latest protein design"))[0]) == before
    card, _ = await send_text(app, "mute enzyme")
    assert list_titles((await send_text(app, "/latest protein design"))[0]) == [
        title for title in before if "Enzyme" not in title
    ]
    card, _ = await send_text(app, "/mute")
    assert "again" in (await tap(app, card, "mute off"))[1]
    assert list_titles((await send_text(app, "/latest protein design"))[0]) == before
    for line in ("/filter nothing at all", "/filter climate emulation x", "/mute -all", "/mute (("):
        card, _ = await send_text(app, line)
        assert not card.ok or "does not receive" in str(card), line


@ON_SQLITE
async def test_expressions_are_shown_in_the_readers_language(empty_app: App) -> None:
    await send_text(empty_app, "/subscribe cs.CV")
    assert "计算机视觉" in (await send_text(empty_app, "/设置 语言 中文"))[1]
    await send_text(empty_app, "/follows add nerf OR author:Kerbl")
    assert "/filter cs.CV diffusion -video" in (await send_text(empty_app, "/filter cs.CV"))[1]
    for line, told in (
        ("/mute survey 或 作者:Wang", "今后不再推送与“survey 或 作者:Wang”相符的论文。"),
        ("/filter cs.CV title:nerf -分类:cs.RO", "只保留同时符合以下条件的论文：标题:nerf -分类:cs.RO"),
        ("/follows", "nerf 或 作者:Kerbl"),
    ):
        assert told in (await send_text(empty_app, line, "zh"))[1]


@ON_SQLITE
async def test_what_is_muted_stands_in_quotation_marks_and_is_counted(empty_app: App) -> None:
    assert "Papers that match “survey” are left out" in (await send_text(empty_app, "/mute survey"))[1]
    await send_text(empty_app, "/mute review")
    assert "1 entry, as before" in (await send_text(empty_app, "/undo"))[1]


@ON_SQLITE
async def test_hiding_ends_in_all_the_words_that_people_have_for_it(empty_app: App) -> None:
    for line in ("/mute survey off", "/mute off surveys", "/屏蔽 survey 关", "/mute survey 关闭", "/mute survey none",
                 "/mute off", "/mute clear survey", "/屏蔽 取消 survey", "unmute survey",
                 "取消屏蔽 survey"):  # fmt: skip
        await send_text(empty_app, "/mute survey")
        card, words = await send_text(empty_app, line)
        assert (card.ok, "undo" in list_commands(card)[-1]) == (True, True), words
        assert await empty_app.store.followed_topics.get_mutes((await find(empty_app)).id) == (), line
    for line in ("/mute survey off", "unmute survey"):
        assert "“survey” is not hidden" in (await send_text(empty_app, line))[1]
    await send_text(empty_app, "/mute clear sky")
    assert await empty_app.store.followed_topics.get_mutes((await find(empty_app)).id) == ("clear sky",)


@ON_SQLITE
async def test_a_filter_ends_in_all_the_words_that_people_have_for_it(empty_app: App) -> None:
    await send_text(empty_app, "/subscribe cs.RO")
    filters = []
    for end in ("off", "关", "关闭", "取消", "none", "clear"):
        for line in ("/filter cs.RO -survey", f"/筛选 cs.RO {end}"):
            await send_text(empty_app, line)
            filters += [one.filter for one in await empty_app.subscriptions.list_for(await find(empty_app))]
    assert filters == ["-survey", ""] * 6


@ON_SQLITE
async def test_a_digest_of_which_all_is_hidden_names_no_writer(app: App) -> None:
    await send_text(app, "/subscribe protein design")
    await send_text(app, "/filter protein design gravitation")
    _, words = await send_text(app, "/latest protein design")
    assert ("3 papers are hidden here" in words, "AI" in words) == (True, False)
