"""Finds the papers that a command names: by links, numbers and DOIs, by their numbers in the last list, or by title."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digestbot.cards.card import Button, parse_inline
from digestbot.cards.titles import format_short_title
from digestbot.core.commands.base import CommandRequest
from digestbot.core.lines.it_words import IT
from digestbot.core.lines.typed_line import ALL, LAST, parse_list_numbers
from digestbot.core.lines.unread_links import find_unread_sites
from digestbot.core.text_folding import fold_text
from digestbot.domain.paper import PaperId, find_paper_ids
from digestbot.domain.papers.sent_pdf import PDF_PREFIX
from digestbot.domain.papers.title_words import can_be_short_title, can_be_title, is_private
from digestbot.errors import CommandError, SourceError
from digestbot.store.digests.digests import StoredEntry

_MAX_UNREAD_WORDS = 3
_PUNCTUATION = " .,:;!?()[]<>\"'，。；：！？（）【】「」“”"
_FILLERS = frozenset(
    ("", "and", "the", "a", "paper", "papers", "arxiv", "doi", "please", "this", "of", "to", "&", "+", "和")
)
_TITLE_WIDTH = 30
_BY_TITLE = ("paper", "save", "cite", "related", "summarize")
"""Commands whose words can be a title that is looked for elsewhere: nothing else is said to them."""
_OF_OPENED = ("save", "note", "cite", "related", "summarize")
"""Commands that are about the paper that is open where they name none."""
_ONLY_STORED = ("unsave",)
"""Commands to which a paper that is not stored is nothing."""
_MAX_PAPERS = 10
"""How many papers one command may name; those after them are left out."""


@dataclass(frozen=True, slots=True)
class NamedPapers:
    """The papers of a command: those that there are, and the identifiers of the others.

    ``error`` is why some of these could not be looked up.
    """

    entries: tuple[StoredEntry, ...]
    missing: tuple[PaperId, ...] = ()
    error: SourceError | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The identifiers of those that there are."""
        return tuple(entry.entry.paper.arxiv_id for entry in self.entries)


async def find_named_papers(
    request: CommandRequest, command: str, words: tuple[str, ...], *, rest: str = ""
) -> NamedPapers:
    """The papers that the words of a command name; those that are not stored are looked up where they are published.

    ``rest`` is what else the command says, for who tries it again. Raises :class:`CommandError` if the words name none,
    or if none of the papers can be had now.
    """
    text = " ".join(words)
    if text.startswith(PDF_PREFIX):
        raise CommandError("pdf_no_paper")
    if ids := find_paper_ids(" ".join((text, *request.message.links))):
        _note_unread(request, words)
        return await _find_papers(request, command, ids, rest)
    if numbers := parse_list_numbers(text):
        return await _find_papers(request, command, await _find_by_number(request, command, text, numbers))
    if text.casefold() in IT:
        return await _find_papers(request, command, (PaperId(await _find_it(request, command)),))
    if request.message.documents:
        raise CommandError("pdf_no_paper")
    example = await build_paper_example(request, command)
    if not text:
        opened = command in _OF_OPENED and await request.shown_lists.find_opened(request.message, request.subscriber)
        if not opened:
            raise CommandError("need_paper", example)
        return await _find_papers(request, command, (PaperId(opened),))
    if sites := find_unread_sites(text):
        raise CommandError("unread_link", example, site=sites[0])
    if entry := await request.catalog.find_by_title(text) or await _look_up_title(request, command, text):
        return NamedPapers((entry,))
    found = (await request.catalog.search(text, 1)).total
    key = "no_such_title" if _can_look_up(request, command, text) else "not_a_paper"
    raise CommandError(key, *([f"search {text[:80]}"] if found else []), example, text=text[:80])


async def _look_up_title(request: CommandRequest, command: str, text: str) -> StoredEntry | None:
    """The paper with a title that is not stored. Raises :class:`CommandError` with others that have similar ones."""
    if not _can_look_up(request, command, text):
        return None
    from digestbot.core.commands.papers.looking_up import build_away_error, look_up_title  # noqa: PLC0415  # late: few do

    try:
        match = await look_up_title(request, text)
    except SourceError as error:
        raise build_away_error(request, error, f"{command} {text}") from None
    if match.entry is None and match.similar:
        choices = [
            Button(format_short_title(parse_inline(title), _TITLE_WIDTH), f"{command} {paper}")
            for paper, title in match.similar
        ]
        raise CommandError("similar_titles", text=text[:80], choices=choices)
    return match.entry


def _can_look_up(request: CommandRequest, command: str, text: str) -> bool:
    """Whether the words of a command are a title that arXiv and Crossref are asked for."""
    is_asked = command in _BY_TITLE and not request.is_spoken and request.papers.lookup is not None
    return is_asked and (can_be_title(text) or can_be_short_title(text)) and not is_private(text)


def _note_unread(request: CommandRequest, words: tuple[str, ...]) -> None:
    """Say which words beside a command's papers mean nothing; more than a few are the text they are from."""
    if sites := find_unread_sites(" ".join(words)):
        request.notes.extend(request.translate("error.unread_link", site=site) for site in sites)
        return
    if not request.message.text.lstrip().startswith(("/", "／")) or request.message.links:
        return
    others = [
        word for word in words if not find_paper_ids(word) and fold_text(word.strip(_PUNCTUATION)) not in _FILLERS
    ]
    if 0 < len(others) <= _MAX_UNREAD_WORDS:
        request.note_unread(" ".join(others))


async def _find_it(request: CommandRequest, command: str) -> str:
    """The paper that was opened last. Raises :class:`CommandError` with those of the last list if none was."""
    if opened := await request.shown_lists.find_opened(request.message, request.subscriber):
        if opened.startswith(PDF_PREFIX):
            raise CommandError("pdf_no_paper")
        return opened
    from digestbot.core.commands.papers.which_paper import list_choices  # noqa: PLC0415  # late: few are asked back

    choices = await list_choices(request, command)
    if not choices:
        raise CommandError("need_paper", await build_paper_example(request, command))
    raise CommandError("which_paper", f"{command} {choices[0].label.split(maxsplit=1)[0]}", choices=choices)


async def build_paper_example(request: CommandRequest, command: str) -> str:
    """The command with a paper that there is, or what to look at where there is none."""
    if command == "unsave":
        return await _build_unsave_example(request)
    newest = await request.catalog.list_newest_papers(1)
    if not newest:
        return "topics"
    line = f"{command} {newest[0].entry.paper.arxiv_id}"
    return f"{line} {request.translate('note.example')}" if command == "note" else line


async def _build_unsave_example(request: CommandRequest) -> str:
    """To unsave a paper that the person saved; without any, the list of them, which is empty."""
    reader = await request.find_reader()
    saved = await request.catalog.list_saved(reader, 1) if reader else []
    return f"unsave {saved[0].entry.paper.arxiv_id}" if saved else "saved"


async def _find_papers(request: CommandRequest, command: str, ids: tuple[PaperId, ...], rest: str = "") -> NamedPapers:
    papers = ids[:_MAX_PAPERS]
    found = {paper.base_id: await request.catalog.get_paper(paper.base_id) for paper in papers}
    errors: Sequence[SourceError] = ()
    if command not in _ONLY_STORED and (wanted := [paper for paper in papers if _is_wanted(paper, found)]):
        from digestbot.core.commands.papers.looking_up import build_away_error, look_up_papers  # noqa: PLC0415  # late: few do

        looked_up = await look_up_papers(request, wanted)
        found |= {name: entry for name, entry in looked_up.found.items() if entry}
        errors = looked_up.errors
        if errors and not any(found.values()):
            raise build_away_error(request, errors[0], f"{command} {' '.join((*map(str, papers), rest))}".strip())
    _note_versions(request, papers, found)
    missing = tuple(paper for paper in papers if found[paper.base_id] is None)
    return NamedPapers(tuple(filter(None, found.values())), missing, errors[0] if errors else None)


def _is_wanted(paper: PaperId, found: Mapping[str, StoredEntry | None]) -> bool:
    """Whether a paper is to be looked up: it is not stored, or only an older version than the one that is named."""
    entry = found[paper.base_id]
    return entry is None or (not paper.is_doi and (paper.version or 0) > entry.entry.paper.version)


def _note_versions(request: CommandRequest, papers: Sequence[PaperId], found: Mapping[str, StoredEntry | None]) -> None:
    """Say beside the answer where another version was named than the newest, which is shown."""
    for paper in papers:
        entry = found[paper.base_id]
        if entry is None or paper.is_doi or paper.version in (None, entry.entry.paper.version):
            continue
        newest = entry.entry.paper.version
        key = "paper.newer_version" if (paper.version or 0) < newest else "paper.no_such_version"
        request.notes.append(request.translate(key, paper=paper.base_id, version=paper.version, newest=newest))


async def _find_by_number(
    request: CommandRequest, command: str, text: str, numbers: tuple[int, ...]
) -> tuple[PaperId, ...]:
    listed = await request.shown_lists.find_last(request.message, request.subscriber)
    if not listed:
        raise CommandError("no_list", "latest", f"search {text}", text=text)
    numbers = tuple(sorted(listed))[:_MAX_PAPERS] if numbers == (ALL,) else numbers
    numbers = tuple(max(listed) if number == LAST else number for number in numbers)
    unknown = next((number for number in numbers if number not in listed), None)
    if unknown is not None:
        first, last = min(listed), max(listed)
        example = f"{command} {first}"
        raise CommandError("not_in_list", example, number=unknown, first=first, last=last)
    return tuple(PaperId(listed[number]) for number in numbers)
