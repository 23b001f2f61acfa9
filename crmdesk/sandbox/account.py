"""The account that a sandbox plays: its data, users, keys, jobs, limits, faults and request log, in one place."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections import deque
from pathlib import Path
from typing import Any

from crmdesk.sandbox import reference, rules, sample
from crmdesk.sandbox.bulk import Jobs
from crmdesk.sandbox.faulty import FaultDraws
from crmdesk.sandbox.limits import Limits
from crmdesk.sandbox.modules import Body, Module
from crmdesk.sandbox.options import Faults, SandboxOptions, WrongOption, parse_faults
from crmdesk.sandbox.render import Renderer
from crmdesk.sandbox.store import Store
from crmdesk.sandbox.write import Writer


class Account:
    """Opens the data (making it where there is none) and holds what the handlers need."""

    def __init__(self, options: SandboxOptions, folder: Path) -> None:
        self.options = options
        self._pristine = folder / "dataset.db"
        path = options.state or folder / "state.db"
        known = path.exists() and path.stat().st_size > 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self.store = self._opened(path)
        self.store.lag = options.search_lag
        if not known or self.store.meta("dataset") is None:
            self._restore()
        self.api_key, self.agent_key = self._keys()
        self.renderer = Renderer(self.store, full_rows=options.full_rows)
        self.writer = Writer(self.store, options)
        self.jobs = Jobs(self.store, options, self.writer)
        self.limits = Limits(options.hour_limit, options.minute_limit, retry_after=options.retry_after)
        self.draws = FaultDraws(options.first_faults, options.seed)
        self.log: deque[Body] = deque(maxlen=500_000)
        self.files_port = 0

    def _opened(self, path: Path) -> Store:
        try:
            return Store(path, rules.derive, rules.ties)
        except sqlite3.DatabaseError as error:
            raise WrongOption(f"--state {path}: not a state file of a sandbox ({error})") from error

    @property
    def files_origin(self) -> str:
        """Where files are downloaded from: another name and another port than the CRM's own."""
        return f"http://localhost:{self.files_port}"

    def close(self) -> None:
        """Close the file."""
        self.jobs.stop()
        self.store.close()

    # -- data ---------------------------------------------------------------------------------------------

    def _restore(self) -> None:
        if not self._pristine.exists():
            fresh = Store(self._pristine, rules.derive, rules.ties)
            self._build(fresh)
            fresh.close()
        source = sqlite3.connect(self._pristine)
        source.backup(self.store.db)
        source.close()
        self.store.reload()

    def _build(self, store: Store) -> None:
        # A state that is continued goes back to what it was made from, whatever this start was told.
        own = {"dataset": self.options.dataset, "records": self.options.records, "seed": self.options.seed}
        made_from = self.store.meta("dataset", own)
        if made_from["dataset"] == "reference":
            reference.build(store)
        else:
            sample.build(store, made_from["records"], made_from["seed"], all_deals=self.options.all_deals)
        store.set_meta("dataset", made_from)

    def _keys(self) -> tuple[str, str]:
        keys = self.store.meta("keys")
        if keys is None:
            keys = [secrets.token_urlsafe(16), secrets.token_urlsafe(16)]
            self.store.set_meta("keys", keys)
        return keys[0], keys[1]

    def reset(self) -> None:
        """Back to the dataset; log, limits and faults are cleared, the keys stay."""
        self.jobs.stop()
        self._restore()
        self.store.set_meta("keys", [self.api_key, self.agent_key])
        self.log.clear()
        self.limits.clear()
        self.set_faults(Faults())

    def set_faults(self, faults: Faults | str) -> None:
        """Other faults from now on; raises WrongOption for a text that can't be understood."""
        parsed = parse_faults(faults) if isinstance(faults, str) else faults
        self.draws = FaultDraws(parsed, self.options.seed)
        self.jobs.draw_from(parsed)

    # -- who and what -------------------------------------------------------------------------------------

    def user_of(self, authorization: str) -> Body | None:
        """The user whose key an Authorization header holds."""
        scheme, _blank, rest = authorization.partition(" ")
        key = rest.strip().removeprefix("token=").strip('"')
        if scheme != "Token" or not rest.strip().startswith("token="):
            return None
        for known, who in ((self.api_key, "admin"), (self.agent_key, "agent")):
            if secrets.compare_digest(key.encode(), known.encode()):
                return self.store.choice("users", self.store.meta(who))
        return None

    def module(self, name: str) -> Module | None:
        """A module by the name it has in paths."""
        return self.store.modules.get({"documents": "cpq_documents"}.get(name, name))

    def noted(self, method: str, path: str) -> Body:
        """A new entry of the request log; its status is filled in when the answer is known."""
        entry: Body = {"method": method, "path": path, "status": 0, "at": time.time()}
        self.log.append(entry)
        return entry

    def new_status(self) -> int:
        """The id of the contact status that a new contact has."""
        statuses: list[dict[str, Any]] = self.store.choices("contact_statuses")
        return int(statuses[0]["id"]) if statuses else 0
