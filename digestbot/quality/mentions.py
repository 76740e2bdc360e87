"""People and institutions that running text names: found by how they are spoken of, and looked up in the source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

_CAPITAL = r"(?<![A-Za-zÀ-ɏ0-9.&’'-])[A-Z](?:[A-Za-zÀ-ɏ0-9.&’'-]{0,18}[A-Za-zÀ-ɏ0-9&])?(?![A-Za-zÀ-ɏ0-9])"
_NAME = rf"(?:{_CAPITAL})(?:\s(?:of\s(?:the\s)?|for\s|and\s(?=[A-Z]))?(?:{_CAPITAL})){{0,6}}+"
_WORKERS = r"[Rr]esearchers?|[Ss]cientists?|[Ee]ngineers?|[Aa]uthors?|[Aa]cademics"
_PLACE_WORDS = "University|Institute|College|Academy|Clinic|Hospital|Laborator(?:y|ies)|Corporation|Inc|Foundation"
_ENGLISH = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<place>{_NAME})(?:[’']s)?\s(?:(?:AI|research|Research)\s)?(?:{_WORKERS})\b",
        rf"(?P<place>{_NAME})[’']s\s(?:\w+\s)?(?:team|group|lab)\b",
        rf"(?P<place>(?:{_CAPITAL}))\s(?:team|lab)\b",
        rf"\b(?i:researchers?|authors?|team|scientists?|engineers?|group|work|lab|colleagues|co-?workers)\s+(?:from|at|of)\s+(?:the\s+)?(?P<place>{_NAME})",
        rf"\b(?P<place>(?:{_CAPITAL})(?:\s(?:of\s)?(?:{_CAPITAL})){{0,4}}\s(?:{_PLACE_WORDS}))\b",
        rf"\b(?P<place>(?:{_PLACE_WORDS})\s(?:of|for)\s{_NAME})",
    )
)
_NO_PLACES_TEXT = (
    "The Our These Those Many Some Other Several Most All Both Two Three Four Five Such Different New Previous "
    "Prior Past Recent Human Independent Medical Clinical Senior Junior Young Early Leading Chinese American "
    "European Japanese Korean German French British Indian Academic Industrial Interested Future Student "
    "Practitioners AI ML NLP CV HCI LLM RL Robotics Security Machine Red Blue Development Data Project Expert "
    "First Corresponding Lead Original"
)
_NO_PLACES = frozenset(_NO_PLACES_TEXT.split())
_SMALL_WORDS_TEXT = "of for and the at in university institute college academy clinic hospital laboratory lab"
_SMALL_WORDS = frozenset(_SMALL_WORDS_TEXT.split())
_HAN = "[\u3400-\u9fff]"
_HAN_PLACE = r"大学|学院|研究院|研究所|研究室|实验室|公司|科学院|医院|达摩院|诊所"
_HAN_WORKERS = "研究(?:者|人员|员|团队|小组)|团队|学者|科学家|工程师|课题组"
_ORGANIZATIONS = {
    "谷歌": "google",
    "微软": "microsoft",
    "苹果": "apple",
    "亚马逊": "amazon",
    "英伟达": "nvidia",
    "脸书": "facebook|meta",
    "腾讯": "tencent",
    "阿里巴巴": "alibaba",
    "达摩院": "damo|alibaba",
    "蚂蚁": "ant group|ant financial",
    "百度": "baidu",
    "华为": "huawei",
    "字节跳动": "bytedance",
    "字节": "bytedance",
    "商汤": "sensetime",
    "旷视": "megvii",
    "美团": "meituan",
    "快手": "kuaishou",
    "小米": "xiaomi",
    "京东": "jd.com|jd ",
    "智谱": "zhipu",
    "深度求索": "deepseek",
    "月之暗面": "moonshot",
    "科大讯飞": "iflytek",
    "三星": "samsung",
    "索尼": "sony",
    "高通": "qualcomm",
    "英特尔": "intel",
    "奥多比": "adobe",
    "清华": "tsinghua",
    "北京大学": "peking university",
    "北大": "peking university",
    "上海交通大学": "shanghai jiao tong|sjtu",
    "上海交大": "shanghai jiao tong|sjtu",
    "复旦": "fudan",
    "浙江大学": "zhejiang university",
    "南京大学": "nanjing university",
    "中国科学院": "chinese academy of sciences",
    "中科院": "chinese academy of sciences",
    "中国科学技术大学": "university of science and technology of china|ustc",
    "中科大": "university of science and technology of china|ustc",
    "香港中文大学": "chinese university of hong kong|cuhk",
    "香港科技大学": "hong kong university of science|hkust",
    "香港大学": "university of hong kong|hku",
    "新加坡国立": "national university of singapore",
    "南洋理工": "nanyang",
    "斯坦福": "stanford",
    "麻省理工": "massachusetts institute|mit",
    "哈佛": "harvard",
    "普林斯顿": "princeton",
    "伯克利": "berkeley",
    "卡内基": "carnegie mellon|cmu",
    "卡耐基": "carnegie mellon|cmu",
    "康奈尔": "cornell",
    "耶鲁": "yale",
    "牛津": "oxford",
    "剑桥": "cambridge",
    "爱丁堡": "edinburgh",
    "帝国理工": "imperial college",
    "苏黎世": "zurich|zürich|eth",
    "洛桑": "lausanne|epfl",
    "慕尼黑": "munich|tum",
    "马克斯·普朗克": "max planck",
    "马普": "max planck",
    "多伦多": "toronto",
    "东京大学": "university of tokyo",
    "首尔": "seoul",
    "约翰霍普金斯": "johns hopkins",
    "约翰·霍普金斯": "johns hopkins",
    "华盛顿大学": "university of washington",
    "密歇根": "michigan",
    "伊利诺伊": "illinois",
    "卡罗林斯卡": "karolinska",
    "梅奥": "mayo",
    "艾伦": "allen institute|ai2",
    "根特": "ghent",
    "博科尼": "bocconi",
    "巴塞尔": "basel",
    "悉尼": "sydney",
    "墨尔本": "melbourne",
    "哥本哈根": "copenhagen",
    "阿姆斯特丹": "amsterdam",
    "代尔夫特": "delft",
    "麦吉尔": "mcgill",
    "蒙特利尔": "montreal|montréal",
    "滑铁卢": "waterloo",
    "京都大学": "kyoto",
}
_HAN_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:来自|由)\s?(?P<place>[^，。；、\s]{{2,16}}?(?:{_HAN_PLACE}))",
        rf"(?P<place>{_HAN}{{2,10}}?(?:{_HAN_PLACE}))的?(?:{_HAN_WORKERS})",
        rf"(?P<place>{'|'.join(_ORGANIZATIONS)})(?:{_HAN}{{0,6}}?(?:{_HAN_PLACE}))?的?(?:AI\s?)?(?:{_HAN_WORKERS})",
        rf"(?:来自|由)\s?(?P<place>{'|'.join(_ORGANIZATIONS)})(?:提出|发布|开发|研发|推出|的|等|和|与)",
        rf"(?:来自|由)\s?(?P<place>{_NAME})\s?(?:等机构|公司)?(?:的?(?:{_HAN_WORKERS})|提出|发布|开发|研发|推出|主导)",
        rf"(?P<place>{_NAME})\s?的?(?:{_HAN_WORKERS})",
    )
)
_ACTS = (
    "proposes?|proposed|introduces?|introduced|proves|proved|argues?|argued|presents|presented|invents|invented|develops"
    "|developed|designs|designed|shows|showed|finds|found|demonstrates|demonstrated|reports|reported|trains|built|builds"
)
_PERSON = re.compile(
    r"\b(?P<name>[A-Z][a-z]+(?:-[A-Z]?[a-z]+)?(?:\s[A-Z]\.)?\s[A-Z][a-z]+)"
    rf"(?:\s(?:and|et)\s[\w ]{{1,30}})?\s(?:{_ACTS})\b"
)
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱郭何罗林郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余杜叶程魏苏吕丁沈任姚卢傅钟姜崔谭廖范汪陆金"
    "石戴贾韦邱侯邹熊孟秦阎薛雷龙史陶贺顾毛郝龚邵钱严覃武莫孔汤"
)
_HAN_PERSONS = (
    re.compile(
        rf"(?<!{_HAN})(?:[由与和据]|根据)?(?P<name>[{_SURNAMES}]{_HAN}{{1,2}})(?:等人|等提出|团队|课题组|教授|博士|院士)"
    ),
    re.compile(rf"[由与和](?P<name>[{_SURNAMES}]{_HAN}{{1,2}})(?:等人|等提出|团队|课题组|教授|博士|院士)"),
    re.compile(
        rf"(?<!{_HAN})(?P<name>[{_SURNAMES}](?!法|文|们|究|型|效|据)[\u3400-\u9fff]{{2}})(?:提出|证明|发明|开发|设计)了"
    ),
)
_COUNTED = re.compile("(?:来自|的|在)?[一二两三四五六七八九十百几多数各\\d]{1,12}+(?:家|所|个|间|座)")
_NO_HAN_NAMES = re.compile("[法文们究型效据者构机项目个种些队司校院所学于此数算模该本其向量]")


def find_unknown_places(text: str, source: str) -> Iterator[str]:
    """The institutions that a text speaks of and that a source does not name, as written."""
    for pattern in (*_ENGLISH, *_HAN_PATTERNS):
        for match in pattern.finditer(text):
            place = _trim_place(match["place"])
            if place and not _COUNTED.match(place) and not _is_named(place, source):
                yield place


def find_unknown_people(text: str, source: str, authors: Sequence[str]) -> Iterator[str]:
    """The people whom a text says to have done something and whom neither a source nor its authors know."""
    known = _fold("\n".join((source, *authors)))
    for match in _PERSON.finditer(text):
        first, last = match["name"].split()[0], match["name"].split()[-1]
        if not (_has_words(last, known) or _has_words(first, known)):
            yield match["name"]
    for pattern in _HAN_PERSONS:
        for match in pattern.finditer(text):
            if match["name"] not in known and not _NO_HAN_NAMES.search(match["name"]):
                yield match["name"]


def _trim_place(place: str) -> str:
    """A place without the word before it that begins its sentence; empty if it is none."""
    words = place.replace("’s", "").replace("'s", "").split()
    while words and words[0] in _NO_PLACES:
        words = words[1:]
    return " ".join(words).strip(" .")


def _is_named(place: str, source: str) -> bool:
    known = _fold(source)
    if _has_words(place, known):
        return True
    for name, others in _ORGANIZATIONS.items():
        if name in place:
            return any(_has_words(other.strip(), known) for other in others.split("|"))
    words = [word for word in re.findall(r"[\w&-]+", place.casefold()) if word not in _SMALL_WORDS]
    return bool(words) and place.isascii() and all(_has_words(word, known) for word in words)


@lru_cache(maxsize=16)
def _fold(source: str) -> str:
    return source.casefold()


def _has_words(words: str, known: str) -> bool:
    """Whether a text has words, not as a part of others: ``mit`` is not in ``limit``."""
    folded = words.casefold()
    start = known.find(folded)
    while start >= 0:
        before, behind = known[start - 1 : start], known[start + len(folded) : start + len(folded) + 1]
        if not folded.isascii() or not (_is_letter(before) or _is_letter(behind)):
            return True
        start = known.find(folded, start + 1)
    return False


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalnum()
