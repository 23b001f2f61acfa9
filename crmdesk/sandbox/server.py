"""The process: a loopback port, one ready line on standard output, and all the ways in which it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import uvicorn
from uvicorn.lifespan.off import LifespanOff  # noqa: F401  (uvicorn imports it by name, which a frozen program misses)
from uvicorn.protocols.http.h11_impl import H11Protocol

from crmdesk.sandbox.account import Account
from crmdesk.sandbox.application import application
from crmdesk.sandbox.files_api import FilesHost
from crmdesk.sandbox.options import ADDRESS, SandboxOptions, WrongOption


class _Protocol(H11Protocol):
    """Gives each request its connection, so that a fault can close it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called by the loop for a new connection."""
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class _Server(uvicorn.Server):
    """Says when it is ready, and leaves signals to us: uvicorn would end with the signal's own exit code."""

    def __init__(
        self, config: uvicorn.Config, account: Account, options: SandboxOptions, listening: socket.socket
    ) -> None:
        super().__init__(config)
        self._listening = listening
        self._account = account
        self._options = options

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, go on with the jobs, and print the ready line."""
        await super().startup(sockets)
        self._account.jobs.resume()
        port = self._listening.getsockname()[1]
        ready = {
            "url": f"http://127.0.0.1:{port}{ADDRESS}",
            "api_key": self._account.api_key,
            "agent_key": self._account.agent_key,
            "pid": os.getpid(),
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        if not self._options.quiet:
            sys.stderr.write("The sandbox is ready. It stops with Ctrl+C.\n")
        self._watch(asyncio.get_running_loop())

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: our own handlers are in place."""
        yield

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._options.until_stdin_closes:
            threading.Thread(target=_until_input_ends, args=(loop, self.end), daemon=True).start()
        if self._options.parent is not None:
            threading.Thread(target=_until_gone, args=(self._options.parent, loop, self.end), daemon=True).start()

    def end(self) -> None:
        """Begin to stop."""
        self.should_exit = True

    def on_signal(self, _signal: int, _frame: FrameType | None) -> None:
        """Ctrl+C and SIGTERM end it in the ordinary way."""
        self.should_exit = True


def _tell(loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(end)
    except RuntimeError:
        return  # the loop has ended already


def _until_input_ends(loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
    # os.read and not sys.stdin: a thread that waits in a buffered reader holds its lock while Python ends.
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    _tell(loop, end)


def _until_gone(pid: int, loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(0x00100000, False, pid)  # SYNCHRONIZE
        if handle:
            kernel.WaitForSingleObject(handle, 0xFFFFFFFF)
            kernel.CloseHandle(handle)
    else:
        own_parent = os.getppid() == pid
        wait = threading.Event()
        while _alive(pid) and not (own_parent and os.getppid() != pid):
            wait.wait(0.2)
    _tell(loop, end)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _bound(port: int) -> socket.socket:
    # With the protocol named, asyncio switches Nagle's algorithm off; else every answer waits 40 ms.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", port))
    return found


def _files_sockets() -> list[socket.socket]:
    """A free port for the files' host, in both families where there are two, since `localhost` may mean either."""
    for _attempt in range(5):
        first = _bound(0)
        second = _beside(first.getsockname()[1])
        if second is not None:
            return [first, second]
        first.close()
    return [_bound(0)]


def _beside(port: int) -> socket.socket | None:
    """The same port in the newer family; None where it is taken, or where there is no such family."""
    try:
        found = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError:
        return None
    try:
        found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        found.bind(("::1", port))
    except OSError:
        found.close()
        return None
    return found


def _stop_before_ready(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _on_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), handler)


def serve(options: SandboxOptions) -> int:
    """Run a sandbox until it is told to stop; gives the exit code (0, or 2 for what can't be)."""
    _on_signals(_stop_before_ready)
    with contextlib.ExitStack() as stack:
        try:
            listening = stack.enter_context(_bound(options.port))
        except OSError as error:
            sys.stderr.write(f"Error: port {options.port} can't be used: {error.strerror}\n")
            return 2
        folder = tempfile.TemporaryDirectory(prefix=f"crmdesk-sandbox-{os.getpid()}-", ignore_cleanup_errors=True)
        try:
            account = Account(options, Path(stack.enter_context(folder)))
        except WrongOption as error:
            sys.stderr.write(f"Error: {error}\n")
            return 2
        stack.callback(account.close)
        files = [stack.enter_context(found) for found in _files_sockets()]
        account.files_port = files[0].getsockname()[1]
        server = _Server(_config(account), account, options, listening)
        _on_signals(server.on_signal)
        asyncio.run(server.serve([listening, *files]))
    return 0


def _config(account: Account) -> uvicorn.Config:
    return uvicorn.Config(
        FilesHost(application(account), account),
        http=_Protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
