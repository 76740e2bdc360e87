"""Files that people attach on Discord, fetched from where Discord keeps them when a command reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

import aiohttp
import discord
import structlog

from digestbot.core.commands.registry import takes_document
from digestbot.core.papers.documents import build_document, clean_document_name
from digestbot.core.ports import IncomingDocument
from digestbot.errors import DocumentError, SourceError
from digestbot.net.downloads import DownloadClient, read_body

_TIMEOUT_SECONDS = 60.0
_SHOWN_TYPES = ("image/", "video/", "audio/")
"""What people look at and listen to: nothing to read."""
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.GONE)
"""How a file is refused that was deleted, or whose address is too old (discord.com/developers/docs/reference#cdn)."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AttachmentReader:
    """Reads attachments. ``allow_private_hosts`` lets them be fetched from private addresses, for tests."""

    allow_private_hosts: bool = False

    def list_documents(self, attachments: Sequence[discord.Attachment]) -> tuple[IncomingDocument, ...]:
        """The files among attachments."""
        return tuple(map(self._to_incoming, filter(is_document, attachments)))

    def find_documents(self, message: discord.Message) -> tuple[IncomingDocument, ...]:
        """The files of a message; else, for a command that reads one, those of the message that it replies to."""
        answered = message.reference.resolved if message.reference else None
        own = self.list_documents(message.attachments)
        if own or not isinstance(answered, discord.Message) or not takes_document(message.content):
            return own
        return self.list_documents(answered.attachments)

    def _to_incoming(self, attachment: discord.Attachment) -> IncomingDocument:
        name = attachment.filename or ""
        fetch = partial(self._fetch, attachment.url, clean_document_name(name))
        return build_document(name, attachment.content_type or "", attachment.size or 0, fetch)

    async def _fetch(self, url: str, name: str, limit: int) -> bytes:
        """A file's first ``limit`` bytes. Raises :class:`~digestbot.errors.DocumentError`."""
        try:
            async with (
                DownloadClient(_TIMEOUT_SECONDS, allow_private_hosts=self.allow_private_hosts) as client,
                client.open(url) as response,
            ):
                if response.status == HTTPStatus.OK:
                    return await read_body(response, limit)
                reason = f"HTTP {response.status}"
                is_gone = response.status in _GONE
        except (SourceError, aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            reason, is_gone = type(error).__name__, False
        _log.info("discord_file_not_fetched", reason=reason)
        raise DocumentError("document_gone" if is_gone else "document_unavailable", name=name)


def is_document(attachment: discord.Attachment) -> bool:
    """Whether an attachment is something to read."""
    return not (attachment.content_type or "").startswith(_SHOWN_TYPES)
