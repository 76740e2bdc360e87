"""What a paper's card offers to who follows: less like this, and its authors."""

from __future__ import annotations

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.papers.follow_buttons import EDIT, MAX_NAMED_FOLLOWS, list_follows, list_matching
from digestbot.core.commands.papers.named_papers import find_named_papers
from digestbot.core.follows.suggestions import is_alternative
from digestbot.domain.paper import PaperId
from digestbot.domain.queries import Query, parse_stored, print_query, read_stored
from digestbot.domain.queries.words import split_singular_tokens
from digestbot.domain.subscription import Subscription
from digestbot.domain.text.search_words import is_telling
from digestbot.errors import CommandError
from digestbot.store.digests.digests import StoredEntry

_MAX_WORDS, _MAX_HIDDEN, _MAX_AUTHORS = 6, 3, 10
_MIN_WORD = 3


async def handle_less(request: CommandRequest, name: str) -> Card:
    """Which word of a paper is to be left out from now on."""
    stored = await _require_paper(request, name)
    matching = list_matching(await list_follows(request), stored)[:MAX_NAMED_FOLLOWS]
    if not matching:
        return replies.message_card("", request.translate("less.none"))
    limit = _MAX_WORDS // len(matching)
    buttons = [
        _build_less_button(request, one, word, is_only=len(matching) == 1)
        for one in matching
        for word in _list_words(stored, parse_stored(one.topic.expression))[:limit]
    ]
    wanted = [set(_list_words(stored, parse_stored(one.topic.expression))) for one in matching]
    hidden = [word for word in _list_title_words(stored) if all(word in words for words in wanted)]
    buttons += [request.build_button("mute", f"mute {word}", words=word) for word in hidden[:_MAX_HIDDEN]]
    title = request.translate("less.title", topic=request.context.join_names(one.topic.title for one in matching))
    text = request.translate("less.which", title=stored.entry.paper.title)
    return replies.message_card(title, text, buttons=buttons)


def _build_less_button(request: CommandRequest, subscription: Subscription, word: str, *, is_only: bool) -> Button:
    """The button that leaves a word out of a follow, which says of which one where there are several."""
    query, topic = parse_stored(subscription.topic.expression), subscription.topic
    base = f"({print_query(query)})" if is_alternative(query) else print_query(query)
    label = f"−{word}" if is_only else request.translate("less.of", words=word, topic=topic.title)
    return Button(label, f"follows {EDIT} {topic.slug} {base} -{word}")


def _list_words(stored: StoredEntry, query: Query) -> list[str]:
    """The telling words of a paper's title that a query does not look for."""
    wanted = {word for term in query.terms for word in term.words}
    return [word for word in _list_title_words(stored) if word not in wanted]


def _list_title_words(stored: StoredEntry) -> list[str]:
    """The telling words of a paper's title, each once."""
    words = dict.fromkeys(split_singular_tokens(stored.entry.paper.title))
    return [word for word in words if len(word) >= _MIN_WORD and word.isalpha() and is_telling((word,))]


async def handle_author(request: CommandRequest, name: str) -> Card:
    """Which of a paper's authors is to be followed."""
    stored = await _require_paper(request, name)
    named = [(author, f'author:"{_clean(author)}"') for author in stored.entry.paper.authors[:_MAX_AUTHORS]]
    buttons = [Button(author, f"follow {line}") for author, line in named if read_stored(line)]  # "J." is nobody
    return replies.message_card(
        request.translate("author.title"),
        request.translate("author.which", title=stored.entry.paper.title),
        buttons=buttons,
    )


def _clean(author: str) -> str:
    """A name without what an expression would take for more."""
    return " ".join("".join(char for char in author if char not in '"“”()（）「」|').split())


async def _require_paper(request: CommandRequest, name: str) -> StoredEntry:
    """The paper with this number, or, of “it”, the one that was opened last. Raises :class:`CommandError`."""
    if name == "it":
        named = await find_named_papers(request, "paper", ("it",))
        if named.entries:
            return named.entries[0]
    paper = PaperId.parse(name)
    stored = await request.catalog.get_paper(paper.base_id) if paper else None
    if stored is None:
        raise CommandError("not_a_paper", "latest", text=name)
    return stored
