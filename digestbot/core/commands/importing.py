"""/import: what other programs export becomes follows."""

from __future__ import annotations

from dataclasses import replace

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.commands.base import CommandRequest, shorten_words
from digestbot.core.commands.following import ADD, keep_follow, list_follows, shorten_label
from digestbot.core.commands.subscriptions import build_undo_button
from digestbot.core.imports import ImportedLines, read_import
from digestbot.domain.queries import parse_query, print_query
from digestbot.errors import CommandError

_MAX_ROWS = 20
_ALL = ("all", "全部", "所有")


async def handle_import(request: CommandRequest) -> Card:
    """Propose a follow for each line of a list; the first word ``all`` keeps them all."""
    text = request.message.text
    lines = _drop_name(text) if "\n" in text else request.argument_text
    if not lines.strip():
        return replies.message_card(request.translate("import.title"), request.translate("import.how"))
    first, _, rest = lines.partition(";")
    if first.strip().casefold() in _ALL and rest.strip():
        return await _follow_all(request, read_import(rest))
    return await _build_proposals(request, read_import(lines))


def _drop_name(text: str) -> str:
    """What follows the command's name, with its lines."""
    stripped = text.strip()
    parts = stripped.split(None, 1)
    return parts[1] if len(parts) > 1 else ""


async def _build_proposals(request: CommandRequest, imported: ImportedLines) -> Card:
    """The expressions, each with how much it brings and the button that follows it."""
    if not imported.texts:
        raise CommandError("nothing_to_import", "import")
    followed = {one.topic.expression for one in await list_follows(request)}
    queries = [parse_query(text) for text in imported.texts]
    counts = await request.follows.count_found(queries)
    rows: list[replies.Row] = []
    for text, query, count in list(zip(imported.texts, queries, counts, strict=True))[:_MAX_ROWS]:
        is_followed = print_query(query) in followed
        told = request.translate("import.followed" if is_followed else "import.count", count=f"{count:,}")
        button = Button(f"+ {shorten_label(text)}", f"follows {ADD} {text}", keeps_card=True)
        rows.append((shorten_words(text), told, None if is_followed else button))
    everything = request.build_button("import_all", f"import all; {_join(imported)}", count=len(imported.texts))
    card = replies.list_card(
        request.translate("import.found"), rows, _format_unread(request, imported), buttons=[everything]
    )
    return replace(card, command=f"import {_join(imported)}")


def _join(imported: ImportedLines) -> str:
    return "; ".join(imported.texts)


def _format_unread(request: CommandRequest, imported: ImportedLines) -> str:
    if not imported.unread:
        return ""
    lines = request.context.join_names(f"“{shorten_words(one)}”" for one in imported.unread[:3])
    return request.translate("import.unread", lines=lines)


async def _follow_all(request: CommandRequest, imported: ImportedLines) -> Card:
    """Follow all of them, as far as there is room, as one step that can be undone."""
    subscriber = await request.get_or_create_subscriber()
    followed = {one.topic.expression for one in await list_follows(request)}
    states: dict[str, object] = {}
    kept = 0
    problem = ""
    for text in imported.texts:
        query = parse_query(text)
        if print_query(query) in followed:
            continue
        try:
            _, state, _ = await keep_follow(request, subscriber, text, query)
        except CommandError as error:
            problem = request.translate(f"error.{error.key}", **error.values)
            break
        states |= state["topics"]
        kept += 1
    key = "import.done_one" if kept == 1 else "import.done"
    buttons = [request.build_button("follows", "follows")]
    if states:
        buttons.append(await build_undo_button(request, subscriber, {"topics": states}))
    return replies.message_card("", request.translate(key, count=kept), problem, buttons=buttons)
