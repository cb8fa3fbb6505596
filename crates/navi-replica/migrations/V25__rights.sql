-- Grants taken back here. A row is durable before anybody is told that the order exists.
CREATE TABLE grant_revoke (
    n        INTEGER PRIMARY KEY AUTOINCREMENT,
    grant_id TEXT NOT NULL UNIQUE,
    covers   TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('unsent', 'sending', 'recorded', 'needs_you', 'withdrawn', 'dismissed')),
    code     TEXT,
    message  TEXT,
    made_at  INTEGER NOT NULL
) STRICT;
