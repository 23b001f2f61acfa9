"""docs/rules.md is complete: every rule of the reference's prose has a line, and what its lines name exists."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.contract.reference_rules import CHAPTERS, GENERAL, REFERENCE, Rule, rules
from tests.support.sandbox_process import SandboxProcess

TABLE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"
NAMED = re.compile(r"`([a-z_]+(?:\.[A-Za-z_]+)+)`")
PACKAGES = ("crmdesk.sandbox", "crmdesk.crm")


@cache
def table() -> dict[Rule, tuple[str, str, str]]:
    """The lines of docs/rules.md: the rule, and what is told of it."""
    found: dict[Rule, tuple[str, str, str]] = {}
    chapter = ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            chapter = line[3:].strip()
        elif line.startswith("| ") and chapter and not line.startswith("| kind "):
            kind, words, *told = (cell.strip() for cell in line.strip().strip("|").split(" | "))
            assert len(told) == 3, line
            assert Rule(chapter, kind, words) not in found, f"twice: {line}"
            found[Rule(chapter, kind, words)] = (told[0], told[1], told[2])
    return found


@cache
def told_by_the_reference() -> tuple[Rule, ...]:
    if not REFERENCE.is_file():
        pytest.skip(f"the reference's text is not at {REFERENCE}")
    return tuple(rules(REFERENCE.read_text(encoding="utf-8")))


def found_in(package: str, dotted: str) -> Any:
    """What `module.function` or `module.Class.method` names; AttributeError or ImportError where it is gone."""
    module, *names = dotted.split(".")
    held: Any = importlib.import_module(f"{package}.{module}")
    for name in names:
        held = getattr(held, name)
    return held


def test_every_rule_of_the_reference_has_a_line() -> None:
    missing = [rule for rule in told_by_the_reference() if rule not in table()]
    assert not missing, "\n".join(f"{rule.chapter}: {rule.kind} {rule.words}" for rule in missing)


def test_no_line_is_about_a_rule_that_the_reference_does_not_have() -> None:
    strange = set(table()) - set(told_by_the_reference())
    assert not strange, "\n".join(f"{rule.chapter}: {rule.kind} {rule.words}" for rule in sorted(strange))


def test_every_line_says_the_rule_and_both_places() -> None:
    for rule, (said, *places) in table().items():
        assert said, rule
        for place in places:
            assert NAMED.search(place) or len(place.removeprefix("n/a:").strip()) > 10, (rule, place)
            assert place.startswith(("n/a: ", "`")), (rule, place)


@pytest.mark.parametrize("column", [0, 1], ids=["sandbox", "client"])
def test_every_named_function_exists(column: int) -> None:
    gone = []
    for rule, (_, *places) in table().items():
        for dotted in NAMED.findall(places[column]):
            try:
                found_in(PACKAGES[column], dotted)
            except (ImportError, AttributeError):
                gone.append(f"{PACKAGES[column]}: {dotted} ({rule.chapter}: {rule.words})")
    assert not gone, "\n".join(sorted(set(gone)))


# What the extraction must find for the comparison above to mean anything.
KNOWN = (
    Rule("Contacts", "include", "sales_accounts"),
    Rule("Contacts", "π", "mobile_number"),
    Rule("Contacts", "††", "email"),
    Rule("Contacts", "μ", "sales_accounts"),
    Rule("Contacts", "value", "v. Non-marketing emails from our company (id : 1)"),
    Rule(
        "Contacts", "note", "4. Response code will be 200 and 201 for updating entity and creating entity respectively."
    ),
    Rule("Accounts", "value", '"10000+" 10001'),
    Rule("Accounts", "limit", "annual_revenue (18,0)"),
    Rule("Deals", "*", "amount"),
    Rule("Deals", "limit", "base_currency_amount (19,4)"),
    Rule("Deals", "limit", 'Can be set only if the deal is in "Lost" stage.'),
    Rule("Deals", "include", "currency"),
    Rule("Tasks", "*", "due_date"),
    Rule("Tasks", "include", "owner"),
    Rule("Appointments", "include", "appointment_attendees"),
    Rule("Sales Activities", "Ω", "sales_activity_type_id"),
    Rule("Products", "limit", "discount (5,2)"),
    Rule("Documents", "*", "cpq_document_template_name"),
    Rule("Files", "*", "file"),
    Rule("Fields in custom modules", "*", "lookup_type"),
    Rule("Records in Custom Modules", "μ", "cf_lookup_to_contact"),
)


def test_the_extraction_finds_what_is_known_to_be_there() -> None:
    told = told_by_the_reference()
    assert not set(KNOWN) - set(told)
    assert {rule.chapter for rule in told} == {GENERAL, *CHAPTERS}
    kinds = Counter(rule.kind for rule in told)
    assert kinds["include"] >= 50, kinds
    assert kinds["*"] >= 40, kinds


ONE = {"Contacts": "contacts", "Accounts": "sales_accounts", "Deals": "deals", "Tasks": "tasks"}


def test_the_sandbox_knows_every_handle_of_a_single_record(sandbox: SandboxProcess) -> None:
    """A handle that the server doesn't know changes nothing in the answer."""
    dull = []
    with sandbox.client() as client:
        for rule in told_by_the_reference():
            if rule.kind != "include" or rule.chapter not in ONE or rule.words in ("field_group", "user"):
                continue
            module = ONE[rule.chapter]
            ids = list(sandbox.records(module))[:40]
            if not any(_differs(client, module, number, rule.words) for number in ids):
                dull.append(f"{module}: {rule.words}")
    assert not dull, dull


def _differs(client: Any, module: str, number: int, handle: str) -> bool:
    plain = client.get(f"{module}/{number}")
    told = client.get(f"{module}/{number}", params={"include": handle})
    assert plain.status_code == told.status_code == 200
    return bool(plain.json() != told.json())
