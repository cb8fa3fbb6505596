-- The stop switch. `id` is `org`; one row holds every pause in force, so that a decision that was made before one
-- began cannot be committed after it.
CREATE TABLE freezes (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL
) STRICT;
CREATE TRIGGER freezes_update BEFORE UPDATE ON freezes
WHEN NEW.id <> OLD.id OR NEW.version <> OLD.version + 1
BEGIN SELECT raise(ABORT, 'freezes change one by one'); END;
CREATE TRIGGER freezes_delete BEFORE DELETE ON freezes
BEGIN SELECT raise(ABORT, 'freezes are never deleted'); END;

-- What runs now, and what was asked to stop.
CREATE INDEX governance_executions_started ON governance_executions (created_at) WHERE execution_result = 'started';
ALTER TABLE governance_executions ADD COLUMN stop_id TEXT GENERATED ALWAYS AS (body ->> '$.stop.freeze_id') VIRTUAL;
CREATE INDEX governance_executions_stop ON governance_executions (stop_id) WHERE stop_id IS NOT NULL;
