"""Sentences about papers: “the figures of number 1”, “tell me more about loopsmith”, 第二篇的图, 把第一篇收藏一下."""

from __future__ import annotations

import re

from digestbot.core.catalog import DigestCatalog
from digestbot.core.lines.listed_wishes import find_listed_wish, name_papers
from digestbot.core.lines.typed_line import list_variants
from digestbot.core.lines.wishes import Wish
from digestbot.core.text_folding import normalize_widths
from digestbot.late_patterns import compile_late

_MAX_CHARACTERS = 200
_PARTS = {
    "figures": r"figures?|images?|pictures?|plots?|diagrams?|graphics|图片|插图|配图|图表|图",
    "abstract": r"abstract|摘要",
    "analysis": r"analysis|分析|解读",
    "full": (
        r"full (?:text|paper|version|summary)|details?|whole (?:thing|paper)|everything|全文|详情"
        r"|详细内容|细节|全部内容"
    ),
    "": r"summary|gist|link|title|总结|概要|链接|标题",
}
_PART = "|".join(f"(?P<part{number}>{words})" for number, words in enumerate(_PARTS.values()))
_PART_OF = compile_late(
    rf"(?:the )?(?:{_PART}) (?:of|from|in|for|to|on) (?:the )?(?P<paper>\S.{{0,80}})", re.IGNORECASE
)
_PAPERS_PART = compile_late(
    rf"(?P<paper>(?:第.{{1,4}}?[篇个条]|[#\w][\w. -]{{0,20}}?)(?:论文)?)(?:'s|s'|’s|的| )?\s?(?:{_PART})", re.IGNORECASE
)
_ABOUT = compile_late(
    r"(?:(?:tell|show|give) (?:me|us)|say|explain|describe|what is|what's|what’s|whats"
    r"|i want|more|(?:展开|详细)?(?:介绍|讲讲|讲一下|说说|说一下|看看|看)(?:一下)?)"
    r"(?: (?:me|more|some|something|details?|info|information|everything|a bit|of))*(?: (?:about"
    r"|on))?\s?(?:the )?(?P<paper>\S.{0,150})",
    re.IGNORECASE,
)
_SUMMARIZE = compile_late(
    r"(?:summari[sz]e|sum up|tl;?dr(?: of)?|(?:(?:give me|write|make) )?a summary (?:of|for)"
    r"|(?:帮我|给我|请)?(?:总结|概括)(?:一下)?)"
    r"\s?(?:the )?(?P<paper>\S.{0,150})",
    re.IGNORECASE,
)
_WHAT_ABOUT = compile_late(
    r"(?:what is|what's|what’s|whats|what does) (?:the )?(?P<paper>\S.{0,150}?)"
    r"(?:(?: all)? about| do| say| show| propose| claim)|(?P<chinese>\S.{1,80}?)是?(?:干|做|讲|说)(?:什么|啥|嘛)的?",
    re.IGNORECASE,
)
_SAYS_WHAT = compile_late(
    r"(?P<paper>第.{1,4}?[篇个条](?:论文)?)(?:是)?(?:讲|说|写|做|关于)(?:的|了)?(?:是)?(?:什么|啥)(?:的|内容)?"
)
_DO_WITH = compile_late(
    r"(?:把|将)?\s?(?P<papers>\S.{0,30}?)\s?(?:都|给我|帮我|全)*(?P<verb>取消收藏|取消保存|收藏"
    r"|保存|存|打开|展开)(?:一下|起来|下来|了|掉|吧|到收藏夹?)*"
)
_VERBS = {
    "取消收藏": "unsave",
    "取消保存": "unsave",
    "收藏": "save",
    "保存": "save",
    "存": "save",
    "打开": "paper",
    "展开": "paper",
}
_END_SIGNS = " ?!。."
_COURTESY = (" please", " pls", " thanks", " now")


async def find_paper_wish(text: str, catalog: DigestCatalog) -> Wish | None:
    """What a sentence asks of papers that it names; ``None`` if it names none."""
    plain = normalize_widths(text)[: _MAX_CHARACTERS + 1]
    if len(plain) > _MAX_CHARACTERS:
        return None
    plain = plain.rstrip(_END_SIGNS)
    plain = next((plain[: -len(end)] for end in _COURTESY if plain.lower().endswith(end)), plain)
    for variant in list_variants(plain):
        if wish := _find_part(variant) or _find_deed(variant) or find_listed_wish(variant):
            return wish
    return await _find_about(plain, catalog)


def _find_part(text: str) -> Wish | None:
    """A part of a paper: its figures, its abstract."""
    for pattern in (_PART_OF, _PAPERS_PART):
        if (match := pattern.fullmatch(text)) and (words := name_papers(match["paper"])):
            number = next(number for number in range(len(_PARTS)) if match[f"part{number}"])
            return Wish("paper", tuple(filter(None, (*words, list(_PARTS)[number]))))
    return None


def _find_deed(text: str) -> Wish | None:
    """What is to be done with papers that stand before the verb."""
    if (match := _SAYS_WHAT.fullmatch(text)) and (words := name_papers(match["paper"])):
        return Wish("paper", words)
    match = _DO_WITH.fullmatch(text)
    words = name_papers(match["papers"]) if match else ()
    return Wish(_VERBS[match["verb"]], words) if match and words else None


async def _find_about(text: str, catalog: DigestCatalog) -> Wish | None:
    """A paper that somebody wants to know about, by its number or its title."""
    summarize = _SUMMARIZE.fullmatch(text)
    match = summarize or _WHAT_ABOUT.fullmatch(text) or _ABOUT.fullmatch(text)
    if match is None:
        return None
    name = match["paper"] or match["chinese"]
    words = name_papers(name)
    if not words and await catalog.find_by_title(name):
        words = tuple(name.split())
    return Wish("summarize" if summarize else "paper", words) if words else None
