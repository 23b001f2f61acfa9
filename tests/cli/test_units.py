"""What needs no account: columns, tables, text for terminals, owners as they are written."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crmdesk.cli.columns import Columns, flat
from crmdesk.cli.output import Output, plain, table
from crmdesk.cli.owners import shares
from crmdesk.config.errors import InputError
from crmdesk.crm.address import BundleAddress
from crmdesk.crm.budget import UnlimitedBudget
from crmdesk.crm.client import CrmClient
from crmdesk.crm.directory import Directory
from crmdesk.crm.modules import BUILT_IN
from tests.support.aio import run

USERS = [
    {"id": 1, "display_name": "Ada", "email": "ada@example.com", "is_active": True},
    {"id": 2000003516, "display_name": "Ben", "email": "ben@example.com", "is_active": True},
]


class Kept:
    """Names that are known already."""

    def get(self, key: str) -> object | None:
        return USERS if key == "selector:owners" else None

    def put(self, key: str, value: object) -> None:
        raise AssertionError("nothing is asked for")


@pytest.fixture
def directory() -> Directory:
    client = CrmClient(BundleAddress("http://127.0.0.1:1/crm/sales"), "no-key-is-sent", UnlimitedBudget())
    found = Directory(client, Kept())
    run(found.load())
    return found


def columns(directory: Directory, *names: str, row: dict[str, object]) -> Columns:
    made = Columns(BUILT_IN["deals"], directory, names)
    made.settle([row])
    return made


def test_cells_keep_what_a_value_says(directory: Directory) -> None:
    row = {
        "id": 7,
        "amount": "-12.50",
        "phone": "+44 20 7000052",
        "evil": "=1+1",
        "tags": ["a"],
        "won": True,
        "owner_id": 2000003516,
        "blank": None,
    }
    made = columns(directory, "id", "amount", "phone", "evil", "tags", "won", "owner", "blank", row=row)
    told = ["7", "-12.50", "+44 20 7000052", "'=1+1", '["a"]', "true", "Ben", ""]
    assert made.cells(row) == told


def test_a_key_that_is_absent_is_not_loaded(directory: Directory) -> None:
    made = columns(directory, "id", "owner", "amount", row={"id": 1, "owner_id": 1, "amount": "2.0"})
    assert made.cells({"id": 2}) == ["2", "(not loaded)", "(not loaded)"]
    assert made.entry({"id": 2, "owner_id": None}) == {"id": 2, "owner": "nobody"}


def test_custom_fields_are_columns(directory: Directory) -> None:
    row = flat({"id": 1, "custom_field": {"cf_region": "EMEA"}})
    assert columns(directory, "cf_region", row=row).cells(row) == ["EMEA"]


def test_an_unknown_column_names_the_known_ones(directory: Directory) -> None:
    with pytest.raises(InputError) as told:
        columns(directory, "amont", row={"id": 1, "amount": "2.0"})
    assert "amount" in told.value.remedy


def test_weights_and_names_of_owners(directory: Directory) -> None:
    split = shares("ada@example.com=40, BEN@example.com=60%,nobody=1.5", directory)
    assert [(share.owner_id, share.weight) for share in split.shares] == [
        (1, Decimal(40)),
        (2000003516, Decimal(60)),
        (None, Decimal("1.5")),
    ]


@pytest.mark.parametrize(
    "text", ["ada@example.com=x", "ada@example.com=0", "ada@example.com,1", "eve@example.com", "3"]
)
def test_owners_that_can_not_be(directory: Directory, text: str) -> None:
    with pytest.raises(InputError):
        shares(text, directory)


def test_text_of_the_crm_can_not_steer_a_terminal() -> None:
    assert plain("a\x1b[31mb\rc\nd") == "a [31mb c d"
    assert plain("a\nb", keep="\n") == "a\nb"


def test_wide_characters_take_two_columns() -> None:
    lines = table(("NAME", "N"), [("田中", 5), ("Ada", 1000)], numbers=(1,)).splitlines()
    assert lines == ["NAME      N", "田中      5", "Ada   1,000"]


def test_progress_is_for_terminals_only(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output(as_json=True)
    out.progress("half")
    out.done({"records": 1})
    told = capsys.readouterr()
    assert told.out == '{"records": 1}\n'
    assert told.err == ""
