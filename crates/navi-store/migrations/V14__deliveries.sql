-- How far the news of a request came on each device, and what each desktop can show, as the devices report it.
-- Bookkeeping beside the ledger: no row here can let anything run.
CREATE TABLE delivery (
  approval_id TEXT NOT NULL,
  device_id   TEXT NOT NULL,
  user_id     TEXT NOT NULL,
  changed_at  INTEGER NOT NULL,
  body        TEXT NOT NULL,
  PRIMARY KEY (approval_id, device_id)
) STRICT;
CREATE INDEX delivery_by_age ON delivery (changed_at);

CREATE TABLE device_desk (
  device_id TEXT PRIMARY KEY,
  user_id   TEXT NOT NULL,
  at        INTEGER NOT NULL,
  body      TEXT NOT NULL
) STRICT;
