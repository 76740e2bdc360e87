"""Which command a message means: by its line, its papers, its files, and what it replies to."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from digestbot.core.catalog import DigestCatalog
from digestbot.core.commands.registry import COMMANDS, COMMANDS_BY_NAME, PAPER_PARAM, has_command, is_readable
from digestbot.core.lines.bare_commands import MeantCommand, find_bare_command
from digestbot.core.lines.card_replies import QUESTION_MARKS, drop_it, find_quoted_paper, is_card_question, is_tags
from digestbot.core.lines.names import list_chinese_names, list_names
from digestbot.core.lines.typed_line import TypedLine, read_line
from digestbot.core.papers.documents import find_document_command
from digestbot.core.ports import IncomingDocument, IncomingMessage
from digestbot.domain.paper import find_paper_ids
from digestbot.errors import CommandError, DocumentError

_MAX_TEXT_LENGTH = 1000
_MAX_LINKED_TEXT = 10_000
"""How much of a message is looked through for papers: more than any platform takes."""


async def find_command(message: IncomingMessage, catalog: DigestCatalog) -> MeantCommand:
    """The command that a message means, and its arguments. Raises :class:`CommandError`.

    What is too long for a command may still refer to papers: a digest that somebody forwards.
    """
    if message.documents and not message.text.strip():
        return _find_document_meaning(message.documents)
    papers = find_paper_ids(" ".join((message.text[:_MAX_LINKED_TEXT], *message.links)))
    if len(message.text) > _MAX_TEXT_LENGTH and _takes_long_text(line := read_line(message.text[:_MAX_LINKED_TEXT])):
        return MeantCommand(line.name, line.words)
    if len(message.text) > _MAX_TEXT_LENGTH:
        if not papers:
            raise CommandError("too_long", "help")
        return MeantCommand("paper", tuple(paper.base_id for paper in papers))
    quoted = find_quoted_paper(message.quoted_links)
    replied = await _find_replied(message, quoted, catalog) if quoted or message.quoted_list else None
    return replied or _mean_quoted(await _find_meant(message, bool(papers), catalog), quoted)


async def _find_replied(message: IncomingMessage, quoted: str, catalog: DigestCatalog) -> MeantCommand | None:
    """What only a reply means: tags for a card's paper, or a question about that or a list; ``None`` for the rest."""
    if quoted and is_tags(message.text):
        return MeantCommand("save", (quoted, *message.text.split()))
    if message.documents or not has_command("ask"):
        return None
    if quoted and await is_card_question(message.text, catalog):
        return MeantCommand("ask", (quoted, *message.text.split()), is_named=False)
    if message.quoted_list and asks_about_list(message):
        return MeantCommand("ask", split_listed_question(message.text), is_named=False)
    return None


def asks_about_list(message: IncomingMessage) -> bool:
    """Whether a reply to a list is a question: about the paper whose number it begins with, or about one of them."""
    from digestbot.core.lines.plain_questions import is_surely_question, split_numbered_question  # noqa: PLC0415  # late

    text = message.text
    return is_surely_question(text) or split_numbered_question(text).number in message.quoted_list


def split_listed_question(text: str) -> tuple[str, ...]:
    """The words after /ask of a question that may begin with a number: as “2 what data?” of 第二篇用了什么数据？"""
    from digestbot.core.lines.plain_questions import split_numbered_question  # noqa: PLC0415  # late: few lines ask

    number, question = split_numbered_question(text)
    return (str(number), *question.split()) if number else tuple(text.split())


def _mean_quoted(meant: MeantCommand, quoted: str) -> MeantCommand:
    """A command about “it” in reply to a paper's card is about that paper, and so is one that names none."""
    if not quoted or PAPER_PARAM not in COMMANDS_BY_NAME[meant.name].params:
        return meant
    rest = drop_it(meant.args)
    return meant if rest is None else meant._replace(args=(quoted, *rest))


async def _find_meant(message: IncomingMessage, has_papers: bool, catalog: DigestCatalog) -> MeantCommand:
    if bare := find_bare_command(message.text):
        return bare
    from digestbot.core.lines.meaning import find_meaning  # noqa: PLC0415  # late: it reads sentences of two languages

    meant = await find_meaning(message.text, catalog, has_links=bool(message.links))
    if not meant.name:
        raise _build_unknown_error(meant.typed_name, message)
    if meant.name == "search" and not meant.is_named and not has_papers and not message.documents:
        _refuse_unread_link(message.text)
    if meant.name == "search" and has_papers and not meant.is_named:
        return MeantCommand("paper", ())
    if not has_papers and _only_describes(message, meant):
        return _find_caption_meaning(message)
    return meant


def _refuse_unread_link(text: str) -> None:
    """Raises :class:`CommandError` where a line that would be searched for has a link to what may be a paper."""
    from digestbot.core.lines.unread_links import find_unread_sites  # noqa: PLC0415  # late: few lines are searches

    if sites := find_unread_sites(text):
        raise CommandError("unread_link", site=sites[0])


def _takes_long_text(line: TypedLine) -> bool:
    """Whether a line is a command of many words: what is to be followed, or a note."""
    return line.name == "import" or (line.name == "note" and line.is_sure)


def _only_describes(message: IncomingMessage, meant: MeantCommand) -> bool:
    """Whether the words beside a file that a command reads are about the file: without a slash, and no such command."""
    reads_it = COMMANDS_BY_NAME[meant.name].takes_document or meant.name == "ask"
    is_for_document = reads_it or read_line(message.text).is_sure
    return not is_for_document and any(map(is_readable, message.documents))


def _find_caption_meaning(message: IncomingMessage) -> MeantCommand:
    """The command that files mean with words that are none: the words may ask about a PDF."""
    meant = _find_document_meaning(message.documents)
    if meant.name == "summarize" and has_command("ask") and message.text.rstrip().endswith(QUESTION_MARKS):
        return MeantCommand("ask", tuple(message.text.split()), is_named=False)
    return meant


def _find_document_meaning(documents: Sequence[IncomingDocument]) -> MeantCommand:
    """The command that files alone mean. Raises :class:`~digestbot.errors.DocumentError`."""
    readable = next(filter(is_readable, documents), None)
    if readable is None:
        raise DocumentError("document_unknown", "import", name=documents[0].name)
    return MeantCommand(find_document_command(readable), ())


def _build_unknown_error(word: str, message: IncomingMessage) -> CommandError:
    name = word[:40]
    missing = [] if message.sender else ["test"]  # nothing can be sent there
    if not name.lower().startswith("forget"):
        missing += ["forgetme", "forget_channel"]  # nobody is led to those by a slip
    likely = [
        *(command for chinese, command in list_chinese_names().items() if name.startswith(chinese)),
        *difflib.get_close_matches(name.lower(), [command.name for command in COMMANDS], n=3, cutoff=0.7),
        *(list_names()[other] for other in difflib.get_close_matches(name.lower(), list_names(), n=3, cutoff=0.75)),
    ]
    suggestions = [one for one in dict.fromkeys(likely) if one not in missing][:3]
    return CommandError("unknown_command", *(suggestions or ["help"]), command=f"/{name}", suggestions=suggestions)
