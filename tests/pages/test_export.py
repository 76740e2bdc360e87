"""A digest as JSON: every field under its own key."""

from __future__ import annotations

import json
from dataclasses import replace

from digestbot.domain.digest import Figure, Section, Summary
from digestbot.domain.paper import PaperLink
from digestbot.pages.export import digest_to_json
from tests.factories import make_digest, make_entry


def test_a_digest_is_exported_whole_with_each_value_under_its_own_key() -> None:
    full = make_entry(
        title="A title",
        abstract="An abstract.",
        comment="A comment.",
        version=3,
        figures=(Figure("https://a.example/1.png", ("https://b.example/1.png",), "A caption"),),
    )
    full = replace(
        full,
        paper=replace(full.paper, links=(PaperLink("https://a.example", "code"),)),
        summary=Summary(
            "A headline.", ("One.", "Two."), (Section("Methods", "A body."),), ("chatter",), "html", "a-model"
        ),
        is_updated=True,
    )
    assert json.loads(json.dumps(digest_to_json(make_digest(entries=[full])))) == {
        "topic": "Topic A",
        "date": "2026-11-23",
        "entries": [
            {
                "paper": {
                    "arxiv_id": "2611.00001",
                    "version": 3,
                    "title": "A title",
                    "authors": ["Ada Moreno", "Bo Lin"],
                    "abstract": "An abstract.",
                    "comment": "A comment.",
                    "url": "https://arxiv.org/abs/2611.00001v3",
                    "links": [{"url": "https://a.example", "kind": "code"}],
                    "licence": "",
                },
                "summary": {
                    "headline": "A headline.",
                    "takeaways": ["One.", "Two."],
                    "sections": [{"title": "Methods", "body": "A body."}],
                    "flags": ["chatter"],
                    "basis": "html",
                    "writer": "a-model",
                },
                "figures": [
                    {
                        "url": "https://a.example/1.png",
                        "mirrors": ["https://b.example/1.png"],
                        "caption": "A caption",
                    }
                ],
                "updated": True,
            }
        ],
    }
