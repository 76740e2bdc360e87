"""Following: the preview, what is kept of it, and what changes it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, update

from digestbot.announcements.day_matching import match_day
from digestbot.app import App, open_app
from digestbot.cards.card import Card, ListItem, to_plain_text
from digestbot.core.ports import IncomingMessage
from digestbot.core.shown_lists import list_numbered_papers
from digestbot.domain.announcement import AnnouncementKind
from digestbot.domain.queries import parse_query
from digestbot.domain.subscription import Address
from digestbot.settings import Settings
from digestbot.store.tables import callback_tokens, topics
from tests.announced import announce, make_announced
from tests.core.commands.asking import ADDRESS, list_commands, send_message, send_text
from tests.fakes import ManualClock

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
OTHER = Address("console", "other")
PAPERS = [
    make_announced("2611.00001", "Gaussian splatting in the dark", authors=("Bernhard Kerbl", "Ada Moreno")),
    make_announced("2611.00002", "Splatting with a Gaussian", "cs.GR cs.CV", authors=("Wei Wang",)),
    make_announced("2611.00003", "Gaussian splatting, faster", "cs.GR cs.CV", authors=("Xin Wang",)),
    make_announced("2611.00004", "高斯泼溅的实时渲染", "cs.CV", authors=("Li Wang",)),
    make_announced("2611.00005", "Old gaussian splatting", "cs.GR", kind=AnnouncementKind.REPLACEMENT),
]


def list_titles(card: Card) -> list[str]:
    return [to_plain_text(block.title) for block in card.blocks if isinstance(block, ListItem)]


async def tap(app: App, card: Card, start: str) -> tuple[Card, str]:
    """Tap the first button whose command begins so."""
    command = next(one for one in list_commands(card) if one.startswith(start))
    return await send_text(app, f"/{command}")


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


async def test_a_follow_is_a_topic_that_its_chat_alone_knows(empty_app: App) -> None:
    await send_text(empty_app, '/follows add "neural radiance fields" OR nerf')
    for line in ("/subscribe nerf OR neural 9:30 fri", "/rename nerf OR radiance fields"):
        await send_text(empty_app, line)
    followed = await empty_app.subscriptions.list_for(await find(empty_app))
    slug = followed[0].topic.slug
    assert "renamed" not in (await send_text(empty_app, f"/rename {slug} Radiance"))[1]
    assert "Radiance" in (await send_text(empty_app, "/subscriptions"))[1]
    assert "Radiance" in (await send_text(empty_app, "/pause radiance 2 days"))[1]
    assert "09:15" in (await send_text(empty_app, "/subscribe Radiance 9:15 mon"))[1]
    assert "Nothing yet" in (await send_text(empty_app, "/latest radiance"))[1]
    for name in ("Radiance", slug, '"neural radiance field" OR nerf'):
        for command in ("latest", "subscribe", "digest", "unsubscribe"):
            card, words = await send_message(empty_app, IncomingMessage(OTHER, f"/{command} {name}", "en"))
            assert (card.ok, "Radiance" in words.replace(name, "")) == (False, False), (command, name)
    assert "Radiance" not in (await send_message(empty_app, IncomingMessage(OTHER, "/topics", "en")))[1]
    card, words = await send_text(empty_app, "/unsubscribe radiance")
    assert "Unsubscribed: Radiance" in words
    await send_text(empty_app, "/undo")
    _, words = await send_text(empty_app, "/follows radiance")
    assert ("09:15" in words, "paused until" in words) == (True, False)


async def find(app: App):
    subscriber = await app.subscriptions.find(ADDRESS)
    assert subscriber
    return subscriber


@ON_SQLITE
async def test_a_follow_is_changed_with_buttons_and_keeps_when_it_comes(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", PAPERS)
    card, words = await send_text(empty_app, "/follows add gaus\x00sian\ud800 \u202esplats")
    assert card.ok, words
    [followed] = await empty_app.subscriptions.list_for(await find(empty_app))
    assert followed.label == "gaussian splats"


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
async def test_a_chat_has_as_many_follows_as_the_operator_allows(settings: Settings, clock: ManualClock) -> None:
    async with open_app(settings.model_copy(update={"max_follows": 2}), clock) as app:
        for line in ("/follows add nerf", "/subscribe cs.CV"):
            assert (await send_text(app, line))[0].ok
        card, words = await send_text(app, "/follows add splatting")
        assert (card.ok, "follows 2 things" in words) == (False, True)
        assert (await send_text(app, "/subscribe cs.CV 9:30"))[0].ok
        card, words = await send_text(app, "/import all; robots; vision")
        assert ("Following 0 more" in words, "follows 2 things" in words) == (True, True)


@ON_SQLITE
async def test_a_follow_that_begins_with_p_is_no_page(empty_app: App) -> None:
    await send_text(empty_app, "/follows add plasma")
    card, words = await send_text(empty_app, "/follows plasma")
    assert card.ok
    assert "plasma" in words
    assert (await send_text(empty_app, "/follows p1"))[0].ok


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


async def test_forgetting_leaves_nothing_of_what_was_followed(empty_app: App) -> None:
    await send_text(empty_app, "/follows add secret interest")
    await send_text(empty_app, "/mute another secret")
    await empty_app.store.callback_tokens.save({"a" * 16: "follow secret"}, empty_app.clock.now(), "console local")
    await send_message(empty_app, IncomingMessage(OTHER, "/follows add shared interest", "en"))
    await send_text(empty_app, "/follows add shared interest")
    await send_text(empty_app, "/forgetme yes")
    async with empty_app.store.database.read() as connection:
        left = (await connection.scalars(select(topics.c.expression))).all()
        tokens = await connection.scalar(select(func.count()).select_from(callback_tokens))
    assert (list(left), tokens) == (["interest shared"], 0)


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


SEEN = [
    *PAPERS,
    make_announced("2611.00006", "Stereo vision", "cs.CV", authors=("Yi Ma", "Kaiming He")),
    make_announced("2611.00007", "Robots that see", "cs.RO cs.CV", authors=("Yi Ma",)),
    make_announced("2611.00010", "Diffusion models of video", "hep-th"),
    make_announced("2611.00011", "Diffusion policies", "cs.RO"),
]


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
async def test_it_is_good_morning_only_where_it_is_morning(empty_app: App, clock: ManualClock) -> None:
    assert (clock.now().hour, "Good morning" in (await send_text(empty_app, "/start"))[1]) == (9, True)
    await send_text(empty_app, "/settings timezone Asia/Tokyo")
    words = (await send_text(empty_app, "/start"))[1]
    assert "Hello" in words
    assert "Good morning" not in words


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


@ON_SQLITE
async def test_what_is_followed_already_is_said_and_leaves_nothing_to_undo(empty_app: App) -> None:
    await send_text(empty_app, "/follows add nerf")
    card, words = await send_text(empty_app, "/follows add NeRFs")
    assert ("already" in words, [one for one in list_commands(card) if one.startswith("undo")]) == (True, [])
    await send_text(empty_app, "/subscribe cs.CV 9:30")
    for line in ("/subscribe cs.CV", "/subscribe cs.CV 9:30"):
        card, words = await send_text(empty_app, line)
        assert ("Subscribed already" in words, [one for one in list_commands(card) if "undo" in one]) == (True, []), (
            line
        )
    for topic in ("cs.CV", "nerf"):
        await send_text(empty_app, "/undo")
        left = [one.topic.title for one in await empty_app.subscriptions.list_for(await find(empty_app))]
        assert topic not in " ".join(left)


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
async def test_a_follow_is_edited_by_its_name_and_says_what_it_would_have_brought(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", PAPERS)
    await send_text(empty_app, "/follows add gaussian splatting")
    for line, says in (
        ("/follows edit gaussian splatting gaussian -dark", "“gaussian splatting” is now “gaussian -dark”. 2 papers"),
        ("/rename gaussian -dark Splats and more", "is called “Splats and more” here"),
        ("/我的关注 修改 splats and more author:Kerbl", "“Splats and more” is now “author:Kerbl”. 1 paper in"),
        ("/follows edit Splats and more", "Looks for: author:Kerbl"),
        ("/follows edit nothing of mine nerf", "Say which of your follows"),
        ("/subscribe splats and more 9:15", "Subscribed: Splats and more"),
    ):
        assert says in (await send_text(empty_app, line))[1], line


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


@ON_SQLITE
async def test_what_is_left_open_is_closed_in_the_name_too(empty_app: App) -> None:
    for text, name in (
        ('"gaussian splatting', '"gaussian splatting"'),
        ("nerf (slam OR “depth", "nerf (slam OR “depth”)"),
    ):
        card, words = await send_text(empty_app, f"/follow {text}")
        assert name in words
        await tap(empty_app, card, "follows add")
        assert name in (await send_text(empty_app, "/follows"))[1]


@ON_SQLITE
async def test_a_digest_of_which_all_is_hidden_names_no_writer(app: App) -> None:
    await send_text(app, "/subscribe protein design")
    await send_text(app, "/filter protein design gravitation")
    _, words = await send_text(app, "/latest protein design")
    assert ("3 papers are hidden here" in words, "AI" in words) == (True, False)


NAMES = [f"Kerbl{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(40)]


async def test_a_follow_that_prints_longer_than_what_may_be_typed_works_everywhere(empty_app: App) -> None:
    papers = [make_announced("2611.00001", "Splatting", authors=("Ada Kerblab",))]
    await announce(empty_app.store, "2026-11-23", papers)
    await send_text(empty_app, f"/follows add author:({','.join(NAMES)})")
    listed, _ = await send_text(empty_app, "/follows")
    card, words = await tap(empty_app, listed, "follows follow-")
    assert "1 paper in the last 7 days" in words
    await announce(empty_app.store, "2026-11-24", papers)
    assert await match_day(empty_app.store, date(2026, 11, 24), empty_app.clock.now()) == 1
    _, words = await tap(empty_app, card, "latest follow-")
    assert "author: Kerblab" in words
    assert "Kerblaa" in (await send_text(empty_app, "/paper 2611.00001"))[1]
    assert (await send_text(empty_app, "/follows less 2611.00001"))[0].buttons


async def test_a_follow_that_cannot_be_read_any_more_says_so_and_can_be_ended(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", PAPERS)
    await send_text(empty_app, "/follows add gaussian")
    await send_text(empty_app, "/follows add author:Wang")
    async with empty_app.store.database.write() as connection:
        await connection.execute(
            update(topics).values(expression="cat:nothing").where(topics.c.expression == "gaussian")
        )
    await announce(empty_app.store, "2026-11-24", PAPERS[1:2])
    assert await match_day(empty_app.store, date(2026, 11, 24), empty_app.clock.now()) == 1  # of the other one
    assert "Splatting" in (await send_text(empty_app, "/paper 2611.00002"))[1]
    listed, _ = await send_text(empty_app, "/follows")
    cards = [
        await send_text(empty_app, f"/{one}") for one in list_commands(listed) if one.startswith("follows follow-")
    ]
    card = next(card for card, words in cards if "cannot be read any more" in words)
    assert "unsubscribe" in list_commands(card)[0]
    await tap(empty_app, card, "unsubscribe")
    assert "gaussian" not in (await send_text(empty_app, "/follows"))[1]


@ON_SQLITE
async def test_an_accent_is_no_author_to_follow(empty_app: App) -> None:
    paper = make_announced("2611.00001", "Splatting", authors=("\u0301", "Ada Moreno"))
    await announce(empty_app.store, "2026-11-23", [paper])
    assert not (await send_text(empty_app, '/follow author:"\u0301"'))[0].ok
    assert "1 paper" in (await send_text(empty_app, "/follow author:Moreno"))[1]
    card, _ = await send_text(empty_app, "/follows author 2611.00001")
    assert [one for one in list_commands(card) if "author:" in one] == ['follow author:"Ada Moreno"']
