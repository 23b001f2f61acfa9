"""docs/requests.md names every documented request, beside the function that really makes it."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from crmdesk.crm.modules import BUILT_IN, custom_module
from crmdesk.crm.parts import PARTS
from tests.contract.made import READS, WRITES, place

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT.parent / "shared" / "contract" / "examples.json"
if not EXAMPLES.exists():
    pytest.skip(f"the reference's examples are not at {EXAMPLES}", allow_module_level=True)

CONTRACT = json.loads(EXAMPLES.read_text(encoding="utf-8"))
DOCUMENTED = {example["id"]: example for example in CONTRACT["examples"]}
MADE = WRITES | READS


def tables() -> dict[str, list[dict[str, str]]]:
    """The rows of each section's table, by the names of their columns."""
    found: dict[str, list[dict[str, str]]] = {}
    section = ""
    columns: list[str] = []
    for line in (ROOT / "docs" / "requests.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            section, columns = line.lstrip("# "), []
        elif line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            if not columns:
                columns = [cell.strip(" |") for cell in line.strip("|").split("|")]
            elif not line.startswith("|-"):
                assert len(cells) == len(columns), line
                found.setdefault(section, []).append(dict(zip(columns, cells, strict=True)))
    return found


TABLES = tables()
ROWS = [row | {"section": section} for section, rows in TABLES.items() for row in rows if "Examples" in row]


def numbers(row: dict[str, str]) -> list[int]:
    return [int(number) for number in row["Examples"].split(", ")]


def matches(template: str, path: str) -> bool:
    """Whether a printed path is one of a template's, whatever stands for [id] or :name."""
    pattern = re.sub(r"\\\[[^]]*\]|:[a-z_]+", "[^/]+", re.escape(template).replace(r"\]", "]"))
    return re.fullmatch(pattern, path.removesuffix(".json")) is not None


def test_every_example_stands_in_one_row() -> None:
    named = [number for row in ROWS for number in numbers(row)]
    assert sorted(named) == sorted(DOCUMENTED)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["Examples"])
def test_a_row_is_what_the_examples_are(row: dict[str, str]) -> None:
    names, _, request = row["Documented request"].partition("<br>")
    method, _, template = request.strip("`").partition(" ")
    for number in numbers(row):
        example = DOCUMENTED[number]
        assert example["section"] == row["section"]
        assert (example["operation"] or "Overview") in names.split("; ")
        assert example["method"] == method
        path = example["path"].removeprefix("/api/").partition("?")[0]
        assert matches(template.partition("?")[0], path), (template, path)
        assert row["Function"] == f"`{place(MADE[number])}`"


def test_every_selector_has_a_row() -> None:
    named = [row["Documented request"] for row in TABLES["Selectors"]]
    assert named == [f"`GET {path.removeprefix('/api/')}`" for path in CONTRACT["selectors"]]


def test_every_part_has_a_row_with_its_source() -> None:
    rows = {row["Part"]: row for row in TABLES["What belongs to a record"]}
    assert rows.keys() == PARTS.keys()
    specs = {"accounts": BUILT_IN["sales_accounts"], "custom modules": custom_module({"entity_name": "cm_property"})}
    for name, part in PARTS.items():
        assert part.source in rows[name]["Source"]
        assert ("unproven" in rows[name]["Source"]) == part.unproven
        told = [specs.get(text) or BUILT_IN[text] for text in rows[name]["Of"].split(", ")]
        assert {spec.key for spec in told} == {
            spec.key for spec in [*BUILT_IN.values(), specs["custom modules"]] if part.exists_for(spec)
        }


def functions() -> Iterator[str]:
    for rows in TABLES.values():
        for row in rows:
            yield from re.findall(r"`(\w+\.\w+)`", row.get("Function", ""))


@pytest.mark.parametrize("name", sorted(set(functions())))
def test_every_function_named_exists(name: str) -> None:
    module, _, function = name.partition(".")
    assert callable(getattr(importlib.import_module(f"crmdesk.crm.{module}"), function))


def test_no_cell_is_blank() -> None:
    for section, rows in TABLES.items():
        for row in rows:
            assert all(cell.strip(" `") for cell in row.values()), (section, row)
