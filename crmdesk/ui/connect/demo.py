"""The sample data: a sandbox of our own, in the background, that ends when the window does."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment

from crmdesk.config.errors import CrmDeskError
from crmdesk.profiles.vault import SecretItem


class SampleNotStarted(CrmDeskError):
    """The sandbox process did not get ready."""

    remedy_by_default = "Try again; the details say what it printed."


def sandbox_command() -> list[str]:
    """How this program starts its sandbox: from Python, or the console program beside a frozen window."""
    if getattr(sys, "frozen", False):
        here = Path(sys.executable)
        return [str(here.with_name("crmdesk" + here.suffix)), "sandbox", "--until-stdin-closes"]
    return [sys.executable, "-m", "crmdesk.sandbox", "--until-stdin-closes"]


class DemoSandbox(QObject):
    """Started at the first `secret()`; it ends by itself when we do, since its input closes with us."""

    READY_WITHIN_S = 60

    def __init__(self, parent: QObject, command: list[str] | None = None) -> None:
        super().__init__(parent)
        self._command = command or sandbox_command()
        self._process: QProcess | None = None
        self._ready: asyncio.Future[SecretItem] | None = None
        self._printed = b""

    async def secret(self) -> SecretItem:
        """The sandbox's address and key; starts it when it doesn't run."""
        if self._ready is None or self._process is None:
            self._start()
        assert self._ready is not None
        try:
            return await asyncio.wait_for(asyncio.shield(self._ready), self.READY_WITHIN_S)
        except TimeoutError as error:
            await self.stop()
            raise SampleNotStarted("The sample data did not get ready in time.") from error

    async def stop(self) -> None:
        """Close its input and wait until it has ended; one that does not end is killed."""
        process, self._process, self._ready = self._process, None, None
        if process is None or process.state() == QProcess.ProcessState.NotRunning:
            return
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        process.finished.connect(lambda *_: None if ended.done() else ended.set_result(None))
        process.closeWriteChannel()
        try:
            await asyncio.wait_for(ended, 5)
        except TimeoutError:
            process.kill()
            process.waitForFinished(2000)

    def _start(self) -> None:
        self._ready = asyncio.get_running_loop().create_future()
        self._printed = b""
        process = QProcess(self)
        self._process = process
        environment = QProcessEnvironment.systemEnvironment()
        # The account of the person's environment is none of the sandbox's business.
        environment.remove("CRMDESK_API_KEY")
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(lambda code, _status: self._ended(process, code))
        process.errorOccurred.connect(lambda _error: self._ended(process, -1))
        process.start(self._command[0], self._command[1:])

    def _read(self) -> None:
        if self._process is None or self._ready is None:
            return
        self._printed += bytes(self._process.readAllStandardOutput().data())
        line, newline, _ = self._printed.partition(b"\n")
        if not newline or self._ready.done():
            return
        try:
            told = json.loads(line)
            self._ready.set_result(SecretItem(str(told["url"]), str(told["api_key"])))
        except (ValueError, KeyError, TypeError):
            self._ready.set_exception(
                SampleNotStarted("The sample data could not be started.", details="its first line is no JSON")
            )

    def _ended(self, process: QProcess, code: int) -> None:
        if process is not self._process:
            return
        self._process = None
        said = bytes(process.readAllStandardError().data()).decode("utf-8", "replace")[-4000:]
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(
                SampleNotStarted(f"The sample data could not be started (exit code {code}).", details=said)
            )
