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


WINDOW = ROOT / "crmdesk" / "ui"
SHOWN_AS_KIND = {"New contact", "New account", "New deal", "New task", "New appointment", "New sales activity"}
SHOWN_AS_KIND |= {"New product", "New document", "New record"}  # made of the module's name
IN_WORDS = re.compile(r"^(a |an |the |rows selected$|opens$|one row |lookup |columns )|^[A-Z]?[a-z]+ fields|unfolds$")
PARTS_SHOWN = {part.label for part in PARTS.values()} | {"Prices", "History"}

PLACES_SHOWN = {spec.plural for spec in BUILT_IN.values() if not spec.part} | {"custom modules"}


def places_of(cell: str) -> Iterator[list[str]]:
    """The steps of each place that a cell names, without what stands in brackets."""
    for told in cell.split("; "):
        yield [step.strip() for step in re.sub(r" \([^)]*\)", "", told).split(" › ")]


def every_place() -> list[str]:
    """The cells of the column about the window, each once."""
    return sorted({row["In the window"] for rows in TABLES.values() for row in rows if "In the window" in row})


@pytest.fixture(scope="module")
def window_texts() -> str:
    """All that the window's sources say, with the quotes' kind left out."""
    found = [path.read_text(encoding="utf-8") for path in sorted(WINDOW.rglob("*.py"))]
    return re.sub(r'"&?', '"', "\n".join(found)).replace("&", "")


@pytest.mark.parametrize("cell", every_place())
def test_what_the_window_is_said_to_have_stands_there_under_that_name(cell: str, window_texts: str) -> None:
    for steps in places_of(cell):
        if steps[0] == "Record tab" and len(steps) > 1 and not IN_WORDS.search(steps[1]):
            assert steps[1] in PARTS_SHOWN, steps
        if steps[0] == "Sidebar" and steps[1].removesuffix(" unfolds") != "A custom module":
            assert steps[1].removesuffix(" unfolds") in PLACES_SHOWN, steps
        acts = steps[2:] if steps[0] in ("Record tab", "Sidebar") else steps[1:]
        for act in (name for step in acts for name in step.split(", ")):
            if act and act[0].isupper() and not IN_WORDS.search(act) and act not in SHOWN_AS_KIND:
                assert f'"{act.replace("&", "")}' in window_texts, f"{act} of {steps}"
        if steps[0].endswith("…"):
            assert f'"{steps[0]}' in window_texts, steps
