"""One line that says what a paper does, and takeaways of a length that is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from digestbot.domain.digest import Section
from digestbot.quality.pieces import parse_unit, split_statements

MAX_HEADLINE_CHARACTERS = 160
MAX_TAKEAWAY_CHARACTERS = 200
_CONTRIBUTION = re.compile(
    r"提出|本文|本研究|本工作|该研究|该论文|这篇论文|我们(?:设计|引入|开发|介绍|研究|构建|展示|建议|推荐|给出|推出"
    r"|描述|证明)"
    r"|(?:设计|引入|开发|介绍|构建|研究|探讨|探索|综述|回顾|推出)了"
    r"|\b(?:we|authors?|paper|work|study|approach|method|framework)\b.{0,40}"
    r"\b(?:propos|present|introduc|develop|design|study|studies|show|describ|survey|review|investigat|explor|build)"
    r"|\b(?:introduces|proposes|presents|is a (?:new|novel))\b",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(
    r"但|然而|仍|尽管|难以|难题|挑战|受限|限制|不足|局限|缺乏|备受关注|进展|近年来|最近|目前|现有|传统|越来越"
    r"|至关重要|面临|风险|需要?改进|令人"
    r"|\b(?:but|however|although|despite|recent|recently|challeng\w+|remains?|limited|suffer\w*|lack\w*|existing"
    r"|current)\b",
    re.IGNORECASE,
)
_WANTS = re.compile(
    r"^(?!.*(?:解决|克服|缓解|突破了|提出|旨在))(?:.*(?:然而|但(?!是通过)|尚待|尚未|仍[然需面存])|近年来|随着"
    r"|.*(?:是|成为)[^，。]{0,30}(?:关键|重要|核心|艰巨|挑战性|热门|热点)的?(?:一步|步骤|任务|课题|问题|挑战|方向|领域|环节|所在)?(?:[。，]|$)"
    r"|.*是(?!一[种个项]|首个|第一|新)[^，。]{0,24}的?(?:解决方案|必要条件))"
    r"|\b(?:however|although|despite|recently|remains?)\b",
    re.IGNORECASE,
)
"""What only says what is wanted, whatever else is in the sentence."""
_PROPOSES = re.compile(
    r"(?:[^。：:]{0,30}，)?[^，。：:]{0,24}(?:提出|(?<!被)引入|设计|开发)(?!的)|(?:本文|本综述|本研究)[^，。：:]{0,8}(?:综述|回顾|调查|评估|总结)"
    r"|.{0,60}\b(?:we|authors?|paper|work|study) (?:\w+ )?(?:propos|present|introduc|develop|design)",
    re.IGNORECASE,
)
"""What says so where it begins."""
_LEAD_CHARACTERS = 24
_DOES = re.compile(
    r"提出|利用|通过|引入|实现|采用|使用|基于|设计|框架|解决|优于|提高了|提升了|超越|用于|可以|能够|支持|针对"
    r"|\b(?:we|our|by|using|via|novel|new|enabl\w+|achiev\w+|improv\w+|outperform\w*)\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"(?:这[种一些个]|它|其(?!中)|该(?!论文|研究|文)|上述|(?i:this(?! (?:paper|work|study|article))|these|it|they"
    r"|such)\b)"
)
_LEAD = re.compile(
    r"(?:(?:从[^，,]{1,16}出发|为(?:了|此)?[^，,]{0,40}|因此|此外|同时|另外|基于此|鉴于此|受此启发|具体来说"
    r"|具体而言|为应对[^，,]{1,30}|针对[这上此该][^，,]{1,20}|鉴于[这上此该][^，,]{1,20}|在此基础上|最后|首先|其次|总之|综上所述"
    r"|(?i:to (?:this end|address this|allow|enable|overcome)[^,]{0,60}|therefore|thus|hence|moreover|furthermore"
    r"|additionally|in addition|finally|specifically"
    r"|(?:based on|inspired by|motivated by|building on|from) (?:this|these)[^,]{0,40}))[，,]\s?)+"
)
_POINTER = re.compile(
    r"[，,](?:以|来|从而|旨在|用于|用以){0,2}(?:解决|应对|克服|弥补|缓解|消除|填补)了?(?:这|上述|该|此)(?:[一两三几]?[些个种项]?)[^，。；]{0,6}"
    r"(?:问题|挑战|限制|局限性?|不足|差距|空白|难题)(?=[。；]|$)"
)
_POINTS_AT = re.compile(
    r"(?:解决|应对|克服|缓解)了?(?:这[一两三几]?[些个]|上述|该)[^，。；]{0,4}(?:问题|挑战|限制|局限性?|不足)"
)
_TROUBLE = re.compile(r"问题|挑战|限制|局限|不足|困难|难以|难题|缺乏|引起|导致|但|无法|不能|受限|耗时|昂贵|错位|伪影")
_PAPER_PROPOSES = re.compile(
    r"(?:因此，|为此，)?(?:本文|我们|本研究|该(?:文|论文|研究)|作者)[^，。]{0,6}(?:提出|介绍|引入|设计|开发|构建)了?[^。]{12,}。"
)
_MAIN_CLAUSE = re.compile(
    r"(?:我们|作者|本文|本研究|本工作|该(?:研究|论文|文)|论文|研究者?|在(?:本文|这项工作|本研究)|提出|设计|引入"
    r"|开发|介绍|构建|(?i:we|the authors?|this|an?|the)\b)"
)
_CLAUSE_BREAK = re.compile(r"(?<=[，；;])|(?<=[,;:])(?=\s)")


def choose_headline(text: str, takeaways: Sequence[str] = (), sections: Sequence[Section] = ()) -> str:
    """The sentences of a summary that say what the paper does, in one line of at most 160 characters.

    It begins with the first sentence that names a contribution; what is before is background. Where there is only
    background, the first takeaway or sentence of the analysis that names a contribution says more.
    """
    sentences = [sentence for sentence in split_statements(" ".join(text.split())) if sentence.strip()]
    if not sentences:
        return ""
    starts = [index for index, sentence in enumerate(sentences) if _CONTRIBUTION.search(sentence)]
    if not starts and (all(map(_is_background, sentences)) or _WANTS.search(text)):
        told = next(filter(_tells_contribution, (*takeaways, *_list_statements(sections))), "")
        if told:
            return choose_headline(told)
    start = next(
        (index for index in starts if not _POINTS_BACK.match(sentences[index].strip())), starts[0] if starts else 0
    )
    if _points_outside(_drop_lead(sentences[start])):
        told = next(
            (
                one
                for one in _list_statements(sections)
                if _PAPER_PROPOSES.match(one) and not _points_outside(_drop_lead(one))
            ),
            "",
        )
        if told:
            return choose_headline(told)
    chosen = [_drop_pointer(_drop_lead(sentences[start])), *sentences[start + 1 :]]
    return _shorten_at_stop(chosen, MAX_HEADLINE_CHARACTERS)


def _list_statements(sections: Sequence[Section]) -> Iterator[str]:
    for section in sections:
        for line in section.body.split("\n"):
            yield from parse_unit(line).sentences


def _tells_contribution(sentence: str) -> bool:
    return bool(_PROPOSES.match(sentence)) and not _POINTS_BACK.search(sentence[:_LEAD_CHARACTERS])


def _points_outside(sentence: str) -> bool:
    """Whether a sentence speaks of "these problems" and names none."""
    pointer = _POINTS_AT.search(sentence)
    return bool(pointer) and not _TROUBLE.search(sentence[: pointer.start()] if pointer else "")


def _is_background(sentence: str) -> bool:
    return bool(_BACKGROUND.search(sentence)) and not _DOES.search(sentence)


def _drop_lead(sentence: str) -> str:
    """A sentence from its main clause on: it follows no other one any more."""
    lead = _LEAD.match(sentence.lstrip())
    if lead is None:
        return sentence
    rest = sentence.lstrip()[lead.end() :]
    return rest[:1].upper() + rest[1:] if _MAIN_CLAUSE.match(rest) else sentence


def _drop_pointer(sentence: str) -> str:
    """A sentence without a last clause that points at what stood before it."""
    return _POINTER.sub("", sentence)


def shorten_takeaway(text: str) -> str:
    """A takeaway of at most 200 characters, cut after a sentence."""
    return (
        text
        if len(text) <= MAX_TAKEAWAY_CHARACTERS
        else _shorten_at_stop(split_statements(text), MAX_TAKEAWAY_CHARACTERS)
    )


def _shorten_at_stop(sentences: list[str], limit: int) -> str:
    """As many of the sentences as fit; of a first one that does not, as many clauses, or words."""
    text = _join_while_short(sentences, limit)
    if text or not any(sentences):
        return text
    clauses = _join_while_short(_CLAUSE_BREAK.split(sentences[0]), limit - 1).rstrip("，,；;：: ")
    return f"{clauses or _cut_at_word(sentences[0], limit - 1)}…"


def _cut_at_word(text: str, limit: int) -> str:
    cut = text[:limit]
    if text[limit : limit + 1].isspace() or not (text[limit : limit + 1].isascii() and cut[-1:].isascii()):
        return cut.rstrip()
    return cut.rpartition(" ")[0].rstrip() or cut


def _join_while_short(parts: list[str], limit: int) -> str:
    joined = ""
    for part in parts:
        if len((joined + part).strip()) > limit:
            break
        joined += part
    return joined.strip()
