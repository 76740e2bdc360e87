"""The wheel carries all that runs without the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT, SAMPLES
from tests.waiting import HANG_SECONDS


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=HANG_SECONDS)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_has_the_migrations_the_samples_and_the_words(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    samples = {f"digestbot/samples/{path.relative_to(SAMPLES)}" for path in SAMPLES.rglob("*.md")}
    others = {"migrations/env.py", "migrations/versions/0001_first.py", "i18n/en.yaml", "i18n/zh.yaml", "py.typed"}
    others |= {"builder/prompts/en.md", "builder/prompts/zh.md", "web/templates/base.html", "web/templates/feed.xml"}
    assert samples | {f"digestbot/{name}" for name in others} <= names
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in names)


def test_an_installed_wheel_runs_the_demo_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from digestbot.cli import main as cli;"
        "assert 'installed' in cli.__file__; cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "installed"), "demo"],
        cwd=tmp_path,
        input="/topics\n",
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=True,
    )
    assert "Protein Design" in done.stdout
