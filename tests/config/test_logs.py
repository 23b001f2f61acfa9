"""The log tells what happened and never a key, wherever the key turns up."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from crmdesk.config import logs

KEY = 's3cr+t/K"ey_öß=='


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    logs.register_secret(KEY)
    yield logs.configure(logging.DEBUG, folder=tmp_path / "logs")
    logs.close()
    logs.forget_secret(KEY)


def test_a_key_is_masked_in_messages_arguments_and_tracebacks(log: Path) -> None:
    logger = logging.getLogger("crmdesk.crm")
    logger.info("plain %s", KEY)
    logger.warning("in a container %r", {"key": KEY})
    logger.info("quoted %s", urllib.parse.quote(KEY, safe=""))
    try:
        try:
            raise ValueError(f"inner {KEY}")
        except ValueError as error:
            raise RuntimeError(f"outer {KEY}") from error
    except RuntimeError:
        logger.exception("it failed", stack_info=True)
    text = log.read_text(encoding="utf-8")
    assert "s3cr" not in text
    assert text.count(logs.MASK) == 5
    assert "ValueError: inner" in text and "RuntimeError: outer" in text


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Token token=abcdefghij",
        "{'authorization': 'Token token=abcdefghij'}",
        '"convo_token": "abcdefghij"',
        "api_key=abcdefghij;",
        "CRMDESK_API_KEY=abcdefghij",
        "headers=[(b'Authorization', b'Token token=abcdefghij')]",
    ],
)
def test_what_looks_like_a_token_is_masked_even_unregistered(text: str) -> None:
    assert "abcdefghij" not in logs.redact(text)


def test_other_text_stays_as_it_is() -> None:
    text = "GET /crm/sales/api/contacts/filters 200 in 31 ms; the key was refused; 5 tokens left"
    assert logs.redact(text) == text


def test_a_secret_is_masked_until_everybody_forgot_it() -> None:
    logs.register_secret("twice-used-key")
    logs.register_secret("twice-used-key")
    logs.forget_secret("twice-used-key")
    assert logs.redact("twice-used-key") == logs.MASK
    logs.forget_secret("twice-used-key")
    assert logs.redact("twice-used-key") == "twice-used-key"


def test_a_text_too_short_for_a_key_masks_no_words() -> None:
    logs.register_secret("the")
    assert logs.redact("the other") == "the other"


def test_a_handler_of_others_can_be_given_the_filter() -> None:
    logs.register_secret(KEY)
    try:
        try:
            raise ValueError(KEY)
        except ValueError:
            record = logging.LogRecord("x", 40, "f", 1, "told %s", (KEY,), sys.exc_info())
        assert logs.RedactionFilter().filter(record)
        assert KEY not in logging.Formatter().format(record)
        assert "ValueError" in logging.Formatter().format(record)
    finally:
        logs.forget_secret(KEY)


def test_the_log_rotates_and_stays_small(log: Path) -> None:
    logger = logging.getLogger("crmdesk")
    for _ in range(70):
        logger.info("x" * 100_000)
    files = sorted(log.parent.iterdir())
    assert len(files) == 5
    assert all(path.stat().st_size <= 1024 * 1024 + 1000 for path in files)
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_configuring_twice_writes_once(log: Path, tmp_path: Path) -> None:
    logs.configure(logging.DEBUG, folder=tmp_path / "logs")
    logging.getLogger("crmdesk").info("only once")
    assert log.read_text().count("only once") == 1


def test_what_nobody_caught_is_logged_and_printed_without_the_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from crmdesk.config import logs\n"
        "logs.register_secret(sys.argv[2]); logs.configure(folder=Path(sys.argv[1])); logs.log_uncaught()\n"
        "raise RuntimeError('no ' + sys.argv[2])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), "a-key-of-an-account"],
        capture_output=True,
        text=True,
        check=False,
    )
    told = done.stderr + (tmp_path / "crmdesk.log").read_text()
    assert done.returncode == 1
    assert told.count("RuntimeError: no [hidden]") == 2
    assert "a-key-of-an-account" not in told
