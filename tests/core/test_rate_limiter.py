"""How fast a platform is sent to, in a time that tests move."""

from __future__ import annotations

import asyncio

import pytest

from digestbot.core.delivery.rate_limiter import Rate, RateLimiter, RateLimits, SlidingWindow

TELEGRAM = RateLimits(token=Rate(30, 1.0), chat=Rate(1, 1.0), burst=Rate(3, 3.0), group=Rate(20, 60.0))


class SimulatedTime:
    """A clock that runs as fast as there is nothing to do: a sleep moves it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, len(self._sleepers), woken))
        await woken

    async def run_all(self, *work) -> None:
        tasks = [asyncio.ensure_future(one) for one in work]
        while not all(task.done() for task in tasks):
            for _ in range(20):
                await asyncio.wait(tasks, timeout=0)
            if self._sleepers:
                self._sleepers.sort(key=lambda sleeper: sleeper[:2])
                moment, _, woken = self._sleepers.pop(0)
                self.now = max(self.now, moment)
                woken.set_result(None)
        for task in tasks:
            task.result()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> SimulatedTime:
    return SimulatedTime(monkeypatch)


def most_within(moments: list[float], seconds: float) -> int:
    return max(sum(start <= moment < start + seconds for moment in moments) for start in moments)


async def test_no_second_has_more_than_the_token_allows(time: SimulatedTime) -> None:
    limits, sent = RateLimiter(TELEGRAM, lambda: time.now), []

    async def deliver(chat: int) -> None:
        await limits.acquire_for_delivery(str(chat), group=False)
        sent.append(time.now)

    await time.run_all(*(deliver(chat) for chat in range(100)))
    assert most_within(sent, 1.0) <= 30
    assert 3.2 < max(sent) - min(sent) < 3.6  # and no slower than it must be


@pytest.mark.parametrize("number", [1, 30, 49, 50, 1000])
def test_a_paced_rate_is_the_rate_a_little_slower(number: int) -> None:
    paced = Rate(number, 1.0).to_slices()
    assert 0.97 * number < paced.count / paced.seconds < 0.99 * number


async def test_a_chat_gets_one_delivery_a_second_and_holds_up_no_other(time: SimulatedTime) -> None:
    limits, sent = RateLimiter(TELEGRAM, lambda: time.now), []

    async def deliver(chat: str) -> None:
        await limits.acquire_for_delivery(chat, group=False)
        sent.append((chat, time.now - 1000))

    await time.run_all(*(deliver("a") for _ in range(3)), deliver("b"))
    assert [round(at) for chat, at in sent if chat == "a"] == [0, 1, 2]
    assert [round(at) for chat, at in sent if chat == "b"] == [0]


@pytest.mark.parametrize("group", [False, True])
async def test_a_person_gets_three_answers_at_once_and_then_one_a_second(time: SimulatedTime, group: bool) -> None:
    limits, sent = RateLimiter(TELEGRAM, lambda: time.now), []

    async def answer() -> None:
        await limits.acquire_for_answer("a", group=group)
        sent.append(time.now - 1000)

    await time.run_all(*(answer() for _ in range(5)))
    assert [round(at) for at in sent] == [0, 0, 0, 3, 3]


async def test_a_group_gets_twenty_a_minute(time: SimulatedTime) -> None:
    limits, sent = RateLimiter(TELEGRAM, lambda: time.now), []

    async def deliver() -> None:
        await limits.acquire_for_delivery("-100", group=True)
        sent.append(time.now)

    await time.run_all(*(deliver() for _ in range(45)))
    assert most_within(sent, 60.0) == 20


async def test_an_answer_goes_before_the_deliveries_that_wait(time: SimulatedTime) -> None:
    limits, order = RateLimiter(TELEGRAM, lambda: time.now), []

    async def deliver(chat: int) -> None:
        await limits.acquire_for_delivery(str(chat), group=False)
        order.append("delivery")

    async def answer() -> None:
        await limits.acquire_for_answer("person", group=False)
        order.append("answer")

    await time.run_all(*(deliver(chat) for chat in range(50)), answer())
    assert order.index("answer") <= 2


def test_a_flood_wait_is_that_chats_alone_and_ends() -> None:
    now = [0.0]
    limits = RateLimiter(TELEGRAM, lambda: now[0])
    limits.record_flood_wait("a", 40)
    assert (limits.flood_wait_seconds("a"), limits.flood_wait_seconds("b")) == (40.0, 0.0)
    now[0] = 41.0
    assert limits.flood_wait_seconds("a") == 0.0


def test_a_window_is_free_until_it_is_full() -> None:
    window = SlidingWindow(Rate(2, 10.0))
    window.record(100.0)
    assert window.next_allowed_at() == 0.0
    window.record(101.0)
    assert window.next_allowed_at() == 110.0


async def test_the_token_pauses_when_one_chat_after_the_other_is_refused(time: SimulatedTime) -> None:
    limits, sent = RateLimiter(TELEGRAM, lambda: time.now), []
    for chat in range(4):
        limits.record_flood_wait(f"flooded {chat}", 20)
    limits.record_success()  # another chat's message got through: it was not the token
    limits.record_flood_wait("one more", 20)

    async def deliver(chat: str) -> None:
        await limits.acquire_for_delivery(chat, group=False)
        sent.append(time.now - 1000)

    await time.run_all(deliver("a"))
    assert round(sent[-1]) == 0
    for chat in range(5):
        limits.record_flood_wait(f"flooded {chat}", 20)
    await time.run_all(deliver("b"), limits.acquire_for_answer("person", group=False))
    assert round(sent[-1]) == 20


async def test_answers_and_other_requests_count_for_the_token_too(time: SimulatedTime) -> None:
    limits, sent = RateLimiter(TELEGRAM, lambda: time.now), []

    async def acquire_slot(number: int) -> None:
        await (limits.acquire_token_slot() if number % 2 else limits.acquire_for_answer(str(number), group=False))
        sent.append(time.now)

    await time.run_all(*(acquire_slot(number) for number in range(100)))
    assert most_within(sent, 1.0) <= 30
    assert 3.2 < max(sent) - min(sent) < 3.6


async def test_a_shorter_pause_does_not_end_a_longer_one(time: SimulatedTime) -> None:
    limits, sent = RateLimiter(TELEGRAM, lambda: time.now), []
    for chat, seconds in enumerate((1, 1, 1, 1, 30, 2)):
        limits.record_flood_wait(str(chat), seconds)

    async def deliver() -> None:
        await limits.acquire_for_delivery("a", group=False)
        sent.append(time.now - 1000)

    await time.run_all(deliver())
    assert [round(at) for at in sent] == [30]


async def test_of_many_chats_those_sent_to_last_are_remembered(
    time: SimulatedTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.core.delivery.rate_limiter._MAX_REMEMBERED_CHATS", 2)
    limits, sent = RateLimiter(TELEGRAM, lambda: time.now), []

    async def deliver(*chats: str) -> None:
        for chat in chats:
            await limits.acquire_for_delivery(chat, group=False)
            sent.append(time.now - 1000)

    await time.run_all(deliver("a", "b", "a", "c", "a"))
    assert [round(at) for at in sent] == [0, 0, 1, 1, 2]


async def test_only_chats_that_a_rate_still_looks_at_are_remembered() -> None:
    now = 1000.0
    limits = RateLimiter(TELEGRAM, lambda: now)
    for chat in range(20):
        await limits.acquire_for_answer(f"old {chat}", group=False)
        now += 0.05
    now += 59.0
    await limits.acquire_for_answer("new", group=False)
    assert len(limits._chats) == 21
    now += 0.5
    await limits.acquire_for_answer("newest", group=False)
    assert 2 < len(limits._chats) < 21
    now += 1.0
    await limits.acquire_for_answer("last", group=False)
    assert list(limits._chats) == ["new", "newest", "last"]


@pytest.mark.parametrize(("group", "seconds", "most"), [(False, 2.0, 1), (True, 60.0, 10)])
async def test_progress_leaves_half_of_a_chats_rates_to_answers(
    time: SimulatedTime, group: bool, seconds: float, most: int
) -> None:
    limits, shown, answered = RateLimiter(TELEGRAM, lambda: time.now), [], []

    async def show() -> None:
        for _ in range(15):
            await limits.acquire_for_progress("7", group=group)
            shown.append(time.now)

    await time.run_all(show(), show())
    assert most_within(shown, seconds) == most
    begun = time.now

    async def answer() -> None:
        await limits.acquire_for_answer("7", group=group)
        answered.append(time.now)

    await time.run_all(answer())
    assert max(answered) < begun + 0.1  # whoever asks now waits for the token alone


async def test_progress_waits_for_whatever_else_goes_out(time: SimulatedTime) -> None:
    limits, order = (
        RateLimiter(RateLimits(Rate(1, 1.0), Rate(1, 1.0), Rate(3, 3.0), Rate(20, 60.0)), lambda: time.now),
        [],
    )

    async def note(name: str, acquiring) -> None:
        await acquiring
        order.append(name)

    await limits.acquire_for_answer("1", group=False)
    await time.run_all(
        note("progress", limits.acquire_for_progress("2", group=False)),
        note("answer", limits.acquire_for_answer("3", group=False)),
        note("answer", limits.acquire_for_answer("4", group=False)),
    )
    assert order == ["answer", "answer", "progress"]


async def test_progress_is_not_shown_while_the_platform_asks_to_wait(time: SimulatedTime) -> None:
    limits = RateLimiter(TELEGRAM, lambda: time.now)
    begun = time.now
    limits.record_flood_wait("7", 30.0)
    await time.run_all(limits.acquire_for_progress("7", group=False))
    assert time.now >= begun + 30
