//! A copy that cannot be read any more: set aside whole, never deleted, and begun anew with what can still be read of
//! it. The queue and the record come from the server again; what only this console has are its votes and its memory.

use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use zeroize::Zeroizing;

use crate::clock::local_now;
use crate::{Identity, Replica, ReplicaError, db};

/// What became of a damaged copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rescue {
    /// Where it lies now, as it was.
    pub set_aside: PathBuf,
    /// Votes carried over; `None` when its outbox could not be read to the end.
    pub votes: Option<u64>,
}

/// Tables that no server can give back, each with its columns, by which rows are copied one at a time.
const KEPT: [(&str, &str); 9] = [
    (
        "outbox",
        "id, approval_id, device_seq, verdict, title, state, request, attempts, code, message, ledger_index, made_at",
    ),
    ("freeze_order", "n, id, request, state, code, message, freeze_id, made_at"),
    ("grant_revoke", "n, grant_id, covers, state, code, message, made_at"),
    ("snooze", "approval_id, until, made_at"),
    ("evidence", "found_at, fault, remembered, presented"),
    ("announced", "approval_id, digest"),
    ("delivery", "approval_id, digest, level, changed_at, reported_at, alerts, body"),
    ("held_reject", "approval_id, digest, due_at, policy_hash"),
    ("meta", "name, value"),
];

/// Where the copy stood in the stream and in the record is void: both are read anew.
const FORGOTTEN: &str = "DELETE FROM meta
    WHERE name IN ('cursor', 'probe', 'window_progress', 'hashed_note', 'last_verification')";

impl Replica {
    /// Sets the copy at `path` aside and opens an empty one in its place, with the votes, evidence and memory of the
    /// old one as far as they can be read, and with `identity` when the old one no longer tells it.
    ///
    /// # Errors
    /// [`ReplicaError`] when the old file cannot be moved or the new one not be made; the old one is then still there.
    pub fn rebuild(
        path: &Path,
        key: &Zeroizing<[u8; 32]>,
        identity: Option<&Identity>,
    ) -> Result<(Self, Rescue), ReplicaError> {
        let set_aside = set_aside(path)?;
        let fresh = db::open(path, key)?;
        let votes = db::unlocked(&set_aside, key).ok().and_then(|old| carry_over(&old, &fresh));
        fresh.execute(FORGOTTEN, []).map_err(db::failed("forget its cursor"))?;
        drop(fresh);
        let replica = Self::open(path, key)?;
        if let Some(identity) = identity.filter(|_| !matches!(replica.identity(), Ok(Some(_)))) {
            replica.set_identity(identity)?;
        }
        Ok((replica, Rescue { set_aside, votes }))
    }
}

/// Renames the file and its journals, so that what SQLite has not folded in yet stays beside it.
fn set_aside(path: &Path) -> Result<PathBuf, ReplicaError> {
    let with = |base: &Path, suffix: &str| {
        let mut name = base.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let aside = with(path, &format!(".damaged-{}", local_now()));
    for suffix in ["-wal", "-shm", ""] {
        match std::fs::rename(with(path, suffix), with(&aside, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(ReplicaError::SetAside(error));
            }
            _ => {}
        }
    }
    Ok(aside)
}

/// Copies what can be read; the number of votes, if the outbox was read to its end.
fn carry_over(old: &Connection, fresh: &Connection) -> Option<u64> {
    let mut votes = None;
    for (table, columns) in KEPT {
        let copied = copy(old, fresh, table, columns);
        if let Err(error) = &copied {
            tracing::warn!(%error, table, "a table of the damaged copy could not be read to its end");
        }
        if table == "outbox" {
            votes = copied.ok();
        }
    }
    votes
}

fn copy(old: &Connection, fresh: &Connection, table: &str, columns: &str) -> rusqlite::Result<u64> {
    let width = columns.split(',').count();
    let marks = vec!["?"; width].join(", ");
    let mut into = fresh.prepare(&format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})"))?;
    let mut from = old.prepare(&format!("SELECT {columns} FROM {table}"))?;
    let mut rows = from.query([])?;
    let mut copied = 0;
    while let Some(row) = rows.next()? {
        let values = (0..width).map(|i| row.get::<_, Value>(i)).collect::<rusqlite::Result<Vec<_>>>()?;
        copied += u64::try_from(into.execute(params_from_iter(values))?).unwrap_or(0);
    }
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trouble;

    fn key() -> Zeroizing<[u8; 32]> {
        Zeroizing::new([3; 32])
    }

    /// A copy with a vote in its outbox and a memory, and its bytes.
    fn copy_with_a_vote(path: &Path) -> Vec<u8> {
        let c = db::open(path, &key()).unwrap();
        db::set_meta(&c, "checkpoint", &"remembered").unwrap();
        db::set_meta(&c, "cursor", &"e:5").unwrap();
        c.execute(
            "INSERT INTO outbox (id, approval_id, device_seq, verdict, title, state, request, made_at)
             VALUES ('d-1', 'a', 1, 'reject', 'very-secret-title', 'unsent', '{}', 1)",
            [],
        )
        .unwrap();
        // Enough pages that one can be hit which holds no vote.
        c.execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
             INSERT INTO approval SELECT 'a' || i, 1, 'pending', 1, 1, hex(randomblob(400)) FROM n;
             PRAGMA wal_checkpoint(TRUNCATE);",
        )
        .unwrap();
        drop(c);
        std::fs::read(path).unwrap()
    }

    #[test]
    fn a_damaged_page_costs_no_vote_and_the_file_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("replica.db");
        let mut bytes = copy_with_a_vote(&path);
        let end = bytes.len();
        bytes[end - 4096 * 20..].fill(0xAA);
        std::fs::write(&path, &bytes).unwrap();
        let (replica, rescue) = Replica::rebuild(&path, &key(), None).unwrap();
        assert_eq!(rescue.votes, Some(1));
        assert_eq!(std::fs::read(&rescue.set_aside).unwrap().len(), bytes.len());
        let outbox = replica.outbox().unwrap();
        assert_eq!((outbox.len(), outbox[0].title.as_str()), (1, "very-secret-title"));
        assert_eq!(replica.watch().borrow().unsent, 1);
        let c = replica.db().unwrap();
        assert_eq!(db::meta::<String>(&c, "checkpoint").unwrap().as_deref(), Some("remembered"));
        assert_eq!(db::meta::<String>(&c, "cursor").unwrap(), None, "the snapshot is read anew");
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(11).any(|w| w == b"very-secret"), "in the clear");
        }
    }

    #[test]
    fn a_file_of_rubbish_is_damage_and_makes_way_for_an_empty_copy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("replica.db");
        let length = copy_with_a_vote(&path).len();
        std::fs::write(&path, vec![7; length]).unwrap();
        let refused = Replica::open(&path, &key()).err().unwrap();
        assert_eq!(refused.trouble(), Some(Trouble::Damaged));
        let (replica, rescue) = Replica::rebuild(&path, &key(), None).unwrap();
        assert_eq!((rescue.votes, replica.outbox().unwrap().len()), (None, 0));
        assert_eq!(std::fs::read(rescue.set_aside).unwrap(), vec![7; length]);
    }
}
