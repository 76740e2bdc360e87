"""What follows a command's name in the bot's own examples, as it is typed in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from digestbot.core.lines.setting_names import find_setting
from digestbot.i18n import translate

_SWITCHES = {"on": "开", "off": "关"}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "help": {"all": "全部"},
    "subscribe": {"mon-fri": "工作日", "daily": "每天"},
    "settings": {
        **_SWITCHES,
        "language zh": "语言 中文",
        "language en": "语言 英文",
        "mon-fri": "工作日",
        "daily": "每天",
        "sat,sun": "周末",
        "layout headlines": "版式 标题",
        "layout cards": "版式 卡片",
        "layout full": "版式 完整",
        "format classic": "格式 经典",
        "format rich": "格式 富文本",
        "posts pages": "帖子 消息",
        "posts threads": "帖子 讨论子区",
        "private": "私密",
        "public": "公开",
    },
    "pause": {"until monday": "到周一", "1 week": "一周"},
    "filter": _SWITCHES,
    "mute": _SWITCHES,
    "rename": {"Reading group": "读书组"},
    "import": {"author:": "作者:"},
}
"""What the bot's own examples end with, or begin with before a colon."""


def put_into_chinese(name: str, arguments: str) -> str:
    """The arguments of an example as they are typed in Chinese; what has no other word stays."""
    for english, chinese in _WORDS.get(name, {}).items():
        if english.endswith(":"):
            arguments = arguments.replace(f" {english}", f" {chinese}")
        elif f" {arguments}".endswith(f" {english}"):
            arguments = f"{arguments[: len(arguments) - len(english)]}{chinese}"
    return _name_setting(arguments) if name == "settings" else arguments


def _name_setting(arguments: str) -> str:
    first, space, rest = arguments.partition(" ")
    setting = find_setting(first)
    return f"{translate('zh', f'settings.{setting}')}{space}{rest}" if setting else arguments
