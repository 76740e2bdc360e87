"""/forgetme leaves nothing of a person, whatever else is known of them."""

from __future__ import annotations

from digestbot.app import App
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from tests.core.commands.asking import send_message

PERSON, GROUP = Address("telegram", "7"), Address("telegram", "-100", "12")


async def test_what_a_person_was_asked_by_a_form_is_forgotten_though_nothing_else_is_known(empty_app: App) -> None:
    tokens, now = empty_app.store.callback_tokens, empty_app.clock.now()
    await tokens.save({"t": "form 7 … ask 2611.1"}, now, "telegram 7")
    await tokens.save({"u": "form 8 … ask 2611.1"}, now, "telegram 8")
    await send_message(empty_app, IncomingMessage(GROUP, "/forgetme yes", "en", user=PERSON, title="Lab"))
    assert [await tokens.get_command(token) is None for token in "tu"] == [True, False]
