-- The hashes of every leaf, as tlog-tiles cuts them: the signed root can be rebuilt without the entries.
CREATE TABLE leaf_tile (
    n      INTEGER PRIMARY KEY,
    -- 1 to 256 hashes of 32 bytes.
    hashes BLOB NOT NULL,
    -- Their root when they came, to locate what changes here later.
    root   BLOB NOT NULL
) STRICT;

-- What kept entries are searched by.
ALTER TABLE entry ADD COLUMN at INTEGER GENERATED ALWAYS AS (body ->> '$.at') VIRTUAL;
ALTER TABLE entry ADD COLUMN kind TEXT GENERATED ALWAYS AS (body ->> '$.kind') VIRTUAL;
ALTER TABLE entry ADD COLUMN action TEXT GENERATED ALWAYS AS (
    CASE body ->> '$.kind' WHEN 'decision' THEN body ->> '$.subject'
    ELSE coalesce(body ->> '$.links.action_id', body ->> '$.links.decision_id') END
) VIRTUAL;
CREATE INDEX entry_by_at ON entry (at);
CREATE INDEX entry_by_action ON entry (action, seq);
