"""What shall be handed over, and to whom. Plain values; nothing is read or sent here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from crmdesk.config.errors import InputError
from crmdesk.crm.values import NOT_LOADED, NotLoaded


@dataclass(frozen=True)
class KnownRow:
    """A record as the window shows it; its owner may not be loaded."""

    id: int
    label: str = ""
    owner_id: int | NotLoaded | None = NOT_LOADED
    updated_at: str | None = None


@dataclass(frozen=True)
class SelectedRecords:
    """Records that were picked by hand, or come from a file of ids."""

    module: str
    rows: Sequence[KnownRow]

    @classmethod
    def of_ids(cls, module: str, ids: Sequence[int]) -> SelectedRecords:
        """Records of which only the ids are known."""
        return cls(module, tuple(KnownRow(record_id) for record_id in dict.fromkeys(ids)))


@dataclass(frozen=True)
class WholeView:
    """Every record of a view, but for some."""

    module: str
    view_id: int
    view_name: str = ""
    minus: frozenset[int] = frozenset()


@dataclass(frozen=True)
class OwnerHoldings:
    """Everything that an owner has in some modules: the handover when someone leaves."""

    owner_id: int | None
    modules: tuple[str, ...]
    closed_deals: bool = False


What = SelectedRecords | WholeView | OwnerHoldings


@dataclass(frozen=True)
class Share:
    """An owner (None: nobody) and the weight of that owner's part."""

    owner_id: int | None
    weight: Decimal = Decimal(1)


@dataclass(frozen=True)
class Split:
    """One owner, or several by weight. Every record's place in the plan decides its owner, the same each time."""

    shares: tuple[Share, ...]

    def __post_init__(self) -> None:
        if not self.shares:
            raise InputError("Nobody is named who shall get the records.", remedy="Name at least one owner.")
        if any(share.weight <= 0 for share in self.shares):
            raise InputError("A part of zero or less was given.", remedy="Give each owner a part above zero.")
        if len({share.owner_id for share in self.shares}) != len(self.shares):
            raise InputError("An owner is named twice.", remedy="Name each owner once, with the whole part.")

    @classmethod
    def even(cls, owners: Sequence[int | None]) -> Split:
        """The same for each."""
        return cls(tuple(Share(owner) for owner in owners))

    def turns(self) -> Iterator[int | None]:
        """Whose turn it is, without end: at every point each is less than one record away from the share.

        R. Tijdeman, "The chairman assignment problem" (1980): of those who have enough credit, who must be served
        first.
        """
        weights = [share.weight for share in self.shares]
        whole, bound = sum(weights), 2 * len(weights) - 2
        credit = [Decimal(0)] * len(weights)

        def deadline(i: int) -> Decimal:
            return (whole * (bound - 1) - credit[i] * bound) / weights[i]

        while True:
            credit = [had + weight for had, weight in zip(credit, weights, strict=True)]
            served_by = [i for i, had in enumerate(credit) if had * bound >= whole] or [0]
            chosen = min(served_by, key=deadline)
            credit[chosen] -= whole
            yield self.shares[chosen].owner_id

    def owners(self) -> list[int | None]:
        """All who get something."""
        return [share.owner_id for share in self.shares]


@dataclass(frozen=True)
class OwnerTable:
    """Who gets which record, by the record's id."""

    owner_of: Mapping[int, int | None] = field(default_factory=dict)

    def owners(self) -> list[int | None]:
        """All who get something."""
        return list(dict.fromkeys(self.owner_of.values()))


ToWhom = Split | OwnerTable
