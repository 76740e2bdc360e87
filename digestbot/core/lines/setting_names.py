"""The names of settings, in both languages."""

from __future__ import annotations

from digestbot.late_patterns import compile_late

_ALIASES = {
    "timezone": ("tz", "zone", "city", "location", "时区", "城市", "所在地"),
    "time": ("时间", "推送时间", "送达时间"),
    "days": ("day", "weekdays", "星期"),
    "language": ("lang", "语言"),
    "layout": ("版式",),
    "format": ("格式", "卡片样式"),
    "posts": ("post", "帖子", "发帖方式"),
    "publish": ("发布",),
    "quiet": ("silent", "silence", "mute", "quietly", "静音", "安静", "免打扰", "静默"),
    "bundle": ("bundles", "bundled", "bundling", "combine", "合并推送", "合并", "合为一条", "合成一条"),
    "mention": ("mentions", "ping", "role", "提及", "提醒角色", "角色"),
    "answers": ("replies", "回复", "回答"),
}
_NAMES = {alias: name for name, aliases in _ALIASES.items() for alias in (name, *aliases)}
_TO = compile_late(r"(?:设置|设定|改|换)?(?:[为成到是]|=|：|:)(?=\S)")
_FILLERS = ("to", "is", "=", "as", "为", "成", "到", "是", "改成", "改为", "设为")

SCHEDULE_NAMES = ("timezone", "time", "days")
"""The settings that say when digests come."""


def find_setting(word: str) -> str:
    """The setting that a word names; empty if it names none."""
    return _NAMES.get(word.casefold(), "")


def split_setting(words: tuple[str, ...]) -> tuple[str, ...]:
    """The setting and its value, without what says “to” between them: 时区为北京, ``time to 8:30``."""
    if not words:
        return ()
    first, *rest = words
    if not find_setting(first):
        glued = next((name for name in sorted(_NAMES, key=len, reverse=True) if _begins_with(first, name)), "")
        first, rest = (glued, [first[len(glued) :], *rest]) if glued else (first, rest)
    if rest and rest[0].casefold() in _FILLERS and len(rest) > 1:
        rest = rest[1:]
    return (
        first,
        *(_TO.sub("", value, count=1) if i == 0 and _TO.match(value) else value for i, value in enumerate(rest)),
    )


def _begins_with(word: str, name: str) -> bool:
    return name >= "一" and word.startswith(name) and len(word) > len(name)
