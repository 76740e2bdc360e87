"""Finds the form in a model's text: as JSON in prose, as a call that its server did not read, by tags, or by labels."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from digestbot.builder.models.form_reader import Form, build_form, count_texts, find_field, read_form
from digestbot.builder.models.loose_json import MAX_CHARACTERS, find_objects

_THOUGHT = r"(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad|seed:think)"
_THOUGHT_START = re.compile(
    rf"<{_THOUGHT}(?:\s[^<>]{{0,40}})?>|\[THINK\]|◁think▷|<\|(?:begin_of_thought|START_THINKING)\|>"
    r"|<\|channel\|>analysis<\|message\|>",
    re.IGNORECASE,
)
_THOUGHT_END = re.compile(
    rf"</{_THOUGHT}>|\[/THINK\]|◁/think▷|<\|(?:end_of_thought|END_THINKING)\|>|<\|end\|>", re.IGNORECASE
)
_TAG = re.compile(r"<\s?(?P<close>/?)\s?(?P<name>[^\s<>=/]{1,40})(?P<rest>[^<>]{0,80})>")
_ARGUMENT_NAME = re.compile(r"""(?:=|\bname\s*=)\s*["']?(?P<name>\w{1,30})""")
_ARGUMENT_PAIR = re.compile(r"<arg_key>\s*+(\w{1,30})\s*+</arg_key>\s*+<arg_value>")
_ARGUMENT_TAGS = ("parameter", "param", "arg", "argument")
_CONTAINERS = ("analysis", "summary")
_ESCAPE_MARKS = re.compile(r"<escape>|<\|\"\|>")
_CURLY_QUOTES = {ord("“"): '"', ord("”"): '"'}
_CURLY_OBJECT = re.compile(r"\{\s*+[“”]")
_CALL = re.compile(r"\b\w{1,60}\((?=\s*+\w{1,30}\s*+=)")
_LABEL_MARKS = "#*_`-–•> \t0123456789.)(、\"'【】[]"


@dataclass(frozen=True, slots=True)
class Answer:
    """A form that was found, and whether the answer goes on to its end."""

    form: Form
    is_whole: bool


def read_text(text: str) -> Answer | None:
    """The answer in a model's text; ``None`` if it has none."""
    text = text[:MAX_CHARACTERS].removeprefix("\ufeff")
    said = _drop_thoughts(text)
    said = said.translate(_CURLY_QUOTES) if _CURLY_OBJECT.search(said) else said
    readings: tuple[Callable[[], Answer | None], ...] = (
        lambda: _read_json(said) if not _ESCAPE_MARKS.search(said) else None,
        lambda: _read_escaped(said),
        lambda: _read_fields(_iter_tagged(said)),
        lambda: _read_fields(_iter_arguments(said)),
        lambda: _read_fields(_iter_labelled(said), least=2),
        lambda: _keep_whole(_read_json(text)),
    )
    found: list[Answer] = []
    for reading in readings:
        if (answer := reading()) and answer.is_whole:
            return answer
        found += filter(None, [answer])
    return max(found, key=lambda answer: count_texts(answer.form), default=None)


def _drop_thoughts(text: str) -> str:
    """A text without what its writer thought before: thoughts that do not end are all that there is."""
    kept, place = [], 0
    for start in _THOUGHT_START.finditer(text):
        if start.start() < place:
            continue
        kept.append(text[place : start.start()])
        end = _THOUGHT_END.search(text, start.end())
        place = end.end() if end else len(text)
    rest = "".join((*kept, text[place:]))
    *_, last = re.split(_THOUGHT_END, rest)
    return last


def _read_json(text: str) -> Answer | None:
    """The fullest of a text's objects, the last of two alike, with what only others have."""
    found = list(find_objects(text))[::-1]
    for is_whole in (True, False):
        if form := read_form([one.value for one in found if one.is_whole or not is_whole]):
            return Answer(form, is_whole)
    form = read_form(text) if text.lstrip()[:1] == '"' else None
    return Answer(form, is_whole=True) if form else None


def _keep_whole(answer: Answer | None) -> Answer | None:
    return answer if answer and answer.is_whole else None


def _read_escaped(text: str) -> Answer | None:
    """An answer whose quotes are others: escaped once more for HTML or JSON, or a model's own marks."""
    marked = _ESCAPE_MARKS.sub('"', html.unescape(text))
    plain = marked if marked != text else text.replace('\\"', '"')
    return _read_json(plain) if plain != text else None


def _read_fields(fields: Iterable[tuple[str, object]], least: int = 1) -> Answer | None:
    form = build_form(fields)
    is_enough = form and "headline" in form and count_texts(form) >= least
    return Answer(form, is_whole=True) if form and is_enough else None


def _iter_tagged(text: str) -> Iterator[tuple[str, str]]:
    """Fields in tags: ``<headline>…</headline>``, ``<parameter=headline>…``, ``<arg_key>headline</arg_key>…``."""
    text = _ARGUMENT_PAIR.sub(r"<parameter=\1>", text).replace("</arg_value>", "</parameter>")
    name, tag, start = "", "", 0
    for match in _TAG.finditer(text):
        plain = match["name"].strip("|｜").rsplit("｜", 1)[-1].rsplit("|", 1)[-1].lower()
        if name and match["close"] and plain == tag:
            yield name, _TAG.sub("\n", text[start : match.start()]).strip()
            name = ""
        elif not name and not match["close"]:
            named = _ARGUMENT_NAME.search(match["rest"]) if plain in _ARGUMENT_TAGS else None
            field = named["name"] if named else plain
            if find_field(field) and (named or plain not in _CONTAINERS):
                name, tag, start = field, plain, match.end()


def _iter_arguments(text: str) -> Iterator[tuple[str, object]]:
    """The arguments of a call in Python's syntax, such as ``final_result(headline="…")``."""
    for call in _CALL.finditer(text):
        end = text.rfind(")", call.end())
        try:
            parsed = ast.parse(text[call.start() : end + 1].strip(), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return  # the others are inside of it, or no better
        for keyword in parsed.keywords if isinstance(parsed, ast.Call) else ():
            try:
                yield keyword.arg or "", ast.literal_eval(keyword.value)
            except (ValueError, RecursionError, MemoryError):
                continue
        return


def _iter_labelled(text: str) -> Iterator[tuple[str, str]]:
    """Fields by label: ``Headline: …``, ``**Takeaways**`` and what is below them."""
    name = ""
    lines: list[str] = []
    for line in text.split("\n"):
        label, text_behind = _split_label(line)
        if label:
            yield name, "\n".join(lines)
            name, lines = label, [text_behind]
        elif not line.lstrip().startswith("```"):
            lines.append(line)
    yield name, "\n".join(lines)


def _split_label(line: str) -> tuple[str, str]:
    """A line's label and what stands behind it; no label if it is text."""
    bare = line.strip().lstrip(_LABEL_MARKS)
    label, _, rest = bare.replace("：", ":", 1).partition(":") if ":" in bare or "：" in bare else (bare, "", "")
    is_label = len(label) <= 40 and bool(find_field(label))
    return (label, rest.strip().lstrip("*_").strip().strip("\"'")) if is_label else ("", "")
