"""After a full run at the loudest, neither the key nor a collaboration token is anywhere."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from crmdesk.config import logs
from crmdesk.crm import requests
from crmdesk.planning.intents import KnownRow, SelectedRecords
from tests.support.account import active_owners, all_view, connected, ended, owners, planned
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess


def test_nothing_secret_is_left_behind(sandbox: SandboxProcess, data_home: Path, tmp_path: Path) -> None:
    key, agent = sandbox.api_key, sandbox.agent_key
    some_deal = next(iter(owners(sandbox, "deals")))
    with sandbox.client() as plain:
        shown = plain.get(f"/deals/{some_deal}").json()["deal"]["fc_widget_collaboration"]
        tokens = [text for text in shown.values() if isinstance(text, str) and len(text) > 20]
    assert tokens, "the sandbox must send tokens, or this test shows nothing"

    async def main() -> None:
        async with connected(sandbox) as session:
            spec = session.modules.get("deals")
            whole = await all_view(session, "deals")
            page = await requests.view_page(session.client, spec, whole.view_id, 1)
            one = await requests.one(session.client, spec, some_deal)
            assert "fc_widget_collaboration" not in json.dumps(one.fields)
            rows = [KnownRow(r["id"], spec.label(r), spec.owner(r), r["updated_at"]) for r in page.records()]
            await session.schema("deals")
            plan = await planned(session, SelectedRecords("deals", rows), (await active_owners(session))[0])
            sandbox.faults("status=503:0.1,garbage:0.1,drop-after:0.1")
            await ended(session, plan)
            sandbox.faults("status=401:1")
            undo = await planned(session, SelectedRecords("deals", rows[:3]), None)
            await ended(session, undo)
            sandbox.faults("")
            reports = [tmp_path / "report.csv", tmp_path / "report.json"]
            for path in reports:
                await session.jobs.report(plan.id, path)
            logging.getLogger("crmdesk.test").warning("the key is %s and the header %s", key, f"Token token={key}")
            found = _files(data_home)
            assert any(p.name.endswith("-wal") for p in found)
            for path in (*reports, *found):
                _search(path.read_bytes(), path, (key, agent, *tokens))

    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    logs.configure()
    root.setLevel(logging.DEBUG)
    for handler in root.handlers:
        handler.setLevel(logging.DEBUG)
    try:
        run(main())
        for handler in root.handlers:
            handler.flush()
        found = _files(data_home)
        assert any(p.suffix == ".log" and p.stat().st_size for p in found), found
        for path in found:
            _search(path.read_bytes(), path, (key, agent, *tokens))
    finally:
        for handler in set(root.handlers) - set(handlers):
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)
    log = json.dumps(sandbox.requests())
    _search(log.encode(), Path("requests"), (key, agent, *tokens))


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _search(content: bytes, where: Path, secrets: tuple[str, ...]) -> None:
    for secret in secrets:
        for form in (secret.encode(), secret.encode("utf-16-le")):
            assert form not in content, f"a secret is in {where}"
