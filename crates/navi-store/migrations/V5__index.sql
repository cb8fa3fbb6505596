-- What is read from the ledger for searching and counting: made after the commit by a job that follows the log, so that
-- a decision never waits for it. Nothing rests on it; it can be made again from the entries.

-- How far the job has come: the next index it reads. `purge` asks it to squeeze removed words out of the index.
CREATE TABLE audit_index (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  next  INTEGER NOT NULL,
  purge INTEGER NOT NULL
) STRICT;
INSERT INTO audit_index (one, next, purge) VALUES (1, 0, 0);

-- One row per entry: its words and one opaque word per facet. The texts themselves are not kept again.
CREATE VIRTUAL TABLE audit_text USING fts5 (
  words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);

-- Counters per UTC day. `repo`: empty for all together, `r:NAME` for one, `r:` for what has none.
CREATE TABLE insight_daily (
  repo    TEXT NOT NULL,
  day     INTEGER NOT NULL,
  measure TEXT NOT NULL,
  key     TEXT NOT NULL,
  n       INTEGER NOT NULL,
  PRIMARY KEY (repo, day, measure, key)
) STRICT, WITHOUT ROWID;

-- What is erased beside the ledger is not found by its words any more.
CREATE TRIGGER ledger_payload_erased AFTER DELETE ON ledger_payload
BEGIN
  DELETE FROM audit_text WHERE rowid = OLD.idx;
  UPDATE audit_index SET purge = 1;
END;
