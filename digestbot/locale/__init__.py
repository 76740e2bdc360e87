"""The bot's own words, English and Chinese: one YAML catalogue a language, the same keys in each."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

LANGUAGES = {"en": "English", "zh": "中文"}


def say(language: str, key: str, **values: object) -> str:
    """The sentence ``key`` in a language, with its values filled in.

    A value is text, never markup and never a format of its own. A key that is missing raises ``KeyError``.
    """
    catalogue = _catalogue(language if language in LANGUAGES else "en")
    return catalogue[key].format_map(values)


@cache
def _catalogue(language: str) -> dict[str, str]:
    text = (files(__name__) / f"{language}.yaml").read_text("utf-8")
    return {key: " ".join(value.split()) for key, value in yaml.safe_load(text).items()}
