"""Which command a line means, and what about.

A line with a slash is a command. Another line is one if all of it says so in other words (``whole_lines.py``), if it
begins with a command's name and what follows can be meant, “latest nerf” where there is a topic of that name, or if it
is a wish for a topic or a time (``wishes.py``). Otherwise it is a search: for a subject such as “search engines”.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from digestbot.core.catalog import DigestCatalog
from digestbot.core.lines import page_numbers
from digestbot.core.lines.bare_commands import MeantCommand
from digestbot.core.lines.followed_words import read_follow_wish
from digestbot.core.lines.it_words import IT
from digestbot.core.lines.names import find_command_name, list_names
from digestbot.core.lines.off_words import is_off, starts_with_off
from digestbot.core.lines.paper_wishes import find_paper_wish
from digestbot.core.lines.phrases import read_unwanted_subject, rewrite_line, split_sending
from digestbot.core.lines.plain_questions import asks_about_paper, is_asked
from digestbot.core.lines.saved_words import read_unmarking, split_tags
from digestbot.core.lines.setting_names import SCHEDULE_NAMES, find_setting, split_setting
from digestbot.core.lines.spelling import find_meant_name
from digestbot.core.lines.typed_line import (
    TypedLine,
    drop_leading,
    has_chinese,
    list_variants,
    parse_list_numbers,
    read_line,
    read_line_variants,
    strip_end,
)
from digestbot.core.lines.whole_lines import find_phrase
from digestbot.core.lines.wishes import find_schedule_wish, find_wish
from digestbot.core.text_folding import fold_text
from digestbot.core.times.days import AN_ORDINARY_DAY, says_day, split_day
from digestbot.core.times.options import is_understood
from digestbot.core.times.pauses import read_pause
from digestbot.domain.arxiv.categories import index_categories
from digestbot.domain.paper import find_paper_ids
from digestbot.domain.papers.citation_formats import find_format
from digestbot.domain.topic import Topic, find_first_characters, find_first_words, index_topics, normalize_name
from digestbot.late_patterns import compile_late

_MAX_WORDS_BEFORE_TOPIC = 5
_PAPER_COMMANDS = ("paper", "summarize", "save", "unsave")
_LINKED_COMMANDS = (*_PAPER_COMMANDS, "ask")
_BEFORE_TOPIC = frozenset({
    "to", "me", "for", "the", "topic", "topics", "digest", "digests", "paper", "papers", "on", "about",
    "in", "of", "from", "new", "news", "一下", "主题", "关于", "的",
})  # fmt: skip
_AFTER_TOPIC = frozenset({
    "papers", "paper", "digest", "digests", "news", "please", "论文", "的论文", "速递", "的速递", "主题", "吧",
    "please,", "from", "of", "on", "的",
})  # fmt: skip
_BEFORE_RELATED = frozenset({"to", "papers", "with", "于", "和", "与"})
_PAPERS_OF = frozenset({"的论文", "的文章", "的新论文", "的最新论文"})
_AFTER_GLUED = compile_late(r"的?(?:速递|论文|日报)?$")
_MAX_DAY_LINE, _MAX_DAY_CHARACTERS = 80, 11
"""Characters of a line with a topic and a day, and of a day in Chinese: 2026年11月23日."""
_WHO = frozenset({"me", "us", "please", "me,", "now"})
_BEFORE_WORDS = frozenset({"for", "about", "关于", "me", "一下", "下"})
_BEFORE_SEARCHED = compile_late(
    r"^(?:请|麻烦)?你?(?:帮我|给我|替我)?(?:查|搜|找)(?:一下|一查|一搜|一找|下)(?:关于"
    r"|有关)?(?=\S)|^(?:(?:any|some|me|us"
    r"|are there|is there|do you have|have you got|got|i'?m looking for|looking for|i (?:want|need)"
    r"|something"
    r"|the|new|recent|good)\s{1,3}){0,6}(?:papers?|articles?|work|research|anything|something|stuff"
    r"|studies|publications|literature|论文)"
    r"\s{1,3}(?:on|about|with|regarding|related to|关于)\s{1,3}(?=\S)"
    r"|^(?:一下|有没有|有无|想看看?|想找)?(?:关于|有关)(?=\S)|^一下(?=\S)",
    re.IGNORECASE,
)
_AFTER_SEARCHED = compile_late(r"(?:相关|有关)?的(?:论文|文章|研究)(?:吗|有吗|么)?$")
_NO_SEARCH = compile_late("引擎|表|算法|空间|策略|树|广告|推荐|排序|结果|行为|日志|增强|优化|词|系统|不到|出")
"""What 搜索 begins another word with."""
_NOUN_NAMES = ("检索", "查询")
"""Names that begin a noun more often than they say what to do, where no space is after them."""
_UNSURE_NAMES = ("sub",)
"""Names of /subscribe that are other words as well."""
_NOT_FOLLOWED = compile_late(
    r"(?:up|me|us|you|it|this|that|them|him|her|my|your|along|through|suit|instructions?|rates?|button|back|on"
    r"|the leader)\b"
    r"|[者度力点]|机制|我|你",
    re.IGNORECASE,
)
"""What stands after “follow” and makes another thing of it."""
_NO_TOPIC = compile_late(
    r"[制率量费者源号]|关系|用户|模式|服务|行为|经济|(?:and|or|button|rate|model)s?$", re.IGNORECASE
)
"""What begins with 订阅 or 退订, or with “subscribe”, and is another word."""
_MAX_BARE_WORDS, _MAX_MUTED_WORDS = 8, 1
_MAX_PAUSED_NAME_WORDS = 5
_UNTIL_SOMETHING = compile_late(r"(?:until|till)(?: \S{1,20}){1,4}", re.IGNORECASE)
_EVERYTHING = frozenset({"all", "everything", "全部", "所有"})
_ANYTHING = frozenset(
    {"any", "anything", "papers", "them", "these", "this", "that", "it", "new", "more", "the", "论文", "它", "任何"}
)
_COMPLAINT = compile_late(
    r"(?:[\w:' ]{1,30} )?too (?:early|late|often|long|short|much|loud)[,.;:!-]\s{0,3}(?=\S)"
    r"|[^,，。;；\s]{0,10}太(?:早|晚|长|短|多|频繁|吵)了?[,，。;；\s]{1,3}(?=\S)",
    re.IGNORECASE,
)
"""What somebody says before what is to be changed."""
_ANY_MOMENT = datetime(2024, 6, 15, 12)  # noqa: DTZ001  # whatever time it is, it is the same texts that are a pause


async def find_meaning(text: str, catalog: DigestCatalog, *, has_links: bool = False) -> MeantCommand:
    """The command that a line means. An empty line asks for help. With ``has_links``, papers are behind its words."""
    if not text.strip():
        return MeantCommand("help", ())
    lines = read_line_variants(text)
    if lines[0].is_sure and (not lines[0].name or not _takes(lines[0])):
        return MeantCommand("", lines[0].words, lines[0].typed_name)
    if lines[0].is_sure:
        return await _find_named(lines, catalog, has_links=has_links) or MeantCommand(lines[0].name, lines[0].words)
    return (
        await _find_said(text, catalog)
        or await _find_unmarking(text, catalog)
        or await _find_named(lines, catalog, has_links=has_links)
        or await _find_said_otherwise(text, catalog)
        or await _find_mistyped(text, catalog)
        or await _find_after_complaint(text, catalog)
        or await _find_unnamed(text, catalog)
    )


async def _find_after_complaint(text: str, catalog: DigestCatalog) -> MeantCommand | None:
    """The command that stands after what is wrong: “7 is too early, make it 8:30”."""
    line = text.strip()
    match = _COMPLAINT.match(line) if len(line) <= _MAX_DAY_LINE else None
    meant = await find_meaning(line[match.end() :], catalog) if match else None
    return meant if meant and meant.name and meant.name != "search" else None


async def is_said_command(text: str, catalog: DigestCatalog) -> bool:
    """Whether a line is a command with a slash, or all of it says one in other words."""
    return read_line(text).is_sure or await _find_said(text, catalog) is not None


async def is_named_command(text: str, catalog: DigestCatalog) -> bool:
    """Whether a line begins with a command's name, and what follows can be meant."""
    return await _find_named(read_line_variants(text), catalog, has_links=False) is not None


async def _find_named(lines: Sequence[TypedLine], catalog: DigestCatalog, *, has_links: bool) -> MeantCommand | None:
    """The command that a line begins with, if what follows can be meant."""
    for line in lines:
        if has_links and line.name in _LINKED_COMMANDS:
            return MeantCommand(line.name, line.words)
        if line.name == "follow" and (topic_args := await _find_followed_topic(line, catalog)):
            return MeantCommand("subscribe", topic_args)
        if line.name and (args := await _find_arguments(line, catalog)) is not None:
            return MeantCommand(line.name, args)
    return None


async def _find_unmarking(text: str, catalog: DigestCatalog) -> MeantCommand | None:
    """What takes a tag or a note off a paper: “remove the tag nlp from 2”."""
    command, words, last = read_unmarking(text)
    if not command or not words:
        return None
    is_paper = fold_text(" ".join(words)) in IT or await _find_papers(TypedLine("", words), catalog) is not None
    return MeantCommand(command, (*words, last)) if is_paper else None


async def _find_said_otherwise(text: str, catalog: DigestCatalog) -> MeantCommand | None:
    """The command that a line says without its name, if it can be meant here."""
    for variant in list_variants(text.strip()):
        unwanted = tuple(read_unwanted_subject(variant).split())
        if unwanted and await _is_muted(unwanted, variant, catalog):
            return MeantCommand("mute", unwanted)
        line = read_line(rewrite_line(variant))
        if line.name == "subscribe" and not await _is_topic_named(line, line.words, catalog):
            continue
        if line.name and (args := await _find_arguments(line, catalog)) is not None:
            return MeantCommand(line.name, args)
        if wanted := split_sending(variant):
            topic_words, rest = await _split_topic_or_category(tuple(wanted.split()), catalog)
            if topic_words and is_understood(" ".join(rest)):
                return MeantCommand("subscribe", (*topic_words, *rest))
    return None


async def _is_muted(unwanted: tuple[str, ...], text: str, catalog: DigestCatalog) -> bool:
    """Whether what papers are not to be about is neither a topic, which is unsubscribed from, nor a time."""
    subject = " ".join(unwanted)
    if says_day(subject) or is_understood(subject) or find_schedule_wish(text) or subject.casefold() in _ANYTHING:
        return False
    return not (await _split_topic(unwanted, catalog))[0]


async def _find_said(text: str, catalog: DigestCatalog) -> MeantCommand | None:
    """The command that all of a line says in other words."""
    if line := find_phrase(text):
        name, *args = line.split()
        return MeantCommand(name, tuple(args))
    wish = await find_paper_wish(text, catalog)
    return MeantCommand(wish.name, wish.args) if wish else None


async def _find_mistyped(text: str, catalog: DigestCatalog) -> MeantCommand | None:
    """The command whose mistyped name a line begins with, if what follows can be meant."""
    for variant in list_variants(text.strip()):
        word, *rest = variant.split() or [""]
        name = find_meant_name(word.strip(":,!?."))
        if not name or (name in ("search", *_PLAIN_COMMANDS) and await catalog.has_all_words(variant)):
            continue
        line = TypedLine(name, tuple(rest), word)
        if (args := await _find_arguments(line, catalog)) is None or not await _is_topic_named(line, args, catalog):
            continue
        return MeantCommand(name, args, word, is_guessed=True)
    return None


async def _is_topic_named(line: TypedLine, args: tuple[str, ...], catalog: DigestCatalog) -> bool:
    """Whether a command that can be about any words is about a topic."""
    if line.name not in ("subscribe", "unsubscribe", "follow") or not args:
        return True
    match = await catalog.find_topic(" ".join(args))
    return bool(match.topic or match.guess or (await _split_topic(args, catalog))[0])


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
    if papers := find_paper_ids(text):
        name = "ask" if asks_about_paper(text, papers) else "paper"
        return MeantCommand(name, tuple(text.split()), is_named=False)
    if len(text) <= _MAX_DAY_LINE and (words := await _find_topic_and_day(text, catalog)):
        return MeantCommand("digest", words)
    if numbers := next((rest for rest in list_variants(text.strip()) if parse_list_numbers(rest)), ""):
        return MeantCommand("paper", tuple(numbers.split()), is_named=False)
    if topic_words := await _find_bare_topic(text, catalog):
        return MeantCommand("latest", topic_words, is_named=False)
    if wish := await find_wish(text, catalog):
        return MeantCommand(wish.name, wish.args, is_named=wish.name != "latest")
    followed = read_follow_wish(text)
    return MeantCommand("follow" if followed else "search", followed or _clean_searched(text), is_named=bool(followed))


async def _find_bare_topic(text: str, catalog: DigestCatalog) -> tuple[str, ...]:
    """A topic's name that is all of a line, also mistyped where no paper has such words; empty if it is none."""
    words = strip_end(tuple(text.split()))
    if not 0 < len(words) <= _MAX_BARE_WORDS:
        return ()
    match, name = await catalog.find_topic(" ".join(words)), normalize_name(text)
    if match.guess and any(name in whole for whole in match.guess.normalized_names):
        return ()  # the beginning of a name may be anything else: NER is not NeRF
    return words if match.topic or (match.guess and not await catalog.has_all_words(text)) else ()


def _clean_searched(text: str) -> tuple[str, ...]:
    """The words to search for, without those that only say that papers are wanted."""
    words = _AFTER_SEARCHED.sub("", _BEFORE_SEARCHED.sub("", text.strip(), count=1)) if len(text) < 300 else text
    return tuple(words.split() or text.split())


def _takes(line: TypedLine) -> bool:
    """Whether a command may stand right before such words: 主题 may not before 模型."""
    is_glued = not find_command_name(line.typed_name)
    return not is_glued or line.name in _ARGUMENT_FINDERS


async def _find_arguments(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    """The arguments of the command; ``None`` if what follows its name means nothing to it."""
    if not line.words:
        return ()
    finder = _ARGUMENT_FINDERS.get(line.name)
    if finder is None:
        return line.words if line.is_sure else () if line.has_only_courtesy else None
    return await finder(line, catalog)


async def _find_subscription(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    topic_words, rest = await _split_topic_or_category(line.words, catalog)
    if topic_words:
        return (*topic_words, *(rest if line.is_sure else drop_leading(rest, _PAPERS_OF)))
    words = drop_leading(line.words, _BEFORE_TOPIC)
    if not line.is_sure and _NO_TOPIC.match(words[0]):
        return None
    if not line.is_sure and line.typed_name.casefold() in _UNSURE_NAMES:
        return words if (await catalog.find_topic(" ".join(words))).guess else None
    return words


async def _find_followed_topic(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...]:
    """A topic that everybody knows and when it is to come, if that is all there is to follow: it is subscribed to."""
    by_name = index_topics(one.topic for one in await catalog.list_topics() if not one.topic.expression)
    topic_words, rest = _split_name(strip_end(line.words), by_name)
    return (*topic_words, *rest) if topic_words and (not rest or is_understood(" ".join(rest))) else ()


async def _find_follow(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    """What is to be followed: any words, unless papers have the whole line, or it says something else."""
    words = line.words if line.is_sure else strip_end(line.words)
    if line.is_sure or (await catalog.find_topic(" ".join(words))).topic:
        return words
    if not words or _NOT_FOLLOWED.match(" ".join(words)) or line.has_only_courtesy:
        return None
    return None if await catalog.has_all_words(f"{line.typed_name} {' '.join(words)}") else words


async def _find_narrowed(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    """A topic, and what follows it: what else its papers must match, or its new name."""
    words = drop_leading(line.words, _BEFORE_TOPIC)
    return line.words if line.is_sure else words if (await _split_topic(words, catalog))[0] else None


async def _find_muted(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    """What is to be hidden: no topic, which is unsubscribed from, and nothing that papers have whole."""
    if line.is_sure:
        return line.words
    if (await _split_topic(line.words, catalog))[0] or line.has_only_courtesy:
        return None
    words = strip_end(drop_leading(line.words, _BEFORE_TOPIC))
    named = words[1:] if starts_with_off(words) else words[:-1] if is_off(words[-1:]) else ()
    if named and len(named) <= _MAX_BARE_WORDS:
        return words
    is_search = len(words) > _MAX_MUTED_WORDS or await catalog.has_all_words(f"{line.typed_name} {' '.join(words)}")
    return None if is_search else words


async def _find_unsubscription(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    if all(word.casefold() in _WHO for word in line.words):
        return ()
    topic_words, rest = await _split_topic(strip_end(line.words), catalog)
    left = tuple(word for word in rest if word.casefold() not in _AFTER_TOPIC)
    if not topic_words and not line.is_sure and _NO_TOPIC.match(line.words[0]):
        return None
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
    days = words[:-1] if words and page_numbers.parse_page_number(words[-1]) else words
    return not days or says_day(" ".join(days))


async def _find_papers(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    text = " ".join(line.words)
    if line.is_sure or find_paper_ids(text) or parse_list_numbers(text):
        return line.words
    if await catalog.find_by_title(text):
        return line.words
    return None


async def _find_related(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    """A paper to find others like; “related work generation” is a search."""
    if line.is_sure:
        return line.words
    words = drop_leading(line.words, _BEFORE_RELATED)
    is_it = fold_text(" ".join(strip_end(words))) in IT
    return words if is_it or await _find_papers(line._replace(words=words), catalog) is not None else None


async def _find_random(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    """A topic to pick from; “random forests” is a search."""
    if line.is_sure:
        return line.words
    words = drop_leading(strip_end(line.words), frozenset(("paper", "papers", *_BEFORE_TOPIC)))
    if line.has_only_courtesy:
        return ()
    topic_words, rest = await _split_topic(words, catalog)
    return topic_words if topic_words and not rest else None


async def _find_asked(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:  # noqa: ARG001
    """A paper and what is asked about it: without a slash, the paper is named, or a question is all there is."""
    is_question = line.is_sure or find_paper_ids(" ".join(line.words)) or is_asked(line.words)
    return line.words if is_question else None


async def _find_cited(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    """Papers, and a format after them: “cite 2 as ris”."""
    if line.is_sure:
        return line.words
    words = strip_end(line.words)
    while len(words) > 1 and (find_format(words[-1]) or words[-1].casefold() in ("as", "in", "为", "成")):
        words = words[:-1]
    is_it = fold_text(" ".join(words)) in IT
    return line.words if is_it or await _find_papers(line._replace(words=words), catalog) is not None else None


async def _find_exported(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:  # noqa: ARG001
    """A format, and a tag; “export controls” is a search."""
    if line.is_sure:
        return line.words
    words = drop_leading(
        line.words, frozenset(("my", "the", "saved", "papers", "all", "library", "as", "to", "为", "成", "我的收藏"))
    )
    return words if find_format(words[0]) else () if line.has_only_courtesy else None


async def _find_saving(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    """Papers, and tags after them: “save 2 #nerf”."""
    paper_words = split_tags(line.words, is_typed=line.is_sure).paper
    if not paper_words:
        return line.words if line.is_sure else None
    is_it = len(paper_words) < len(line.words) and fold_text(" ".join(paper_words)) in IT
    found = await _find_papers(line._replace(words=paper_words), catalog)
    return line.words if is_it or found is not None or line.is_sure else None


async def _find_saved(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:  # noqa: ARG001
    """A tag, or words of saved papers; without a slash, “saved model” is a search, and “saved #nerf” is none."""
    if line.is_sure or line.words[0].startswith(("#", "＃")):
        return line.words
    return () if line.has_only_courtesy else None


async def _find_noted(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    """A paper by its number, link or place in the last list, and a note; “note taking apps” is a search."""
    text = " ".join(line.words)
    is_paper = bool(find_paper_ids(text)) or len(parse_list_numbers(line.words[0])) == 1
    return line.words if line.is_sure or is_paper else await _find_papers(line, catalog)


async def _find_search(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    text = " ".join(line.words)
    words = drop_leading(_clean_searched(" ".join(drop_leading(line.words, _BEFORE_WORDS))), _BEFORE_WORDS)
    if line.is_sure:
        return words
    is_noun = _NO_SEARCH.match(text) or (line.typed_name in _NOUN_NAMES and not text.startswith("一下"))
    if (line.is_glued and is_noun) or await catalog.has_all_words(f"{line.typed_name} {text}"):
        return None
    return words


async def _find_setting(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:  # noqa: ARG001
    if not line.is_sure and line.has_only_courtesy:
        return ()
    words = split_setting(drop_leading(line.words, frozenset({"my", "the", "我的"})))
    if line.is_sure or find_setting(words[0]):
        return words if line.is_sure or len(words) == 1 or _is_value(words) else None
    wish = find_schedule_wish(f"{line.typed_name} {' '.join(line.words)}")
    return wish.args if wish else None


def _is_value(words: tuple[str, ...]) -> bool:
    """Whether what follows a setting's name is a value of it: “set language models” is none."""
    return find_setting(words[0]) not in SCHEDULE_NAMES or bool(find_schedule_wish(" ".join(words))) or len(words) == 2


async def _find_pause(line: TypedLine, catalog: DigestCatalog) -> tuple[str, ...] | None:
    if line.is_sure or line.has_only_courtesy:
        return line.words if line.is_sure else ()
    words = strip_end(line.words)
    if words[0].casefold() in _EVERYTHING and _says_pause(words[1:]):
        return words[1:]
    if _says_pause(words):
        return words
    topic_words, rest = await _split_topic(words, catalog)
    left = drop_leading(rest, _AFTER_TOPIC)
    if topic_words:
        is_pause = not rest or _says_pause(left) or all(word.casefold() in _AFTER_TOPIC for word in rest)
        return (*topic_words, *(left if _says_pause(left) else ())) if is_pause else None
    return await _find_paused_guess(words, catalog) or await _find_meant_topic(line, catalog)


async def _find_paused_guess(words: tuple[str, ...], catalog: DigestCatalog) -> tuple[str, ...] | None:
    """A topic that is clearly meant, or one of several, and how long its pause is to be."""
    ends = range(1, min(len(words), _MAX_PAUSED_NAME_WORDS + 1))
    if (end := next((end for end in ends if _says_pause(words[end:])), 0)) == 0:
        return None
    match = await catalog.find_topic(" ".join(drop_leading(words[:end], _BEFORE_TOPIC)))
    return words if match.guess or match.suggestions else None


def _says_pause(words: tuple[str, ...]) -> bool:
    """Whether words say how long a pause is to be, or that it is one of everything."""
    text = " ".join(words)
    if not text:
        return False
    if text.casefold() in _EVERYTHING or _UNTIL_SOMETHING.fullmatch(text):
        return True
    try:
        return read_pause(text, _ANY_MOMENT) is not None
    except ValueError:
        return True


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
    "follow": _find_follow,
    "filter": _find_narrowed,
    "rename": _find_narrowed,
    "mute": _find_muted,
    "unsubscribe": _find_unsubscription,
    "latest": _find_latest,
    "digest": _find_digest,
    "ask": _find_asked,
    "search": _find_search,
    "settings": _find_setting,
    "pause": _find_pause,
    "resume": _find_pause,
    "stop": _find_stop,
    **dict.fromkeys(_PAPER_COMMANDS, _find_papers),
    "save": _find_saving,
    "saved": _find_saved,
    "cite": _find_cited,
    "related": _find_related,
    "random": _find_random,
    "export": _find_exported,
    "note": _find_noted,
}
_PLAIN_COMMANDS = ("topics", "subscriptions", "saved", "start", "undo", "settings", "help", "latest", "resume", "pause")
"""Commands that can be all of a line."""


async def _split_topic_or_category(
    words: tuple[str, ...], catalog: DigestCatalog
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The same for a topic or a category of arXiv, whichever has the longer name."""
    topic_words, rest = await _split_topic(words, catalog)
    category_words, category_rest = _split_name(words, index_categories())
    return (category_words, category_rest) if len(category_words) > len(topic_words) else (topic_words, rest)


async def _split_topic(words: tuple[str, ...], catalog: DigestCatalog) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that name a topic, without those before it, and the words after it; none if they name none."""
    return _split_name(words, index_topics(summary.topic for summary in await catalog.list_topics()))


def _split_name(words: tuple[str, ...], by_name: Mapping[str, Topic]) -> tuple[tuple[str, ...], tuple[str, ...]]:
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
