"""The bot's own words, English and Chinese: one YAML catalogue a language, the same keys in each."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

LANGUAGES = {"en": "English", "zh": "中文"}


def translate(language: str, key: str, **values: object) -> str:
    """The sentence ``key`` in a language, with its values filled in.

    A value is text, never markup and never a format of its own. A key that is missing raises ``KeyError``.
    """
    messages = _load_messages(language if language in LANGUAGES else "en")
    return messages[key].format_map(values)


@cache
def _load_messages(language: str) -> dict[str, str]:
    text = (files(__name__) / f"{language}.yaml").read_text("utf-8")
    return {key: " ".join(value.split()) for key, value in yaml.safe_load(text).items()}
