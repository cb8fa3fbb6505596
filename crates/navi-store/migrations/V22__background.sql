-- What came before a request: the steps of its session, what became of each, and what its agent asked for lately.
ALTER TABLE governance_decisions ADD COLUMN session_id TEXT
  GENERATED ALWAYS AS (body ->> '$.action.session_id') VIRTUAL;
CREATE INDEX governance_decisions_session ON governance_decisions (session_id) WHERE session_id IS NOT NULL;
ALTER TABLE governance_executions ADD COLUMN decision_id TEXT
  GENERATED ALWAYS AS (body ->> '$.decision_id') VIRTUAL;
CREATE INDEX governance_executions_decision ON governance_executions (decision_id);
CREATE INDEX governance_approvals_by_agent ON governance_approvals (agent, created_at) WHERE agent IS NOT NULL;
