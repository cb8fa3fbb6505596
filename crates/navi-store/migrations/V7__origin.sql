-- Ledgers that were closed when a new origin began. Their entries stand in the archive beside the database; their leaf
-- hashes stay here, so that a console that knew one can still be shown that what it saw was kept. 256 hashes a row.
CREATE TABLE closed_ledger (
  origin    TEXT PRIMARY KEY,
  size      INTEGER NOT NULL,
  closed_at INTEGER NOT NULL
) STRICT;
CREATE TABLE closed_leaf (
  origin TEXT NOT NULL REFERENCES closed_ledger (origin),
  idx    INTEGER NOT NULL,
  hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
  PRIMARY KEY (origin, idx)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER closed_ledger_insert BEFORE INSERT ON closed_ledger
WHEN EXISTS (SELECT 1 FROM closed_ledger WHERE origin = NEW.origin)
BEGIN SELECT raise(ABORT, 'a ledger is closed once'); END;
CREATE TRIGGER closed_ledger_update BEFORE UPDATE ON closed_ledger
BEGIN SELECT raise(ABORT, 'closed ledgers never change'); END;
CREATE TRIGGER closed_ledger_delete BEFORE DELETE ON closed_ledger
BEGIN SELECT raise(ABORT, 'closed ledgers are never forgotten'); END;
CREATE TRIGGER closed_leaf_update BEFORE UPDATE ON closed_leaf
BEGIN SELECT raise(ABORT, 'closed ledgers never change'); END;
CREATE TRIGGER closed_leaf_delete BEFORE DELETE ON closed_leaf
BEGIN SELECT raise(ABORT, 'closed ledgers are never forgotten'); END;
