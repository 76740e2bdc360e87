"""The files that ``digestbot init`` writes: ``digestbot.toml`` and ``.env``."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import parse_stream

from digestbot.domain.topic import slugify

_OPERATOR = re.compile(r"(?<=\S)\s{1,9}(AND NOT|ANDNOT|NOT|AND|OR)\s{1,9}(?=\S)")
_IS_QUERY = re.compile(r"\b(?:all|abs|ti|au|cat|co|jr):\S")
_NEEDS_NO_QUOTES = re.compile(r"[\w.:/+=@-]*")


@dataclass(frozen=True, slots=True)
class NewTopic:
    """A topic to be built: its title, what arXiv is asked for, and other names."""

    title: str
    query: str
    slug: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewModel:
    """A language model, as in ``[[builder.models]]``, and its key."""

    name: str
    provider: str = ""
    base_url: str = ""
    account: str = ""
    key: str = field(default="", repr=False)


def _make_topic(english: str, chinese: str, query: str, *aliases: str) -> dict[str, NewTopic]:
    slug = slugify(english)
    return {
        "en": NewTopic(english, query, slug, (chinese, *aliases)),
        "zh": NewTopic(chinese, query, slug, (english.lower(), *aliases)),
    }


SUGGESTED_TOPICS = (
    _make_topic("Large Language Models", "大语言模型", 'cat:cs.CL AND ti:"language model"', "llm"),
    _make_topic("Diffusion Models", "扩散模型", '(cat:cs.CV OR cat:cs.LG) AND ti:"diffusion model"', "diffusion"),
    _make_topic("Gaussian Splatting", "高斯泼溅", 'abs:"gaussian splatting" OR ti:3DGS', "3dgs"),
    _make_topic("Robot Learning", "机器人学习", 'cat:cs.RO AND abs:"learning"', "robotics"),
    _make_topic("Protein Design", "蛋白质设计", 'abs:"protein design"', "proteins"),
    _make_topic("Climate Emulation", "气候模拟", 'cat:physics.ao-ph AND abs:"machine learning"', "climate"),
)
"""Topics to choose from, each by language."""


def build_topic(title: str, words: str) -> NewTopic:
    """A topic of the papers whose abstracts have these words together, or what stands between AND, OR and ANDNOT.

    Words that are a query of arXiv already (``cat:cs.CL AND ti:agents``) stay one.
    """
    if _IS_QUERY.search(words) and words.count('"') % 2 == 0 and words.count("(") == words.count(")"):
        return NewTopic(title, " ".join(words.split()))
    first, *others = _OPERATOR.split(words)
    query = _quote_phrase(first)
    for operator, phrase in zip(others[::2], others[1::2], strict=True):
        query += f" {'ANDNOT' if 'NOT' in operator else operator} {_quote_phrase(phrase)}"
    return NewTopic(title, query)


def _quote_phrase(words: str) -> str:
    plain = " ".join(re.sub(r'["()]', " ", words).split())
    return f'abs:"{plain}"'


def render_toml(language: str, timezone: str, topics: Sequence[NewTopic], model: NewModel | None) -> str:
    """The text of ``digestbot.toml``."""
    lines = [f"timezone = {_quote(timezone)}", f"language = {_quote(language)}"]
    if model:
        named = ("name", "provider", "base_url", "account")
        lines += ["", "[[builder.models]]"]
        lines += [f"{key} = {_quote(value)}" for key in named if (value := getattr(model, key))]
    for topic in topics:
        lines += ["", "[[topics]]", f"title = {_quote(topic.title)}"]
        lines += [f"slug = {_quote(topic.slug)}"] if topic.slug else []
        lines += [f"aliases = [{', '.join(map(_quote, topic.aliases))}]"] if topic.aliases else []
        lines += [f"queries = [{_quote_query(topic.query)}]"]
    return "\n".join((*lines, ""))


def update_dotenv(text: str, variables: Mapping[str, str]) -> str:
    """The text of ``.env`` with these variables; other lines stay as they are, where they are."""
    names = {name.casefold() for name in variables}
    parsed = [(binding.key or "", binding.original.string) for binding in parse_stream(io.StringIO(text))]
    kept = "".join(written for key, written in parsed if key.casefold() not in names)
    for name in variables:  # nor one that is commented out
        kept = re.sub(rf"^[ \t]*#[ \t]*{name}[ \t]*=.*\n?", "", kept, flags=re.IGNORECASE | re.MULTILINE)
    own = "".join(f"{name}={_quote_value(value)}\n" for name, value in variables.items())
    return f"{kept}\n{own}" if kept and not kept.endswith("\n") else f"{kept}{own}"


def write_files(texts: Mapping[Path, str]) -> None:
    """Write the files, readable by their owner alone; all of them are whole before the first is put in its place."""
    ready: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            number, name = tempfile.mkstemp(dir=path.resolve().parent, prefix=f"{path.name}.")  # of mode 600
            ready[path] = Path(name)
            _write_file(number, text, path)
        for path, whole in ready.items():
            whole.replace(path.resolve())
    finally:
        for whole in ready.values():
            with suppress(OSError):
                whole.unlink()


def _write_file(number: int, text: str, path: Path) -> None:
    """Write an open file that is to take the place of another: it keeps the owner and the group that may read it."""
    with os.fdopen(number, "w", encoding="utf-8") as file:
        if path.exists():
            earlier = path.stat()
            with suppress(PermissionError):  # not ours to give away
                os.fchown(number, earlier.st_uid, earlier.st_gid)
            os.fchmod(number, earlier.st_mode & 0o660 | 0o600)
        file.write(text)
        file.flush()
        os.fsync(number)


def _quote_value(text: str) -> str:
    """A value as ``.env`` writes it."""
    if _NEEDS_NO_QUOTES.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _quote(text: str) -> str:
    """A string as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _quote_query(text: str) -> str:
    """A query, which has double quotes in it, as a string that has none to escape."""
    return f"'{text}'" if "'" not in text else _quote(text)
