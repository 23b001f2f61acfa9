"""What every command is given: the account's profile and whether the answer is JSON. Options of all commands."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Given:
    """`profile`: the name after --profile; `as_json`: --json was given."""

    profile: str | None = None
    as_json: bool = False


def with_account(command: F) -> F:
    """Adds --profile and --json to a command; it gets them, or those given before its name, as its first argument."""

    @click.option("--profile", metavar="NAME", help="The saved account to use.")
    @click.option("--json", "as_json", is_flag=True, help="The last line on standard output is one JSON object.")
    @click.pass_context
    @functools.wraps(command)
    def asked(ctx: click.Context, /, *args: Any, profile: str | None, as_json: bool, **others: Any) -> Any:
        before = ctx.obj if isinstance(ctx.obj, Given) else Given()
        given = Given(profile or before.profile, as_json or before.as_json)
        ctx.obj = given
        return command(given, *args, **others)

    return asked  # type: ignore[return-value]
