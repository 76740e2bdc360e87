"""Traditional Chinese characters of what people ask for, with the simplified ones that it is written with here."""

from __future__ import annotations

SIMPLIFIED = dict(
    zip(
        "週點時鐘號後兩個東區從開為設過來間內禮雙關於這裡發終與經現實處長馬國灣韓倫紐約羅爾漢蘭臺門級擺齊麥應貳參離將訂閱題論說幫"
        "暫復銷儲尋頻選蹤記憶語譯話顯詳細啟檢視標籤連結簡體頁單條資訊數據讀寫給嗎麼沒還請問誰謝觀麗類圖學習機構網絡醫藥質幾張則覺"
        "驗總讓兒擴",
        "周点时钟号后两个东区从开为设过来间内礼双关于这里发终与经现实处长马国湾韩伦纽约罗尔汉兰台门级摆齐麦应二三离将订阅题论说帮"
        "暂复销储寻频选踪记忆语译话显详细启检视标签连结简体页单条资讯数据读写给吗么没还请问谁谢观丽类图学习机构网络医药质几张则觉"
        "验总让儿扩",
        strict=True,
    )
)
