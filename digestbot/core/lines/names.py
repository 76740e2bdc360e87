"""The names of commands: the ones in the table, the Chinese ones, and other words that people say for them."""

from __future__ import annotations

from functools import cache

from digestbot.core.text_folding import fold_text
from digestbot.i18n import translate

ENDING_NAMES = ("unmute", "un-mute", "unhide", "取消屏蔽", "解除屏蔽", "不再屏蔽")
"""Names of /mute that end what it began."""
_OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "start": ("begin", "你好", "您好", "开始使用"),
    "help": ("commands", "?", "说明", "使用说明", "怎么用", "如何使用", "用法", "命令", "命令列表"),
    "topics": ("topic", "主题列表", "所有主题", "全部主题", "有哪些主题", "话题"),
    "subscribe": ("sub", "订阅主题"),
    "follow": ("track", "watch for", "追踪", "跟踪"),
    "follows": ("followed", "my follows", "关注列表", "我关注的"),
    "subscriptions": ("subs", "订阅列表", "已订阅", "查看订阅", "我的主题"),
    "test": ("preview", "send a test", "send test", "test here", "发送测试", "发测试", "测试推送", "试发", "预览"),
    "unsubscribe": ("unsub", "unfollow", "取消订阅", "取消关注", "不再订阅"),
    "settings": ("setting", "set", "change", "preferences", "options", "设定", "设置项", "修改", "更改", "改"),
    "filter": ("过滤",),
    "mute": ("hide", "不看", *ENDING_NAMES),
    "import": (),
    "rename": ("重命名", "改名为"),
    "pause": ("暂停推送", "暂停订阅"),
    "resume": ("unpause", "恢复推送", "恢复订阅", "继续推送"),
    "stop": ("停止推送", "全部停止"),
    "undo": ("undo that", "撤回", "复原"),
    "latest": (
        "newest", "news", "new", "today", "最新速递", "最新论文", "最近", "今日论文", "今天的论文", "今日速递",
        "今天的速递", "有什么新论文", "今天有什么新论文",
    ),
    "digest": ("digests", "日报"),
    "paper": ("show", "open", "read", "details", "detail", "打开", "详情"),
    "summarize": ("summarise", "summary", "tldr", "tl;dr", "sum up", "概括", "概括一下", "总结一下"),
    "ask": ("question", "问", "请问", "问一下"),
    "search": ("find", "lookup", "查找", "搜", "搜寻", "检索", "查询", "找", "找找", "找一找", "查查", "搜搜"),
    "save": ("bookmark", "keep", "保存"),
    "unsave": ("unbookmark", "取消保存"),
    "saved": ("bookmarks", "favourites", "favorites", "收藏夹", "收藏列表", "已收藏", "收藏的论文", "我收藏的论文"),
    "note": ("annotate", "记笔记", "写笔记", "备注"),
    "cite": ("citation", "bibtex", "bib", "引文", "参考文献"),
    "export": ("export my papers", "导出收藏", "导出我的收藏", "导出论文"),
    "related": ("similar", "similar to", "related to", "papers like", "more like", "类似", "相似", "相关论文"),
    "random": ("surprise me", "a random paper", "random paper", "随机一篇", "随便一篇", "随机论文", "来一篇"),
    "forgetme": ("forget-me", "forget_me", "删除我的数据", "清除我的数据"),
    "forget_channel": ("forget-channel", "forgetchannel", "删除频道数据", "清除频道数据"),
}  # fmt: skip
_PHRASES = {
    "what's new": "latest", "whats new": "latest", "what is new": "latest", "what’s new": "latest",
    "how does this work": "help", "how do i use this": "help", "what can you do": "help", "how to use": "help",
    "forget me": "forgetme", "delete my data": "forgetme", "delete all my data": "forgetme",
    "sign me up for": "subscribe", "sign up for": "subscribe", "look up": "search",
}  # fmt: skip
"""What several words say instead of a name."""


@cache
def list_names() -> dict[str, str]:
    """Every name of a command as :func:`fold_text` gives it, with the one that the table has, the longest first."""
    names = {other: name for name, others in _OTHER_NAMES.items() for other in others}
    for name in _OTHER_NAMES:
        names |= {name: name, translate("zh", f"name.{name}"): name}
    names |= _PHRASES
    folded = {fold_text(name): command for name, command in names.items()}
    return dict(sorted(folded.items(), key=lambda item: -len(item[0])))


def find_command_name(name: str) -> str:
    """The name in the table of the command that a name is one of; empty if there is none such."""
    folded = fold_text(name)
    return folded if folded in _OTHER_NAMES else list_names().get(folded, "")


def list_table_names() -> tuple[str, ...]:
    """The names that the table has."""
    return tuple(_OTHER_NAMES)


@cache
def list_chinese_names() -> dict[str, str]:
    """The names that may stand right before what they are about, without a space, the longest first."""
    return {name: command for name, command in list_names().items() if name >= "一"}


def get_shown_name(command: str, language: str, *, is_localized: bool) -> str:
    """The command's name as help shows it, where names in other languages are known."""
    return translate(language, f"name.{command}") if is_localized and language != "en" else command
