-- Erased payloads: which entry erased which. Leaves, hashes and tiles stay, so that every proof stays valid. A payload
-- can only be deleted in the transaction that names it here, and what is named here stays named.
CREATE TABLE ledger_erasure (
  idx    INTEGER PRIMARY KEY REFERENCES ledger_entry (idx),
  erased INTEGER NOT NULL REFERENCES ledger_entry (idx),
  CHECK (erased > idx)
) STRICT;
CREATE TRIGGER ledger_erasure_insert BEFORE INSERT ON ledger_erasure
WHEN EXISTS (SELECT 1 FROM ledger_erasure WHERE idx = NEW.idx)
  OR NOT EXISTS (SELECT 1 FROM ledger_entry WHERE idx = NEW.erased AND kind IN ('payloads_erased', 'payloads_pruned'))
BEGIN SELECT raise(ABORT, 'only an erasing entry erases'); END;
CREATE TRIGGER ledger_erasure_update BEFORE UPDATE ON ledger_erasure
BEGIN SELECT raise(ABORT, 'erasures never change'); END;
CREATE TRIGGER ledger_erasure_delete BEFORE DELETE ON ledger_erasure
BEGIN SELECT raise(ABORT, 'erasures are never forgotten'); END;

DROP TRIGGER ledger_payload_delete;
CREATE TRIGGER ledger_payload_delete BEFORE DELETE ON ledger_payload
WHEN NOT EXISTS (SELECT 1 FROM ledger_erasure WHERE idx = OLD.idx)
BEGIN SELECT raise(ABORT, 'payloads are never deleted'); END;
