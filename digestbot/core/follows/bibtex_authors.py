"""The authors of a BibTeX file, also of a broken one: whom its papers have most in common."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from digestbot.domain.text.tex import normalize_tex
from digestbot.late_patterns import compile_late

_ENTRY = compile_late(r"(?:^|\n)\s{0,8}@[A-Za-z]{3,20}\s?[{(]")
_FIELD = compile_late(r"(?<![A-Za-z])author\s{0,8}=\s{0,8}(?=[{\"])", re.IGNORECASE)
_AND = compile_late(r"\sand\s", re.IGNORECASE)
_MAX_VALUE = 20_000
"""Characters of a value: some papers have thousands of authors."""
_MIN_NAME, _MAX_NAME = 2, 80
_NOBODY = frozenset(("others", "et al", "et al.", "anonymous", "等"))
_WITHOUT_BRACES = str.maketrans("", "", "{}")


def is_bibtex(text: str) -> bool:
    """Whether a text has an entry of BibTeX."""
    return bool(_ENTRY.search(text))


def count_authors(text: str) -> Counter[str]:
    """How many papers each author has; organisations, whose names stand in braces of their own, are left out."""
    counted: Counter[str] = Counter()
    for value in _iter_values(text):
        names = map(_read_name, _split_names(value))
        counted.update(list(dict.fromkeys(filter(None, names))))
    return counted


def _iter_values(text: str) -> Iterator[str]:
    """The values of the fields of authors, wherever they stand, without their braces or quotation marks."""
    position = 0
    while match := _FIELD.search(text, position):
        value = _read_value(text[match.end() : match.end() + _MAX_VALUE])
        position = match.end() + len(value)
        yield value[1:]


def _read_value(text: str) -> str:
    """The value that a text begins with, up to the brace or the quotation mark that closes it."""
    depth = 0
    for place, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        is_closing = char == "}" if text[0] == "{" else char == '"'
        if place and depth <= 0 and is_closing:
            return text[:place]
    return text


def _split_names(value: str) -> Iterator[str]:
    """The names between the “and”s that stand in no braces."""
    begin = depth = counted = 0
    for match in _AND.finditer(value):
        depth += value.count("{", counted, match.start()) - value.count("}", counted, match.start())
        counted = match.start()
        if depth <= 0:
            yield value[begin : match.start()]
            begin = match.end()
    yield value[begin:]


@lru_cache(maxsize=50_000)
def _read_name(written: str) -> str:
    """A person's name as it is read; empty for an organisation, or nobody."""
    name = " ".join(written.split())
    if name.startswith("{") and name.endswith("}") and name.count("{") == 1:
        return ""
    if "\\" in name or "{" in name:
        name = " ".join(normalize_tex(name).translate(_WITHOUT_BRACES).replace("\\", "").split())
    name = name.replace('"', "").replace("~", " ")
    return name if _MIN_NAME <= len(name) < _MAX_NAME and name.casefold() not in _NOBODY else ""
