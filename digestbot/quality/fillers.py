"""Sentences that say nothing of the paper: a heading that became a sentence, praise of what is not said, promises."""

from __future__ import annotations

import re

from digestbot.quality.signs import FILLER, OFFER, find_signs

_NUMBER = r"[\s#*•·>\-]{0,12}+(?:[（(]?[\d一二三四五六七八九十]{1,3}[)）.、．])?+[\s:：、.*]{0,8}+"
"""It gives nothing back: what follows never begins with such characters, and would else be tried at each of them."""
_END = r"[。；;.!！\s]{0,3}"
_HEADING = (
    r"(?:局限性?|限制|不足之处|未来的?(?:工作|方向|研究|展望)(?:方向)?|更?广泛的?(?:社会)?影响|社会影响"
    r"|潜在的?(?:负面)?(?:社会)?影响|讨论|致谢|结论|总结|概述|摘要|引言|实验结果?"
    r"|伦理(?:考量|声明|问题)?|相关工作|研究背景|研究方法|(?:本文|论文)?(?:所?提出的)(?:研究)?方法|过去的方法(?:及其?问题)?"
    r"|方法在任务(?:和|与|上的?)?性能上(?:的|所?取得的)(?:成就|表现|成果)"
    r"|(?i:limitations?|future works?|broader impacts?|discussions?|conclusions?|acknowledge?ments?))"
)
_HEADING_ALONE = re.compile(
    rf"{_NUMBER}(?:我们的|方法的?)?{_HEADING}(?:\s?(?:[、和与及&]|以及|and)\s?{_HEADING})?\s?[。.]\s?"
)
_WORTH = (
    r"(?:有效性|可行性|目标|目的|优越性|合理性|优势|主张|观点|动机|创新性?|先进性|鲁棒性|方法|应用中的(?:使用|应用)"
    r"|(?:可以|能够)[^，。；;]{2,40})"
)
_SUPPORTED = re.compile(
    rf"{_NUMBER}(?:[^，。；;：:]{{0,16}}[，：:]){{0,2}}(?:因此|总体上)?[^，。；;]{{0,10}}(?:性能|结果|表现|成绩|指标|数据|成果)"
    rf"[^，。；;]{{0,8}}(?:支持|支撑)了?[^，。；;]{{0,40}}{_WORTH}(?:[和，][^。；;A-Za-z\d]{{0,40}})?{_END}"
)
_TOLD_SOMEWHERE = re.compile(
    r"(?:此外，|同时，)?(?:文中|本文|文章|论文|该文|作者|研究者?|研究团队)(?:还|也|中){0,2}"
    r"(?:提供了?|进行了|给出了|详[细尽]地?(?:描述|介绍|阐述|说明)了)[^，。；;A-Za-z\d]{0,24}"
    r"(?:实验结果|性能评估|实验验证|评估数据|组成部分|工作原理|实现过程|实验设置|技术细节|训练过程|实现细节)"
    rf"[^。；;A-Za-z\d]{{0,60}}{_END}"
    rf"|这些(?:描述|介绍|说明|细节)(?:充分|很好地|清晰地){{0,2}}(?:展示|说明|证明|体现)了[^。；;]{{0,40}}{_END}"
)
_PROMISE = re.compile(
    r"(?:我们|本文|作者)?(?:会|将|还)?(?:持续|密切|不断|定期|及时){1,2}地?(?:关注|跟踪|追踪|跟进|更新|维护)[^，。；;]{0,12}"
    rf"(?:项目|仓库|列表|页面|网站|资源|进展|发展|动态)[^，。；;]{{0,8}}{_END}"
)
_EFFORT = re.compile(
    r"(?:[^，。；;]{0,8}，)?(?:该|本|此|这种)?(?:论文|文章|研究)?(?:提出的?)?方法的?实现(?:过程)?(?:相对|较为?|比较)"
    rf"(?:简单|复杂|容易|直接|繁琐)[^。；;\d]{{0,60}}{_END}"
    rf"|(?:实验|实现|训练)(?:部分|过程)?也?(?:相对|较为?|比较)(?:复杂|简单|充分|全面)[^。；;\d]{{0,60}}{_END}"
    rf"|[^，。；;,]{{0,6}}工作量方面[，,：:]?[^。；;\d]{{0,200}}{_END}"
)
_GUESS = re.compile(
    r"(?:此外，|同时，|另外，)?(?:文章|论文|作者|本文|研究者|实验(?:设计)?|该研究)?(?:中)?(?:也|还)?可能(?:会|还)?"
    r"(?:设计|使用|采用|包括|进行|涉及|对|通过|提出|讨论|分析)了?到?[^。；;]{0,120}[。；;]\s?"
    r"|(?:同时|此外|最后)，(?:文章|作者)?也?会(?:讨论|分析|探讨|评估)[^。；;]{0,80}[。；;]\s?"
    r"|[^。；;]{0,16}(?:文章|论文|作者)将(?:会)?(?:对|通过|证明|展示|进行|讨论|分析|介绍)[^。；;]{0,120}[。；;]\s?"
    r"|(?:此外，|但也需要注意，|然而，|但)?(?:文章|论文|本文|文中)(?:并|也|还)?(?:未|没有)(?:能|详细|明确|具体)?"
    rf"(?:涉及|提及|讨论|说明|阐述)[^。；;]{{0,80}}{_END}"
)
_ANY_PAPER = re.compile(
    r"[^。；;]{0,30}(?:在?特定领域中的|新观点或(?:者)?新方法|研究设计合理|实验方法可靠|分析得当|为解决问题提供了|为未来的研究和实践提供"
    rf"|(?:在|于)(?:其|该|相关)(?:特定)?领域中?的贡献)[^。；;]{{0,60}}{_END}"
)
_MIXED_MOTIVE = re.compile(
    r"[^。；;]{0,16}(?i:(?:is |are )?(?:well[- ])?motivated(?: by|:)?)[^。；;.]{0,60}(?:[.。]|$)\s?"
    r"|(?i:(?:the|this|its) performance (?:can )?supports? )[^.]{0,160}(?:\.|$)\s?"
)
_FILLERS = (_HEADING_ALONE, _SUPPORTED, _TOLD_SOMEWHERE, _PROMISE, _EFFORT, _GUESS, _ANY_PAPER, _MIXED_MOTIVE)
_GOAL_CLAUSE = re.compile(
    r"[，,；;](?:并且?|且|从而|因此|同时|也|而且)?(?:可以|能够|可|能|足以|很好地|有效地?|充分地?){0,3}"
    r"(?:满足|达到|实现|支持|支撑|符合|契合)了?(?:其|本文|论文|作者|他们|我们|研究|该方法|预期)[^，。；;]{0,24}"
    r"(?:目标|目的|预期)(?:[，,]即[^。；;]{0,80})?(?=[。；;]|$)"
)
_ADJECTIVES = r"(?:相关|我们|精心策划|一个|完整|开源|所有|全部|的|其|项目|了|官方|实现){0,5}"
_CODE = r"(?:代码库?|源码|链接|主页|页面|网址|(?:存储|资源)?仓?库|(?i:github))"
_OFFER_CLAUSE = re.compile(
    rf"[，,；;](?:并且?|且|同时|还|也){{0,3}}(?:提供|公开|发布|开源|附上|给出){_ADJECTIVES}{_CODE}(?:[^，。；;：:]{{0,16}}|[:：]\s?https?://[^\s，。；]{{1,200}})(?=[。；;]|$)"
)
_OFFER = re.compile(
    rf"{_NUMBER}(?:此外，|同时，)?(?:本文|论文|作者|我们|研究者?|该项目|该研究)?(?:还|也|即将|将|已)?(?:提供|公开|发布|开源|附上|给出)"
    rf"{_ADJECTIVES}{_CODE}(?:[、和与及][^，。；;]{{1,16}})?(?:[，,](?:以?便|方便|供|促进|便于)[^。；;]{{0,30}})?{_END}"
    rf"|{_NUMBER}[^，。；;]{{0,24}}的?开源(?:实现|代码|版本)(?:已|将|可){{0,2}}(?:发布|公开|用){_END}"
    rf"|{_NUMBER}(?:我们|作者)?随(?:本文|论文)(?:一起)?(?:发布|公开|提供)了?[^，。；;]{{0,14}}(?:实现|代码){_END}"
)


def is_filler(sentence: str) -> bool:
    """Whether a sentence says nothing, whatever paper it stands under."""
    return bool(find_signs(sentence) & FILLER) and any(pattern.fullmatch(sentence) for pattern in _FILLERS)


def only_offers_code(sentence: str) -> bool:
    """Whether a sentence only says that there is code or a page."""
    return bool(find_signs(sentence) & OFFER and _OFFER.fullmatch(sentence))


def drop_filler_clause(sentence: str) -> str:
    """The sentence without a last clause that only says that a goal was met, or that there is code."""
    signs = find_signs(sentence)
    if signs & OFFER:
        sentence = _OFFER_CLAUSE.sub("", sentence)
    return _GOAL_CLAUSE.sub("", sentence) if "目" in sentence or "预期" in sentence else sentence
