"""One delivery after it was claimed: its parts, one after the other, and the mark of what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from benchmarks.mornings import fill_store
from digestbot.app import App
from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.claims import LEASE_DURATION, Claim
from digestbot.core.delivery.decisions import DeliveryPolicy
from digestbot.core.delivery.executor import DeliveryExecutor
from digestbot.core.delivery.metrics import DeliveryOutcome, NullMetrics
from digestbot.core.delivery.planner import plan_deliveries
from digestbot.core.ports import LeaderCheck, always_lead
from digestbot.domain.delivery import Delivery, DeliveryState, mark_sent, release
from digestbot.domain.subscription import Address
from digestbot.errors import (
    AmbiguousDeliveryError,
    ChatMovedError,
    CutShortError,
    DeliveryError,
    Informed,
    PermanentDeliveryError,
    RateLimitedError,
    RefusedPartError,
    RejectedMessageError,
    TemporaryDeliveryError,
)
from digestbot.store.deliveries.outbox import PlanningPolicy
from digestbot.store.tables import outbox
from tests.core.scripted_platform import ScriptedPlatform
from tests.fakes import ManualClock, RecordingPlatform
from tests.waiting import HANG_SECONDS, wait_until

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
PARTS = ("one", "two", "three")


@dataclass
class ExecutorDesk:
    """Claimed deliveries, and what sends them."""

    app: App
    wire: ScriptedPlatform
    clock: ManualClock
    claimed: list[Delivery]

    def make_executor(self, *skips: str, is_leading: LeaderCheck = always_lead) -> DeliveryExecutor:
        terms = DeliveryPolicy(skip_ambiguous=frozenset(skips))
        return DeliveryExecutor(self.app.store, self.clock, self.wire, terms, NullMetrics(), is_leading=is_leading)

    def make_claim(self, delivery: Delivery, database_id: str = "a database") -> Claim:
        return Claim(delivery, self.clock.now() + LEASE_DURATION, database_id)

    async def read_rows(self) -> dict[int, Row[Any]]:
        async with self.app.store.database.read() as connection:
            return {row.id: row for row in await connection.execute(select(outbox))}

    async def read_row(self, delivery: Delivery) -> Row[Any]:
        return (await self.read_rows())[delivery.id]

    async def reopen(self, delivery: Delivery) -> None:
        """Let the row be in work again, as nothing does: to send it a second time."""
        values = {"state": "sending", "available_at": self.clock.now() + LEASE_DURATION, "ended_at": None}
        async with self.app.store.database.write() as connection:
            await connection.execute(update(outbox).where(outbox.c.id == delivery.id).values(values))

    async def read_pause_reason(self, delivery: Delivery) -> str:
        found = await self.app.subscriptions.find(delivery.subscriber.address)
        assert found
        return found.pause_reason


@pytest.fixture
async def desk(empty_app: App, clock: ManualClock) -> ExecutorDesk:
    await fill_store(empty_app, 12, 1, lambda number: Address("telegram", str(number), "topic"))
    await plan_deliveries(empty_app.store, clock.now(), PlanningPolicy(timedelta(0)))
    claimed = await empty_app.store.outbox.claim("telegram", clock.now(), LEASE_DURATION, 12)
    return ExecutorDesk(empty_app, ScriptedPlatform(), clock, [replace(one, due_at=clock.now()) for one in claimed])


async def test_nothing_is_marked_before_it_has_arrived(desk: ExecutorDesk) -> None:
    sending, (hanging, other, *_) = desk.make_executor(), desk.claimed
    before, claim = await desk.read_row(hanging), desk.make_claim(hanging)
    desk.wire.held["two"] = asyncio.Event()
    task = asyncio.create_task(sending.deliver(claim, ["two"]))
    await wait_until(lambda: task.done() or desk.wire.list_parts() == ["two"])
    # marks are written in order and together: what was marked before this one is in the database with it
    assert await sending.deliver(desk.make_claim(other), ["one"]) is DeliveryOutcome.SENT
    assert (await desk.read_row(other)).state == "sent"
    assert await desk.read_row(hanging) == before
    assert (task.done(), claim.is_in_flight) == (False, True)
    desk.wire.held["two"].set()
    assert await task is DeliveryOutcome.SENT
    row = await desk.read_row(hanging)
    assert (row.state, row.available_at, row.ended_at) == ("sent", None, desk.clock.now())


async def test_each_part_is_marked_when_it_has_arrived_with_the_thread_that_it_opened(desk: ExecutorDesk) -> None:
    sending, (delivery, *_) = desk.make_executor(), desk.claimed
    desk.wire.answers["one"] = "t1"
    desk.wire.held = {"two": asyncio.Event(), "three": asyncio.Event()}
    claim = desk.make_claim(delivery)
    task = asyncio.create_task(sending.deliver(claim, PARTS))
    for number, part in ((1, "two"), (2, "three")):
        await wait_until(lambda: task.done() or len(desk.wire.sent) == number + 1)  # noqa: B023  # it is waited for here
        row = await desk.read_row(delivery)
        assert (row.state, row.parts_sent, row.thread) == ("sending", number, "t1")
        assert row.available_at == desk.clock.now() + LEASE_DURATION
        assert claim.delivery == replace(delivery, parts_sent=number, thread="t1")
        desk.clock.advance(seconds=5)
        desk.wire.held[part].set()
    assert await task is DeliveryOutcome.SENT
    assert (await desk.read_row(delivery)).state == "sent"
    assert desk.wire.list_parts() == list(PARTS)
    assert [sent.context.thread for sent in desk.wire.sent] == ["", "t1", "t1"]  # the second opened none


async def test_it_goes_on_at_the_part_it_stopped_at(desk: ExecutorDesk) -> None:
    sending, (new, begun, all_out, *_) = desk.make_executor(), desk.claimed
    assert await sending.deliver(desk.make_claim(new), PARTS) is DeliveryOutcome.SENT
    assert (
        await sending.deliver(desk.make_claim(replace(begun, parts_sent=2, thread="t", attempt=2)), PARTS)
        is DeliveryOutcome.SENT
    )
    assert (
        await sending.deliver(desk.make_claim(replace(all_out, parts_sent=3, attempt=2)), PARTS) is DeliveryOutcome.SENT
    )  # only its mark was lost
    theirs = {delivery.id: delivery.subscriber.address for delivery in (new, begun, all_out)}
    assert [sent.part for sent in desk.wire.sent if sent.address == theirs[new.id]] == list(PARTS)
    (rest,) = [sent for sent in desk.wire.sent if sent.address == theirs[begun.id]]
    assert (rest.part, rest.context.thread, rest.context.is_retry) == ("three", "t", True)
    assert not any(sent.context.is_retry for sent in desk.wire.sent if sent.address == theirs[new.id])
    rows = await desk.read_rows()
    assert {rows[id_].state for id_ in theirs} == {"sent"}


async def test_a_part_has_the_same_key_whenever_it_is_sent_and_no_other_has(desk: ExecutorDesk) -> None:
    first, second, *_ = desk.claimed

    async def list_keys(delivery: Delivery, database_id: str = "a database") -> list[str]:
        desk.wire.sent.clear()
        await desk.reopen(delivery)
        await desk.make_executor().deliver(desk.make_claim(delivery, database_id), PARTS)
        return [sent.context.idempotency_key for sent in desk.wire.sent]

    own = await list_keys(first)
    assert await list_keys(replace(first, attempt=3)) == own  # another process, another attempt
    assert (await list_keys(replace(first, parts_sent=1)))[0] == own[1]
    all_keys = [*own, *await list_keys(second), *await list_keys(first, "another database")]
    assert len(set(all_keys)) == 9
    assert all(key.isascii() and 0 < len(key) <= 25 for key in all_keys)


async def test_a_chat_that_moved_gets_it_where_it_is_now(desk: ExecutorDesk) -> None:
    sending, (delivery, *_) = desk.make_executor(), desk.claimed
    desk.wire.answers["one"] = ChatMovedError("moved", "-100")
    assert await sending.deliver(desk.make_claim(delivery), ["one"]) is DeliveryOutcome.SENT
    was, now = desk.wire.sent
    assert (now.address, now.part) == (Address("telegram", "-100", "topic"), "one")
    assert now.context == was.context
    assert await desk.app.subscriptions.find(was.address) is None
    moved = await desk.app.subscriptions.find(now.address)
    assert moved
    assert (moved.id, moved.pause_reason) == (delivery.subscriber.id, "")


BUG = KeyError("a bug")
REFUSALS: dict[str, tuple[Exception, bool, DeliveryOutcome, DeliveryState, float | None, bool]] = {
    # what the platform says, whether doubtful messages are skipped; what becomes of it, after how long, and of the chat
    "plain": (TemporaryDeliveryError("out of order"), False, DeliveryOutcome.LATER, DeliveryState.DUE, 10, False),
    "asked to wait": (
        RateLimitedError("flood", 70),
        False,
        DeliveryOutcome.LATER,
        DeliveryState.DUE,
        71,
        False,
    ),
    "doubtful": (
        AmbiguousDeliveryError("no answer"),
        False,
        DeliveryOutcome.LATER,
        DeliveryState.DUE,
        10,
        False,
    ),
    "skipped": (
        AmbiguousDeliveryError("no answer"),
        True,
        DeliveryOutcome.AMBIGUOUS,
        DeliveryState.FAILED,
        None,
        False,
    ),
    "plain, skipping": (
        TemporaryDeliveryError("out of order"),
        True,
        DeliveryOutcome.LATER,
        DeliveryState.DUE,
        10,
        False,
    ),
    "refused": (
        RejectedMessageError("too long"),
        False,
        DeliveryOutcome.REFUSED,
        DeliveryState.FAILED,
        None,
        False,
    ),
    "gone": (
        PermanentDeliveryError("blocked"),
        False,
        DeliveryOutcome.UNREACHABLE,
        DeliveryState.FAILED,
        None,
        True,
    ),
    "a bug": (BUG, False, DeliveryOutcome.LATER, DeliveryState.DUE, 10, False),
    "a bug, skipping": (BUG, True, DeliveryOutcome.LATER, DeliveryState.DUE, 10, False),
}


async def test_what_a_platform_says_decides_what_becomes_of_it(
    desk: ExecutorDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.random", lambda: 1.0)
    for delivery, (name, (error, skips, end, state, seconds, pauses)) in zip(
        desk.claimed, REFUSALS.items(), strict=False
    ):
        desk.wire.answers["one"] = error
        assert (
            await desk.make_executor(*(["telegram"] if skips else ())).deliver(desk.make_claim(delivery), ["one"])
            is end
        ), name
        row = await desk.read_row(delivery)
        available_at = desk.clock.now() + timedelta(seconds=seconds) if seconds else None
        assert (row.state, row.available_at, row.attempts) == (state.value, available_at, 1), name
        assert str(error) in row.reason or "a bug in the telegram adapter: KeyError" in row.reason, name
        assert (row.ended_at is not None) == (seconds is None), name
        assert await desk.read_pause_reason(delivery) == (str(error) if pauses else ""), name


async def test_what_the_limits_put_off_is_no_attempt(desk: ExecutorDesk) -> None:
    asked, unsaid, *_ = desk.claimed
    desk.wire.refuses = {
        asked.subscriber.address.chat: RateLimitedError("flood", 40),
        unsaid.subscriber.address.chat: TemporaryDeliveryError("not now"),
    }
    sending = desk.make_executor()
    for delivery, seconds in ((asked, 40), (unsaid, 1)):
        assert await sending.deliver(desk.make_claim(delivery), PARTS) is DeliveryOutcome.LATER
        row = await desk.read_row(delivery)
        again = desk.clock.now() + timedelta(seconds=seconds)
        assert (row.state, row.available_at, row.attempts) == ("due", again, 0)
    assert desk.wire.sent == []


@pytest.mark.parametrize(
    ("changes", "parts", "end", "state"),
    [
        ({}, None, DeliveryOutcome.GONE, "failed"),
        ({"paused": "by request"}, PARTS, DeliveryOutcome.PAUSED, "dropped"),
        ({"age": timedelta(hours=24, seconds=1)}, PARTS, DeliveryOutcome.TOO_LATE, "dropped"),
        ({"age": timedelta(hours=24)}, PARTS, DeliveryOutcome.SENT, "sent"),
        (
            {"age": timedelta(hours=25), "parts": 3},
            PARTS,
            DeliveryOutcome.SENT,
            "sent",
        ),  # all of it is out: it is in time
        ({"paused": "by request", "parts": 3}, PARTS, DeliveryOutcome.SENT, "sent"),
        ({"age": timedelta(hours=25), "parts": 2}, PARTS, DeliveryOutcome.TOO_LATE, "dropped"),
    ],
)
async def test_what_need_not_be_sent_any_more_is_not(
    desk: ExecutorDesk, changes: dict[str, Any], parts: Sequence[str] | None, end: DeliveryOutcome, state: str
) -> None:
    (delivery, *_) = desk.claimed
    subscriber = replace(delivery.subscriber, pause_reason=changes.get("paused", ""))
    due_at = delivery.due_at - changes.get("age", timedelta(0))
    changed = replace(delivery, subscriber=subscriber, due_at=due_at, parts_sent=changes.get("parts", 0))
    assert await desk.make_executor().deliver(desk.make_claim(changed), parts) is end
    assert bool(desk.wire.sent) == (end is DeliveryOutcome.SENT and changed.parts_sent == 0)
    row = await desk.read_row(delivery)
    assert (row.state, row.available_at) == (state, None)


async def test_on_a_lease_that_ran_out_nothing_is_sent_or_marked(desk: ExecutorDesk) -> None:
    (delivery, *_) = desk.claimed
    before, claim = await desk.read_row(delivery), desk.make_claim(delivery)
    desk.wire.held[f"limit {delivery.subscriber.address.chat}"] = asyncio.Event()
    task = asyncio.create_task(desk.make_executor().deliver(claim, PARTS))
    await wait_until(lambda: task.done() or desk.wire.limited)
    desk.clock.moment += LEASE_DURATION
    desk.wire.held[f"limit {delivery.subscriber.address.chat}"].set()
    assert await task is None
    assert desk.wire.sent == []
    assert await desk.read_row(delivery) == before


async def test_whoever_set_a_chat_up_hears_once_that_it_takes_nothing_any_more(desk: ExecutorDesk) -> None:
    gone = PermanentDeliveryError("kicked")
    theirs, same, own, nobodys, *_ = desk.claimed
    for delivery, moderator in ((theirs, "mod"), (same, "mod"), (own, own.subscriber.address.chat), (nobodys, "")):
        chat = replace(delivery.subscriber, title="The Lab", moderator_chat=moderator)
        for _ in range(2):  # a second delivery that was on its way
            desk.wire.answers["one"] = gone
            assert (
                await desk.make_executor().deliver(desk.make_claim(replace(delivery, subscriber=chat)), ["one"])
                is DeliveryOutcome.UNREACHABLE
            )
    told = [sent for sent in desk.wire.sent if sent.part != "one"]
    assert [sent.address for sent in told] == [Address("telegram", "mod")] * 2  # of each of their chats
    assert "kicked" in str(told[0].part)
    assert "The Lab" in str(told[0].part)


async def test_with_doubtful_messages_skipped_it_is_marked_as_begun_before_it_leaves(desk: ExecutorDesk) -> None:
    store = desk.app.store.outbox
    await store.reclaim("telegram", desk.clock.now())
    first, second, *_ = await store.claim("telegram", desk.clock.now(), LEASE_DURATION, 12, DeliveryState.DUE)
    desk.wire.held["one"] = asyncio.Event()
    for sending, delivery, state in (
        (desk.make_executor("telegram"), first, "sending"),
        (desk.make_executor(), second, "due"),
    ):
        desk.wire.sent.clear()
        task = asyncio.create_task(sending.deliver(desk.make_claim(delivery), ["one"]))
        await wait_until(lambda: task.done() or desk.wire.sent)  # noqa: B023  # it is waited for here
        assert (await desk.read_row(delivery)).state == state
        desk.wire.held["one"].set()
        await task
        desk.wire.held["one"] = asyncio.Event()


async def test_at_the_end_what_has_left_is_finished_and_what_waits_does_not_begin(desk: ExecutorDesk) -> None:
    sending, (leaving, waiting, slow, *_) = desk.make_executor(), desk.claimed
    limit = f"limit {waiting.subscriber.address.chat}"
    desk.wire.held = {"one": asyncio.Event(), limit: asyncio.Event()}

    claims = {delivery.id: desk.make_claim(delivery) for delivery in (leaving, waiting, slow)}

    def begin(delivery: Delivery, *parts: str) -> asyncio.Task[DeliveryOutcome | None]:
        return asyncio.create_task(sending.deliver(claims[delivery.id], parts))

    left, waits = begin(leaving, "one", "two"), begin(waiting, "one")
    await wait_until(lambda: left.done() or (desk.wire.list_parts() == ["one"] and len(desk.wire.limited) == 2))
    ending = asyncio.create_task(sending.stop([left, waits], timeout_seconds=3600))
    await wait_until(waits.done)
    desk.wire.held["one"].set()
    await ending
    assert not any(claim.is_in_flight for claim in claims.values())
    row = await desk.read_row(leaving)
    assert (row.state, row.parts_sent) == (
        "sending",
        1,
    )  # the part that had left is marked, and the next does not leave
    assert desk.wire.list_parts() == ["one"]
    with pytest.raises(asyncio.CancelledError):
        await sending.deliver(desk.make_claim(slow), ["one"])
    assert desk.wire.list_parts() == ["one"]


@pytest.mark.parametrize("is_hurried", [False, True])
async def test_what_gets_no_answer_in_time_at_the_end_stays_in_flight(desk: ExecutorDesk, is_hurried: bool) -> None:
    sending, (slow, *_) = desk.make_executor(), desk.claimed
    claim, desk.wire.held["one"] = desk.make_claim(slow), asyncio.Event()
    hangs = asyncio.create_task(sending.deliver(claim, ["one"]))
    await wait_until(lambda: hangs.done() or desk.wire.list_parts() == ["one"])
    before = await desk.read_row(slow)
    ending = asyncio.create_task(sending.stop([hangs], timeout_seconds=HANG_SECONDS if is_hurried else 0))
    await asyncio.sleep(0)
    if is_hurried:
        sending.interrupt()
    await ending
    assert (hangs.cancelled(), claim.is_in_flight) == (True, True)
    assert await desk.read_row(slow) == before


async def test_a_mark_that_nobody_waits_for_any_more_is_written_all_the_same(desk: ExecutorDesk) -> None:
    sending, (delivery, *_) = desk.make_executor(), desk.claimed
    claim = desk.make_claim(delivery)
    task = asyncio.create_task(sending.deliver(claim, ["one"]))
    await wait_until(lambda: task.done() or sending._writer._pending)  # it has arrived
    sending.interrupt()
    await sending.close()
    assert (task.cancelled() or task.done(), (await desk.read_row(delivery)).state) == (True, "sent")


@pytest.mark.parametrize("loses", ["claim", "leadership", "row"])
async def test_a_process_that_was_paused_sends_no_further_part_and_undoes_nothing(
    desk: ExecutorDesk, loses: str
) -> None:
    (delivery, *_), leads, claim = desk.claimed, [True], desk.make_claim(desk.claimed[0])
    sending = desk.make_executor(is_leading=lambda: bool(leads))
    desk.wire.held["one"] = asyncio.Event()
    task = asyncio.create_task(sending.deliver(claim, PARTS))
    await wait_until(lambda: task.done() or desk.wire.list_parts() == ["one"])
    store = desk.app.store.outbox
    if loses == "leadership":
        leads.clear()
    else:
        later = desk.clock.now() + LEASE_DURATION
        theirs = {one.id: one for one in await store.claim("telegram", later, LEASE_DURATION, 12)}[delivery.id]
        if loses == "row":  # and its successor has sent it
            await store.apply_updates([mark_sent(theirs, later)])
    before = await desk.read_row(delivery)
    desk.wire.held["one"].set()
    assert await task is None
    assert desk.wire.list_parts() == ["one"]
    row = await desk.read_row(delivery)
    assert row == before if loses != "leadership" else row.parts_sent == 1


async def test_with_doubtful_messages_skipped_what_is_anothers_by_now_is_not_sent(desk: ExecutorDesk) -> None:
    await desk.app.store.outbox.claim("telegram", desk.clock.now() + LEASE_DURATION, LEASE_DURATION, 12)
    claim = desk.make_claim(desk.claimed[0])
    assert await desk.make_executor("telegram").deliver(claim, ["one"]) is None
    assert desk.wire.sent == []


async def test_a_row_that_has_ended_takes_no_update(desk: ExecutorDesk) -> None:
    store, now, (delivery, other, *_) = desk.app.store.outbox, desk.clock.now(), desk.claimed
    assert await store.apply_updates([mark_sent(delivery, now), mark_sent(other, now)]) == {delivery.id, other.id}
    before = await desk.read_row(delivery)
    assert await store.apply_updates([release(delivery, now)]) == set()
    assert await desk.read_row(delivery) == before


async def test_nothing_is_sent_without_leading(desk: ExecutorDesk) -> None:
    assert await desk.make_executor(is_leading=lambda: False).deliver(desk.make_claim(desk.claimed[0]), PARTS) is None
    assert desk.wire.sent == []


async def test_an_end_is_told_when_the_database_has_its_mark(
    desk: ExecutorDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, open_ = desk.app.store.outbox, asyncio.Event()
    mark, asked = store.apply_updates, list[int]()

    async def apply_slowly(marks: Sequence[Any]) -> set[int]:
        asked.append(len(marks))
        await open_.wait()
        return await mark(marks)

    monkeypatch.setattr(store, "apply_updates", apply_slowly)
    sending, (first, second, *_) = desk.make_executor(), desk.claimed
    tasks = [asyncio.create_task(sending.deliver(desk.make_claim(first), ["one"]))]
    await wait_until(lambda: asked == [1])
    tasks.append(
        asyncio.create_task(sending.deliver(desk.make_claim(second), ["two"]))
    )  # its mark comes while another is written
    await wait_until(lambda: desk.wire.list_parts() == ["one", "two"])
    assert [task.done() for task in tasks] == [False, False]
    open_.set()
    await wait_until(lambda: all(task.done() for task in tasks))
    rows = await desk.read_rows()
    assert [rows[one.id].state for one in (first, second)] == ["sent", "sent"]


async def test_a_part_that_is_refused_for_what_it_says_is_left_out_and_the_others_go_out(desk: ExecutorDesk) -> None:
    sending, (delivery, *_) = desk.make_executor(), desk.claimed
    desk.wire.answers = {"one": "t1", "two": RefusedPartError("words")}
    claim = desk.make_claim(delivery)
    assert await sending.deliver(claim, PARTS) is DeliveryOutcome.SENT
    assert [sent.context.thread for sent in desk.wire.sent] == ["", "t1", "t1"]
    assert (await desk.read_row(delivery)).state == "sent"


async def test_a_delivery_that_is_cut_short_is_over_with_the_part_that_is_out(desk: ExecutorDesk) -> None:
    sending, (delivery, *_) = desk.make_executor(), desk.claimed
    desk.wire.answers = {"two": CutShortError("no thread")}
    assert await sending.deliver(desk.make_claim(delivery), PARTS) is DeliveryOutcome.SENT
    assert desk.wire.list_parts() == ["one", "two"]
    assert ((await desk.read_row(delivery)).state, await desk.read_pause_reason(delivery)) == ("sent", "")


@pytest.mark.parametrize("kind", [CutShortError, RefusedPartError, RejectedMessageError, TemporaryDeliveryError])
async def test_a_moderator_is_told_once_a_week_of_what_only_they_can_mend(
    desk: ExecutorDesk, kind: type[DeliveryError]
) -> None:
    sending, (first, *_) = desk.make_executor(), desk.claimed
    lab = replace(first.subscriber, moderator_chat="ada", title="The Lab")
    delivery = replace(first, subscriber=lab)
    told = []
    for days in (0, 6, 1):
        desk.wire.answers["one"] = kind("archive a thread", Informed.MODERATOR)
        desk.clock.advance(days=days)
        await desk.reopen(delivery)
        claim = desk.make_claim(replace(delivery, due_at=desk.clock.now()))
        await sending.deliver(claim, ["one"])
        told.append(sum(sent.address.chat == "ada" for sent in desk.wire.sent))
    assert told == [1, 1, 2]


async def test_the_operator_is_told_of_what_only_they_can_mend(desk: ExecutorDesk) -> None:
    admin = RecordingPlatform("console")
    alerts = AdminAlerts(desk.app.store.key_values, {"console": admin}, Address("console", "admin"), "en")
    sending = DeliveryExecutor(desk.app.store, desk.clock, desk.wire, DeliveryPolicy(), NullMetrics(), alerts=alerts)
    for delivery in desk.claimed[:2]:
        desk.wire.answers["one"] = TemporaryDeliveryError("the bot is flagged", Informed.OPERATOR)
        assert await sending.deliver(desk.make_claim(delivery), ["one"]) is DeliveryOutcome.LATER
    ((address, card),) = admin.sent
    assert address.chat == "admin"
    assert "the bot is flagged" in str(card)
