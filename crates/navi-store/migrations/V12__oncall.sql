-- Who is on call, and whom a waiting request alerts. `id` is `org`; one row, so that two changes cannot mix.
CREATE TABLE oncall (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body    TEXT NOT NULL
) STRICT;
CREATE TRIGGER oncall_update BEFORE UPDATE ON oncall
WHEN NEW.id <> OLD.id OR NEW.version <> OLD.version + 1
BEGIN SELECT raise(ABORT, 'who is on call changes one by one'); END;
CREATE TRIGGER oncall_delete BEFORE DELETE ON oncall
BEGIN SELECT raise(ABORT, 'who is on call is never deleted'); END;
