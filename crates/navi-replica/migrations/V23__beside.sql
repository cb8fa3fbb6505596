-- What only reading one request tells, and the stream does not: who was told of it, and what was written about it.
CREATE TABLE beside (
    approval_id TEXT PRIMARY KEY REFERENCES approval (id) ON DELETE CASCADE,
    -- Server time when it was so.
    at          INTEGER NOT NULL,
    body        TEXT NOT NULL
) STRICT;
