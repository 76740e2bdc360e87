"""How much a person and a chat are answered."""

from __future__ import annotations

import pytest

from digestbot.core.answers.answer_limiter import _MAX_REMEMBERED, Admission, AnswerLimiter
from tests.fakes import ManualClock

ANSWERED, NOTICED, REFUSED = Admission
START = "2026-11-24 09:00"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def limiter(clock: ManualClock) -> AnswerLimiter:
    return AnswerLimiter(clock)


def count_answers(limiter: AnswerLimiter, tries: int, person: str, chat: str = "", *, slow: bool = False) -> int:
    return [limiter.admit(person, chat, is_slow_group=slow) for _ in range(tries)].count(ANSWERED)


def test_a_person_has_ten_answers_at_once_then_one_a_second_and_one_notice(
    limiter: AnswerLimiter, clock: ManualClock
) -> None:
    assert [limiter.admit("eve") for _ in range(13)] == [ANSWERED] * 10 + [NOTICED, REFUSED, REFUSED]
    clock.advance(seconds=0.9)
    assert limiter.admit("eve") is REFUSED
    clock.advance(seconds=0.1)
    assert [limiter.admit("eve") for _ in range(2)] == [ANSWERED, REFUSED]
    assert limiter.admit("ada") is ANSWERED
    clock.advance(seconds=10)
    assert [limiter.admit("eve") for _ in range(12)] == [ANSWERED] * 10 + [NOTICED, REFUSED]  # another flood


def test_nothing_is_gained_by_a_clock_that_is_set_back(limiter: AnswerLimiter, clock: ManualClock) -> None:
    assert count_answers(limiter, 20, "eve") == 10
    clock.advance(hours=-1)
    assert count_answers(limiter, 20, "eve") == 0
    clock.advance(seconds=2)
    assert count_answers(limiter, 20, "eve") == 2


def test_one_member_cannot_use_a_chat_up_and_many_can(limiter: AnswerLimiter) -> None:
    assert count_answers(limiter, 100, "eve", "lab") == 10
    assert count_answers(limiter, 10, "ada", "lab") == 10
    assert [limiter.admit("bob", "lab") for _ in range(2)] == [NOTICED, REFUSED]
    assert limiter.admit("bob", "another lab") is ANSWERED
    assert limiter.admit("cleo", "cleo") is ANSWERED


def test_a_member_of_a_slow_group_has_half_of_what_it_takes_in_a_minute(
    limiter: AnswerLimiter, clock: ManualClock
) -> None:
    first = 0
    for _ in range(60):
        first += count_answers(limiter, 3, "eve", "-100", slow=True)
        clock.advance(seconds=1)
    assert first < 20
    second = 0
    for _ in range(60):
        second += count_answers(limiter, 3, "eve", "-100", slow=True)
        clock.advance(seconds=1)
    assert second == 10


def test_typing_is_counted_apart_from_what_is_asked(limiter: AnswerLimiter, clock: ManualClock) -> None:
    assert [limiter.admit_typing("ada") for _ in range(25)].count(True) == 20
    assert limiter.admit("ada") is ANSWERED
    clock.advance(seconds=1)
    assert [limiter.admit_typing("ada") for _ in range(25)].count(True) == 4


def test_only_so_many_are_remembered_and_a_flood_of_others_is(limiter: AnswerLimiter, clock: ManualClock) -> None:
    for number in range(_MAX_REMEMBERED + 100):
        limiter.admit(str(number))
    assert len(limiter._accounts) == _MAX_REMEMBERED
    clock.advance(seconds=10)
    limiter.admit("somebody else")
    assert len(limiter._accounts) == 1  # the others have all of it again
