"""What buttons send, where they lead back to, and taps that arrive twice."""

from __future__ import annotations

import pytest

from digestbot.cards.callback_data import (
    FORM_PREFIX,
    NO_HISTORY,
    ButtonAction,
    NavigationHistory,
    TapDeduplicator,
    compute_token,
    decode_token,
    encode_token,
)
from digestbot.cards.card import Button
from digestbot.platforms.common.callbacks import decode_action, encode_action
from digestbot.store import Store


class ManualTime:
    moment = 0.0

    def __call__(self) -> float:
        return self.moment


def test_the_same_tap_is_one_for_three_seconds() -> None:
    watch = ManualTime()
    taps = TapDeduplicator(watch)
    assert not taps.is_duplicate("card", 1, "save")
    watch.moment = 2.9
    assert taps.is_duplicate("card", 1, "save")
    watch.moment = 6.0
    assert not taps.is_duplicate("card", 1, "save")


def test_another_button_person_or_card_is_another_tap() -> None:
    taps = TapDeduplicator(ManualTime())
    assert not taps.is_duplicate("card", 1, "next")
    assert not taps.is_duplicate("card", 1, "previous")
    assert not taps.is_duplicate("card", 1, "next")  # to and fro, as fast as one taps
    assert not taps.is_duplicate("card", 2, "next")
    assert not taps.is_duplicate("other", 1, "next")


def test_only_the_last_thousand_are_remembered() -> None:
    taps = TapDeduplicator(ManualTime())
    for number in range(1001):
        taps.is_duplicate(f"card {number}", 1, "save")
    assert not taps.is_duplicate("card 0", 1, "save")
    assert taps.is_duplicate("card 1000", 1, "save")


def test_a_tap_is_the_same_one_until_three_seconds_after_the_last() -> None:
    watch = ManualTime()
    taps = TapDeduplicator(watch)
    for moment, again in ((0.0, False), (2.99, True), (5.9, True), (8.91, False), (11.91, False)):
        watch.moment = moment
        assert taps.is_duplicate("card", 1, "save") is again, moment


@pytest.mark.parametrize(
    ("action", "data"),
    [
        (ButtonAction("paper 2410.18974"), "1>paper 2410.18974"),
        (ButtonAction("save 2410.18974", keeps_card=True), "1!save 2410.18974"),
        (ButtonAction("paper 2410.18974", history=("latest nerf",)), "1>paper 2410.18974|latest nerf"),
        (ButtonAction("paper 1", True, ("saved", "latest nerf")), "1!paper 1|saved|latest nerf"),
        (ButtonAction("search 高斯\navatar"), "1>search 高斯\navatar"),
    ],
)
def test_what_a_button_sends_is_read_as_it_was_written(action: ButtonAction, data: str) -> None:
    assert action.encode() == data
    assert ButtonAction.decode(data) == action


def test_a_bar_in_a_command_parts_nothing() -> None:
    assert ButtonAction.decode(ButtonAction("search a|b", history=("search c|d",)).encode()) == ButtonAction(
        "search a b", history=("search c d",)
    )


def test_two_ways_back_are_read_and_no_more() -> None:
    assert ButtonAction.decode("1>a|b|c|d") == ButtonAction("a", history=("b", "c"))
    assert ButtonAction.decode("1>a||b") == ButtonAction("a", history=("b",))
    assert ButtonAction.decode("1>a|") == ButtonAction("a")


@pytest.mark.parametrize("data", ["", "1>", "1|a", "2>a", "a", "1>|a", "1#0123456789abcdef"])
def test_what_no_button_sends_is_none(data: str) -> None:
    assert ButtonAction.decode(data) is None


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
    action = ButtonAction(command, keeps_card=True, history=back)
    assert (action.should_refresh_card(in_group=False), action.should_refresh_card(in_group=True)) == (alone, in_group)


def test_what_is_too_long_for_a_button_is_kept_under_a_short_word() -> None:
    word = compute_token("1>search " + "x" * 100)
    assert len(word) == 16
    assert word == compute_token("1>search " + "x" * 100) != compute_token("1>search " + "x" * 101)
    assert decode_token(encode_token(word)) == word
    assert decode_token(encode_token(word) + "|||") == word  # what a platform fills up
    for other in ("1#" + "g" * 16, "1#" + "a" * 15, "1#" + "a" * 17, word, "1>" + word):
        assert decode_token(other) is None


OPEN = Button("Details", "paper 1")


@pytest.mark.parametrize(
    ("way", "here", "button", "back"),
    [
        (NO_HISTORY, "latest nerf", OPEN, ("latest nerf",)),
        (NO_HISTORY, "", OPEN, ()),  # from a card that nothing shows again
        (NavigationHistory(("topics",)), "latest nerf", OPEN, ("latest nerf", "topics")),
        (NavigationHistory(("b", "c")), "a", OPEN, ("a", "b")),  # two ways back and no more
        (NavigationHistory(("latest nerf",)), "paper 1", Button("Back", "latest nerf"), ()),
        (NavigationHistory(("b", "c")), "a", Button("Back", "b"), ("c",)),
        (NavigationHistory(("b", "c")), "a", Button("Elsewhere", "c"), ("a", "b")),  # only the last one is gone back to
        (NavigationHistory(("topics",)), "saved", Button("Next", "saved p2"), ("topics",)),
        (NavigationHistory(("topics",)), "saved p2", Button("Previous", "saved p1"), ("topics",)),
        (NavigationHistory(("topics",)), "digest a p2", Button("Next", "digest b p3"), ("digest a p2", "topics")),
        (NavigationHistory(("topics",)), "paper 1", Button("Save", "save 1", keeps_card=True), ("paper 1", "topics")),
        (NavigationHistory(("topics",)), "topics", Button("Switch", "topics", keeps_card=True), ("topics", "topics")),
        (NavigationHistory(prefix="in club"), "topics", OPEN, ("in club topics",)),
        (NavigationHistory(prefix="in club"), "in club topics", OPEN, ("in club topics",)),
    ],
)
def test_a_card_leads_back_to_the_one_that_it_was_opened_from(
    way: NavigationHistory, here: str, button: Button, back: tuple[str, ...]
) -> None:
    pressed = way.action_for(here, button)
    assert pressed.history == back
    assert pressed.keeps_card is button.keeps_card
    assert pressed.command == (f"in club {button.command}" if way.prefix else button.command)


async def test_what_a_button_asks_is_stored_marked_and_restored(store: Store, clock) -> None:
    for command in ("rename nerf", "rename own." + "x" * 90):
        stored: dict[str, str] = {}
        action = ButtonAction(command, prompt="What | should it be called?")
        data = encode_action(action, 64, stored)
        assert (data.startswith(FORM_PREFIX), len(data) <= 64) == (True, True)
        assert await decode_action(store.callback_tokens, data) is None  # it is not stored yet
        await store.callback_tokens.save(stored, clock.now())
        assert await decode_action(store.callback_tokens, f"{data}||") == action
        assert not any(ButtonAction.decode(text) for text in stored.values() if text.startswith("? "))


def test_data_whose_question_is_no_reference_is_no_buttons() -> None:
    for data in ("1=rename nerf|Say your password", "1=rename nerf", "1=rename nerf|", "1=|#0123456789abcdef"):
        assert ButtonAction.decode(data) is None, data
