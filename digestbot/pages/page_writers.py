"""Who wrote a page's summaries, as far as the page says it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from digestbot.domain.digest import HUMAN_WRITER, PAGE_WRITER
from digestbot.errors import PageError
from digestbot.pages.front_matter import FrontMatter

MODEL_WRITER = ""
"""A language model without a name."""
_KEY = "summaries"
_WRITERS = {"ai": MODEL_WRITER, "human": HUMAN_WRITER}
_MODEL = (
    r"(?:AI|LLMs?|(?:chat)?gpt\S{0,12}|gemini\S{0,12}|claude|deepseek\S{0,12}|qwen\S{0,12}|kimi|llama\S{0,12}|mistral"
    r"|(?:large )?language models?|artificial intelligence)(?![a-z])"
)
_CHINESE_MODEL = r"(?:AI|(?:大语言|大|语言)模型|人工智能|GPT|ChatGPT|Gemini|Claude|DeepSeek|Kimi|通义|文心|豆包)"
_MADE_BY_MODEL = re.compile(
    rf"\b(?:by|from|with|using|via) (?:(?:the|an?|some|\w+['’]s) )?{_MODEL}"
    r"|\bAI[ -](?:generated|written|made|assisted|summar)"
    rf"|(?:来自于?|由|用|使用|通过|借助|基于|经)[^，。；！？\n]{{0,12}}{_CHINESE_MODEL}"
    r"|(?:AI|(?:大语言|大|语言)模型|机器)(?:自动)?(?:生成|总结|撰写|摘要|翻译)",
    re.IGNORECASE,
)
_NOT_BY_MODEL = re.compile(
    rf"\b(?:no|not (?:by|with|using|from)|without|never by|nor by)(?: (?:the|an?|any|help of)\b)*+ {_MODEL}"
    rf"|(?:不是|并非|没有?|未|无|非)(?:由|用|使用|经|借助|任何)*+\s?{_CHINESE_MODEL}",
    re.IGNORECASE,
)
_ABOUT_WRITING = re.compile(
    r"summar|generat|written|wrote|translat|notes|总结|摘要|生成|撰写|概括|编写|翻译", re.IGNORECASE
)


def find_writer(fields: FrontMatter, notice: Iterable[str]) -> str | None:
    """The writer that the front matter's ``summaries`` names, or the notice does; ``None`` if neither says it.

    Raises :class:`PageError` if ``summaries`` is neither ``ai`` nor ``human``.
    """
    value, line = fields.get(_KEY, ("", 1))
    if isinstance(value, str) and (name := value.strip(" '\"").casefold()):
        if name not in _WRITERS:
            raise PageError(f"{_KEY} “{value[:40]}” is neither ai nor human, who may have written them", line)
        return _WRITERS[name]
    labels = (label for key in ("tags", "categories") for label in _list_labels(fields.get(key, ("", 0))[0]))
    return _read_notice([" ".join(labels), *notice])


def _list_labels(value: object) -> list[str]:
    """A text, or the texts of a list; what is in lists within it may be there any number of times."""
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]


def choose_writer(named: str | None, *, is_ours: bool) -> str:
    """The writer of entries that name none: a page of ours without one is of a time when only models were."""
    if named is None:
        return MODEL_WRITER if is_ours else PAGE_WRITER
    return named


def format_writer(writers: Iterable[str]) -> str:
    """The front matter's line for entries of which some name no writer, since a model without a name wrote them."""
    return f"{_KEY}: ai\n" if MODEL_WRITER in writers else ""


def _read_notice(lines: Iterable[str]) -> str | None:
    """What a notice says; a model that one line names counts more than another that none was asked."""
    told = [line for line in lines if _ABOUT_WRITING.search(line)]
    if any(_MADE_BY_MODEL.search(_NOT_BY_MODEL.sub("", line)) for line in told):
        return MODEL_WRITER
    return HUMAN_WRITER if any(map(_NOT_BY_MODEL.search, told)) else None
