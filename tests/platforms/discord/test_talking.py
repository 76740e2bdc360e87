"""Members who type, tap and choose: what they see, and what only they see."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from digestbot.core.commands.registry import COMMANDS
from digestbot.core.ports import IncomingMessage, Reply
from digestbot.platforms.discord.incoming.interactions import find_linked_papers
from tests.factories import make_digest, make_entry
from tests.platforms.discord import message_view
from tests.platforms.discord.conftest import SimulatedServer
from tests.store.announced import save_follow


async def test_a_digest_is_for_all_and_its_details_for_who_taps(server: SimulatedServer) -> None:
    await server.make_answers_public()
    digest = await server.ada.slash(server.papers, "latest", topic="protein-design")
    assert not digest.ephemeral
    assert message_view.get_heading(digest.response).startswith("Protein Design · Mon 23 Nov · ")
    assert "[LoopSmith: Designing Antibody Loops" in message_view.get_text(digest.response)
    details = await server.open_paper(server.mod, digest.response)
    assert details.ephemeral
    assert message_view.get_heading(details.response).startswith("[LoopSmith")
    assert "Conditions on three or more epitope residues" in message_view.get_text(details.response)
    assert message_view.get_heading(server.papers.last_message).startswith("Protein Design · Mon 23 Nov · ")


async def test_who_asked_for_a_digest_reads_on_in_place_and_finds_the_way_back(server: SimulatedServer) -> None:
    await server.make_answers_public()
    digest = await server.ada.slash(server.papers, "latest", topic="protein-design")
    await server.open_paper(server.ada, digest.response)
    assert message_view.get_heading(server.papers.last_message).startswith("[LoopSmith")
    await server.tap(server.ada, server.papers.last_message, "Back")
    assert message_view.get_heading(server.papers.last_message).startswith("Protein Design · Mon 23 Nov · ")
    assert len(server.papers.history()) == 1


async def test_the_abstract_and_the_analysis_open_at_their_buttons_and_lead_back(server: SimulatedServer) -> None:
    await server.make_answers_public()
    card = await server.ada.slash(server.papers, "paper", paper="2611.90112")
    assert message_view.list_labels(card.response)[:4] == ["Abstract", "Analysis", "Ask…", "Save"]
    assert "most generative models" not in message_view.get_text(card.response)
    await server.tap(server.ada, card.response, "Abstract")
    assert "most generative models" in message_view.get_text(server.papers.last_message)
    await server.tap(server.ada, server.papers.last_message, "Back")
    await server.tap(server.ada, server.papers.last_message, "Analysis")
    assert "**Methods**" in message_view.get_text(server.papers.last_message)
    theirs = await server.tap(server.mod, server.papers.last_message, "Back")  # another one's card stays
    assert theirs.ephemeral
    assert len(server.papers.history()) == 1


async def test_a_kept_paper_is_ones_own(server: SimulatedServer) -> None:
    await server.make_answers_public()
    digest = await server.ada.slash(server.papers, "latest", topic="protein-design")
    details = await server.open_paper(server.mod, digest.response)
    kept = await server.tap(server.mod, details.response, "Save")
    assert kept.response.ephemeral
    assert "Unsave" in message_view.list_labels(kept.response)
    assert "LoopSmith" in message_view.get_text((await server.mod.slash(server.papers, "saved")).response)
    assert "no saved papers" in message_view.get_text((await server.ada.slash(server.papers, "saved")).response)
    shown = await server.mod.slash(server.papers, "paper", paper="2611.90112")
    assert "Save" in message_view.list_labels(shown.response)  # for all to see: nobody's own


async def test_a_paper_that_was_looked_at_alone_is_shared_once(server: SimulatedServer) -> None:
    await server.make_answers_public()
    digest = await server.ada.slash(server.papers, "latest", topic="protein-design")
    assert "Share" not in message_view.list_labels(digest.response)
    details = await server.open_paper(server.mod, digest.response)
    for _ in range(2):
        await server.tap(server.mod, details.response, "Share")
    assert [message_view.get_heading(message)[:10] for message in server.papers.history()] == [
        "Protein De",
        "[LoopSmith",
    ]
    assert "Share" not in message_view.list_labels(server.papers.last_message)


async def test_pages_turn_with_buttons(server: SimulatedServer) -> None:
    await server.make_answers_public()
    for number in range(2611_90200, 2611_90212):
        await _load_digests(server, f"{number / 1e5:.5f}")
    found = await server.ada.slash(server.papers, "search", words="designs")
    assert "**10. " in message_view.get_text(found.response)
    await server.tap(server.ada, found.response, "Next page")
    assert "**11. " in message_view.get_text(server.papers.last_message)
    await server.tap(server.ada, server.papers.last_message, "Previous page")
    assert "**1. " in message_view.get_text(server.papers.last_message)
    await server.tap(server.ada, server.papers.last_message, "Next page")
    assert "**11. " in message_view.get_text(server.papers.last_message)
    long = await server.ada.slash(server.papers, "search", words="designs " * 20)  # too long for a button to carry
    assert "**10. " in message_view.get_text(long.response)
    await server.tap(server.ada, long.response, "Next page")
    assert "**11. " in message_view.get_text(server.papers.last_message)


async def _load_digests(server: SimulatedServer, number: str) -> None:
    from digestbot.store.digests.digest_writer import PageKey
    from tests.factories import make_digest, make_entry

    page = make_digest(
        "Topic A", f"2026-10-{int(number[-2:]) + 1:02}", [make_entry(number, title=f"It designs {number}")]
    )
    await server.app.store.digests.save_pages([(PageKey(number, number, {}), [page])], server.app.clock.now())


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.name != "start"], ids=lambda command: command.name)
async def test_every_command_answers(server: SimulatedServer, command) -> None:
    examples = {"topic": "protein-design", "paper": "2611.90112", "words": "design"}
    examples |= {"question": "why?", "note": "read"}
    needed = {param.name: examples[param.name] for param in command.params if param.required}
    name = command.name.replace("_", "-")
    done = await server.mod.slash(server.papers, name, **needed)
    assert done.acknowledged
    assert message_view.get_text(done.response)
    assert done.ephemeral
    await server.make_answers_public()
    is_error = command.name == "ask"  # no paper was opened: only the person is told
    assert (await server.mod.slash(server.papers, name, **needed)).ephemeral is (command.ephemeral or is_error)


async def test_commands_are_offered_with_their_options_in_english_and_chinese(server: SimulatedServer) -> None:
    (told,) = server.list_bodies("/commands")
    by_name = {one["name"]: one for one in told}
    assert set(by_name) == {command.name.replace("_", "-") for command in COMMANDS} - {"start"} | {"Look up paper"}
    subscribe = by_name["subscribe"]
    assert [option["name"] for option in subscribe["options"]] == ["topic", "time", "timezone", "days", "channel"]
    assert [option.get("autocomplete", False) for option in subscribe["options"]] == [True] * 4 + [False]
    chinese = [one["name_localizations"]["zh-CN"] for one in told]
    assert subscribe["name_localizations"] == {"zh-CN": "订阅", "zh-TW": "訂閱"}
    assert len(set(chinese)) == len(chinese)
    assert [one["name_localizations"]["zh-CN"] for one in subscribe["options"]] == [
        "主题",
        "时间",
        "时区",
        "星期",
        "频道",
    ]
    assert subscribe["description_localizations"]["zh-CN"].startswith("订阅主题")
    assert subscribe["description_localizations"]["zh-TW"].startswith("訂閱主題")
    traditional = [text for one in told for text in _list_localizations(one, "zh-TW")]
    assert len(traditional) == len([text for one in told for text in _list_localizations(one, "zh-CN")]) > 60
    assert len({one["name_localizations"]["zh-TW"] for one in told}) == len(told)
    assert not set("".join(traditional)) & set("订阅设时间题论页单条删类频连标编号关键词识别")  # simplified
    assert by_name["Look up paper"]["name_localizations"]["zh-CN"] == "查找论文"
    assert by_name["paper"]["contexts"] == [0, 1, 2]  # in servers, with the bot, and anywhere
    assert subscribe["contexts"] == [0, 1]
    assert all(one["integration_types"] == [0, 1] for one in told)


def _list_localizations(command: dict[str, Any], locale: str) -> list[str]:
    """The names and descriptions of a command and its options in a language."""
    kinds = ("name_localizations", "description_localizations")
    parts = (command, *command.get("options", ()))
    return [part[kind][locale] for part in parts for kind in kinds if part.get(kind)]


async def test_what_somebody_else_follows_is_not_offered_while_one_types(server: SimulatedServer) -> None:
    await save_follow(server.app.store, "wombat", make_digest("Wombat burrows", entries=[make_entry("2611.00077")]))
    assert await server.ada.autocomplete(server.papers, "latest", "topic", "wombat") == []


async def test_topics_dates_papers_and_the_rest_are_offered_while_one_types(server: SimulatedServer) -> None:
    async def list_offers(command: str, option: str, typed: str, **filled: str) -> list[str]:
        return [one["value"] for one in await server.ada.autocomplete(server.papers, command, option, typed, **filled)]

    assert await list_offers("latest", "topic", "prot") == ["protein-design"]
    assert (await list_offers("digest", "date", "2026-11", topic="protein-design"))[0] == "2026-11-23"
    assert await list_offers("digest", "date", "", topic="no such topic") == []
    assert await list_offers("digest", "date", "11-22", topic="protein-design") == ["2026-11-22"]
    assert (await list_offers("digest", "date", "last friday", topic="protein-design"))[0] == "2026-11-20"
    assert (await list_offers("digest", "date", "31 Feb", topic="protein-design"))[0] == "2026-11-20"
    assert await list_offers("latest", "topic", "protien") == ["protein-design"]
    assert (await list_offers("help", "command", ""))[:3] == ["all", "help", "topics"]
    assert len(await list_offers("help", "command", "")) == min(len(COMMANDS), 25)  # but /start, and with all
    assert await list_offers("help", "command", "/unsu") == ["unsubscribe"]
    assert "2611.90112" in await list_offers("paper", "paper", "loopsm")
    assert len(await list_offers("paper", "paper", "")) >= 10
    assert await list_offers("subscribe", "time", "7:") == ["07:00", "07:30"]
    assert (await list_offers("subscribe", "time", ""))[:3] == ["instant", "06:00", "06:30"]
    assert await list_offers("settings", "value", "i", name="time") == []
    assert (await list_offers("settings", "value", "", name="time"))[0] == "06:00"
    assert await list_offers("subscribe", "timezone", "new york") == ["America/New_York"]
    assert await list_offers("subscribe", "days", "mon,thu") == ["mon,thu"]
    assert await list_offers("subscribe", "days", "someday") == []
    assert "format" not in await list_offers("settings", "name", "")
    assert await list_offers("subscribe", "timezone", "shangh") == ["Asia/Shanghai"]
    assert await list_offers("subscribe", "days", "mon-f") == ["mon-fri"]
    assert "timezone" in await list_offers("settings", "name", "time")
    assert await list_offers("settings", "value", "", name="layout") == ["headlines", "cards", "full"]
    assert await list_offers("settings", "value", "", name="nonsense") == []
    assert len(await list_offers("subscribe", "timezone", "a")) == 25
    await server.ada.slash(server.papers, "save", paper="2611.90112")
    assert await list_offers("unsave", "paper", "") == ["2611.90112"]
    assert await list_offers("unsave", "paper", "thermo") == []
    await server.ada.slash(server.papers, "save", paper="2611.90112", tags="Loops, to read")
    assert await list_offers("saved", "tag", "") == ["loops", "to-read"]
    assert await list_offers("export", "tag", "read") == ["to-read"]
    assert await list_offers("save", "tags", "new, lo") == ["new, loops"]
    assert await list_offers("save", "tags", "brand new") == ["brand new"]
    assert await list_offers("export", "format", "") == ["bibtex", "ris", "csl", "markdown"]
    assert await list_offers("cite", "format", "ri") == ["ris"]
    assert await list_offers("note", "paper", "") == ["2611.90112"]
    everything = await list_offers("subscribe", "topic", "")
    assert await list_offers("unsubscribe", "topic", "") == everything  # the channel receives nothing
    await server.mod.slash(server.papers, "subscribe", topic="protein-design")
    assert await list_offers("unsubscribe", "topic", "") == ["protein-design"]
    assert await list_offers("subscribe", "topic", "") == everything


async def test_a_message_is_looked_up_for_who_asks(server: SimulatedServer) -> None:
    await server.make_answers_public()
    text = "see https://arxiv.org/abs/2611.90112v1, <https://arxiv.org/pdf/2611.90088> and https://example.org"
    message = await server.mod.send(server.papers, text)
    found = await server.ada.context_menu(server.papers, "Look up paper", message)
    assert found.ephemeral
    assert message_view.get_heading(found.response).startswith("[LoopSmith")
    assert message_view.get_heading(found.followups[0]).startswith("[Thermostable")
    many = " ".join(f"https://arxiv.org/abs/2611.9{number:04}" for number in range(7))
    cut = await server.ada.context_menu(server.papers, "Look up paper", await server.mod.send(server.papers, many))
    assert "links to 7 papers; only the first 5" in message_view.get_text(cut.followups[-1])
    digest = await server.mod.slash(server.papers, "paper", paper="2611.90127")
    assert digest.response
    again = await server.ada.context_menu(server.papers, "Look up paper", digest.response)
    assert message_view.get_heading(again.response).startswith("[Does a Fold")
    assert all(one.ephemeral for one in (*found.followups, *cut.followups))
    five = " ".join(f"https://arxiv.org/abs/2611.9{number:04}" for number in range(5))
    whole = await server.ada.context_menu(server.papers, "Look up paper", await server.mod.send(server.papers, five))
    assert len(whole.followups) == 4
    assert not any("only the first" in message_view.get_text(one) for one in whole.followups)
    nothing = await server.ada.context_menu(
        server.papers, "Look up paper", await server.mod.send(server.papers, "hello")
    )
    assert "no arXiv link" in message_view.get_text(nothing.response)


def test_a_message_names_each_paper_once_in_its_text_its_previews_and_its_components() -> None:
    button = SimpleNamespace(to_dict=lambda: {"type": 2, "url": "https://arxiv.org/pdf/2611.00004"})
    message = SimpleNamespace(
        content="https://arxiv.org/abs/2611.00002v3, (https://arxiv.org/abs/2611.00001) arxiv.org/abs/2611.00009",
        embeds=[SimpleNamespace(url="https://arxiv.org/abs/2611.00002"), SimpleNamespace(url=None)],
        components=[button],
    )
    message.embeds.append(SimpleNamespace(url="https://arxiv.org/abs/2611.00003"))
    assert find_linked_papers(cast("Any", message)) == [f"2611.0000{number}" for number in (2, 1, 9, 3, 4)]


async def test_what_does_not_work_is_for_the_eyes_of_who_tried_it(server: SimulatedServer) -> None:
    wrong = await server.ada.slash(server.papers, "latest", topic="no such topic at all")
    assert wrong.ephemeral


async def test_in_private_it_answers_what_is_typed_and_subscribes_the_person(server: SimulatedServer, clock) -> None:
    ada = server.env.create_user("ada in private")
    await ada.send_dm("2611.90112")
    assert message_view.get_heading(ada.dm_channel.last_message).startswith("[LoopSmith")
    done = await ada.slash("subscribe", topic="protein-design", time="10:00")
    assert not done.ephemeral
    clock.set("2026-11-24 10:00")
    assert (await server.deliver()).sent == 1
    assert message_view.get_heading(ada.dm_channel.last_message).startswith("Protein Design · Mon 23 Nov · ")


async def test_buttons_of_before_a_restart_still_work(server: SimulatedServer) -> None:
    await server.make_answers_public()
    digest = await server.ada.slash(server.papers, "latest", topic="protein-design")
    await server.env.restart_bot(server.restart_client())
    details = await server.open_paper(server.mod, digest.response)
    assert message_view.get_heading(details.response).startswith("[LoopSmith")
    assert len(server.list_bodies("/commands")) == 1  # they did not change: they are not told again


async def test_what_takes_long_is_announced_before_discord_gives_up(server: SimulatedServer) -> None:
    await server.make_answers_public()
    server.delay_answers(10)
    digest = await server.ada.slash(server.papers, "latest", topic="protein-design")
    assert digest.deferred
    await server.env.advance_time(10)
    assert message_view.get_heading(server.papers.last_message).startswith("Protein Design · Mon 23 Nov · ")
    details = await server.open_paper(server.mod, server.papers.last_message)
    assert details.deferred
    assert details.ephemeral
    await server.env.advance_time(10)
    assert message_view.get_heading(details.response).startswith("[LoopSmith")


async def test_what_was_announced_for_one_is_for_one_and_what_was_for_all_for_all(server: SimulatedServer) -> None:
    await server.make_answers_public()
    digest = await server.ada.slash(server.papers, "latest", topic="protein-design")
    details = await server.open_paper(server.mod, digest.response)
    server.delay_answers(10)
    mine = await server.mod.slash(server.papers, "saved")
    shared = await server.tap(server.mod, details.response, "Share")
    await server.env.advance_time(20)
    assert mine.response
    assert mine.response.ephemeral
    assert not shared.response.ephemeral
    assert message_view.get_heading(server.papers.last_message).startswith("[LoopSmith")


async def test_a_tap_that_takes_long_still_turns_the_card(server: SimulatedServer) -> None:
    await server.make_answers_public()
    digest = await server.ada.slash(server.papers, "latest", topic="protein-design")
    server.delay_answers(10)
    await server.open_paper(server.ada, digest.response)
    await server.env.advance_time(20)
    assert message_view.get_heading(server.papers.last_message).startswith("[LoopSmith")


async def test_a_bug_is_answered_with_a_sentence_and_logged(server: SimulatedServer, capsys) -> None:
    async def raise_bug(message: IncomingMessage) -> Reply:
        raise RuntimeError("a bug")

    server.platform.set_reply_handler(raise_bug)
    done = await server.ada.slash(server.papers, "latest")
    assert done.ephemeral
    assert "Something went wrong" in message_view.get_text(done.response)
    assert "discord_interaction_failed" in capsys.readouterr().out


async def test_many_topics_become_a_menu(server: SimulatedServer) -> None:
    from digestbot.store.digests.digest_writer import PageKey
    from tests.factories import make_digest

    pages = [(PageKey(f"t{n}", f"t{n}", {}), [make_digest(f"Topic {n:02}")]) for n in range(30)]
    await server.app.store.digests.save_pages(pages, server.app.clock.now())
    topics = await server.mod.slash(server.papers, "topics")
    first, second = message_view.list_menus(topics.response)
    assert len(first["options"]) == 25
    chosen = next(option for option in second["options"] if "Topic 29" in option["label"])
    assert topics.response
    await server.mod.select(topics.response, [chosen["value"]], custom_id=second["custom_id"])
    assert await server.list_topics(server.papers) == ["topic-29"]


def test_no_intent_is_privileged(platform) -> None:
    asked = platform.client.intents
    assert not asked.members
    assert not asked.presences
    assert not asked.message_content
    assert asked.value & ~(discord.Intents.guilds.flag | discord.Intents.dm_messages.flag) == 0
