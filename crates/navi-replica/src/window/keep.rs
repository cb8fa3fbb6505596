//! What comes into the window and what falls out, each batch in one transaction with how far it got.

use std::collections::BTreeMap;

use navi_domain::{UtcMicros, erasure};
use navi_ledger::tile::WIDTH;
use navi_ledger::tree::root_of;
use navi_protocol::audit::AuditEntry;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{ALWAYS, Progress, Window};
use crate::db::{self, failed};
use crate::queue::{self, as_sql};
use crate::{Replica, ReplicaError};

impl Replica {
    /// Keeps the hashes of tiles; with the note, once all of its hashes are here.
    pub(crate) fn keep_tiles(
        &self,
        tiles: &[(u64, Vec<[u8; 32]>)],
        complete: Option<&str>,
    ) -> Result<(), ReplicaError> {
        let mut db = self.db()?;
        let tx = db.transaction().map_err(failed("begin"))?;
        for (n, hashes) in tiles {
            tx.prepare_cached(
                "INSERT INTO leaf_tile (n, hashes, root) VALUES (?1, ?2, ?3)
                 ON CONFLICT (n) DO UPDATE SET hashes = ?2, root = ?3 WHERE length(?2) > length(hashes)",
            )
            .and_then(|mut s| s.execute(params![as_sql(*n), hashes.as_flattened(), root_of(hashes)]))
            .map_err(failed("keep leaf hashes"))?;
        }
        if let Some(note) = complete {
            db::set_meta(&tx, "hashed_note", &note)?;
        }
        tx.commit().map_err(failed("commit leaf hashes"))
    }

    /// The leaf hashes of a range, as far as they lie here.
    pub(crate) fn leaf_hashes(&self, first: u64, end: u64) -> Result<Vec<[u8; 32]>, ReplicaError> {
        let tiles: Vec<(i64, Vec<u8>)> = self
            .db()?
            .prepare_cached("SELECT n, hashes FROM leaf_tile WHERE n >= ?1 AND n <= ?2 ORDER BY n")
            .and_then(|mut s| {
                let range = params![as_sql(first / WIDTH), as_sql(end / WIDTH)];
                s.query_map(range, |r| Ok((r.get(0)?, r.get(1)?)))?.collect()
            })
            .map_err(failed("read leaf hashes"))?;
        let mut found = Vec::new();
        for (n, bytes) in tiles {
            let (hashes, _) = bytes.as_chunks::<32>();
            let begin = u64::try_from(n).unwrap_or_default() * WIDTH;
            found.extend((begin..).zip(hashes).filter(|(i, _)| (first..end).contains(i)).map(|(_, h)| *h));
        }
        Ok(found)
    }

    pub(crate) fn set_progress(&self, progress: &Progress) -> Result<(), ReplicaError> {
        db::set_meta(&*self.db()?, "window_progress", progress)
    }

    /// Whether every entry of a range lies here already (they came by on the stream).
    pub(crate) fn holds_all(&self, first: u64, end: u64) -> Result<bool, ReplicaError> {
        let found: i64 = self
            .db()?
            .prepare_cached("SELECT count(*) FROM entry WHERE seq >= ?1 AND seq < ?2")
            .and_then(|mut s| s.query_row(params![as_sql(first), as_sql(end)], |r| r.get(0)))
            .map_err(failed("be counted"))?;
        Ok(found == as_sql(end - first))
    }

    /// Looks at the entries of a range: keeps those of the window, applies what they erase, and remembers how far it got.
    pub(crate) fn keep_range(
        &self,
        window: &Window,
        range: (u64, u64),
        fetched: &[AuditEntry],
        progress: &Progress,
    ) -> Result<(), ReplicaError> {
        let mut db = self.db()?;
        let tx = db.transaction().map_err(failed("begin"))?;
        for entry in fetched {
            keep_entry(&tx, entry)?;
        }
        drop_other_repos(&tx, window, range)?;
        db::set_meta(&tx, "window_progress", progress)?;
        tx.commit().map_err(failed("commit the window"))
    }

    /// Drops what is older than the window, also requests that ended before it.
    pub(crate) fn drop_older(&self, since: UtcMicros) -> Result<usize, ReplicaError> {
        let mut db = self.db()?;
        let tx = db.transaction().map_err(failed("begin"))?;
        let dropped = tx
            .prepare_cached(
                "DELETE FROM entry WHERE at < ?1 AND kind NOT IN (SELECT value FROM json_each(?2))",
            )
            .and_then(|mut s| s.execute(params![since, always()]))
            .map_err(failed("drop old entries"))?;
        tx.prepare_cached(
            "DELETE FROM approval WHERE status <> 'pending' AND created_at < ?1
             AND id NOT IN (SELECT approval_id FROM outbox WHERE state IN ('unsent', 'sending', 'needs_you'))",
        )
        .and_then(|mut s| s.execute([since]))
        .map_err(failed("drop old requests"))?;
        tx.commit().map_err(failed("commit the window"))?;
        Ok(dropped)
    }
}

/// Keeps an entry as the server shows it now; one that erases is applied to what lies here.
fn keep_entry(tx: &Connection, entry: &AuditEntry) -> Result<(), ReplicaError> {
    queue::keep_entry(tx, entry)?;
    if let Some(erased) = entry.links.get(erasure::LINK).and_then(|text| erasure::parse_ranges(text)) {
        queue::forget_payloads(tx, &erased)?;
    }
    // It may lie here from before its payload was erased.
    if entry.payload.is_none() {
        queue::forget_payloads(tx, &[(entry.index, entry.index)])?;
    }
    Ok(())
}

/// Drops entries of a range that belong to actions in other repositories.
fn drop_other_repos(tx: &Connection, window: &Window, range: (u64, u64)) -> Result<(), ReplicaError> {
    if window.repos.is_empty() {
        return Ok(());
    }
    let rows: Vec<(i64, String)> = tx
        .prepare_cached(
            "SELECT seq, action FROM entry WHERE seq >= ?1 AND seq < ?2 AND action IS NOT NULL
             AND kind NOT IN (SELECT value FROM json_each(?3))",
        )
        .and_then(|mut s| {
            s.query_map(params![as_sql(range.0), as_sql(range.1), always()], |r| Ok((r.get(0)?, r.get(1)?)))?
                .collect()
        })
        .map_err(failed("be read"))?;
    let mut repos: BTreeMap<String, bool> = BTreeMap::new();
    for (seq, action) in rows {
        let wanted = match repos.get(&action) {
            Some(known) => *known,
            None => {
                let repo = repo_of(tx, &action)?;
                let wanted = repo.is_some_and(|repo| window.repos.contains(&repo));
                repos.insert(action, wanted);
                wanted
            }
        };
        if !wanted {
            tx.prepare_cached("DELETE FROM entry WHERE seq = ?1")
                .and_then(|mut s| s.execute([seq]))
                .map_err(failed("drop an entry"))?;
        }
    }
    Ok(())
}

/// The repository of an action, if the decision about it lies here and names one.
fn repo_of(tx: &Connection, action: &str) -> Result<Option<String>, ReplicaError> {
    tx.prepare_cached(
        "SELECT (body ->> '$.payload') ->> '$.action.repo' FROM entry WHERE action = ?1 AND kind = 'decision'",
    )
    .and_then(|mut s| s.query_row([action], |r| r.get(0)).optional())
    .map(Option::flatten)
    .map_err(failed("be read"))
}

/// [`ALWAYS`], as SQL reads it.
fn always() -> String {
    serde_json::json!(ALWAYS).to_string()
}

/// What tests of this folder need of a copy.
#[cfg(test)]
pub(super) mod for_tests {
    use navi_domain::people::DeviceClass;

    use crate::{Identity, Replica};

    /// Enrols a copy without a server.
    pub(in crate::window) fn set_identity(replica: &Replica, origin: &str, vkey: &str, class: DeviceClass) {
        let device = serde_json::json!({"id": "dev-1", "user": "ana", "name": "desk", "class": class, "shared": false,
            "vote_key": "", "ceiling": "critical", "last_seq": 0, "enrolled_at": 0});
        let identity = Identity {
            server_url: String::new(),
            org: "acme".into(),
            user: "ana".into(),
            role: "approver".into(),
            device: serde_json::from_value(device).unwrap(),
            origin: origin.into(),
            ledger_vkey: vkey.into(),
        };
        replica.set_identity(&identity).unwrap();
    }
}
