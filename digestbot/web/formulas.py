"""Formulas as MathML: made by latex2mathml, and rebuilt from what is known to be harmless.

The source is a stranger's text, and the converter passes on markup, addresses and styles that are written in it. So
nothing of its text is taken as markup, and only these elements and attributes are written.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from xml.etree.ElementTree import Element

from markupsafe import Markup, escape

_ELEMENTS = frozenset(
    ("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msub", "msup", "msubsup", "mfrac", "msqrt", "mroot", "mover",
     "munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom")
)  # fmt: skip
_PARTS = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "mover": 2, "munder": 2, "msubsup": 3, "munderover": 3}
"""How many parts an element has; with fewer, a formula would be half set."""
_ATTRIBUTES = frozenset(
    ("mathvariant", "stretchy", "fence", "form", "separator", "accent", "displaystyle", "linethickness", "columnalign",
     "lspace", "rspace", "width", "minsize", "maxsize")
)  # fmt: skip
_VALUE = re.compile(r"[\w.%+-]{1,24}")
_MAX_CHARACTERS = 4_000
_LEFT_OVER = re.compile(r"[\\{}]")


class UnknownMathError(ValueError):
    """A formula has what is not known here."""


@lru_cache(maxsize=2048)
def render_formula(source: str) -> Markup:
    """The formula as MathML; if any part of it cannot be set, or it is longer than any, its whole source as code."""
    try:
        if len(source) > _MAX_CHARACTERS:
            raise UnknownMathError(len(source))
        return Markup(_render_element(_convert(source), source))  # noqa: S704  # each piece of it is escaped
    except Exception:  # noqa: BLE001  # the converter has many errors, and is given anything
        return Markup("<code>{}</code>").format(source)  # what is put in is escaped


def _convert(source: str) -> Element:
    from latex2mathml.converter import convert_to_element  # noqa: PLC0415  # late: only a page with formulas needs it

    return convert_to_element(source)


def _render_element(element: Element, source: str = "") -> str:
    """The element with what is in it. Raises :class:`UnknownMathError` for what must not or cannot be set."""
    text = html.unescape(element.text or "")
    is_brace = element.tag == "mo" and text in "{}"
    is_whole = len(element) == _PARTS.get(element.tag, len(element))
    if element.tag not in _ELEMENTS or not is_whole or (_LEFT_OVER.search(text) and not is_brace):
        raise UnknownMathError(element.tag)
    inner = "".join(map(_render_element, element))
    return f"<{element.tag}{_render_attributes(element, source)}>{escape(text)}{inner}</{element.tag}>"


def _render_attributes(element: Element, source: str) -> str:
    if element.tag == "math":
        return f' xmlns="http://www.w3.org/1998/Math/MathML" alttext="{escape(source)}"'
    known = ((name, value) for name, value in element.attrib.items() if name in _ATTRIBUTES and _VALUE.fullmatch(value))
    return "".join(f' {name}="{value}"' for name, value in known)
