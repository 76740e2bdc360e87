"""The deliveries that one worker has claimed, and their leases."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from digestbot.core.ports import Clock, SendContext
from digestbot.domain.delivery import Delivery, DeliveryState, release
from digestbot.errors import StoreError
from digestbot.store import Store
from digestbot.store.announcements.followed_topics import Narrowings
from digestbot.store.deliveries.delivery_history import PriorDelivery

LEASE_DURATION = timedelta(seconds=30)
"""How long a claimed row is kept from other processes; the lease is renewed until the delivery ends."""
_BATCH_SIZE = 256
_AMBIGUOUS_REASON = "it may have arrived before the process stopped; by setting, it is not sent again"
_log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class Claim:
    """A delivery that no other process sends until ``lease_until``.

    ``delivery`` tells how far it has got. ``is_in_flight`` is set while a message of it is being sent or its row is
    being updated. ``prior_deliveries`` are ``None`` until they are looked up, with the ``narrowings`` of the chat by
    the topics' slugs, and ``lease_until`` is ``None`` once the claim is given up.
    """

    delivery: Delivery
    lease_until: datetime | None
    database_id: str = ""
    prior_deliveries: Mapping[str, PriorDelivery] | None = None
    narrowings: Narrowings = field(default_factory=dict)
    is_in_flight: bool = False

    def is_valid(self, now: datetime) -> bool:
        """Whether the delivery is still ours alone."""
        return self.lease_until is not None and now < self.lease_until

    def build_context(self) -> SendContext:
        """The context of its next message.

        The idempotency key is the same 24 characters whenever the same message of this database is sent.
        """
        delivery, number = self.delivery, self.delivery.parts_sent + 1
        identity = f"{self.database_id} {delivery.id} {number}"
        key = hashlib.sha256(identity.encode()).hexdigest()[:24]
        preferences = delivery.subscriber.preferences
        return SendContext.for_part(key, preferences, number, delivery.thread, is_retry=delivery.attempt > 1)


SubscriberBatch = list[Claim]
"""One subscriber's claims, sent one after the other. It may grow while it is worked on."""


class ClaimTable:
    """Claims what is due on one platform, renews the leases, and hands back what was not begun."""

    def __init__(self, store: Store, clock: Clock, platform: str, *, skips_ambiguous: bool) -> None:
        self._store = store
        self._clock = clock
        self._platform = platform
        self._skips_ambiguous = skips_ambiguous
        self._database_id = ""
        self._claims: dict[int, Claim] = {}
        self._batches: dict[int, SubscriberBatch] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is claimed."""
        return not self._claims

    async def reclaim(self) -> None:
        """Let everything that was being sent be claimed again: only for the platform's one sender, at its start.

        Raises :class:`~digestbot.errors.StoreError`.
        """
        await self._store.outbox.reclaim(self._platform, self._clock.now())

    async def claim_due(self) -> list[SubscriberBatch] | None:
        """Claim what is due; the new batches, or ``None`` when nothing is due.

        Raises :class:`~digestbot.errors.StoreError`.
        """
        now, outbox = self._clock.now(), self._store.outbox
        self._database_id = self._database_id or await self._store.key_values.get_database_id()
        # After a pause of the process: what is still in flight here is marked by its own claim, not claimed again.
        held = [claim.delivery.id for claim in self._claims.values() if not claim.is_valid(now)]
        if self._skips_ambiguous:
            await outbox.fail_ambiguous(self._platform, now, _AMBIGUOUS_REASON, except_ids=held)
        state = DeliveryState.DUE if self._skips_ambiguous else DeliveryState.SENDING
        claimed = await outbox.claim(self._platform, now, LEASE_DURATION, _BATCH_SIZE, state, except_ids=held)
        claims = [Claim(delivery, now + LEASE_DURATION, self._database_id) for delivery in claimed]
        return self._add_claims(claims) if claims else None

    def drop_claim(self, claim: Claim) -> None:
        """Give up a claim, because its delivery ended or its lease is lost."""
        claim.lease_until = None
        if self._claims.get(claim.delivery.id) is claim:
            del self._claims[claim.delivery.id]

    def finish_batch(self, batch: SubscriberBatch) -> None:
        """Let the subscriber's next claims start a new batch."""
        subscriber_id = batch[0].delivery.subscriber.id
        if self._batches.get(subscriber_id) is batch:
            del self._batches[subscriber_id]

    def drop_batches(self, batches: Sequence[SubscriberBatch]) -> None:
        """Give up all claims of some batches."""
        for batch in batches:
            self.finish_batch(batch)
            for claim in batch:
                self.drop_claim(claim)

    async def run_renewals(self) -> None:
        """Renew the leases until cancelled: a delivery may wait for the platform's limits for longer than a lease."""
        while True:
            await asyncio.sleep(LEASE_DURATION.total_seconds() / 4)
            try:
                await self._renew_leases()
            except StoreError as error:
                _log.error("leases_not_renewed", platform=self._platform, reason=str(error))

    async def release_idle(self) -> None:
        """Hand back every claim that is not in flight."""
        now = self._clock.now()
        idle = [claim for claim in self._claims.values() if not claim.is_in_flight]
        self._batches.clear()
        for claim in idle:
            self.drop_claim(claim)
        try:
            if idle:
                await self._store.outbox.apply_updates([release(claim.delivery, now) for claim in idle])
        except StoreError as error:  # their leases run out
            _log.error("claims_not_released", platform=self._platform, reason=str(error))

    def clear(self) -> None:
        """Forget all claims; their leases run out."""
        self._claims.clear()
        self._batches.clear()

    async def _renew_leases(self) -> None:
        claims, lease_until = list(self._claims.values()), self._clock.now() + LEASE_DURATION
        rows = [(claim.delivery.id, claim.delivery.claim_number) for claim in claims]
        renewed = await self._store.outbox.renew_leases(rows, lease_until) if rows else ()
        for claim in claims:
            if claim.delivery.id in renewed and claim.lease_until:
                claim.lease_until = lease_until

    def _add_claims(self, claims: Sequence[Claim]) -> list[SubscriberBatch]:
        """Add claims to their subscribers' batches; the batches that are new."""
        new = []
        for claim in claims:
            self._claims[claim.delivery.id] = claim
            subscriber_id = claim.delivery.subscriber.id
            if subscriber_id not in self._batches:
                self._batches[subscriber_id] = []
                new.append(self._batches[subscriber_id])
            self._batches[subscriber_id].append(claim)
        return new
