"""Times of day in settings."""

from __future__ import annotations

from datetime import time as Time  # noqa: N812
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator


def _refuse_number(value: object) -> object:
    if isinstance(value, int | float):  # it would be taken as seconds after midnight
        raise ValueError('it is a time of day in quotes, such as "08:00"')  # noqa: TRY004  # pydantic asks for this one
    return value


def _refuse_offset(value: Time) -> Time:
    if value.tzinfo is not None:
        raise ValueError('it is a time of day without an offset, such as "08:00": timezone is a setting of its own')
    return value


WrittenTime = Annotated[Time, BeforeValidator(_refuse_number), AfterValidator(_refuse_offset)]
"""A time of day such as ``08:00``."""
