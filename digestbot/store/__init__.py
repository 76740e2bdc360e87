"""What digestbot remembers, in SQL: digests and papers, subscribers, and the outbox."""

from __future__ import annotations

from digestbot.store.builds import Builds
from digestbot.store.digests import DigestStore
from digestbot.store.engine import Database
from digestbot.store.leases import Leases
from digestbot.store.ledger import Ledger
from digestbot.store.memory import Memory
from digestbot.store.outbox import Outbox
from digestbot.store.received import Received
from digestbot.store.search import Search
from digestbot.store.shortcuts import Shortcuts
from digestbot.store.subscribers import SubscriberStore

__all__ = [
    "Builds",
    "Database",
    "DigestStore",
    "Leases",
    "Ledger",
    "Memory",
    "Outbox",
    "Received",
    "Search",
    "Shortcuts",
    "Store",
    "SubscriberStore",
]


class Store:
    """The parts of the store over one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.digests = DigestStore(database)
        self.search = Search(database)
        self.subscribers = SubscriberStore(database)
        self.outbox = Outbox(database)
        self.received = Received(database)
        self.shortcuts = Shortcuts(database)
        self.memory = Memory(database)
        self.leases = Leases(database)
        self.ledger = Ledger(database)
        self.builds = Builds(database)

    async def close(self) -> None:
        """Give back every connection."""
        await self.database.close()
