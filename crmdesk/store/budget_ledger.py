"""The ledger of an account's requests, in SQLite, shared by every process on it: counts and rules, no waiting.

Grants are counted in buckets of five seconds over a rolling hour, which can't exceed the CRM's limit wherever its own
hour begins. What the answers' headers tell corrects the count, so that other integrations' requests are seen too.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from crmdesk.crm.budget import Lane, RateHeaders

HOUR = 3600.0
MINUTE = 60.0
BUCKET = 5
# A grant may be used, and its request reach the CRM, this many seconds after it was counted.
LATENESS = 15.0
HOLDER_SECONDS = 60.0
PERSON_SECONDS = 3.0
PROBE_SECONDS = 60.0
BLIND_PROBE_SECONDS = 300.0
LONGEST_BACK_OFF = HOUR


def reserve_of(limit: int, limits: Limits) -> int:
    """The requests of an hour that are kept for others; one is always left to us."""
    return min(limit * limits.reserve_percent // 100, max(0, limit - 1))


def create(connection: sqlite3.Connection) -> None:
    """The first version of the file."""
    connection.execute("CREATE TABLE spent (bucket INTEGER PRIMARY KEY, count INTEGER NOT NULL)")
    connection.execute(
        "CREATE TABLE holders"
        " (id TEXT PRIMARY KEY, held INTEGER NOT NULL, person_until REAL NOT NULL, seen REAL NOT NULL)"
    )
    connection.execute(
        "CREATE TABLE account (id INTEGER PRIMARY KEY CHECK (id = 1), told_limit INTEGER, adjusted INTEGER NOT NULL,"
        " server_used INTEGER NOT NULL, reset_at REAL, told_at REAL NOT NULL, probed_at REAL NOT NULL,"
        " blocked_until REAL NOT NULL, strikes INTEGER NOT NULL)"
    )
    connection.execute("INSERT INTO account VALUES (1, NULL, 0, 0, NULL, 0, 0, 0, 0)")


@dataclass(frozen=True, slots=True)
class Limits:
    """The account's limits as the person set them: an hour's requests, the share kept back, a minute's requests."""

    limit: int
    reserve_percent: int
    minute_limit: int | None


@dataclass(slots=True)
class News:
    """What one process learned since it last looked into the ledger."""

    headers: RateHeaders | None = None
    unused: dict[int, int] = field(default_factory=dict)  # grants given back, by bucket
    refused: bool = False  # a 429
    retry_at: float | None = None  # from Retry-After
    answered: bool = False  # something else than a 429


@dataclass(frozen=True, slots=True)
class Standing:
    """The ledger after a look into it; times in seconds since the epoch, 0 or None where there is none."""

    limit: int
    reserved: int
    used: int
    usable: int
    minute_limit: int | None
    minute_used: int
    blocked_until: float
    renews_at: float | None
    next_at: float  # when it is worth asking again, if nothing is usable
    granted: int = 0
    bucket: int = 0


def look(
    connection: sqlite3.Connection,
    limits: Limits,
    now: float,
    *,
    holder: str,
    stock: int = 0,
    unanswered: int = 0,
    news: News,
    want: int = 0,
    lane: Lane = Lane.JOB,
) -> Standing:
    """Writes down the news, and grants up to `want` requests if the limits allow (inside one transaction).

    `stock` is what the process holds unused, `unanswered` what is under way; a person who gets nothing keeps the
    jobs of all processes back for some seconds.
    """
    for bucket, count in news.unused.items():
        connection.execute("UPDATE spent SET count = max(0, count - ?) WHERE bucket = ?", (count, bucket))
    connection.execute("DELETE FROM spent WHERE bucket < ?", (int(now - 2 * HOUR) // BUCKET,))
    _hold(connection, holder, stock + unanswered, now)
    account = connection.execute("SELECT * FROM account").fetchone()
    account = _learn(connection, account, limits, news, stock, now)
    standing = _standing(connection, account, limits, now)
    if want <= 0 or (lane is Lane.JOB and _person_waits(connection, holder, now)):
        return standing
    standing = _grant(connection, account, standing, want, holder, now)
    if lane is Lane.PERSON:
        person_until = 0.0 if standing.granted else now + PERSON_SECONDS
        connection.execute("UPDATE holders SET person_until = ? WHERE id = ?", (person_until, holder))
    return standing


def leave(connection: sqlite3.Connection, holder: str, unused: dict[int, int]) -> None:
    """Gives back what a process did not use, and forgets the process."""
    for bucket, count in unused.items():
        connection.execute("UPDATE spent SET count = max(0, count - ?) WHERE bucket = ?", (count, bucket))
    connection.execute("DELETE FROM holders WHERE id = ?", (holder,))


def _hold(connection: sqlite3.Connection, holder: str, held: int, now: float) -> None:
    connection.execute(
        "INSERT INTO holders VALUES (?, ?, 0, ?) ON CONFLICT (id) DO UPDATE"
        " SET held = excluded.held, seen = excluded.seen",
        (holder, held, now),
    )
    connection.execute("DELETE FROM holders WHERE seen < ?", (now - HOLDER_SECONDS,))


def _person_waits(connection: sqlite3.Connection, holder: str, now: float) -> bool:
    row = connection.execute(
        "SELECT 1 FROM holders WHERE id <> ? AND person_until > ? LIMIT 1", (holder, now)
    ).fetchone()
    return row is not None


def _learn(
    connection: sqlite3.Connection,
    account: sqlite3.Row,
    limits: Limits,
    news: News,
    stock: int,
    now: float,
) -> sqlite3.Row:
    """Brings the account's row up to date with headers and refusals."""
    if account["told_at"] and now - account["told_at"] > HOUR:
        connection.execute("UPDATE account SET adjusted = 0, server_used = 0, reset_at = NULL, told_at = 0")
        account = connection.execute("SELECT * FROM account").fetchone()
    if news.headers is not None and not _is_past(news.headers, account):
        _learn_headers(connection, account, limits, news.headers, stock, now)
        account = connection.execute("SELECT * FROM account").fetchone()
    if news.refused:
        _learn_refusal(connection, account, limits, news, now)
    elif news.answered and account["strikes"] and now >= account["blocked_until"]:
        connection.execute("UPDATE account SET strikes = 0")
    else:
        return account
    fresh: sqlite3.Row = connection.execute("SELECT * FROM account").fetchone()
    return fresh


def _is_past(told: RateHeaders, account: sqlite3.Row) -> bool:
    """Whether the headers are of an hour that ended before the one already known of."""
    known = account["reset_at"]
    return told.reset_at is not None and known is not None and told.reset_at < known - BUCKET


def _learn_headers(
    connection: sqlite3.Connection,
    account: sqlite3.Row,
    limits: Limits,
    told: RateHeaders,
    stock: int,
    now: float,
) -> None:
    """The CRM's count is right except for what is under way: ours is moved into that range."""
    limit = told.limit or account["told_limit"] or limits.limit
    adjusted, server_used = account["adjusted"], account["server_used"]
    reset_at = told.reset_at
    if told.remaining is not None:
        used_there = max(0, limit - told.remaining)
        held = connection.execute("SELECT coalesce(sum(held), 0) FROM holders").fetchone()[0]
        # The news is up to a second old: what was granted lately may be answered by now and not be in it.
        outstanding = max(held, _spent_since(connection, now - LATENESS))
        own = _spent_since(connection, now - HOUR - LATENESS)
        adjusted = min(max(own + adjusted, used_there + stock), used_there + outstanding) - own
        known = account["reset_at"]
        same_hour = reset_at is not None and known is not None and abs(reset_at - known) <= BUCKET
        server_used = max(server_used, used_there) if same_hour else used_there
        reset_at = known if same_hour else reset_at
    connection.execute(
        "UPDATE account SET told_limit = ?, adjusted = ?, server_used = ?, reset_at = ?, told_at = ?",
        (told.limit or account["told_limit"], adjusted, server_used, reset_at, now),
    )


def _learn_refusal(
    connection: sqlite3.Connection, account: sqlite3.Row, limits: Limits, news: News, now: float
) -> None:
    """A 429 outranks every count: nothing is sent until the CRM will take it again."""
    strikes, until = account["strikes"], account["blocked_until"]
    if until <= now:  # those that were under way when the block began are the same refusal
        strikes += 1
    told_lately = account["reset_at"] is not None and account["told_at"] >= now - BUCKET
    limit = account["told_limit"] or limits.limit
    if news.retry_at is not None:
        wanted = news.retry_at
    elif told_lately and account["server_used"] >= limit and account["reset_at"] > now:
        wanted = account["reset_at"]
    elif told_lately and strikes <= 1:
        wanted = now + MINUTE - now % MINUTE
    else:
        wanted = now + min(MINUTE * 2 ** (strikes - 1), LONGEST_BACK_OFF)
    if until > now and news.retry_at is None:
        wanted = until
    connection.execute("UPDATE account SET blocked_until = ?, strikes = ?", (max(wanted, until), min(strikes, 20)))


def _spent_since(connection: sqlite3.Connection, since: float) -> int:
    row = connection.execute(
        "SELECT coalesce(sum(count), 0) FROM spent WHERE bucket >= ?", (int(since) // BUCKET,)
    ).fetchone()
    return int(row[0])


def _standing(connection: sqlite3.Connection, account: sqlite3.Row, limits: Limits, now: float) -> Standing:
    limit = int(account["told_limit"] or limits.limit)
    reserved = reserve_of(limit, limits)
    own = _spent_since(connection, now - HOUR - LATENESS)
    used = max(0, own + account["adjusted"])
    reset_at = account["reset_at"]
    if reset_at is not None and now < reset_at:
        used = max(used, account["server_used"])
    usable = max(0, limit - reserved - used)
    minute_used = 0
    if limits.minute_limit is not None:
        minute_used = _spent_since(connection, now - MINUTE - LATENESS)
        usable = min(usable, max(0, limits.minute_limit - minute_used))
    blocked_until = float(account["blocked_until"])
    expires = _oldest_ends(connection, HOUR, now)
    renews_at = reset_at if reset_at is not None and reset_at > now else expires
    next_at = now
    if blocked_until > now:
        usable, next_at = 0, blocked_until
    elif usable == 0:
        short_of_minute = limits.minute_limit is not None and limit - reserved > used
        next_at = (_oldest_ends(connection, MINUTE, now) if short_of_minute else renews_at) or now
    return Standing(limit, reserved, used, usable, limits.minute_limit, minute_used, blocked_until, renews_at, next_at)


def _oldest_ends(connection: sqlite3.Connection, span: float, now: float) -> float | None:
    """When the oldest grant that still counts for `span` seconds no longer does."""
    oldest = connection.execute(
        "SELECT min(bucket) FROM spent WHERE count > 0 AND bucket >= ?",
        (int(now - span - LATENESS) // BUCKET,),
    ).fetchone()[0]
    return None if oldest is None else float((oldest + 1) * BUCKET + span + LATENESS)


def _grant(
    connection: sqlite3.Connection, account: sqlite3.Row, standing: Standing, want: int, holder: str, now: float
) -> Standing:
    share = max(1, standing.usable // 10)  # near the end, one process must not sit on what another needs
    granted = min(want, share, standing.usable)
    if granted == 0 and _may_probe(account, standing, now):
        granted = 1
        connection.execute("UPDATE account SET probed_at = ?", (now,))
    bucket = int(now) // BUCKET
    if granted:
        connection.execute(
            "INSERT INTO spent VALUES (?, ?) ON CONFLICT (bucket) DO UPDATE SET count = count + excluded.count",
            (bucket, granted),
        )
        connection.execute("UPDATE holders SET held = held + ? WHERE id = ?", (granted, holder))
    return Standing(
        standing.limit,
        standing.reserved,
        standing.used + granted,
        max(0, standing.usable - granted),
        standing.minute_limit,
        standing.minute_used + granted,
        standing.blocked_until,
        standing.renews_at,
        standing.next_at,
        granted,
        bucket,
    )


def _may_probe(account: sqlite3.Row, standing: Standing, now: float) -> bool:
    """When the CRM's hour has renewed but our rolling one has not, one request finds out how it stands."""
    reset_at, probed_at = account["reset_at"], account["probed_at"]
    if standing.blocked_until > now:
        return False
    if standing.minute_limit is not None and standing.minute_used >= standing.minute_limit:
        return False
    if reset_at is None:
        return bool(account["adjusted"] > 0 and probed_at < now - BLIND_PROBE_SECONDS)
    return bool(now >= reset_at and probed_at < max(reset_at, now - PROBE_SECONDS))
