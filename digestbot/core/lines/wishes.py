"""Sentences that say what somebody wants of a topic, or when: “could you send me nerf every weekday at half past 7”.

A sentence is taken for a command only if every word of it is the topic's name, says when and where, or is one that a
wish is made of. With any other word it is a search: “protein design at scale” has one, “weekly rainfall” no topic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from digestbot.core.catalog import DigestCatalog
from digestbot.core.text_folding import fold_text, normalize_widths
from digestbot.core.times.options import OptionError, Options, read_options, split_sentence
from digestbot.core.times.places import find_place
from digestbot.domain.arxiv.categories import index_categories
from digestbot.domain.topic import Topic, index_topics, normalize_name
from digestbot.late_patterns import compile_late

_MAX_CHARACTERS, _MAX_NAMED_TOPICS = 160, 4
_WISH_WORDS_TEXT = """
a about add again alert alerts all also always am an and another any anymore anything are around as at be bot by can
chat come could day days deliver delivered delivery digest digests dm do does dont each email emails every
everything from for fresh get getting give go going got have her here how i id ill im in instead into is it its ive
just keep kindly know latest let lets like list ll longer look love m mail mails make may me message messages more
my need new newest news newsletter no not notification notifications notify now of on only open or our out over
paper papers please pls plz post posted posts prefer put re read receive recent remind s see send set shall should
show sign some something stuff subscribe subscribed subscription summaries summary tell thank thanks that the their
them then there these they thing things this those through to today too topic topics up update updated updates us ve
via view wanna want we what whats when wish with would yes you your
"""
_WISH_WORDS = frozenset(_WISH_WORDS_TEXT.split())
_SETTING_WORDS_TEXT = """
actually afterwards based better change changed earlier go hour hours instead later live lives living located make
maybe move moved nothing ok oh rather reschedule set shift start starting stay switch time timezone wait work zone
use using mine hi hey hello so well off day skip schedule settings
"""
_SETTING_WORDS = frozenset(_SETTING_WORDS_TEXT.split())
"""Words beside a time that say that it is to be changed."""
_MOVING_WORDS = frozenset(
    ("change", "move", "moved", "switch", "shift", "reschedule", "time", "earlier", "later", "instead")
)
_WISH_CHARACTERS = frozenset(
    "请麻烦你您给我帮忙把将的地得在于和与及以为推送达发收到看要想可能否不了吧吗呢啊呀哦好谢一下改换成设置定调整至从起就用按照只这里"
    "那时间都也再还所有每个次份篇期论文章速递日报摘要通知消息邮件提醒订阅关注个让对有没有什么新最近些点嗯来取今后以后开始请问现行全部"
)
_PUNCTUATION = " ,.;:!?~…、。！？，；：“”\"'()（）-"
_UNWANTED = compile_late(
    r"\b(?:cancel|stop|end|drop|remove|quit|unsub|unfollow|delete|disable|mute|no more|enough"
    r"|get rid of|turn off|leave"
    r"|(?:i )?(?:dont|do not|no longer|never) (?:want|need|like|send|deliver|show|care)|not interested in"
    r"|(?:im|i am) (?:done|finished|bored))\b"
)
_UNWANTED_CHINESE = compile_late(
    r"取消(?:订阅|关注)?|退订|退掉|(?:不要|别|不想|不需要|不用|停止|不再)(?:再|想|要|给我|继续){0,4}"
    r"(?:推送?|发送?|收到?|看|订阅?|关注|要)?|停掉?|关掉|关闭"
)
_BARE_REFUSALS = ("不要", "别", "不想", "不需要", "不用", "停")
"""What refuses a topic only where 了 or the like is at the end: 不用扩散模型的论文 is a search."""
_BEFORE_REFUSAL = compile_late(
    r"(?:(?:please|pls|plz|ok|okay|hi|hey|now|just|also|actually|and|so|well|i think|i guess|can you|could you"
    r"|would you|will you|i want to|i would like to|id like to|i wanna|you can|you may|kindly|i am|im|i|me)\b ?){0,6}"
    r"|(?:请|麻烦|帮我|帮忙|你好|把|将|我|们|可以|给|都|先|那|以后|现在|对| ){0,8}"
)
_DOUBT = compile_late(
    r"\b(?:dont|do not|never|not|no longer|why|how|what|when|where|should|shall|is|are|was|were|if|only|but|except|all"
    r"|everything|else|others?|out|we|they)\b|[吗么没只]|为什么|怎么|[收看]不到|别的|其他|其它|[不没]有|关于|有关"
)
"""What stands beside a refusal or a request and makes another thing of it: don't stop, why, 收不到."""
_PAUSED = compile_late(r"\b(?:pause|hold|snooze|suspend|stop)\b|暂停|停")
_UNTIL = compile_late(
    r"\b(?:(?:until|till|til|through)\b|for (?:a|an|one|two|three|four|the|\d{1,3})\b).*|(?:直?到"
    r"|至).+|\d{1,3}[天周个]\S*"
)
_SUBSCRIBE = compile_late(
    r"\b(?:subscribe|sign (?:me )?up|follow(?:ing)?|keep (?:me )?(?:posted|updated|informed"
    r"|up to date)|notify|alert|notifications?"
    r"|alerts|updates|remind|regularly)\b|订阅|关注|推送|提醒|通知"
)
_WANT = compile_late(
    r"\b(?:send|deliver|get|getting|receive|give|want|wanna|like|love|need|have|mail|e-?mail|post|put"
    r"|add|show|see|read|open|wish"
    r"|prefer|tell|dm)\b|发|送|收|看|要|想|来|给"
)
_ASKS_FOR = compile_late(
    r"(?:please |can you |could you )?(?:i (?:want|would like|need)|id like|send|get|give|deliver|e?mail|subscribe"
    r"|sign)\b"
    r"|[请我想要帮给把能]{1,5}"
)
_MAX_UNKNOWN_WORDS, _MAX_UNKNOWN_CHARACTERS = 4, 40
"""How long the name of a topic that there is none of may be."""
_RHYTHM = compile_late(
    r"\b(?:every|each|daily|weekdays?|weekends?|weekly|mornings|evenings)\b|每|工作日|周末"
    r"|\d\s?(?:[ap]\.?m\b|点|:\d\d)|[一二两三四五六七八九十]点[半一三\d]"
)
_CLEAR_TIME = compile_late(
    r"\b(?:every|each|daily|weekdays|weekends|weekly) ?|\d\s?[ap]\.?m\b|^\d{1,2}:\d\d(?!\d)|\d\s?点"
    r"|[零一二两三四五六七八九十]点[半一三\d钟]|[早晚上中下凌][上午晨间].{0,6}点|每|工作日|上班日|除了?周"
)
"""What says by itself that a time is meant, whatever is beside it."""
_CHANGE = compile_late(
    r"\b(?:make it|change|set|switch|move|shift|reschedule|send|deliver|get|receive|want|e?mails?"
    r"|digests?|no|not|dont|never|only"
    r"|instead|prefer|except|skip|rather|later|earlier|time|use)\b|改|换|设|调|推|送|发|收|只|不"
    r"|别|除|想|要|时间|时区|用|订"
)
_CHANGE_PLACE = compile_late(r"\b(?:change|set|switch|use|move|time ?zone|time|zone)\b|改|换|设|调|用|时区|时间|按")
_MOVES = compile_late(
    r"\b(?:change|move|switch|shift|reschedule|set|make|get|want|instead)\b|[改调换移挪][到成为至]|[设定][为成在]"
    r"|提前|推迟"
)
"""What says of a topic that it is to come at another time."""
_LIVES = compile_late(
    r"(?:(?:now|actually|hi|hello|hey|well|so|ok)[, ]{1,3})?(?:i|we)(?:'?m|'?re| am| are)?(?: now| currently| both)?"
    r"(?: live| living| based| located| work| working| stay| staying| moved| relocated|'ve moved"
    r"| have moved)?(?: now| currently)?"
    r" (?:in|to|at|from) (?P<english>.{2,40})"
    r"|(?:我|我们|人)(?:现在|目前|人|就|已经)*(?:住|生活|工作)?(?:在|于|到了|搬到了?|来到)(?P<chinese>.{2,20})"
)
_TRAVELS = compile_late(
    r"(?:i|we)(?:'?m|'?re|'?ll be| am| are| will be)?(?: going to)?(?: be)? "
    r"(?:travell?ing|travel|flying|fly|going|moving|move|heading|off|relocating) to (?P<english>.{2,40}?)"
    r"(?: (?:soon|tomorrow|today|tonight|for .{1,20}|(?:next|this|in|on) .{1,20}))?"
    r"|我们?.{0,5}?(?:要|会|准备|打算)(?:去|飞|搬到|搬去)(?P<chinese>.{2,12}?)(?:出差|旅游|玩|了|一趟)?"
)
"""Where somebody will be: nothing is changed before they are there."""
_AFTER_PLACE = compile_late(
    r"(?: (?:now|currently|please|btw|by the way|time)|时区|时间|这边|这里|那边|生活|工作|了|呢|哦){1,3}$"
)
_NEGATED = compile_late(
    r"\b(?:no|dont|do not|never|nothing|skip|not|without|except)\b"
    r"(?: (?:send|deliver|want|e?mails?|digests?|messages?|papers?|news|anything|any|me|it|them|more"
    r"|on|the|at|for|during|over|to))*"
)
_NEGATED_BEFORE = compile_late(
    r"^[\s,]*(?:请)?(?:不要|别|不想|不用|不必|除了?)(?:在|给我|再|于)*(?:推送?|发送?"
    r"|收)?(?=每?个?(?:周|星期|礼拜|工作日|节假日))"
)
_NEGATED_AFTER = compile_late(
    r"(?:请|就|都)?(?:不要|别|不用|不必|不想|无需|不)(?:再|给我|在|要|想)*(?:推送?|发送?|送|收到?"
    r"|发)?(?:了|消息|论文)*$"
)
_WE = compile_late(r"\b(?:we|us|all(?! (?:days|week)))\b")
"""Which would be Wednesday, a country and every day."""
_CERTAIN_ERRORS = frozenset(
    (
        "not_a_time",
        "two_times",
        "two_places",
        "ambiguous_place",
        "no_days",
        "not_that_often",
        "not_a_timezone",
        "two_days",
    )
)
"""What is wrong with a time that is surely meant as one."""


_TELLS_TIME = compile_late(
    r"(?:no |but |hey )?(?:its|it's|it is|the time is|here its|here it is|now its) "
    r"(?=\w{0,9} ?\d|noon|midnight|half|quarter)[\w :.]{1,14}(?: over)?"
    r" (?:here|now|already)"
    r"|(?:我们?)?(?:这里|这边|这儿|当地)?(?:现在"
    r"|已经){1,2}[是才都]?[\d:：点半分刻早晚上下午中凌晨一二三四五六七八九十两]{1,10}了?"
)
"""What somebody says of the hour that it is where they are: not when digests are to come."""


class Wish(NamedTuple):
    """A command by its name, and its arguments."""

    name: str
    args: tuple[str, ...]


class _NamedTopic(NamedTuple):
    """A topic that a line names, by the words that it does with, and the rest of the line."""

    name: str
    rest: str


async def find_wish(text: str, catalog: DigestCatalog) -> Wish | None:
    """What a sentence wants of a topic, or when digests are to come; ``None`` if it can be anything else."""
    plain = normalize_widths(text)
    if not plain or len(plain) > _MAX_CHARACTERS:
        return None
    by_name = index_topics(summary.topic for summary in await catalog.list_topics())
    wishes = (_read_topic_wish(named.name, named.rest) for named in _find_named_topics(plain, by_name))
    if wish := next(filter(None, wishes), None) or _find_category_wish(plain):
        return wish
    return find_schedule_wish(plain) or await _find_guessed_wish(plain, catalog)


def _find_category_wish(plain: str) -> Wish | None:
    """A subscription to a category of arXiv: their names are words of many other sentences."""
    if not _SUBSCRIBE.search(fold_text(plain)) and not _RHYTHM.search(fold_text(plain)):
        return None
    named = _find_named_topics(plain, index_categories())
    wishes = (_read_topic_wish(one.name, one.rest) for one in named if len(one.name) > 2)
    return next((wish for wish in wishes if wish and wish.name == "subscribe"), None)


def _find_named_topics(plain: str, by_name: Mapping[str, Topic]) -> Iterator[_NamedTopic]:
    """The topics whose names stand in a line, the longest first."""
    folded = fold_text(plain)
    normalized = normalize_name(folded)
    names = sorted((name for name in by_name if name in normalized and len(name) > 1), key=len, reverse=True)
    for name in names[:_MAX_NAMED_TOPICS]:
        letters = r"[^\w]{0,2}".join(map(re.escape, name))
        if match := re.search(rf"(?<![a-z0-9]){letters}(?![a-z0-9])", folded):
            yield _NamedTopic(plain[match.start() : match.end()], f"{plain[: match.start()]} , {plain[match.end() :]}")


def _read_topic_wish(name: str, rest: str) -> Wish | None:
    words, plain = tuple(name.split()), _simplify(rest)
    unwanted = _UNWANTED.search(plain) or _UNWANTED_CHINESE.search(plain)
    said, others = split_sentence(_mark_exceptions(rest))
    if unwanted and not (said and _is_schedule(said)):
        return _read_unwanted(words, plain, unwanted)
    is_moved = bool(said and _MOVES.search(plain))
    if not _are_wish_words(others, _WISH_WORDS | _MOVING_WORDS if is_moved else _WISH_WORDS):
        return None
    if not said and _SUBSCRIBE.search(plain):
        return None if _DOUBT.search(plain) else Wish("subscribe", words)
    if not said:
        return Wish("latest", words)
    is_certain = is_moved or bool(_SUBSCRIBE.search(plain) or _WANT.search(plain) or _RHYTHM.search(plain))
    return Wish("subscribe", (*words, *said.split())) if is_certain and _is_option(said) else None


def _read_unwanted(words: tuple[str, ...], plain: str, unwanted: re.Match[str]) -> Wish | None:
    """A topic that is to come no more, or not until a time; ``None`` where that is not surely meant."""
    left = f"{plain[: unwanted.start()]} {plain[unwanted.end() :]}"
    if (until := _UNTIL.search(left)) and _PAUSED.search(unwanted[0]):
        return Wish("pause", (*words, *until[0].split()))
    if not _is_refusal(plain, unwanted, left):
        return None
    return Wish("unsubscribe", words) if _are_wish_words([(0, left)], _WISH_WORDS) else None


def _is_refusal(plain: str, unwanted: re.Match[str], left: str) -> bool:
    """Whether a line begins with what refuses, and nothing beside turns that round: no topic is lost by a guess."""
    if not _BEFORE_REFUSAL.fullmatch(plain[: unwanted.start()]):
        return False
    if _DOUBT.search(left) or _UNWANTED.search(left) or _UNWANTED_CHINESE.search(left):
        return False
    return unwanted[0] not in _BARE_REFUSALS or plain.endswith(("了", "啦", "吧", unwanted[0]))


def find_schedule_wish(text: str) -> Wish | None:
    """What a sentence without a topic says about when and where digests are to come."""
    plain = normalize_widths(text)
    folded = fold_text(plain)
    if _TELLS_TIME.fullmatch(folded.strip(_PUNCTUATION)):
        return Wish("settings", ("timezone",))
    if (lives := _LIVES.fullmatch(folded.strip(_PUNCTUATION))) and (wish := _read_home(lives)):
        return wish
    if (travels := _TRAVELS.fullmatch(folded.strip(_PUNCTUATION))) and _read_home(travels):
        return Wish("settings", ("timezone",))
    said, others = split_sentence(_mark_exceptions(plain))
    if not said or not _are_wish_words(others, _WISH_WORDS | _SETTING_WORDS):
        return None
    return Wish("settings", tuple(said.split())) if _is_change(said, _simplify(plain)) else None


def _read_home(lives: re.Match[str]) -> Wish | None:
    place = _AFTER_PLACE.sub("", lives["english"] or lives["chinese"]).strip(_PUNCTUATION)
    return Wish("settings", ("timezone", *place.split())) if find_place(place) else None


def _is_change(said: str, plain: str) -> bool:
    """Whether a time, days or a place are said in a way that only a change of them is."""
    try:
        options = read_options(said)
    except OptionError as error:
        return error.key in _CERTAIN_ERRORS and bool(_CHANGE.search(plain))
    if options.is_instant or options.follows_chat or not options.has_schedule:
        return False
    if options.time is None and options.days is None:
        return bool(_CHANGE_PLACE.search(plain))
    return bool(_CHANGE.search(plain) or _CLEAR_TIME.search(plain)) or len(options.days or ()) in (2, 3, 4)


def _is_schedule(said: str) -> bool:
    options = _read(said)
    return options is not None and options.has_schedule


def _is_option(said: str) -> bool:
    """Whether a text is a time, days, a place or instant, also one that there cannot be."""
    try:
        return read_options(said) != Options()
    except OptionError as error:
        return error.key in _CERTAIN_ERRORS


def _read(said: str) -> Options | None:
    try:
        return read_options(said)
    except OptionError:
        return None


async def _find_guessed_wish(plain: str, catalog: DigestCatalog) -> Wish | None:
    """A wish for a topic whose name is mistyped: what is between the words of the wish and when it is to come."""
    folded = _simplify(plain)
    if not (_SUBSCRIBE.search(folded) or _WANT.search(folded)):
        return None
    said, others = split_sentence(_mark_exceptions(plain))
    name = _join_unknown(_mark_exceptions(plain), others)
    if not name or not said or not _is_schedule(said):
        return None
    match = await catalog.find_topic(name)
    is_meant = bool(match.topic or match.guess) or (_asks_for(folded, said) and _is_short(name))
    return Wish("subscribe", (*name.split(), *said.split())) if is_meant else None


def _asks_for(folded: str, said: str) -> bool:
    """Whether a line begins with what asks for something, which is to come at a time of each day."""
    options = _read(said)
    return bool(_ASKS_FOR.match(folded) and _RHYTHM.search(folded) and options and options.time)


def _is_short(name: str) -> bool:
    return len(name.split()) <= _MAX_UNKNOWN_WORDS and len(name) <= _MAX_UNKNOWN_CHARACTERS


def _join_unknown(plain: str, others: Iterable[tuple[int, str]]) -> str:
    """From the first to the last word that no wish is made of."""
    words = [
        (position + match.start(), position + match.end())
        for position, run in others
        for match in re.finditer(r"[a-z0-9'’-]+|[^\sa-z0-9]+", run.lower())
        if not _is_wish_word(match[0], _WISH_WORDS)
    ]
    return plain[words[0][0] : words[-1][1]] if words else ""


def _are_wish_words(others: Iterable[tuple[int, str]], known: frozenset[str]) -> bool:
    return all(_is_wish_word(word, known) for _, run in others for word in _simplify(run).split())


def _is_wish_word(word: str, known: frozenset[str]) -> bool:
    plain = word.replace("'", "").replace("’", "")
    return plain in known or set(plain) <= _WISH_CHARACTERS


def _simplify(text: str) -> str:
    """The folded text without signs."""
    folded = fold_text(normalize_widths(text)).replace("'", "")
    return " ".join(re.sub(r"[,;!?~…、。！？，；“”\"()（）]|(?<!\d)[.:]|[.:](?!\d)", " ", folded).split())


def _mark_exceptions(text: str) -> str:
    """The text with what says “not then” in one way: “no emails on weekends” is “not weekends”."""
    plain = _WE.sub(" ", fold_text(normalize_widths(text)).replace("'", "")).strip()
    return _NEGATED_AFTER.sub("不要", _NEGATED_BEFORE.sub("除", _NEGATED.sub("not", plain)))
