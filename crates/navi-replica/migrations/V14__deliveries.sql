-- How far the news of each request came on this device; `reported_at` is the newest step that the server has.
CREATE TABLE delivery (
    approval_id TEXT NOT NULL,
    digest      TEXT NOT NULL,
    level       TEXT NOT NULL,
    changed_at  INTEGER NOT NULL,
    reported_at INTEGER NOT NULL DEFAULT 0,
    -- How many of the request's alerts that name this person were told.
    alerts      INTEGER NOT NULL DEFAULT 0,
    body        TEXT NOT NULL,
    PRIMARY KEY (approval_id, digest, level)
) STRICT;
CREATE INDEX delivery_unreported ON delivery (changed_at) WHERE changed_at > reported_at;

-- Rejections pressed in a notification that can still be taken back.
CREATE TABLE held_reject (
    approval_id TEXT PRIMARY KEY,
    digest      TEXT NOT NULL,
    due_at      INTEGER NOT NULL
) STRICT;
