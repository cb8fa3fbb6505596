-- Plans that people approve once, while they run. A row's id is its own execution's.
CREATE TABLE governance_plans (
  id       TEXT PRIMARY KEY,
  version  INTEGER NOT NULL,
  body     TEXT NOT NULL,
  user_id  TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.user') VIRTUAL,
  status   TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.status') VIRTUAL
           CHECK (status IN ('running', 'deviated', 'succeeded', 'failed', 'unknown', 'revoked')),
  -- Mandatory: there is no plan without an end, nor without a bound of its runs.
  expires_at INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.expires_at') VIRTUAL,
  max_runs   INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.plan.budget.runs') VIRTUAL,
  runs       INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.runs') VIRTUAL,
  ended_at   INTEGER GENERATED ALWAYS AS (body ->> '$.ended_at') VIRTUAL
) STRICT;
CREATE INDEX governance_plans_open ON governance_plans (user_id) WHERE ended_at IS NULL;
CREATE TRIGGER governance_plans_update BEFORE UPDATE ON governance_plans
WHEN NEW.id <> OLD.id OR NEW.version <> OLD.version + 1 OR NEW.runs < OLD.runs OR NEW.expires_at > OLD.expires_at
  OR (OLD.status IN ('succeeded', 'failed') AND NEW.status <> OLD.status)
BEGIN SELECT raise(ABORT, 'a plan ends once and gets no more than was approved'); END;
CREATE TRIGGER governance_plans_delete BEFORE DELETE ON governance_plans
BEGIN SELECT raise(ABORT, 'plans are never deleted'); END;

-- Nobody knew how a run ended, and then somebody does: that is the one end that is not final.
DROP TRIGGER governance_executions_update;
CREATE TRIGGER governance_executions_update BEFORE UPDATE ON governance_executions
WHEN NEW.id <> OLD.id OR NEW.seq <> OLD.seq OR NEW.permit_id <> OLD.permit_id OR NEW.version <> OLD.version + 1
  OR (OLD.execution_result NOT IN ('started', 'unknown') AND NEW.execution_result <> OLD.execution_result)
  OR (OLD.execution_result = 'unknown' AND NEW.execution_result = 'started')
BEGIN SELECT raise(ABORT, 'an execution ends once'); END;
