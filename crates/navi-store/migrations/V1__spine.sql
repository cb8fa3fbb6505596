-- The spine: state tables (a projection of the ledger), the ledger, and the rows that make requests idempotent.
--
-- A state row is its JSON `body`; the columns that people and indexes need are generated from it, so that they cannot
-- disagree with it. Instants are UTC microseconds, scores integer thousandths. No row of a governed table is ever
-- deleted, and the triggers also stop `INSERT OR REPLACE`, which skips delete triggers unless recursive_triggers is on.

CREATE TABLE governance_decisions (
  seq         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  version     INTEGER NOT NULL,
  org_id      TEXT NOT NULL,
  body        TEXT NOT NULL,
  user_id     TEXT    GENERATED ALWAYS AS (body ->> '$.action.on_behalf_of') VIRTUAL,
  action_type TEXT    GENERATED ALWAYS AS (body ->> '$.action.action_type') VIRTUAL,
  repo        TEXT    GENERATED ALWAYS AS (body ->> '$.action.repo') VIRTUAL,
  digest      TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.digest') VIRTUAL,
  decision    TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.decision.verdict') VIRTUAL
              CHECK (decision IN ('AUTO', 'APPROVAL', 'BLOCKED')),
  risk_score  INTEGER GENERATED ALWAYS AS (body ->> '$.assessment.score') VIRTUAL,
  explanation TEXT    GENERATED ALWAYS AS (body -> '$.decision.reasons') VIRTUAL,
  context     TEXT    GENERATED ALWAYS AS (body -> '$.action') VIRTUAL,
  created_at  INTEGER GENERATED ALWAYS AS (body ->> '$.created_at') VIRTUAL
) STRICT;

-- What lists filter by and does not stand in the approval itself is copied from its decision when it is inserted.
-- State, level and person are stored, because an index over generated columns never spares SQLite the row.
CREATE TABLE governance_approvals (
  seq         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  version     INTEGER NOT NULL,
  org_id      TEXT NOT NULL,
  user_id     TEXT NOT NULL,
  status      TEXT NOT NULL
              CHECK (status IN ('pending', 'approved', 'rejected', 'expired', 'superseded', 'cancelled')),
  level       TEXT NOT NULL,
  action_type TEXT NOT NULL,
  repo        TEXT,
  resubmission_key TEXT NOT NULL,
  body        TEXT NOT NULL,
  decision_id TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.decision_id') VIRTUAL
              REFERENCES governance_decisions (id),
  digest      TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.digest') VIRTUAL,
  approver_id TEXT    GENERATED ALWAYS AS (body ->> '$.votes[#-1].user') VIRTUAL,
  context     TEXT    GENERATED ALWAYS AS (body) VIRTUAL,
  created_at  INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.created_at') VIRTUAL,
  expires_at  INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.expires_at') VIRTUAL,
  updated_at  INTEGER GENERATED ALWAYS AS (coalesce(body ->> '$.ended_at', body ->> '$.created_at')) VIRTUAL,
  CHECK (user_id = body ->> '$.requester' AND status = body ->> '$.status' AND level = body ->> '$.level')
) STRICT;
-- One column each: the row's seq follows it, so that the newest of a state or person come first without sorting.
CREATE INDEX governance_approvals_status ON governance_approvals (status);
CREATE INDEX governance_approvals_user ON governance_approvals (user_id);
CREATE INDEX governance_approvals_open ON governance_approvals (user_id, resubmission_key) WHERE status = 'pending';
CREATE INDEX governance_approvals_due ON governance_approvals (expires_at) WHERE status = 'pending';

CREATE TABLE governance_votes (
  approval_id TEXT NOT NULL REFERENCES governance_approvals (id),
  device_id   TEXT NOT NULL,
  device_seq  INTEGER NOT NULL,
  user_id     TEXT NOT NULL,
  vote        BLOB NOT NULL,
  signature   BLOB NOT NULL,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (approval_id, device_id, device_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE permits (
  id          TEXT PRIMARY KEY,
  version     INTEGER NOT NULL,
  body        TEXT NOT NULL,
  decision_id TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.decision_id') VIRTUAL
              REFERENCES governance_decisions (id),
  approval_id TEXT    GENERATED ALWAYS AS (body ->> '$.approval_id') VIRTUAL REFERENCES governance_approvals (id),
  digest      TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.digest') VIRTUAL,
  status      TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.status') VIRTUAL
              CHECK (status IN ('issued', 'redeemed', 'expired', 'revoked')),
  expires_at  INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.expires_at') VIRTUAL
) STRICT;
CREATE UNIQUE INDEX permits_approval ON permits (approval_id) WHERE approval_id IS NOT NULL;
CREATE INDEX permits_due ON permits (expires_at) WHERE status = 'issued';

CREATE TABLE governance_executions (
  seq         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  version     INTEGER NOT NULL,
  org_id      TEXT NOT NULL,
  body        TEXT NOT NULL,
  permit_id   TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.permit_id') VIRTUAL REFERENCES permits (id),
  user_id     TEXT    GENERATED ALWAYS AS (body ->> '$.user') VIRTUAL,
  action_type TEXT    GENERATED ALWAYS AS (body ->> '$.action_type') VIRTUAL,
  repo        TEXT    GENERATED ALWAYS AS (body ->> '$.repo') VIRTUAL,
  execution_result TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.status') VIRTUAL
              CHECK (execution_result IN ('started', 'succeeded', 'failed', 'unknown')),
  artifacts   TEXT    GENERATED ALWAYS AS (body -> '$.artifacts') VIRTUAL,
  rollback_id TEXT    GENERATED ALWAYS AS (body ->> '$.rollback_id') VIRTUAL,
  created_at  INTEGER GENERATED ALWAYS AS (body ->> '$.started_at') VIRTUAL,
  ended_at    INTEGER GENERATED ALWAYS AS (body ->> '$.finished_at') VIRTUAL
) STRICT;
CREATE UNIQUE INDEX governance_executions_permit ON governance_executions (permit_id);
CREATE INDEX governance_executions_failed ON governance_executions (repo, ended_at) WHERE execution_result = 'failed';

-- `id` is the canonical JSON of the scope.
CREATE TABLE autonomy_policies (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL
) STRICT;

CREATE TABLE users (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL
) STRICT;

CREATE TABLE devices (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL,
  user_id TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.user') VIRTUAL
) STRICT;
CREATE INDEX devices_user ON devices (user_id);

-- `hash` is the SHA-256 (hex) of the credential; `id` its public name.
CREATE TABLE tokens (
  hash    TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL,
  id      TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.id') VIRTUAL
) STRICT;
CREATE UNIQUE INDEX tokens_id ON tokens (id);

CREATE TABLE invites (
  hash    TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL,
  id      TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.id') VIRTUAL
) STRICT;
CREATE UNIQUE INDEX invites_id ON invites (id);

CREATE TABLE idempotency (
  token_id       TEXT NOT NULL,
  key            TEXT NOT NULL,
  request_sha256 TEXT NOT NULL,
  status         INTEGER NOT NULL,
  body           TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (token_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE ledger_entry (
  idx       INTEGER PRIMARY KEY,
  leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),
  leaf      BLOB NOT NULL CHECK (length(leaf) <= 65535),
  kind      TEXT NOT NULL,
  at        INTEGER NOT NULL
) STRICT;
CREATE INDEX ledger_entry_kind ON ledger_entry (kind);

-- Personal data stands here only: erasing it leaves every proof valid.
CREATE TABLE ledger_payload (
  idx          INTEGER PRIMARY KEY REFERENCES ledger_entry (idx),
  payload      BLOB NOT NULL,
  nonce        BLOB NOT NULL CHECK (length(nonce) = 32),
  actor        TEXT NOT NULL,
  on_behalf_of TEXT
) STRICT;
CREATE INDEX ledger_payload_actor ON ledger_payload (actor);
CREATE INDEX ledger_payload_on_behalf_of ON ledger_payload (on_behalf_of) WHERE on_behalf_of IS NOT NULL;

-- Which entries name an id, as subject or as link.
CREATE TABLE ledger_link (
  id         TEXT NOT NULL,
  idx        INTEGER NOT NULL REFERENCES ledger_entry (idx),
  is_subject INTEGER NOT NULL,
  PRIMARY KEY (id, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_head (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  org      TEXT NOT NULL,
  origin   TEXT NOT NULL,
  epoch    TEXT NOT NULL,
  size     INTEGER NOT NULL,
  root     BLOB NOT NULL CHECK (length(root) = 32),
  frontier BLOB NOT NULL,
  at       INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger_checkpoint (
  size       INTEGER PRIMARY KEY,
  note       TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER ledger_entry_next BEFORE INSERT ON ledger_entry
WHEN NEW.idx IS NOT coalesce((SELECT max(idx) + 1 FROM ledger_entry), 0)
BEGIN SELECT raise(ABORT, 'ledger entries are appended, never replaced'); END;
CREATE TRIGGER ledger_entry_update BEFORE UPDATE ON ledger_entry
BEGIN SELECT raise(ABORT, 'ledger entries never change'); END;
CREATE TRIGGER ledger_entry_delete BEFORE DELETE ON ledger_entry
BEGIN SELECT raise(ABORT, 'ledger entries are never deleted'); END;

CREATE TRIGGER ledger_payload_insert BEFORE INSERT ON ledger_payload
WHEN EXISTS (SELECT 1 FROM ledger_payload WHERE idx = NEW.idx)
BEGIN SELECT raise(ABORT, 'payloads are never replaced'); END;
CREATE TRIGGER ledger_payload_update BEFORE UPDATE ON ledger_payload
BEGIN SELECT raise(ABORT, 'payloads never change'); END;
CREATE TRIGGER ledger_payload_delete BEFORE DELETE ON ledger_payload
BEGIN SELECT raise(ABORT, 'payloads are never deleted'); END;

CREATE TRIGGER ledger_checkpoint_insert BEFORE INSERT ON ledger_checkpoint
WHEN EXISTS (SELECT 1 FROM ledger_checkpoint WHERE size >= NEW.size)
BEGIN SELECT raise(ABORT, 'checkpoints only grow'); END;
CREATE TRIGGER ledger_checkpoint_update BEFORE UPDATE ON ledger_checkpoint
BEGIN SELECT raise(ABORT, 'checkpoints never change'); END;
CREATE TRIGGER ledger_checkpoint_delete BEFORE DELETE ON ledger_checkpoint
BEGIN SELECT raise(ABORT, 'checkpoints are never deleted'); END;

CREATE TRIGGER ledger_head_insert BEFORE INSERT ON ledger_head
WHEN EXISTS (SELECT 1 FROM ledger_head)
BEGIN SELECT raise(ABORT, 'a ledger has one head'); END;
CREATE TRIGGER ledger_head_update BEFORE UPDATE ON ledger_head
WHEN NEW.size < OLD.size OR NEW.at < OLD.at OR NEW.org <> OLD.org OR NEW.one <> 1
BEGIN SELECT raise(ABORT, 'the head only moves forward'); END;
CREATE TRIGGER ledger_head_delete BEFORE DELETE ON ledger_head
BEGIN SELECT raise(ABORT, 'the head is never deleted'); END;

CREATE TRIGGER governance_votes_insert BEFORE INSERT ON governance_votes
WHEN EXISTS (SELECT 1 FROM governance_votes
             WHERE approval_id = NEW.approval_id AND device_id = NEW.device_id AND device_seq = NEW.device_seq)
BEGIN SELECT raise(ABORT, 'votes are never replaced'); END;
CREATE TRIGGER governance_votes_update BEFORE UPDATE ON governance_votes
BEGIN SELECT raise(ABORT, 'votes never change'); END;
CREATE TRIGGER governance_votes_delete BEFORE DELETE ON governance_votes
BEGIN SELECT raise(ABORT, 'votes are never deleted'); END;

CREATE TRIGGER governance_decisions_insert BEFORE INSERT ON governance_decisions
WHEN EXISTS (SELECT 1 FROM governance_decisions WHERE id = NEW.id OR seq = NEW.seq)
BEGIN SELECT raise(ABORT, 'decisions are never replaced'); END;
CREATE TRIGGER governance_decisions_update BEFORE UPDATE ON governance_decisions
WHEN NEW.id <> OLD.id OR NEW.seq <> OLD.seq OR NEW.digest <> OLD.digest OR NEW.decision <> OLD.decision
  OR NEW.version <> OLD.version + 1
BEGIN SELECT raise(ABORT, 'a decision keeps its verdict and digest'); END;
CREATE TRIGGER governance_decisions_delete BEFORE DELETE ON governance_decisions
BEGIN SELECT raise(ABORT, 'decisions are never deleted'); END;

CREATE TRIGGER governance_approvals_insert BEFORE INSERT ON governance_approvals
WHEN EXISTS (SELECT 1 FROM governance_approvals WHERE id = NEW.id OR seq = NEW.seq)
BEGIN SELECT raise(ABORT, 'approvals are never replaced'); END;
CREATE TRIGGER governance_approvals_update BEFORE UPDATE ON governance_approvals
WHEN NEW.id <> OLD.id OR NEW.seq <> OLD.seq OR NEW.digest <> OLD.digest OR NEW.version <> OLD.version + 1
  OR (OLD.status <> 'pending' AND NEW.status <> OLD.status)
BEGIN SELECT raise(ABORT, 'final states are final'); END;
CREATE TRIGGER governance_approvals_delete BEFORE DELETE ON governance_approvals
BEGIN SELECT raise(ABORT, 'approvals are never deleted'); END;

CREATE TRIGGER permits_insert BEFORE INSERT ON permits
WHEN EXISTS (SELECT 1 FROM permits WHERE id = NEW.id OR approval_id = NEW.approval_id)
BEGIN SELECT raise(ABORT, 'permits are never replaced'); END;
CREATE TRIGGER permits_update BEFORE UPDATE ON permits
WHEN NEW.id <> OLD.id OR NEW.digest <> OLD.digest OR NEW.version <> OLD.version + 1
  OR (OLD.status <> 'issued' AND NEW.status <> OLD.status)
BEGIN SELECT raise(ABORT, 'a permit is used once'); END;
CREATE TRIGGER permits_delete BEFORE DELETE ON permits
BEGIN SELECT raise(ABORT, 'permits are never deleted'); END;

CREATE TRIGGER governance_executions_insert BEFORE INSERT ON governance_executions
WHEN EXISTS (SELECT 1 FROM governance_executions WHERE id = NEW.id OR seq = NEW.seq OR permit_id = NEW.permit_id)
BEGIN SELECT raise(ABORT, 'executions are never replaced'); END;
CREATE TRIGGER governance_executions_update BEFORE UPDATE ON governance_executions
WHEN NEW.id <> OLD.id OR NEW.seq <> OLD.seq OR NEW.permit_id <> OLD.permit_id OR NEW.version <> OLD.version + 1
  OR (OLD.execution_result <> 'started' AND NEW.execution_result <> OLD.execution_result)
BEGIN SELECT raise(ABORT, 'an execution ends once'); END;
CREATE TRIGGER governance_executions_delete BEFORE DELETE ON governance_executions
BEGIN SELECT raise(ABORT, 'executions are never deleted'); END;
