"""GNOME Keyring on a D-Bus session of its own: unlocked, without the person's keyring, ended with the block."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

# The shell reads its standard input, so bus and keyring end with the tests even if those are killed.
_SCRIPT = """
printf 'password' | gnome-keyring-daemon --unlock --components=secrets --foreground >/dev/null 2>&1 &
daemon=$!
echo "$DBUS_SESSION_BUS_ADDRESS"
read -r _
kill $daemon
wait $daemon
"""


def why_no_keyring() -> str:
    """Why GNOME Keyring can't be had here; empty when it can."""
    if not sys.platform.startswith("linux"):
        return "GNOME Keyring is used on Linux only"
    for tool in ("dbus-run-session", "gnome-keyring-daemon"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed (python3 dev.py setup says how)"
    return ""


@contextmanager
def bus(home: Path, *, keyring: bool = True) -> Iterator[dict[str, str]]:
    """The variables of a session bus, with an unlocked keyring on it or with nothing at all."""
    places = {
        "HOME": home,
        "XDG_DATA_HOME": home / "data",
        "XDG_CONFIG_HOME": home / "config",
        "XDG_CACHE_HOME": home / "cache",
        "XDG_RUNTIME_DIR": home / "run",
    }
    for place in places.values():
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    env |= {name: str(place) for name, place in places.items()}
    # Activation would start the keyring of the system on a bus that shall have none.
    config = home / "bus.conf"
    config.write_text(_BUS_CONFIG)
    script = _SCRIPT if keyring else 'echo "$DBUS_SESSION_BUS_ADDRESS"; read -r _'
    command = ["dbus-run-session", f"--config-file={config}", "--", "sh", "-c", script]
    with subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            raise RuntimeError("dbus-run-session did not start")
        if keyring:
            _wait_for_keyring(address)
        yield {"DBUS_SESSION_BUS_ADDRESS": address}
        process.stdin.close()
        process.wait()


def _wait_for_keyring(address: str) -> None:
    """Until the Secret Service has its name on the bus and its default collection is unlocked."""
    import secretstorage
    from jeepney.io.blocking import open_dbus_connection

    deadline = time.monotonic() + 20
    while True:
        with closing(open_dbus_connection(address)) as connection:
            if secretstorage.check_service_availability(connection):
                names = [one.get_label() for one in secretstorage.get_all_collections(connection)]
                if "Login" in names or "login" in names:
                    return
        if time.monotonic() > deadline:
            raise RuntimeError("gnome-keyring-daemon did not come up")
        time.sleep(0.02)


_BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <keep_umask/>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
