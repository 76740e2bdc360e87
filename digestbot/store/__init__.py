"""The SQL store: digests and papers, subscribers, and the outbox."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from digestbot.store.database.engine import Database
from digestbot.store.digests.digests import DigestStore

if TYPE_CHECKING:
    from digestbot.store.announcements.announcements import AnnouncementStore
    from digestbot.store.announcements.followed_topics import FollowedTopicStore
    from digestbot.store.announcements.follows import FollowStore
    from digestbot.store.announcements.popular_papers import PopularPaperStore
    from digestbot.store.announcements.recent_announcements import RecentAnnouncementStore
    from digestbot.store.chats.callback_tokens import CallbackTokenStore
    from digestbot.store.chats.quotas import QuotaStore
    from digestbot.store.chats.saved_marks import SavedMarkStore
    from digestbot.store.chats.saved_papers import SavedPaperStore
    from digestbot.store.chats.shown_lists import ShownListStore
    from digestbot.store.chats.subscribers import SubscriberStore
    from digestbot.store.chats.undo_steps import UndoStepStore
    from digestbot.store.deliveries.delivery_history import DeliveryHistory
    from digestbot.store.deliveries.delivery_report import DeliveryReport
    from digestbot.store.deliveries.outbox import Outbox
    from digestbot.store.deliveries.publications import PublicationStore
    from digestbot.store.deliveries.told_problems import ToldProblemStore
    from digestbot.store.digests.builds import BuildStore
    from digestbot.store.digests.follow_digests import FollowDigestStore
    from digestbot.store.key_values import KeyValueStore
    from digestbot.store.leases import LeaseStore
    from digestbot.store.papers.failed_works import FailedWorkStore
    from digestbot.store.papers.looked_up_papers import LookedUpPaperStore
    from digestbot.store.papers.paper_questions import PaperQuestionStore
    from digestbot.store.papers.paper_summaries import PaperSummaryStore
    from digestbot.store.papers.paper_texts import PaperTextStore
    from digestbot.store.papers.random_papers import RandomPaperStore
    from digestbot.store.papers.sent_pdfs import SentPdfStore
    from digestbot.store.papers.submission_dates import SubmissionDateStore
    from digestbot.store.request_paces import RequestPaceStore
    from digestbot.store.search.related_papers import RelatedPaperIndex
    from digestbot.store.search.search_index import SearchIndex

__all__ = ["Database", "Store"]


class Store:
    """The stores that share one database. What few commands use is imported where it is first used."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.digests = DigestStore(database)

    async def close(self) -> None:
        """Close all connections."""
        await self.database.close()

    @cached_property
    def subscribers(self) -> SubscriberStore:
        """Chats, and what they are subscribed to."""
        from digestbot.store.chats.subscribers import SubscriberStore

        return SubscriberStore(self.database)

    @cached_property
    def shown_lists(self) -> ShownListStore:
        """What each chat was shown last."""
        from digestbot.store.chats.shown_lists import ShownListStore

        return ShownListStore(self.database)

    @cached_property
    def search(self) -> SearchIndex:
        """Papers by words."""
        from digestbot.store.search.search_index import SearchIndex

        return SearchIndex(self.database)

    @cached_property
    def saved_papers(self) -> SavedPaperStore:
        """What subscribers saved."""
        from digestbot.store.chats.saved_papers import SavedPaperStore

        return SavedPaperStore(self.database)

    @cached_property
    def saved_marks(self) -> SavedMarkStore:
        """What subscribers wrote beside what they saved."""
        from digestbot.store.chats.saved_marks import SavedMarkStore

        return SavedMarkStore(self.database)

    @cached_property
    def random_papers(self) -> RandomPaperStore:
        """Papers by chance."""
        from digestbot.store.papers.random_papers import RandomPaperStore

        return RandomPaperStore(self.database)

    @cached_property
    def related_papers(self) -> RelatedPaperIndex:
        """What is near a paper."""
        from digestbot.store.search.related_papers import RelatedPaperIndex

        return RelatedPaperIndex(self.database)

    @cached_property
    def submission_dates(self) -> SubmissionDateStore:
        """When papers were submitted."""
        from digestbot.store.papers.submission_dates import SubmissionDateStore

        return SubmissionDateStore(self.database)

    @cached_property
    def outbox(self) -> Outbox:
        """Planned, claimed and sent deliveries."""
        from digestbot.store.deliveries.outbox import Outbox

        return Outbox(self.database)

    @cached_property
    def publications(self) -> PublicationStore:
        """What is still to be published."""
        from digestbot.store.deliveries.publications import PublicationStore

        return PublicationStore(self.database)

    @cached_property
    def told_problems(self) -> ToldProblemStore:
        """Who was told of what."""
        from digestbot.store.deliveries.told_problems import ToldProblemStore

        return ToldProblemStore(self.database)

    @cached_property
    def undo_steps(self) -> UndoStepStore:
        """What a chat's last commands changed."""
        from digestbot.store.chats.undo_steps import UndoStepStore

        return UndoStepStore(self.database)

    @cached_property
    def history(self) -> DeliveryHistory:
        """What subscribers have already received."""
        from digestbot.store.deliveries.delivery_history import DeliveryHistory

        return DeliveryHistory(self.database)

    @cached_property
    def callback_tokens(self) -> CallbackTokenStore:
        """The commands of buttons that are too long for one."""
        from digestbot.store.chats.callback_tokens import CallbackTokenStore

        return CallbackTokenStore(self.database)

    @cached_property
    def key_values(self) -> KeyValueStore:
        """Small values that the bot keeps between restarts."""
        from digestbot.store.key_values import KeyValueStore

        return KeyValueStore(self.database)

    @cached_property
    def leases(self) -> LeaseStore:
        """Which process does what."""
        from digestbot.store.leases import LeaseStore

        return LeaseStore(self.database)

    @cached_property
    def request_paces(self) -> RequestPaceStore:
        """When archives may be asked again."""
        from digestbot.store.request_paces import RequestPaceStore

        return RequestPaceStore(self.database)

    @cached_property
    def quotas(self) -> QuotaStore:
        """How often people and chats had something done."""
        from digestbot.store.chats.quotas import QuotaStore

        return QuotaStore(self.database)

    @cached_property
    def popular_papers(self) -> PopularPaperStore:
        """Which papers most chats receive."""
        from digestbot.store.announcements.popular_papers import PopularPaperStore

        return PopularPaperStore(self.database)

    @cached_property
    def paper_summaries(self) -> PaperSummaryStore:
        """Summaries of single papers that somebody asked for."""
        from digestbot.store.papers.paper_summaries import PaperSummaryStore

        return PaperSummaryStore(self.database)

    @cached_property
    def sent_pdfs(self) -> SentPdfStore:
        """PDFs that people sent for themselves."""
        from digestbot.store.papers.sent_pdfs import SentPdfStore

        return SentPdfStore(self.database)

    @cached_property
    def report(self) -> DeliveryReport:
        """What operators ask of the outbox."""
        from digestbot.store.deliveries.delivery_report import DeliveryReport

        return DeliveryReport(self.database)

    @cached_property
    def builds(self) -> BuildStore:
        """The builder's records."""
        from digestbot.store.digests.builds import BuildStore

        return BuildStore(self.database)

    @cached_property
    def follows(self) -> FollowStore:
        """Topics whose content is a query."""
        from digestbot.store.announcements.follows import FollowStore

        return FollowStore(self.database)

    @cached_property
    def follow_digests(self) -> FollowDigestStore:
        """The digests of follows, and what they are made of."""
        from digestbot.store.digests.follow_digests import FollowDigestStore

        return FollowDigestStore(self.database)

    @cached_property
    def followed_topics(self) -> FollowedTopicStore:
        """What a chat has of its topics: names, filters, mutes."""
        from digestbot.store.announcements.followed_topics import FollowedTopicStore

        return FollowedTopicStore(self.database)

    @cached_property
    def recent_announcements(self) -> RecentAnnouncementStore:
        """The papers of the last announcements."""
        from digestbot.store.announcements.recent_announcements import RecentAnnouncementStore

        return RecentAnnouncementStore(self.database)

    @cached_property
    def announcements(self) -> AnnouncementStore:
        """arXiv's announcements by day."""
        from digestbot.store.announcements.announcements import AnnouncementStore

        return AnnouncementStore(self.database)

    @cached_property
    def paper_texts(self) -> PaperTextStore:
        """The texts of papers that somebody asked about."""
        from digestbot.store.papers.paper_texts import PaperTextStore

        return PaperTextStore(self.database)

    @cached_property
    def paper_questions(self) -> PaperQuestionStore:
        """What was asked about papers, and the answers."""
        from digestbot.store.papers.paper_questions import PaperQuestionStore

        return PaperQuestionStore(self.database)

    @cached_property
    def failed_works(self) -> FailedWorkStore:
        """What models were paid for and nothing came of."""
        from digestbot.store.papers.failed_works import FailedWorkStore

        return FailedWorkStore(self.database)

    @cached_property
    def looked_up_papers(self) -> LookedUpPaperStore:
        """Papers that somebody asked for."""
        from digestbot.store.papers.looked_up_papers import LookedUpPaperStore

        return LookedUpPaperStore(self.database)
