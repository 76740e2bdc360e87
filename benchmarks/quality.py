"""The quality checks over the shared pages: what each finds, and how right that is by 150 entries labelled by hand.

The labels (``quality_labels.json``) name pages and papers and have none of their text. The first hundred are those with
the lowest hash of page and paper; what was wrong with the rules there was mended after it was labelled. The second are
the fifty that follow, labelled after that. A form is an unfilled form or an instruction that was repeated.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.claim import Claim, report_claims
from digestbot.builder.extract_writer import split_sentences
from digestbot.domain.digest import Entry
from digestbot.errors import EmptyPageError
from digestbot.pages.markdown import parse_page
from digestbot.quality.checks import Evidence, find_violations
from digestbot.quality.numbers import find_unsupported_numbers

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "digests"
LABELS = Path(__file__).with_name("quality_labels.json")
_NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?%?(?![\w.-])")
KINDS = {
    "form": {"placeholder", "instructions"},
    "chatter": {"chatter"},
    "authors": {"authors"},
    "link": {"link"},
    "repeat": {"repeat"},
}


def load_shown_entries(folder: Path) -> dict[tuple[str, str], Entry]:
    """Each entry that readers see, by page and paper."""
    found = {}
    for path in sorted(folder.rglob("*.md")):
        try:
            digests = parse_page(path.read_text("utf-8")).digests
        except EmptyPageError:
            continue
        for entry in (entry for digest in digests for entry in digest.entries):
            found[str(path.relative_to(folder)), entry.paper.arxiv_id] = entry
    return found


def compute_rates(
    found: dict[tuple[str, str], set[str]], labels: list[dict[str, Any]], kind: str
) -> tuple[float, float, int]:
    """Precision, recall, and how many have it."""
    pairs = [(bool(KINDS[kind] & found[row["page"], row["paper"]]), kind in row["found"]) for row in labels]
    both, flagged, real = (sum(map(test, pairs)) for test in (all, lambda pair: pair[0], lambda pair: pair[1]))
    return (both / flagged if flagged else 1.0), (both / real if real else 1.0), real


def change_digit(sentence: str, chance: random.Random) -> str:
    """A sentence with one digit of one of its numbers changed; the same sentence where there is none to change."""
    numbers = [match for match in _NUMBER.finditer(sentence) if find_unsupported_numbers(match[0], "")]
    if not numbers:
        return sentence
    number = chance.choice(numbers)
    at = chance.choice([i for i in range(*number.span()) if sentence[i].isdigit()])
    digit = str((int(sentence[at]) + chance.randint(1, 9)) % 10)
    return sentence[:at] + digit + sentence[at + 1 :]


def measure_number_rule(entries: Iterable[Entry]) -> tuple[float, float, int]:
    """Precision and recall of the rule for numbers: on sentences of abstracts, held against their own abstract as they
    are and with a digit changed. Pages do not have the texts that their summaries were written from.
    """
    chance, alarms, found, tried = random.Random(7), 0, 0, 0
    for abstract in dict.fromkeys(entry.paper.abstract for entry in entries):
        for sentence in split_sentences(abstract):
            false = change_digit(sentence, chance)
            if false != sentence:
                tried += 1
                alarms += bool(find_unsupported_numbers(sentence, abstract))
                found += bool(find_unsupported_numbers(false, abstract))
    return found / (found + alarms), found / tried, tried


def main() -> None:
    if not SHARED.is_dir():
        print("the shared pages are not beside the checkout: nothing to judge", file=sys.stderr)
        sys.exit(0)
    everything = load_shown_entries(SHARED)
    found = {place: set(entry.summary.flags) for place, entry in everything.items()}
    labels = json.loads(LABELS.read_text("utf-8"))
    both = labels["first"] + labels["second"]
    counts = Counter(flag for flags in found.values() for flag in flags)
    table = Table("rule", f"of {len(found)}", "labelled", "precision", "recall", "precision (50)", "recall (50)")
    claims = []
    for kind, flags in KINDS.items():
        precision, recall, real = compute_rates(found, both, kind)
        second = compute_rates(found, labels["second"], kind)
        number = sum(bool(flags & own) for own in found.values())
        cells = (f"{value:.3f}" for value in (precision, recall, *second[:2]))
        table.add_row(kind, str(number), f"{real} of {len(both)}", *cells)
        if kind in ("form", "authors"):
            share = real / len(both)
            claims += [
                Claim(f"precision of {kind}", precision, "", "flagging every entry", share, 0.95, at_least=True),
                Claim(f"recall of {kind}", recall, "", "all that were labelled", 1.0, 0.95, at_least=True),
            ]
    precision, recall, tried = measure_number_rule(everything.values())
    table.add_row("number", "-", f"{tried} made", f"{precision:.3f}", f"{recall:.3f}", "", "")
    claims.append(
        Claim("recall of numbers that were changed", recall, "", "all that were changed", 1.0, 0.95, at_least=True)
    )
    Console(stderr=True).print(table)
    print(f"flags: {dict(counts)}", file=sys.stderr)
    left = sum(len(find_violations(entry.summary, Evidence(entry.paper))) for entry in everything.values())
    flagged = sum(map(bool, found.values()))
    claims.append(Claim("flagged texts that readers see", left, "texts", "entries that had some", flagged, 0))
    report_claims(*claims)


if __name__ == "__main__":
    main()
