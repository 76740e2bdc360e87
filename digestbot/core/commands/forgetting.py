"""/forgetme deletes what is stored about a person, /forget_channel what is stored about a chat of many."""

from __future__ import annotations

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands.base import CommandRequest
from digestbot.domain.subscription import Address, Subscriber

_YES, _NO = ("yes", "是"), ("no", "否")


async def handle_forgetme(request: CommandRequest) -> Card:
    """Delete everything stored about the person who asks, after confirmation."""
    subscriber = await request.find_reader()
    address = request.message.user or request.message.address
    return await _forget(request, subscriber, address, address.chat, "forgetme")


async def handle_forget_channel(request: CommandRequest) -> Card:
    """Delete everything stored about the chat, after confirmation."""
    if request.message.user is None:
        return await handle_forgetme(request)
    key = "forget_channel" if request.message.title else "forgetme"
    return await _forget(request, request.subscriber, request.message.address, "", key)


async def _forget(
    request: CommandRequest, subscriber: Subscriber | None, address: Address, viewer: str, key: str
) -> Card:
    chat = request.message.title
    is_confirmed = request.argument_text.casefold() in _YES
    if request.argument_text.casefold() in _NO:
        return replies.message_card("", request.translate("forget.kept"))
    if request.args and not is_confirmed:
        request.note_unread(request.argument_text)
    if subscriber is None:
        await _forget_uses(request, address, viewer)  # nothing else is, and nobody would miss this
        return replies.message_card("", request.translate(f"{key}.nothing", chat=chat))
    if not is_confirmed:
        stored = await request.subscriptions.count_stored(subscriber)
        counts = {name: request.context.translate_count(f"forgetme.{name}", count) for name, count in stored.items()}
        command = "forget_channel" if key == "forget_channel" else "forgetme"
        buttons = [request.build_button("forget", f"{command} yes"), request.build_button("keep", f"{command} no")]
        asked = request.translate(f"{key}.ask", chat=chat, **counts)
        how = request.translate("forget.how", line=request.show_line(f"{command} yes"))
        return replies.message_card("", asked, how, buttons=buttons)
    await request.subscriptions.delete_subscriber(subscriber)
    await _forget_uses(request, address, viewer)
    return replies.message_card("", request.translate(f"{key}.done", chat=chat))


async def _forget_uses(request: CommandRequest, address: Address, viewer: str) -> None:
    """Delete what is stored by the address alone: what was shown and asked there.

    How often a model was asked today stays until tomorrow is over: else this command would be a way around the quota.
    """
    await request.shown_lists.forget(address, viewer)
    if request.papers.questions:
        await request.papers.questions.forget(address)
