"""What a chat was sent, or is to be sent, in one message: the digests as a bundle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from digestbot.core.follows.narrowing import name_stored, narrow_digest
from digestbot.core.papers.requested_summaries import add_requested_to_digest
from digestbot.domain.bundle import Bundle, OlderDigests, TopicSection
from digestbot.domain.digest import Digest
from digestbot.domain.subscription import Subscriber
from digestbot.store import Store
from digestbot.store.announcements.followed_topics import NO_NARROWINGS, Narrowing, Narrowings, choose_narrowing
from digestbot.store.digests.digests import StoredDigest


def gather_bundle(stored: Iterable[StoredDigest], older: Mapping[str, OlderDigests] | None = None) -> Bundle:
    """The bundle of some digests; ``older`` are those that it only mentions, by the slugs of their topics."""
    by_topic: dict[str, list[StoredDigest]] = {}
    for one in stored:
        by_topic.setdefault(one.topic.slug, []).append(one)
    return Bundle.gather(
        TopicSection(found[0].topic, _sort_digests(found), (older or {}).get(slug)) for slug, found in by_topic.items()
    )


def _sort_digests(stored: Sequence[StoredDigest]) -> tuple[Digest, ...]:
    return tuple(sorted((one.digest for one in stored), key=attrgetter("date"), reverse=True))


@dataclass(frozen=True, slots=True)
class DeliveredBundle:
    """What a chat was sent in one message, as it was then, and the arXiv numbers of what it hides since."""

    bundle: Bundle
    hidden: frozenset[str]

    def list_numbers(self) -> dict[int, str]:
        """The papers by the numbers that they have in the message."""
        return {one.number: one.entry.paper.arxiv_id for one in self.bundle.list_papers()}


async def load_delivered(store: Store, subscriber: Subscriber, lead_digest_id: int) -> DeliveredBundle | None:
    """What a chat was sent with a digest as the lead, of those digests that are still there; ``None`` if none is."""
    digest_ids, narrowings = await store.history.find_delivered(subscriber.id, lead_digest_id)
    found = [stored for one in digest_ids if (stored := await store.digests.get_by_id(one))]
    if not found:
        return None
    now = (await store.followed_topics.find_narrowings({subscriber.id})).get(subscriber.id, NO_NARROWINGS)
    language = subscriber.preferences.language
    summarised = [await add_requested_to_digest(store.paper_summaries, stored, language) for stored in found]
    seen = [await _narrow(store, stored, narrowings, now, language) for stored in summarised]
    left = [await _narrow(store, stored, now, now, language) for stored in seen]
    kept = {entry.paper.arxiv_id for stored in left for entry in stored.digest.entries}
    sent = {entry.paper.arxiv_id for stored in seen for entry in stored.digest.entries}
    return DeliveredBundle(gather_bundle(seen), frozenset(sent - kept))


async def _narrow(
    store: Store, stored: StoredDigest, narrowings: Narrowings, now: Narrowings, language: str
) -> StoredDigest:
    """A digest without what a chat leaves out, under the name that it knows its topic by now."""
    narrowing = choose_narrowing(narrowings, stored.topic.slug)
    narrowing = replace(narrowing, label=choose_narrowing(now, stored.topic.slug).label)
    categories = await store.followed_topics.find_categories(stored.paper_ids) if narrowing != Narrowing() else {}
    return name_stored(narrow_digest(stored, narrowing, categories), narrowing, language)
