-- What decisions rest on beside the action: settings, texts, grants, delegations, proposals; and what policies are
-- tried out on.

-- `id` is `org`; one row.
CREATE TABLE org_settings (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL
) STRICT;

-- `id` is `guardrails` or `catalogue`; the text as the organisation saved it.
CREATE TABLE guardrails (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL
) STRICT;

-- `id` is `default`, `repo:NAME` or `user:NAME`.
CREATE TABLE risk_settings (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL
) STRICT;

CREATE TABLE grants (
  id          TEXT PRIMARY KEY,
  version     INTEGER NOT NULL,
  body        TEXT NOT NULL,
  user_id     TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.user') VIRTUAL,
  approval_id TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.approval_id') VIRTUAL
              REFERENCES governance_approvals (id),
  -- Mandatory: there is no grant without an end.
  expires_at  INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.expires_at') VIRTUAL,
  revoked_at  INTEGER GENERATED ALWAYS AS (body ->> '$.revoked_at') VIRTUAL
) STRICT;
CREATE INDEX grants_user ON grants (user_id, expires_at);

CREATE TABLE delegations (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL,
  ends_at INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.ends_at') VIRTUAL
) STRICT;
CREATE INDEX delegations_ends ON delegations (ends_at);

CREATE TABLE proposals (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL,
  status  TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.status') VIRTUAL
) STRICT;
CREATE INDEX proposals_open ON proposals (status) WHERE status = 'open';

-- The memory of rejections: same effect, same session. NULL where the agent named no session.
ALTER TABLE governance_approvals ADD COLUMN effect_key TEXT;
CREATE INDEX governance_approvals_rejected ON governance_approvals (effect_key) WHERE status = 'rejected';
ALTER TABLE governance_approvals ADD COLUMN agent TEXT;
CREATE INDEX governance_approvals_agent ON governance_approvals (agent) WHERE status = 'pending';

-- What a policy is tried out on: the few features of a decision that a policy looks at, small enough that a hundred
-- thousand of them are read at once.
ALTER TABLE governance_decisions ADD COLUMN features TEXT;

CREATE TRIGGER grants_update BEFORE UPDATE ON grants
WHEN NEW.id <> OLD.id OR NEW.approval_id <> OLD.approval_id OR NEW.version <> OLD.version + 1
  OR NEW.expires_at > OLD.expires_at OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NULL)
BEGIN SELECT raise(ABORT, 'a grant only ends sooner'); END;
CREATE TRIGGER grants_insert BEFORE INSERT ON grants
WHEN EXISTS (SELECT 1 FROM grants WHERE id = NEW.id)
BEGIN SELECT raise(ABORT, 'grants are never replaced'); END;
CREATE TRIGGER grants_delete BEFORE DELETE ON grants
BEGIN SELECT raise(ABORT, 'grants are never deleted'); END;
CREATE TRIGGER delegations_delete BEFORE DELETE ON delegations
BEGIN SELECT raise(ABORT, 'delegations are never deleted'); END;
CREATE TRIGGER proposals_update BEFORE UPDATE ON proposals
WHEN NEW.id <> OLD.id OR NEW.version <> OLD.version + 1 OR (OLD.status <> 'open' AND NEW.status <> OLD.status)
BEGIN SELECT raise(ABORT, 'a proposal is decided once'); END;
CREATE TRIGGER proposals_delete BEFORE DELETE ON proposals
BEGIN SELECT raise(ABORT, 'proposals are never deleted'); END;
