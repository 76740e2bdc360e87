"""The quality checks over the shared pages: what the judge finds on pages held apart, and changed numbers.

Labels and training are in ``judge.py``.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import judge
from benchmarks.claim import Claim, report_claims
from digestbot.domain.digest import Entry
from digestbot.errors import EmptyPageError
from digestbot.pages.markdown import parse_page
from digestbot.quality.checks import Evidence, find_violations
from digestbot.quality.extracts import split_sentences
from digestbot.quality.numbers import find_unsupported_numbers

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "digests"
_NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?%?(?![\w.-])")


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
    claims = judge.measure(list(judge.iter_sentences(SHARED)), judge.load_labels())
    everything = load_shown_entries(SHARED)
    counts = Counter(flag for entry in everything.values() for flag in entry.summary.flags)
    precision, recall, tried = measure_number_rule(everything.values())
    table = Table("rule", f"entries of {len(everything)}")
    for flag, count in counts.most_common():
        table.add_row(flag, str(count))
    table.add_row("numbers changed", f"{tried}: precision {precision:.3f}, recall {recall:.3f}")
    Console(stderr=True).print(table)
    left = sum(len(find_violations(entry.summary, Evidence(entry.paper))) for entry in everything.values())
    flagged = sum(bool(entry.summary.flags) for entry in everything.values())
    report_claims(
        *claims,
        Claim("recall of numbers that were changed", recall, "", "all that were changed", 1.0, 0.95, at_least=True),
        Claim("flagged texts that readers see", left, "texts", "entries that had some", flagged, 0),
    )


if __name__ == "__main__":
    main()
