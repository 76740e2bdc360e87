"""Text as the platforms measure and cut it."""

from __future__ import annotations

import pytest

from digestbot.platforms.common.text import count_utf8_bytes, count_utf16_units, truncate


@pytest.mark.parametrize(("text", "units"), [("", 0), ("abc", 3), ("é高", 2), ("\uffff", 1), ("😀", 2), ("a😀b𝔸", 6)])
def test_length_is_counted_in_utf_16_units(text: str, units: int) -> None:
    assert count_utf16_units(text) == units == len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(("text", "size"), [("", 0), ("abc", 3), ("é高", 5), ("😀", 4)])
def test_length_is_counted_in_bytes(text: str, size: int) -> None:
    assert count_utf8_bytes(text) == size


@pytest.mark.parametrize(("text", "cut"), [("", ""), ("abcd", "abcd"), ("abcde", "abc…")])
def test_a_text_that_is_too_long_ends_with_an_ellipsis(text: str, cut: str) -> None:
    assert truncate(text, 4) == cut
