"""The sandbox CRM as a process of its own, for tests: started, steered through `/sandbox/…`, and ended."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
from types import TracebackType
from typing import IO, Any, Self

import httpx

READY_WITHIN = 90.0


class SandboxProcess:
    """A running sandbox. `url` ends in /crm/sales; `control` is a client rooted at the server's origin.

    The process reads its standard input to the end, so it goes away with the test run even if that is killed.
    """

    def __init__(self, *flags: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "crmdesk.sandbox", "--json", "--until-stdin-closes", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._complaints: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._drain, args=(stream, keep), daemon=True)
            for stream, keep in (
                (self.process.stdout, self._lines.put),
                (self.process.stderr, self._complaints.append),
            )
        ]
        for reader in self._readers:
            reader.start()
        ready = self._ready_line()
        self.url: str = ready["url"]
        self.api_key: str = ready["api_key"]
        self.agent_key: str = ready["agent_key"]
        self.pid: int = ready["pid"]
        self.origin = self.url.removesuffix("/crm/sales")
        self.control = httpx.Client(base_url=self.origin, timeout=30, trust_env=False)

    @staticmethod
    def _drain(stream: IO[str] | None, keep: Any) -> None:
        if stream is None:
            return
        for line in stream:
            keep(line)
        keep("")

    def _ready_line(self) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=READY_WITHIN)
        except queue.Empty:
            line = ""
        if not line.strip():
            self.process.kill()
            self._wait()
            raise RuntimeError("the sandbox did not start: " + "".join(self._complaints))
        ready: dict[str, Any] = json.loads(line)
        return ready

    @property
    def complaints(self) -> str:
        """What the process has written on standard error so far."""
        return "".join(self._complaints)

    def headers(self, *, agent: bool = False) -> dict[str, str]:
        """The headers of a documented request with the admin's key, or the agent's."""
        key = self.agent_key if agent else self.api_key
        return {"Authorization": f"Token token={key}", "Accept": "application/json"}

    def client(self, *, agent: bool = False) -> httpx.Client:
        """A plain client of the API (paths such as `/contacts/filters`); close it, or use it with `with`."""
        return httpx.Client(base_url=f"{self.url}/api", headers=self.headers(agent=agent), timeout=30, trust_env=False)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.control.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()

    def reset(self) -> None:
        """Back to the dataset; log and faults are cleared."""
        self._call("POST", "/sandbox/reset")

    def requests(self) -> list[dict[str, Any]]:
        """The API requests since the last clear, oldest first: method, path, status, at."""
        found: list[dict[str, Any]] = self._call("GET", "/sandbox/requests")["requests"]
        return found

    def clear_requests(self) -> None:
        """Forget the request log."""
        self._call("POST", "/sandbox/requests/clear")

    def faults(self, spec: str) -> None:
        """Put another fault specification in force; an empty one means none."""
        self._call("PUT", "/sandbox/faults", {"faults": spec})

    def change(self, module: str, record_id: int | str, **fields: Any) -> dict[str, Any]:
        """Change a record as somebody else would, behind the client's back; gives the stored record."""
        changed: dict[str, Any] = self._call("PUT", f"/sandbox/records/{module}/{record_id}", fields)
        return changed

    def delete(self, module: str, record_id: int | str) -> None:
        """Put a record into the recycle bin behind the client's back."""
        self._call("DELETE", f"/sandbox/records/{module}/{record_id}")

    def record(self, module: str, record_id: int | str) -> dict[str, Any]:
        """One record with all that is stored of it."""
        found: dict[str, Any] = self._call("GET", f"/sandbox/records/{module}/{record_id}")
        return found

    def records(self, module: str, *fields: str) -> dict[int, dict[str, Any]]:
        """Every record of a module that is not deleted, by id, with the fields named (none: owner_id)."""
        query = ",".join(fields or ("owner_id",))
        found: dict[str, dict[str, Any]] = self._call("GET", f"/sandbox/records/{module}?fields={query}")["records"]
        return {int(key): value for key, value in found.items()}

    def jobs(self) -> list[dict[str, Any]]:
        """The bulk jobs, oldest first: id, status, created_at, records."""
        found: list[dict[str, Any]] = self._call("GET", "/sandbox/jobs")["jobs"]
        return found

    def _wait(self) -> int:
        """The exit code, when the process has gone; its streams are closed."""
        try:
            code = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            for reader in self._readers:
                reader.join(timeout=20)
            for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
                if stream is not None:
                    stream.close()
        return code

    def stop(self) -> int:
        """End it in the ordinary way (its standard input closes) and give its exit code."""
        self.control.close()
        if self.process.stdin is not None:
            self.process.stdin.close()
        return self._wait()

    def wait(self) -> int:
        """Wait for it to end by itself and give its exit code."""
        self.control.close()
        return self._wait()

    def interrupt(self) -> int:
        """End it as Ctrl+C does and give its exit code."""
        self.process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))
        return self.wait()

    def terminate(self) -> int:
        """End it with SIGTERM (on Windows: at once) and give its exit code."""
        self.process.terminate()
        return self.wait()

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        self.process.kill()
        self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()
