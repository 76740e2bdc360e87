"""Values are read as they are written: pydantic would take ``true`` for a port of 1, and 0 for false."""

from __future__ import annotations

import math
from pathlib import Path
from types import NoneType
from typing import Any, get_args

from pydantic import BaseModel, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError


class PlainSettings(BaseModel):
    """Settings whose values are of the kind that they are written as."""

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_other_kinds(cls, value: object, info: ValidationInfo) -> object:
        kind = _strip_none(cls.model_fields[str(info.field_name)].annotation)
        if kind is bool and isinstance(value, (int, float)) and not isinstance(value, bool):
            raise PydanticCustomError("bool_type", "it is true or false")
        if kind in (int, float) and (isinstance(value, bool) or _is_infinite(value)):
            raise PydanticCustomError("number_type", "it is a number")
        if kind is Path and value == "":
            return None  # which would be the working folder
        return value


def _is_infinite(value: object) -> bool:
    try:
        return isinstance(value, (str, float)) and not math.isfinite(float(value))
    except ValueError:
        return False


def _strip_none(kind: Any) -> Any:  # noqa: ANN401  # a type
    others = [one for one in get_args(kind) if one is not NoneType]
    return others[0] if NoneType in get_args(kind) and len(others) == 1 else kind
