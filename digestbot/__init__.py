"""digestbot: the new papers of your topics, every day, in the chat you already have open."""

__version__ = "0.1.0"
