"""The judge of sentences: trained on one part of the labelled pages, measured on the part held apart.

    python -m benchmarks.judge            what it finds on the part held apart, by sentence and by entry
    python -m benchmarks.judge train      make digestbot/quality/judge_weights.json anew
    python -m benchmarks.judge show PAGE  a page's sentences with their hashes, to label them

``judge_labels.tsv`` has a sentence's hash, the part of its pages and what it is; none of the pages' text.
``judge_examples.tsv`` has sentences of our own, which are for training only. The parts were drawn by page before
anything was trained: two pages in five are held apart, and a sentence that stands in both parts is for training.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.claim import Claim, report_claims
from digestbot.domain.digest import Summary
from digestbot.errors import PageError
from digestbot.pages.markdown import parse_page
from digestbot.quality.checks import Evidence
from digestbot.quality.cleanup import find_flags, split_sentences
from digestbot.quality.judge import list_pieces
from digestbot.quality.pieces import parse_unit
from digestbot.quality.prompts import simplify_labels
from digestbot.quality.sanitize import judge_sentence, sanitize

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared" / "digests"
LABELS, EXAMPLES = HERE / "judge_labels.tsv", HERE / "judge_examples.tsv"
WEIGHTS = HERE.parent / "digestbot" / "quality" / "judge_weights.json"
KINDS = {
    "c": "small talk",
    "i": "instruction",
    "f": "unfilled form",
    "u": "what is not known",
    "t": "title, keywords, links",
    "a": "made-up people",
    "b": "broken",
}
"""What is to go; ``o`` is fit to show, and ``l`` (a label) and ``m`` (nobody can tell) are not judged."""
_EPOCHS, _STEP, _SHRINK, _ROT_WEIGHT, _SEED = 12, 0.5, 1e-5, 3.0, 1
_UNREAD, _ABSTRACTS, _SCALE, _MAX_PIECES = 4_000, 6_000, 100, 8_000
_ROUNDS, _MAX_JUDGING = 3, 5
"""How many times as long as parsing judging may take: it takes some 3.6 times, and should take no longer."""
_MIN_REPEATED_HAN, _MAX_LINK_TAKEAWAY = 25, 90
_HAN, _NO_WORD = re.compile(r"[\u3400-\u9fff]"), re.compile(r"\W+")
_OPENING = re.compile(
    r"^[\s#*•·>\-]*(?:[（(]?[\d一二三四五六七八九十.]{1,4}[)）.、．])?[\s:：]*(?:[^，,。；;：:]{1,22}[:：]\s*)*"
    r"(?:此外|然而|然后|因此|最后|同时|具体来说|实验结果表明|结果表明|我们表明|最值得注意的是)?，?(?:该方法|本文"
    r"|本工作|本研究|我们|该论文|文章)?还?"
)
_NUMBERED_LINE = re.compile(r"(?m)^[-*•\s]*(?P<style>[（(]?)(?P<number>\d{1,2})[)）.、](?:(?<=[)）])|(?!\d))")
_AVAILABILITY = re.compile(
    r"https?://|(?:代码|源码|项目|数据集)[^。，]{0,14}(?:已|将|可)[^。，]{0,10}(?:开源|公开|获[得取]|发布|找到)"
    r"|主页|(?i:code (?:is|will be) (?:available|released))"
)
_THRESHOLD = 0.5
"""Taken off the bias: good text that goes is worse than rot that stays. Chosen by trying on a quarter of the training
pages what the others taught."""


@dataclass(frozen=True, slots=True)
class PageSentence:
    """A sentence as a page has it, before anything is removed."""

    page: str
    paper: str
    text: str

    @property
    def hash(self) -> str:
        """What it is called in the labels."""
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()[:12]


def is_held_apart(page: str) -> bool:
    """Whether a page is of the part that nothing is trained on."""
    return hashlib.sha1(b"apart" + page.encode(), usedforsecurity=False).digest()[0] % 5 < 2


def iter_sentences(folder: Path) -> Iterator[PageSentence]:
    """All sentences that could be shown, of all pages."""
    for path in sorted(folder.rglob("*.md")):
        page = str(path.relative_to(folder))
        try:
            digests = parse_page(path.read_text("utf-8"), _keep_all).digests
        except PageError:
            continue
        for entry in (entry for digest in digests for entry in digest.entries):
            for sentence in split_summary(entry.summary):
                yield PageSentence(page, entry.paper.arxiv_id, sentence)


def _keep_all(summary: Summary, evidence: Evidence) -> Summary:  # noqa: ARG001  # a sanitizer
    return summary


def split_summary(summary: Summary) -> Iterator[str]:
    """The sentences of a summary, in order."""
    for text in (summary.headline, *summary.takeaways, *(section.body for section in summary.sections)):
        for line in text.split("\n"):
            yield from (sentence.strip() for sentence in split_sentences(line) if sentence.strip())


def load_labels() -> dict[str, tuple[str, str]]:
    """The part and the kind of each labelled sentence, by its hash."""
    rows = (line.split("\t") for line in LABELS.read_text("utf-8").splitlines() if not line.startswith("#"))
    return {name: (part, kind) for name, part, kind in rows}


def gather_training(sentences: list[PageSentence], labels: dict[str, tuple[str, str]]) -> list[tuple[str, bool]]:
    """Sentences with whether they are to go: labelled ones, our own, and unread ones, of which nearly none is."""
    by_hash = {sentence.hash: sentence for sentence in sentences}
    labelled = [
        (by_hash[name].text, kind in KINDS)
        for name, (part, kind) in labels.items()
        if part == "train" and kind in (*KINDS, "o") and name in by_hash
    ]
    examples = [line.split("\t", 1) for line in EXAMPLES.read_text("utf-8").splitlines()]
    unread = sorted(name for name, one in by_hash.items() if name not in labels and not is_held_apart(one.page))
    calm = [by_hash[name].text for name in unread if not find_flags(by_hash[name].text)]
    return [
        *labelled,
        *((text, kind in KINDS) for kind, text in examples),
        *((text, False) for text in calm[:_UNREAD]),
        *((text, False) for text in list_abstract_sentences(SHARED)[:_ABSTRACTS]),
    ]


def train(examples: list[tuple[str, bool]]) -> tuple[float, dict[str, float]]:
    """The bias and the weights of pieces, by logistic regression with steps that shrink for what is seen often."""
    chance, bias = random.Random(_SEED), 0.0
    weights: dict[str, float] = {}
    seen: dict[str, float] = {}
    prepared = [(sorted(set(list_pieces(text))), is_rot) for text, is_rot in examples]
    for _ in range(_EPOCHS):
        chance.shuffle(prepared)
        for pieces, is_rot in prepared:
            root = math.sqrt(len(pieces))
            score = bias + sum(weights.get(piece, 0.0) for piece in pieces) / root
            error = (is_rot - 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))) * (_ROT_WEIGHT if is_rot else 1.0)
            slope = error / root
            for piece in pieces:
                seen[piece] = seen.get(piece, 0.01) + slope * slope
                weights[piece] = weights.get(piece, 0.0) * (1 - _SHRINK) + _STEP * slope / math.sqrt(seen[piece])
            bias += 0.02 * error
    return bias, weights


def save_weights(bias: float, weights: dict[str, float]) -> None:
    """Write the weights that matter, as whole numbers."""
    telling = sorted(weights.items(), key=lambda pair: (-abs(pair[1]), pair[0]))[:_MAX_PIECES]
    kept = {piece: round(weight * _SCALE) for piece, weight in sorted(telling)}
    stored = {"bias": round(bias - _THRESHOLD, 3), "scale": _SCALE, "weights": kept}
    WEIGHTS.write_text(json.dumps(stored, ensure_ascii=False, separators=(",", ":"), indent=None) + "\n", "utf-8")


def list_abstract_sentences(folder: Path) -> list[str]:
    """Sentences that the papers' authors wrote, from the pages that are trained on."""
    found: dict[str, None] = {}
    for path in sorted(folder.rglob("*.md")):
        if is_held_apart(str(path.relative_to(folder))):
            continue
        with suppress(PageError):
            digests = parse_page(path.read_text("utf-8"), _keep_all).digests
            abstracts = [entry.paper.abstract for digest in digests for entry in digest.entries]
            found.update(dict.fromkeys(one.strip() for text in abstracts for one in _split_clauses(text)))
    return sorted(filter(None, found), key=lambda text: hashlib.sha1(text.encode(), usedforsecurity=False).digest())


def _split_clauses(abstract: str) -> Iterator[str]:
    """The abstract's sentences, and their parts between commas: what is short is judged too."""
    for sentence in split_sentences(abstract):
        yield sentence
        yield from (f"{part[0].upper()}{part[1:]}." for part in sentence.rstrip(" .").split(", ") if len(part) > 20)


def is_found(sentence: str) -> bool:
    """Whether a sentence is removed by a rule or by the judge."""
    left, _ = judge_sentence(sentence)
    if find_flags(sentence) or not left:
        return True
    return simplify_labels(sentence) != sentence and not parse_unit(left).has_content


def measure(sentences: list[PageSentence], labels: dict[str, tuple[str, str]]) -> list[Claim]:
    """Print what is found on the part held apart, and return the claims."""
    by_hash = {sentence.hash: sentence.text for sentence in sentences}
    apart = [(by_hash[name], kind) for name, (part, kind) in labels.items() if part == "apart" and name in by_hash]
    rot, fit = [one for one in apart if one[1] in KINDS], [text for text, kind in apart if kind == "o"]
    found, alarms = [one for one in rot if is_found(one[0])], [text for text in fit if is_found(text)]
    table = Table("kind", "labelled", "found")
    hits = Counter(kind for _, kind in found)
    for kind, count in Counter(kind for _, kind in rot).most_common():
        table.add_row(KINDS[kind], str(count), str(hits[kind]))
    table.add_row("fit to show", str(len(fit)), str(len(alarms)))
    Console(stderr=True, markup=False).print(table)
    told = [text for text, kind in rot if kind in "cifa"]
    precision, recall = len(found) / ((len(found) + len(alarms)) or 1), sum(map(is_found, told)) / (len(told) or 1)
    share = len(rot) / (len(apart) or 1)
    print_shown_faults()
    broken, entries = count_broken_entries(sentences, labels)
    return [
        Claim(
            "precision by sentence, held apart", precision, "", "removing every sentence", share, 0.98, at_least=True
        ),
        Claim(
            "recall of forms, instructions, small talk and made-up people",
            recall,
            "",
            "all that were labelled",
            1.0,
            0.95,
            at_least=True,
        ),
        Claim(
            "entries that show nothing labelled",
            1 - broken[1] / entries,
            "",
            "without removing anything",
            1 - broken[0] / entries,
            0.95,
            at_least=True,
        ),
        measure_speed(),
    ]


def measure_speed() -> Claim:
    """What judging all shared pages takes of the processor beside parsing them, each the best of three."""
    texts = [path.read_text("utf-8") for path in sorted(SHARED.rglob("*.md"))]
    judging, parsing = zip(*(_time_once(texts) for _ in range(_ROUNDS)), strict=True)
    name = f"judge all summaries of {len(texts)} pages"
    return Claim(name, min(judging), "s", "parsing the same pages", min(parsing), goal=_MAX_JUDGING, of_ratio=True)


def _time_once(texts: list[str]) -> tuple[float, float]:
    found: list[tuple[Summary, Evidence]] = []

    def keep(summary: Summary, evidence: Evidence) -> Summary:
        found.append((summary, evidence))
        return summary

    start = time.process_time()
    for text in texts:
        with suppress(PageError):
            parse_page(text, keep)
    parsed = time.process_time()
    judge_sentence.cache_clear()
    for summary, evidence in found:
        sanitize(summary, evidence)
    return time.process_time() - parsed, parsed - start


def count_broken_entries(
    sentences: list[PageSentence], labels: dict[str, tuple[str, str]]
) -> tuple[tuple[int, int], int]:
    """Entries held apart with something that is to go, before and after, and how many entries there are."""
    before, after, entries = set(), set(), set()
    for sentence in sentences:
        if not is_held_apart(sentence.page):
            continue
        entry = sentence.page, sentence.paper
        entries.add(entry)
        if labels.get(sentence.hash, ("", ""))[1] in KINDS:
            before.add(entry)
            if not is_found(sentence.text):
                after.add(entry)
    return (len(before), len(after)), len(entries)


def print_shown_faults() -> None:
    """Print in how many entries held apart a reader meets a fault that can be counted, before cleaning and after."""
    before, after = (count_faulty_entries(sanitizer) for sanitizer in (_keep_all, sanitize))
    table = Table("entries held apart with", "before", "after")
    for fault in (*FAULTS, "any of these", "all entries"):
        table.add_row(fault, str(before[fault]), str(after[fault]))
    Console(stderr=True, markup=False).print(table)


def count_faulty_entries(sanitizer: Callable[[Summary, Evidence], Summary]) -> Counter[str]:
    """How many entries held apart show each fault."""
    counts: Counter[str] = Counter()
    for path in sorted(SHARED.rglob("*.md")):
        if not is_held_apart(str(path.relative_to(SHARED))):
            continue
        with suppress(PageError):
            digests = parse_page(path.read_text("utf-8"), sanitizer).digests
            for entry in (entry for digest in digests for entry in digest.entries):
                found = [fault for fault, find in FAULTS.items() if find(entry.summary)]
                counts.update([*found, "all entries", *(["any of these"] if found else [])])
    return counts


def has_repeat(summary: Summary) -> bool:
    """Whether the same sentence stands in a summary twice, whatever number, label or opening it has."""
    seen: set[str] = set()
    for sentence in split_summary(summary):
        said = _NO_WORD.sub("", _OPENING.sub("", sentence, count=1))
        if len(_HAN.findall(said)) >= _MIN_REPEATED_HAN:
            if said in seen:
                return True
            seen.add(said)
    return False


def has_gap(summary: Summary) -> bool:
    """Whether a list of a summary leaves out a number, or begins at another one than 1."""
    for section in summary.sections:
        counts: dict[str, int] = {}
        for match in _NUMBERED_LINE.finditer(section.body):
            style, number = match["style"].replace("(", "（"), int(match["number"])  # writers mix them
            if number > counts.get(style, 0) + 1:
                return True
            counts[style] = number
    return False


def _finds(pattern: str) -> Callable[[Summary], bool]:
    expression = re.compile(pattern)
    return lambda summary: any(expression.search(sentence) for sentence in split_summary(summary))


def tells_only_links(summary: Summary) -> bool:
    """Whether a takeaway says little more than that something can be had, or where."""
    return any(_AVAILABILITY.search(item) and len(item) < _MAX_LINK_TAKEAWAY for item in summary.takeaways)


FAULTS: dict[str, Callable[[Summary], bool]] = {
    "a sentence twice (25 characters of Chinese)": has_repeat,
    "a list with a gap": has_gap,
    "a reference to a figure, section or citation": _finds(
        r"[如见在（(]\s?图\s?\d|第\s?\d[\d.]*\s?[节章]|附录\s?[A-Z\d]|(?:等式|公式|方程)\s?[（(]\d"
        r"|[一-鿿A-Za-z]\s?\[[1-9]\d?(?:\s?[,，]\s?\d{1,3})*\]|\bet al\b|\b(?:Fig(?:ure|\.)|Section|Table) \d"
    ),
    "a takeaway that only gives a link": tells_only_links,
    "a question of the prompt, or an answer to it": _finds(
        r"方法在(?:什么|哪些|何种)任务|(?:性能|结果)[^。；，]{0,4}(?:是否|能否)|取得了(?:什么|怎样|何种)|动机(?:很"
        r"|是)?充分"
        r"|(?:性能|结果|这些?|分析)[^。；，]{0,8}(?:支持|支撑)了?[^。；，]{0,10}目标|(?:支持|支撑)了?[其他]们?的?目标"
        r"|工作量[：:]\s?(?:中等|较大|适中|[.…]{2})|意义是什么"
    ),
}
"""What a machine can count; only reading finds the rest."""


def show(page: str) -> None:
    """Print a page's sentences with their hashes."""
    for sentence in iter_sentences(SHARED):
        if page in sentence.page:
            print(f"{sentence.hash}\t{sentence.paper}\t{sentence.text}")


def main() -> None:
    if not SHARED.is_dir():
        print("the shared pages are not beside the checkout: nothing to judge", file=sys.stderr)
        sys.exit(0)
    match sys.argv[1:]:
        case ["show", page]:
            show(page)
        case ["train"]:
            save_weights(*train(gather_training(list(iter_sentences(SHARED)), load_labels())))
        case _:
            report_claims(*measure(list(iter_sentences(SHARED)), load_labels()))


if __name__ == "__main__":
    main()
