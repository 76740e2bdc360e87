"""What somebody means who replies to the card of one paper: a question about it, unless they say a command.

A reply to a card of several papers is read as any other line: a number in it is that of the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from digestbot.core.catalog import DigestCatalog
from digestbot.core.lines.typed_line import parse_list_numbers, read_line_variants
from digestbot.domain.paper import PaperId, find_paper_ids
from digestbot.domain.papers.sent_pdf import PDF_PREFIX

QUESTION_MARKS = ("?", "？")
_IT = frozenset(
    ("it", "this", "that", "this one", "that one", "this paper", "that paper", "它", "这篇", "这篇论文", "这个")
)


def find_named_address(command: str) -> str:
    """The address of the paper that a button's command names, or the name of a sent PDF; empty if it names neither."""
    words = command.split()
    if len(words) < 2:
        return ""
    if words[1].startswith(PDF_PREFIX):
        return words[1]
    paper = PaperId.parse(words[1])
    return paper.abs_url if paper else ""


def choose_named_addresses(addresses: Iterable[str]) -> tuple[str, ...]:
    """What the buttons of a message name: a sent PDF alone, even where it is a copy of a paper, which is beside it."""
    named = tuple(dict.fromkeys(filter(None, addresses)))
    pdf = find_quoted_pdf(named)
    return (pdf,) if pdf else named


def find_quoted_pdf(links: Sequence[str]) -> str:
    """The sent PDF, by its name, that the message is about which a reply quotes; empty if it is about none."""
    return next((link for link in links if link.startswith(PDF_PREFIX)), "")


def find_quoted_paper(links: Sequence[str]) -> str:
    """The paper, or the sent PDF, that the message is about which a reply quotes; empty if it is none, or several."""
    if pdf := find_quoted_pdf(links):
        return pdf
    papers = {paper.base_id for link in links for paper in find_paper_ids(link)}
    return papers.pop() if len(papers) == 1 else ""


def is_tags(text: str) -> bool:
    """Whether a reply to a paper's card is nothing but tags for it: “#nlp #待读”."""
    words = text.split()
    if not words or any(word[0] not in "#＃" for word in words):
        return False
    from digestbot.core.lines.saved_words import split_tags  # noqa: PLC0415  # late: few replies are tags

    split = split_tags(tuple(words))
    return bool(split.tags) and not split.paper


def drop_it(words: Sequence[str]) -> tuple[str, ...] | None:
    """The words after “it”, which stands for the paper; ``None`` for words that name something else."""
    if not words or " ".join(words).casefold() in _IT:
        return ()
    return tuple(words[1:]) if words[0].casefold() in ("it", "它") else None


async def is_card_question(text: str, catalog: DigestCatalog) -> bool:
    """Whether a reply to a paper's card is a question about it, in whatever words.

    It is none if it is a number of a list, names papers, or is a command: one with a slash, one that all of the line
    says in other words, or one that begins with its name. Before a question mark a name is a word like any other,
    unless nothing but the paper follows it (“save it?”).
    """
    from digestbot.core.lines.meaning import is_named_command, is_said_command  # noqa: PLC0415  # late: few are replies

    plain = text.strip()
    if not plain or parse_list_numbers(plain) or find_paper_ids(plain):
        return False
    if await is_said_command(plain, catalog) or _is_about_it(plain):
        return False
    return plain.endswith(QUESTION_MARKS) or not await is_named_command(plain, catalog)


def _is_about_it(text: str) -> bool:
    """Whether a line is a command's name, and after it at most what stands for the paper."""
    return any(
        line.is_sure or " ".join(line.words).rstrip(" ?？!！.。").casefold() in ("", *_IT)
        for line in read_line_variants(text)
        if line.name
    )
