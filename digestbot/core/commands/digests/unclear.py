"""The answer to a sentence that is neither a command nor a search: what little can be meant, as buttons."""

from __future__ import annotations

import re

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.catalog import SearchResults
from digestbot.core.commands.base import CommandRequest, shorten_words
from digestbot.domain.text.search_words import is_telling, split_phrases
from digestbot.domain.topic import index_topics, normalize_name

_MIN_SENTENCE_WORDS, _MAX_LIKELY = 4, 3
_MIN_NAMED_CHARACTERS = 3
_TO_THE_BOT = re.compile(
    r"(?:^|\s)(?:i|i['’]?m|i['’]?ve|i['’]?ll|i['’]?d|me|my|you|your|please|pls)(?=[\s,.!?].*\s|[.!?]?$)"
    r"|\b(?:digests?|topics|subscri\w{1,9}|unsubscribe)\b|(?:不[用要想]|(?<![识辨区类级性分])别|不再)(?:再"
    r"|给我?)*(?:发|推|看|收)"
    r"|^(?:[我你您请]|帮[我忙]|[把给].{2}).{3}|[我你您].{4}|.{4}[吗吧呢啊呀啦嘛]\s?[?？!！。.~]{0,3}$",
    re.IGNORECASE,
)
"""What is said to somebody: no paper has it as it is."""
_LIKELY = (
    ("unsubscribe", r"\b(?:unsubscribe|unfollow|cancel|stop|spam)|退订|取消|停"),
    ("settings time", r"\b(?:time|hour|o'?clock|morning|evening|noon|[ap]m)\b|几点|时间|早上|晚上|点"),
    ("settings timezone", r"\b(?:time ?zone|city|live|country|moved|travell?ing|flying)\b|时区|搬|城市"),
    ("settings language", r"\b(?:language|english|chinese|translate|speak)\b|语言|中文|英文|翻译"),
    (
        "settings",
        (
            r"\b(?:settings?|change|configure|format|often|days?|notifications?|sounds?|longer|shorter)\b|设置|修改|更改"
            r"|声音|通知|太[长短早晚多]"
        ),
    ),
    ("pause", r"\b(?:pause|hold|holiday|vacation|away|quiet|break)\b|暂停|休假|放假|出差|回来"),
    ("saved", r"\b(?:saved?|bookmarks?|favou?rites?|list)\b|收藏|保存"),
    ("latest", r"\b(?:new|latest|today|recent|news|digests?|show|papers?)\b|最新|今天|论文|速递"),
    (
        "topics",
        r"\b(?:subscribe|topics?|send|deliver|follow|receive|get|sign|emails?)\b|订阅|主题|推送|发给|关注|收到|订",
    ),
    ("help", r"\b(?:help|how|what|who|why|explain)\b|帮|怎么|如何|什么|为什么"),
)
"""Commands that can be meant, by words of a sentence: the more telling before the others."""
_LABELS = {
    "unsubscribe": "help_subscriptions", "settings time": "help_time", "settings timezone": "help_timezone",
    "settings language": "help_language", "settings": "help_settings", "pause": "help_pause", "saved": "help_saved",
    "latest": "help_latest", "topics": "help_topics", "help": "help",
}  # fmt: skip


async def is_unclear(request: CommandRequest, text: str, results: SearchResults) -> bool:
    """Whether a line is a sentence of which too little is left to search for, or that nearly every paper matches."""
    phrases = split_phrases(text)
    telling = [phrase for phrase in phrases if is_telling(phrase)]
    if not request.is_spoken or (results.total and not results.is_partial and telling):
        return False
    if (phrases and not telling) or _TO_THE_BOT.search(text.strip()):
        return True
    if len(phrases) < _MIN_SENTENCE_WORDS:
        return False
    return 2 * len(telling) <= len(phrases) or (results.is_partial and await request.catalog.is_most(results.total))


async def build_unclear_card(request: CommandRequest, text: str, results: SearchResults) -> Card:
    """That it was not understood, with what can be meant as buttons. No list is shown, so the last one stays it."""
    telling = " ".join(_join_phrase(phrase) for phrase in split_phrases(text) if is_telling(phrase))
    buttons = [*await _list_topic_buttons(request, text), *_list_likely_buttons(request, text)]
    if results.total and telling:
        key = "unclear.some_one" if results.total == 1 else "unclear.some"
        said = request.translate(key, words=shorten_words(telling), count=f"{results.total:,}")
        buttons.insert(0, request.build_button("search_words", f"search {telling[:80]}", words=telling[:30]))
    else:
        said = request.translate("unclear.none")
    return replies.message_card("", request.translate("unclear", text=shorten_words(text)), said, buttons=buttons)


def _join_phrase(phrase: tuple[str, ...]) -> str:
    """A word as it is written: the characters of one in Chinese stand side by side."""
    return ("" if all(len(token) == 1 for token in phrase) else " ").join(phrase)


async def _list_topic_buttons(request: CommandRequest, text: str) -> list[Button]:
    """The digest of a topic that the sentence names."""
    normalized = normalize_name(text)
    by_name = index_topics(summary.topic for summary in await request.catalog.list_topics())
    named = [name for name in by_name if len(name) >= _MIN_NAMED_CHARACTERS and name in normalized]
    topic = by_name[max(named, key=len)] if named else None
    return [Button(topic.title, f"latest {topic.short_slug}")] if topic else []


def _list_likely_buttons(request: CommandRequest, text: str) -> list[Button]:
    plain = text.casefold()
    likely = [command for command, words in _LIKELY if re.search(words, plain)] or ["topics", "latest", "help"]
    return [request.build_button(_LABELS[command], command) for command in likely[:_MAX_LIKELY]]
