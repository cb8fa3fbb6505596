-- The approver's offline copy. The whole file is encrypted (SQLCipher).
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Approvals as the server last showed them.
CREATE TABLE approval (
    id         TEXT PRIMARY KEY,
    version    INTEGER NOT NULL,
    status     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    view       TEXT NOT NULL
) STRICT;
CREATE INDEX approval_by_status ON approval (status, expires_at);

-- Ledger entries that passed by on the stream.
CREATE TABLE entry (
    seq       INTEGER PRIMARY KEY,
    leaf_hash BLOB NOT NULL,
    body      TEXT NOT NULL
) STRICT;

-- Votes signed here. A row is durable before anybody is told that the vote exists.
CREATE TABLE outbox (
    id           TEXT PRIMARY KEY,
    approval_id  TEXT NOT NULL,
    device_seq   INTEGER NOT NULL UNIQUE,
    verdict      TEXT NOT NULL,
    title        TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('unsent', 'sending', 'recorded', 'needs_you', 'withdrawn', 'dismissed')),
    request      TEXT NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    code         TEXT,
    message      TEXT,
    ledger_index INTEGER,
    made_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_by_approval ON outbox (approval_id);

-- Which approvals were announced, so that a restart does not announce them again.
CREATE TABLE announced (
    approval_id TEXT NOT NULL,
    digest      TEXT NOT NULL,
    PRIMARY KEY (approval_id, digest)
) STRICT;

-- Signed notes that contradict each other: evidence, never deleted.
CREATE TABLE evidence (
    found_at   INTEGER NOT NULL,
    fault      TEXT NOT NULL,
    remembered TEXT NOT NULL,
    presented  TEXT NOT NULL
) STRICT;
