"""What people say to somebody rather than to a machine: thanks, yes, next, and sentences that no command is in."""

from __future__ import annotations

from dataclasses import replace

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.digests.dated import handle_digest
from digestbot.core.commands.digests.latest import handle_latest
from digestbot.core.commands.digests.searching import handle_search
from digestbot.core.commands.papers.saving import handle_saved
from digestbot.core.commands.papers.showing import show_paper
from digestbot.errors import CommandError

_CHAT_BUTTONS = {
    "ok": ("topics", "latest"),
    "thanks": (),
    "bye": ("subscriptions",),
    "yes": ("topics", "latest", "help"),
    "no": ("topics", "latest", "help"),
}
"""What can be of use beside each answer."""
_TURNED = {
    "digest": handle_digest, "latest": handle_latest, "paper": show_paper, "search": handle_search,
    "saved": handle_saved,
}  # fmt: skip
"""What shows a list or a text in several pages."""


async def handle_chat(request: CommandRequest) -> Card:
    """A short answer to what is no question."""
    kind = request.args[0]
    buttons = [request.build_button(f"help_{name}" if name != "help" else name, name) for name in _CHAT_BUTTONS[kind]]
    return replies.message_card("", request.translate(f"chat.{kind}"), buttons=buttons)


async def handle_more(request: CommandRequest) -> Card:
    """The page after, before or with a number of what was shown last. Raises :class:`CommandError` without one."""
    page = await request.shown_lists.find_page(request.message)
    which = request.args[0]
    if not page.command:
        return await _answer_without_pages(request, which)
    number = page.number + {"next": 1, "previous": -1}.get(which, 0)
    if which.startswith("p") and which[1:].isdecimal():
        number = int(which[1:])
    name, *words = page.command.split()
    if number < 1 or name not in _TURNED:
        return replies.message_card("", request.translate("more.first"))
    return await _TURNED[name](replace(request, args=(*words, f"p{number}"), is_spoken=False))


async def _answer_without_pages(request: CommandRequest, which: str) -> Card:
    """A gene such as p21 is searched for; there is no page that anything else could mean."""
    if which.startswith("p") and which[1:].isdecimal():
        return await handle_search(replace(request, args=(which,)))
    listed = await request.shown_lists.find_last(request.message, request.subscriber)
    if not listed:
        raise CommandError("no_pages", "latest", "topics")
    return replies.message_card("", request.translate("more.all"))
