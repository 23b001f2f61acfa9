"""Names for ids from what is at hand: the page's own side-loads, then the directory. Never waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from crmdesk.crm.labels import Labels
from crmdesk.ui.browse.values import NAMES_ON_THEIR_WAY

# Side-loads that are records; what selectors name is in the directory.
RECORDS = frozenset({"contacts", "sales_accounts", "deals", "products"})


class DirectoryNames(Protocol):
    """What of the session's directory is used here."""

    @property
    def currency(self) -> str: ...
    def loaded(self, kind: str) -> bool: ...
    def items(self, kind: str) -> list[dict[str, Any]]: ...
    def owner_name(self, owner_id: int | None) -> str: ...
    def name(self, kind: str, value: Any) -> str | None: ...


class LiveNames:
    """Names as known now; `pending` says whether more are on their way."""

    def __init__(self, directory: DirectoryNames, labels: Labels | None = None) -> None:
        self._directory = directory
        self._labels = Labels() if labels is None else labels
        self.pending = True
        self._owners: dict[int | None, str] = {}
        self._beside: dict[str, dict[Any, str]] = {}
        self._currency = directory.currency
        self._currencies: dict[str, str] = {}
        self._pipeline_stages: dict[Any, str] | None = None

    def learn(self, side: Mapping[str, Any]) -> None:
        """Keep the names that came beside a page's records; only names, never the records."""
        for kind, items in side.items():
            known = self._beside.setdefault(kind, {})
            for item in items:
                name = item.get("display_name") or item.get("name") or item.get("title")
                if name and "id" in item:
                    known[item["id"]] = str(name)
                    if kind in RECORDS or kind.startswith("cm_"):
                        self._labels.learn(kind, item["id"], str(name))

    def forget(self) -> None:
        """The directory knows more now: what was made of it is made anew."""
        self._owners = {}
        self._currency = self._directory.currency
        self._currencies = {}
        self._pipeline_stages = None

    def owner(self, owner_id: int | None) -> str:
        """The owner's name, `nobody`, or `…` while names are on their way."""
        known = self._owners.get(owner_id)
        if known is not None:
            return known
        found = self._find_owner(owner_id)
        if found != NAMES_ON_THEIR_WAY:
            self._owners[owner_id] = found
        return found

    def _find_owner(self, owner_id: int | None) -> str:
        if owner_id is None:
            return "nobody"
        if self._directory.loaded("owners"):
            return self._directory.owner_name(owner_id)
        beside = self._beside.get("users", {}).get(owner_id)
        if beside is not None:
            return beside
        return NAMES_ON_THEIR_WAY if self.pending else str(owner_id)

    def name(self, kind: str, value: Any) -> str:
        """The name of a stage, territory … ; its id as text when nobody knows it."""
        found = self._directory.name(kind, value) if isinstance(value, int) else None
        if found is None and kind == "deal_stages":
            found = self._stages().get(value)
        if found is None:
            found = self._beside.get(kind, {}).get(value) if isinstance(value, (int, str)) else None
        if found is None and isinstance(value, int):
            found = self._labels.get(kind, value)
        if found is not None:
            return found
        return NAMES_ON_THEIR_WAY if self.pending and isinstance(value, int) else str(value)

    def _stages(self) -> dict[Any, str]:
        """Stages by id from the pipelines: the selector of stages may list those of one pipeline only."""
        if self._pipeline_stages is None:
            self._pipeline_stages = {
                stage.get("id"): str(stage.get("name"))
                for pipeline in self._directory.items("deal_pipelines")
                for stage in pipeline.get("deal_stages") or ()
            }
        return self._pipeline_stages

    def knows(self, kind: str, value: Any) -> bool:
        """Whether an id of this selector has a name already."""
        return (
            self._directory.name(kind, value) is not None
            or value in self._beside.get(kind, {})
            or (isinstance(value, int) and self._labels.get(kind, value) is not None)
        )

    def target(self, kind: str, target_id: Any) -> str:
        """The record that an activity belongs to: its name if it came along, else type and id."""
        many = "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(kind)) + "s"
        found = self._beside.get(many, {}).get(target_id)
        return found or f"{kind.replace('_', ' ').capitalize()} {target_id}".strip()

    def currency(self, record: Mapping[str, Any]) -> str:
        """The currency code of a record's money: its own, else the account's."""
        own = record.get("currency_code")
        if isinstance(own, str) and own:
            return own
        currency_id = record.get("currency_id")
        if currency_id is None:
            return self._currency
        known = self._currencies.get(str(currency_id))
        if known is None:
            known = self._directory.name("currencies", currency_id) or self._currency
            self._currencies[str(currency_id)] = known
        return known
