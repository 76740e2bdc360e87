"""What is harvested can be set, and a slip says which archives there are."""

from __future__ import annotations

import pytest

from digestbot.errors import SettingsError
from digestbot.settings import load_settings


def test_archives_are_named_as_arxiv_does() -> None:
    announcements = load_settings(announcements={"archives": ["cs", "hep-th", "cs"]}).announcements
    assert announcements.archives == ["cs", "hep-th"]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"archives": ["cs.CV"]}, "“cs.CV” is no archive of arXiv: they are cs, math, physics"),
        ({"archives": "cs"}, "it is a list of texts"),
        ({"retention_days": 7}, "a whole number from 30 to 36500"),
        ({"enabled": "perhaps"}, "true or false"),
        ({"archive": ["cs"]}, "archives"),
    ],
)
def test_a_wrong_value_says_what_it_may_be(values: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says.replace(".", r"\.")):
        load_settings(announcements=values)
