"""Where things are and how much is tried, for what must load without all that tests load."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "digestbot" / "samples"
SHARED = ROOT.parent / "shared" / "digests"
REAL = ROOT.parent / "shared" / "real"
"""Feeds, answers of arXiv's API, HTML and PDFs of papers, as others recorded them."""
NO_HARVEST = ("DIGESTBOT_ANNOUNCEMENTS__ENABLED", "false")
"""The setting without which a bot that runs asks the real arXiv: tests of the harvest set their own addresses."""
TIMES = int(os.environ.get("TEST_LONG", "1"))
"""How many times as many examples are tried: ``make crashtest`` and ``make test-long`` take their time."""
NO_LOOKUP = ("DIGESTBOT_PAPERS__LOOKUP", "false")
"""The same for papers that somebody names and that are not stored."""
OFFLINE = dict((NO_HARVEST, NO_LOOKUP))
