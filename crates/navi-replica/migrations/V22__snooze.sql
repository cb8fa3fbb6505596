-- Requests that this person put off here (or wants to hear of again: until is null) and that the server does not know yet.
CREATE TABLE snooze (
    approval_id TEXT PRIMARY KEY,
    until       INTEGER,
    made_at     INTEGER NOT NULL
) STRICT;
