-- Bypasses that are asked for, in force or not reviewed. `id` is `org`; one row, so that two askers cannot both be first
-- and a decision that rests on one cannot be committed after it ended.
CREATE TABLE bypasses (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL
) STRICT;
CREATE TRIGGER bypasses_update BEFORE UPDATE ON bypasses
WHEN NEW.id <> OLD.id OR NEW.version <> OLD.version + 1
BEGIN SELECT raise(ABORT, 'bypasses change one by one'); END;
CREATE TRIGGER bypasses_delete BEFORE DELETE ON bypasses
BEGIN SELECT raise(ABORT, 'bypasses are never deleted'); END;
