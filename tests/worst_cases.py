"""Every regular expression of the package, the texts that are worst for it, and whether the time for them explodes.

An expression is slow where many places of a text could begin a match and each of them reads far before it fails. So a
worst case repeats what an expression's loops take, what it needs before them, or a match that lacks its end.
"""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import digestbot
from digestbot.late_patterns import LatePattern

from re import _compiler, _parser  # type: ignore[attr-defined]  # isort: skip  # there is no other reader of its syntax

_METHODS = {"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
_CHARACTERS = " \n\ta0A-<>!.,:;[](){}*_\"'/\\&#@%$=+|~^`一。，：（）·•\u200b"
"""One of each kind of character that an expression could tell apart."""
UNITS = (*_CHARACTERS, "a ", "A ", "a.", "a,", "A. ", "0,", "http://a.b ", "a@", "**a", "[a](", "<a ", "一 ", "\\{")
"""What is repeated for every expression, whatever it looks for."""
_LOOPS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}
_BODIES = 3
"""How many of the characters that a loop takes are repeated."""
_LOOSE = 20
"""A loop that takes as many characters may as well take any number."""
_SMALL, _SIZE = 20, 2_000
_QUICK_SECONDS = 0.001
"""Less than anything that grows with its square takes for :data:`_SIZE` characters."""
_FROZEN_SECONDS = 0.02
"""More than anything but a power of the size takes for :data:`_SMALL` characters."""
_CLOCK_SECONDS = 1e-5
"""Less than the clock of the processor's time can tell on some machines."""
_STALLED_SECONDS = 0.25
"""More than :data:`_SIZE` characters may take, though it were in proportion: a bound that is high enough is none."""
_MAX_RATIO = 9
"""For four times the text: linear work takes four times as long, and work that grows with its square sixteen times."""


@dataclass(frozen=True, slots=True)
class UsedPattern:
    """An expression, where it is, and whether only the beginning of a text is looked at."""

    place: str
    pattern: re.Pattern[Any]
    is_anchored: bool = False

    def scan(self, text: str) -> None:
        """Look for it as the package does, to the end of the text."""
        subject = text if isinstance(self.pattern.pattern, str) else text.encode()
        if self.is_anchored:
            self.pattern.match(subject), self.pattern.fullmatch(subject)
        else:
            sum(1 for _ in self.pattern.finditer(subject))


@dataclass(frozen=True, slots=True)
class WorstCase:
    """A text that grows: something before, a part that repeats, and something after."""

    before: str
    repeated: str
    after: str = ""

    def build(self, size: int) -> str:
        return self.before + self.repeated * (size // len(self.repeated)) + self.after


def explodes(work: Callable[[str], object], case: WorstCase) -> bool:
    """Whether work grows faster than its text, by the ratio of the best of some runs, or takes far too long for it.

    Other work only adds to a run's time: one run that is quick enough for linear work says so, and is not run again.
    """
    if all(_measure(work, case.build(_SMALL)) > _FROZEN_SECONDS for _ in range(2)):
        return True  # more than any power
    seconds = _measure(work, case.build(_SIZE))
    if seconds > _STALLED_SECONDS and _measure(work, case.build(_SIZE)) > _STALLED_SECONDS:
        return True
    if seconds < _QUICK_SECONDS or not _outgrows(work, case, _SIZE, seconds):
        return False
    return all(_outgrows(work, case, size) for size in (_SIZE, 4 * _SIZE, 4 * _SIZE))


def _outgrows(work: Callable[[str], object], case: WorstCase, size: int, seconds: float | None = None) -> bool:
    """Whether the best run of a text, or the one whose ``seconds`` are known, takes too long for a quarter's best."""
    part = case.build(size // 4)
    best = max(min(_measure(work, part) for _ in range(4)), _CLOCK_SECONDS)
    return (seconds or min(_measure(work, case.build(size)) for _ in range(2))) > _MAX_RATIO * best


def _measure(work: Callable[[str], object], text: str) -> float:
    start = time.thread_time()  # other processes' work is none of it
    work(text)
    return time.thread_time() - start


def import_modules_with_patterns() -> list[tuple[ModuleType, ast.Module]]:
    """The modules of the package that have expressions, each with its syntax tree."""
    root = Path(digestbot.__file__).parent
    trees = {path: _parse_source(path) for path in sorted(root.rglob("*.py"))}
    return [
        (importlib.import_module(_name_module(path, root)), tree) for path, tree in trees.items() if _imports_re(tree)
    ]


def _parse_source(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text("utf-8"))
    except SystemError:  # CPython 3.11 counts recursion wrongly where garbage is collected meanwhile (gh-106905)
        return ast.parse(path.read_text("utf-8"))


def _name_module(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")


def _imports_re(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Import | ast.ImportFrom)
        and any(name.name in ("re", "compile_late") for name in node.names)
        for node in ast.walk(tree)
    )


@cache
def find_patterns() -> tuple[UsedPattern, ...]:
    """The expressions of the package: those that modules keep, and those in calls of ``re``'s functions."""
    found: dict[tuple[Any, int, bool], UsedPattern] = {}
    sources = import_modules_with_patterns()
    shared = _find_methods(tree for _, tree in sources)
    for module, tree in sources:
        own = _find_methods([tree])
        private = {name: own.get(name, set()) for name in vars(module) if name.startswith("_")}
        kept = _iter_kept(module, shared | private)
        for used in (*kept, *_iter_called(module, tree)):
            found.setdefault((used.pattern.pattern, used.pattern.flags, used.is_anchored), used)
    return tuple(found.values())


def _find_methods(trees: Iterable[ast.AST]) -> dict[str, set[str]]:
    """The methods that are called of what has a name."""
    methods: dict[str, set[str]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in _METHODS and isinstance(node.value, ast.Name):
                methods.setdefault(node.value.id, set()).add(node.attr)
    return methods


def _iter_kept(module: ModuleType, methods: dict[str, set[str]]) -> Iterator[UsedPattern]:
    for name, value in vars(module).items():
        for pattern in _iter_inside(value):
            used = set() if isinstance(value, dict | list | tuple | set | frozenset) else methods.get(name, set())
            yield UsedPattern(f"{module.__name__}.{name}", pattern, bool(used) and used <= {"match", "fullmatch"})
    for kind in vars(module).values():
        if isinstance(kind, type) and kind.__module__ == module.__name__:
            for name, value in vars(kind).items():
                for pattern in _iter_inside(value):
                    yield UsedPattern(f"{module.__name__}.{kind.__name__}.{name}", pattern)


def _iter_inside(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, LatePattern):
        yield value.compile()
    elif isinstance(value, dict):
        for part in value.values():
            yield from _iter_inside(part)
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from _iter_inside(part)


def _iter_called(module: ModuleType, tree: ast.AST) -> Iterator[UsedPattern]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "re" and node.func.attr in _METHODS):
            continue
        place = f"{module.__name__}:{node.lineno}"
        if text := _evaluate(node.args[0], module):
            yield UsedPattern(place, re.compile(text, _find_flags(node)), node.func.attr in {"match", "fullmatch"})


def _evaluate(node: ast.expr, module: ModuleType) -> Any:
    """The expression in a call; names within it, which only the call knows, become a word."""
    words = {
        child.id: "word" for child in ast.walk(node) if isinstance(child, ast.Name) and not hasattr(module, child.id)
    }
    code = compile(ast.Expression(node), "<pattern>", "eval")
    try:
        return eval(code, dict(vars(module)), words)  # our own source
    except (AttributeError, TypeError):
        return ""


def _find_flags(node: ast.Call) -> int:
    names = [
        child.attr
        for part in (*node.args[1:], *node.keywords)
        for child in ast.walk(part)
        if isinstance(child, ast.Attribute)
    ]
    return sum(getattr(re, name) for name in names if name.isupper() and hasattr(re, name))


def build_worst_cases(pattern: re.Pattern[Any]) -> tuple[WorstCase, ...]:
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    tree = _parser.parse(text, pattern.flags & ~re.UNICODE)
    sample = _make_samples(tree, pattern.flags)[0]
    cases = dict.fromkeys(WorstCase("", unit) for unit in (*UNITS, sample, sample[:-1], sample[1:]) if unit)
    for before, bodies in _iter_loops(tree, ("", ""), pattern.flags):
        for body in filter(None, bodies):
            cases[WorstCase(before, body)] = None
            cases[WorstCase(before, body, "\0")] = None
            cases[WorstCase(body, before + body)] = None
            cases[WorstCase("", (before + body)[:-1] + "\0")] = None
            cases[WorstCase("", before + body)] = None
        if before:
            cases[WorstCase("", before)] = None
    return tuple(cases)


def _iter_loops(node: Any, befores: tuple[str, str], flags: int) -> Iterator[tuple[str, list[str]]]:
    """What a loop needs before it, and what it takes, for each of the loops of an expression.

    Where there is a choice, there are spaces before it in one case, and letters in another.
    """
    for operator, value in node.data:
        name = str(operator)
        if name in _LOOPS and (value[1] is _parser.MAXREPEAT or value[1] >= _LOOSE):
            bodies = _make_samples(value[2], flags, _BODIES)
            yield from ((before, bodies) for before in dict.fromkeys(befores))
        for part in _iter_parts(name, value):
            yield from _iter_loops(part, befores, flags)
        choices = _sample_node(operator, value, flags, _BODIES)
        befores = (befores[0] + choices[0], befores[1] + max(choices, key=str.isalpha))


def _iter_parts(name: str, value: Any) -> Iterator[Any]:
    if name in _LOOPS:
        yield value[2]
    elif name == "SUBPATTERN":
        yield value[3]
    elif name == "BRANCH":
        yield from value[1]
    elif name == "ATOMIC_GROUP":
        yield value
    elif name == "ASSERT":
        yield value[1]


def _make_samples(node: Any, flags: int, count: int = 1) -> list[str]:
    """Up to ``count`` texts that a part of an expression takes (but for what it looks ahead or back at)."""
    parts = [_sample_node(operator, value, flags, count) for operator, value in node.data]
    return ["".join(choice) for choice in _take_some(parts, count)] or [""]


def _take_some(parts: list[list[str]], count: int) -> Iterator[tuple[str, ...]]:
    if len(parts) > 6 or count == 1:
        yield tuple(part[0] for part in parts)
        return
    for i, choice in enumerate(product(*parts)):
        if i >= count:
            return
        yield choice


def _sample_node(operator: Any, value: Any, flags: int, count: int) -> list[str]:
    name = str(operator)
    if name == "LITERAL":
        return [chr(value)]
    if name in {"IN", "ANY", "NOT_LITERAL"}:
        return _sample_set(operator, value, flags, count)
    if name in _LOOPS:
        samples = _make_samples(value[2], flags, count)
        return [sample * max(1, min(value[0], 400)) for sample in samples]
    if name == "BRANCH":
        return [sample for part in value[1] for sample in _make_samples(part, flags, 1)][: max(count, 1)]
    for part in _iter_parts(name, value) if name != "ASSERT" else ():
        return _make_samples(part, flags, count)
    return [""]


def _sample_set(operator: Any, value: Any, flags: int, count: int) -> list[str]:
    state = _parser.State()
    state.str = ""
    node = _parser.SubPattern(state, [(operator, value)])
    takes = _compiler.compile(node, flags).fullmatch
    ranges = [chr(part[1][0]) for part in value if str(part[0]) == "RANGE"] if isinstance(value, list) else []
    literals = [chr(part[1]) for part in value if str(part[0]) == "LITERAL"] if isinstance(value, list) else []
    found = dict.fromkeys(char for char in (*_CHARACTERS, *ranges, *literals) if takes(char))
    return list(found)[: max(count, 1)] or ["a"]
