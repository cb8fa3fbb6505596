-- What pipelines elsewhere ask, until they have their answer: an outbox that survives the server.
CREATE TABLE pipeline_checks (
  id       TEXT PRIMARY KEY,
  version  INTEGER NOT NULL,
  body     TEXT NOT NULL,
  source   TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.source') VIRTUAL
           CHECK (source IN ('github', 'terraform')),
  slot     TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.slot') VIRTUAL,
  follows  TEXT    GENERATED ALWAYS AS (body ->> '$.follows') VIRTUAL,
  stage    TEXT    NOT NULL GENERATED ALWAYS AS (body ->> '$.stage') VIRTUAL
           CHECK (stage IN ('asked', 'waiting', 'answering', 'answered')),
  passed   INTEGER GENERATED ALWAYS AS (body ->> '$.answer.passed') VIRTUAL,
  run      TEXT    GENERATED ALWAYS AS (body ->> '$.answer.execution_id') VIRTUAL,
  asked_at INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.asked_at') VIRTUAL,
  CHECK ((stage IN ('asked', 'waiting')) = (passed IS NULL)),
  -- No credential outlives its answer.
  CHECK (stage <> 'answered' OR body ->> '$.credential' IS NULL)
) STRICT;
-- While one ask of a slot is open there is no other.
CREATE UNIQUE INDEX pipeline_checks_slot ON pipeline_checks (source, slot) WHERE stage <> 'answered';
CREATE INDEX pipeline_checks_open ON pipeline_checks (asked_at, id) WHERE stage <> 'answered';
CREATE INDEX pipeline_checks_follows ON pipeline_checks (follows) WHERE follows IS NOT NULL;
CREATE TRIGGER pipeline_checks_update BEFORE UPDATE ON pipeline_checks
WHEN NEW.id <> OLD.id OR NEW.version <> OLD.version + 1 OR NEW.source <> OLD.source OR NEW.slot <> OLD.slot
  OR (OLD.passed IS NOT NULL AND (NEW.passed IS NOT OLD.passed OR NEW.run IS NOT OLD.run))
  OR OLD.stage = 'answered'
BEGIN SELECT raise(ABORT, 'a pipeline gets one word'); END;
CREATE TRIGGER pipeline_checks_delete BEFORE DELETE ON pipeline_checks
BEGIN SELECT raise(ABORT, 'what pipelines asked is never deleted'); END;
