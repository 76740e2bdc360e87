"""The command line."""

import gc

gc.set_threshold(200_000)  # modules stay: looking for garbage among them takes a tenth of a short command's time
