"""/import: what other programs export becomes follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.commands.base import CommandRequest, shorten_words
from digestbot.core.commands.follows.following import keep_follow
from digestbot.core.commands.follows.previews import ADD, shorten_label
from digestbot.core.commands.papers.follow_buttons import list_follows
from digestbot.core.commands.subscriptions.subscribing import build_undo_button
from digestbot.core.follows.follow_previews import MAX_PAPERS_PER_DAY
from digestbot.core.follows.import_service import MAX_IMPORTED, ImportedLines, read_import
from digestbot.core.follows.imported_files import read_document
from digestbot.core.ports import IncomingDocument
from digestbot.domain.queries import QueryError, parse_query, print_query
from digestbot.errors import CommandError

_MAX_ROWS, _MAX_UNREAD, _MAX_NAMED = 20, 5, 10
_ALL = ("all", "全部", "所有")


async def handle_import(request: CommandRequest) -> Card:
    """Propose a follow for each line of a list or a file; the first word ``all`` keeps them all."""
    if request.message.documents:
        return await _import_document(request, request.message.documents[0])
    text = request.message.text
    lines = _drop_name(text) if "\n" in text else request.argument_text
    if not lines.strip():
        return replies.message_card(request.translate("import.title"), request.translate("import.how"))
    first, _, rest = lines.partition(";")
    if first.strip().casefold() in _ALL and rest.strip():
        return await _follow_all(request, read_import(rest))
    return await _build_proposals(request, read_import(lines))


async def _import_document(request: CommandRequest, document: IncomingDocument) -> Card:
    imported = await read_document(document)
    if request.argument_text.strip(" ;").casefold() in _ALL:
        return await _follow_all(request, imported)
    return await _build_proposals(request, imported)


def _drop_name(text: str) -> str:
    """What follows the command's name, with its lines."""
    stripped = text.strip()
    parts = stripped.split(None, 1)
    return parts[1] if len(parts) > 1 else ""


async def _build_proposals(request: CommandRequest, imported: ImportedLines) -> Card:
    """The expressions, each with how much it brings and the button that follows it, and what could not be read."""
    if not imported.texts and not imported.unread and not imported.other_feeds:
        raise CommandError("nothing_to_import", "import")
    followed = {one.topic.expression for one in await list_follows(request)}
    queries = [parse_query(text) for text in imported.texts]
    counts = await request.follows.count_found(queries)
    limit = MAX_PAPERS_PER_DAY * max(1, await request.follows.count_days())
    new = [text for text, query in zip(imported.texts, queries, strict=True) if print_query(query) not in followed]
    rows = [
        _build_row(request, text, count, is_followed=text not in new, is_wide=count > limit)
        for text, count in list(zip(imported.texts, counts, strict=True))[:_MAX_ROWS]
    ]
    rows += [_build_unread_row(request, text, error) for text, error in imported.unread[:_MAX_UNREAD]]
    wide = sum(text in new and count > limit for text, count in zip(imported.texts, counts, strict=True))
    everything = [request.build_button("import_all", f"import all; {'; '.join(new)}", count=len(new))] if new else []
    title = request.translate("import.found" if imported.texts else "import.title")
    card = replies.list_card(title, rows, *_list_remarks(request, imported, wide), buttons=everything)
    return replace(card, command=f"import {'; '.join(imported.texts)}")


def _build_row(request: CommandRequest, text: str, count: int, *, is_followed: bool, is_wide: bool) -> replies.Row:
    if is_followed:
        return shorten_words(text), request.translate("import.followed"), None
    told = request.translate("import.count", count=f"{count:,}")
    if is_wide:
        told = f"{told} · {request.translate('import.too_wide', limit=MAX_PAPERS_PER_DAY)}"
    return shorten_words(text), told, Button(f"+ {shorten_label(text)}", f"follows {ADD} {text}", keeps_card=True)


def _build_unread_row(request: CommandRequest, text: str, error: QueryError) -> replies.Row:
    """What is wrong with a line, with the button that follows what may be meant."""
    mended = error.mended
    button = Button(f"+ {shorten_label(mended)}", f"follows {ADD} {mended}", keeps_card=True) if mended else None
    return shorten_words(text), request.translate(f"error.{error.key}", **error.values), button


def _list_remarks(request: CommandRequest, imported: ImportedLines, wide_count: int) -> list[str]:
    """What is not among the rows, and how many of these are too wide."""
    remarks = [request.context.translate_count("import.too_wide_count", wide_count)] if wide_count else []
    if more := imported.unread[_MAX_UNREAD:]:
        remarks.append(request.translate("import.unread", lines=_join_names(request, [text for text, _ in more])))
    if imported.other_feeds:
        remarks.append(request.translate("import.other_feeds", names=_join_names(request, imported.other_feeds)))
    if imported.left_authors:
        count, shown = imported.left_authors + len(imported.texts), len(imported.texts)
        remarks.append(request.translate("import.authors", shown=shown, count=f"{count:,}"))
    if imported.is_cut:
        remarks.append(request.translate("import.cut", count=MAX_IMPORTED))
    return remarks


def _join_names(request: CommandRequest, names: Sequence[str]) -> str:
    """Some of the names, and how many more there are."""
    shown = request.context.join_names(f"“{shorten_words(one)}”" for one in names[:_MAX_NAMED])
    return f"{shown} (+{len(names) - _MAX_NAMED})" if len(names) > _MAX_NAMED else shown


async def _follow_all(request: CommandRequest, imported: ImportedLines) -> Card:
    """Follow all of them, as far as there is room, as one step that can be undone."""
    subscriber = await request.get_or_create_subscriber()
    followed = {one.topic.expression for one in await list_follows(request)}
    states: dict[str, object] = {}
    kept: list[str] = []
    problem = ""
    for text in imported.texts:
        query = parse_query(text)
        if print_query(query) in followed:
            continue
        try:
            topic, state, _ = await keep_follow(request, subscriber, text, query, has_digests=False)
        except CommandError as error:
            problem = request.translate(f"error.{error.key}", **error.values)
            break
        states |= state["topics"]
        kept.append(topic.expression)
    await request.subscriptions.build_digests(subscriber, kept)
    key = "import.done_one" if len(kept) == 1 else "import.done"
    buttons = [request.build_button("follows", "follows")]
    if states:
        buttons.append(await build_undo_button(request, subscriber, {"topics": states}))
    return replies.message_card("", request.translate(key, count=len(kept)), problem, buttons=buttons)
