"""Lines as people write them: a command by any of its names, with a slash or without, in English or Chinese."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import NamedTuple

from digestbot.core.lines.names import ENDING_NAMES, find_command_name, list_chinese_names, list_names
from digestbot.core.text_folding import fold_text
from digestbot.late_patterns import compile_late

_SLASHED = compile_late(r"\s*[/／]{1,3}\s?(?P<name>[\w-]+|[?？])(?:@\w+)?[\s:：,，]*(?P<rest>.*)", re.DOTALL)
_POLITE = compile_late(
    r"(?:(?:please|pls|plz|hi|hey|hello|can you|could you|would you|will you|i want to|i(?:'|’)d like to|"
    r"i would like to|i wanna|let me|show me|show|give me|send me|get me|get|list|tell me|see|view|what about"
    r"|how about|the|my|all|me)"
    r"[,\s]+){1,6}",
    re.IGNORECASE,
)
_CHINESE_POLITE = compile_late(
    r"(?:(?:请问|请|麻烦|帮我|帮忙|给我|为我|我想要|我想看|我想|我要|能不能|能否|可不可以|可以|查看|看一下|看看|看"
    r"|显示|列出|"
    r"你好|您好)[，,\s]{0,3}){1,6}"
)
_CHINESE_END = compile_late(r"(?:一下|谢谢|谢了|好吗|可以吗|吧|吗|呢|呗|啊){1,4}$")
_SUBSCRIBED_LAST = compile_late(
    r"(?P<when>[^\s订关推发]{2,30}?)\s?(?:[给帮为]我)?\s?(?:订阅|关注|推送|发送?)\s?(?P<what>(?!给我|我|了)\S.*)",
    re.DOTALL,
)
_END_PUNCTUATION = ".!?。！？~～…,，;；"
_CJK = compile_late(r"[\u3400-\u9fff]")
_COURTESY = frozenset(
    {
        "please",
        "pls",
        "plz",
        "thanks",
        "thx",
        "now",
        "papers",
        "paper",
        "list",
        "page",
        "me",
        "all",
        "today",
        "everything",
        "digest",
        "digests",
        "吧",
        "谢谢",
        "列表",
        "一下",
    }
)
"""Words that may follow a command that takes none."""


class TypedLine(NamedTuple):
    """A line taken apart: the ``name`` of its command, empty if it begins with none, and the ``words`` after that.

    ``typed_name`` is the name as it was typed, ``is_glued`` says that no space is after it. ``is_sure`` says that it
    can only be a command: it has a slash.
    """

    name: str
    words: tuple[str, ...]
    typed_name: str = ""
    is_sure: bool = False
    is_glued: bool = False

    @property
    def has_only_courtesy(self) -> bool:
        """Whether nothing but politeness follows the name."""
        return all(word.casefold().strip(_END_PUNCTUATION) in _COURTESY for word in self.words)


def read_line(text: str) -> TypedLine:
    """Take a line apart, in the likeliest way."""
    return read_line_variants(text)[0]


def read_line_variants(text: str) -> list[TypedLine]:
    """Take a line apart in each way that it can be meant: as it stands, and without the politeness it begins with."""
    if match := _SLASHED.fullmatch(text):
        return [_say_end(_read_slashed(match["name"], match["rest"], text.lstrip(" \t\n/／")))]
    stripped = text.strip()
    found = [_say_end(line) for rest in list_variants(stripped) if (line := _find_name(rest))]
    return found or [_read_unnamed(stripped)]


def _say_end(line: TypedLine) -> TypedLine:
    """The line with “off” before what is to end, where its name says that: “unmute surveys” is “mute off surveys”."""
    is_ending = bool(line.words) and any(fold_text(line.typed_name).startswith(name) for name in ENDING_NAMES)
    return line._replace(words=("off", *line.words)) if is_ending else line


def _read_unnamed(stripped: str) -> TypedLine:
    from digestbot.core.times.options import is_understood  # noqa: PLC0415  # late: no line with a slash needs it

    plain = list_variants(stripped)[-1]
    if (match := _SUBSCRIBED_LAST.fullmatch(plain)) and is_understood(match["when"]):
        return TypedLine("subscribe", (*match["what"].split(), match["when"]))
    return TypedLine("", tuple(stripped.split()))


def _read_slashed(name: str, rest: str, whole: str) -> TypedLine:
    command = find_command_name(name)
    if command:
        return TypedLine(command, tuple(rest.split()), name, is_sure=True)
    line = _find_glued_name(whole.strip())
    if line and line.words:
        return TypedLine(line.name, line.words, name, is_sure=True)
    return TypedLine("", tuple(rest.split()), name, is_sure=True)


def list_variants(text: str) -> tuple[str, ...]:
    """The line, and the line without the politeness it begins with."""
    without = [text[match.end() :] for polite in (_POLITE, _CHINESE_POLITE) if (match := polite.match(text))]
    return (text, *without)


def _find_name(text: str) -> TypedLine | None:
    folded = fold_text(text)
    bare = _CHINESE_END.sub("", folded.rstrip(_END_PUNCTUATION)) or folded
    if command := list_names().get(bare) or list_names().get(folded):
        return TypedLine(command, (), text)
    for name, command in list_names().items():
        if folded.startswith(name) and folded[len(name) : len(name) + 1] in (" ", ":", "：", "\n", ",", "，", "\t"):
            return TypedLine(command, tuple(text[len(name) :].lstrip(" :：,，\n\t").split()), name)
    return _find_glued_name(text)


def _find_glued_name(text: str) -> TypedLine | None:
    folded = fold_text(text)
    for name, command in list_chinese_names().items():
        if folded.startswith(name):
            rest = text[len(name) :]
            return TypedLine(command, tuple(rest.lstrip(" :：,，").split()), name, is_glued=rest[:1].isalnum())
    return None


def strip_end(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without the punctuation and the politeness that the line ends with."""
    if not words:
        return ()
    last = _CHINESE_END.sub("", words[-1].rstrip("!?。！？~～…"))
    return (*words[:-1], last) if last else words[:-1]


def drop_leading(words: tuple[str, ...], fillers: frozenset[str]) -> tuple[str, ...]:
    """The words after the fillers they begin with; all of them if there is nothing else."""
    count = len(list(takewhile(lambda word: word.casefold() in fillers, words)))
    return words[count:] or words


def has_chinese(word: str) -> bool:
    """Whether a word has Chinese characters, which stand next to others without spaces."""
    return bool(_CJK.search(word))


# -- numbers of a list ----------------------------------------------------------------------------------------------

LAST, ALL = -1, 0
"""What stands for the last paper of a list, and for all of them, among the numbers of a list."""
_CHINESE_DIGITS = {digit: number for number, digit in enumerate("一二三四五六七八九", 1)} | {"两": 2}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"], 1
    )
}
_NUMBER = r"(?:\d{1,3}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_ITEM = compile_late(
    rf"(?:#|no\.?|nr\.?|number|item|第)?\s?(?P<first>{_NUMBER})(?:st|nd|rd|th)?\s?(?:[-–~至到]\s?(?P<last>{_NUMBER}))?"
    r"\s?(?:[.)）、。号篇个条项]|篇论文)?",
    re.IGNORECASE,
)
_SEPARATOR = compile_late(r"\s*(?:[,，、;；&+]|\band\b|[和与跟])\s*|\s+", re.IGNORECASE)
_AROUND_NUMBERS = compile_late(
    r"^(?:the|paper|papers|论文)\s{1,3}|\s{1,3}(?:ones?|papers?|results?|items?|please)$|[!！?？。、.]{1,3}$",
    re.IGNORECASE,
)
_JOINED = compile_late(
    r"(?:(?<=#)|(?<=\bno)|(?<=\bno\.)|(?<=\bnumber)|(?<=\bitem)|(?<=第))\s{1,3}|\s{1,3}(?=[号篇个条项])", re.IGNORECASE
)
_ENGLISH_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_SPELLED = {word: str(number) for number, word in enumerate(_ENGLISH_NUMBERS, 1)}
_SPELLED_NUMBERS = compile_late(
    rf"(?:papers?|numbers?|no\.?|nr\.?|items?) (?P<numbers>(?:{'|'.join(_SPELLED)})(?:(?:,? and |, ?"
    rf"| )(?:{'|'.join(_SPELLED)})){{0,9}})",
    re.IGNORECASE,
)
_LAST = compile_late(
    r"(?:the )?(?:very )?last (?:one|paper|item|result|entry)(?: (?:of|in|on) (?:the|that|this) list)?|最后(?:那"
    r"|的)?(?:一|1)?[篇个条](?:论文)?",
    re.IGNORECASE,
)
_FIRST_ONES = compile_late(
    rf"(?:the )?first (?P<count>\d|{'|'.join(_SPELLED)})(?: (?:ones|papers|results|items))?"
    r"|前(?P<chinese>[二两三四五六七八九\d])[篇个条](?:论文)?",
    re.IGNORECASE,
)
_ALL_OF_THEM = compile_late(
    r"(?:all|both|each|every one) of (?:them|these|those)|them all|(?:all )?(?:these|those) papers|这些(?:论文)?"
    r"|它们(?:全部)?|这几篇(?:论文)?",
    re.IGNORECASE,
)
_RANGE_SPACES = compile_late(r"\s{0,3}([-–~至到])\s{0,3}")
_MAX_NUMBERS = 10
_BARE_CHINESE = compile_late(r"[一二两三四五六七八九十]{1,3}")


def parse_list_numbers(text: str) -> tuple[int, ...]:
    """The numbers of a list that a text consists of: ``2``, ``#2``, ``1, 3``, ``2-4``, ``第二篇``, ``the first one``.

    The last one, whichever number it has, is :data:`LAST`, and all of them are :data:`ALL`. Empty if it is anything
    else, or more than ten.
    """
    whole = text.strip()[:60]
    plain = whole.strip(" .!?。！？")
    if _LAST.fullmatch(plain) or _ALL_OF_THEM.fullmatch(plain):
        return (LAST if _LAST.fullmatch(plain) else ALL,)
    if first := _FIRST_ONES.fullmatch(plain):
        count = (first["count"] or first["chinese"]).casefold()
        return tuple(range(1, int(_SPELLED.get(count, "") or _CHINESE_DIGITS.get(count, 0) or count) + 1))
    if spelled := _SPELLED_NUMBERS.fullmatch(whole.strip(" .!?")):
        whole = " ".join(_SPELLED.get(word, word) for word in spelled["numbers"].casefold().replace(",", " , ").split())
    line = _AROUND_NUMBERS.sub("", _AROUND_NUMBERS.sub("", whole).strip())
    if len(text.strip()) > 60 or not line or _BARE_CHINESE.fullmatch(line):
        return ()
    line = _RANGE_SPACES.sub(r"\1", _JOINED.sub("", line))
    numbers: dict[int, None] = {}
    for part in _SEPARATOR.split(line):
        numbers |= dict.fromkeys(_parse_item(part))
        if not part or not _parse_item(part) or len(numbers) > _MAX_NUMBERS:
            return ()
    return tuple(numbers)


def _parse_item(part: str) -> tuple[int, ...]:
    if part.casefold() in _ORDINALS:
        return (_ORDINALS[part.casefold()],)
    match = _ITEM.fullmatch(part)
    if not match:
        return ()
    first = _parse_number(match["first"])
    last = _parse_number(match["last"]) if match["last"] else first
    return tuple(range(first, last + 1)) if 0 < first <= last < first + _MAX_NUMBERS else ()


def _parse_number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (10 * _CHINESE_DIGITS.get(tens, 1) if ten else 0) + _CHINESE_DIGITS.get(ones, 0)
