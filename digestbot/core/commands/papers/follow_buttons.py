"""What a paper's card offers to who follows, and what they follow."""

from __future__ import annotations

from dataclasses import replace

from digestbot.cards.card import Card, Paragraph, Text, TextStyle
from digestbot.core.commands.base import CommandRequest
from digestbot.core.follows.narrowing import explain_paper
from digestbot.domain.arxiv.announcement import AnnouncedPaper
from digestbot.domain.queries import Field, PaperMatcher, Query, read_stored
from digestbot.domain.subscription import Subscription
from digestbot.store.digests.digests import StoredEntry

EDIT, EXPORT, LESS, AUTHOR = "edit", "export", "less", "author"
"""What follows /follows, beside the name of a follow."""
MAX_NAMED_FOLLOWS = 2
"""How many of the follows that a paper matches are named, and can be narrowed by it."""


async def add_follow_buttons(request: CommandRequest, card: Card, stored: StoredEntry) -> Card:
    """A paper's card with what who follows may want beside it, and why the paper came."""
    followed = await list_follows(request)
    if not followed or request.message.is_public:
        return card
    number = stored.entry.paper.arxiv_id
    matching = list_matching(followed, stored)
    less = [request.build_button("less", f"follows {LESS} {number}")] if matching else []
    authors = (
        [request.build_button("follow_author", f"follows {AUTHOR} {number}")] if stored.entry.paper.authors else []
    )
    paper, language = stored.entry.paper, request.language
    names = request.context.join_names(
        explain_paper(one.topic.expression, one.topic.title, language, paper, stored.categories)
        for one in matching[:MAX_NAMED_FOLLOWS]
    )
    why = (Paragraph((Text(request.translate("list.reason", reason=names), TextStyle.MUTED),)),) if names else ()
    return replace(card, blocks=(*card.blocks[:1], *why, *card.blocks[1:]), buttons=(*card.buttons, *less, *authors))


def list_matching(followed: list[Subscription], stored: StoredEntry) -> list[Subscription]:
    """The follows that a paper matches, but for whole categories."""
    matcher = PaperMatcher([AnnouncedPaper(stored.entry.paper, stored.categories)])
    queries = [(one, read_stored(one.topic.expression)) for one in followed]
    return [one for one, query in queries if query and not _is_category(query) and matcher.count(query)]


def _is_category(query: Query) -> bool:
    return all(term.field is Field.CATEGORY for term in query.terms)


async def list_follows(request: CommandRequest) -> list[Subscription]:
    """What the chat follows, with the categories that it receives."""
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    return [one for one in subscribed if one.topic.expression]
