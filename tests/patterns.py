"""Samples of what rules find and let through, and weaker forms of a rule, to see that each part of it has a sample."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from digestbot.late_patterns import LatePattern

from re import _compiler, _parser  # type: ignore[attr-defined]  # isort: skip  # there is no other reader of its syntax

Look = Callable[[str], object]


def load_samples(name: str) -> list[tuple[str, Any]]:
    """The texts of a table in ``samples/``, each with what is to come of it; JSON, a row a line."""
    rows = (Path(__file__).parent / "samples" / f"{name}.tsv").read_text("utf-8").splitlines()
    return [tuple(map(json.loads, row.split("\t"))) for row in rows if not row.startswith("#")]


def find_mismatches(look: Look, table: Iterable[tuple[str, Any]]) -> list[tuple[str, object, Any]]:
    """The rows of a table of which something else comes: the text, what came, and what was to come."""
    return [(text, found, wanted) for text, wanted in table if (found := look(text)) != wanted]


def find_unsampled(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, look: Look, texts: Iterable[str]
) -> set[str]:
    """The alternatives of a module's pattern without which all texts would still be taken the same."""
    known = {text: look(text) for text in texts}
    found = set()
    with monkeypatch.context() as patch:
        for dropped, pattern in iter_weaker(getattr(module, name)):
            patch.setattr(module, name, pattern)
            if all(look(text) == was for text, was in known.items()):
                found.add(dropped)
    return found


def iter_weaker(pattern: str | re.Pattern[str]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """The expression without one alternative, or one character of a set, for each of them, and what was dropped."""
    rule = pattern.compile() if isinstance(pattern, LatePattern) else re.compile(pattern)
    flags = rule.flags & ~re.UNICODE
    tree = _parser.parse(rule.pattern, flags)
    for choices, i in list(_iter_choices(tree)):
        dropped = choices.pop(i)
        yield _format_dropped(dropped), _compiler.compile(tree, flags)
        choices.insert(i, dropped)


def _iter_choices(node: Any) -> Iterator[tuple[list[Any], int]]:
    """The lists that hold alternatives, with the place of each."""
    if isinstance(node, _parser.SubPattern):
        for operator, value in node.data:
            if str(operator) == "BRANCH":
                yield from ((value[1], i) for i in range(len(value[1])))
            elif str(operator) == "IN" and len(value) > 1 and str(value[0][0]) != "NEGATE":
                yield from ((value, i) for i in range(len(value)))
            yield from _iter_choices(value)
    elif isinstance(node, list | tuple):
        for part in node:
            yield from _iter_choices(part)


def _format_dropped(dropped: Any) -> str:
    parts = dropped.data if isinstance(dropped, _parser.SubPattern) else [dropped]
    return "".join(chr(value) if str(name) == "LITERAL" else f"<{str(name).lower()}>" for name, value in parts)
