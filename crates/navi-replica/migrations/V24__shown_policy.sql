-- Under which policy what is being rejected was shown; it is signed with the vote.
ALTER TABLE held_reject ADD COLUMN policy_hash TEXT NOT NULL DEFAULT '';
UPDATE held_reject SET policy_hash =
    coalesce((SELECT view ->> '$.policy_hash' FROM approval WHERE approval.id = held_reject.approval_id), '');
