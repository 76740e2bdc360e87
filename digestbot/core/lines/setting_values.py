"""The values of settings that are one of a few words, by the words that people type for them in both languages."""

from __future__ import annotations

from functools import cache

from digestbot.core.text_folding import fold_text
from digestbot.i18n import LANGUAGES, translate

_SWITCH = {
    "on": ("yes", "true", "enable", "enabled", "开", "打开", "开启", "是"),
    "off": ("no", "false", "disable", "disabled", "关", "关闭", "否"),
}
_VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "language": {
        "en": ("english", "英文", "英语"),
        "zh": ("chinese", "mandarin", "中文", "汉语", "简体中文", "简体", "zh-cn"),
    },
    "layout": {
        "headlines": ("headline", "titles", "title", "short", "compact", "仅标题", "只看标题", "简短"),
        "cards": ("card", "normal", "普通"),
        "full": ("long", "complete", "everything", "详细", "全文", "全部"),
    },
    "format": {"classic": ("plain", "simple", "普通"), "rich": ("丰富",), "default": ()},
    "posts": {"pages": ("page", "messages", "message"), "threads": ("thread", "子区", "讨论子区")},
    "answers": {
        "private": ("me", "only me", "私密", "仅自己", "自己"),
        "public": ("everyone", "all", "公开", "所有人"),
    },
    "publish": _SWITCH,
    "quiet": _SWITCH,
    "bundle": {
        "on": (*_SWITCH["on"], "one message", "together", "一条", "一条消息", "合并"),
        "off": (*_SWITCH["off"], "separate", "separately", "分开", "单独"),
    },
}
_LABELLED = ("layout", "format", "posts", "answers", "bundle")
"""Settings whose values have names that are shown."""


def find_setting_value(name: str, text: str) -> str:
    """The value that a text names of a setting, in the command's syntax; empty if it names none."""
    return _list_names(name).get(fold_text(" ".join(text.split())), "")


@cache
def _list_names(name: str) -> dict[str, str]:
    names = {fold_text(other): value for value, others in _VALUES[name].items() for other in (value, *others)}
    for value in _VALUES[name] if name in _LABELLED else ():
        labels = (translate(language, f"{name}.{value}") for language in LANGUAGES if value != "default")
        names |= {fold_text(label): value for label in labels}
    return names
