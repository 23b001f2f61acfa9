"""`crmdesk profiles`: saved connections. A key comes from standard input or a hidden prompt, never an argument."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from crmdesk.cli.endings import Exit
from crmdesk.cli.given import Given, with_account
from crmdesk.cli.interrupts import Interrupts
from crmdesk.cli.output import Output, is_terminal, table
from crmdesk.cli.work import run_alone
from crmdesk.config.errors import InputError

if TYPE_CHECKING:
    from crmdesk.profiles.profile import Profile
    from crmdesk.profiles.store import ProfileStore

LONGEST_INPUT = 8192


@click.group(invoke_without_command=True)
@with_account
def profiles(given: Given) -> int:
    """List, add, test or remove saved connections."""
    if click.get_current_context().invoked_subcommand is None:
        return _list_all(given)
    return 0


@profiles.command("list")
@with_account
def list_profiles(given: Given) -> int:
    """List the profiles, and where each key is."""
    return _list_all(given)


def _list_all(given: Given) -> int:
    async def work(out: Output, _: Interrupts) -> int:
        from crmdesk.profiles.store import ProfileStore

        store = ProfileStore()
        last = store.last_used
        entries = [_entry(one, last) for one in store.list()]
        await _add_key_states(entries)
        if entries and not out.as_json:
            heads = ("NAME", "KIND", "REQUESTS AN HOUR", "KEY", "")
            lines = [
                (one["name"], one["kind"], one["hourly_limit"], one["key"], "used last" if one["last_used"] else "")
                for one in entries
            ]
            out.show(table(heads, lines, numbers=(2,)))
        elif not entries:
            out.say("No profiles yet; “crmdesk profiles add NAME” adds one.")
        for notice in store.notices:
            out.say(f"{notice.message} {notice.remedy}".strip())
        out.done({"profiles": entries})
        return 0

    return run_alone(given, work)


def _entry(profile: Profile, last: Profile | None) -> dict[str, Any]:
    entry = profile.to_json()
    return entry | {"last_used": last is not None and last.id == profile.id, "key": ""}


async def _add_key_states(entries: list[dict[str, Any]]) -> None:
    """Where each key is; a keyring that can't be used is asked once, not for each profile."""
    from crmdesk.profiles.errors import KeyringError
    from crmdesk.profiles.vault import KeyState, Vault

    vault, trouble = Vault(), ""
    for entry in entries:
        if not trouble:
            try:
                state = await vault.state(entry["id"])
            except KeyringError as error:
                trouble = error.message
            else:
                entry["key"] = state.value
                trouble = state.value if state in (KeyState.MISSING, KeyState.LOCKED) else ""
        entry["key"] = entry["key"] or trouble


@profiles.command()
@click.argument("name")
@click.argument("alias", metavar="[BUNDLE_ALIAS]", required=False)
@click.option("--bundle-alias", metavar="ADDRESS", help="Such as acme.myfreshworks.com; else CRMDESK_BUNDLE_ALIAS.")
@click.option("--kind", type=click.Choice(["production", "sandbox"]), help="sandbox for an address on this machine.")
@click.option("--color", default="", metavar="#RRGGBB", help="Shown wherever something is about to change.")
@click.option("--hourly-limit", type=int, default=0, metavar="N", help="The plan's requests an hour: 1000, 2000, 5000.")
@click.option("--reserve", type=int, default=20, show_default=True, metavar="PERCENT", help="Kept for other programs.")
@click.option("--allow-host", multiple=True, metavar="HOST", help="A company's own domain for the CRM.")
@with_account
def add(given: Given, name: str, alias: str | None, bundle_alias: str | None, **others: Any) -> int:
    """Save a connection. The key is asked for, or read from standard input: as its first line.

    Without a bundle alias on the command line or in the environment, it is asked for too; where nobody can be asked,
    it is the first line, and the key the second.
    """

    async def work(out: Output, interrupts: Interrupts) -> int:
        profile = _new_profile(name, others)
        with interrupts.while_asking():
            typed, key = _alias_and_key(bundle_alias or alias or os.environ.get("CRMDESK_BUNDLE_ALIAS", "").strip())
        address = await _save(profile, typed, key, kind_given=bool(others["kind"]))
        out.show(f"Saved “{profile.name}” for {address}; the key is in the keyring.")
        out.done({"profile": profile.name, "id": profile.id, "address": address, "key": "stored"})
        return 0

    return run_alone(given, work)


def _new_profile(name: str, others: dict[str, Any]) -> Profile:
    """Raises InputError, also for a name that is taken: before a key is asked for."""
    from crmdesk.profiles.profile import Profile
    from crmdesk.profiles.store import ProfileStore

    fields: dict[str, Any] = {"reserve_percent": others["reserve"], "allow_hosts": tuple(others["allow_host"])}
    for field in ("kind", "color", "hourly_limit"):
        if others[field]:
            fields[field] = others[field]
    profile = Profile.new(name, **fields)
    if any(known.name.casefold() == profile.name.casefold() for known in ProfileStore().list()):
        raise InputError(
            f"There is a profile “{profile.name}” already.", subject="NAME", remedy="Choose another name, or remove it."
        )
    return profile


def _alias_and_key(alias: str) -> tuple[str, str]:
    """From the terminal, without an echo of the key, or from the first lines of standard input. Raises InputError."""
    if is_terminal(sys.stdin):
        alias = alias or str(click.prompt("Bundle alias (such as acme.myfreshworks.com)", err=True))
        return alias, str(click.prompt("API key", hide_input=True, err=True)).strip()
    lines = [line.strip() for line in (sys.stdin.read(LONGEST_INPUT) if sys.stdin else "").splitlines() if line.strip()]
    if not alias and len(lines) > 1:
        alias = lines.pop(0)
    if not alias:
        raise InputError(
            "The bundle alias is missing.", subject="--bundle-alias", remedy="Give it with --bundle-alias ADDRESS."
        )
    if not lines:
        raise InputError(
            "No API key came from standard input.",
            subject="API key",
            remedy="Pipe the key in, or run it in a terminal.",
        )
    return alias, lines[0]


async def _save(profile: Profile, typed: str, key: str, *, kind_given: bool) -> str:
    """Keyring first: without it nothing is written anywhere. The canonical address."""
    from dataclasses import replace

    from crmdesk.crm.address import parse_bundle_alias
    from crmdesk.crm.budget import UnlimitedBudget
    from crmdesk.crm.client import CrmClient
    from crmdesk.profiles.store import ProfileStore
    from crmdesk.profiles.vault import SecretItem, Vault

    address = parse_bundle_alias(typed, profile.allow_hosts)
    CrmClient(address, key, UnlimitedBudget())  # refuses what can't be a key
    if address.loopback and not kind_given:
        profile = replace(profile, kind="sandbox")
    vault, store = Vault(), ProfileStore()
    await vault.write(profile.id, SecretItem(address.url, key))
    try:
        store.add(profile)
    except BaseException:
        await vault.remove(profile.id)
        raise
    if store.last_used is None:
        store.use(profile.id)
    return address.url


@profiles.command()
@click.argument("name", required=False)
@with_account
def test(given: Given, name: str | None) -> int:
    """Ask the account whether address and key are right; without NAME, the account that a command would use."""

    async def work(out: Output, _: Interrupts) -> int:
        from crmdesk.cli.account import account_of, find_account
        from crmdesk.profiles.connection_test import check_connection
        from crmdesk.profiles.store import ProfileStore

        account = await (account_of(ProfileStore().named(name)) if name else find_account(given.profile, out))
        result = await check_connection(account.address, account.api_key)
        out.show(f"{account.name}: {result.message}")
        if result.remedy:
            out.say(result.remedy)
        code = Exit.DONE if result.ok else Exit.NO_CONNECTION
        out.done(
            {
                "profile": account.profile.name if account.profile else None,
                "address": account.address.url,
                "ok": result.ok,
                "verdict": result.verdict.value,
                "message": result.message,
                "remedy": result.remedy,
                "moved_to": result.moved_to,
                "exit": int(code),
            }
        )
        return code

    return run_alone(given, work)


@profiles.command()
@click.argument("name")
@click.option("--leave-key", is_flag=True, help="Remove the profile even if its key can't be taken from the keyring.")
@click.option("--yes", is_flag=True, help="Don't ask (nothing is asked: the profile is named).")
@with_account
def remove(given: Given, name: str, leave_key: bool, yes: bool) -> int:
    """Remove a profile, and its key from the keyring. The account's jobs stay."""

    async def work(out: Output, _: Interrupts) -> int:
        from crmdesk.profiles.store import ProfileStore
        from crmdesk.profiles.vault import Vault, remove_profile

        store: ProfileStore = ProfileStore()
        profile = store.named(name)
        await remove_profile(store, Vault(), profile.id, leave_item=leave_key)
        out.show(f"Removed “{profile.name}”.")
        out.done({"profile": profile.name, "removed": True})
        return 0

    return run_alone(given, work)
