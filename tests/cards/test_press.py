"""Taps that arrive twice."""

from __future__ import annotations

from digestbot.cards.press import Taps


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
