"""The benchmarks' short form: they run, and say what they measured. What they measured is for make bench."""

import json
import subprocess
import sys

import pytest

from benchmarks.claim import Claim, report
from tests.conftest import ROOT


def test_a_benchmark_prints_its_figure_beside_its_yardstick() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    line = json.loads(done.stdout)
    assert set(line) == {"claim", "figure", "unit", "yardstick", "yardstick_figure", "ratio", "goal", "holds"}
    assert line["figure"] > 0
    assert line["yardstick_figure"] > 0


@pytest.mark.parametrize(
    ("figure", "of_ratio", "code"), [(2.0, False, 0), (6.0, False, 1), (6.0, True, 0), (16.0, True, 1)]
)
def test_a_claim_that_does_not_hold_fails(
    figure: float, of_ratio: bool, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        report(Claim("c", figure, "s", "y", 2.0, goal=5, of_ratio=of_ratio))
    assert ended.value.code == code
    assert json.loads(capsys.readouterr().out)["holds"] is (code == 0)
