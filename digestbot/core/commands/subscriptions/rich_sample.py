"""A real digest as a rich card, for readers to see whether all their apps show it.

The platform takes a rich card whatever the reader's app can show, and nobody but the reader can tell.
"""

from __future__ import annotations

from dataclasses import replace

from digestbot.cards import replies
from digestbot.cards.card import Button, Card, Paragraph, Text, TextStyle
from digestbot.cards.digests import digest_card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.subscriptions.newest_digests import find_newest
from digestbot.domain.subscription import CardStyle
from digestbot.store.digests.digests import StoredDigest

SAMPLE_COMMAND = "settings format sample"
_MAX_PAPERS = 3


def can_try_rich(request: CommandRequest) -> bool:
    """Whether rich cards are a choice here that the chat has not made: the platform's default is classic."""
    styles = request.context.capabilities.card_styles
    is_choice = styles[:1] == (CardStyle.CLASSIC,) and CardStyle.RICH in styles
    return is_choice and request.preferences.card_style is not CardStyle.RICH


async def build_offer_buttons(request: CommandRequest) -> tuple[Button, ...]:
    """The button to the sample, for who may choose the chat's card style."""
    if not can_try_rich(request) or not await request.message.is_moderator():
        return ()
    return (request.build_button("try_rich", SAMPLE_COMMAND),)


async def build_sample_card(request: CommandRequest) -> Card:
    """The question whether the reader can read the sample below it, with the answers as buttons."""
    stored = await find_newest(request)
    if stored is None:
        return replies.message_card(request.translate("topics.title"), request.translate("topics.none"))
    buttons = (
        request.build_button("readable", "settings format rich"),
        request.build_button("not_readable", "settings format classic"),
    )
    question = replies.message_card(
        request.translate("sample.title"), request.translate("sample.text"), buttons=buttons
    )
    return replace(question, command=SAMPLE_COMMAND, sample=_build_sample(request, stored))


def _build_sample(request: CommandRequest, stored: StoredDigest) -> Card:
    context = replace(request.context, capabilities=request.message.capabilities_for(CardStyle.RICH))
    digest = replace(stored.digest, entries=stored.digest.entries[:_MAX_PAPERS])
    card = digest_card(stored.topic, digest, context)
    end = Paragraph((Text(request.translate("sample.end"), TextStyle.STRONG),))
    return replace(card, blocks=(*card.blocks, end), buttons=(), command="")
