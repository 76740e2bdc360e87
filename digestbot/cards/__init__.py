"""Cards: what readers see, before any platform renders it. Everything in them is plain text."""
