"""HTML as unforgivingly as Telegram reads it.

The classic rules and the wording of their errors are those of td's ``MessageEntity.cpp``; the rich ones those of
core.telegram.org/bots/api#rich-html-style: a tag, an attribute or an entity that is not listed there is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

CLASSIC = {
    "a": {"href"}, "b": set(), "strong": set(), "i": set(), "em": set(), "s": set(), "strike": set(), "del": set(),
    "u": set(), "ins": set(), "tg-spoiler": set(), "tg-emoji": {"emoji-id"}, "span": {"class"}, "pre": set(),
    "code": {"class"}, "blockquote": {"expandable"},
}  # fmt: skip
_CLASSIC_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_RICH_ENTITIES = _CLASSIC_ENTITIES | {
    "apos": "'", "nbsp": "\xa0", "hellip": "…", "mdash": "—", "ndash": "–", "lsquo": "‘", "rsquo": "’",
    "ldquo": "“", "rdquo": "”",
}  # fmt: skip
_INLINE = {
    "b": set(), "strong": set(), "i": set(), "em": set(), "u": set(), "s": set(), "code": {"class"}, "mark": set(),
    "sub": set(), "sup": set(), "tg-spoiler": set(), "a": {"href", "name"}, "tg-math": set(),
}  # fmt: skip
_HEADINGS: dict[str, set[str]] = {f"h{number}": set() for number in range(1, 7)}
_TEXT_BLOCKS = _HEADINGS | {"p": set(), "footer": set(), "summary": set(), "tg-math-block": set(), "figcaption": set()}
_CONTAINERS = {
    "ul": set(), "ol": {"start", "type", "reversed"}, "li": {"value", "type"}, "blockquote": {"expandable"},
    "details": {"open"}, "tg-slideshow": set(), "tg-collage": set(), "figure": set(),
}  # fmt: skip
_VOID = {"img": {"src"}, "hr": set()}
_NEWER = {"tg-button": {"type", "url", "data", "query", "style", "text"}, "tg-button-row": {"align"}}
_HOLDS = {"ul": {"li"}, "ol": {"li"}, "tg-slideshow": {"img", "figcaption"}, "tg-collage": {"img", "figcaption"}}
_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)((?:\s+[a-z-]+(?:=\"[^\"<>]*\")?)*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"([a-z-]+)(?:=\"([^\"]*)\")?")
_ENTITY = re.compile(r"&(?:#(\d+)|#x([0-9a-fA-F]+)|([a-zA-Z]+));")


class MarkupError(Exception):
    """What Telegram answers, after "Bad Request: "."""


@dataclass
class ParsedMessage:
    """What a message says and holds."""

    text: str = ""
    """What is counted."""
    lines: str = ""
    """What is read: the same, with a line for each block."""
    blocks: int = 0
    depth: int = 0
    media: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    buttons: list[dict[str, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    placed_links: list[tuple[int, int, str]] = field(default_factory=list)
    """The links of a classic message: where each begins in UTF-16 units, its length, and its address."""


def count_units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def parse_classic(html: str) -> ParsedMessage:
    """Parse classic HTML. Raises :class:`MarkupError` in td's words."""
    parsed, at = ParsedMessage(), 0
    stack: list[str] = []
    link_start = 0
    while at < len(html):
        if html[at] != "<":
            end = html.find("<", at)
            end = len(html) if end < 0 else end
            parsed.text += _decode_entities(html[at:end], _CLASSIC_ENTITIES, strict=False)
            at = end
            continue
        offset = len(html[:at].encode())
        end = html.find(">", at)
        if end < 0:
            raise MarkupError(f"can't parse entities: Unclosed start tag at byte offset {offset}")
        inner = html[at + 1 : end]
        if inner.startswith("/"):
            name = inner[1:].strip().lower()
            if not stack:
                raise MarkupError(f"can't parse entities: Unexpected end tag at byte offset {offset}")
            if name != stack[-1]:
                raise MarkupError(
                    f"can't parse entities: Unmatched end tag at byte offset {offset}, "
                    f'expected "</{stack[-1]}>", found "</{name}>"'
                )
            stack.pop()
            if name == "a":
                length = count_units(parsed.text) - link_start
                parsed.placed_links.append((link_start, length, parsed.links[-1]))
        else:
            name = re.split(r"\s", inner, maxsplit=1)[0].lower()
            if name not in CLASSIC:
                raise MarkupError(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {offset}')
            if name == "blockquote" and "blockquote" in stack:
                raise MarkupError("can't parse entities: blockquote can't be nested")
            attributes = dict(_ATTRIBUTE.findall(inner[len(name) :]))
            if name == "a":
                parsed.links.append(_decode_entities(attributes.get("href", ""), _CLASSIC_ENTITIES, strict=False))
                link_start = count_units(parsed.text)
            stack.append(name)
            parsed.tags.append(name)
        at = end + 1
    if stack:
        raise MarkupError(f"can't parse entities: Can't find end tag corresponding to start tag \"{stack[-1]}\"")
    return parsed


def parse_rich(html: str, *, newer: bool = True) -> ParsedMessage:
    """Parse a rich message's HTML. Raises :class:`MarkupError`."""
    return _RichParser(html, newer).parse()


class _RichParser:
    def __init__(self, html: str, newer: bool) -> None:
        self._html = html
        self._newer = newer
        self._found = ParsedMessage()
        self._stack: list[str] = []

    def parse(self) -> ParsedMessage:
        at = 0
        while at < len(self._html):
            if self._html[at] == "<":
                at = self._parse_tag(at)
                continue
            end = self._html.find("<", at)
            end = len(self._html) if end < 0 else end
            self._add_text(self._html[at:end])
            at = end
        if self._stack:
            self._raise_error(f'Can\'t find end tag corresponding to start tag "{self._stack[-1]}"')
        missing = {link[1:] for link in self._found.links if link.startswith("#")} - self._found.anchors
        if missing:
            self._raise_error(f"no anchor {sorted(missing)}")
        return self._found

    def _raise_error(self, why: str) -> None:
        raise MarkupError(f"can't parse rich message: {why}")

    def _add_text(self, raw: str) -> None:
        text = _decode_entities(raw, _RICH_ENTITIES, strict=True)
        if not text:
            return
        if self._stack and self._stack[-1] in ("tg-math", "tg-math-block"):
            self._found.formulas.append(text)
        top = self._stack[-1] if self._stack else ""
        if text.strip() and top in {*_HOLDS, "tg-button-row", "figure"}:
            self._raise_error(f'text in "{top}"')
        self._found.text += text
        self._found.lines += text

    def _parse_tag(self, at: int) -> int:
        match = _TAG.match(self._html, at)
        if match is None:
            self._raise_error(f"Unclosed start tag at byte offset {len(self._html[:at].encode())}")
        assert match
        closing, name, attributes, _ = match.groups()
        if closing:
            if not self._stack or self._stack[-1] != name:
                self._raise_error(f'Unmatched end tag "{name}" at byte offset {at}, open: {self._stack}')
            self._stack.pop()
            if name not in _INLINE:
                self._found.lines += "\n"
        else:
            self._open_tag(name, dict(_ATTRIBUTE.findall(attributes)), at)
        return match.end()

    def _open_tag(self, name: str, given: dict[str, str], at: int) -> None:
        known = _INLINE | _TEXT_BLOCKS | _CONTAINERS | _VOID | (_NEWER if self._newer else {})
        if name not in known:
            self._raise_error(f'Unsupported start tag "{name}" at byte offset {at}')
        if unknown := set(given) - known[name]:
            self._raise_error(f'unknown attribute {sorted(unknown)} of "{name}"')
        self._check_place(name, given)
        self._count_element(
            name, {key: _decode_entities(value, _RICH_ENTITIES, strict=True) for key, value in given.items()}
        )
        if name not in _VOID:
            self._stack.append(name)
            self._found.depth = max(self._found.depth, len(self._stack))

    def _check_place(self, name: str, given: dict[str, str]) -> None:
        parent = self._stack[-1] if self._stack else ""
        block = name not in _INLINE and name != "tg-button"
        if parent in _INLINE | _TEXT_BLOCKS and block:
            self._raise_error(f'block "{name}" in "{parent}"')
        if parent in ("tg-math", "tg-math-block", "tg-button") or (parent == "a" and name == "a"):
            self._raise_error(f'"{name}" in "{parent}"')
        if parent in _HOLDS and name not in _HOLDS[parent]:
            self._raise_error(f'"{name}" in "{parent}"')
        if name == "li" and parent not in ("ul", "ol"):
            self._raise_error('"li" outside a list')
        if name.startswith("tg-math") and "details" in self._stack:  # the platform takes it; tdesktop#30808
            self._raise_error(f'"{name}" in "details", which crashes Telegram Desktop')
        if name == "summary" and parent != "details":
            self._raise_error('"summary" outside "details"')

    def _count_element(self, name: str, given: dict[str, str]) -> None:
        found = self._found
        found.tags.append(name)
        block = name not in _INLINE and name not in ("summary", "figcaption", "tg-button")
        if block or (name == "a" and "name" in given and not self._stack):
            found.blocks += 2 if name == "li" else 1
        if name == "img":
            found.media.append(given.get("src", ""))
        elif name == "a" and "name" in given:
            found.anchors.add(given["name"])
        elif name == "a":
            found.links.append(given.get("href", ""))
        elif name == "tg-button":
            found.buttons.append(given)


def _decode_entities(raw: str, entities: dict[str, str], *, strict: bool) -> str:
    def replace_entity(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1]))
        if match[2]:
            return chr(int(match[2], 16))
        if match[3] in entities:
            return entities[match[3]]
        if strict:
            raise MarkupError(f"can't parse rich message: unsupported entity &{match[3]};")
        return match[0]

    return _ENTITY.sub(replace_entity, raw)
