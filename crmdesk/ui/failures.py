"""What went wrong: known errors calmly with their remedy, bugs with a trace to copy, without secrets."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from crmdesk.config.errors import CrmDeskError
from crmdesk.ui.widgets import Message, message_of
from crmdesk.ui.window.desk import TabNotMade
from crmdesk.ui.window.frame import Frame

if TYPE_CHECKING:
    import asyncio
    import logging


class Failures:
    """Tells failures in the window that is in front."""

    def __init__(self, front: Callable[[], Frame | None], quit_all: Callable[[], None]) -> None:
        self._front = front
        self._quit = quit_all

    def task_failed(self, error: BaseException, title: str, again: object) -> None:
        """A piece of background work failed, and whoever started it left the telling to us."""
        retry = again if callable(again) else None
        if not isinstance(error, CrmDeskError):
            logger().error("a task of the window failed: %s", title, exc_info=error)
        frame = self._front()
        if frame is not None and frame.desk is not None and isinstance(error, CrmDeskError):
            frame.desk.say_error(error, title, retry)
        elif frame is not None:
            frame.window.say(_without_secrets(message_of(error, title, retry)))

    def tell_bug(self, error: BaseException) -> None:
        """An exception that nobody handled: in the log, and as a message to copy."""
        if isinstance(error, TabNotMade):
            return
        logger().error("unhandled", exc_info=error)
        frame = self._front()
        if frame is not None:
            frame.window.say(_without_secrets(message_of(error)))

    def catch_all(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take over what Python and the loop do with unhandled exceptions."""

        def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            if issubclass(kind, KeyboardInterrupt):
                self._quit()
            else:
                self.tell_bug(error.with_traceback(trace))

        def loop_hook(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
            error = context.get("exception")
            if isinstance(error, BaseException):
                self.tell_bug(error)
            else:
                logger().error("the loop says: %s", context.get("message"))

        sys.excepthook = hook
        loop.set_exception_handler(loop_hook)


def _without_secrets(told: Message) -> Message:
    from crmdesk.config.logs import redact

    return Message(told.text, told.remedy, redact(told.details), told.tone, told.actions, told.key)


def logger() -> logging.Logger:
    """The window's log; logging is imported with the first thing to log."""
    import logging

    return logging.getLogger("crmdesk.ui")
