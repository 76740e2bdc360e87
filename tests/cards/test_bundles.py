"""Bundles as the messages of each platform: topics that overlap are no more messages."""

from __future__ import annotations

import pytest

from digestbot.cards.bundles import bundle_cards
from digestbot.cards.card import Card, Heading, Paragraph, to_plain_text
from digestbot.cards.context import RenderContext
from digestbot.domain.bundle import Bundle, TopicSection
from digestbot.domain.subscription import CardStyle, Preferences
from digestbot.domain.topic import Topic
from digestbot.platforms.discord.incoming.context import COMMON_CAPABILITIES
from tests.factories import make_digest, make_entry
from tests.platforms.discord.test_cards import render_messages
from tests.platforms.telegram.test_cards import make_context, make_messages

TITLE = "Seeing far: a paper with a name and a rather long title about pictures"


def make_bundle(topics: int, papers: int, *, shares: bool) -> Bundle:
    """Topics that have all papers in common, or each its part of them."""
    numbers = [f"2611.{number:05}" for number in range(papers)]
    parts = [numbers if shares else numbers[at::topics] for at in range(topics)]
    digests = [
        make_digest("T", "2026-11-24", [make_entry(one, title=f"Paper {int(one[5:])} of {TITLE}") for one in part])
        for part in parts
    ]
    return Bundle.gather(
        TopicSection(Topic(f"follow-{at:012}", f"gaussian splatting {at}"), (digest,))
        for at, digest in enumerate(digests)
    )


def build_cards(bundle: Bundle, context: RenderContext) -> tuple[Card, ...]:
    return bundle_cards(bundle, "latest sent-1", context, Preferences())


def count_messages(bundle: Bundle, platform: str) -> int:
    if platform == "discord":
        context = RenderContext("en", capabilities=COMMON_CAPABILITIES)
        return sum(len(render_messages(card)) for card in build_cards(bundle, context))
    style = CardStyle(platform)
    return sum(len(make_messages(card, style)) for card in build_cards(bundle, make_context(style)))


@pytest.mark.parametrize("platform", ["rich", "classic", "discord"])
def test_topics_that_overlap_are_hardly_more_messages_than_others(platform: str) -> None:
    apart = count_messages(make_bundle(10, 60, shares=False), platform)
    assert count_messages(make_bundle(10, 60, shares=True), platform) <= apart
    assert count_messages(make_bundle(50, 60, shares=True), platform) <= apart + 3


def test_a_section_names_five_papers_of_others_and_counts_the_rest() -> None:
    lines = {}
    for language in ("en", "zh"):
        cards = build_cards(make_bundle(2, 60, shares=True), make_context(CardStyle.RICH, language))
        blocks = [block for card in cards for block in card.blocks]
        title = next(to_plain_text(block.line) for block in blocks if isinstance(block, Heading))
        named = [to_plain_text(one.line) for one in blocks if isinstance(one, Paragraph) and " · " in str(one)]
        lines[language] = (title, named)
    ((title, (line,)), (_, (chinese,))) = lines.values()
    assert title == "Tue 24 Nov · 2 topics · 60 papers"
    assert [one.split(".")[0] for one in line.partition(": ")[2].split(" · ")] == [*"12345", "and 15 more"]
    assert chinese.endswith(" · 以及另外 15 篇")
