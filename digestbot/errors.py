"""The whole exception tree.

Every message is for the person who reads it: what was wrong, where, and what to do about it.
"""

from __future__ import annotations

from enum import StrEnum


class DigestbotError(Exception):
    """Something a person can mend; ``str(error)`` says what, where and how."""


class SettingsError(DigestbotError):
    """A setting is missing or wrong."""


class MissingExtraError(SettingsError):
    """What is asked for needs an extra that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        self.remedy = (
            f"pip install 'digestbot[{extra}]'; in a checkout, .venv/bin/uv pip install --python .venv/bin/python "
            f"--require-hashes -r requirements-{extra}.lock"
        )
        super().__init__(f"{feature} needs more: {self.remedy}")


class StoreError(DigestbotError):
    """The database cannot be opened, read or written."""


class LimitReachedError(StoreError):
    """A chat or person has all that is kept for one: ``limit`` of it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"no more than {limit} are kept for one chat")


class SourceError(DigestbotError):
    """A file, folder or address with digest pages cannot be read."""


class LookupUnavailableError(SourceError):
    """Who publishes a paper cannot be asked for it now: ``source`` is their name.

    ``wait_seconds`` is how long it may take until they can be; ``None`` if nobody knows.
    """

    def __init__(self, source: str, reason: str, wait_seconds: float | None = None) -> None:
        self.source, self.wait_seconds = source, wait_seconds
        super().__init__(f"{source} cannot be asked now: {reason}")


class PageError(SourceError):
    """A digest page is not in the page format.

    ``line`` counts from 1; it is ``None`` when the whole page is meant.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.reason = reason
        self.line = line
        super().__init__(reason if line is None else f"line {line}: {reason}")


class EmptyPageError(PageError):
    """A digest page in good order that holds no papers: reported, but nothing to mend."""


class NotDigestError(PageError):
    """A file that is no digest page, such as a README between the pages: reported, and no failure beside pages."""


class CommandError(DigestbotError):
    """A command was given something it cannot use.

    ``key`` and ``values`` name the sentence in the locale, ``examples`` are commands that work. ``mended`` is what
    ``expression``, a part of what was typed, may be meant as; both are empty where nothing is near.
    """

    title_key = "error.title"
    """The heading of the answer."""
    expression = mended = ""

    def __init__(self, key: str, *examples: str, **values: object) -> None:
        self.key = key
        self.examples = examples
        self.values = values
        super().__init__(key)


class QuotaError(CommandError):
    """A person or a chat has had all that there is today."""

    title_key = "error.quota_title"


class DocumentError(CommandError):
    """A file that a person sent is too large, or cannot be had or read."""


class Informed(StrEnum):
    """Who can mend what a platform refuses, and is told of it: the person who set the chat up, or the bot's operator.

    A chat that is paused needs no telling of its own.
    """

    NOBODY = "nobody"
    MODERATOR = "moderator"
    OPERATOR = "operator"


class DeliveryError(DigestbotError):
    """A platform did not take a message. Each subclass is one kind; ``reason`` is in the platform's words."""

    def __init__(self, reason: str, informed: Informed = Informed.NOBODY) -> None:
        self.reason = reason
        self.informed = informed
        super().__init__(reason)


class TemporaryDeliveryError(DeliveryError):
    """The platform does not take the message now, and may later."""


class RateLimitedError(DeliveryError):
    """The platform asks to wait for ``retry_after`` seconds."""

    def __init__(self, reason: str, retry_after: float, informed: Informed = Informed.NOBODY) -> None:
        self.retry_after = retry_after
        super().__init__(reason, informed)


class AmbiguousDeliveryError(DeliveryError):
    """The platform did not answer: the message may have arrived."""


class ChatMovedError(DeliveryError):
    """The chat has a new id."""

    def __init__(self, reason: str, new_chat: str) -> None:
        self.new_chat = new_chat
        super().__init__(reason)


class RejectedMessageError(DeliveryError):
    """The platform will never take this message, but the chat takes others."""


class RefusedPartError(RejectedMessageError):
    """The platform will never take this message of a delivery; those after it can go out without it."""


class CutShortError(DeliveryError):
    """The message is out, and those after it have no place to go: the delivery ends with it."""


class PermanentDeliveryError(DeliveryError):
    """The chat takes no messages any more: its subscriber is paused."""
