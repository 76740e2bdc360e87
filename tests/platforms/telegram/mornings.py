"""People who subscribed on Telegram."""

from __future__ import annotations

from digestbot.app import App
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address, CardStyle
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.world import BOT_ID


async def subscribe(app: App, person: Person, text: str = "/subscribe topic-a 10:00") -> None:
    person.chat.members[BOT_ID] = "member"
    card = (await app.dispatcher.handle_message(IncomingMessage(Address("telegram", str(person.id)), text))).card
    assert card.ok


async def choose_rich(app: App, *people: Person) -> None:
    """Give people rich cards, which are not the default."""
    for person in people:
        address = Address("telegram", str(person.id))
        subscriber = await app.subscriptions.get_or_create(address, person.language)
        await app.subscriptions.update_preferences(subscriber, card_style=CardStyle.RICH)
