"""``digestbot run`` in a process of its own, at a time of day that a test chooses, patient for a short while only.

What failed is tried again after parts of a second where a bot waits for 10 seconds to an hour, and a process that is
silent is succeeded after four seconds where that takes fifteen: a run takes minutes, not a day.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from digestbot.core import leader
from digestbot.core.delivery import backoff
from tests.platforms.process import main

backoff._FIRST_WAIT, backoff._LONGEST_WAIT = timedelta(seconds=0.3), timedelta(seconds=2)
leader.LEASE_SECONDS = 4.0

if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
