"""/help: what people do most, with buttons; /help all: every command; /help COMMAND: one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from digestbot.cards.card import (
    Button,
    Card,
    CommandName,
    Heading,
    Inline,
    ListItem,
    Paragraph,
    Text,
    TextStyle,
    parse_inline,
)
from digestbot.core.commands.base import Command, CommandRequest, name_shortly
from digestbot.core.lines.chinese_arguments import put_into_chinese
from digestbot.core.lines.names import get_shown_name, list_names
from digestbot.core.text_folding import fold_text
from digestbot.errors import CommandError

_ALL = ("all", "全部", "所有")
_TASKS = {
    "subscribe": "topics",
    "follow": "follow",
    "latest": "latest",
    "find": "",
    "read": "",
    "save": "saved",
    "settings": "settings",
}
"""What people do most, each with the command of its button."""
_NEXT = {
    "stop": ("unsubscribe", "pause"),
    "unsubscribe": ("unsubscribe",),
    "pause": ("pause",),
    "subscribe": ("topics",),
    "save": ("saved",),
}
"""What who asks how to do something can do at once."""
_FORMS: dict[str, dict[str, str]] = {
    "follow": {
        "phrase": 'follow "gaussian splatting"',
        "either": "follow nerf OR slam",
        "without": "follow diffusion -video",
        "author": "follow author:Kerbl",
        "category": "follow splatting cat:cs.GR",
    },
    "follows": {
        "add": "follows add nerf OR slam",
        "edit": "follows edit {follow} nerf -survey",
        "export": "follows export",
        "less": "follows less {paper}",
        "author_of": "follows author {paper}",
    },
    "filter": {
        "without": "filter {own} diffusion -video",
        "either": "filter {own} nerf OR slam",
        "author": "filter {own} author:Kerbl",
        "off": "filter {own} off",
    },
    "mute": {
        "either": "mute survey OR review",
        "author": "mute author:Kerbl",
        "off": "mute survey off",
        "off_all": "mute off",
    },
    "rename": {"own_name": "rename {own} off"},
    "cite": {"cite_as": "cite {paper} ris"},
    "export": {"export_as": "export ris", "export_tag": "export bibtex #nerf"},
    "summarize": {"sent_pdf": "summarize", "summarize_it": "summarize it"},
    "ask": {"ask_on": "ask {question}"},
    "save": {"tags": "save {paper} #nerf"},
    "saved": {"by_tag": "saved #nerf"},
    "note": {"note_off": "note {paper} off"},
    "import": {"import": "import nerf OR slam; author:Kerbl; cs.GR", "import_all": "import all; nerf; cs.GR"},
}
"""How commands are written that can be written in several ways, each with what it does (``form.…``)."""
_FALLBACKS = {"topic": "cs.CV", "date": "yesterday", "paper": "1", "words": "diffusion"}
"""What examples name where there is nothing yet."""
_PRIVATE_ONLY, _SHARED_ONLY = ("start",), ("forget_channel",)
"""Commands of a chat with the bot alone, and of a chat of many."""


async def handle_help(request: CommandRequest) -> Card:
    """What people do most; with ``all`` every command, with a command's name that one."""
    if not request.args:
        return await _build_short_card(request)
    first, *more = request.args
    word = fold_text(first.lstrip("/"))
    command = next((known for known in request.commands if known.name == list_names().get(word)), None)
    if more and (command or word in _ALL):
        raise CommandError("not_understood", f"help {first}", text=" ".join(more))
    if word in _ALL:
        return await _build_table_card(request, _list_commands(request))
    if command is None:
        likely = difflib.get_close_matches(word, [known.name for known in request.commands], n=2)
        raise CommandError("unknown_command", *(f"help {name}" for name in (*likely, "all")), command=f"/{word[:40]}")
    card = await _build_table_card(request, [command], is_alone=True)
    buttons = [request.build_button(f"help_{name}", name) for name in _NEXT.get(command.name, ())]
    return replace(card, buttons=(*buttons, *card.buttons))


async def _build_short_card(request: CommandRequest) -> Card:
    examples = await find_example_values(request)
    is_private = request.message.user is None
    buttons: list[Button] = []
    items: list[ListItem] = []
    for task, command in _TASKS.items():
        key = f"help.{task}_here" if task == "find" and is_private else f"help.{task}"
        line = request.translate(f"{key}_how", **_name_commands(request, examples))
        items.append(ListItem(None, (Text(request.translate(f"help.{task}")),), "", (_split_commands(line),)))
        if command:
            buttons.append(request.build_button(f"help_{command}", command))
    buttons.append(request.build_button("help_all", "help all"))
    return replace(Card((Heading((Text(request.translate("help.title")),)), *items), tuple(buttons)), command="help")


def _split_commands(line: str) -> tuple[Inline, ...]:
    """A sentence whose commands, which stand between backticks, can be tapped where a platform has that."""
    parts = line.split("`")
    runs = [CommandName(part) if i % 2 else Text(part, TextStyle.PLAIN) for i, part in enumerate(parts)]
    return tuple(run for run in runs if run.text)


def _name_commands(request: CommandRequest, examples: Mapping[str, str]) -> dict[str, str]:
    names = {command.name: f"/{_show_name(request, command)}" for command in request.commands}
    words = {name: request.translate(f"usage.{name}") for name in ("topic", "words", "paper")}
    return {**{f"c_{name}": shown for name, shown in names.items()}, **words, **examples}


async def _build_table_card(request: CommandRequest, commands: Sequence[Command], *, is_alone: bool = False) -> Card:
    """What commands do, each with an example; one ``is_alone``, with all the ways to write it, under its name."""
    values = {**_FALLBACKS, "own": "cs.CV", **await find_example_values(request)}
    items = (_build_item(command, request, values) for command in commands)
    thanks = Paragraph((Text(request.translate("arxiv.thanks"), TextStyle.MUTED),))
    back = request.build_button("help", "help")
    if is_alone:
        (command,) = commands
        title = f"/{_show_name(request, command)}"
        forms = await _list_forms(request, command, values)
        return Card((Heading((Text(title),)), *items, *forms, thanks), (back,), command=f"help {command.name}")
    title = request.translate("help.all_title")
    return Card((Heading((Text(title),)), *items, thanks), (back,), command="help all")


async def _list_forms(request: CommandRequest, command: Command, values: Mapping[str, str]) -> list[ListItem]:
    """The ways to write a command, with what there is in the chat."""
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    follows = [one.topic.title for one in subscribed if one.topic.expression]
    own = {"follow": follows[0] if follows else request.translate("usage.label")}
    return [
        ListItem(
            None,
            (Text(f"/{format_line_of(request, command, line, {**values, **own})}"),),
            "",
            (parse_inline(request.translate(f"form.{name}"), TextStyle.MUTED),),
        )
        for name, line in _FORMS.get(command.name, {}).items()
    ]


def _list_commands(request: CommandRequest) -> list[Command]:
    """The commands that there are on the platform, in such a chat."""
    is_private = request.message.user is None
    elsewhere = _SHARED_ONLY if is_private else _PRIVATE_ONLY
    capabilities = request.context.capabilities
    hidden = (*capabilities.missing_commands, *elsewhere)
    own = [Command(name, (), name, handle_help) for name in capabilities.own_commands if is_private]
    return [*(command for command in request.commands if command.name not in hidden), *own]


def _build_item(command: Command, request: CommandRequest, values: Mapping[str, str]) -> ListItem:
    name: list[Inline] = [CommandName(f"/{_show_name(request, command)}")]
    if command.params:
        name.append(Text(f" {command.format_usage(request.language)}"))
    return ListItem(None, tuple(name), "", (parse_inline(_format_help(command, request, values), TextStyle.MUTED),))


def _show_name(request: CommandRequest, command: Command) -> str:
    is_localized = request.context.capabilities.localized_commands
    return get_shown_name(command.name, request.language, is_localized=is_localized)


def _format_help(command: Command, request: CommandRequest, values: Mapping[str, str]) -> str:
    summary = request.translate("help.summary", summary=request.translate(f"command.{command.name}"))
    example = format_example(command, request, values)
    shown = request.translate("help.example", example=f"/{example}") if example and command.params else ""
    return request.translate("help.line", summary=summary, example=shown).strip()


def format_example(command: Command, request: CommandRequest, values: Mapping[str, str]) -> str:
    """An example of the command with what there is; empty if there is nothing yet."""
    try:
        return format_line_of(request, command, command.example, values)
    except KeyError:
        return ""


def format_line_of(request: CommandRequest, command: Command, line: str, values: Mapping[str, str]) -> str:
    """A line with the command, under its name here, and with what there is. Raises :class:`KeyError`."""
    name, _, rest = line.partition(" ")
    shown = _show_name(request, command) if name == command.name else name
    arguments = rest.format_map(values)
    is_chinese = request.language == "zh" and request.context.capabilities.localized_commands
    return f"{shown} {put_into_chinese(name, arguments) if is_chinese else arguments}".strip()


async def find_example_values(request: CommandRequest) -> dict[str, str]:
    """What examples name: a topic that the chat has, or else one with digests, its newest date, and a paper."""
    dated = [summary for summary in await request.catalog.list_topics() if summary.latest_date]
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    own = {subscription.topic.slug for subscription in subscribed}
    chosen = max(dated, key=lambda one: (one.topic.slug in own, str(one.latest_date)), default=None)
    values = {
        "time": f"{request.preferences.time:%H:%M}",
        "question": request.translate("ask.example"),
        "note": request.translate("note.example"),
    }
    if subscribed:
        values["own"] = name_shortly(subscribed[0].topic)
    if chosen:
        values |= {"topic": chosen.topic.short_slug, "date": str(chosen.latest_date)}
    for stored in await request.catalog.list_newest_papers(1):
        paper = stored.entry.paper
        words = [word for word in paper.title.split() if len(word) > 3 and word.isalpha()]
        values |= {"paper": paper.arxiv_id, "words": max(words, key=len, default=paper.title[:20])}
    return values
