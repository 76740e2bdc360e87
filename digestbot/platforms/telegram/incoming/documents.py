"""Files that people send on Telegram, fetched from the Bot API server when a command reads them.

The address of a file contains the bot's token (core.telegram.org/bots/api#file): it stands in no log and no error.
"""

from __future__ import annotations

from functools import partial

import structlog
from telegram import Bot, Document, Message
from telegram.error import BadRequest, TelegramError

from digestbot.core.commands.registry import takes_document
from digestbot.core.papers.documents import MAX_DOCUMENT_BYTES, build_document, build_size_error, clean_document_name
from digestbot.core.ports import IncomingDocument
from digestbot.errors import DocumentError
from digestbot.platforms.telegram.transport import AiohttpRequest, MissingFileError

_log = structlog.get_logger(__name__)


def list_documents(bot: Bot, message: Message, text: str) -> tuple[IncomingDocument, ...]:
    """The file of a message; else, for a command that reads one, the file of the message that it replies to.

    One of an album is not taken: each comes as a message of its own, and only one of these has the words.
    """
    document = None if message.media_group_id else message.document
    if document is None and takes_document(text):
        document = _find_answered_document(message)
    return (_to_incoming(bot, document),) if document else ()


def _find_answered_document(message: Message) -> Document | None:
    answered = message.reply_to_message or message.external_reply
    return answered.document if answered else None


def _to_incoming(bot: Bot, document: Document) -> IncomingDocument:
    name = document.file_name or ""
    fetch = partial(_fetch, bot, document.file_id, clean_document_name(name))
    return build_document(name, document.mime_type or "", document.file_size or 0, fetch)


async def _fetch(bot: Bot, file_id: str, name: str, limit: int) -> bytes:
    """A file's first ``limit`` bytes. Raises :class:`~digestbot.errors.DocumentError`."""
    request = bot.request
    try:
        found = await bot.get_file(file_id)
        address = found.file_path or ""
        if not isinstance(request, AiohttpRequest) or not address.startswith(f"{bot.base_file_url}/"):
            raise DocumentError("document_unavailable", name=name)  # a path of a server's own disk, say
        return await request.download(address, limit)
    except MissingFileError:
        raise DocumentError("document_gone", name=name) from None
    except BadRequest as error:
        if "too big" in error.message.lower():
            raise build_size_error(name, MAX_DOCUMENT_BYTES) from None
        raise DocumentError("document_gone", name=name) from None
    except TelegramError as error:
        _log.info("telegram_file_not_fetched", reason=type(error).__name__)
        raise DocumentError("document_unavailable", name=name) from None
