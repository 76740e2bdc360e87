"""Citing papers: /cite shows entries for reference managers, /export sends the saved papers as a file of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from digestbot.cards import replies
from digestbot.cards.card import Attachment, Button, Card, Code, Heading, Notice, Text
from digestbot.citations.formats import build_attachment, write_citations
from digestbot.citations.keys import add_keys
from digestbot.citations.names import AuthorList
from digestbot.citations.record import Citation, build_citation
from digestbot.core.commands.base import CommandRequest, shorten_words
from digestbot.core.commands.papers.missing_papers import build_not_found_card
from digestbot.core.commands.papers.named_papers import build_paper_example, find_named_papers
from digestbot.domain.papers.citation_formats import FORMATS, find_format
from digestbot.domain.papers.saved_marks import NO_MARKS, SavedMarks
from digestbot.store.chats.saved_marks import SavedPaper
from digestbot.store.digests.digests import StoredEntry

_FILE_WORDS = ("file", "文件")
_AS_WORDS = frozenset(("as", "in", "to", "format", "为", "成", "格式"))
_MAX_SHOWN_AUTHORS, _MANY_AUTHORS = 20, 40
"""How many authors an entry in a message has, of more than are shown whole: a file has all of them."""
_BATCH_SIZE = 200
"""How many saved papers are read at once."""


async def handle_cite(request: CommandRequest) -> Card:
    """Papers as entries of a reference manager, BibTeX unless another format is named; with ``file``, as a file too."""
    words, with_file = _take_last(request.args, _FILE_WORDS)
    words, name = _split_format(words)
    named = await find_named_papers(request, "cite", words)
    if not named.entries:
        return await build_not_found_card(request, "cite", named.missing)
    citations = await asyncio.to_thread(add_keys, await _build_citations(request, named.entries, {}))
    shown = [_shorten_authors(citation) for citation in citations]
    text = await asyncio.to_thread(write_citations, name, shown)
    line = f"cite {' '.join(named.ids)}"
    is_whole = shown == citations
    title = request.translate("cite.title", format=request.translate(f"format.{name}"))
    notes = () if is_whole else (Notice(request.translate("cite.shortened", count=_MAX_SHOWN_AUTHORS)),)
    file = await _write_file(name, "citation", citations) if with_file or not is_whole else None
    return Card(
        (Heading((Text(title),)), Code(text.rstrip(), name), *notes),
        (
            *_build_format_buttons(request, line, name),
            *(() if file else (request.build_button("file", f"{line} {name} file"),)),
            request.build_button("export", f"export {name}"),
        ),
        command=f"{line} {name}",
        attachment=file,
    )


async def _write_file(name: str, stem: str, citations: Sequence[Citation]) -> Attachment:
    """The file, made beside the loop: papers of thousands of authors take seconds."""
    return build_attachment(name, stem, await asyncio.to_thread(write_citations, name, citations))


def _take_last(words: tuple[str, ...], known: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """The words without the last of several, if that is one of the known."""
    is_last = len(words) > 1 and words[-1].casefold() in known
    return (words[:-1], True) if is_last else (words, False)


def _split_format(words: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The words that name papers, and the format: the last of several words may be one, “as ris” two."""
    name = find_format(words[-1]) if len(words) > 1 else ""
    if not name:
        return words, FORMATS[0]
    rest = words[:-1]
    while len(rest) > 1 and rest[-1].casefold() in _AS_WORDS:
        rest = rest[:-1]
    return rest, name


def _shorten_authors(citation: Citation) -> Citation:
    names = citation.authors.names
    if len(names) <= _MANY_AUTHORS:
        return citation
    return replace(citation, authors=AuthorList(names[:_MAX_SHOWN_AUTHORS], has_more=True))


async def _build_citations(
    request: CommandRequest, entries: Sequence[StoredEntry], marks: Mapping[int, SavedMarks]
) -> list[Citation]:
    dates = await request.catalog.get_submission_dates([entry.paper_id for entry in entries])

    def build() -> list[Citation]:
        return [
            build_citation(
                entry.entry.paper, entry.categories, dates.get(entry.paper_id), marks.get(entry.paper_id, NO_MARKS)
            )
            for entry in entries
        ]

    return await asyncio.to_thread(build)


def _build_format_buttons(request: CommandRequest, line: str, shown: str) -> list[Button]:
    return [Button(request.translate(f"format.{name}"), f"{line} {name}") for name in FORMATS if name != shown]


async def handle_export(request: CommandRequest) -> Card:
    """The saved papers as a file: all of them, those with a tag, or those that have some words."""
    wanted, name = _read_export(request.args)
    reader = await request.find_reader()
    found = (await request.catalog.saved_library.find_papers(reader, wanted)).papers if reader else ()
    if not found:
        return await _build_none_card(request, wanted)
    citations = await asyncio.to_thread(add_keys, await _read_saved(request, found))
    line = f"export {wanted}".strip()
    text = request.context.translate_count("export.done", len(citations))
    named = request.translate("export.format", format=request.translate(f"format.{name}"))
    card = replies.message_card(
        request.translate("export.title"), text, named, buttons=_build_format_buttons(request, line, name)
    )
    return replace(card, attachment=await _write_file(name, "papers", citations))


def _read_export(words: tuple[str, ...]) -> tuple[str, str]:
    """The tag or the words, and the format: whichever word is the first or the last and names one."""
    for index in (0, -1):
        if words and (name := find_format(words[index])):
            rest = words[1:] if index == 0 else words[:-1]
            return " ".join(_drop_fillers(rest)), name
    return " ".join(words), FORMATS[0]


def _drop_fillers(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word.casefold() not in _AS_WORDS)


async def _read_saved(request: CommandRequest, found: Sequence[SavedPaper]) -> list[Citation]:
    """The papers, those first that were saved first: their keys stay when others follow."""
    is_for_one = request.message.is_for_one
    marks = {saved.paper_id: saved.marks for saved in found if is_for_one}
    ids = [saved.paper_id for saved in reversed(found)]
    citations: list[Citation] = []
    for start in range(0, len(ids), _BATCH_SIZE):
        entries = await request.catalog.list_stored(ids[start : start + _BATCH_SIZE])
        citations += await _build_citations(request, entries, marks)
    return citations


async def _build_none_card(request: CommandRequest, wanted: str) -> Card:
    title = request.translate("export.title")
    if wanted:
        text = request.translate("saved.none_such", words=shorten_words(wanted))
        return replies.message_card(title, text, buttons=[request.build_button("help_saved", "saved")])
    line = request.show_line(await build_paper_example(request, "save"))
    return replies.message_card(title, request.translate("saved.none"), request.translate("help.example", example=line))
