"""A rotating log under the data folder that never holds a key, not in a message and not in a traceback."""

from __future__ import annotations

import base64
import json
import logging
import logging.handlers
import os
import re
import sys
import threading
import urllib.parse
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType

from crmdesk.config.paths import data_dir, private_dir

MASK = "[hidden]"
# Shorter texts would mask ordinary words.
SHORTEST_SECRET = 6
_MEGABYTE = 1024 * 1024
_secrets: dict[str, int] = {}
_pattern: re.Pattern[str] | None = None
_lock = threading.Lock()

_TOKEN = re.compile(r"(?i)(\btoken[\s\"']*token\s*=\s*)[^\s\"',;}\])]+")
# The collaboration tokens of deals, should one ever get this far.
_NAMED = re.compile(
    r"(?i)([\"']?(?:convo_token|auth_token|api[_-]?key|authorization)\b[\"']?\s*[:=]\s*[\"']?)[^\s\"',;}]+"
)


def _spellings(secret: str) -> set[str]:
    """The ways in which a secret may turn up in a text."""
    plain = {
        secret,
        urllib.parse.quote(secret, safe=""),
        urllib.parse.quote_plus(secret),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        base64.b64encode(secret.encode()).decode().rstrip("="),
    }
    return {text for text in plain if text}


def _rebuild() -> None:
    global _pattern
    texts = sorted({form for secret in _secrets for form in _spellings(secret)}, key=len, reverse=True)
    _pattern = re.compile("|".join(map(re.escape, texts))) if texts else None


def register_secret(text: str) -> None:
    """From now on `text` (a key) is masked wherever `redact` looks, until it is forgotten as often."""
    if len(text) < SHORTEST_SECRET:
        return
    with _lock:
        _secrets[text] = _secrets.get(text, 0) + 1
        _rebuild()


def forget_secret(text: str) -> None:
    """Undo one `register_secret`: a key that nobody uses any more need not stay in memory."""
    with _lock:
        left = _secrets.get(text, 0) - 1
        if left > 0:
            _secrets[text] = left
        else:
            _secrets.pop(text, None)
        _rebuild()


def redact(text: str) -> str:
    """The text with every registered secret, and everything that looks like the CRM's token, masked."""
    if _pattern is not None:
        text = _pattern.sub(MASK, text)
    return _NAMED.sub(rf"\1{MASK}", _TOKEN.sub(rf"\1{MASK}", text))


class RedactingFormatter(logging.Formatter):
    """Masks the finished line: message, arguments, exception, its causes and the stack."""

    def format(self, record: logging.LogRecord) -> str:
        # Formatter keeps the traceback's text on the record, where other handlers would find it unmasked.
        kept = record.exc_text
        try:
            return redact(super().format(record))
        finally:
            record.exc_text = kept


class RedactionFilter(logging.Filter):
    """For handlers that are not ours (pytest's, Sentry's): the record itself is masked."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


class PrivateRotatingFile(logging.handlers.RotatingFileHandler):
    """A rotating file that only the person can read, from its creation on."""

    def _open(self) -> TextIOWrapper:
        def opener(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        return open(self.baseFilename, "a", encoding="utf-8", errors="backslashreplace", opener=opener)

    def doRollover(self) -> None:
        try:
            super().doRollover()
        except OSError:
            # Another process holds the file (Windows): go on in the same one, and try again later.
            if self.stream is None:
                self.stream = self._open()


def configure(level: int = logging.INFO, *, folder: Path | None = None, name: str = "crmdesk") -> Path:
    """Send `crmdesk`'s log to `<data>/logs/NAME.log` (5 × 1 MB) and give its path; may be called again."""
    place = private_dir(folder or data_dir() / "logs")
    path = place / f"{name}.log"
    logger = logging.getLogger("crmdesk")
    close()
    handler = PrivateRotatingFile(path, maxBytes=_MEGABYTE, backupCount=4, delay=True)
    handler.setFormatter(
        RedactingFormatter("%(asctime)s %(levelname)s %(process)d %(threadName)s %(name)s: %(message)s")
    )
    logger.addHandler(handler)
    logger.setLevel(level)
    # httpx logs each address at INFO; asyncio and qasync report lost exceptions.
    for other in ("asyncio", "qasync", "py.warnings"):
        logging.getLogger(other).addHandler(handler)
    logging.captureWarnings(True)
    return path


def close() -> None:
    """Take our handlers away again and close the file."""
    ours: set[PrivateRotatingFile] = set()
    for name in ("crmdesk", "asyncio", "qasync", "py.warnings"):
        logger = logging.getLogger(name)
        for handler in [one for one in logger.handlers if isinstance(one, PrivateRotatingFile)]:
            logger.removeHandler(handler)
            ours.add(handler)
    for handler in ours:
        handler.close()
    logging.captureWarnings(False)


def traceback_text(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
    """A traceback to copy into a report, without secrets."""
    return redact(logging.Formatter().formatException((kind, error, trace)))


def log_uncaught() -> None:
    """Write what nobody caught to the log, with its secrets masked, and print it masked too."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        logging.getLogger("crmdesk").critical("uncaught", exc_info=(kind, error, trace))
        if sys.stderr is not None:
            sys.stderr.write(traceback_text(kind, error, trace) + "\n")

    sys.excepthook = hook
