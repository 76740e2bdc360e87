"""What people say for a command in other words, as the line that says it with the command's name.

“stop sending me nerf” is “unsubscribe nerf”, 把时间改成8点半 is 设置 时间 8点半.
"""

from __future__ import annotations

from digestbot.core.lines.setting_names import find_setting
from digestbot.core.text_folding import fold_text, normalize_widths
from digestbot.core.times.options import is_understood
from digestbot.late_patterns import compile_late

_MAX_CHARACTERS, _AROUND = 120, " .,!?。~"
_PAPER = r"(?P<what>.{1,80})"
_SEND_CHINESE = "发送|推送|发(?![展现布表生射育明动放散电光声挥])|推(?![理荐断广导测])"
"""To send, and no other word that begins with the same character."""
_NOT_WANTED = r"i (?:do not|don't|dont) (?:want|need|like|care)(?: to (?:see|read|get))?(?: any)?(?: more)?"
_NOT_SENT = (
    r"(?:stop (?:sending|showing|giving)(?: me)?"
    r"|(?:do not|don't|dont|never) (?:send|show|give)(?: me)?(?: any)?(?: more)?)"
)
_ANY_CHINESE = r"(?:任何|关于|有关){0,2}"
_MUTED_PATTERNS = (
    compile_late(
        rf"(?:please )?(?:(?:i (?:want|need) )?no more|{_NOT_SENT}|{_NOT_WANTED}|hide|mute|block|skip"
        r"|(?:i(?: am|'m|m) )?not interested in) (?:any |all |more )?"
        rf"(?:papers?|articles?|preprints?|work|anything|stuff) (?:about|on|regarding|with) {_PAPER}"
    ),
    compile_late(
        rf"(?:please )?(?:{_NOT_WANTED}|no more) {_PAPER} (?:papers?|articles?|preprints?)"
        r"(?: any ?more| any longer| please)?"
    ),
    compile_late(
        r"(?:请|以后|帮我){0,3}(?:不要|别|不用|不想|停止|不再)再?(?:给我|向我)?再?"
        rf"(?:发送?|推送?|推荐|看到?|收到?){_ANY_CHINESE}"
        r"(?P<what>[^了的]{1,40})(?:相关|有关)?的新?(?:论文|文章|研究|内容)(?:给我|了|吧){0,2}"
    ),
    compile_late(
        rf"(?:请|以后|帮我|我){{0,3}}不(?:想|要|愿意?)再?(?:看到?|收到){_ANY_CHINESE}"
        r"(?P<what>[^了的]{1,40}?)(?:类?的?论文|文章)?了?"
    ),
    compile_late(
        r"(?:请|帮我)?(?:隐藏|过滤掉?|去掉)(?:所有|全部|关于|有关){1,2}(?P<what>[^了的]{1,40})的?(?:论文|文章)"
    ),
)
_ABSENCE = (
    r"(?:(?:i am|i'm|im|i will be|i'll be|ill be|we are|we're) )?"
    r"(?:take a break|on (?:vacation|holidays?|leave|a trip)|away|out of (?:the )?office|travell?ing|offline)"
    r",? (?P<what>(?:until|till|for) .{1,40})"
)
_CHINESE_ABSENCE = (
    r"我?(?:要|在|正在)?(?:出差|休假|放假|度假|请假|外出|旅游|旅行)"
    r"(?P<what>[一两二三四五六七八九十半\d]{1,3}个?[天周月](?:时间)?)"
    r"[, ]{0,2}(?:请|先){0,2}(?:别|不要|暂停|停)?(?:推送?|发送?|打扰)?(?:我|了|吧|一下){0,2}"
)
_ON_DAY = (
    r"(?:(?:next |on |this ){0,2}(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|tomorrow"
    r"|next (?:week|month)|(?:on )?(?:the )?\d{1,2}(?:st|nd|rd|th)(?: of \w{3,9})?)"
)
_CHINESE_SPAN = r"[一两二三四五六七八九十半\d]{1,3}个?(?:天|周|月|星期|礼拜)"
_CHINESE_LATER = "(?:之前|在此之前|那之前|先|再|别|不要|暂停|停|推送?|发送?|打扰|我|了)"
_PATTERNS = tuple(
    (compile_late(pattern), line)
    for pattern, line in (
        (rf"(?:please )?stop (?:sending|posting|delivering|giving)(?: me)? {_PAPER}", "unsubscribe {what}"),
        (rf"i (?:do not|don't) want {_PAPER} (?:any ?more|any longer)", "unsubscribe {what}"),
        (rf"(?:不要再?|别再?|不用再?)(?:给我)?(?:{_SEND_CHINESE})(?P<what>[^了]{{1,40}})了?", "unsubscribe {what}"),
        (r"取消对?(?P<what>[^的]{1,40})的(?:订阅|关注|推送)", "unsubscribe {what}"),
        (r"(?:先|暂时)?(?:停|休息)(?P<what>[一两二三四五六七八九十半\d]{1,3}个?[天周月星].{0,3})", "pause {what}"),
        (
            rf"(?:先|暂时)?(?:停|暂停)(?P<what>{_CHINESE_SPAN})的?(?P<topic>(?!推|发|订).{{2,30}})",
            "pause {topic} {what}",
        ),
        (
            (
                r"(?:hold|hold off|suspend|snooze|freeze|stop)(?: on)?(?: (?:everything|it|all|all of it|them|(?:my "
                r"|the )?digests?"
                r"|deliver(?:y|ies)|sending(?: me)?(?: anything)?))? (?P<what>(?:until|till|til|for) .{1,40})"
            ),
            "pause {what}",
        ),
        (
            rf"(?:(?:i(?:'ll| will) be|i'?m|i am) )?(?:back|returning)(?: again)? (?P<what>{_ON_DAY})",
            "pause until {what}",
        ),
        (rf"(?:等?我)?(?P<what>[^我等\s]{{2,8}}?)才?回来[, ]{{0,2}}{_CHINESE_LATER}{{0,6}}", "pause 到{what}"),
        (
            (
                r"我?(?:要|在|正在)?(?:出差|休假|放假|度假|请假|外出|旅游|旅行)"
                rf"(?P<what>直?[到至][^, ]{{1,12}})[, ]{{0,2}}{_CHINESE_LATER}{{0,6}}"
            ),
            "pause {what}",
        ),
        (
            (
                r"(?:no|nothing|no (?:more )?(?:digests?|e?mails?|messages?)|(?:do not|don't"
                r"|dont) send(?: me)?(?: anything)?) "
                r"(?:before|until|till) (?P<what>.{1,40})"
            ),
            "pause until {what}",
        ),
        (rf"(?P<what>[^我]{{2,8}}?)之?前都?{_CHINESE_LATER}{{2,6}}", "pause 到{what}"),
        (r"(?:休息|停|暂停)(?P<what>直?[到至].{1,12})", "pause {what}"),
        (_ABSENCE, "pause {what}"),
        (_CHINESE_ABSENCE, "pause {what}"),
        (
            r"(?:switch|change|set) (?:the language |my language )?to (?P<what>english|chinese)",
            "settings language {what}",
        ),
        (
            (
                rf"(?:remove|delete) {_PAPER} from (?:my )?(?:saved|bookmarks|favou?rites|list|library)(?: papers| list"
                r"| ones)?"
            ),
            "unsave {what}",
        ),
        (r"从?(?:我的)?收藏夹?[里中]?(?:删掉?|去掉|移除|删除)(?P<what>第.{1,20})", "unsave {what}"),
        (
            (
                r"(?:(?:show|list|find|see)(?: me)? )?(?:everything|papers?|all|the ones?|what)(?: (?:that|which))?"
                r"(?: (?:is|are|i|i've|i have))? tagged(?: (?:as|with))? (?P<what>.{1,40})"
            ),
            "saved #{what}",
        ),
        (r"标签[是为叫]?(?P<what>.{1,20})的(?:论文|文章|收藏)", "saved #{what}"),
        (r"有(?P<what>.{1,20})(?:这个)?标签的(?:论文|文章|收藏)", "saved #{what}"),
        (r"导出[成为到]?(?P<what>bibtex|bib|ris|csl|csl-json|markdown|zotero|endnote)(?:格式|文件)?", "export {what}"),
        (r"把?(?P<what>第[^收保]{1,20})(?:收藏|保存)(?:起来|一下|下来)?", "save {what}"),
        (r"(?:删除|移除|去掉)(?P<what>第[^收]{1,20}?)的?收藏", "unsave {what}"),
        (
            (
                r"what (?:has |have )?(?:came|come|appeared|arrived|was published|is there|did i get)(?: out)? "
                r"(?P<day>yesterday|today|on \w{3,9}|last \w{3,9}) (?:in|on|for|about|from) (?P<what>.{2,60})"
            ),
            "digest {what} {day}",
        ),
        (
            (
                r"(?P<what>[^有\s]{2,30}?)(?:最近|近期|这周|今天)?[都又还]?有(?:没有|什么|啥|哪些)新的?"
                r"(?:东西|论文|文章|进展|内容|消息|成果|工作)?"
            ),
            "latest {what}",
        ),
        (r"对(?P<what>.{1,40}?)(?:没有?|没啥|不太?感|不再感)兴趣了?", "unsubscribe {what}"),
        (
            r"add (?:me to )?(?P<what>.{1,60}?)(?: to (?:my|the) (?:topics?|list|subscriptions?|digests?))?",
            "subscribe {what}",
        ),
        (r"[把将]?(?P<what>.{2,40}?)也?(?:加上|加进来|加入订阅|订上)", "subscribe {what}"),
        (r"put (?:me|us) down for (?P<what>.{1,80})", "subscribe {what}"),
        (r"[想要]?订(?:一下|一个|个|上)?(?P<what>.{2,40})", "subscribe {what}"),
        (rf"(?:is there )?(?:anything|what's|what is|something) new (?:in|on|about) {_PAPER}", "latest {what}"),
        (rf"(?:papers?|articles?) (?:about|on|by|from|with) {_PAPER}", "search {what}"),
        (
            r"(?:有没有|有无|有什么|有哪些|想看|查|找)?(?:一下)?关于(?P<what>[^的]{1,40})的?(?:新?论文|文章)",
            "search {what}",
        ),
        (
            (
                r"(?:有没有|有无|有什么|有哪些|想看看?|找找?|来[点些])(?:一下|一些)?(?:讲|介绍|研究|做|写|涉及|关于)"
                r"(?P<what>[^的]{1,40})的?(?:新?论文|文章|研究|工作)?"
            ),
            "search {what}",
        ),
        (
            r"(?:有没有|有无|找找?|搜|查)?(?P<what>[a-z][a-z .-]{1,30}|[^的 ]{2,6})(?:写|发表)的(?:论文|文章)",
            "search {what}",
        ),
        (
            r"(?:找找|查查|搜搜)看?(?:关于|有关)?(?P<what>.{1,40}?)(?:相关|有关)?的?(?:论文|文章|研究)?",
            "search {what}",
        ),
    )
)
_SETTING = compile_late(
    r"(?:my |the |把|将)?(?P<name>time ?zone|time|days|language|时区|时间|星期|语言)\s?"
    r"(?:is now|should be|is|=|(?:设置|设定|改|换|调整?)?[为成到是])\s?(?P<value>.{1,40})"
)
_SEND = compile_late(r"(?:please )?(?:send|deliver|post)(?: me)? (?P<what>.{1,80})")
_HOME = compile_late(r"(?:i live|i am|i'm|im) in (?P<place>.{1,40})|我(?:住)?在(?P<city>.{1,20})")
_LANGUAGES = {"英文": "en", "英语": "en", "english": "en", "中文": "zh", "chinese": "zh", "汉语": "zh"}


def rewrite_line(text: str) -> str:
    """The same line with the name of its command; empty if it says none in other words."""
    folded = fold_text(normalize_widths(text)).strip(_AROUND)
    if not folded or len(folded) > _MAX_CHARACTERS:
        return ""
    for pattern, line in _PATTERNS:
        if match := pattern.fullmatch(folded):
            return line.format(**{name: value.strip() for name, value in match.groupdict().items() if value})
    return _rewrite_setting(folded)


def read_unwanted_subject(text: str) -> str:
    """What papers that somebody wants to see no more are about: 别再给我发联邦学习的论文了; empty for other lines."""
    folded = fold_text(normalize_widths(text)).strip(_AROUND)
    if not folded or len(folded) > _MAX_CHARACTERS:
        return ""
    matches = (pattern.fullmatch(folded) for pattern in _MUTED_PATTERNS)
    return next((match["what"].strip() for match in matches if match), "")


def split_sending(text: str) -> str:
    """What is to be sent and when, where a line asks for that: “send me nerf at 8”; empty for any other."""
    match = _SEND.fullmatch(fold_text(normalize_widths(text)))
    return match["what"] if match else ""


def _rewrite_setting(folded: str) -> str:
    if match := _HOME.fullmatch(folded):
        place = match["place"] or match["city"]
        return f"settings timezone {place}" if is_understood(place) else ""
    match = _SETTING.fullmatch(folded)
    if match is None:
        return ""
    name, value = find_setting(match["name"].replace(" ", "")), match["value"]
    if name == "language":
        return f"settings language {_LANGUAGES[value]}" if value in _LANGUAGES else ""
    return f"settings {name} {value}" if is_understood(value) else ""
