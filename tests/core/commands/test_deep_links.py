"""Commands as the one word that a link into a chat carries."""

from __future__ import annotations

import re

import pytest

from digestbot.core.commands.deep_links import decode_command, encode_command, encode_paper, encode_topic


@pytest.mark.parametrize("kind", ["topic", "latest"])
@pytest.mark.parametrize(
    "slug", ["nerf", "diffusion-models", "3dgs", "a", "ab", "abc", "语音", "元宇宙-虚拟人", "b_x", "under_score", "é"]
)
def test_a_topics_word_means_the_command_for_that_topic(slug: str, kind: str) -> None:
    word = encode_topic(slug, kind)
    assert word is not None
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", word)
    assert decode_command(word) == {"topic": f"subscribe {slug}", "latest": f"latest {slug}"}[kind]


@pytest.mark.parametrize("kind", ["paper", "save"])
@pytest.mark.parametrize("number", ["2410.18974", "0704.0001"])
def test_a_papers_word_means_the_command_for_that_paper(number: str, kind: str) -> None:
    word = encode_paper(number, kind)
    assert word == f"{kind}_{number.replace('.', '-')}"
    assert decode_command(word) == f"{kind} {number}"


@pytest.mark.parametrize("number", ["hep-th/9901001", "10.1101/2026.11.20.123456", "2410.189745", "2410.189", ""])
def test_a_paper_of_another_kind_has_no_word(number: str) -> None:
    assert encode_paper(number) is None


def test_a_word_has_at_most_sixty_four_characters() -> None:
    assert encode_topic("x" * 58) == "topic_" + "x" * 58  # 64
    assert encode_topic("x" * 59) is None
    assert encode_topic("语" * 14) is not None  # 42 bytes are 56 letters, and "topic_b_" before them
    assert encode_topic("语" * 15) is None


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("subscribe nerf", "topic_nerf"),
        ("paper 2410.18974", "paper_2410-18974"),
        ("save 2410.18974", "save_2410-18974"),
        ("subscribe", None),
        ("subscribe nerf 08:00", None),
        ("unsubscribe nerf", None),
        ("latest nerf", None),
        ("paper hello", None),
        ("forgetme yes", None),
    ],
)
def test_only_what_a_link_can_carry_has_a_word(command: str, word: str | None) -> None:
    assert encode_command(command) == word


@pytest.mark.parametrize(
    "word",
    ["", "topic", "topic_", "latest_", "topic_b_", "topic_b_!", "topic_b__w", "paper_", "paper_2410", "save_x",
     "paper_2410-189745", "forgetme_yes", "pause_now", "settings_time"],
)  # fmt: skip
def test_any_other_word_means_nothing(word: str) -> None:
    assert decode_command(word) is None
