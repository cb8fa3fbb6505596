-- Witnesses of the ledger and what they cosigned. Bookkeeping beside the ledger: no row here can let anything run.
CREATE TABLE witness (
  vkey      TEXT PRIMARY KEY,
  -- The console's device; none for a foreign witness.
  device_id TEXT,
  joined_at INTEGER NOT NULL,
  last_size INTEGER NOT NULL,
  last_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger_cosignature (
  size INTEGER NOT NULL REFERENCES ledger_checkpoint (size),
  vkey TEXT NOT NULL REFERENCES witness (vkey),
  line TEXT NOT NULL,
  at   INTEGER NOT NULL,
  PRIMARY KEY (size, vkey)
) STRICT;

CREATE TRIGGER witness_back BEFORE UPDATE ON witness
WHEN NEW.last_size < OLD.last_size OR NEW.vkey IS NOT OLD.vkey OR NEW.device_id IS NOT OLD.device_id
BEGIN SELECT raise(ABORT, 'a witness only goes forward'); END;
CREATE TRIGGER witness_delete BEFORE DELETE ON witness
BEGIN SELECT raise(ABORT, 'witnesses are never forgotten'); END;
CREATE TRIGGER ledger_cosignature_insert BEFORE INSERT ON ledger_cosignature
WHEN EXISTS (SELECT 1 FROM ledger_cosignature WHERE size = NEW.size AND vkey = NEW.vkey)
BEGIN SELECT raise(ABORT, 'cosignatures are never replaced'); END;
CREATE TRIGGER ledger_cosignature_update BEFORE UPDATE ON ledger_cosignature
BEGIN SELECT raise(ABORT, 'cosignatures never change'); END;
CREATE TRIGGER ledger_cosignature_delete BEFORE DELETE ON ledger_cosignature
BEGIN SELECT raise(ABORT, 'cosignatures are never deleted'); END;
