"""Judges sentences: is one about the paper, or about the form, the reader, the writer or what should stand here?

A linear classifier over pieces of one to three characters, in Chinese and English. ``judge_weights.json`` holds its
weights; ``python -m benchmarks.judge train`` makes them from labelled sentences, and says how right they are.
"""

from __future__ import annotations

import json
import math
import re
from functools import cache, lru_cache
from operator import add
from pathlib import Path

from digestbot.quality.signs import fold_text, list_pairs

_WEIGHTS = Path(__file__).with_name("judge_weights.json")
_MAX_JUDGED_CHARACTERS = 400
"""A sentence is judged by its beginning: what is longer is judged by its length."""
_MIN_JUDGED_CHARACTERS, _MIN_JUDGED_HAN = 30, 6
"""What is shorter says too little to be judged."""
_SURELY_ON_TOPIC = -2.5
"""What scores less by its pairs of characters alone is about the paper, whatever its other pieces say: nine of ten
sentences, at a third of the time."""
_MAX_REMEMBERED_SENTENCES = 1_024
_HAN = re.compile(r"[\u3400-\u9fff]")


def is_off_topic(sentence: str, margin: float = 0.0) -> bool:
    """Whether a sentence is about something else than the paper; with a ``margin``, only if that is so much surer."""
    return may_be_off_topic(sentence) and score_sentence(sentence) > margin


def may_be_off_topic(sentence: str) -> bool:
    """Whether a sentence is long enough to be judged, and not at once seen to be about the paper."""
    if len(sentence) < _MIN_JUDGED_CHARACTERS and len(_HAN.findall(sentence)) < _MIN_JUDGED_HAN:
        return False
    return not _is_surely_on_topic(list_pairs(sentence[:_MAX_JUDGED_CHARACTERS]))


def score_sentence(sentence: str) -> float:
    """How sure it is that a sentence is not about the paper: above 0 if so."""
    return _score_text(_fold(sentence))


def _is_surely_on_topic(pairs: set[str]) -> bool:
    return _sum_weights(pairs) < _SURELY_ON_TOPIC * math.sqrt(len(pairs))


@lru_cache(_MAX_REMEMBERED_SENTENCES)
def _score_text(text: str) -> float:
    bias, _ = _load_weights()
    pieces = _cut_pieces(text)
    return bias + _sum_weights(pieces) / math.sqrt(len(pieces))


def _sum_weights(pieces: set[str]) -> float:
    _, weights = _load_weights()
    return sum(filter(None, map(weights.get, pieces)))


def list_pieces(sentence: str) -> set[str]:
    """The pieces that a sentence is judged by; digits and spaces count alike."""
    return _cut_pieces(_fold(sentence))


def _fold(sentence: str) -> str:
    return fold_text(sentence[:_MAX_JUDGED_CHARACTERS])


def _cut_pieces(text: str) -> set[str]:
    pairs = list(map(add, text, text[1:]))  # adding is faster than cutting: this is half of what a page takes
    return {*text, *pairs, *map(add, pairs, text[2:])}


@cache
def _load_weights() -> tuple[float, dict[str, float]]:
    stored = json.loads(_WEIGHTS.read_text("utf-8"))
    return float(stored["bias"]), {piece: value / stored["scale"] for piece, value in stored["weights"].items()}
