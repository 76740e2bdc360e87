"""Discord's numbers, each at its boundary: what just fits is shown whole, and one more never goes out."""

from __future__ import annotations

from typing import Any

import pytest
from discord import ui

from digestbot.cards import replies
from digestbot.cards.callback_data import ButtonAction, restore_commands
from digestbot.cards.card import Button, Card, Details, Figures, Heading, ListItem, Notice, Paragraph, Text
from digestbot.domain.digest import Figure
from digestbot.platforms.discord.incoming.autocomplete import _build_choice
from digestbot.platforms.discord.incoming.slash_commands import _translatable
from digestbot.platforms.discord.outgoing import markup
from digestbot.platforms.discord.outgoing.components import ComponentBuilder, count_components, is_usable
from digestbot.platforms.discord.outgoing.layout import lay_out_card
from tests.platforms.discord import message_view
from tests.platforms.discord.test_cards import render_messages

TITLE = Heading((Text("A heading"),))
PICTURE = Figure("https://figures.example.org/1.png")


def make_paragraph(text: str = "words") -> Paragraph:
    return Paragraph((Text(text),))


def list_ids(rows: Any) -> list[str]:
    return [
        part["custom_id"]
        for row in rows
        for part in message_view.walk_components([row.to_component_dict()])
        if "custom_id" in part
    ]


def to_dict(button: ui.Item[Any]) -> dict[str, Any]:
    return button.to_component_dict()


# -- a message's components and characters -----------------------------------------------------------------------


def make_card_of_size(components: int, buttons: int = 0, menus: int = 0) -> Card:
    """A card that is so many components when it is one message: of pictures, and a row with its button if need be."""
    left = components - 3 - count_components([Button("b", f"help {n}") for n in range(buttons)]) - 2 * menus
    rows = [ListItem(None, (Text(f"Row {n}"),), "", button=Button("Do", f"do {n}")) for n in range(25 * menus)]
    sections = [ListItem(None, (Text("A row"),), "", button=Button("Do", "do"))] * (0 if menus else left % 2)
    galleries = (left - 3 * len(sections)) // 2
    pictures = [one for _ in range(galleries) for one in (Figures((PICTURE,), ("1",)), make_paragraph())]
    own = tuple(Button(f"b{n}", f"help {n}") for n in range(buttons))
    return Card((TITLE, *rows, *pictures, *sections, make_paragraph("The end")), own)


def count_body_components(body: Any) -> int:
    return len(list(message_view.walk_components(body["components"])))


@pytest.mark.parametrize(("buttons", "menus"), [(0, 0), (1, 0), (5, 0), (6, 0), (2, 1), (2, 2), (7, 3)])
def test_forty_components_are_one_message_and_more_are_two(buttons: int, menus: int) -> None:
    (whole,) = render_messages(make_card_of_size(40, buttons, menus))
    assert count_body_components(whole) == (39 if menus else 40)
    parts = render_messages(make_card_of_size(42 if menus else 41, buttons, menus))
    assert [count_body_components(body) <= 40 for body in parts] == [True, True]
    assert "The end" in message_view.get_text(parts[-1])


@pytest.mark.parametrize("text", ["x" * 39, "😀" * 19 + "x"], ids=["letters", "emoji"])
def test_a_message_has_four_thousand_characters_and_the_rest_goes_on(text: str) -> None:
    for block in (make_paragraph(text), ListItem(None, (), "", lines=((Text(text),),)), Notice(text)):
        parts = render_messages(Card((TITLE, *[block] * 150)))  # which looks at the length of each
        assert "".join(map(message_view.get_text, parts)).count(text) == 150
        assert len(parts) == 2


def test_papers_shown_whole_with_their_figures_are_within_the_limits() -> None:
    papers = [
        ListItem(
            n,
            (Text(f"P {n}"),),
            "",
            blocks=(make_paragraph("An abstract"),),
            button=Button("Details", f"p {n}"),
            is_expanded=True,
            figure=PICTURE,
        )
        for n in range(13)
    ]
    parts = render_messages(Card((TITLE, *papers)))
    assert [len(message_view.list_pictures(body)) for body in parts] == [8, 5]
    assert [len(message_view.list_menus(body)[0]["options"]) for body in parts] == [8, 5]
    assert "".join(map(message_view.get_text, parts)).count("An abstract") == 13


def test_nothing_is_folded_and_what_would_be_says_where_it_is() -> None:
    folds = [Details(f"Part {n}", (make_paragraph(f"inside {n}"),), f"part {n}", "by /part") for n in range(20)]
    (body,) = render_messages(Card((TITLE, *folds, make_paragraph("The end"))))
    shown = message_view.get_text(body)
    assert [n for n in range(20) if f"Part {n}: by /part" in shown] == list(range(20))
    assert "inside" not in shown
    assert not any(part.get("spoiler") for part in message_view.walk_components(body["components"]))


@pytest.mark.parametrize(("papers", "menus"), [(1, []), (2, [2]), (25, [25]), (26, [25, 1]), (60, [25, 6, 25, 4])])
def test_papers_are_chosen_from_menus_of_25_and_one_alone_has_its_button(papers: int, menus: list[int]) -> None:
    items = [ListItem(n, (Text(f"P {n}"),), "", button=Button("Details", f"paper {n}")) for n in range(papers)]
    made = render_messages(Card((TITLE, *items), menu_label="Open a paper…"))
    assert [len(menu["options"]) for body in made for menu in message_view.list_paper_menus(body)] == menus
    assert [label for body in made for label in message_view.list_labels(body)] == ([] if menus else ["Details"])


@pytest.mark.parametrize(("rows", "menus"), [(8, []), (9, [9]), (25, [25]), (26, [25, 1]), (125, [25] * 5)])
def test_rows_become_menus_of_25_where_they_are_too_many_and_none_is_lost(rows: int, menus: list[int]) -> None:
    listed = [(f"Topic {n}", "about it", Button("Subscribe", f"subscribe topic-{n}")) for n in range(rows)]
    parts = render_messages(replies.list_card("Topics", listed))
    shown = [menu for body in parts for menu in message_view.list_menus(body)]
    assert [len(menu["options"]) for menu in shown] == menus
    assert sum(len(message_view.list_buttons(body)) for body in parts) == (0 if menus else rows)
    chosen = {ButtonAction.decode(option["value"]) for menu in shown for option in menu["options"]}
    assert len(chosen) == sum(menus)


def test_a_gallery_has_ten_pictures() -> None:
    for number, expected in ((9, [9]), (10, [10]), (11, [10, 1]), (20, [10, 10])):
        card = Card((TITLE, Figures((PICTURE,) * number, ("1",) * number)))
        (body,) = render_messages(card)
        galleries = [
            part for part in message_view.walk_components(body["components"]) if part["type"] == message_view.GALLERY
        ]
        assert [len(part["items"]) for part in galleries] == expected


# -- buttons and menus -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [2, 84, 85, 91, 92, 93, 94, 99, 100, 101, 200])
@pytest.mark.parametrize("character", ["x", "é", "高"])
def test_data_of_any_length_fits_nine_times_in_a_message_and_comes_back(length: int, character: str) -> None:
    command = "s" + character * (length - 3)
    keys = ComponentBuilder("")
    found = list_ids(keys.build_rows([Button(f"b{n}", command, keeps_card=n % 2 == 0) for n in range(18)]))
    assert len(set(found)) == 18
    assert max(map(len, found)) <= 100
    for n, data in enumerate(found):
        action = ButtonAction.decode(data)
        assert action
        assert restore_commands(action, keys.long_callbacks) == ButtonAction(command, keeps_card=n % 2 == 0)


@pytest.mark.parametrize("length", [1, 89, 90, 91, 98, 99, 300])
def test_what_shares_and_what_chooses_has_data_of_its_own_that_fits(length: int) -> None:
    keys = ComponentBuilder("x" * length)
    menus = [keys.build_menu([Button("a", "help")], "…") for _ in range(5)]
    shares = keys.build_rows([Button("Share", share_query="y" * length) for _ in range(5)])
    found = [*list_ids(menus), *list_ids(shares)]
    assert len(set(found)) == 10
    assert max(map(len, found)) <= 100


@pytest.mark.parametrize("length", [79, 80, 81, 200])
def test_a_label_has_80_characters(length: int) -> None:
    label = to_dict(ComponentBuilder("").build_button(Button("l" * length, "help")))["label"]
    assert label == ("l" * length if length <= 80 else "l" * 79 + "…")
    link = to_dict(ComponentBuilder("").build_button(Button("l" * length, url="https://a.example")))["label"]
    assert link == label


@pytest.mark.parametrize("length", [99, 100, 101, 200])
def test_an_option_and_what_stands_over_it_have_100(length: int) -> None:
    (menu,) = to_dict(ComponentBuilder("").build_menu([Button("o" * length, "help")], "p" * length))["components"]
    expected = "" if length <= 100 else "…"
    assert menu["options"][0]["label"] == "o" * (min(length, 100) - len(expected)) + expected
    assert menu["placeholder"] == "p" * (min(length, 100) - len(expected)) + expected


@pytest.mark.parametrize("number", [24, 25, 26])
def test_a_menu_has_25_options(number: int) -> None:
    (menu,) = to_dict(ComponentBuilder("").build_menu([Button(f"o{n}", f"help {n}") for n in range(number)], "…"))[
        "components"
    ]
    assert len(menu["options"]) == min(number, 25)


@pytest.mark.parametrize(("length", "shown"), [(511, True), (512, True), (513, False)])
def test_an_address_of_a_button_has_512_characters(length: int, shown: bool) -> None:
    url = "https://a.example/".ljust(length, "x")
    assert is_usable(Button("Open", url=url)) is shown


@pytest.mark.parametrize(("number", "rows"), [(0, []), (1, [1]), (5, [5]), (6, [5, 1]), (10, [5, 5]), (11, [5, 5, 1])])
def test_a_row_has_five_buttons(number: int, rows: list[int]) -> None:
    buttons = [Button(f"b{n}", f"help {n}") for n in range(number)]
    made = [to_dict(row) for row in ComponentBuilder("").build_rows(buttons)]
    assert [len(row["components"]) for row in made] == rows
    assert count_components(buttons) == len(list(message_view.walk_components(made)))
    assert count_components([*buttons, Button("no", url="javascript:1")]) == count_components(buttons)


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        (("Abstract", "Analysis", "Ask…", "Save", "Cite", "Related", "Share"), [4, 3]),
        (("摘要原文", "详细解读", "提问…", "收藏", "引用", "相似论文", "分享"), [4, 3]),
        (("Topics", "Follow", "Newest", "Saved papers", "Settings", "All commands"), [3, 3]),
        (("A long label of a button" * 2,) * 6, [5, 1]),
    ],
)
def test_what_a_phone_would_break_is_spread_over_rows(labels: tuple[str, ...], rows: list[int]) -> None:
    buttons = [Button(label, f"help {n}") for n, label in enumerate(labels)]
    made = [to_dict(row) for row in ComponentBuilder("").build_rows(buttons)]
    assert [len(row["components"]) for row in made] == rows
    assert [one["label"] for row in made for one in row["components"]] == list(labels)
    assert count_components(buttons) == len(list(message_view.walk_components(made)))


@pytest.mark.parametrize(("number", "menus", "buttons"), [(7, 0, 8), (8, 1, 1), (25, 1, 1), (26, 0, 27)])
def test_many_buttons_that_only_lead_elsewhere_are_a_menu(number: int, menus: int, buttons: int) -> None:
    leading = tuple(Button(f"b{n}", f"settings {n}") for n in range(number))
    (layout,) = lay_out_card(
        Card((TITLE,), (*leading, Button("Test", "test", keeps_card=True))), with_share_button=True
    )
    assert len(layout.menus) == menus
    assert sum(map(len, layout.menus)) + len(layout.card.buttons) == number + 1
    assert len(layout.card.buttons) == buttons


@pytest.mark.parametrize("words", ["", " ", "\n", "\u200b\u202e"])
def test_a_button_is_never_without_words(words: str) -> None:
    assert to_dict(ComponentBuilder("").build_button(Button(words, "help")))["label"].strip()


def test_a_switch_that_is_on_is_green() -> None:
    styles = [
        to_dict(ComponentBuilder("").build_button(Button("b", "help", is_on=on)))["style"] for on in (True, False, None)
    ]
    assert styles == [3, 2, 2]


# -- text and what is told ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("special", list("\\*_~`|<>[]"))
def test_each_character_that_is_markup_is_escaped(special: str) -> None:
    assert markup.escape(f"a{special}b") == f"a\\{special}b"


@pytest.mark.parametrize("name", ["everyone", "here", "Ada", "1", "_x", "Ämter", "高斯"])
def test_no_name_is_called(name: str) -> None:
    assert f"@{name}" not in markup.escape(f"to @{name}").replace("\\", "")
    assert markup.escape("a @ b") == "a @ b"


@pytest.mark.parametrize("begins", ["# a", "> a", "+ a", "- a", "-# a", "1. a", "1) a", "123456789. a", "123456789) a"])
def test_each_way_to_begin_a_heading_list_or_quotation_is_none(begins: str) -> None:
    line = markup.render_line((Text(begins),))
    mark = next(at for at, character in enumerate(begins) if not character.isdigit())
    assert line == markup.escape(begins[:mark]) + "\\" + begins[mark:].replace(">", ">" if mark == 0 else "\\>")


@pytest.mark.parametrize("length", [99, 100, 101])
def test_what_is_offered_and_described_has_100_characters(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = "x" * length if length <= 100 else "x" * 99 + "…"
    monkeypatch.setattr("digestbot.platforms.discord.incoming.slash_commands.translate", lambda _, key: key)
    choice = _build_choice("x" * length, "y" * length)
    assert (choice.name, choice.value) == (expected, "y" * min(length, 100))
    assert _translatable("x" * length).message == expected
