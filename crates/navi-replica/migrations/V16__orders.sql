-- Stops ordered here. A row is durable before anybody is told that the order exists.
CREATE TABLE freeze_order (
    n         INTEGER PRIMARY KEY AUTOINCREMENT,
    id        TEXT NOT NULL UNIQUE,
    request   TEXT NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('unsent', 'sending', 'recorded', 'needs_you', 'withdrawn', 'dismissed')),
    code      TEXT,
    message   TEXT,
    freeze_id TEXT,
    made_at   INTEGER NOT NULL
) STRICT;
