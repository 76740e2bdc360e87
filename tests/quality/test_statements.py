"""The rules for numbers and names over labelled statements: the half that they were tuned on, and the half that not."""

from __future__ import annotations

import pytest

from tests.quality.statements import LATER_PATHS, Statement, judge, load_statements

STATEMENTS = load_statements()
LATER = [statement for path in LATER_PATHS for statement in load_statements(path)]
MOST_FLAGGED, MOST_MISSED = 2 / 78, 4 / 44
"""The goal."""


def test_half_of_the_statements_are_kept_from_tuning() -> None:
    tuned = [statement for statement in STATEMENTS if statement.for_tuning]
    assert len(STATEMENTS) >= 300
    assert len(tuned) == (len(STATEMENTS) + 1) // 2
    assert len(dict.fromkeys((statement.text, statement.evidence) for statement in STATEMENTS)) == len(STATEMENTS)


@pytest.mark.parametrize("statement", [s for s in STATEMENTS if s.for_tuning], ids=lambda statement: statement.text)
def test_a_statement_of_the_tuned_half_is_judged_right(statement: Statement) -> None:
    assert statement.is_flagged is not statement.is_true


@pytest.mark.parametrize("statements", [STATEMENTS, LATER], ids=["first", "later"])
def test_all_in_all_few_true_statements_are_flagged_and_few_false_ones_missed(statements: list[Statement]) -> None:
    verdicts = judge(statements)
    assert len(verdicts.flagged) <= MOST_FLAGGED * verdicts.true, verdicts.flagged
    assert len(verdicts.missed) <= MOST_MISSED * verdicts.false, verdicts.missed
