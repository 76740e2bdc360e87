"""Buttons: what they send back within Telegram's 64 bytes, how they stand in rows, and what stands on them."""

from __future__ import annotations

import pytest

from digestbot.cards.callback_data import ButtonAction, NavigationHistory, restore_commands
from digestbot.cards.card import Button, Card, Details, ListItem, Paragraph, Text, parse_inline
from digestbot.cards.titles import format_short_title
from digestbot.platforms.telegram.outgoing.keyboard import Keyboard


def data_of(command: str, way: NavigationHistory | None = None) -> tuple[str, dict[str, str]]:
    """What a button with the command sends back, and what has to be kept for it."""
    keyboard = Keyboard(Card(()), way or NavigationHistory())
    return keyboard.encode_callback_data(Button("Go", command)), keyboard.long_callbacks


@pytest.mark.parametrize("sign", ["x", "é", "语", "\U0001f9ec"], ids=["1 byte", "2 bytes", "3 bytes", "4 bytes"])
@pytest.mark.parametrize("size", [63, 64, 65, 66])
def test_what_is_longer_than_64_bytes_is_kept_in_the_store_and_named_by_a_word(sign: str, size: int) -> None:
    room = size - len("1>")
    command = sign * (room // len(sign.encode())) + "y" * (room % len(sign.encode()))
    data, long = data_of(command)
    assert len(f"1>{command}".encode()) == size
    if size <= 64:
        assert (data, long) == (f"1>{command}", {})
        return
    assert len(data.encode()) <= 64
    assert list(long.values()) == [command]
    action = ButtonAction.decode(data)
    assert action
    assert restore_commands(action, long) == ButtonAction(command)


def test_the_way_back_and_the_prefix_count_too() -> None:
    data, long = data_of("x" * 40, NavigationHistory(("y" * 40,), "channel -1001234567890"))
    shortened = ButtonAction.decode(data)
    assert shortened
    action = restore_commands(shortened, long)
    assert action
    assert action.command == f"channel -1001234567890 {'x' * 40}"
    assert action.history == ("y" * 40,)


def list_labels(*buttons: Button) -> list[list[str]]:
    return [[str(button["text"]) for button in row] for row in Keyboard(Card((), buttons)).build_rows()]


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("x" * 40, "x" * 40),
        ("x" * 41, "x" * 39 + "…"),
        ("语" * 41, "语" * 39 + "…"),
        ("", "…"),
        ("\u202e", "…"),
        ("  Go  ", "Go"),
    ],
)
def test_a_label_is_short_and_never_empty(label: str, shown: str) -> None:
    assert list_labels(Button(label, "go")) == [[shown]]


def test_a_switch_shows_how_it_stands() -> None:
    assert list_labels(Button("A", "a", is_on=True), Button("B", "b", is_on=False), Button("C", "c")) == [
        ["✅ A", "▫️ B"],
        ["C"],
    ]


@pytest.mark.parametrize(
    ("widths", "rows"),
    [
        ([1, 1, 1, 1, 1], [4, 1]),  # four side by side at most
        ([12, 12], [2]),  # 30 characters, three a button between them
        ([12, 13], [1, 1]),
        ([7, 7, 7], [3]),
        ([7, 7, 8], [2, 1]),
        ([40, 1], [1, 1]),
    ],
)
def test_buttons_stand_side_by_side_as_far_as_a_phone_has_room(widths: list[int], rows: list[int]) -> None:
    assert [len(row) for row in list_labels(*(Button("x" * width, "go") for width in widths))] == rows


def make_item(number: int | None, label: str, title: str = "A title", on: bool | None = None) -> ListItem:
    return ListItem(number, (Text(title),), "", button=Button(label, f"paper {number or title}", is_on=on))


def test_papers_are_called_by_number_and_name_two_in_a_row() -> None:
    titles = (
        "LoopSmith: Designing Loops",
        "Thermostable by Construction: A Redesign",
        "Does a Fold Need a Sequence?",
    )
    rows = Keyboard(Card(tuple(make_item(n, "Details", title) for n, title in enumerate(titles, 1)))).build_rows()
    assert [[button["text"] for button in row] for row in rows] == [
        ["1 LoopSmith", "2 Thermostable…"],
        ["3 Does a Fold Need a Sequence?"],  # alone it has the room of both
    ]
    assert rows[1][0]["callback_data"] == "1>paper 3"


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("PPSurf: Combining Patches", "PPSurf"),
        ("psPRF：全色锐化", "psPRF"),
        ("NeRF–W – in the Wild", "NeRF–W"),
        ("A Survey of the Methods for Splats", "A Survey…"),
        ("Learning to See in the Dark", "Learning to See…"),
        (r"$\pi_0$: a flow model", "π₀"),
        (r"Why $\frac{1}{2}$ is enough", "Why 1/2 is enough"),
        ("高斯溅射的压缩方法与应用综述", "高斯溅射的压缩方…"),
        ("Supercalifragilistic", "Supercalifragili…"),
        ("Short", "Short"),
        ("A name that is longer than: this", "A name that is…"),
        ("", ""),
    ],
)
def test_a_papers_short_title_is_its_name_or_its_first_words(title: str, short: str) -> None:
    assert format_short_title(parse_inline(title), 17) == short


def test_rows_with_the_same_label_and_switches_are_called_by_their_titles() -> None:
    blocks = (make_item(None, "Unsave", "One"), make_item(None, "Unsave", "Two"), make_item(None, "Open", "Three"))
    switch = make_item(None, "Topic", "Four", on=True)
    rows = Keyboard(Card((*blocks, switch))).build_rows()
    assert [button["text"] for row in rows for button in row] == ["One", "Two", "Open", "✅ Four"]


@pytest.mark.parametrize(("papers", "kept"), [(100, 100), (101, 100), (99, 99)])
def test_a_message_has_a_hundred_buttons_at_most(papers: int, kept: int) -> None:
    rows = Keyboard(Card(tuple(make_item(number, "Details") for number in range(1, papers + 1)))).build_rows()
    assert sum(map(len, rows)) == kept


def test_what_would_be_more_than_a_hundred_leaves_out_whole_rows() -> None:
    papers = tuple(make_item(number, "Details") for number in range(1, 99))
    rows = Keyboard(Card(papers, (Button("A", "a"), Button("B", "b"), Button("C", "c")))).build_rows()
    assert sum(map(len, rows)) == 98


def test_a_button_that_leads_to_a_page_or_shares_sends_nothing_back() -> None:
    keyboard = Keyboard(Card((Paragraph((Text("x"),)), Details("d", ()))))
    assert keyboard.build_button(Button("Page", url="https://a.example/")) == {
        "text": "Page",
        "url": "https://a.example/",
    }
    assert keyboard.build_button(Button("Share", share_query="2611.90112")) == {
        "text": "Share",
        "switch_inline_query": "2611.90112",
    }
    keyboard.has_inline_mode = False
    assert keyboard.build_button(Button("Share", share_query="2611.90112")) == {
        "text": "Share",
        "url": "https://t.me/share/url?url=https%3A%2F%2Farxiv.org%2Fabs%2F2611.90112",
    }


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        (["A", "B", "C"], [["▫️ A", "▫️ B"], ["▫️ C"]]),
        (
            ["A very long topic about cells", "具身智能与人形机器人的运动控制"],
            [["▫️ A very long…t cells", "▫️ 具身智能与人…动控制"]],
        ),
        (
            ["A very long topic of cells", "A very long subject of cells"],
            [["▫️ A very long topic of cells"], ["▫️ A very long subject of cells"]],
        ),
    ],
)
def test_switches_stand_in_two_even_columns_unless_their_names_would_be_the_same(
    names: list[str], rows: list[list[str]]
) -> None:
    switches = tuple(make_item(None, "Subscribe", name, on=False) for name in names)
    assert [[str(key["text"]) for key in row] for row in Keyboard(Card(switches)).build_rows()] == rows
