"""Keeping papers: /save, /unsave, /saved, /note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from digestbot.cards import digests, navigation, replies
from digestbot.cards.card import Button, Card, Line, Paragraph
from digestbot.cards.saved_marks import add_marks, format_tags, mark_lines
from digestbot.core.commands.base import CommandRequest, shorten_words
from digestbot.core.commands.papers.missing_papers import build_not_found_card, describe_missing
from digestbot.core.commands.papers.named_papers import NamedPapers, build_paper_example, find_named_papers
from digestbot.core.lines import page_numbers
from digestbot.core.lines.off_words import is_off
from digestbot.core.lines.saved_words import (
    PaperAndTags,
    find_paper_end,
    find_untaken,
    read_tags,
    split_dropped,
    split_tags,
)
from digestbot.core.lines.typed_line import parse_list_numbers
from digestbot.core.papers.saved_library import FoundSaved, write_states
from digestbot.domain.paper import find_paper_ids
from digestbot.domain.papers.saved_marks import MAX_TAGS, NO_MARKS, clean_note
from digestbot.domain.subscription import Subscriber
from digestbot.errors import CommandError
from digestbot.late_patterns import compile_late
from digestbot.store.chats.saved_marks import SavedPaper, SavedState
from digestbot.store.digests.digests import StoredEntry

_MAX_SHOWN_TAGS = 6
"""Tags that a list of saved papers has buttons for: those of most papers."""
_MAX_TOLD = 5
"""Papers that an answer describes; of more, it tells the number."""
_UNDO_TOKEN = compile_late(r"[0-9a-f]{4,32}")
_UNDO = "undo"


async def find_saved(request: CommandRequest, entry: StoredEntry) -> SavedState:
    """How the person who asks saved a paper; ``None`` if they did not."""
    reader = await request.find_reader()
    return await request.catalog.saved_library.get(reader, entry) if reader else None


async def handle_save(request: CommandRequest) -> Card:
    """Save papers, and add tags to them; a tag with ``-`` is taken off."""
    words, dropped = split_dropped(request.args)
    if dropped:
        return await _take_off_tags(replace(request, args=words), words, dropped)
    paper_words, tags = await _split_save(request)
    paper_words, untaken = await _split_untaken(request, paper_words)
    named = await find_named_papers(request, "save", paper_words)
    if not named.entries:
        return await build_not_found_card(request, "save", named.missing)
    reader = await request.get_or_create_reader()
    library, before = request.catalog.saved_library, {}
    for entry in named.entries:
        before[entry.entry.paper.arxiv_id] = await library.add_tags(reader, entry, tags)
    changed = [entry for entry in named.entries if _is_changed(before[entry.entry.paper.arxiv_id], tags)]
    texts = _describe(request, named, changed, ("saved.done", "saved.already"), before)
    if tags and request.message.is_for_one:
        texts.append(request.translate("saved.tags", tags=format_tags(await _list_tags(request, named, tags))))
    texts += _describe_untaken(request, named, untaken)
    undo = await _keep_undo(request, reader, changed, before, "unsave")
    more = _build_mark_buttons(request, named.entries[0]) if len(named.entries) == 1 else ()
    return replies.message_card("", *texts, buttons=[*undo, *more])


def _is_changed(state: SavedState, tags: Sequence[str]) -> bool:
    """Whether saving a paper with tags changes how it was saved."""
    return state is None or not set(tags) <= set(state.marks.tags)


async def _split_save(request: CommandRequest) -> PaperAndTags:
    """The paper and the tags. A whole line that is a paper's title is one, though it begins with a number."""
    is_typed = request.message.text.lstrip().startswith(("/", "／")) and not request.message.links
    split = split_tags(request.args, is_typed=is_typed)
    begins_otherwise = len(split.paper) < len(request.args) and not find_paper_ids(" ".join(split.paper))
    if begins_otherwise and split.tags and await request.catalog.find_by_title(request.argument_text):
        return PaperAndTags(request.args, ())
    return split


async def _split_untaken(
    request: CommandRequest, paper_words: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that name papers, and those after them that can be no tags: too many, or a sentence."""
    named, untaken = find_untaken(paper_words)
    is_meant = request.message.text.lstrip().startswith(("/", "／")) and not request.message.links
    if not untaken or not is_meant or await request.catalog.find_by_title(" ".join(paper_words)):
        return paper_words, ()
    return named, untaken


async def _list_tags(request: CommandRequest, named: NamedPapers, added: Sequence[str]) -> Sequence[str]:
    """The tags that a paper has now; of several papers, those that were added to each."""
    state = await find_saved(request, named.entries[0]) if len(named.entries) == 1 else None
    return state.marks.tags if state else added


def _describe_untaken(request: CommandRequest, named: NamedPapers, untaken: tuple[str, ...]) -> list[str]:
    """That words after a paper were kept nowhere, and where they can be."""
    if not untaken:
        return []
    number, few = named.entries[0].entry.paper.arxiv_id, len(read_tags(untaken)) <= MAX_TAGS
    note = request.show_line(f"note {number} …")
    return [request.translate("saved.sentence" if few else "saved.too_many_words", limit=MAX_TAGS, example=note)]


async def handle_unsave(request: CommandRequest) -> Card:
    """Unsave papers; their tags and notes come back with “undo”."""
    if len(request.args) == 2 and request.args[0] == _UNDO and _UNDO_TOKEN.fullmatch(request.args[1]):
        return await _undo(request, request.args[1])
    words, dropped = split_dropped(request.args, "#＃-−")
    if dropped:
        return await _take_off_tags(request, words, dropped)
    named = await find_named_papers(request, "unsave", request.args)
    if not named.entries:
        return await build_not_found_card(request, "unsave", named.missing)
    reader = await request.find_reader()
    before: dict[str, SavedState] = {}
    removed: list[StoredEntry] = []
    for entry in named.entries if reader else ():
        before[entry.entry.paper.arxiv_id] = await find_saved(request, entry)
        if reader and await request.catalog.unsave_paper(reader, entry):
            removed.append(entry)
    undo = await _keep_undo(request, reader, removed, before, "save") if reader else []
    return replies.message_card(
        "", *_describe(request, named, removed, ("saved.gone", "saved.was_not"), before), buttons=undo
    )


async def _take_off_tags(request: CommandRequest, paper_words: tuple[str, ...], dropped: Sequence[str]) -> Card:
    """Take tags off papers, which stay saved."""
    named = await find_named_papers(request, "unsave", paper_words)
    if not named.entries:
        return await build_not_found_card(request, "unsave", named.missing)
    reader = await request.find_reader()
    before = {entry.entry.paper.arxiv_id: await find_saved(request, entry) for entry in named.entries}
    changed = [entry for entry in named.entries if _has_any(before[entry.entry.paper.arxiv_id], dropped)]
    texts = []
    for entry in named.entries:
        if reader and entry in changed:
            await request.catalog.saved_library.add_tags(reader, entry, (), without=dropped)
        is_saved = before[entry.entry.paper.arxiv_id] is not None
        key = "saved.untagged" if entry in changed else "saved.no_such_tag" if is_saved else "saved.was_not"
        texts.append(request.translate(key, title=entry.entry.paper.title, tags=format_tags(dropped)))
    texts += filter(None, (describe_missing(request, named),))
    undo = await _keep_undo(request, reader, changed, before, "unsave") if reader else []
    return replies.message_card("", *texts, buttons=undo)


def _has_any(state: SavedState, tags: Sequence[str]) -> bool:
    return state is not None and not set(tags).isdisjoint(state.marks.tags)


def _describe(
    request: CommandRequest,
    named: NamedPapers,
    changed: Sequence[StoredEntry],
    keys: tuple[str, str],
    before: Mapping[str, SavedState],
) -> list[str]:
    """What became of each paper. ``keys`` say that it was changed, and that not."""
    texts = []
    for entry in named.entries:
        state, title = before.get(entry.entry.paper.arxiv_id), entry.entry.paper.title
        is_tagged = entry in changed and state is not None and keys[0] == "saved.done"
        key = "saved.tagged" if is_tagged else keys[0] if entry in changed else keys[1]
        texts.append(request.translate(key, title=title))
    texts += filter(None, (describe_missing(request, named),))
    return texts


async def _keep_undo(
    request: CommandRequest,
    reader: Subscriber,
    changed: Sequence[StoredEntry],
    before: Mapping[str, SavedState],
    opposite: str,
) -> list[Button]:
    """The button that puts papers back as they were; one that any process knows where the opposite does that."""
    ids = [entry.entry.paper.arxiv_id for entry in changed]
    if not ids:
        return []
    states = {name: before[name] for name in ids}
    token = await request.subscriptions.keep_step(reader, {"saved": write_states(states)})
    is_plain = not any(state and state.marks for state in states.values())
    is_opposite = is_plain and all((state is None) is (opposite == "unsave") for state in states.values())
    return [request.build_button("undo", f"{opposite} {' '.join(ids)}" if is_opposite else f"unsave {_UNDO} {token}")]


async def _undo(request: CommandRequest, token: str) -> Card:
    """Put back what a button of the person's own names; nothing else of theirs is touched."""
    reader = await request.find_reader()
    state = await request.subscriptions.undo(reader, token, only="saved") if reader else None
    if reader is None or state is None:
        return replies.message_card("", request.translate("undone.nothing"))
    return replies.message_card("", request.translate("undone"), *await describe_undone(request, reader, state))


async def describe_undone(request: CommandRequest, reader: Subscriber, state: Mapping[str, object]) -> list[str]:
    """How papers are saved now that they are as they were before."""
    before = state.get("saved")
    if not isinstance(before, Mapping):
        return []
    if len(before) > _MAX_TOLD:
        return [request.translate("saved.back", count=len(before))]
    texts = []
    for name in before:
        entry = await request.catalog.get_paper(name)
        saved = await request.catalog.saved_library.get(reader, entry) if entry else None
        if entry:
            texts.append(request.translate("saved.done" if saved else "saved.gone", title=entry.entry.paper.title))
        if saved and request.message.is_for_one and len(before) == 1:
            texts += _list_mark_texts(request, saved)
    return texts


def _list_mark_texts(request: CommandRequest, saved: SavedPaper) -> list[str]:
    tags, note = saved.marks.tags, saved.marks.note
    return [
        *([request.translate("saved.tags", tags=format_tags(tags))] if tags else []),
        *([request.translate("saved.note", note=note)] if note else []),
    ]


def _build_mark_buttons(request: CommandRequest, entry: StoredEntry) -> tuple[Button, ...]:
    """The buttons that ask for tags and for a note, where the platform can ask."""
    if not request.context.capabilities.forms:
        return ()
    number = entry.entry.paper.arxiv_id
    return tuple(
        Button(request.translate(f"button.{key}"), f"{command} {number}", prompt=request.translate(f"prompt.{key}"))
        for key, command in (("tag", "save"), ("note", "note"))
    )


async def handle_note(request: CommandRequest) -> Card:
    """Write a note beside a paper, which is saved with it; show it where nothing is to be written."""
    paper_words, note_words = await _split_note(request)
    named = await find_named_papers(request, "note", paper_words)
    if not named.entries:
        return await build_not_found_card(request, "note", named.missing)
    entry = named.entries[0]
    if not note_words:
        return await _build_note_card(request, entry)
    reader = await request.get_or_create_reader()
    note = "" if is_off(note_words) else clean_note(" ".join(note_words))
    before = await request.catalog.saved_library.get(reader, entry)
    if not note and (before is None or not before.marks.note):
        return await _build_note_card(request, entry)
    before = await request.catalog.saved_library.set_note(reader, entry, note)
    undo = await _keep_undo(request, reader, [entry], {entry.entry.paper.arxiv_id: before}, "unsave")
    key = "note.gone" if not note else "note.done" if before else "note.done_and_saved"
    texts = [request.translate(key, title=entry.entry.paper.title)]
    if note and request.message.is_for_one:
        texts.append(request.translate("saved.note", note=note))
    return replies.message_card("", *texts, buttons=undo)


async def _split_note(request: CommandRequest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that name the paper, one of them, and the note."""
    words = request.args
    if request.message.links and not find_paper_ids(" ".join(words)):
        return (), words
    first = next((number for number, word in enumerate(words, 1) if find_paper_ids(word)), 0)
    if first:
        return words[:first], words[first:]
    if words and len(parse_list_numbers(words[0])) == 1:
        return words[:1], words[1:]
    if end := find_paper_end(words):
        return words[:end], words[end:]
    title, colon, note = request.argument_text.replace("：", ":", 1).partition(": ")
    return (tuple(title.split()), tuple(note.split())) if colon else (words, ())


async def _build_note_card(request: CommandRequest, entry: StoredEntry) -> Card:
    """The note that there is, and how to write one."""
    saved = await find_saved(request, entry)
    number, marks = entry.entry.paper.arxiv_id, saved.marks if saved and request.message.is_for_one else NO_MARKS
    lines = mark_lines(marks, request.context)
    example = request.show_line(f"note {number} {request.translate('note.example')}")
    how = request.translate("note.how_again" if marks.note else "note.how", example=example)
    texts = () if lines else (request.translate("note.none"),)
    card = replies.message_card(shorten_words(entry.entry.paper.title), *texts, how)
    buttons = [button for button in _build_mark_buttons(request, entry) if button.command.startswith("note ")]
    if marks.note:
        buttons.append(request.build_button("note_off", f"note {number} off"))
    return _add(card, lines, buttons)


async def handle_saved(request: CommandRequest) -> Card:
    """The saved papers, newest first: all of them, those with a tag, or those that have some words."""
    words, page_number = page_numbers.split_page_number(request.args)
    wanted, reader, page_size = " ".join(words), await request.find_reader(), request.context.results_per_page
    found = await _find_page(request, reader, wanted, page_number) if reader else FoundSaved((), 0)
    if reader is None or not found.total:
        return await _build_none_saved_card(request, wanted)
    command = f"saved {f'#{found.tag}' if found.tag else wanted}".strip()
    page_count = navigation.count_pages(found.total, page_size)
    if page_number > page_count:
        raise CommandError("no_page", f"{command} p{page_count}", page=page_number, pages=page_count)
    stored = await request.catalog.list_stored([paper.paper_id for paper in found.papers])
    title = f"{request.translate('saved.title')} · {wanted}" if wanted else request.translate("saved.title")
    subtitle = request.context.translate_count("digest.count", found.total)
    entries = [one.entry for one in stored]
    card = digests.results_card(title, subtitle, entries, request.context, (command, page_number, page_count))
    if not request.message.is_for_one:
        return card
    marks = {paper.paper_id: paper.marks for paper in found.papers}
    card = add_marks(card, [marks[one.paper_id] for one in stored], request.context)
    tags = await request.catalog.saved_library.count_tags(reader)
    return _add(card, (), [Button(f"#{tag} · {count}", f"saved #{tag}") for tag, count in tags[:_MAX_SHOWN_TAGS]])


async def _find_page(request: CommandRequest, reader: Subscriber, wanted: str, page_number: int) -> FoundSaved:
    """A page of the saved papers; of all of them only as many are read."""
    size = request.context.results_per_page
    limit, offset = size, (page_number - 1) * size
    if wanted:
        return await request.catalog.saved_library.find_papers(reader, wanted, limit, offset)
    entries = await request.catalog.list_saved(reader, limit, offset)
    saved = await request.catalog.saved_library.list_of(reader, [entry.paper_id for entry in entries])
    return FoundSaved(tuple(saved), await request.catalog.count_saved(reader))


def _add(card: Card, lines: Sequence[Line], buttons: Sequence[Button]) -> Card:
    """The card with lines right below its title, and more buttons."""
    blocks = (*card.blocks[:1], *map(Paragraph, lines), *card.blocks[1:])
    return replace(card, blocks=blocks, buttons=(*card.buttons, *buttons))


async def _build_none_saved_card(request: CommandRequest, wanted: str) -> Card:
    title = request.translate("saved.title")
    if wanted:
        text = request.translate("saved.none_such", words=shorten_words(wanted))
        return replies.message_card(title, text, buttons=[request.build_button("help_saved", "saved")])
    example = request.translate("help.example", example=request.show_line(await build_paper_example(request, "save")))
    return replies.message_card(title, request.translate("saved.none"), example)
