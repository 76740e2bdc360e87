"""What each chat has: subscriptions, saved papers, lists, buttons, undo."""
