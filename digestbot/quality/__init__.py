"""Quality checks for summaries."""
