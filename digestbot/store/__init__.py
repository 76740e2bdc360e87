"""The SQL store: digests and papers, subscribers, and the outbox."""

from __future__ import annotations

from digestbot.store.announcements import AnnouncementStore
from digestbot.store.builds import BuildStore
from digestbot.store.callback_tokens import CallbackTokenStore
from digestbot.store.delivery_history import DeliveryHistory
from digestbot.store.delivery_report import DeliveryReport
from digestbot.store.digests import DigestStore
from digestbot.store.engine import Database
from digestbot.store.follow_digests import FollowDigestStore
from digestbot.store.followed_topics import FollowedTopicStore
from digestbot.store.follows import FollowStore
from digestbot.store.key_values import KeyValueStore
from digestbot.store.leases import LeaseStore
from digestbot.store.outbox import Outbox
from digestbot.store.publications import PublicationStore
from digestbot.store.recent_announcements import RecentAnnouncementStore
from digestbot.store.request_paces import RequestPaceStore
from digestbot.store.saved_papers import SavedPaperStore
from digestbot.store.search import SearchIndex
from digestbot.store.shown_lists import ShownListStore
from digestbot.store.subscribers import SubscriberStore
from digestbot.store.told_problems import ToldProblemStore
from digestbot.store.undo_steps import UndoStepStore

__all__ = [
    "AnnouncementStore",
    "BuildStore",
    "CallbackTokenStore",
    "Database",
    "DeliveryHistory",
    "DeliveryReport",
    "DigestStore",
    "FollowDigestStore",
    "FollowStore",
    "FollowedTopicStore",
    "KeyValueStore",
    "LeaseStore",
    "Outbox",
    "PublicationStore",
    "RecentAnnouncementStore",
    "RequestPaceStore",
    "SavedPaperStore",
    "SearchIndex",
    "ShownListStore",
    "Store",
    "SubscriberStore",
    "ToldProblemStore",
    "UndoStepStore",
]


class Store:
    """The stores that share one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.digests = DigestStore(database)
        self.follows = FollowStore(database)
        self.follow_digests = FollowDigestStore(database)
        self.search = SearchIndex(database)
        self.subscribers = SubscriberStore(database)
        self.followed = FollowedTopicStore(database)
        self.recent = RecentAnnouncementStore(database)
        self.saved_papers = SavedPaperStore(database)
        self.outbox = Outbox(database)
        self.publications = PublicationStore(database)
        self.told_problems = ToldProblemStore(database)
        self.undo_steps = UndoStepStore(database)
        self.history = DeliveryHistory(database)
        self.shown_lists = ShownListStore(database)
        self.callback_tokens = CallbackTokenStore(database)
        self.key_values = KeyValueStore(database)
        self.leases = LeaseStore(database)
        self.request_paces = RequestPaceStore(database)
        self.report = DeliveryReport(database)
        self.builds = BuildStore(database)
        self.announcements = AnnouncementStore(database)

    async def close(self) -> None:
        """Close all connections."""
        await self.database.close()
