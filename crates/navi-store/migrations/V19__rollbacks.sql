-- Rollbacks, one row each; columns as the specification names them. An execution's `rollback_id` names its way back.
CREATE TABLE governance_rollbacks (
  seq          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  version      INTEGER NOT NULL,
  org_id       TEXT NOT NULL,
  body         TEXT NOT NULL,
  execution_id TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.execution_id') VIRTUAL
               REFERENCES governance_executions (id),
  user_id      TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.user') VIRTUAL,
  action_type  TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.action_type') VIRTUAL,
  rollback_id  TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.capture.id') VIRTUAL,
  place        TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.capture.place') VIRTUAL,
  status       TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.status') VIRTUAL
               CHECK (status IN ('planning', 'rehearsed', 'refused', 'decided', 'started', 'succeeded', 'failed',
                                 'unknown')),
  success      INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.status' = 'succeeded') VIRTUAL,
  artifacts    TEXT    GENERATED ALWAYS AS (body -> '$.outcome') VIRTUAL,
  created_at   INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.requested_at') VIRTUAL
) STRICT;
CREATE INDEX governance_rollbacks_execution ON governance_rollbacks (execution_id);
CREATE INDEX governance_rollbacks_open ON governance_rollbacks (place, status)
  WHERE status IN ('planning', 'decided', 'started');
CREATE TRIGGER governance_rollbacks_insert BEFORE INSERT ON governance_rollbacks
WHEN EXISTS (SELECT 1 FROM governance_rollbacks WHERE id = NEW.id OR seq = NEW.seq)
BEGIN SELECT raise(ABORT, 'rollbacks are never replaced'); END;
CREATE TRIGGER governance_rollbacks_update BEFORE UPDATE ON governance_rollbacks
WHEN NEW.id <> OLD.id OR NEW.seq <> OLD.seq OR NEW.execution_id <> OLD.execution_id OR NEW.version <> OLD.version + 1
  OR (OLD.status IN ('rehearsed', 'refused', 'succeeded', 'failed') AND NEW.status <> OLD.status)
BEGIN SELECT raise(ABORT, 'a rollback ends once'); END;
CREATE TRIGGER governance_rollbacks_delete BEFORE DELETE ON governance_rollbacks
BEGIN SELECT raise(ABORT, 'rollbacks are never deleted'); END;

-- What has a way back.
CREATE INDEX governance_executions_rollback ON governance_executions (rollback_id) WHERE rollback_id IS NOT NULL;
