"""The wheel carries all that runs without the checkout."""

import os
import subprocess
import sys
import sysconfig
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
    others |= {
        "builder/models/prompts/en.md",
        "builder/models/prompts/zh.md",
        "web/templates/base.html",
        "web/templates/feed.xml",
    }
    assert samples | {f"digestbot/{name}" for name in others} <= names
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in names)


def test_an_installed_wheel_runs_the_demo_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Installed as any other, in a fresh environment that has the libraries of this one: ``make test-install`` has all
    of it fetched and installed anew."""
    place = tmp_path / "installed"
    uv = [sys.executable, "-m", "uv", "--quiet", "--offline"]
    subprocess.run([*uv, "venv", "--python", sys.executable, str(place)], check=True, timeout=HANG_SECONDS)
    install = [*uv, "pip", "install", "--python", str(place), "--no-deps", str(wheel)]
    subprocess.run(install, check=True, timeout=HANG_SECONDS)
    libraries = sysconfig.get_paths()["purelib"]
    (own,) = place.glob("lib/python*/site-packages")
    (own / "libraries.pth").write_text(f"{libraries}\n", "utf-8")  # after its own, and without the checkout's
    own_environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [str(place / "bin" / "digestbot"), "demo"],
        cwd=tmp_path,
        env=own_environment,
        input="/topics\n",
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=True,
    )
    assert "Protein Design" in done.stdout
    where = [str(place / "bin" / "python"), "-c", "import digestbot; print(digestbot.__file__)"]
    told = subprocess.run(where, cwd=tmp_path, env=own_environment, capture_output=True, text=True, check=True)
    assert str(own) in told.stdout
