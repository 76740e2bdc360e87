"""``python -m digestbot`` is the ``digestbot`` command."""

from digestbot.cli.main import main

if __name__ == "__main__":
    main()
