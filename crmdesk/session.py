"""One connected account, composed of the rooms below: client, budget, names, schemas, journal, jobs.

Nothing is global: windows and commands are given a session, and two accounts can be open at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from crmdesk.changes.aftermath import aftermath
from crmdesk.changes.drafts import Drafts
from crmdesk.changes.jobs import Jobs
from crmdesk.changes.patience import USUAL, Patience
from crmdesk.config import paths
from crmdesk.config.listeners import Listeners
from crmdesk.crm import fixed_schema, requests, schema
from crmdesk.crm.address import BundleAddress
from crmdesk.crm.budget import UnlimitedBudget
from crmdesk.crm.client import PERSON_READS, CrmClient, RetryPolicy
from crmdesk.crm.directory import Directory
from crmdesk.crm.errors import CrmError, NoConnection, NotAllowed, RefusedRedirect, TimedOut, WrongKey
from crmdesk.crm.labels import Labels
from crmdesk.crm.modules import Modules
from crmdesk.crm.requests import View
from crmdesk.crm.schema import Schema
from crmdesk.planning.edit import EditPlanner
from crmdesk.planning.reassign import ReassignPlanner
from crmdesk.store import forgetting, saving
from crmdesk.store.budget import RequestBudget
from crmdesk.store.journal import Journal
from crmdesk.store.locks import OpenLock, RunLock
from crmdesk.store.names import NamesStore

if TYPE_CHECKING:
    from crmdesk.planning.export import Exporter
    from crmdesk.planning.import_plan import Importer
    from crmdesk.profiles.profile import Profile

State = Literal["connected", "offline", "refused", "moved", "unknown"]
DEFAULT_HOURLY_LIMIT = 1000  # the smallest plan's; an account that tells its own limit is believed
DEFAULT_RESERVE_PERCENT = 20
SEARCH_LAGS = 120.0  # seconds in which what was written is shown as written, whatever a search says


@dataclass(frozen=True)
class RecordsChanged:
    """Records of a module may look different; `ids` None: any of them. `by` says what did it. `removed` are gone."""

    module: str
    ids: frozenset[int] | None
    by: str
    removed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class ConnectionChanged:
    """How the account can be reached now."""

    state: State
    text: str
    error: CrmError | None = None


Announcement = RecordsChanged | ConnectionChanged


class Session:
    """One connected account. Made by `open`; ended by `close`, before the loop ends."""

    def __init__(
        self,
        *,
        address: BundleAddress,
        client: CrmClient,
        budget: RequestBudget,
        names: NamesStore,
        journal: Journal,
        profile: Profile | None,
        patience: Patience = USUAL,
    ) -> None:
        self.address = address
        self.client = client
        self.budget = budget
        self.names = names
        self.journal = journal
        self.profile = profile
        self.modules = Modules()
        self.directory = Directory(client, names)
        self.labels = Labels()
        self.connection = ConnectionChanged("unknown", "not asked yet")
        self._listeners: Listeners[Announcement] = Listeners()
        self._schemas: dict[str, Schema] = {}
        self._views: dict[str, list[View]] = {}
        self.jobs = Jobs(
            journal=journal,
            lock=RunLock(paths.account_dir(address.account_key)),
            client=client,
            modules=self.modules,
            name_of=self.name_of,
            begun=lambda taken: self.drafts.taken(taken),
            rested=self._job_rested,
            patience=patience,
        )
        self.reassign = ReassignPlanner(
            client=client, modules=self.modules, directory=self.directory, journal=journal, views=self.views
        )
        self.drafts = Drafts(journal)
        self.edits = EditPlanner(
            client=client,
            modules=self.modules,
            journal=journal,
            views=self.views,
            drafts=self.drafts,
            jobs=self.jobs,
        )
        self._open_lock = OpenLock(paths.account_dir(address.account_key))
        self._written: dict[str, dict[int, tuple[float, dict[str, Any]]]] = {}

    @cached_property
    def exporter(self) -> Exporter:
        """Writes records to files."""
        from crmdesk.planning.export import Exporter

        return Exporter(
            client=self.client, modules=self.modules, directory=self.directory, schema=self.schema, views=self.views
        )

    @cached_property
    def importer(self) -> Importer:
        """Makes plans of files."""
        from crmdesk.planning.import_plan import Importer

        return Importer(
            client=self.client,
            modules=self.modules,
            directory=self.directory,
            journal=self.journal,
            schema=self.schema,
            views=self.views,
        )

    @classmethod
    async def open(
        cls,
        address: BundleAddress,
        api_key: str,
        *,
        profile: Profile | None = None,
        transport: Any = None,
        patience: Patience = USUAL,
        retry: RetryPolicy | None = None,
    ) -> Session:
        """Opens the account's files; nothing is asked of the network. Raises StoreError, BadApiKey."""
        CrmClient(address, api_key, UnlimitedBudget())  # refuses what can be no key before any file is open
        folder = await asyncio.to_thread(paths.account_dir, address.account_key)
        limit = profile.hourly_limit if profile else DEFAULT_HOURLY_LIMIT
        reserve = profile.reserve_percent if profile else DEFAULT_RESERVE_PERCENT
        journal = await asyncio.to_thread(Journal, folder / "journal.sqlite")
        budget = await asyncio.to_thread(
            lambda: RequestBudget(folder / "budget.sqlite", limit=limit, reserve_percent=reserve)
        )
        names = await asyncio.to_thread(NamesStore, folder / "names.sqlite")
        client = CrmClient(address, api_key, budget, transport=transport, retry=retry or RetryPolicy())
        session = cls(
            address=address,
            client=client,
            budget=budget,
            names=names,
            journal=journal,
            profile=profile,
            patience=patience,
        )
        session.recall_modules()
        session.drafts.catch_up()
        if await asyncio.to_thread(session._open_lock.take):  # else another process may be showing such a plan
            await journal.db.write(saving.forget_unstarted)
        return session

    def subscribe(self, listener: Callable[[Announcement], None]) -> Callable[[], None]:
        """Hears of what changed until the returned function is called."""
        return self._listeners.subscribe(listener)

    async def connect(self) -> ConnectionChanged:
        """Asks the account once, with the cheapest request and the owners' names; what came of it is announced."""
        try:
            await self.directory.load(("owners",), refresh=True)
        except CrmError as error:
            return self.heard(error)
        return self.heard(None)

    def heard(self, error: CrmError | None) -> ConnectionChanged:
        """Takes note of how a request went, and announces it where that is new."""
        state = _state_of(error)
        if state is None:
            return self.connection
        text = "connected" if error is None else error.message
        if (state, text) != (self.connection.state, self.connection.text):
            self.connection = ConnectionChanged(state, text, error)
            self._announce(self.connection)
        return self.connection

    async def load_modules(self) -> None:
        """Learns the account's custom modules; from the last time where the key may not ask. Raises CrmError."""
        try:
            await self.modules.refresh(self.client, PERSON_READS)
        except NotAllowed:
            return
        self.names.put("custom_modules", self.modules.to_json())

    def recall_modules(self) -> None:
        """The custom modules as they were known last time; no network."""
        if (kept := self.names.get("custom_modules")) is not None:
            self.modules.from_json(kept)

    async def views(self, module: str, *, refresh: bool = False) -> list[View]:
        """A module's views; asked once, then from memory. Raises CrmError."""
        if refresh or module not in self._views:
            self._views[module] = await requests.views(self.client, self.modules.get(module))
        return self._views[module]

    async def schema(self, module: str, *, refresh: bool = False) -> Schema:
        """A module's fields; kept on disk, or known from the reference where the API has no settings for them.

        Raises CrmError, NotAllowed for a key without admin rights.
        """
        if module in self._schemas and not refresh:
            return self._schemas[module]
        spec = self.modules.get(module)
        if spec.settings_key is None and (fixed := fixed_schema.schema_of(spec)) is not None:
            self._schemas[module] = fixed
            return fixed
        key = f"schema:{module}"
        body = None if refresh else self.names.get(key)
        if body is None:
            body = await (requests.forms if spec.custom else requests.fields)(self.client, spec)
            self.names.put(key, body)
        parsed = (schema.parse_forms if spec.custom else schema.parse_fields)(spec, body)
        self._schemas[module] = fixed_schema.complete(spec, parsed)
        return self._schemas[module]

    def name_of(self, field: str, value: Any) -> str:
        """A field's value as people read it: owners by name where names are known, anything else as it is."""
        if field == "owner_id" and (value is None or self.directory.loaded("owners")):
            return self.directory.owner_name(value)
        return "" if value is None else str(value)

    async def use_key(self, api_key: str) -> None:
        """Goes on with another key; a job that waited for one goes on too. Raises BadApiKey."""
        self.client.use_key(api_key)
        self.connection = ConnectionChanged("unknown", "not asked yet")
        await self.jobs.key_replaced()

    async def close(self) -> None:
        """Pauses what runs, closes the connection and the files."""
        await self.jobs.close()
        try:
            await self.drafts.saved()
        finally:
            self._open_lock.release()
            await self.client.aclose()
            await self.budget.close()
            await self.names.close()
            await self.journal.close()

    def written(self, module: str) -> dict[int, dict[str, Any]]:
        """By record and field, what was written from here in the last minutes: the CRM's search lags behind."""
        now = monotonic()
        recent = self._written.get(module, {})
        return {record: fields for record, (when, fields) in recent.items() if now - when < SEARCH_LAGS}

    async def _job_rested(self, job_id: int) -> None:
        left = await self.journal.db.read(lambda c: aftermath(c, job_id))
        await self.drafts.rested(job_id)
        for module, record in left.forgotten:
            await self._forget(module, record)
        for module, touched in left.modules.items():
            recent = self._written.setdefault(module, {})
            for record, fields in touched.written.items():
                recent[record] = (monotonic(), {**recent.get(record, (0.0, {}))[1], **fields})
            ids = None if touched.ids is None else frozenset(touched.ids)
            removed = frozenset(touched.removed)
            self.labels.forget(module, None if ids is None else ids | removed)
            self._announce(RecordsChanged(module, ids, f"job {job_id}", removed))

    async def _forget(self, module: str, record: int) -> None:
        """A forgotten record's values leave drafts, caches and what a migration or the log kept of the journal."""
        self.drafts.forget(module, record)
        self.labels.forget(module, (record,))
        self._written.get(module, {}).pop(record, None)
        await self.drafts.saved()
        path = self.journal.db.path
        await asyncio.to_thread(forgetting.wipe_copies, path, module, record)
        await self.journal.db.empty_log()

    def _announce(self, announcement: Announcement) -> None:
        self._listeners.tell(announcement)


def _state_of(error: CrmError | None) -> State | None:
    """What an error says of the connection; None where it says nothing."""
    if error is None:
        return "connected"
    if isinstance(error, NoConnection | TimedOut):
        return "offline"
    if isinstance(error, WrongKey):
        return "refused"
    if isinstance(error, RefusedRedirect):
        return "moved"
    return None
