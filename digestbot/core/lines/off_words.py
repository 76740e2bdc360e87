"""Words that end what a command began: “off”, 关."""

from __future__ import annotations

from collections.abc import Sequence

from digestbot.core.text_folding import fold_text

_CLEAR = frozenset(
    ("off", "unmute", "关", "关闭", "关掉", "取消", "解除", "取消屏蔽", "解除屏蔽", "取消筛选", "停用", "停止")
)
_OFF = _CLEAR | frozenset(("none", "remove", "no", "clear", "reset", "delete", "无", "没有", "清除", "清空", "删除"))


def is_off(words: Sequence[str]) -> bool:
    """Whether words say nothing but that something is to end."""
    return bool(words) and fold_text(" ".join(words)) in _OFF


def starts_with_off(words: Sequence[str]) -> bool:
    """Whether words begin with one that means nothing else: “remove” can also be looked for in papers."""
    return len(words) > 1 and fold_text(words[0]) in _CLEAR
