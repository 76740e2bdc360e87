"""Which command a line means, and what about.

A line with a slash is a command. Another line that begins with a command's name is one if what follows can be meant:
“latest nerf” if there is a topic of that name. Otherwise it is a search: for a topic such as “search engines”.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from digestbot.core.catalog import DigestCatalog
from digestbot.core.commands import parsing
from digestbot.core.commands.days import AN_ORDINARY_DAY, says_day, split_day
from digestbot.core.commands.lines import (
    TypedLine,
    drop_leading,
    has_chinese,
    list_variants,
    parse_list_numbers,
    read_line,
    read_line_variants,
    strip_end,
)
from digestbot.core.commands.names import list_names
from digestbot.core.commands.options import is_understood
from digestbot.core.commands.paper_parts import name_part_last
from digestbot.core.commands.phrases import rewrite_line, split_sending
from digestbot.core.commands.setting_names import find_setting, split_setting
from digestbot.domain.paper import find_paper_ids
from digestbot.domain.topic import Topic, find_first_characters, find_first_words, index_topics
from digestbot.late_patterns import compile_late

_MAX_WORDS_BEFORE_TOPIC = 5
_PAPER_COMMANDS = ("paper", "save", "unsave")
_BEFORE_TOPIC = frozenset({
    "to", "me", "for", "the", "topic", "topics", "digest", "digests", "paper", "papers", "on", "about",
    "in", "of", "from", "new", "news", "一下", "主题", "关于", "的",
})  # fmt: skip
_AFTER_TOPIC = frozenset({
    "papers", "paper", "digest", "digests", "news", "please", "论文", "的论文", "速递", "的速递", "主题", "吧",
    "please,", "from", "of", "on", "的",
})  # fmt: skip
_AFTER_GLUED = compile_late(r"的?(?:速递|论文|日报)?$")
_MAX_DAY_LINE, _MAX_DAY_CHARACTERS = 80, 11
"""Characters of a line with a topic and a day, and of a day in Chinese: 2026年11月23日."""
_WHO = frozenset({"me", "us", "please", "me,", "now"})
_BEFORE_WORDS = frozenset({"for", "about", "关于"})
_PAPERS_ABOUT = compile_late(r"(?:papers?|论文)\s{1,3}(?:on|about|with|关于)\s{1,3}(?=\S)|关于(?=\S)", re.IGNORECASE)
_PAPERS_AT_END = compile_late("的(?:论文|文章)$")
_NO_SEARCH = compile_late("引擎")
"""What 搜索 begins another word with."""
_PAUSE_LENGTH = compile_late(
    r"\d{1,3}\s?\w*|for|until|till|all|a|one|[一二两三四五六七八九十几半]{1,3}[天日周月个星]\S*|到\S*|全部"
)


@dataclass(frozen=True, slots=True)
class MeantCommand:
    """A command by its name, empty if there is none such, and its arguments.

    ``typed_name`` is the name as it was typed, ``is_named`` whether the line has one.
    """

    name: str
    args: tuple[str, ...]
    typed_name: str = ""
    is_named: bool = True


async def find_meaning(text: str, catalog: DigestCatalog, *, has_links: bool = False) -> MeantCommand:
    """The command that a line means. An empty line asks for help. With ``has_links``, papers are behind its words."""
    if not text.strip():
        return MeantCommand("help", ())
    first, *others = read_line_variants(text)
    if first.is_sure and (not first.name or not _takes(first)):
        return MeantCommand("", first.words, first.typed_name)
    for line in (first, *others):
        if has_links and line.name in _PAPER_COMMANDS:
            return MeantCommand(line.name, line.words)
        if line.name and (args := await _find_arguments(line, catalog)) is not None:
            return MeantCommand(line.name, args)
    if first.is_sure:
        return MeantCommand(first.name, first.words)
    return await _find_said_otherwise(text, catalog) or await _find_unnamed(text, catalog)


async def _find_said_otherwise(text: str, catalog: DigestCatalog) -> MeantCommand | None:
    """The command that a line says without its name, if it can be meant here."""
    for variant in list_variants(text.strip()):
        line = read_line(rewrite_line(variant))
        if line.name and (args := await _find_arguments(line, catalog)) is not None:
            return MeantCommand(line.name, args)
        if wanted := split_sending(variant):
            topic_words, rest = await _split_topic(tuple(wanted.split()), catalog)
            if topic_words and is_understood(" ".join(rest)):
                return MeantCommand("subscribe", (*topic_words, *rest))
    return None


async def _find_topic_and_day(text: str, catalog: DigestCatalog) -> tuple[str, ...]:
    """A topic's name and words that say a day, where a line is nothing else: “yesterday's digest of nerf”."""
    splits = [split for variant in list_variants(text.strip()) for split in _split_days(variant)]
    for name, day in ((drop_leading(name, _BEFORE_TOPIC), day) for name, day in splits):
        left = tuple(word for word in name if word and word.casefold() not in _AFTER_TOPIC)
        if day and not left and len(day) + 1 < len(text.strip()):
            return tuple(day.split())
        if day and left and (await catalog.find_topic(" ".join(left))).topic:
            return (*left, *day.split())
    return ()


def _split_days(text: str) -> list[tuple[tuple[str, ...], str]]:
    """Each way to take a day off a line: words at its beginning or end, or characters of Chinese."""
    words = strip_end(tuple(text.split()))
    found = [split_day(words, AN_ORDINARY_DAY)]
    if words and has_chinese(words[0]):
        rest, day = _split_first_characters(words[0])
        found.append(((rest, *words[1:]), day))
    if words and has_chinese(words[-1]):
        rest, day = _split_last_characters(words[-1])
        found.append(((*words[:-1], rest), day))
    return found


def _split_first_characters(word: str) -> tuple[str, str]:
    """A word without the day that it begins with, and that day."""
    ends = range(min(len(word) - 1, _MAX_DAY_CHARACTERS), 1, -1)
    end = next((end for end in ends if says_day(word[:end])), 0)
    return _AFTER_GLUED.sub("", word[end:].removeprefix("的")), word[:end]


def _split_last_characters(word: str) -> tuple[str, str]:
    plain = _AFTER_GLUED.sub("", word)
    starts = range(max(1, len(plain) - _MAX_DAY_CHARACTERS), len(plain) - 1)
    start = next((start for start in starts if says_day(plain[start:])), len(plain))
    return plain[:start].removesuffix("的"), plain[start:]


async def _find_unnamed(text: str, catalog: DigestCatalog) -> MeantCommand:
    """What a line without a command means: papers, numbers of a list, a topic and a day, or words to search for."""
    if find_paper_ids(text):
        return MeantCommand("paper", tuple(text.split()), is_named=False)
    if len(text) <= _MAX_DAY_LINE and (words := await _find_topic_and_day(text, catalog)):
        return MeantCommand("digest", words)
    for variant in list_variants(text.strip()):
        if (words := name_part_last(tuple(variant.split()))) != tuple(variant.split()):
            return MeantCommand("paper", words, is_named=False)
    numbers = next((rest for rest in list_variants(text.strip()) if parse_list_numbers(rest)), "")
    return MeantCommand("paper" if numbers else "search", tuple((numbers or text).split()), is_named=False)


def _takes(line: TypedLine) -> bool:
    """Whether a command may stand right before such words: 主题 may not before 模型."""
    is_glued = line.typed_name.casefold() not in list_names()
    return not is_glued or line.name in _ARGUMENT_FINDERS


async def _find_arguments(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    """The arguments of the command; ``None`` if what follows its name means nothing to it."""
    if not line.words:
        return ()
    finder = _ARGUMENT_FINDERS.get(line.name)
    if finder is None:
        return line.words if line.is_sure else () if line.has_only_courtesy else None
    return await finder(line, catalog)


async def _find_subscription(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...]:
    topic_words, rest = await _split_topic(line.words, catalog)
    if topic_words:
        return (*topic_words, *rest)
    return drop_leading(line.words, _BEFORE_TOPIC)


async def _find_unsubscription(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...]:
    if all(word.casefold() in _WHO for word in line.words):
        return ()
    topic_words, rest = await _split_topic(strip_end(line.words), catalog)
    left = tuple(word for word in rest if word.casefold() not in _AFTER_TOPIC)
    return (*topic_words, *left) if topic_words else drop_leading(line.words, _BEFORE_TOPIC)


async def _find_latest(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    if not line.is_sure and line.has_only_courtesy:
        return ()
    topic_words, rest = await _split_topic(strip_end(line.words), catalog)
    left = tuple(word for word in rest if word.casefold() not in _AFTER_TOPIC)
    if topic_words and (_is_day_or_page(left) or line.is_sure):
        return (*topic_words, *left)
    return await _find_meant_topic(line, catalog)


async def _find_meant_topic(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    """The words that are clearly meant as a topic's name, though they are none."""
    words = drop_leading(strip_end(line.words), _BEFORE_TOPIC)
    while len(words) > 1 and words[-1].casefold() in _AFTER_TOPIC:
        words = words[:-1]
    return words if (await catalog.find_topic(" ".join(words))).guess else None


async def _find_digest(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    words = drop_leading(strip_end(line.words), _BEFORE_TOPIC)
    topic_words, rest = await _split_topic(words, catalog)
    left = tuple(word for word in rest if word.casefold() not in _AFTER_TOPIC)
    if topic_words and (line.is_sure or _is_day_or_page(left)):
        return (*topic_words, *left)
    if topic_words or line.is_sure:
        return None
    name, day = split_day(words, AN_ORDINARY_DAY)
    name = tuple(word for word in name if word.casefold() not in _BEFORE_TOPIC)
    match = await catalog.find_topic(" ".join(name))
    return words if match.guess or (day and match.topic) else None


def _is_day_or_page(words: tuple[str, ...]) -> bool:
    """Whether words say a day, a page of a digest, or nothing."""
    days = words[:-1] if words and parsing.parse_page_number(words[-1]) else words
    return not days or says_day(" ".join(days))


async def _find_papers(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    text = " ".join(line.words)
    if line.is_sure or find_paper_ids(text) or parse_list_numbers(text):
        return line.words
    if await catalog.find_by_title(text):
        return line.words
    return None


async def _find_search(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:  # noqa: ARG001
    text = " ".join(line.words)
    if not line.is_sure and _NO_SEARCH.match(text):
        return None
    text = _PAPERS_ABOUT.sub("", text.removeprefix("一下"), count=1)
    words = tuple((_PAPERS_AT_END.sub("", text) or text).split())
    return drop_leading(words, _BEFORE_WORDS)


async def _find_setting(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:  # noqa: ARG001
    words = split_setting(drop_leading(line.words, frozenset({"my", "the", "我的"})))
    return words if line.is_sure or find_setting(words[0]) else None


async def _find_pause(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    if line.is_sure or line.has_only_courtesy:
        return line.words if line.is_sure else ()
    if _PAUSE_LENGTH.fullmatch(line.words[0].casefold()):
        return line.words
    topic_words, rest = await _split_topic(line.words, catalog)
    return (*topic_words, *rest) if topic_words else await _find_meant_topic(line, catalog)


async def _find_stop(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    if line.is_sure or line.has_only_courtesy:
        return line.words if line.is_sure else ()
    topic_words, rest = await _split_topic(strip_end(line.words), catalog)
    if topic_words:
        return topic_words if all(word.casefold() in _AFTER_TOPIC for word in rest) else None
    return await _find_meant_topic(line, catalog)


async def _find_help(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:  # noqa: ARG001
    word = line.words[0].lstrip("/").casefold()
    is_known = word in list_names() or word in ("all", "全部", "所有")
    return line.words if line.is_sure or (is_known and len(line.words) == 1) else None


_ArgumentFinder = Callable[[TypedLine, DigestCatalog], Awaitable[tuple[str, ...] | None]]
_ARGUMENT_FINDERS: dict[str, _ArgumentFinder] = {
    "help": _find_help,
    "subscribe": _find_subscription,
    "unsubscribe": _find_unsubscription,
    "latest": _find_latest,
    "digest": _find_digest,
    "search": _find_search,
    "settings": _find_setting,
    "pause": _find_pause,
    "resume": _find_pause,
    "stop": _find_stop,
    **dict.fromkeys(_PAPER_COMMANDS, _find_papers),
}


async def _split_topic(words: tuple[str, ...], catalog: DigestCatalog) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that name a topic, without those before it, and the words after it; none if they name none."""
    by_name = index_topics(summary.topic for summary in await catalog.list_topics())
    for start, word in enumerate(words[:_MAX_WORDS_BEFORE_TOPIC]):
        if count := find_first_words(words[start:], by_name)[1]:
            return words[start : start + count], words[start + count :]
        if has_chinese(word) and (parts := _split_glued(word, by_name)):
            return parts[:1], (*parts[1:], *words[start + 1 :])
        if word.casefold() not in _BEFORE_TOPIC:
            break
    return (), ()


def _split_glued(word: str, by_name: Mapping[str, Topic]) -> tuple[str, ...]:
    """A word that begins with a topic's name, as that name and the rest: 3dgs每天早上8点."""
    text = word.removeprefix("的")
    _, length = find_first_characters(text, by_name)
    return tuple(filter(None, (text[:length], text[length:]))) if length else ()
