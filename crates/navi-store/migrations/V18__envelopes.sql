-- Gates that are known by a key of their own, with how far the records they made without a server are known.
CREATE TABLE gates (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL,
  user_id TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.user') VIRTUAL
) STRICT;
CREATE INDEX gates_user ON gates (user_id);
CREATE TRIGGER gates_update BEFORE UPDATE ON gates
WHEN NEW.id <> OLD.id OR NEW.version <> OLD.version + 1
  OR NEW.body ->> '$.key' <> OLD.body ->> '$.key'
  OR NEW.body ->> '$.head.size' < OLD.body ->> '$.head.size'
BEGIN SELECT raise(ABORT, 'a gate keeps its key, and its records are only added to'); END;
CREATE TRIGGER gates_delete BEFORE DELETE ON gates
BEGIN SELECT raise(ABORT, 'gates are never deleted'); END;

-- Sealed envelopes: a bypass that was signed ahead of time, for one holder and one gate.
CREATE TABLE envelopes (
  id        TEXT PRIMARY KEY,
  version   INTEGER NOT NULL,
  body      TEXT NOT NULL,
  gate_id   TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.envelope.gate_id') VIRTUAL,
  not_after INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.envelope.not_after') VIRTUAL,
  status    TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.status') VIRTUAL
) STRICT;
CREATE INDEX envelopes_gate ON envelopes (gate_id, not_after);
CREATE INDEX envelopes_life ON envelopes (not_after);
CREATE TRIGGER envelopes_update BEFORE UPDATE ON envelopes
WHEN NEW.id <> OLD.id OR NEW.version <> OLD.version + 1 OR OLD.status = 'opened'
  OR NEW.body ->> '$.envelope' <> OLD.body ->> '$.envelope' OR NEW.body ->> '$.signature' <> OLD.body ->> '$.signature'
BEGIN SELECT raise(ABORT, 'an envelope is opened once and never rewritten'); END;
CREATE TRIGGER envelopes_delete BEFORE DELETE ON envelopes
BEGIN SELECT raise(ABORT, 'envelopes are never deleted'); END;
