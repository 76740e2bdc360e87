"""What a model makes of its prompt's questions instead of saying something: their words as labels, answers to them.

Also what it says about the article as a piece of writing, thanks to sponsors, and that there is code somewhere: the
card shows the paper's links anyway.
"""

from __future__ import annotations

import re

from digestbot.quality.pieces import Unit
from digestbot.quality.signs import (
    ANSWER,
    ENGLISH_PART,
    GRADE,
    QUESTION,
    RELEASE,
    THANKS,
    WRITING,
    WRITING_FAULT,
    find_signs,
)

_NUMBER = r"[\s#*•·>\-]{0,12}(?:[（(]?[\d一二三四五六七八九十]{1,3}[)）.、．])?[\s:：、.*]{0,8}"
_MAX_LABELS, _MAX_HEAD = 3, 110
_LABEL_END = re.compile(r"[:：？?]")
_LABEL_TWICE = re.compile(r"(?P<label>[^\s:：。]{2,12}[:：]\s?)(?P=label)")
_CHINESE_PARTS = {"i": "创新点", "p": "性能", "w": "工作量"}
_QUESTION_WORDS = re.compile(
    r"什么|怎样|何种|如何|哪些|是否|能否|吗|目标|动机|意义|重要性|优缺点|优点|维度|三方面"
    r"|创新|(?i:what|how well|motivat|support)"
)
_LABEL = re.compile(rf"(?P<number>{_NUMBER})(?P<label>[^：:。？?；;\n]{{2,80}})[:：？?]\s?")
_LABELS = tuple(
    (re.compile(pattern, re.IGNORECASE), chinese, english)
    for pattern, chinese, english in (
        (
            (
                r".{0,20}(?:过去|以往|现有|已有|先前|过往|之前)的?(?:工作|研究)?方法.{0,16}(?:动机|是否|什么|吗|如何"
                r"|哪些).{0,20}"
                r"|.{0,12}what (?:are|is|were) the (?:past|previous|prior|existing) (?:methods?|approach(?:es)?).{0,50}"
            ),
            "过去的方法",
            "Past methods",
        ),
        (
            (
                r".{0,30}动机.{0,12}(?:充分|是否|吗|明确|合理|什么).{0,10}|.{0,20}方法(?:的)?动机(?:充分)?"
                r"|.{0,10}(?:is|are) the (?:approach|method|motivation)\b.{0,20}motivat.{0,20}"
            ),
            "",
            "",
        ),
        (
            (
                r".{0,20}什么.{0,20}(?:任务|性能).{0,50}|.{0,40}(?:任务|性能|结果).{0,30}(?:什么|怎样|何种|如何|哪些"
                r"|是否|吗).{0,40}"
                r"|(?:(?:该|本文|其)?方法(?:在任务上)?的?(?:的表现|的?性能|表现|结果).{0,8}|性能.{0,4})(?:和|与|及"
                r"|以及|对|是否|能否|支持|支撑).{0,6}目标.{0,8}"
                r"|(?:on )?what tasks?\b.{0,70}|(?:does|do|can) the (?:performance|results?)\b.{0,60}"
            ),
            "性能",
            "Performance",
        ),
        (
            (
                r".{0,20}(?:重要性?|意义|贡献).{0,6}(?:是|在于|为|有)?(?:什么|哪些).{0,4}"
                r"|.{0,6}what is the (?:significance|importance)\b.{0,50}"
            ),
            "意义",
            "Significance",
        ),
        (
            r".{0,12}研究背景.{0,6}什么.{0,4}|.{0,6}what is the (?:research )?background\b.{0,50}",
            "研究背景",
            "Background",
        ),
        (
            (
                r".{0,20}(?:提出|研究)的?.{0,6}方法.{0,6}什么.{0,4}|.{0,6}what is the (?:proposed|research) (?:method"
                r"|methodology)\b.{0,50}"
            ),
            "研究方法",
            "Method",
        ),
        (
            (
                r".{0,40}(?:创新|优缺点|工作量).{0,30}(?:什么|如何|哪些).{0,4}|.{0,12}优(?:缺点|点(?:[和与及、]|以及)(?:缺点|不足))(?:总结|概括|分析|评价)?"
                r"|.{0,12}创新[点性]?[、，,和与].{0,4}性能[、，,和与].{0,40}|.{0,12}(?:三个?维度|三个?方面).{0,16}"
                r"|.{0,20}优缺点.{0,20}维度.{0,10}"
            ),
            "",
            "",
        ),
        (r"(?:本|该|这|此)?(?:项|篇)?(?:文|文章|论文|工作|研究)?的?(?:工作|研究)?的?重?要?(?:性|意义)", "意义", ""),
    )
)
"""The prompt's questions, and the plain labels for them; empty where the answer says nothing."""
_ENGLISH_PART = re.compile(
    rf"(?P<number>{_NUMBER})(?P<label>(?i:innovation(?: points?)?|performance|workload))"
    r"(?:\s?[（(][^（）()]{1,24}[）)])?\s?[:：]\s?(?=[^:：]{0,40}[\u3400-\u9fff]|$)"
)
_GOAL = (
    r"(?:性能|结果|表现|成果|指标|实验|方法|成绩|这些?|数据|分析)[^，。；;,]{0,14}?(?:支持|支撑|满足|达到|证明"
    r"|符合|实现|契合)了?"
    r"[^，。；;,]{0,16}(?:目标|目的|动机|预期)(?:的(?:实现|达成|有效性|合理性|可行性)|(?:和|与"
    r"|及)[^，。；;,]{0,12})?[^，。；;,]{0,3}"
)
_MOTIVE = (
    r"(?:本文|该|本|此|这|其|论文|文章|提出|研究|作者|所|的|种|方法|项|工作|一|框架|模型){0,8}动机(?:性)?(?:也|是"
    r"|很|十分|非常|较为|较|相当|比较)?"
    r"(?:充分|明确|合理|良好|充足|清晰|很好|很强|强|好|到位|足够)的?"
)
_ANSWER = re.compile(
    rf"(?:这些|该|这一|上述|其|所取得的)?(?:性能|结果|成果|表现|指标)[^，。；;,]{{0,12}}(?:支持|支撑|满足|达到|实现)了?[^，。；;]{{0,60}}"
    r"(?:目标|目的|中的(?:使用|应用|有效性|潜力))[。；;.\s]{0,3}"
    rf"|(?:这|本文|该方法|此方法|本工作|这些)[^，。；;,]{{0,40}}，?(?:这)?(?:也)?为[^，。；;,]{{1,30}}提供了?(?:充分的?|良好的?|明确的?)?动机[。；;.\s]{{0,3}}"
    rf"|(?:本文|该|此|这种|所)?(?:所?提出的?)?(?:方法|研究|工作)(?:是|的)?(?:动机)?(?:也|很|十分|非常)?(?:合理|充分)的?(?:，因为.{{0,160}}|[，：:]?因为它?[:：]?)?[。；;.\s]{{0,3}}"
    rf"|(?:因此|所以|综上所述|总体而言|总的来说|总之|可以看出)?，?(?:[^，。；;,]{{0,24}}{_GOAL}"
    rf"|[^，。；;,]{{0,24}}?{_MOTIVE}|[^，。；;,]{{0,24}}(?:具有|有)(?:良好|充分|明确|很强|很好|较好|较强|足够)的动机性?"
    r"|(?:可以|能够|可|足以|很好地){0,2}(?:支持|支撑)了?(?:其|该|本文)(?:研究)?的?目标)"
    r"(?:[，：:](?:即|因为|由于|表明|证明|验证|并|且|旨在|这|以解决|说明|为|展示|(?<=：)|生成"
    r"|实现)[^。；;]{0,120})?[。；;.\s]{0,3}"
    r"|(?i:(?:overall, |therefore, |thus, )?(?:these|the|this)\b[^.,;]{0,40}\b(?:performance|results?"
    r"|metrics?)\b[^.,;]{0,30}"
    r"\b(?:supports?|meets?|achieves?|fulfil(?:l)?s?)\b[^.,;]{0,20}\b(?:goals?|objectives?"
    r"|aims?)\b[^.;]{0,80}[.;\s]{0,3})"
    r"|(?i:the (?:approach|method|motivation)[^.,;]{0,30}\bis well[- ]motivated[^.;]{0,80}[.;\s]{0,3})"
)
_ANSWER_CLAUSE = re.compile(
    rf"[，,](?:并且?|且|因此|从而|其|这些|该|说明|表明"
    rf"|证明了?)?[^，。；;,]{{0,6}}{_GOAL}(?:，即[^。；;，]{{0,60}})?(?=[。；;]|$)"
    r"|[，,](?:并|且|也|从而)?(?:证明|表明|说明)了?(?:其|它|该方法|本文方法)?(?:能够|可以|可)?(?:达到|支持|支撑|实现)了?[^，。；;]{0,24}目标(?=[。；;]|$)"
    r"|[，,](?:(?:表明|说明|证明)了?(?:其|它|该方法)?|这|这些结果|也|并|且|能够|可以|可|足以|很好地|从而"
    r"|有效地?){0,3}(?:支持|支撑|达到|实现)了?(?:其|本文|该|它|他们|作者|论文|研究|我们)[^，。；;]{0,6}(?:目标"
    r"|目的)(?:和[^，。；;]{0,12})?(?=[。；;]|$)"
)
_GRADE_CLAUSE = re.compile(
    rf"^(?P<label>{_NUMBER}(?:工作量|工作负载|负载|性能|创新点|Workload)\s?[:：]\s?)(?:中等|适中|较大|巨大|大|较小"
    rf"|小|一般|良好|优异|较高|高|较低|低|合理)[，,；;](?=[^\s])",
    re.IGNORECASE,
)
_MOTIVE_AT_END = re.compile(rf"[，,]{_MOTIVE}(?=[。；;]|$)")
_MOTIVE_CLAUSE = re.compile(
    rf"(?P<number>{_NUMBER}){_MOTIVE}，(?:它|该方法)?(?=[^。；;]{{0,24}}(?:提出|通过|利用|采用|针对|引入|设计|将"
    rf"|使用))"
)
_SIZE = r"(?:较大|巨大|很大|大|较小|很小|小|中等|适中|较多|较高|较低|较少|一般|合理|不大|不小|繁重|饱满|充足)"
_WORK_CLAUSE = re.compile(
    rf"[，,；;](?:但|而|且|并且|因此|因而|从而|导致|使得|所以)?(?:其|整体|总体|实验|训练|计算|该方法的?|实现的?){{0,2}}(?:的)?工作量"
    rf"(?:也|都|相对|比较|非常|十分|较|很|是|为|属于|处于)?{_SIZE}[^。；;]{{0,80}}(?=[。；;]|$)"
)
_WORK_SENTENCE = re.compile(
    rf"(?:[^。；;]{{0,40}}，)?(?:但)?(?:在|关于|从|就)[^，。；;]{{0,8}}工作量(?:方面|上|来看|的角度)?[^。；;]{{0,160}}[。；;.\s]{{0,3}}"
    rf"|[^，。；;,]{{0,24}}工作量(?:也|都|相对|比较|非常|十分|较|很|是|为|属于|处于|方面，?)?{_SIZE}(?![\u3400-\u9fff]{{0,2}}[的地])[^。；;]{{0,120}}[。；;.\s]{{0,3}}"
)
_GIVES_MOTIVE = re.compile(
    r"[，,](?:这)?(?:也)?为[^，。；;,]{1,30}提供了?(?:充分的?|良好的?|明确的?)?动机(?=[。；;]|$)"
)
_MIN_LEFT_CHARACTERS = 6
_PREDICATE_LOST = re.compile(r"(?:表明|显示|证明|分析|说明|因此|而言)$")
_GRADE = (
    r"(?:本文|该|这|论文|文章|研究|方法|本|项|篇|工作|整体|总体|实验|的|其){0,6}(?:工作量|工作|性能|创新性?"
    r"|负载)?(?:表现)?(?:是|为|较|相对|比较|非常|很|十分|属于|较为|相当|也|都)?"
    r"(?:中等|适中|较大|巨大|大|较小|小|一般|较高|高|较低|低|合理|适量|充足|饱满|充分|不详|良好|优异|优秀|出色"
    r"|较好|很好|突出|较强|新颖|中等偏[上高]|一定)"
    r"(?:的?(?:水平|程度|规模|工作量|性能|表现))?"
)
_MAX_GRADED = 80
_GRADED = re.compile(
    rf"{_NUMBER}(?:工作量|工作负载|负载|性能|创新点|创新性|Workload|Performance"
    rf"|Innovation(?: points?)?)(?:\s?[（(][^（）()]{{1,20}}[）)])?\**\s?[:：]\s?"
    rf"(?:{_GRADE}|(?i:(?:the workload is )?(?:moderate|medium|high|low|large|small|good|reasonable|average"
    rf"|appropriate))|[.…·。\s]{{2,40}})[。；;.\s*]{{0,4}}"
    rf"|{_NUMBER}(?:本文|该|这|论文|文章|研究|方法|本|项|篇|工作|的){{0,6}}工作量(?:是|较|相对|比较|非常|很|十分"
    rf"|属于|较为)?(?:中等|适中|较大|巨大|大|较小|小|合理|充足|饱满)[。；;.\s]{{0,3}}",
    re.IGNORECASE,
)
_THANKS = re.compile(
    rf"{_NUMBER}(?:致谢|鸣谢|Acknowledge?ments?\b)"
    r"|(?:工作|研究|论文|本文|项目|作者|[A-Za-z.]{2,20})[^。；;，]{0,16}(?:得到|获得|受到|由"
    r"|受)了?[^。]{0,160}(?:资助|赞助|拨款|补助金|奖学金)"
    r"|(?:工作|研究|论文|本文|项目)[^。；;，]{0,10}(?:得到|获得|受到|由)了?[^。]{0,100}(?:基金|计划|委员会|公司"
    r"|集团|研究院|大学|科学部|项目)[^。]{0,80}支持"
    r"|(?:我们|作者)[^。，]{0,10}感谢|^\W{0,4}感谢|计算资源由.{2,40}提供|不代表资助"
    r"|(?i:\b(?:this|the|our) (?:work|research|project|study) (?:was|is|has been) (?:\w+ )?(?:supported|funded"
    r"|sponsored) (?:in part )?by\b"
    r"|\bwe (?:would like to |gratefully |sincerely )?(?:thank|acknowledge)\b)"
)
_CODE = (
    r"(?:源代码|代码库?|源码|项目(?:主页|页面|网站|网页|地址|链接)?|主页|网页|网站|页面|(?:在线|交互式)?演示"
    r"|补充(?:材料|视频)"
    r"|(?i:github|code|demos?|page|website))"
)
_MEDIA = (
    r"(?:代码|(?:示例)?视频|数据[集库]?|预?训练?模型|权重|结果|示例|实现|资源|(?i:videos?|data(?:sets?)?"
    r"|models?|weights))"
)
_MORE_THINGS = r"(?:(?:[、和与及]|以及)[^，。；;,:：]{1,14})?"
_ANNOUNCES = (
    r"\s?(?:[:：是为]|可(?:以)?[在以从通供于]|可(?:公开|在线)|已|将|均|也|都|会|现|目前|暂|尚|并|在|于|未"
    r"|公开|开源|发布|见|位于|上线|可\s?\ufdd0)"
)
_OBTAINED = (
    r"(?:公开|开源|开放|发布|获得|获取|提供|找到|查看|查阅|访问|下载|上线|使用|共享|分享|见|位于|托管|可用"
    r"|得到|浏览|观看|了解|在线)"
)
_PLACE = (
    r"(?:\ufdd0|网站|主页|页面|网址|(?i:github|hugging\s?face)|(?:已|将|会|均|都)(?:被|全部)?(?:公开|开源"
    r"|发布)|(?:公开|开源)(?:发布|可用|提供|获取|分享|以供|[。；.]?\s*$)|被接受后)"
)
_PURPOSE = (
    r"(?:[，,](?:以|便|方便|供|为|促进|从而|可|使|或|包括|网址|链接|地址|推动|助力|鼓励|有助|有利|利于"
    r"|欢迎)[^。；;]{0,40})?[。；;.!！\s）)”]{0,3}"
)
_RELEASE = re.compile(
    rf"{_NUMBER}(?:此外|另外|同时|最后)?[，,]?(?:(?:论文|文章)?被?(?:接受|录用|发表"
    rf"|发布)后，?)?[^，。；;,:：]{{0,24}}?{_CODE}{_MORE_THINGS}(?:链接|地址|网址)?{_ANNOUNCES}"
    rf"(?:[^，。；;,]{{0,30}}{_OBTAINED}[^，。；;,]{{0,24}}"
    rf"|[^，。；;,\u3400-\u9fff]{{0,6}}\ufdd0[^，。；;,]{{0,16}}|){_PURPOSE}"
    rf"|{_NUMBER}[^，。；;,:：]{{0,24}}?{_MEDIA}{_MORE_THINGS}{_ANNOUNCES}(?=[^，。；;,]{{0,40}}{_PLACE})"
    rf"[^，。；;,]{{0,60}}{_PURPOSE}"
    rf"|{_NUMBER}(?:[^，。；;,:：]{{0,20}}(?:主页|网站|链接|地址|代码|网址|页面"
    rf"|GitHub)[:：]\s?){{1,2}}[^\u3400-\u9fff]{{0,60}}"
    rf"|{_NUMBER}(?:更多|有关|关于|如需|详细|详情|具体|完整)[^。；;]{{0,40}}(?:请|可|将|见)[^。；;]{{0,40}}"
    r"(?:访问|参见|参阅|查看|参考|找到|讨论|页面|网站|主页)[^。；;]{0,30}[。；;.\s]{0,3}"
    rf"|{_NUMBER}(?i:(?:the |our |all |more |source |project |pre-?trained |and |,\s?|results? |implementation "
    rf"|official ){{0,6}}"
    r"(?:code|data(?:sets?)?|models?|page|website|demos?|weights|videos?|results|implementation)(?: and(?: \w+){1,3}?)?"
    r"(?:\s?:|\s(?:is|are|will be|can be)(?: made)?(?: publicly| freely| openly| also)?\s"
    r"(?:available|released|found|accessed|accessible|open[- ]sourced?|published|provided))[^.;,]{0,60}[.;\s]{0,3})",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:https?://|www\.|\bgithub\.com/)[^\s，。；、）】」”\u3400-\u9fff]{1,300}"
    r"|\\href\{[^{}]{0,300}\}\{[^{}]{0,300}\}|\[[^\]\n]{0,80}\]\([^()\s]{0,300}\)",
    re.IGNORECASE,
)
_MAX_LINK_CHARACTERS = 44
_WHERE = re.compile(
    r"更多|位于|参考|开源|访问|提供|网站|主页|页面|地址|网址|链接|获[取得]|找到|公开|在线|最新|查[看阅]|见|下载"
    r"|发布|代码|项目"
    r"|(?i:\b(?:available|visit|released|project page|website|code is|(?:found|hosted) (?:at|on))\b|\bcode:)"
)
_CLAUSES = re.compile(r"[，；;](?!\s*(?:以|便|方便|供|为|可|网址|链接|地址|欢迎|请|\ufdd0))|[，,][^，,]*[，,]")
_LINK_AT_END = re.compile(
    r"[，,；;]\s?(?:[^，。；;,:：]{0,8}(?:项目主页|项目页面|项目网站|主页|代码|网址|链接|地址|(?i:code"
    r"|project page)))[^，。；;,:：]{0,10}[:：]\s?https?://[^\s，。；、）]{1,300}(?=[。；;.\s]{0,3}$)"
)
_WRITING = re.compile(
    r"工作量[^。；;，,]{0,24}(?:完善|改进|不足|加强|提高)|"
    r"(?:文章|论文|文中|篇幅|部分)[^。；;，,]{0,16}(?:略显|过于|较为|相对较?|稍显|可能|有些|不够"
    r"|显得)[^。；;，,]{0,8}(?:简略|简短|简单|冗长|不足|晦涩|笼统|较少|欠缺|粗略)"
    r"|(?:描述|讨论|阐述|介绍|叙述)[^。；;，,]{0,20}(?:略显|相对较?为?|较为|稍显|不够)[^。；;，,]{0,4}(?:简略|简短"
    r"|较少|不足|欠缺)"
    r"|(?:文章|论文|文中|作者|本文|该文)[^。；;，,]{0,30}(?:没有|并未|未能?|缺乏|尚未)[^。；;，,]{0,8}(?:详细|具体"
    r"|明确|深入|充分)[^。；;，,]{0,6}(?:阐述|说明|描述|讨论|介绍|解释|提及|提供|给出|展示)"
    r"|(?:没有|并未|未)详细(?:阐述|说明|描述|介绍|解释)一些|可能(?:会)?(?:对|影响|给)读者|(?:文章|论文)的?(?:长度"
    r"|篇幅|可读性|写作|文笔)|读者[^。；;，,]{0,8}(?:需要|具备|难以|可能)[^。；;，,]{0,16}(?:基础|知识|背景|理解)"
    r"|(?i:\b(?:article|paper|description|discussion) (?:is|could be|may be|lacks)(?: \w+)? (?:too short|too brief"
    r"|lengthy|hard to follow|more detailed|detail)\b)"
)


def simplify_labels(sentence: str) -> str:
    """A sentence with a plain label in place of a question of the prompt, or without a label where it has none."""
    if not _LABEL_END.search(sentence, 0, _MAX_HEAD) or not find_signs(sentence) & QUESTION:
        return sentence
    done, rest = "", sentence
    for _ in range(_MAX_LABELS):
        match = _LABEL.match(rest)
        if match is None:
            break
        plain = _find_plain_label(match["label"].strip(" *")) if _QUESTION_WORDS.search(match["label"]) else None
        if plain is None:
            done += match[0]
        elif plain:
            done += f"{match['number']}{plain}{': ' if plain.isascii() else '：'}"
        else:
            done += match["number"]
        rest = rest[match.end() :]
    simple = _LABEL_TWICE.sub(r"\g<label>", done) + rest
    if simple.isascii() or not find_signs(sentence) & ENGLISH_PART:
        return simple
    return _ENGLISH_PART.sub(_translate_part, simple)


def _translate_part(match: re.Match[str]) -> str:
    """An English label of a part, where the part is Chinese."""
    return f"{match['number']}{_CHINESE_PARTS[match['label'][0].lower()]}："


def _find_plain_label(label: str) -> str | None:
    for pattern, chinese, english in _LABELS:
        if pattern.fullmatch(label):
            return english if label.isascii() else chinese
    return None


def is_prompt_answer(sentence: str) -> bool:
    """Whether a sentence only answers a question of the prompt: that a goal is met, that there was much work."""
    signs = find_signs(sentence)
    if len(sentence) <= _MAX_GRADED and signs & GRADE and _GRADED.fullmatch(sentence):
        return True
    if "工作量" in sentence and _WORK_SENTENCE.fullmatch(_strip_label(sentence)):
        return True
    if signs & ANSWER:
        return bool(_ANSWER.fullmatch(_strip_label(sentence)) or _ANSWER.fullmatch(sentence))
    return False


_PLAIN_LABEL = re.compile(rf"{_NUMBER}(?:[^，。；;,:：]{{1,20}}[:：]\s?){{0,2}}")


def _strip_label(sentence: str) -> str:
    return sentence[_PLAIN_LABEL.match(sentence).end() :]  # type: ignore[union-attr]  # matches the empty string too


def drop_answer_clauses(sentence: str) -> str:
    """The sentence without a clause that only answers a question of the prompt; empty if nothing is left."""
    mended = sentence
    if "工作量" in sentence:
        mended = _WORK_CLAUSE.sub("", mended)
    if "动机" in sentence:
        mended = _GIVES_MOTIVE.sub("", mended)
        mended = _MOTIVE_AT_END.sub("", _MOTIVE_CLAUSE.sub(r"\g<number>", mended))
    if ("：" in mended or ":" in mended) and find_signs(sentence) & GRADE:
        mended = _GRADE_CLAUSE.sub(r"\g<label>", mended)
    if "目标" in mended or "目的" in mended or "预期" in mended:
        mended = _ANSWER_CLAUSE.sub("", mended)
    if mended == sentence:
        return sentence
    left = _strip_label(mended).rstrip("。；;. ")
    return "" if len(left) < _MIN_LEFT_CHARACTERS or _PREDICATE_LOST.search(left) else mended


_WORKLOAD = re.compile(r"(?:工作量|工作负载|负载|(?i:workload))[^：:]{0,24}[:：]\**\s{0,9}$")
_COST = re.compile(
    r"(?:\d[\d,.]{0,9}|[一二两三四五六七八九十百千万]{1,4})\s?(?:多|余)?(?:个|块|张|台|片)?\s?"
    r"(?:小时|分钟|秒|毫秒|天|周|年|显卡|卡|轮|次|GPU|TPU|NVIDIA|RTX|V100|A100|H100|GB|参数|亿"
    r"|(?i:hours?|minutes?|days?|weeks?|months?|years?|seconds?|ms|epochs?|rounds?|trials?|fps))"
    r"|\b(?i:one|two|three|four|five|six|seven|eight|nine|ten)\s(?:[\w-]{1,20}\s)?"
    r"(?i:hours?|minutes?|days?|weeks?|months?|years?|epochs?|rounds?|trials?|GPUs?)"
)
"""A figure about what a work costs."""


def drop_workload(units: list[Unit]) -> None:
    """Drop the parts about how much work a paper was, but for figures of what it costs."""
    for unit in units:
        if unit.is_kept and unit.label and _WORKLOAD.search(unit.label):
            for one in unit.announced or [unit]:
                one.is_kept = bool(_COST.search(one.text))
            unit.is_kept = any(one.is_kept for one in unit.announced or [unit])


def is_about_writing(sentence: str) -> bool:
    """Whether a sentence thanks somebody, or judges the article as a piece of writing."""
    signs = find_signs(sentence)
    return bool(signs & THANKS and _THANKS.search(sentence)) or bool(
        signs & WRITING and signs & WRITING_FAULT and _WRITING.search(sentence)
    )


def only_tells_links(sentence: str) -> bool:
    """Whether a sentence says no more than that code, data or a page can be had somewhere."""
    if len(sentence) > 400 or not find_signs(sentence) & RELEASE:
        return False
    told = _ADDRESS.sub("\ufdd0", sentence)
    if "\ufdd0" in told and len(told) <= _MAX_LINK_CHARACTERS and _WHERE.search(told) and not _CLAUSES.search(told):
        return True
    return bool(_RELEASE.fullmatch(told) or _RELEASE.fullmatch(_strip_label(told)))


def drop_link_clause(sentence: str) -> str:
    """The sentence without a clause at its end that only gives an address."""
    return _LINK_AT_END.sub("", sentence) if "http" in sentence else sentence
