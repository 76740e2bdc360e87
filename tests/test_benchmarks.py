"""The benchmarks' short form: they run, and say what they measured. What they measured is for make bench."""

import json
import os
import sys
import tempfile

import pytest

from benchmarks.claim import Claim, report_claims
from tests.conftest import ROOT, SHARED
from tests.processes import start_process


def run_benchmark(script: str) -> tuple[int, str]:
    """The exit code and what it prints, of its short form."""
    with tempfile.TemporaryFile("w+") as out:
        process = start_process(
            module=f"benchmarks.{script}",
            folder=ROOT,
            environment=os.environ | {"BENCH_SHORT": "1", "PYTHONPATH": str(ROOT)},
            stdout=out.fileno(),
            stderr=sys.__stderr__.fileno() if sys.__stderr__ else None,
        )
        code = process.block()
        out.seek(0)
        return code, out.read()


@pytest.mark.parametrize(
    ("script", "claims"),
    [
        ("load", 1),
        ("telegram", 4),
        ("discord", 5),
        ("planning", 3),
        ("delivery", 2),
        ("failover", 4),
        ("build", 5),
        ("harvest", 1),
        ("follows", 6),
        ("following", 3),
        ("search", 12),
        ("related", 10),
        ("lookups", 2),
    ],
)
def test_a_benchmark_prints_its_figures_beside_their_yardsticks(script: str, claims: int) -> None:
    code, out = run_benchmark(script)
    lines = [json.loads(line) for line in out.splitlines()]
    assert len(lines) == claims, (code, out)
    for line in lines:
        told = set(line) - {"processor"}  # which only some have
        assert told == {"claim", "figure", "unit", "yardstick", "yardstick_figure", "ratio", "goal", "holds"}
        assert line["figure"] > 0 or line["claim"].startswith(("lost", "twice"))
        assert line["yardstick_figure"] > 0


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared pages are not beside the checkout")
def test_the_quality_gate_is_as_right_as_the_labels_say() -> None:
    _, out = run_benchmark("quality")
    figures = {line["claim"]: line["figure"] for line in map(json.loads, out.splitlines())}
    assert len(figures) == 6
    assert figures["precision by sentence, held apart"] >= 0.95
    assert figures["recall of forms, instructions, small talk and made-up people"] >= 0.9
    assert figures["entries that show nothing labelled"] >= 0.95
    assert figures["recall of numbers that were changed"] >= 0.95
    assert figures["flagged texts that readers see"] == 0


def test_a_claim_that_asks_for_more_holds_when_there_is_as_much(capsys: pytest.CaptureFixture[str]) -> None:
    for figure, holds in ((1999.0, False), (2000.0, True)):
        with pytest.raises(SystemExit):
            report_claims(Claim("c", figure, "messages/s", "y", 100.0, goal=2000, at_least=True))
        line = json.loads(capsys.readouterr().out)
        assert (line["holds"], line["goal"]) == (holds, ">= 2000 messages/s")


@pytest.mark.parametrize(
    ("figure", "of_ratio", "code"), [(2.0, False, 0), (6.0, False, 1), (6.0, True, 0), (16.0, True, 1)]
)
def test_a_claim_that_does_not_hold_fails(
    figure: float, of_ratio: bool, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        report_claims(Claim("c", figure, "s", "y", 2.0, goal=5, of_ratio=of_ratio))
    assert ended.value.code == code
    assert json.loads(capsys.readouterr().out)["holds"] is (code == 0)
