"""Lines without a command that ask something: “and for how long?”, 训练了多久？"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from digestbot.core.lines.it_words import IT
from digestbot.core.lines.typed_line import parse_list_numbers
from digestbot.domain.paper import PaperId, find_paper_ids
from digestbot.domain.papers.title_words import is_surely_title
from digestbot.late_patterns import compile_late

_MARKS = ("?", "？")
_MAX_CHARACTERS = 500
_ASKS = compile_late(
    r"(?:(?:and|but|so|also|then|in) )?(?:what|which|who|whose|whom|where|when|why|how)(?:'s|’s|s)?\b", re.IGNORECASE
)
_ASKS_WHETHER = compile_late(
    r"(?:(?:and|but|so|also) )?(?:is|are|was|were|do|does|did|can|could|will|would|has|have|had|should)\b",
    re.IGNORECASE,
)
_ASKS_IN_CHINESE = compile_late(
    r"多少|多久|多大|多长|多快|多高|几[个块张次种层天篇倍轮]|什么|啥|哪|谁|怎么|怎样|怎麼|如何|为何|是否|有没有|是不是|能不能|吗[?？]?$"
)
_GOES_ON = compile_late(r"(?:and|but|so)\b|那|还", re.IGNORECASE)
_ENDS_AS_ONE = compile_late(r"[吗呢][?？]?$")
_MIN_WORDS, _MIN_CHINESE = 3, 4
_NUMBERED = compile_late(
    r"(?P<number>第.{1,3}?[篇个条](?:论文)?|(?:#|no\.? ?)?\d{1,3}(?=[\s:：,，、.)）]))"
    r"[\s:：,，、.)）]{0,4}(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_CHINESE_RUN = compile_late(r"[\u3400-\u9fff]+")
_ASKS_THE_GIST = compile_late(r"(?:这篇|论文|是|讲|说|写|做|关于|的|了){1,6}(?:什么|啥)(?:的|内容|意思){0,2}")
"""What the paper's card answers."""
_TO_THE_BOT = compile_late(
    r"\b(?:you|your|i|i'm|me|my|mine|we|us|papers|digests?|topics?)\b|你|您|我|论文推荐", re.IGNORECASE
)
"""What is said of the bot, of who asks or of many papers, and not of one."""


def is_surely_question(text: str) -> bool:
    """Whether a line can only be a question, and not one to the bot: it has a question's word, and its sign."""
    line = text.strip()
    if len(line) > _MAX_CHARACTERS or _TO_THE_BOT.search(line):
        return False
    if _ASKS_IN_CHINESE.search(line):
        return line.endswith((*_MARKS, "吗", "呢"))
    return line.endswith(_MARKS) and bool(_ASKS.match(line) or _ASKS_WHETHER.match(line))


def may_be_question(text: str) -> bool:
    """Whether a line is a question if one was asked just before: its sign, a question's word, or one that goes on."""
    line = text.strip()
    if not line or len(line) > _MAX_CHARACTERS or is_surely_title(line):
        return False
    if line.endswith(_MARKS):
        return True
    return bool(_ASKS.match(line) or _GOES_ON.match(line) or _ENDS_AS_ONE.search(line) or _ASKS_IN_CHINESE.search(line))


class NumberedQuestion(NamedTuple):
    """A question about one paper of a list; ``number`` is 0 where the line is none."""

    number: int = 0
    question: str = ""


def split_numbered_question(text: str) -> NumberedQuestion:
    """The number of a list that a line begins with, and the question after it: “1 what data?”, 第二篇用了多少数据？"""
    match = _NUMBERED.fullmatch(text.strip()[: _MAX_CHARACTERS + 1])
    numbers = parse_list_numbers(match["number"]) if match else ()
    rest = match["rest"] if match else ""
    is_question = _has_question_word(rest) or rest.endswith(_MARKS)
    if len(numbers) != 1 or not is_question or _ASKS_THE_GIST.match(rest) or parse_list_numbers(rest.rstrip("?？")):
        return NumberedQuestion()
    return NumberedQuestion(numbers[0], rest)


def drop_asked_it(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a question without “it” before them, which stands for the paper: “it what BLEU it reaches”."""
    for count in (1, 2):
        rest = " ".join(words[count:])
        if " ".join(words[:count]).casefold().rstrip(",，:：") in IT and _has_question_word(rest):
            return words[count:]
    return words


def _has_question_word(text: str) -> bool:
    return bool(_ASKS.match(text) or _ASKS_WHETHER.match(text) or _ASKS_IN_CHINESE.search(text))


def is_asked(words: tuple[str, ...]) -> bool:
    """Whether what follows the name of /ask is a question, though no paper is named: “ask how many GPUs?”."""
    text = " ".join(words)
    if len(drop_asked_it(words)) < len(words) or _ASKS_IN_CHINESE.search(text):
        return True
    is_question = _ASKS.match(text) or (_ASKS_WHETHER.match(text) and text.endswith(_MARKS))
    return len(words) > 1 and bool(is_question)


def asks_about_paper(text: str, papers: Sequence[PaperId]) -> bool:
    """Whether a line that names one paper is a question about it: “1706.03762 how many GPUs?”."""
    if len(papers) != 1 or _TO_THE_BOT.search(text):
        return False
    rest = " ".join(" ".join(word for word in text.split() if not find_paper_ids(word)).split())
    chinese = _CHINESE_RUN.findall(text)
    if chinese:
        said = "".join(chinese)
        return len(said) >= _MIN_CHINESE and bool(_ASKS_IN_CHINESE.search(said)) and not _ASKS_THE_GIST.fullmatch(said)
    is_question = _has_question_word(rest) and (bool(_ASKS.match(rest)) or text.rstrip().endswith(_MARKS))
    return is_question and len(rest.split()) >= _MIN_WORDS
