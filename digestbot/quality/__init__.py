"""Quality checks of summaries."""
