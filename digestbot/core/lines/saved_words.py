"""What stands after /save and /note: the paper, and then tags, or a note.

A paper is its number, link or place in the last list; then what follows it is not the paper's name any more. Any other
words are a title, all of them: a tag beside a title has its ``#``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from digestbot.core.lines.it_words import IT
from digestbot.core.lines.typed_line import parse_list_numbers
from digestbot.core.text_folding import fold_text, normalize_widths
from digestbot.domain.paper import find_paper_ids
from digestbot.domain.papers.saved_marks import normalize_tag
from digestbot.domain.text.search_words import is_telling, split_phrases
from digestbot.late_patterns import compile_late

_TAG = compile_late(r"[#＃](?=[^\s#＃]{0,80}[^\s#＃\d.,，、;；:：-])[^\s#＃]+")
"""A word with ``#`` that is no number of a list: ``#nerf``, ``#3dgs``, ``#待读``."""
_COMMAS = compile_late(r"[,，、;；]")
_BEFORE_TAGS = frozenset(
    ("as", "with", "under", "into", "tag", "tags", "tagged", "labels", "label", "标签", "标记", "为")
)
_BETWEEN_TAGS = frozenset(("and", "&", "+", "和", "与", "please", "thanks", "谢谢", "吧", "一下"))
_MAX_NUMBER_WORDS = 12
_MAX_SPOKEN_TAGS, _MAX_TYPED_TAGS = 3, 10
"""How many words after a paper are tags, of a line with a slash and of another: more are the text it stood in."""
_MAX_CHARACTERS, _AROUND = 160, " .,!?。~"
_TAKE_OFF = r"(?:please )?(?:untag|(?:remove|delete|drop|take off) (?:(?:the|my) )?(?:tags? |(?=#)))"
_TAKE_OFF_CHINESE = "(?:请|帮我)?(?:删除|删掉|去掉|移除|取消)"
_UNMARKING = tuple(
    (compile_late(pattern), command)
    for pattern, command in (
        (rf"{_TAKE_OFF} ?(?P<tag>.{{1,60}}) (?:from|off|of) (?P<what>.{{1,80}})", "unsave"),
        (rf"{_TAKE_OFF_CHINESE} ?(?P<what>.{{1,80}}?) ?的标签 ?(?P<tag>.{{1,60}})", "unsave"),
        (
            r"(?:please )?(?:delete|remove|clear|erase) (?:the|my) note (?:on|of|from|about|for|to) (?P<what>.{1,80})",
            "note",
        ),
        (rf"{_TAKE_OFF_CHINESE}我?(?:对|给)? ?(?P<what>.{{1,80}}?) ?的笔记", "note"),
    )
)
_MIN_SENTENCE_WORDS, _MIN_SENTENCE_FILLERS = 4, 2


class PaperAndTags(NamedTuple):
    """The words that name papers, the tags, and what ``#`` stood before that can be no tag."""

    paper: tuple[str, ...]
    tags: tuple[str, ...]


def split_tags(words: tuple[str, ...], *, is_typed: bool = True) -> PaperAndTags:
    """Take the words after /save apart.

    ``is_typed``: the line has a slash, so that all of it is meant.
    """
    signed = [part for word in words if word[:1] in ("#", "＃") for part in _list_signed(word)]
    plain = tuple(word for word in words if not (word[:1] in ("#", "＃") and _list_signed(word)))
    end = find_paper_end(plain)
    rest = plain[end:] if end else ()
    if rest and not is_typed and not find_paper_ids(" ".join(plain[:end])) and not _says_tags(rest[0]):
        return PaperAndTags(plain, _clean(signed))  # “save 2 lives”
    tags = read_tags(rest) if rest else ()
    is_text = len(tags) > (_MAX_TYPED_TAGS if is_typed else _MAX_SPOKEN_TAGS)
    if not end or is_text or _is_sentence(rest):
        return PaperAndTags(plain, _clean(signed))
    return PaperAndTags(plain[:end], _clean((*tags, *signed)))


def find_untaken(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of what :func:`split_tags` left as the paper: the words that name it, and those after it that are no tags."""
    end = find_paper_end(words)
    return (words[:end], words[end:]) if end else (words, ())


def split_dropped(words: tuple[str, ...], signs: str = "-−") -> PaperAndTags:
    """Take the tags that are to be taken off, which have a sign before them, from the words after a paper."""
    dropped = [
        word for word in words if len(word) > 1 and word[0] in signs and _TAG.match(f"#{word[1:].lstrip('#＃')}")
    ]
    kept = tuple(word for word in words if word not in dropped)
    return PaperAndTags(kept, _clean(word[1:] for word in dropped)) if find_paper_end(kept) else PaperAndTags(words, ())


def read_unmarking(text: str) -> tuple[str, tuple[str, ...], str]:
    """What takes a tag or the note off: the command, the paper's words and the last one; empty for other lines.

    “remove the tag nlp from 2”, 去掉第二篇的标签 nlp, “delete my note on 2”.
    """
    folded = fold_text(normalize_widths(text)).strip(_AROUND)
    for pattern, command in _UNMARKING if len(folded) <= _MAX_CHARACTERS else ():
        if match := pattern.fullmatch(folded):
            tag = normalize_tag(match["tag"]) if command == "unsave" else ""
            last = f"#{tag}" if command == "unsave" else "off"
            return command, tuple(match["what"].split()), last
    return "", (), ""


def _is_sentence(words: tuple[str, ...]) -> bool:
    """Whether words without commas are a sentence about the paper: “this is a very important paper”."""
    if len(words) < _MIN_SENTENCE_WORDS or _COMMAS.search(" ".join(words)):
        return False
    phrases = split_phrases(" ".join(_drop_fillers(words)))
    return sum(not is_telling(phrase) for phrase in phrases) >= _MIN_SENTENCE_FILLERS


def _list_signed(word: str) -> list[str]:
    """The tags of a word such as ``#nerf,#slam``; none where it is a number of a list."""
    return [match[0] for part in _COMMAS.split(word) if (match := _TAG.match(part))]


def find_paper_end(words: tuple[str, ...]) -> int:
    """How many words at the beginning name papers by numbers, links or places; none where they can be a title."""
    last = max((number for number, word in enumerate(words, 1) if find_paper_ids(word)), default=0)
    if last:
        return last
    ends = range(min(len(words), _MAX_NUMBER_WORDS), 0, -1)
    for end in ends:
        text = " ".join(words[:end])
        if parse_list_numbers(text) or fold_text(text) in IT:
            return end
    return 0


def read_tags(words: tuple[str, ...]) -> tuple[str, ...]:
    """The tags that words are: each of them, or where commas stand between them, what is between these."""
    text = " ".join(words)
    if _COMMAS.search(text.strip(" ,，、;；")):
        parts = tuple(" ".join(_drop_fillers(tuple(part.split()))) for part in _COMMAS.split(text))
    else:
        parts = tuple(word for word in _drop_fillers(words) if word.casefold() not in _BETWEEN_TAGS)
    return _clean(parts)


def _drop_fillers(words: tuple[str, ...]) -> tuple[str, ...]:
    count = next((number for number, word in enumerate(words) if not _says_tags(word)), len(words))
    return words[count:]


def _says_tags(word: str) -> bool:
    return word.casefold().strip(":：,") in _BEFORE_TAGS


def _clean(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(normalize_tag, parts))))
