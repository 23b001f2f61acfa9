"""The journal's tables, as named migrations in the order in which they are made."""

from __future__ import annotations

import sqlite3

_FIRST = """
CREATE TABLE jobs(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL,
  parent INTEGER REFERENCES jobs(id),
  created_at TEXT NOT NULL, started_at TEXT, finished_at TEXT,
  read_at TEXT,                 -- our clock, when its rows were last read
  waiting_until TEXT, note TEXT NOT NULL DEFAULT '',
  seconds REAL NOT NULL DEFAULT 0,
  intent TEXT NOT NULL DEFAULT '{}',   -- what was asked for, as JSON
  scope TEXT NOT NULL DEFAULT '{}'     -- by module: the views that cover it, their total, the newest time read
);
CREATE TABLE changes(
  job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  module TEXT NOT NULL, record INTEGER, local TEXT, label TEXT NOT NULL DEFAULT '',
  op TEXT NOT NULL, field TEXT NOT NULL DEFAULT '',
  before TEXT,                  -- JSON; NULL is not loaded
  after TEXT,                   -- JSON; NULL is not decided yet
  read_updated TEXT,            -- the record's updated_at when it was read
  step INTEGER, ever_sent INTEGER NOT NULL DEFAULT 0,
  wanted INTEGER NOT NULL DEFAULT 0, seen TEXT,   -- a sweep's question and answer
  outcome TEXT, message TEXT NOT NULL DEFAULT '', settled_at TEXT,
  PRIMARY KEY(job, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX change_of_record ON changes(job, module, record, field) WHERE record IS NOT NULL;
CREATE INDEX change_of_step ON changes(job, step);
CREATE TABLE steps(
  job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  no INTEGER NOT NULL, phase INTEGER NOT NULL DEFAULT 0,
  way TEXT NOT NULL, module TEXT NOT NULL, target TEXT,  -- JSON, where all its records get the same
  state TEXT NOT NULL, background TEXT,
  sends INTEGER NOT NULL DEFAULT 0, lost_at TEXT, sent_at TEXT, accepted_at TEXT, settled_at TEXT,
  message TEXT NOT NULL DEFAULT '',
  PRIMARY KEY(job, no)
) WITHOUT ROWID;
CREATE INDEX step_of_state ON steps(job, state, phase, no);
CREATE TABLE requests(
  job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  kind TEXT NOT NULL, planned INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(job, kind)
) WITHOUT ROWID;
CREATE TABLE costs(
  job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  module TEXT NOT NULL, records INTEGER NOT NULL, read INTEGER NOT NULL, write INTEGER NOT NULL,
  follow INTEGER NOT NULL, way TEXT NOT NULL,
  PRIMARY KEY(job, module)
) WITHOUT ROWID;
CREATE TABLE left_out(
  job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  module TEXT NOT NULL, reason TEXT NOT NULL, records INTEGER NOT NULL,
  PRIMARY KEY(job, module, reason)
) WITHOUT ROWID;
CREATE TABLE tally(
  job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  owner TEXT NOT NULL, records INTEGER NOT NULL,
  PRIMARY KEY(job, owner)
) WITHOUT ROWID;
CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL, learned_at TEXT NOT NULL) WITHOUT ROWID;
"""


def first_tables(connection: sqlite3.Connection) -> None:
    """Version 1."""
    for statement in _FIRST.split(";\n"):
        if statement.strip():
            connection.execute(statement)


_EVERY_OPERATION = """
ALTER TABLE changes ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE changes ADD COLUMN key TEXT;
ALTER TABLE changes ADD COLUMN theirs TEXT;
ALTER TABLE changes ADD COLUMN result INTEGER;
ALTER TABLE changes ADD COLUMN candidates TEXT;
CREATE INDEX change_by_record ON changes(module, record) WHERE record IS NOT NULL;
CREATE INDEX change_by_local ON changes(job, local) WHERE local IS NOT NULL;
CREATE INDEX change_by_result ON changes(module, result) WHERE result IS NOT NULL;
"""


def every_operation(connection: sqlite3.Connection) -> None:
    """Version 2: records are also created, cloned, deleted, restored and forgotten, and edits may collide.

    kind: what a value means, by which it is compared and encoded; of a creation, by field as JSON. key: the unique
    field of a creation in bulk, the source of a clone. theirs: JSON, what somebody else wrote meanwhile, as long as
    the person has not decided. result: the id of the record that was made. candidates: JSON, records that a lost
    creation may have become.
    """
    for statement in _EVERY_OPERATION.split(";\n"):
        if statement.strip():
            connection.execute(statement)


_SIZES = (  # rows of the table, then rows for each more column of the index that is given
    ("changes", "changes", "1000000 50000 1"),
    ("changes", "change_of_record", "1000000 50000 20000 2 1"),
    ("changes", "change_of_step", "1000000 50000 100"),
    ("changes", "change_by_record", "1000000 200000 4"),
    ("changes", "change_by_local", "1000000 50000 1"),
    ("changes", "change_by_result", "1000000 200000 1"),
    ("steps", "steps", "20000 1000 1"),
    ("steps", "step_of_state", "20000 1000 400 300 1"),
)


def sizes(connection: sqlite3.Connection) -> None:
    """Version 3: how big a plan may be, since SQLite takes a job for ten rows and reads it whole for each step.

    The figures are guesses (https://www.sqlite.org/fileformat2.html#stat1tab); measuring would lag behind.
    """
    connection.execute("ANALYZE sqlite_schema")
    connection.execute("DELETE FROM sqlite_stat1")
    connection.executemany("INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES(?,?,?)", _SIZES)


MIGRATIONS = (first_tables, every_operation, sizes)
