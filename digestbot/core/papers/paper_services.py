"""What can be done with any single paper on demand, as ports: commands know these, and the app builds them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from digestbot.core.papers.document_gate import DocumentGate
from digestbot.core.papers.lookup_pace import LookupPace
from digestbot.core.papers.quotas import QuotaService
from digestbot.core.papers.summary_services import PaperSummarizer
from digestbot.domain.paper import PaperId
from digestbot.store.digests.digests import StoredEntry

if TYPE_CHECKING:
    from digestbot.domain.papers.paper_answers import AnswerStep, AskedQuestion, PaperAnswer, PaperQuestion
    from digestbot.domain.subscription import Address
    from digestbot.store.papers.paper_questions import Asker


MAX_EARLIER = 3
"""How many of the last questions the next one may go on from."""


class TitleMatch(NamedTuple):
    """The paper with a title; or, where none has it, identifiers and titles of those that come nearest."""

    entry: StoredEntry | None = None
    similar: tuple[tuple[str, str], ...] = ()


class PaperLookup(Protocol):
    """Finds papers that are not stored where they are published, and stores them."""

    async def find_paper(self, paper: PaperId) -> StoredEntry | None:
        """The paper; ``None`` if there is none with this identifier.

        Raises :class:`~digestbot.errors.LookupUnavailableError` if who publishes it cannot be asked now, and another
        :class:`~digestbot.errors.SourceError` for an answer that cannot be read.
        """

    async def find_title(self, title: str) -> TitleMatch:
        """The paper with a title, stored by now, or others with similar ones. Raises what :meth:`find_paper` does."""


class PaperQuestions(Protocol):
    """Answers questions about papers from their text."""

    @property
    def has_model(self) -> bool:
        """Whether a model answers; without, the passages that may hold the answer are shown."""

    async def find_kept(self, asked: PaperQuestion) -> PaperAnswer | None:
        """The answer that is kept for the same question, which costs nothing."""

    def answer(self, asked: PaperQuestion) -> AsyncGenerator[AnswerStep | PaperAnswer]:
        """What is being done, one after another, and at last the answer."""

    async def list_earlier(self, asker: Asker, paper: str, *, is_reply: bool) -> tuple[AskedQuestion, ...]:
        """What a person asked last about a paper in a chat, as far as the next question may go on from it."""

    async def find_last_paper(self, asker: Asker) -> str:
        """The paper that a person asked about last in a chat, within an hour; empty if they asked about none."""

    async def note_asked(self, asker: Asker, paper: str, asked: AskedQuestion) -> int:
        """Note what a person asked, for what follows; its number."""

    async def note_said(self, number: int, said: str) -> None:
        """Note what was answered to a question, unless the person had it forgotten meanwhile."""

    async def drop_asked(self, number: int) -> None:
        """Forget a question that was not answered."""

    async def forget(self, address: Address) -> None:
        """Delete what a person asked, or what was asked in a chat."""


@dataclass(frozen=True, slots=True)
class PaperServices:
    """The services that there are; each is ``None`` where it cannot be had, such as without a network or a model.

    ``closers`` end what they do, and close their connections, in this order.
    """

    lookup: PaperLookup | None = None
    lookup_pace: LookupPace | None = None
    quotas: QuotaService | None = None
    summaries: PaperSummarizer | None = None
    questions: PaperQuestions | None = None
    document_gate: DocumentGate = field(default_factory=DocumentGate)
    closers: tuple[Callable[[], Awaitable[None]], ...] = ()

    async def close(self) -> None:
        """End what was begun for people, and close all connections."""
        for close in self.closers:
            await close()


NO_PAPER_SERVICES = PaperServices()
"""Only what is stored can be shown."""
