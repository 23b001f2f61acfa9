"""Folders of ours are private from their first moment; resources are found."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from crmdesk.config import paths
from crmdesk.config.errors import CrmDeskError, InputError

posix_only = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_environment_moves_all_data(data_home: Path) -> None:
    assert paths.data_dir() == data_home
    assert paths.account_dir("acme.myfreshworks.com") == data_home / "accounts" / "acme.myfreshworks.com"


def test_without_the_environment_it_is_the_systems_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CRMDESK_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path))
    if os.name == "nt":
        monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert paths.data_dir().is_relative_to(tmp_path) or os.name == "nt"
    assert paths.data_dir().name == "CRMDesk"


@posix_only
def test_every_folder_of_ours_is_private_whatever_the_umask(data_home: Path) -> None:
    before = os.umask(0)
    try:
        account = paths.account_dir("acme")
    finally:
        os.umask(before)
    assert [mode(path) for path in (account, account.parent, data_home)] == [0o700] * 3


@posix_only
def test_a_folder_that_was_open_is_closed(data_home: Path) -> None:
    data_home.mkdir(mode=0o755)
    data_home.chmod(0o755)
    assert mode(paths.data_dir()) == 0o700


@pytest.mark.parametrize("key", ["../../etc", "a/b\\c", "con", "NUL.com", "127.0.0.1-8123", "a:b"])
def test_an_account_can_not_leave_its_folder(data_home: Path, key: str) -> None:
    folder = paths.account_dir(key)
    assert folder.parent == data_home / "accounts"
    assert not {"/", "\\", ":"} & set(folder.name)
    assert folder.name.split(".")[0] not in {"con", "nul", ""}


def test_an_account_without_a_name_is_refused(data_home: Path) -> None:
    with pytest.raises(InputError) as told:
        paths.account_dir(" ../ ")
    assert told.value.subject == "account"


def test_a_file_in_the_way_is_told_with_a_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        monkeypatch.setenv("CRMDESK_HOME", str(place))
        with pytest.raises(CrmDeskError) as told:
            paths.data_dir()
        assert "CRMDESK_HOME" in told.value.remedy


def test_resources_are_found_in_the_source_tree() -> None:
    assert (paths.resources_dir() / "README.md").is_file()
