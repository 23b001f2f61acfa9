"""The table of the measurements: every form of row that a module answers, and the mark of those over their limit."""

from __future__ import annotations

from tests.bench.__main__ import names, table
from tests.bench.rows import Row, rows_of


def test_every_row_form_becomes_the_same_row() -> None:
    plain = {"name": "scroll", "ratio": 0.5, "limit": 2.0, "ours_ms": 12.0, "baseline_ms": 24.0}
    row, stall = rows_of({**plain, "stall_ms": 61.0, "stall_limit_ms": 50.0})
    assert (row.value, row.limit, row.ours, row.baseline, row.over) == (0.5, 2.0, "12.00 ms", "24.00 ms", False)
    assert (stall.name, stall.value, stall.unit, stall.over) == ("scroll: stall", 61.0, "ms", True)
    assert rows_of([{"name": "requests", "value": 331, "limit": 330, "unit": ""}])[0].over
    (parts,) = rows_of({"name": "memory", "ratio": 1.1, "limit": 1.2, "ours": 55.0, "baseline": 50.0, "unit": "MiB"})
    assert (parts.ours, parts.baseline, parts.unit) == ("55.00 MiB", "50.00 MiB", "×")
    assert rows_of(Row("memory", 1.1, 1.2)) == [Row("memory", 1.1, 1.2)]


def test_the_table_marks_what_is_over_and_what_failed() -> None:
    text = table([Row("fine", 1.0, 2.0), Row("slow", 2.1, 2.0, note="why"), Row("broken", None, None)])
    lines = text.splitlines()
    assert [line.split()[0] for line in lines if line.split()[0] in ("ok", "OVER")] == ["ok", "OVER", "OVER"]
    assert lines[3].strip() == "why"
    assert "failed" in lines[4]


def test_the_measurements_are_found() -> None:
    assert {"start", "scroll", "first_page"} <= set(names())
    assert "rows" not in names()
