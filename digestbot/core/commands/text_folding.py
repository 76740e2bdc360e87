"""What people type, without what makes no difference to its meaning: case, accents, widths, traditional characters."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_TRADITIONAL = dict(
    zip(
        "週點時鐘號後兩個東區從開為設過來間內禮雙關於這裡發終與經現實處長馬國灣韓倫紐約羅爾漢蘭臺門級擺齊麥應貳參離將訂閱題論說幫"
        "暫復銷儲尋頻選蹤記憶語譯話顯詳細啟檢視標籤連結簡體頁單條資訊數據讀寫給嗎麼沒還請問誰謝觀麗類圖學習機構網絡醫藥質幾張則覺"
        "驗總讓兒",
        "周点时钟号后两个东区从开为设过来间内礼双关于这里发终与经现实处长马国湾韩伦纽约罗尔汉兰台门级摆齐麦应二三离将订阅题论说帮"
        "暂复销储寻频选踪记忆语译话显详细启检视标签连结简体页单条资讯数据读写给吗么没还请问谁谢观丽类图学习机构网络医药质几张则觉"
        "验总让儿",
        strict=True,
    )
)
_SAME_SIGNS = {"’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "〜": "~", "。": ".", "、": ",", "；": ";"}


def normalize_widths(text: str) -> str:
    """The text with full-width characters as plain ones, and spaces of one kind."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def fold_text(text: str) -> str:
    """The text for comparison, with as many characters as it has with its widths normalized."""
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


@lru_cache(4_096)
def _fold_character(char: str) -> str:
    if char.isascii():
        return char.lower()
    known = _TRADITIONAL.get(char) or _SAME_SIGNS.get(char)
    parts = unicodedata.normalize("NFKD", char)
    plain = known or (parts[0] if all(map(unicodedata.combining, parts[1:])) else char)
    lowered = plain.lower()
    return lowered if len(lowered) == 1 else plain
