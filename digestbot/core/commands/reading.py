"""Reading: /latest, /digest, /paper, /search, /save, /unsave, /saved."""

from __future__ import annotations

from digestbot.cards import digests, papers, replies
from digestbot.cards.card import Button, Card
from digestbot.core.commands import words
from digestbot.core.commands.command import Request
from digestbot.domain.paper import PaperId
from digestbot.domain.topic import Topic
from digestbot.errors import CommandError
from digestbot.store.digests import StoredDigest, StoredEntry


async def latest(request: Request) -> Card:
    """The newest digest of a topic; without one, of the only topic, or a choice of those received."""
    names, page = words.split_page(request.words)
    if names:
        topic = await request.topic(" ".join(names), "latest")
        return await _digest_of(request, topic, await request.library.latest(topic), page)
    return await _latest_of_all(request)


async def _latest_of_all(request: Request) -> Card:
    mine = await request.subscriptions.of(request.subscriber) if request.subscriber else []
    slugs = {subscription.topic.slug for subscription in mine}
    shelves = [s for s in await request.library.shelves() if s.newest and (not slugs or s.topic.slug in slugs)]
    if len(shelves) == 1:
        return await _digest_of(request, shelves[0].topic, await request.library.latest(shelves[0].topic), 1)
    if not shelves:
        return replies.said(request.say("topics.title"), request.say("topics.none"))
    rows = [
        (s.topic.title, str(s.newest), request.button("latest", f"latest {s.topic.slug}"))
        for s in sorted(shelves, key=lambda shelf: str(shelf.newest), reverse=True)
    ]
    hint = "" if slugs else request.say("digest.latest_hint")
    return replies.listed(request.say("digest.latest_many" if slugs else "topics.title"), rows, hint)


async def digest(request: Request) -> Card:
    """The digest of a topic on a date, or its newest."""
    names, page = words.split_page(request.words)
    today = request.clock.now().date()
    day = None
    if len(names) > 1:
        try:
            day = words.day(names[-1], today)
        except CommandError as error:
            topic = await request.topic(" ".join(names[:-1]), "digest")
            dates = await request.library.dates(topic, 1)
            raise CommandError(error.key, *(f"digest {topic.slug} {d}" for d in dates), **error.values) from None
    topic = await request.topic(" ".join(names[:-1] if day else names), "digest")
    if day is None:
        return await _digest_of(request, topic, await request.library.latest(topic), page)
    found = await request.library.on(topic, day)
    if found is None:
        return await _no_digest_on(request, topic, day.isoformat())
    return await _digest_of(request, topic, found, page)


async def _no_digest_on(request: Request, topic: Topic, day: str) -> Card:
    dates = [d.isoformat() for d in await request.library.dates(topic, 5)]
    if not dates:
        return await _digest_of(request, topic, None, 1)
    text = request.say("digest.not_on", topic=topic.title, date=day, dates=", ".join(dates))
    buttons = [Button(d, f"digest {topic.slug} {d}") for d in dates]
    return replies.wrong(request.say("error.title"), text, request.say("error.works"), [buttons[0].command], buttons)


async def _digest_of(request: Request, topic: Topic, found: StoredDigest | None, page: int) -> Card:
    if found is None:
        subscribe = request.button("subscribe", f"subscribe {topic.slug}", topic=topic.title)
        text = request.say("digest.none", topic=topic.title, slug=topic.slug)
        return replies.said(topic.title, text, buttons=[subscribe])
    pages = digests.pages_of(len(found.digest.entries), request.view.can.page)
    if page > pages:
        again = f"digest {topic.slug} {found.digest.date} p{pages}"
        raise CommandError("no_page", again, page=page, pages=pages)
    return digests.digest_card(topic, found.digest, request.view, page)


async def paper(request: Request) -> Card:
    """A paper by its arXiv number or address; with ``full``, unfolded."""
    last = request.words[-1].casefold() if len(request.words) > 1 else ""
    full, figures = last == "full", last == "figures"
    entry, missing = await _find(request, "paper", request.words[:-1] if full or figures else request.words)
    if entry is None:
        return missing
    if figures:
        return papers.figures_card(entry.entry, request.view)
    reader = await request.reader()
    kept = reader is not None and not request.said.public and await request.library.keeps(reader, entry)
    return papers.paper_card(entry.entry, entry.topic, entry.date, request.view, full=full, kept=kept)


async def _find(request: Request, command: str, named: tuple[str, ...]) -> tuple[StoredEntry | None, Card]:
    """The paper that the words name, or the card that says that there is none."""
    text = " ".join(named)
    if not text:
        raise CommandError("need_paper", f"{command} 2410.18974")
    number = PaperId.parse(text)
    if number is None:
        raise CommandError("not_a_paper", f"{command} 2410.18974", text=text[:80])
    entry = await request.library.paper(number.number)
    text = request.say("paper.not_found", paper=str(number), url=number.abs_url)
    works = await _some_paper(request, command)
    return entry, replies.wrong(request.say("error.title"), text, request.say("error.works"), works)


async def _some_paper(request: Request, command: str) -> list[str]:
    """The command with a paper that there is."""
    for shelf in await request.library.shelves():
        found = await request.library.latest(shelf.topic) if shelf.newest else None
        if found and found.digest.entries:
            return [f"{command} {found.digest.entries[0].paper.arxiv_id}"]
    return []


async def search(request: Request) -> Card:
    """Papers by words, ten a page."""
    terms, page = words.split_page(request.words)
    text = " ".join(terms)
    if not text:
        raise CommandError("need_words", "search gaussian splatting", "search 扩散模型")
    rows = request.view.rows
    found = await request.library.search(text, rows, (page - 1) * rows)
    if not found.total:
        return replies.said(request.say("search.title", words=text), request.say("search.none", words=text))
    pages = digests.pages_of(found.total, rows)
    if page > pages:
        raise CommandError("no_page", f"search {text} p{pages}", page=page, pages=pages)
    key = "search.many" if found.total >= 1000 else "search.count_one" if found.total == 1 else "search.count"
    about = request.say(key, count=f"{found.total:,}")
    title = request.say("search.title", words=text)
    entries = [entry.entry for entry in found.entries]
    return digests.results_card(title, about, entries, request.view, (f"search {text}", page, pages))


async def save(request: Request) -> Card:
    """Keep a paper."""
    entry, missing = await _find(request, "save", request.words)
    if entry is None:
        return missing
    kept = await request.library.save(await request.known_reader(), entry)
    undo = request.button("undo", f"unsave {entry.entry.paper.arxiv_id}")
    text = request.say("saved.done" if kept else "saved.already", title=entry.entry.paper.title)
    return replies.said("", text, buttons=[undo] if kept else [])


async def unsave(request: Request) -> Card:
    """Let a kept paper go."""
    entry, missing = await _find(request, "unsave", request.words)
    if entry is None:
        return missing
    reader = await request.reader()
    gone = reader is not None and await request.library.unsave(reader, entry)
    undo = request.button("undo", f"save {entry.entry.paper.arxiv_id}")
    text = request.say("saved.gone" if gone else "saved.was_not", title=entry.entry.paper.title)
    return replies.said("", text, buttons=[undo] if gone else [])


async def saved(request: Request) -> Card:
    """The kept papers, newest first."""
    _, page = words.split_page(request.words)
    reader = await request.reader()
    kept = await request.library.saved(reader) if reader else []
    if not kept:
        examples = await _some_paper(request, "save")
        example = request.say("help.example", example=f"/{examples[0]}") if examples else ""
        return replies.said(request.say("saved.title"), request.say("saved.none"), example)
    rows = request.view.rows
    pages = digests.pages_of(len(kept), rows)
    if page > pages:
        raise CommandError("no_page", f"saved p{pages}", page=page, pages=pages)
    first = (page - 1) * rows
    shown = [entry.entry for entry in kept[first : first + rows]]
    about = request.say("digest.count_one" if len(kept) == 1 else "digest.count", count=len(kept))
    return digests.results_card(request.say("saved.title"), about, shown, request.view, ("saved", page, pages))
