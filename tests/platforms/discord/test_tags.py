"""Names of forum tags: short, and each topic's its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digestbot.platforms.discord.outgoing.tags import MAX_TAG_CHARACTERS, name_tag

_MIDDLES = ("for Speech", "for Vision", "with Tools")


@pytest.mark.parametrize("title", ["Topic A", "x" * 20])
def test_a_title_that_fits_is_the_tag(title: str) -> None:
    assert name_tag(title, ["Topic B", title.lower()]) == title


def test_titles_that_differ_only_in_the_middle_have_tags_of_their_own() -> None:
    titles = [f"Large Language {middle} in Medicine" for middle in _MIDDLES]
    names = [name_tag(title, [other for other in titles if other != title]) for title in titles]
    assert len(set(names)) == 3
    assert all(len(name) <= MAX_TAG_CHARACTERS and name.startswith("Large") for name in names)
    assert name_tag(titles[0], ["Another topic altogether"]) == "Large Langua…edicine"


@given(st.lists(st.text("abc ", min_size=1, max_size=40).map(str.strip).filter(bool), unique=True, max_size=6))
def test_no_two_topics_share_a_tag(titles: list[str]) -> None:
    names = [name_tag(title, [other for other in titles if other != title]) for title in titles]
    assert len(set(names)) == len(titles)
    assert all(0 < len(name) <= MAX_TAG_CHARACTERS for name in names)
