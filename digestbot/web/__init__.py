"""HTTP: health, metrics, webhooks, and the archive."""
