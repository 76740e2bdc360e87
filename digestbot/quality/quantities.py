"""Quantities in English and Chinese text: numbers in digits and words, with their scales and units.

``12{,}000``, ``.76``, ``$10^{-3}$``, ``3e-4``, ``2 trillion``, ``2万亿``, ``twenty-one``, ``二十倍``, ``a third``,
``三分之二``, ``1960s`` and ``20世纪60年代`` are read for what they stand for.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

FACTOR, SHARE, MONTH, CENTURY = "factor", "share", "month", "century"
"""Units of their own: times as much, a part of the whole, a month of the year, and a century."""
PERCENT = "percent"
_SCALES = {
    "thousand": 3, "k": 3, "million": 6, "m": 6, "mn": 6, "billion": 9, "b": 9, "bn": 9, "trillion": 12, "t": 12,
    "hundred": 2, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8, "十亿": 9, "百亿": 10,
    "千亿": 11, "万亿": 12,
}  # fmt: skip
_SECOND, _DAY = 1.0, 86_400.0
_UNITS: dict[str, tuple[str, float]] = {
    name: (dimension, factor)
    for dimension, units in {
        "time": {
            "ns nanosecond nanoseconds 纳秒": 1e-9,
            "µs μs us microsecond microseconds 微秒": 1e-6,
            "ms msec millisecond milliseconds 毫秒": 1e-3,
            "s sec secs second seconds 秒 秒钟": _SECOND,
            "min mins minute minutes 分钟": 60.0,
            "h hr hrs hour hours 小时": 3_600.0,
            "day days 天": _DAY,
            "week weeks 周 个星期 星期": 7 * _DAY,
            "month months 个月": 365.25 / 12 * _DAY,
            "year years 年": 365.25 * _DAY,
        },
        "bytes": {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "pb": 1e15},
        "bits": {"bit bits 比特": 1.0},
        "frequency": {"hz 赫兹": 1.0, "khz 千赫": 1e3, "mhz 兆赫": 1e6, "ghz": 1e9},
        "length": {
            "nm 纳米": 1e-9, "µm μm um 微米": 1e-6, "mm 毫米": 1e-3, "cm 厘米": 1e-2,
            "m meter meters metre metres 米": 1.0, "km kilometer kilometers kilometre kilometres 公里 千米": 1e3,
        },
        "mass": {"µg μg 微克": 1e-6, "mg 毫克": 1e-3, "g gram grams 克": 1.0, "kg 千克 公斤": 1e3},
        "pressure": {"mmhg 毫米汞柱": 1.0, "pa": 0.0075, "kpa": 7.5, "mpa": 7_500.0},
        "power": {"mw": 1e-3, "w watt watts 瓦": 1.0, "kw 千瓦": 1e3, "megawatt": 1e6},
        "energy": {"j joule joules 焦耳": 1.0, "kj 千焦": 1e3, "wh": 3.6e3, "kwh 千瓦时": 3.6e6},
        "level": {"db 分贝": 1.0},
    }.items()
    for names, factor in units.items()
    for name in names.split()
}  # fmt: skip
_SPELLINGS = {
    spelling
    for name in _UNITS
    for spelling in (
        (
            name,
            name.upper(),
            name.capitalize(),
            *(first + name[1:].capitalize() for first in (name[0], name[0].upper())),
        )
        if len(name) > 1
        else (name,)
    )
} | {"W", "J", "mmHg", "kWh"}
_UNIT_NAMES = "|".join(sorted(map(re.escape, _SPELLINGS), key=len, reverse=True))
_OTHER_GLUED = r"px|fps|pp|d|epochs?|shot|th|st|nd|rd|K|c|tokens?|hours?|bits?"
_DIGITS = r"\d{1,3}(?:,\d{3})+(?![\d])(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\d])\.\d+"
_SCALE = (
    r"(?P<scale>\s?(?:hundred|thousand|million|billion|trillion)\b|\s?(?:千亿|百亿|十亿|万亿|千万|百万|十万|[百千万亿])"
    r"|(?:[kKMBbTt]|[mM]n|[bB]n|m)(?![A-Za-z]))"
)
_POWER = (
    r"(?:\s?[×x*]\s?10\s?\^\s?\{?(?P<tens>[-−–+]?\d{1,3})\}?|\s?\^\s?\{?(?P<power>[-−–+]?\d{1,3})(?![\d.]*/)\}?"
    r"|[eE](?P<e>[-−–+]?\d{1,3})(?![\w.]))"
)
_NUMBER = re.compile(rf"(?P<digits>{_DIGITS})(?:{_POWER})?(?:{_SCALE})?")
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
)
_WORD_VALUES = {word: value for value, word in enumerate(f"{_ONES} eighteen nineteen".split())} | {
    word: 10 * value
    for value, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
_WORD = "|".join(sorted(_WORD_VALUES, key=len, reverse=True))
_BIG = r"hundred|thousand|million|billion|trillion|dozen"
_WORDS = re.compile(
    rf"\b(?P<words>(?:(?:{_WORD})(?:[-\s](?:{_WORD}))?|an?(?=\s(?:{_BIG})\b))(?:\s(?:{_BIG})\b)*)(?=(?:fold)?\b)"
)
_DIVISORS = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "hundredth": 100, "thousandth": 1000,
}  # fmt: skip
_FRACTION = re.compile(
    r"(?i)\b(?:(?P<count>one|two|three|four|five|seven|nine|an?)[-\s])"
    r"(?P<part>third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth|hundredth|thousandth)s?\b(?!\s(?:order|person|party|time))"
    r"|\bhalf(?=\s(?:of|the|as|an?|its|their|that)\b)|\b(?:by|in|to|about|roughly|nearly|over|one|than)[\s-](?P<half>half)\b"
)
_ONE_IN = re.compile(
    rf"(?i)\b(?P<above>\d{{1,2}}|{_WORD})\s(?:(?!in\b)[a-z]{{2,20}}\s)?(?:in|out\sof|of(?=\s(?:every\s)?(?:five|ten|100)\b))\s(?:every\s)?(?P<below>\d{{1,3}}|{_WORD})\b(?![.,]\d|[-\s](?:hours?|days?|weeks?|months?|years?|minutes?|seconds?))"
)
_SLASH = re.compile(r"(?<![\d./])(?P<above>\d{1,3})/(?P<below>[1-9]\d{0,4})(?![\d/]|\.\d)")
_FOLD = re.compile(rf"(?i)\b(?P<digits>\d+(?:\.\d+)?|{_WORD}|hundred|thousand)[-\s]?fold\b")
_DOUBLE = re.compile(
    r"(?i)\b(?:twice|doubl(?:e[sd]?|ing)(?![-\s](?:blind|precision|descent|loop))|twofold)\b|翻倍|翻番|翻了一番|(?<![数几])一倍"
)
_TRIPLE = re.compile(r"(?i)\b(?:tripl(?:e[sd]|ing)|thrice)\b")
_HALF = re.compile(r"(?i)\bhalv(?:e[sd]?|ing)\b|一半|减半|半数")
_ORDERS = re.compile(rf"(?i)\b(?P<count>an?|{_WORD}|\d)\sorders?\sof\smagnitude|(?P<zh>[一两二三四\d])个?数量级")
_MAX_DIVISOR = 1_000
_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_HAN_NUMBER = "[零〇一二三四五六七八九十百千两]"
_AND_A_HALF = re.compile(
    rf"(?P<count>{_HAN_NUMBER}{{1,4}}|\d{{1,4}})(?:个半(?P<unit>小时|月|星期)|(?P<whole>年|天|周|个月)半)(?![数导径])"
)
_MEASURES = (
    "倍|个|种|项|类|组|次|块|张|层|家|台|名|位|步|条|篇|轮|人|年|天|周|小时|分钟|秒|毫秒|毫克|克|公里|米|厘米|毫米|美元|元|帧"
    "|款|份|行|维|折|套|场|件|万|亿|千|百|%|％|GB|MB"
)
_HAN = re.compile(rf"(?<![第数几上近\d])(?<!\d\s){_HAN_NUMBER}{{1,9}}(?=\s?(?:{_MEASURES}))")
_HAN_PARTS = re.compile(
    rf"(?P<below>{_HAN_NUMBER}{{1,7}}|(?<!\d)\d{{1,9}}|万)分之(?P<above>{_HAN_NUMBER}{{1,7}}|\d+(?:\.\d+)?)"
)
_HAN_TENTHS = re.compile("(?P<count>[一二三四五六七八九两])成(?![像本功熟分果为立员对绩长就型因份])")
_DECADE = re.compile(
    r"\b(?P<year>1[5-9]\d0|20\d0)s\b|\b(?P<century>1[6-9]|20|21)\s?世纪\s?(?P<decade>\d0|[二三四五六七八九]十)\s?年代"
)
_DECADE_WORD = re.compile(
    r"(?i)\bthe\s(?P<word>twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)\b"
)
_DECADES = {word: 1920 + 10 * number for number, word in enumerate(
    ["twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties"]
)}  # fmt: skip
_CENTURY = re.compile(r"(?i)\b(?P<digits>\d{1,2})(?:st|nd|rd|th)[-\s]century|(?P<zh>\d{1,2})\s?世纪")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MONTH = re.compile(
    rf"\b(?P<name>{'|'.join(_MONTHS)})\b|(?<![\d个])(?P<digits>1[0-2]|[1-9])\s?月(?!球)|(?<![\d/])(?P<slash>1[0-2]|0?[1-9])/(?=(?:19|20)\d\d\b)"
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT = re.compile("(?<=10)[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)} | {ord("％"): "%", ord("，"): "， "}
_TEX = (
    (
        ("{,}", "\\,", "\u00a0", "\u2009", "\u202f"),
        r"\{,\}|(?<=\d)\\,(?=\d)|(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))",
        "",
    ),
    (("\\times", "\\cdot", "\u00b7"), r"\\(?:times|cdot)(?![a-z])|\u00b7(?=\s?10)", "×"),
    (("\\",), r"\\(?:mathrm|text|mathbf|rm)\s?\{([^{}]{0,20})\}", r"\1"),
    (("\\",), r"\\(?=%)|\\(?:,|;|!|(?=\s))", " "),
)
"""What each expression needs (texts without it are not searched), the expression, and what is put in its place."""
_TEX_RULES = tuple((needs, re.compile(pattern), plain) for needs, pattern, plain in _TEX)
_BEHIND = re.compile(
    rf"(?:\s?(?P<percent>%|percent\b|per\s?cent\b|个?百分点|percentage\spoints?\b)"
    rf"|\s?(?P<factor>\+?[×x](?![\w×])|[+-]?\s?times\b(?!\s(?:a|per|each|every|in|the)\s)|倍)"
    rf"|[\s-]?(?P<unit>{_UNIT_NAMES})(?![A-Za-z0-9])(?!代)|(?P<glued>[A-Za-z]+))?"
)
_RANGE = re.compile(rf"\s?(?:[-–—~～至到]|to\s)\s?(?:{_DIGITS}|(?:{_WORD})\b)")
_RANGE_SCALE = re.compile(rf"\s?(?:[-–~～至到]|to\s)\s?(?:{_DIGITS}){_SCALE}")
_MAX_EXPONENT = 300
_NOUNS = re.compile(r"[\s-]{1,2}[A-Za-z][\w-]{1,40}(?:\s[A-Za-z][\w-]{1,40}){0,2}")
_NO_NOUNS_TEXT = (
    "of in on at to and or the a an is are was were with by for from as than that which fail times more less out "
    "per has have had over under after before when while into"
)
_NO_NOUNS = frozenset(_NO_NOUNS_TEXT.split())


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity: its words, where they are, its value in its dimension's base unit, and half its last digit's step.

    ``raw`` is the value as written, without scale and unit. ``nouns`` are the words behind it, such as ``datasets``. It
    ``is_doubtful`` if it is more likely something else: the 40 of ``40k``.
    """

    text: str
    start: int
    end: int
    value: float
    unit: str = ""
    step: float = 0.0
    raw: float = 0.0
    is_word: bool = False
    is_named: bool = False
    is_doubtful: bool = False
    nouns: tuple[str, ...] = ()

    @property
    def is_count(self) -> bool:
        """Whether it is a whole number without unit that may count something."""
        return not self.unit and float(self.value).is_integer()


def normalize_numbers(text: str) -> str:
    """A text whose numbers are written plainly, without TeX."""
    if not text.isascii():
        text = _SUPERSCRIPT.sub(lambda match: f"^{match[0].translate(_SUPERSCRIPTS)}", text.translate(_FULL_WIDTH))
    for needs, pattern, plain in _TEX_RULES:
        if any(need in text for need in needs):
            text = pattern.sub(plain, text)
    return text.replace("$", " ").replace("~", " ")


def find_quantities(text: str) -> list[Quantity]:
    """All quantities of a text with plain numbers, in order; several for one place that may be read in several ways."""
    taken: list[tuple[int, int]] = []
    found: list[Quantity] = []
    for read in (_iter_special, _iter_words, _iter_digits):
        fresh = [one for one in read(text) if not _overlaps(one, taken)]
        found += fresh
        taken = sorted({*taken, *((one.start, one.end) for one in fresh)})
    return sorted(found, key=lambda one: one.start)


def _overlaps(one: Quantity, taken: list[tuple[int, int]]) -> bool:
    place = bisect_right(taken, (one.start, 10**9)) - 1
    return (place >= 0 and taken[place][1] > one.start) or (place + 1 < len(taken) and taken[place + 1][0] < one.end)


def _make(match: re.Match[str], value: float) -> Quantity:
    return Quantity(match[0].strip(), match.start(), match.end(), value, "", 0.0, value, is_word=True)


def _iter_special(text: str) -> Iterator[Quantity]:
    """Shares, factors, decades, centuries and months."""
    for needs, pattern, unit, read in _SPECIAL:
        if not any(need in text for need in needs):
            continue
        for match in pattern.finditer(text):
            if value := read(match):
                yield Quantity(match[0].strip(), match.start(), match.end(), value, unit, 0.0, value, is_word=True)


def _read_fraction(match: re.Match[str]) -> float:
    if not match["part"]:
        return 0.5
    return _WORD_VALUES.get(match["count"].lower(), 1) / _DIVISORS[match["part"].lower()]


def _read_han_parts(match: re.Match[str]) -> float:
    below = _read_han(match["below"])
    return _read_han(match["above"]) / below if below else 0.0


def _read_one_in(match: re.Match[str]) -> float:
    above, below = _read_word(match["above"]), _read_word(match["below"])
    return above / below if 0 < above < below else 0.0


def _read_slash(match: re.Match[str]) -> float:
    above, below = int(match["above"]), int(match["below"])
    return above / below if above < below <= _MAX_DIVISOR else 0.0


def _read_orders(match: re.Match[str]) -> float:
    count = _HAN_DIGITS.get(match["zh"] or "") or _read_word(match["zh"] or match["count"])
    return 10.0 ** min(count, 12)


def _read_and_a_half(match: re.Match[str]) -> float:
    unit = match["whole"] or {"月": "个月"}.get(match["unit"], match["unit"])
    return (_read_han(match["count"]) + 0.5) * _UNITS[unit][1]


def _read_decade(match: re.Match[str]) -> float:
    if match["year"]:
        return float(match["year"])
    return 100 * int(match["century"]) - 100 + _read_han(match["decade"])


def _read_month(match: re.Match[str]) -> float:
    return _MONTHS.index(match["name"]) + 1 if match["name"] else int(match["digits"] or match["slash"])


_SPECIAL: tuple[tuple[Sequence[str], re.Pattern[str], str, Callable[[re.Match[str]], float]], ...] = (
    ((*_DIVISORS, "Half"), _FRACTION, SHARE, _read_fraction),
    (("分之",), _HAN_PARTS, SHARE, _read_han_parts),
    ((" in ", " of "), _ONE_IN, SHARE, _read_one_in),
    (("/",), _SLASH, SHARE, _read_slash),
    (("半",), _AND_A_HALF, "time", _read_and_a_half),
    (("halv", "Halv", "半"), _HALF, SHARE, lambda _: 0.5),
    (("成",), _HAN_TENTHS, SHARE, lambda match: _HAN_DIGITS[match["count"]] / 10),
    (("fold",), _FOLD, FACTOR, lambda match: _read_word(match["digits"])),
    (("wice", "oubl", "wofold", "翻", "一倍"), _DOUBLE, FACTOR, lambda _: 2.0),
    (("ripl", "hrice"), _TRIPLE, FACTOR, lambda _: 3.0),
    (("magnitude", "数量级"), _ORDERS, FACTOR, _read_orders),
    (("0s", "年代"), _DECADE, "", _read_decade),
    (("ties",), _DECADE_WORD, "", lambda match: float(_DECADES[match["word"].lower()])),
    (("century", "世纪"), _CENTURY, CENTURY, lambda match: float(match["digits"] or match["zh"])),
    ((*_MONTHS, "月", "/"), _MONTH, MONTH, _read_month),
)
"""Words that an expression needs, the expression, the unit of what it stands for, and how its value is read."""


def _read_word(text: str) -> float:
    lowered = text.lower()
    if lowered in ("hundred", "thousand"):
        return 10.0 ** _SCALES[lowered]
    return float(_WORD_VALUES[lowered]) if lowered in _WORD_VALUES else float(lowered) if lowered[:1].isdigit() else 1.0


def _iter_words(text: str) -> Iterator[Quantity]:
    lowered = text.lower()
    for match in _WORDS.finditer(lowered if len(lowered) == len(text) else text):
        if (value := _read_words(match["words"])) is not None:
            yield from _with_unit(_make(match, value), text, 1.0, 0)
    for match in _HAN.finditer(text) if not text.isascii() else ():
        scale, end = _read_scale(text, match.end())
        yield from _with_unit(
            replace(_make(match, _read_han(match[0]) * scale), end=end, text=text[match.start() : end]),
            text,
            scale,
            0,
        )


def _read_scale(text: str, place: int) -> tuple[float, int]:
    match = re.compile(r"\s?(千亿|百亿|十亿|万亿|千万|百万|十万|[万亿])").match(text, place)
    return (10.0 ** _SCALES[match[1]], match.end()) if match else (1.0, place)


def _read_words(text: str) -> float | None:
    """The value of a number in English words."""
    total = 0.0
    for word in re.split(r"[-\s]", text.lower()):
        if word in _WORD_VALUES:
            total += _WORD_VALUES[word]
        elif word == "dozen":
            total = (total or 1) * 12
        elif word in _SCALES:
            total = (total or 1) * 10.0 ** _SCALES[word]
    return total


def _read_han(text: str) -> float:
    """The value of a number in Chinese characters, or in digits."""
    if text[:1].isascii():
        return float(text)
    if text == "万":
        return 1e4
    total = digit = 0.0
    for char in text:
        if char in _HAN_DIGITS:
            digit = _HAN_DIGITS[char]
        else:
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
    return float(total + digit)


def _iter_digits(text: str) -> Iterator[Quantity]:
    for match in _NUMBER.finditer(text):
        before = text[max(0, match.start() - 3) : match.start()]
        is_named = bool(re.search(r"[A-Za-z_]$|[A-Za-z][-‐.]$|[A-Za-z]\d-$", before))
        if re.search(r"[\d][.,]$", before):
            continue
        raw = float(match["digits"].replace(",", ""))
        decimals = len(match["digits"].partition(".")[2])
        value, scale = raw, 1.0
        if match["tens"] or match["e"]:
            scale = 10.0 ** _to_int(match["tens"] or match["e"])
        elif match["power"] and raw < 1000:
            value = _raise_power(raw, _to_int(match["power"]))
        written = (match["scale"] or "").strip()
        glued = bool(written) and written.isascii() and len(written) <= 2
        if not written and (to := _RANGE_SCALE.match(text, match.end())):
            scale *= 10.0 ** _SCALES[to["scale"].strip().lower()]  # the 7 of “7-11B”
        factor = 10.0 ** _SCALES[written.lower()] if written else 1.0
        base = Quantity(match[0].strip(), match.start(), match.end(), value * scale, "", 0.0, raw, False, is_named)
        if glued:  # 40m may be metres, or millions
            plain = replace(base, end=match.start("scale"), is_doubtful=written != "m")
            yield from _with_unit(plain, text, scale, decimals)
            yield from _with_unit(replace(base, value=value * scale * factor), text, scale * factor, decimals)
        else:
            scaled = replace(base, value=value * scale * factor)
            yield from _with_unit(scaled, text, scale * factor, decimals)


def _to_int(text: str) -> int:
    """An exponent, no larger than a float's."""
    exponent = int(text.replace("−", "-").replace("–", "-")[:9])
    return max(-_MAX_EXPONENT, min(_MAX_EXPONENT, exponent))


def _raise_power(base: float, exponent: int) -> float:
    try:
        return base**exponent
    except (OverflowError, ZeroDivisionError):
        return 0.0


def _with_unit(one: Quantity, text: str, scale: float, decimals: int) -> Iterator[Quantity]:
    """A quantity with the unit behind it; nothing where letters behind it make a name of it, such as ``4DGS``."""
    to = _RANGE.match(text, one.end)
    if to and (behind := _BEHIND.match(text, to.end())) and (behind["percent"] or behind["unit"] or behind["factor"]):
        [first] = _with_unit(replace(one, end=to.end(), is_doubtful=False), text, scale, decimals)
        yield replace(first, end=one.end, text=one.text)
        return
    behind = _BEHIND.match(text, one.end)
    if one.is_named and behind and behind["unit"] == "s" and text[one.end] == "s":
        yield replace(one, end=behind.end())  # several of them: “64 A100s”
        return
    step = 0.0 if one.is_word else 0.5 * 10.0**-decimals * scale
    if behind is None or not behind[0]:
        yield replace(one, step=step, nouns=_find_nouns(text, one.end))
        return
    end, written = behind.end(), text[one.start : behind.end()].strip()
    if behind["percent"]:
        yield replace(one, end=end, text=written, value=one.value / 100, unit=PERCENT, step=step / 100)
    elif behind["factor"]:
        yield replace(one, end=end, text=written, unit=FACTOR, step=step)
    elif behind["unit"] == "年" and 1_800 <= one.value <= 2_200:
        yield replace(one, step=step)
    elif behind["unit"]:
        dimension, factor = _UNITS["megawatt" if behind["unit"] == "MW" else behind["unit"].lower()]
        value, step, nouns = one.value * factor, step * factor, _find_nouns(text, end)
        yield replace(one, end=end, text=written, value=value, unit=dimension, step=step, nouns=nouns)
    elif re.fullmatch(rf"(?i){_OTHER_GLUED}", behind["glued"]):
        yield replace(one, end=end, text=written, step=step, nouns=_find_nouns(text, end))
    elif not one.is_doubtful:
        yield replace(one, end=end, text=written, step=step, is_named=True)


def _find_nouns(text: str, place: int) -> tuple[str, ...]:
    match = _NOUNS.match(text, place)
    words = re.split(r"[\s-]+", match[0].strip(" -").lower()) if match else []
    ends = [number for number, word in enumerate(words) if word in _NO_NOUNS]
    return tuple(
        word[:-1] if word.endswith("s") and not word.endswith("ss") else word
        for word in words[: ends[0] if ends else 3]
    )
