"""JSON into the dataclasses of a client."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def read(kind: type[T], value: Any) -> T:
    """Build a dataclass of JSON. Fields that a later release may have added are passed over.

    Raises:
        TypeError, KeyError, AttributeError: where the value has not the form of `kind`.
    """
    return _read(kind, value)


def _read(kind: Any, value: Any) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        return _object(kind, value)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _one_of(list(filter(is_dataclass, inner)), value)
    if origin is tuple:
        return tuple(_read(inner[0], one) for one in value)  # all of ours are of one kind
    if origin is dict:
        return {name: _read(inner[1], one) for name, one in value.items()}
    return value


def _object(kind: type, value: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    given = [name for name, needed in _names(kind).items() if needed or name in value]
    return kind(**{name: _read(hints[name], value[name]) for name in given})


def _one_of(kinds: list[Any], value: Any) -> Any:
    """Read a value of one of several kinds: the first all of whose fields are there."""
    if value is None or not kinds:
        return value
    for kind in kinds[:-1]:
        if all(name in value for name, needed in _names(kind).items() if needed):
            return _object(kind, value)
    return _object(kinds[-1], value)


def _names(kind: Any) -> dict[str, bool]:
    """Return the fields of a dataclass, and whether each must be there."""
    return {own.name: own.default is MISSING for own in fields(kind)}


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
