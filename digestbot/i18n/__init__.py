"""The bot's messages in English and Chinese: one YAML catalogue per language, with the same keys."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

LANGUAGES = {"en": "English", "zh": "中文"}


def translate(language: str, key: str, **values: object) -> str:
    """Translate the message ``key`` and fill in its values.

    Values are inserted as plain text and are never interpreted as markup or format strings. Raises ``KeyError`` for
    an unknown key.
    """
    messages = _load_messages(language if language in LANGUAGES else "en")
    return messages[key].format_map(values)


@cache
def _load_messages(language: str) -> dict[str, str]:
    text = (files(__name__) / f"{language}.yaml").read_text("utf-8")
    return {key: " ".join(value.split()) for key, value in yaml.safe_load(text).items()}
