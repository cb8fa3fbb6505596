-- Full tiles of the Merkle tree (C2SP tlog-tiles): 256 hashes and their root. They never change, they make a proof cost a
-- few reads however long the log is, and they stay when payloads are pruned. The right edge is read from what is below.
CREATE TABLE ledger_tile (
  level  INTEGER NOT NULL CHECK (level BETWEEN 0 AND 7),
  idx    INTEGER NOT NULL,
  root   BLOB NOT NULL CHECK (length(root) = 32),
  hashes BLOB NOT NULL CHECK (length(hashes) = 8192),
  PRIMARY KEY (level, idx)
) STRICT;

CREATE TRIGGER ledger_tile_insert BEFORE INSERT ON ledger_tile
WHEN EXISTS (SELECT 1 FROM ledger_tile WHERE level = NEW.level AND idx = NEW.idx)
BEGIN SELECT raise(ABORT, 'tiles are never replaced'); END;
CREATE TRIGGER ledger_tile_update BEFORE UPDATE ON ledger_tile
BEGIN SELECT raise(ABORT, 'tiles never change'); END;
CREATE TRIGGER ledger_tile_delete BEFORE DELETE ON ledger_tile
BEGIN SELECT raise(ABORT, 'tiles are never deleted'); END;
