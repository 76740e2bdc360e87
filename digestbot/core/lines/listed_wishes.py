"""What is asked of papers by their numbers in a list: “bibtex for 1”, “anything like 2?”, 第一篇谁写的."""

from __future__ import annotations

import re
from collections.abc import Callable

from digestbot.core.lines.typed_line import ALL, LAST, parse_list_numbers
from digestbot.core.lines.wishes import Wish
from digestbot.domain.paper import find_paper_ids
from digestbot.domain.papers.citation_formats import find_format
from digestbot.domain.papers.saved_marks import normalize_tag
from digestbot.late_patterns import compile_late

_PAPER = r"(?P<paper>\S.{0,60}?)"
_CHINESE_PAPER = r"(?P<paper>(?:第|最后).{1,16}?[篇个条](?:论文|文章)?|[\d#][\w. -]{0,16}?)"
_FORMAT = r"bibtex|bib|ris|csl|markdown"
_FACTS = (
    r"authors?|first author|pdf|code|source code|repo(?:sitory)?|github|link|url|doi|venue|date"
    r"|institutions?|affiliations?"
)
_CHINESE_FACTS = r"作者|pdf|代码|源码|开源代码|链接|网址|仓库|会议|期刊|单位|机构|日期"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (command, compile_late(pattern, re.IGNORECASE))
    for command, pattern in (
        (
            "save",
            (
                rf"(?:save|bookmark|keep|star|remember|store|add|put) (?:me )?{_PAPER} "
                r"(?:for later|for me|(?:to|in|into|on) (?:my )?(?:reading )?(?:list|library|saved|bookmarks))"
            ),
        ),
        ("save", rf"(?:把|将)?{_CHINESE_PAPER}(?:先|给我|帮我)*(?:记|留|收|存)(?:下来?|着|起来)(?:一下)?"),
        ("tag", rf"(?:tag|label|mark|file) {_PAPER} (?:as|with|under) (?P<tag>.{{1,60}})"),
        ("tag", rf"(?:add|put) (?:the |a )?(?:tag|label) (?P<tag>.{{1,40}}?) (?:to|on) {_PAPER}"),
        (
            "tag",
            (
                rf"(?:给|把|将|为){_CHINESE_PAPER}(?:打|加|贴|标)(?:上|个|一个|记|为"
                rf"|成)*(?:标签)?[\s:：]{{0,3}}(?P<tag>.{{1,40}})"
            ),
        ),
        ("unsave", rf"(?:do not|don't|don’t|dont) (?:save|keep|bookmark) {_PAPER}(?: any ?more| any longer)?"),
        ("unsave", rf"{_CHINESE_PAPER}(?:不要|不用|别)(?:再)?(?:存|收藏|保存)(?:了)?"),
        (
            "cite",
            (
                rf"(?:the |a )?(?:(?P<format>{_FORMAT})(?: entry| key| file)?|citation|reference|bib entry) "
                rf"(?:of|for|from|to) {_PAPER}"
            ),
        ),
        ("cite", rf"how (?:do|can|should|would|to)(?: (?:i|you|we|one))? (?:cite|reference|quote) {_PAPER}"),
        ("cite", rf"{_CHINESE_PAPER}的?\s?(?:(?P<format>{_FORMAT})|引文|引用|参考文献)(?:格式)?"),
        ("cite", rf"{_CHINESE_PAPER}(?:要|该|应该)?(?:怎么|如何|怎样)引用?"),
        (
            "related",
            (
                r"(?:(?:is there|are there|find|got|anything|something|other|others|any|some|more|papers?|works?"
                r"|ones?) ){0,5}"
                rf"(?:similar to|close to|related to|comparable to|like) {_PAPER}"
            ),
        ),
        ("related", rf"what (?:is|else is) (?:similar|close|related) to {_PAPER}"),
        (
            "related",
            (
                rf"(?:有没有|还有|有|找找?|再?来|看)?(?:什么|一些|些|点|几篇|更多)?(?:和|跟|与|像){_CHINESE_PAPER}"
                r"(?:差不多|类似|相似|相关|相近|一样|有关)?的?(?:论文|文章|研究)?(?:吗|么)?"
            ),
        ),
        ("related", rf"{_CHINESE_PAPER}的?(?:类似|相似|相关)的?(?:论文|文章|研究)"),
        (
            "paper",
            (
                r"(?:(?:who (?:wrote|made|did|published|are|is)|whats|what's|what’s|what is|where is|where are|is there"
                r"|give me"
                rf"|show me) )?(?:any |the )?(?:{_FACTS}) (?:of|for|to|from|in) {_PAPER}"
            ),
        ),
        ("paper", rf"who (?:wrote|made|did|published|is behind) {_PAPER}"),
        ("paper", rf"(?:when|where) (?:was|is|did) {_PAPER} (?:published|posted|submitted|from|come out|appear)"),
        (
            "paper",
            rf"(?:does|has|did) {_PAPER} (?:have |come with |published? |released? )?(?:any |open )?(?:{_FACTS})",
        ),
        ("paper", rf"{_CHINESE_PAPER}(?:是)?(?:谁|哪里|哪个单位|什么时候)(?:写|做|发|发表)的?"),
        ("paper", rf"{_CHINESE_PAPER}的?\s?(?:{_CHINESE_FACTS})(?:是谁|是什么|在哪里?|呢|有吗)?"),
        ("paper", rf"{_CHINESE_PAPER}(?:有没有|有|开源)(?:了)?(?:{_CHINESE_FACTS}|开源)?(?:吗|么|没有)?"),
    )
)


def find_listed_wish(text: str) -> Wish | None:
    """What a line asks of papers that it names by their numbers; ``None`` for any other line."""
    for command, pattern in _PATTERNS:
        if (match := pattern.fullmatch(text)) and (papers := name_papers(match["paper"])):
            return _BUILDERS.get(command, _build_plain)(command, papers, match)
    return None


def name_papers(text: str) -> tuple[str, ...]:
    """The papers that all of a text names, by their numbers in a list or by identifiers, as words of a command."""
    if ids := find_paper_ids(text):
        return tuple(paper.base_id for paper in ids)
    numbers = parse_list_numbers(text)
    return tuple(text.split()) if numbers in ((LAST,), (ALL,)) else tuple(map(str, numbers))


def _build_plain(command: str, papers: tuple[str, ...], match: re.Match[str]) -> Wish | None:  # noqa: ARG001
    return Wish(command, papers)


def _build_tagging(command: str, papers: tuple[str, ...], match: re.Match[str]) -> Wish | None:  # noqa: ARG001
    tag = normalize_tag(match["tag"])
    return Wish("save", (*papers, f"#{tag}")) if tag else None


def _build_citing(command: str, papers: tuple[str, ...], match: re.Match[str]) -> Wish | None:
    named = match.groupdict().get("format") or ""
    found = find_format(named) if named else None
    return Wish(command, (*papers, found) if found and named.casefold() != "bib" else papers)


_Builder = Callable[[str, tuple[str, ...], "re.Match[str]"], "Wish | None"]
_BUILDERS: dict[str, _Builder] = {"tag": _build_tagging, "cite": _build_citing}
