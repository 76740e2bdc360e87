"""Where things are, for what must load without all that tests load."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "digestbot" / "samples"
SHARED = ROOT.parent / "shared" / "digests"
