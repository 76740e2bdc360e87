"""Reads the form that a model was to fill in from whatever value it answered with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from digestbot.builder.models.loose_json import parse_json

Form = dict[str, Any]
"""``headline``, ``takeaways`` and ``analysis``, the last as fields by name; what is empty is left out."""
_MAX_DEPTH = 6
_MAX_NODES = 2_000
"""How deep and how far a value is searched: an answer is small."""
_FIELD_NAMES = {
    "headline": "headline oneline onelinesummary onesentencesummary tldr summary"
    " 标题 一句话 一句话总结 一句话概括 概括",
    "takeaways": "takeaways takeaway keytakeaways keypoints keyfindings points highlights bullets bulletpoints"
    " 要点 关键要点 核心要点 主要要点 主要结论",
    "analysis": "analysis detailedanalysis fullanalysis 分析 详细分析 深入分析",
    "background": "background 背景 研究背景",
    "past_methods": "pastmethods pastmethod previousmethods priormethods priorwork relatedwork"
    " 以往方法 过去方法 已有方法 过去方法及其问题 相关工作",
    "method": "method methods methodology approach 方法 研究方法",
    "results": "results result experiments 结果 实验结果 任务与结果",
    "significance": "significance implications impact 意义 研究意义",
    "innovation": "innovation novelty 创新 创新点",
    "performance": "performance evidence 性能 表现 效果",
    "workload": "workload 工作量",
}
_NAMES = {name: field for field, names in _FIELD_NAMES.items() for name in names.split()}
ANALYSIS_FIELDS = tuple(field for field in _FIELD_NAMES if field not in ("headline", "takeaways", "analysis"))
_VALUE_KEYS = (
    "value",
    "text",
    "content",
    "takeaway",
    "point",
    "sentence",
    "statement",
    "const",
    "description",
    "default",
)
"""Where the text is, if an object stands in its place; ``description`` where the schema itself was filled in."""
_NAME_KEYS = ("name", "field", "key", "title", "section")
_SCHEMA_TYPES = {"string", "array", "object", "null"}
_NOTHING = {"null", "none", "n/a", "na", "undefined", "nil", "无", "暂无"}
_ITEM_START = re.compile(r"(?:^|(?<=\s)|(?<=[.;。；]))(?:[•·▪‣*-]|\(?\d{1,2}[.)、）])\s++(?=\S)")
_LEADING_MARK = re.compile(r"^(?:[-–•·▪‣*]\s*+|\(?\d{1,2}[.)、）]\s++(?=\D))")
_LOST_BACKSLASH = re.compile(
    "\x0c(?=[a-z])|\x08(?=[a-z])|\t(?=imes|heta|au\\b|ext|ilde|frac|o\\b|anh)|\r(?=ho\\b|ight|angle)|\n(?=abla|eq\\b|u\\b)"
)
_ESCAPES = {"\x0c": "\\f", "\x08": "\\b", "\t": "\\t", "\r": "\\r", "\n": "\\n"}


def read_form(value: object) -> Form | None:
    """The form in a value, however it is wrapped; ``None`` if nothing in it says anything."""
    forms = list(_iter_forms(value))
    fullest = max(forms, key=count_texts, default={})
    for form in forms:  # a form may come in pieces, such as a call for each field
        fullest = _fill_gaps(fullest, form)
    return fullest if "headline" in fullest or "takeaways" in fullest else None


def find_field(name: str) -> str:
    """The field that a name stands for, such as ``Key takeaways`` or ``要点``; empty if none."""
    return _NAMES.get(re.sub(r"[\W_]", "", name[:60]).lower(), "")


def count_texts(form: Form) -> int:
    """How many texts a form has."""
    return bool(form.get("headline")) + len(form.get("takeaways", ())) + len(form.get("analysis", ()))


def build_form(fields: Iterable[tuple[str, object]]) -> Form:
    """The form of fields by name, the later of two of a name."""
    form: Form = {}
    analysis: dict[str, str] = {}
    for name, value in fields:
        field = find_field(name)
        if field == "headline":
            form["headline"] = _to_text(value) or form.get("headline", "")
        elif field == "takeaways":
            form["takeaways"] = _to_items(value) or form.get("takeaways", [])
        elif field == "analysis":
            analysis |= _read_analysis(value)
        elif field and (text := _to_text(value)):
            analysis[field] = text
    return _drop_empty({**form, "analysis": analysis})


def _fill_gaps(form: Form, other: Form) -> Form:
    analysis = {**other.get("analysis", {}), **form.get("analysis", {})}
    return _drop_empty({**other, **form, "analysis": analysis})


def _drop_empty(form: Form) -> Form:
    return {name: value for name, value in form.items() if value}


def _iter_forms(root: object) -> Iterator[Form]:
    """Each object in a value that is a form, outer ones first."""
    pending: list[tuple[object, int]] = [(root, 0)]
    for value, depth in pending:
        if depth > _MAX_DEPTH or len(pending) > _MAX_NODES:
            return
        if isinstance(value, str):
            pending += [(parsed, depth + 1) for parsed in parse_nested(value)]
        elif isinstance(value, list):
            if form := build_form(_iter_named(value)):
                yield form
            pending += [(item, depth + 1) for item in value]
        elif isinstance(value, Mapping):
            if form := build_form(value.items()):
                yield form
            pending += [(item, depth + 1) for item in value.values()]


def parse_nested(text: str) -> Iterator[object]:
    """What a text stands for, if it is an object or a list as JSON."""
    if text.lstrip()[:1] in ("{", "[", '"') and isinstance(parsed := parse_json(text), dict | list | str):
        yield parsed


def _iter_named(items: list[object]) -> Iterator[tuple[str, object]]:
    """The fields of a list such as ``[{"name": "headline", "value": "…"}]``."""
    for item in items:
        if isinstance(item, Mapping):
            name = next((item[key] for key in _NAME_KEYS if isinstance(item.get(key), str)), "")
            value = next((item[key] for key in _VALUE_KEYS if item.get(key)), "")
            yield name, value


def _read_analysis(value: object) -> dict[str, str]:
    value = next(parse_nested(value), value) if isinstance(value, str) else value
    pairs: Iterable[tuple[str, object]] = ()
    if isinstance(value, Mapping):
        inner = value.get("properties")
        pairs = (inner if isinstance(inner, Mapping) else value).items()
    elif isinstance(value, list):
        pairs = [*_iter_named(value), *(pair for item in value if isinstance(item, Mapping) for pair in item.items())]
    elif text := _to_text(value):
        return {"method": text}
    return {field: text for name, item in pairs if (field := find_field(name)) and (text := _to_text(item))}


def _to_text(value: object) -> str:
    """A value as text: lists by line, objects by their value."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        nested = next(parse_nested(value), None) if value.lstrip()[:1] in ("{", "[") else None
        return _to_text(nested) if isinstance(nested, dict | list) and nested else _clean_text(value)
    if isinstance(value, Mapping):
        return _read_object(value)
    if isinstance(value, list):
        return "\n".join(filter(None, map(_to_text, value)))
    return str(value)


def _has_schema_type(value: Mapping[str, object]) -> bool:
    """Whether an object looks like a field of the form's schema, which may have several types."""
    types = value.get("type")
    return any(isinstance(one, str) and one in _SCHEMA_TYPES for one in (types if isinstance(types, list) else [types]))


def _read_object(value: Mapping[str, object]) -> str:
    if _has_schema_type(value) or any(key in value for key in _VALUE_KEYS):
        return next((text for key in _VALUE_KEYS if (text := _to_text(value.get(key)))), "")
    return "\n".join(filter(None, map(_to_text, value.values())))


def _to_items(value: object) -> list[str]:
    """A value as a list of texts."""
    if isinstance(value, str):
        parsed = next(parse_nested(value), value)
        return _to_items(parsed) if isinstance(parsed, dict | list) else _split_items(_clean_text(value))
    if isinstance(value, Mapping):
        if _has_schema_type(value) or "items" in value:
            return next(
                (items for key in ("items", "value", "default", "enum") if (items := _to_items(value.get(key)))), []
            )
        if len(value) == 1 or not any(key in value for key in _VALUE_KEYS):
            return [text for item in value.values() for text in _to_items(item)]
    if isinstance(value, list):
        return [text for item in value for text in ([_trim_mark(_to_text(item))] if item else []) if text]
    return [text] if (text := _trim_mark(_to_text(value))) else []


def _split_items(text: str) -> list[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) == 1 and len(_ITEM_START.findall(text)) > 1:
        lines = _ITEM_START.split(text)
    return [item for line in lines if (item := _trim_mark(line))]


def _trim_mark(text: str) -> str:
    bare = _LEADING_MARK.sub("", text.strip()).strip()
    return bare[1:-1].strip() if len(bare) > 2 and bare[0] == bare[-1] == '"' else bare


def _clean_text(text: str) -> str:
    """A text with the backslashes of its formulas, which JSON took for escapes, and without halves of characters."""
    text = _LOST_BACKSLASH.sub(lambda match: _ESCAPES[match[0]], text)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore").strip()
    return "" if text.lower() in _NOTHING else text
