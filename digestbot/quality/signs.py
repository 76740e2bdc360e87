"""Which signs a text has: the words and marks without which no rule can match, all looked for in one pass.

A rule is an expression, and most sentences have nothing that it could find. So each rule names signs, in small letters
and with 0 for every digit; a text is cut into pairs of characters once, and only signs whose first pair it has are
looked for. The same pairs are what the judge weighs.
"""

from __future__ import annotations

from functools import cache, lru_cache
from operator import add

CLEANUP = 1 << 0
QUESTION = 1 << 1
GRADE = 1 << 2
ANSWER = 1 << 3
THANKS = 1 << 4
WRITING = 1 << 5
WRITING_FAULT = 1 << 6
RELEASE = 1 << 7
ORDER = 1 << 8
DATA_LABEL = 1 << 9
NOTHING = 1 << 10
PLACE = 1 << 11
YEAR = 1 << 12
PAIRED = 1 << 13
ENGLISH_PART = 1 << 14
TWO_STOPS = 1 << 15
CAPTION = 1 << 16
SECRET = 1 << 17
MARK = 1 << 18
WORKLOAD = 1 << 19
COLON = 1 << 20
EMPTY_BRACKET = 1 << 21
FILLER = 1 << 22
OFFER = 1 << 23

_SIGNS = {
    CLEANUP: """
xx|待补充|待填写|待您|待提供|链接待定|占位符|缺失|[|【|链接地址|论文编号|to be |lorem
（具体|(具体|具体的论|具体链|具体的链|（中文|(中文|（英文|(英文|文翻译|文标题| url| link
请|填|根据实际|根据文献|务必|一定|名词|需英文|需中文|需要英文|需要中文|不重复|不要重复|原数字|原文数字|格式
表述尽|替换|可用|适用|存在的话|如无|若无|如实际|若实际|如果有更多|方法论思想|.......|………|<summary>|<methods>
<conclusion>|fill in|placeholder|as an ai|ignore |好的|当然|没问题|抱歉|对不起|感谢|您|你|告诉|告知|让我|我会
我将|我来|我们将|随时|如有|以上|以下是|下面是|这些关键|注:|注：|注意:|注意：|仅供参考|希望|建议|需查看原文|请见
some error|please refer|i hope|sure,|sure!|certainly|here is|here are|feel free|let me know|如需
""",
    QUESTION: """
什么|怎样|何种|如何|哪些|是否|能否|吗|目标|动机|意义|重要性|优缺点|优点|维度|方面|创新|性能|erformance|nnovation
orkload|hat |how|otivat|upport
""",
    GRADE: "工作|负载|性能|创新|ork|erf|nnov",
    ANSWER: "目标|目的|动机|预期|合理|goal|objective|aim|motivated",
    THANKS: """
致谢|鸣谢|资助|赞助|拨款|补助金|奖学金|部分支持|的支持|感谢|计算资源|cknowledg|upported|unded by|ponsored by
e thank|e would like to
""",
    WRITING: """
工作量|文章|论文|文中|篇幅|读者|简略|本文|该文|作者|部分|描述|讨论|阐述|介绍|叙述|article|paper|scription
scussion|未详细|没有详细
""",
    WRITING_FAULT: """
完善|改进|不足|加强|提高|略显|过于|较为|相对|稍显|可能|有些|不够|显得|没有|并未|未|缺乏|尚未|的长度|论文长度
文章长度|篇幅|可读性|写作|文笔|读者|too |could be|may be|lacks| is
""",
    RELEASE: """
http|代码|源码|主页|网站|网页|网址|链接|页面|开源|公开|发布|项目|更多|详|有关|github|code|available|released|www.
""",
    ORDER: "@|<|ignore|disregard|forget|忽略|无视|忘记|prompt|提示词|you are|act as",
    DATA_LABEL: "标题|题目|作者|单位|机构|关键|链接|网址|地址|仓库|title|author|affiliation|key|url|link",
    NOTHING: "未|没有|暂无|不详|n/a|na|not |unknown|tbd",
    PLACE: """
图0|图 0|图（0|图(0|表0|表 0|表i|表 i|表v|表 v|表x|表 x|0节|0 节|0小|0 小|0章|0 章|式0|式 0|式（|式(|式 （|式 (
程0|程 0|程（|程(|程 （|程 (|附录|补充材|补充资|补充文|fig|tab|sec|eq|app|alg|upplementary
""",
    YEAR: "00",
    PAIRED: "（|）|(|)|《|》|【|】|“|”",
    ENGLISH_PART: "nnovation|erformance|orkload",
    TWO_STOPS: "|".join(f"{one}{space}{two}" for one in "。；;，,、：" for space in ("", " ") for two in "。；;，,、"),
    CAPTION: "图0|图 0",
    SECRET: "sk-|pk-|rk-|ghp_|gho_|ghu_|ghs_|ghr_|xox|akia|aiza|glpat|hf_|eyj|begin|0:",
    MARK: "[|%|\\|=|≈|≜|∝|∑|∏|∫|∥|‖|∇|∂|√|σ|π|\ufffd",
    WORKLOAD: "工作量",
    COLON: ":|：|?|？",
    FILLER: """
支持|支撑|局限|限制。|不足之处|未来工作|未来的工作|未来研究|未来方向|影响。|讨论。|致谢|结论。|总结。|概述。|摘要。|引言。|实验。
结果。|伦理|相关工作|研究背景|研究方法|文中|文章|论文|作者|本文|该文|研究团队|研究提供|研究者|这些描述|这些介绍|这些说明|这些细节|关注
更新|跟踪|追踪|跟进|维护|的实现|法实现|实验部分|验部分也|现部分|练过程|过去的方法|方法在任务|工作量|可能|会讨论|会分析|会探讨|会评估|特定领域|新观点|设计合理|方法可靠|分析得当|解决问题提供|的贡献
未来的研究和|motivated|performance support|limitation|future work|broader impact|discussion|conclusion|cknowledg
""",
    OFFER: "提供|公开|发布|开源|附上|给出",
    EMPTY_BRACKET: "|".join(f"{opening}{inside}" for opening in "（(" for inside in "-–—，,、；;)） $"),
}


def find_signs(text: str) -> int:
    """The kinds of signs that a text has, as bits."""
    return _read_text(text)[0]


def list_pairs(text: str) -> set[str]:
    """The pairs of characters that a text has, in small letters, with 0 for every digit and one space for several."""
    return _read_text(text)[1]


def fold_text(text: str) -> str:
    """A text in small letters, between marks for its ends, with 0 for every digit and one space for several."""
    folded = " ".join(text.lower().split())
    for digit in "123456789":
        folded = folded.replace(digit, "0")
    return f"^{folded}$"


@lru_cache(64)
def _read_text(text: str) -> tuple[int, set[str]]:
    """A sentence is asked for several times in a row, by each rule."""
    folded = fold_text(text)
    pairs = set(map(add, folded, folded[1:]))
    kinds, (marks, beginnings) = 0, _index_signs()
    for mark in marks.keys() & set(folded):
        kinds |= marks[mark]
    for beginning in beginnings.keys() & pairs:
        for sign, kind in beginnings[beginning]:
            if kind & ~kinds and sign in folded:
                kinds |= kind
    return kinds, pairs


@cache
def _index_signs() -> tuple[dict[str, int], dict[str, list[tuple[str, int]]]]:
    """The kinds of single characters, and of longer signs by their first two."""
    marks = {"|": MARK}  # the one sign that cannot stand in a list
    beginnings: dict[str, list[tuple[str, int]]] = {}
    for kind, listed in _SIGNS.items():
        for sign in listed.strip("\n").replace("\n", "|").split("|"):
            if len(sign) == 1:
                marks[sign] = marks.get(sign, 0) | kind
            else:
                beginnings.setdefault(sign[:2], []).append((sign, kind))
    return marks, beginnings
