"""Digests as JSON for scripts."""

from __future__ import annotations

from typing import Any

from digestbot.domain.digest import Digest, Entry


def digest_to_json(digest: Digest) -> dict[str, Any]:
    """The digest with all its entries; ``docs/page-format.md`` describes the keys."""
    return {
        "topic": digest.topic,
        "date": digest.date.isoformat(),
        "entries": [entry_to_json(entry) for entry in digest.entries],
    }


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """One paper with its summary and figures."""
    paper, summary = entry.paper, entry.summary
    return {
        "paper": {
            "arxiv_id": paper.arxiv_id,
            "version": paper.version,
            "title": paper.title,
            "authors": list(paper.authors),
            "abstract": paper.abstract,
            "comment": paper.comment,
            "url": paper.url,
            "links": [{"url": link.url, "kind": link.kind} for link in paper.links],
            "licence": paper.licence,
        },
        "summary": {
            "headline": summary.headline,
            "takeaways": list(summary.takeaways),
            "sections": [{"title": section.title, "body": section.body} for section in summary.sections],
            "flags": list(summary.flags),
            "basis": summary.basis,
            "writer": summary.writer,
        },
        "figures": [
            {"url": figure.url, "mirrors": list(figure.mirrors), "caption": figure.caption} for figure in entry.figures
        ],
        "updated": entry.is_updated,
    }
