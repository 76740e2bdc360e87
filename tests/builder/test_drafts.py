"""What a summary is kept under, and as what: it is made anew where anything that it depends on is another."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from digestbot.builder.drafts import Draft, build_draft_key
from digestbot.builder.models import prompts
from digestbot.domain.digest import Figure, Section, Summary
from digestbot.domain.paper import Paper

PAPER = Paper("2611.00001", 1, "Loops", (), "We design loops.")
DOI = Paper("10.1101/2026.11.20.123456", 1, "Loops", (), "We design loops.")


def make_key(
    paper: Paper = PAPER, language: str = "en", models: tuple[str, ...] = ("a", "b"), *, full: bool = True
) -> str:
    return build_draft_key(paper, language, models, full_text=full)


def test_a_draft_is_anothers_where_the_paper_its_version_or_how_it_was_made_is_another() -> None:
    others = [
        make_key(),
        make_key(replace(PAPER, arxiv_id="2611.00002")),
        make_key(replace(PAPER, version=2)),
        make_key(DOI),
        make_key(replace(DOI, version=2)),
        make_key(language="zh"),
        make_key(models=("a",)),
        make_key(models=("a", "c")),
        make_key(models=("b", "a")),  # who is asked first writes
        make_key(models=()),
        make_key(full=False),
    ]
    assert len(set(others)) == len(others)
    assert make_key() == make_key(replace(PAPER, title="Loops, once more", abstract="Another"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_change_of_what_models_are_told_makes_new_drafts_in_that_language(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {code: make_key(language=code) for code in ("en", "zh")}
    told = prompts.load_instructions
    monkeypatch.setattr(
        prompts, "load_instructions", lambda code: f"{told(code)}\n- Rhyme." if code == language else told(code)
    )
    assert {code for code in before if make_key(language=code) != before[code]} == {language}


def test_a_draft_comes_back_as_it_was_kept() -> None:
    summary = Summary("H", ("T1", "T2"), (Section("S1", "B1"), Section("S2", "B2")), ("number", "link"), "pdf", "model")
    mirrors = ("https://b.example/2.png", "https://c.example/2.png")
    draft = Draft(
        summary, (Figure("https://a.example/1.png", (), "One"), Figure("https://a.example/2.png", mirrors, "Two"))
    )
    assert Draft.from_json(json.loads(json.dumps(draft.to_json()))) == draft
