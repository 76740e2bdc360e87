"""Files of what somebody follows elsewhere, read in the sandbox by what is in them, whatever they are called."""

from __future__ import annotations

from digestbot.core.follows.import_service import ImportedLines, ImportedTexts, choose_texts, list_texts
from digestbot.core.follows.text_decoding import decode_text
from digestbot.core.papers.documents import MAX_DOCUMENT_BYTES
from digestbot.core.ports import IncomingDocument
from digestbot.errors import DocumentError, SourceError
from digestbot.sandbox import PARSING_SECONDS, run_in_sandbox


async def read_document(document: IncomingDocument) -> ImportedLines:
    """What a file proposes to follow. Raises :class:`~digestbot.errors.DocumentError`."""
    content = await document.read(MAX_DOCUMENT_BYTES)
    try:
        found = await run_in_sandbox(parse_file, PARSING_SECONDS, content)
    except SourceError:
        raise DocumentError("document_unreadable", name=document.name) from None
    if not found.is_text:
        raise DocumentError("document_no_text", name=document.name)
    return choose_texts(found)


def parse_file(content: bytes) -> ImportedTexts:
    """What is in a file, in the sandbox."""
    text = decode_text(content)
    return list_texts(text) if text.strip() else ImportedTexts((), is_text=not content.strip())
