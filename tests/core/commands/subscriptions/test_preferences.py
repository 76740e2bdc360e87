"""Settings, as a person types them: what is understood, refused, undone and shown at once."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from digestbot.app import App
from digestbot.cards.capabilities import Capabilities
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import CardStyle, PostMode, Preferences
from tests.core.commands.asking import (
    ADDRESS,
    CHOICES,
    STYLES,
    list_commands,
    send_text,
    text_of,
)
from tests.fakes import RecordingPlatform


@pytest.mark.parametrize(
    ("spoken", "answered"),
    [("en", "Topics"), ("EN-GB", "Topics"), ("fr", "Topics"), ("zh", "主题"), ("zh-CN", "主题"), ("ZH-hant", "主题"),
     ("", "主题")],
)  # fmt: skip
async def test_whoever_set_no_language_is_answered_in_their_own_or_the_operators(
    empty_app: App, spoken: str, answered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = Preferences(language="zh")
    monkeypatch.setattr(empty_app.subscriptions, "_defaults", defaults)
    assert answered in (await send_text(empty_app, "/topics", spoken))[1]
    preferences = await empty_app.subscriptions.preferences_for(ADDRESS, spoken)
    assert preferences == Preferences(language="en" if answered == "Topics" else "zh")


@pytest.mark.parametrize("name", ["timezone", "time", "days", "language", "layout", "format", "posts", "publish"])
async def test_a_setting_without_a_value_offers_some_to_choose_from(app: App, name: str) -> None:
    card, _ = await send_text(app, f"/settings {name}", can=CHOICES)
    switches = [button for button in card.buttons if button.is_on is not None]
    assert [button.is_on for button in switches].count(True) == 1
    other = next(button for button in switches if not button.is_on)
    assert (await send_text(app, f"/{other.command}", can=CHOICES))[0].ok
    after, _ = await send_text(app, f"/{card.command}", can=CHOICES)
    assert [button.command for button in after.buttons if button.is_on] == [other.command]


@pytest.mark.parametrize("line", ["format classic", "posts threads", "publish on"])
async def test_a_setting_that_makes_no_difference_here_is_refused(app: App, line: str) -> None:
    card, words = await send_text(app, f"/settings {line}")
    assert not card.ok
    assert "has no effect here" in words
    assert await app.subscriptions.find(ADDRESS) is None


async def test_what_a_setting_cannot_be_is_named(app: App) -> None:
    for line, expected in (
        ("posts piles", "pages or threads"),
        ("posts forum", "pages or threads"),
        ("publish maybe", "neither on nor off"),
    ):
        card, words = await send_text(app, f"/settings {line}", can=CHOICES)
        assert not card.ok
        assert expected in words


async def test_another_setting_puts_off_nothing_that_is_due(app: App, clock) -> None:
    await send_text(app, "/subscribe protein-design 10:00")
    clock.set("2026-11-24 10:00")
    await send_text(app, "/settings language zh")
    platform = RecordingPlatform()
    assert (await app.build_delivery_service([platform]).run_cycle()).sent == 1


async def test_what_a_setting_does_not_change_is_told_and_each_time_has_its_zone(app: App) -> None:
    await send_text(app, "/subscribe protein-design 08:00 Asia/Shanghai")
    assert "Next: Protein Design, 2026-11-25 08:00 (Shanghai)." in (await send_text(app, "/settings"))[1]
    for line in ("/settings time 07:30", "/settings days weekdays"):
        assert f"1 topic keeps its own {line.split()[1]}. Change it too?" in (await send_text(app, line))[1]
    await send_text(app, "/subscribe climate-emulation 09:00")
    assert "2 topics keep their own time. Change them too?" in (await send_text(app, "/settings time 07:30"))[1]
    assert "keep" not in (await send_text(app, "/settings layout full"))[1]
    await send_text(app, "/settings language zh")
    await send_text(app, "/pause")
    assert "推送已暂停。用 /resume 恢复。" in (await send_text(app, "/subscriptions"))[1]


async def test_a_setting_is_understood_however_it_is_called_and_undone_where_it_changed(app: App) -> None:
    for line, says in (
        ("tz tokyo", "Timezone: Tokyo (UTC+9)."),
        ("时间 12pm", "Time: 12:00."),
        ("days mon wed", "Days: Mon, Wed."),
        ("days weekdays", "Days: Monday to Friday."),
        ("days fri,sat", "Days: Fri, Sat."),
        ("days weekend", "Days: Saturday and Sunday."),
        ("days daily", "Days: every day."),
        ("layout FULL", "Layout: full."),
        ("format classic", "Card style: classic."),
        ("posts threads", "Posts: with a discussion thread"),
        ("publish yes", "Publish: on."),
        ("publish no", "Publish: off."),
        ("publish 开", "Publish: on."),
        ("publish 关", "Publish: off."),
        ("bundle off", "Bundle: one message for each topic."),
        ("合并推送 开", "Bundle: one message for all topics."),
        ("lang chinese", "语言"),
        ("语言 english", "Language: English."),
        ("language 中文", "语言"),
        ("language en", "Language: English."),
    ):
        before = await app.subscriptions.preferences_for(ADDRESS, "en")
        card, words = await send_text(app, f"/settings {line}", can=CHOICES)
        assert says in words, line
        assert len(card.buttons) == 1
        again, _ = await send_text(app, f"/settings {line}", can=CHOICES)
        assert again.buttons == (), line
        after = await app.subscriptions.preferences_for(ADDRESS, "en")
        await send_text(app, f"/{card.buttons[0].command}", can=CHOICES)
        assert await app.subscriptions.preferences_for(ADDRESS, "en") == before, line
        subscriber = await app.subscriptions.find(ADDRESS)
        assert subscriber
        await app.subscriptions.update_preferences(subscriber, **asdict(after))


@pytest.mark.parametrize(
    ("can", "here"),
    [
        (Capabilities(card_styles=STYLES), "format classic"),
        (Capabilities(post_modes=(PostMode.PAGES, PostMode.THREADS)), "posts threads"),
        (Capabilities(can_publish=True), "publish on"),
    ],
    ids=["format", "posts", "publish"],
)
async def test_a_setting_is_there_where_the_platform_can_do_it(app: App, can: Capabilities, here: str) -> None:
    shown, _ = await send_text(app, "/settings", can=can)
    assert [command.split()[1] for command in list_commands(shown)][5:] == [here.split(maxsplit=1)[0], "bundle"]
    for line in ("format classic", "posts threads", "publish on"):
        assert (await send_text(app, f"/settings {line}", can=can))[0].ok is (line == here)


async def test_a_change_shows_at_once_in_the_language_and_form_that_it_chose(app: App) -> None:
    answer = await app.dispatcher.handle_message(IncomingMessage(ADDRESS, "/settings language zh", "en"))
    assert answer.preferences.language == "zh"
    answer = await app.dispatcher.handle_message(
        IncomingMessage(ADDRESS, "/settings format classic", "en", capabilities_for=lambda _: CHOICES)
    )
    assert answer.preferences.card_style is CardStyle.CLASSIC
    answer = await app.dispatcher.handle_message(
        IncomingMessage(ADDRESS, "/nonsense", "en")
    )  # the chat's language goes before a person's
    assert answer.preferences.language == "zh"
    assert "没有" in text_of(answer.card)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_timezones_are_named_by_their_city_and_those_of_the_readers_language_come_first(app: App) -> None:
    for language, first, label in (
        ("en", "UTC", "UTC"), ("zh-hans", "Asia/Shanghai", "上海"), ("pt-br", "America/Sao_Paulo", "São Paulo"),
        ("ru", "Europe/Moscow", "Moscow"),
        ("de", "Europe/Berlin", "Berlin"), ("en-GB", "Europe/London", "London"), ("xx", "UTC", "UTC"),
        ("zh-TW", "Asia/Taipei", "台北"), ("ja", "Asia/Tokyo", "Tokyo"),
    ):  # fmt: skip
        card, _ = await send_text(app, "/settings timezone", language)
        assert (card.buttons[0].command, card.buttons[0].label) == (f"settings timezone {first}", label), language
        assert len(card.buttons) == 13  # with the way back
    await send_text(app, "/settings timezone Berlin")
    assert "Berlin (UTC+1)" in (await send_text(app, "/settings"))[1]
    card, words = await send_text(app, "/start")
    assert "Digests arrive at 08:00 (Berlin (UTC+1))" not in words
    assert "Digests arrive at 08:00, Berlin (UTC+1)." in words
    assert "Timezone: Berlin (UTC+1)" in [button.label for button in card.buttons]


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("版式 标题", "layout", "headlines"),
        ("版式 完整", "layout", "full"),
        ("版式 全文", "layout", "full"),
        ("layout titles", "layout", "headlines"),
        ("layout Short", "layout", "headlines"),
        ("卡片样式 富文本", "card_style", "rich"),
        ("格式 经典", "card_style", "classic"),
        ("帖子 附带讨论子区", "post_mode", "threads"),
        ("发帖方式 讨论子区", "post_mode", "threads"),
        ("posts messages", "post_mode", "pages"),
        ("合并推送 每个主题一条消息", "bundle", False),
        ("bundle one message for all topics", "bundle", True),
        ("发布 开启", "publish", True),
        ("语言 英语", "language", "en"),
    ],
)
async def test_a_value_is_typed_as_it_is_shown_in_either_language(
    app: App, line: str, field: str, value: object
) -> None:
    card, words = await send_text(app, f"/设置 {line}", "zh", can=CHOICES)
    assert card.ok, words
    assert getattr((await app.subscriptions.preferences_for(ADDRESS, "zh")), field) == value


async def test_in_chinese_values_are_named_and_exemplified_in_chinese(app: App) -> None:
    can = replace(CHOICES, localized_commands=True)
    for name in ("版式", "格式", "帖子", "发布", "语言"):
        _, words = await send_text(app, f"/设置 {name}", "zh", can=can)
        example = words.partition("修改示例：")[2].split(" /")[0]
        assert not any("a" <= letter <= "z" for letter in example), example
        card, _ = await send_text(app, f"{example}", "zh", can=can)
        assert card.ok, example
        await send_text(app, "/settings language zh", "zh", can=can)
        refused, words = await send_text(app, f"/设置 {name} 香蕉", "zh", can=can)
        assert not refused.ok
        assert "headlines" not in words.split("可以试试")[0]
