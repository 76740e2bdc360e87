"""The text of a file whose encoding nobody told."""

from __future__ import annotations

import codecs
import re

from digestbot.late_patterns import compile_late

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 1_000_000
_BINARY_SIGNS = (b"%PDF-", b"PK\x03\x04", b"\x1f\x8b")
_DECLARED = compile_late(r"""^\s{0,80}<\?xml[^>]{0,200}?encoding=["']([A-Za-z0-9_.-]{1,30})["']""")
_KNOWN = compile_late(
    r"iso-8859-(?:[1-9]|1[0-6])|latin-?1|windows-125\d|gb2312|gbk|gb18030|big5|shift_jis|euc-(?:jp|kr)|koi8-r",
    re.IGNORECASE,
)
_CONTROL = compile_late(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MIN_SHARE_OF_NULLS, _MIN_SHARE_OF_PAIRS = 0.6, 0.7


def decode_text(content: bytes) -> str:
    """The text of a file: by its mark, else UTF-8, else what it declares or looks like; empty if it is no text."""
    if content.startswith(_BINARY_SIGNS):
        return ""
    mark = next((name for sign, name in _MARKS if content.startswith(sign)), "")
    encoding = mark or _find_encoding(content)
    text = content.decode(encoding, "replace").removeprefix("\ufeff") if encoding else ""
    return "" if _CONTROL.search(text) else text.replace("\r\n", "\n").replace("\r", "\n")


def _find_encoding(content: bytes) -> str:
    """The encoding of bytes without a mark; empty if they are no text."""
    sample = content[:_SAMPLE_BYTES]
    if b"\0" in sample:
        return _find_wide_encoding(sample)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _find_declared(sample) or _guess_encoding(sample)
    return "utf-8"


def _find_wide_encoding(sample: bytes) -> str:
    """UTF-16, where almost every second byte is null as in western text; empty if the nulls stand anywhere."""
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        upper, lower = sample[start::2], sample[1 - start :: 2]
        if upper.count(0) > _MIN_SHARE_OF_NULLS * len(upper) and not lower.count(0):
            return encoding
    return ""


def _find_declared(sample: bytes) -> str:
    match = _DECLARED.search(sample[:400].decode("latin-1"))
    return match[1] if match and _KNOWN.fullmatch(match[1]) else ""


def _guess_encoding(sample: bytes) -> str:
    """Chinese, where most bytes beyond ASCII stand in pairs as GB 2312 has them; else western."""
    high = len(re.findall(rb"[\x80-\xff]", sample))
    paired = 2 * len(re.findall(rb"[\xa1-\xfe]{2}", sample))
    return "gb18030" if paired > _MIN_SHARE_OF_PAIRS * high else "cp1252"
