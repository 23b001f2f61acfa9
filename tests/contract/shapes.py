"""Comparing a documented answer with a given one: each documented key is there, with the documented type."""

from __future__ import annotations

from typing import Any


def differences(documented: Any, given: Any, path: str = "") -> list[str]:
    """What the given answer lacks or has of another type. A documented null stands for any type."""
    if documented is None:
        return []
    if isinstance(documented, dict):
        if not isinstance(given, dict):
            return [f"{path}: an object was documented, {given!r:.60} was given"]
        found = []
        for key, value in documented.items():
            if key not in given:
                found.append(f"{path}.{key}: missing")
            else:
                found += differences(value, given[key], f"{path}.{key}")
        return found
    if isinstance(documented, list):
        return _list_differences(documented, given, path)
    if _kind(documented) != _kind(given):
        return [f"{path}: {_kind(documented)} was documented, {given!r:.60} was given"]
    return []


def _list_differences(documented: list[Any], given: Any, path: str) -> list[str]:
    if not isinstance(given, list):
        return [f"{path}: a list was documented, {given!r:.60} was given"]
    if not documented:
        return []
    if not given:
        return [f"{path}: the documented list has items, the given one has none"]
    found = []
    for place, item in enumerate(documented):
        found += differences(item, _partner(item, given, place), f"{path}[{place}]")
    return found


def _partner(item: Any, given: list[Any], place: int) -> Any:
    """The given item that stands for a documented one: the same name or id, else the same place, else the first."""
    if isinstance(item, dict):
        for key in ("name", "id"):
            for other in given:
                if key in item and isinstance(other, dict) and other.get(key) == item[key]:
                    return other
    return given[place] if place < len(given) else given[0]


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    return "text" if isinstance(value, str) else type(value).__name__
