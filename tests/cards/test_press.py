"""What buttons send, where they lead back to, and taps that arrive twice."""

from __future__ import annotations

import pytest

from digestbot.cards.card import Button
from digestbot.cards.press import STRAIGHT, Press, Taps, Way, kept, kept_word, shortcut


class Watch:
    moment = 0.0

    def __call__(self) -> float:
        return self.moment


def test_the_same_tap_is_one_for_three_seconds() -> None:
    watch = Watch()
    taps = Taps(watch)
    assert not taps.repeated("card", 1, "save")
    watch.moment = 2.9
    assert taps.repeated("card", 1, "save")
    watch.moment = 6.0
    assert not taps.repeated("card", 1, "save")


def test_another_button_person_or_card_is_another_tap() -> None:
    taps = Taps(Watch())
    assert not taps.repeated("card", 1, "next")
    assert not taps.repeated("card", 1, "previous")
    assert not taps.repeated("card", 1, "next")  # to and fro, as fast as one taps
    assert not taps.repeated("card", 2, "next")
    assert not taps.repeated("other", 1, "next")


def test_only_the_last_thousand_are_remembered() -> None:
    taps = Taps(Watch())
    for number in range(1001):
        taps.repeated(f"card {number}", 1, "save")
    assert not taps.repeated("card 0", 1, "save")
    assert taps.repeated("card 1000", 1, "save")


def test_a_tap_is_the_same_one_until_three_seconds_after_the_last() -> None:
    watch = Watch()
    taps = Taps(watch)
    for moment, again in ((0.0, False), (2.99, True), (5.9, True), (8.91, False), (11.91, False)):
        watch.moment = moment
        assert taps.repeated("card", 1, "save") is again, moment


@pytest.mark.parametrize(
    ("press", "data"),
    [
        (Press("paper 2410.18974"), "1>paper 2410.18974"),
        (Press("save 2410.18974", stays=True), "1!save 2410.18974"),
        (Press("paper 2410.18974", back=("latest nerf",)), "1>paper 2410.18974|latest nerf"),
        (Press("paper 1", True, ("saved", "latest nerf")), "1!paper 1|saved|latest nerf"),
        (Press("search 高斯\navatar"), "1>search 高斯\navatar"),
    ],
)
def test_what_a_button_sends_is_read_as_it_was_written(press: Press, data: str) -> None:
    assert press.written() == data
    assert Press.read(data) == press


def test_a_bar_in_a_command_parts_nothing() -> None:
    assert Press.read(Press("search a|b", back=("search c|d",)).written()) == Press("search a b", back=("search c d",))


def test_two_ways_back_are_read_and_no_more() -> None:
    assert Press.read("1>a|b|c|d") == Press("a", back=("b", "c"))
    assert Press.read("1>a||b") == Press("a", back=("b",))
    assert Press.read("1>a|") == Press("a")


@pytest.mark.parametrize("data", ["", "1>", "1|a", "2>a", "a", "1>|a", "1#0123456789abcdef"])
def test_what_no_button_sends_is_none(data: str) -> None:
    assert Press.read(data) is None


@pytest.mark.parametrize(
    ("command", "back", "alone", "in_group"),
    [
        ("subscribe nerf", ("topics",), True, True),
        ("settings time 08:00", ("settings time",), True, True),
        ("save 1", ("paper 1",), True, False),
        ("unsave 1", ("paper 1",), True, False),
        ("save 1", ("digest nerf",), False, False),
        ("unsave 1", ("saved",), False, False),
        ("saved", ("saved",), True, True),
    ],
)
def test_a_switch_turns_where_it_is_shown_to_whoever_it_belongs_to(
    command: str, back: tuple[str, ...], alone: bool, in_group: bool
) -> None:
    press = Press(command, stays=True, back=back)
    assert (press.turns(in_group=False), press.turns(in_group=True)) == (alone, in_group)


def test_what_is_too_long_for_a_button_is_kept_under_a_short_word() -> None:
    word = shortcut("1>search " + "x" * 100)
    assert len(word) == 16
    assert word == shortcut("1>search " + "x" * 100) != shortcut("1>search " + "x" * 101)
    assert kept_word(kept(word)) == word
    assert kept_word(kept(word) + "|||") == word  # what a platform fills up
    for other in ("1#" + "g" * 16, "1#" + "a" * 15, "1#" + "a" * 17, word, "1>" + word):
        assert kept_word(other) is None


OPEN = Button("Details", "paper 1")


@pytest.mark.parametrize(
    ("way", "here", "button", "back"),
    [
        (STRAIGHT, "latest nerf", OPEN, ("latest nerf",)),
        (STRAIGHT, "", OPEN, ()),  # from a card that nothing shows again
        (Way(("topics",)), "latest nerf", OPEN, ("latest nerf", "topics")),
        (Way(("b", "c")), "a", OPEN, ("a", "b")),  # two ways back and no more
        (Way(("latest nerf",)), "paper 1", Button("Back", "latest nerf"), ()),
        (Way(("b", "c")), "a", Button("Back", "b"), ("c",)),
        (Way(("b", "c")), "a", Button("Elsewhere", "c"), ("a", "b")),  # only the last one is gone back to
        (Way(("topics",)), "saved", Button("Next", "saved p2"), ("topics",)),
        (Way(("topics",)), "saved p2", Button("Previous", "saved p1"), ("topics",)),
        (Way(("topics",)), "digest a p2", Button("Next", "digest b p3"), ("digest a p2", "topics")),
        (Way(("topics",)), "paper 1", Button("Keep", "save 1", stays=True), ("paper 1", "topics")),
        (Way(("topics",)), "topics", Button("Switch", "topics", stays=True), ("topics", "topics")),
        (Way(prefix="in club"), "topics", OPEN, ("in club topics",)),
        (Way(prefix="in club"), "in club topics", OPEN, ("in club topics",)),
    ],
)
def test_a_card_leads_back_to_the_one_that_it_was_opened_from(
    way: Way, here: str, button: Button, back: tuple[str, ...]
) -> None:
    pressed = way.press(here, button)
    assert pressed.back == back
    assert pressed.stays is button.stays
    assert pressed.command == (f"in club {button.command}" if way.prefix else button.command)
