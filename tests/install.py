"""``make test-install``: the built wheel installed as the README shows, each way in a folder of its own, and its demo.

It needs a network, or uv's cache with all that the bot needs. pipx is run through uv.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.places import ROOT

UV = str(ROOT / ".venv" / "bin" / "uv")


def run(*words: str, folder: Path, environment: dict[str, str], typed: str | None = None) -> str:
    print("$", *words, flush=True)
    done = subprocess.run(
        words, cwd=folder, env=environment, input=typed, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def install_all(folder: Path, environment: dict[str, str]) -> list[Path]:
    """Install the wheel in each way; the programs."""
    run(
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "wheel",
        "-d",
        str(folder),
        folder=ROOT,
        environment=environment,
    )
    (wheel,) = map(str, folder.glob("*.whl"))
    run(UV, "tool", "install", "--compile-bytecode", wheel, folder=folder, environment=environment)
    run(UV, "tool", "run", "pipx", "install", wheel, folder=folder, environment=environment)
    run(sys.executable, "-m", "venv", "pip", folder=folder, environment=environment)
    run("pip/bin/python", "-m", "pip", "install", "--quiet", wheel, folder=folder, environment=environment)
    return [folder / "uv-bin" / "digestbot", folder / "pipx-bin" / "digestbot", folder / "pip" / "bin" / "digestbot"]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = {
            "UV_TOOL_DIR": "uv",
            "UV_TOOL_BIN_DIR": "uv-bin",
            "PIPX_HOME": "pipx",
            "PIPX_BIN_DIR": "pipx-bin",
            "PIPX_MAN_DIR": "pipx-man",
        }
        environment = os.environ | {variable: str(folder / place) for variable, place in places.items()}
        for program in install_all(folder, environment):
            version = run(str(program), "--version", folder=folder, environment=environment)
            shown = run(str(program), "demo", folder=folder, environment=environment, typed="/topics\n")
            assert version.startswith("digestbot "), version
            assert "Protein Design" in shown


if __name__ == "__main__":
    main()
