"""What a measurement is: one row, told in the same words by every module of this folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """`value` is what `limit` bounds: a ratio to the baseline of the same run, or a plain count (`unit`)."""

    name: str
    value: float | None
    limit: float | None
    ours: str = ""
    baseline: str = ""
    unit: str = "×"
    note: str = ""

    @property
    def over(self) -> bool:
        """Whether the limit was missed; a row that could not be measured is over it."""
        return self.value is None or (self.limit is not None and self.value > self.limit)

    def as_json(self) -> dict[str, Any]:
        """The row as data, with `over`."""
        return {**asdict(self), "over": self.over}


def shown(number: Any) -> str:
    """A number as the table shows it: 1,234 · 12.3 · 1.23; text stays as it is, None is empty."""
    if number is None:
        return ""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return str(number)
    if isinstance(number, int) or abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.1f}" if abs(number) >= 100 else f"{number:.2f}"


def _measured(data: Mapping[str, Any], what: str) -> str:
    """`ours` or `baseline`, under its own name or with its unit in the name (`ours_ms`)."""
    if what in data:
        # The unit beside a ratio is that of its two parts.
        return f"{shown(data[what])} {data.get('unit', '') if 'ratio' in data else ''}".strip()
    for unit in ("ms", "s", "mib", "requests"):
        if f"{what}_{unit}" in data:
            return f"{shown(data[f'{what}_{unit}'])} {unit.replace('mib', 'MiB')}"
    return ""


def row_of(data: Any) -> Row:
    """One row from what a measurement answers: a Row, another dataclass, or a mapping."""
    if isinstance(data, Row):
        return data
    if is_dataclass(data) and not isinstance(data, type):
        data = asdict(data)
    value = data.get("value", data.get("ratio"))
    return Row(
        name=str(data["name"]),
        value=None if value is None else float(value),
        limit=None if data.get("limit") is None else float(data["limit"]),
        ours=_measured(data, "ours"),
        baseline=_measured(data, "baseline"),
        unit="×" if "ratio" in data else str(data.get("unit", "×")),
        note=str(data.get("note", "")),
    )


def _beside(data: Mapping[str, Any]) -> list[Row]:
    """What a mapping bounds beside its value: for `stall_ms` and `stall_limit_ms`, a row of its own."""
    found = []
    for key, limit in data.items():
        what = key.removesuffix("_limit_ms")
        if what != key and f"{what}_ms" in data:
            name = f"{data['name']}: {what.replace('_', ' ')}"
            found.append(Row(name, float(data[f"{what}_ms"]), float(limit), unit="ms"))
    return found


def rows_of(answer: Any) -> list[Row]:
    """The rows of one `measure()`, which may answer one or several."""
    several = isinstance(answer, Iterable) and not isinstance(answer, Mapping | str)
    rows: list[Row] = []
    for one in answer if several else [answer]:
        rows.append(row_of(one))
        rows += _beside(one) if isinstance(one, Mapping) else []
    return rows
