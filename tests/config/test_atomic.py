"""A file is the old one or the new one, private from its first byte."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from crmdesk.config.atomic import set_aside, write_atomically
from crmdesk.config.errors import CrmDeskError

posix_only = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")


def test_text_and_bytes_are_written_as_given(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", "ä\n")
    write_atomically(tmp_path / "b", b"\x00\r\n")
    assert (tmp_path / "a").read_bytes() == "ä\n".encode()
    assert (tmp_path / "b").read_bytes() == b"\x00\r\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@posix_only
def test_the_file_is_private_even_if_the_old_one_was_not(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_text("old")
    target.chmod(0o666)
    write_atomically(target, "new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_refusal_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.mkdir()
    (target / "kept").write_text("x")
    with pytest.raises(CrmDeskError) as told:
        write_atomically(target, "new")
    assert told.value.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (target / "kept").read_text() == "x"


def test_readers_beside_a_writer_see_whole_files_only(tmp_path: Path) -> None:
    target = tmp_path / "a"
    texts = {"a" * 200_000, "b" * 300_000}
    write_atomically(target, "a" * 200_000)
    done = threading.Event()

    def write() -> None:
        for count in range(30):
            write_atomically(target, sorted(texts)[count % 2])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(target.read_text())
    writer.join()
    assert seen <= texts


def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_text("old")
    program = (
        "import os, sys; from pathlib import Path; from crmdesk.config import atomic\n"
        "atomic._replace = lambda new, old: os._exit(9)\n"
        "atomic.write_atomically(Path(sys.argv[1]), 'new')"
    )
    done = subprocess.run([sys.executable, "-c", program, str(target)], check=False)
    assert done.returncode == 9
    assert target.read_text() == "old"


def test_what_is_set_aside_never_covers_another(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    kept = set()
    for text in ("1", "2", "3"):
        target.write_text(text)
        kept.add(set_aside(target))
    assert {path.read_text() for path in kept} == {"1", "2", "3"}
    assert not target.exists()
