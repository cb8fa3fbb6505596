//! Verifying what lies here, without network: signature, tree, leaves, commitments, instants, votes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use navi_domain::review::Review;
use navi_ledger::checkpoint::{Checkpoint, Verifier};
use navi_ledger::tree::{Frontier, leaf_hash, root_of};
use navi_ledger::{Hash, commitment};
use navi_protocol::audit::AuditEntry;
use rusqlite::{Connection, OptionalExtension as _};

use super::outcome::{Fault, Verdict, Verification, sentence};
use crate::db::{self, failed};
use crate::queue::as_sql;
use crate::{Identity, Replica, ReplicaError};

/// Entries between two looks at the clock and at whether to go on.
const STEP: u64 = 4096;

/// Hears how far a verification got, and may end it.
#[derive(Clone, Copy)]
pub struct Watched<'a> {
    /// Called with (done, total) every few thousand entries, and at the end.
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
    /// Set it, and the verification ends.
    pub cancelled: &'a AtomicBool,
}

impl Watched<'_> {
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// Why a verification has no result, or a bad one.
pub(super) enum Stop {
    Cancelled,
    Fault(Fault),
    Replica(ReplicaError),
}

impl From<ReplicaError> for Stop {
    fn from(error: ReplicaError) -> Self {
        Self::Replica(error)
    }
}

impl<F: Into<Fault>> From<F> for Stop {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// The root over the first leaves, as far as anybody asks for it.
pub(super) struct Roots {
    pub(super) root: Hash,
    /// At the size that was asked for.
    pub(super) earlier: Option<Hash>,
}

impl Replica {
    /// Verifies the copy. Blocks for as long as that takes; reads over a connection of its own, so that the queue goes on.
    /// `None`: it was cancelled.
    ///
    /// # Errors
    /// [`ReplicaError`] when the copy cannot be read; what does not hold is no error but the result.
    pub fn verify_window(&self, watched: Watched<'_>) -> Result<Option<Verification>, ReplicaError> {
        let started = Instant::now();
        let Some(identity) = self.identity()? else { return Err(ReplicaError::Unreadable("identity")) };
        let mut result = Verification {
            verdict: Verdict::Broken,
            headline: String::new(),
            sentences: Vec::new(),
            place: None,
            origin: identity.origin.clone(),
            size: 0,
            root: String::new(),
            vkey: identity.ledger_vkey.clone(),
            kept: 0,
            at: 0,
            millis: 0,
        };
        match self.verify(&identity, watched, &mut result) {
            Ok(()) => {}
            Err(Stop::Cancelled) => return Ok(None),
            Err(Stop::Replica(error)) => return Err(error),
            Err(Stop::Fault(fault)) => {
                result.verdict = Verdict::Broken;
                result.headline = fault.headline();
                result.sentences = vec![sentence(fault.message)];
                result.place = fault.place;
            }
        }
        result.at = self.server_now();
        result.millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        db::set_meta(&*self.db()?, "last_verification", &result)?;
        self.changed(|_| {});
        Ok(Some(result))
    }

    fn verify(
        &self,
        identity: &Identity,
        watched: Watched<'_>,
        result: &mut Verification,
    ) -> Result<(), Stop> {
        let c = self.reader()?;
        // One snapshot for the whole verification, whatever the sync writes meanwhile.
        c.execute_batch("BEGIN").map_err(failed("begin"))?;
        let pinned = Verifier::from_vkey(&identity.ledger_vkey)
            .map_err(|e| Fault::general(format!("the pinned key is unreadable: {e}")))?;
        let note: Option<String> = db::meta(&c, "hashed_note")?;
        let note = note.ok_or(ReplicaError::NothingYet)?;
        let signed = open(&note, &pinned, identity, "the checkpoint")?;
        let newest: Option<String> = db::meta(&c, "checkpoint")?;
        let newest = match newest {
            Some(note) => open(&note, &pinned, identity, "the newest checkpoint")?,
            None => signed.clone(),
        };
        let cosigned: Option<String> = db::meta(&c, "cosigned_note")?;
        let cosigned = match cosigned {
            Some(note) => Some((open(&note, &pinned, identity, "the cosigned checkpoint")?, note)),
            None => None,
        };
        let earlier = cosigned.as_ref().map(|(at, _)| at.size).filter(|size| *size <= signed.size);
        let entries: i64 = c
            .query_row("SELECT count(*) FROM entry WHERE seq < ?1", [as_sql(signed.size)], |r| r.get(0))
            .map_err(failed("be counted"))?;
        let total = signed.size + u64::try_from(entries).unwrap_or(0);
        (result.size, result.root) = (signed.size, hex::encode(signed.root));

        let roots = roots(&c, signed.size, earlier, watched, total)?;
        if roots.root != signed.root {
            let message = "the leaf hashes kept here do not have the signed root";
            return Err(Fault::within(0, signed.size, message).into());
        }
        let mut told = vec![
            format!(
                "The checkpoint over {} entries is signed by the pinned key {}",
                signed.size,
                pinned.name()
            ),
            format!("all {} leaf hashes kept here have the signed root {}", signed.size, result.root),
        ];
        if newest.size > signed.size {
            told.push(format!(
                "the hashes of the newest {} entries are not here yet",
                newest.size - signed.size
            ));
        }
        if let (Some((at, note)), Some(root)) = (&cosigned, roots.earlier) {
            if root != at.root {
                let message = "the first entries kept here do not have the root that witnesses cosigned";
                return Err(Fault::within(0, at.size, message).into());
            }
            let others = self.others_behind(note, &identity.device.id)?;
            told.push(format!("{others} other witnesses stand behind the first {} entries", at.size));
        }
        let mut review = Review::default();
        let kept = leaves(&c, &signed, watched, total, &mut review)?;
        result.kept = kept;
        let left_out = signed.size - kept;
        let found = review.finish(left_out > 0)?;
        told.push(format!(
            "{kept} entries are kept whole; each hashes to its leaf, and instants never go back"
        ));
        told.extend(found.sentences());
        if left_out > 0 {
            told.push(format!("of {left_out} entries outside the window only the hashes are here"));
        }
        (watched.progress)(total, total);
        result.verdict = if left_out > 0 { Verdict::Partial } else { Verdict::Whole };
        result.headline = match left_out {
            0 => format!("Whole: all {} entries hold", signed.size),
            _ => format!("Holds: {kept} entries of the window, in the signed tree of {}", signed.size),
        };
        result.sentences = told.into_iter().map(sentence).collect();
        Ok(())
    }

    /// A second, reading connection to the copy.
    pub(super) fn reader(&self) -> Result<Connection, ReplicaError> {
        db::reader(&self.shared.path, &self.shared.key)
    }
}

pub(super) fn open(
    note: &str,
    pinned: &Verifier,
    identity: &Identity,
    what: &str,
) -> Result<Checkpoint, Fault> {
    let checkpoint = pinned
        .open(note)
        .map_err(|e| Fault::general(format!("{what} is not signed by the pinned key: {e}")))?;
    if checkpoint.origin == identity.origin {
        return Ok(checkpoint);
    }
    Err(Fault::general(format!("{what} is of another ledger: {}", checkpoint.origin)))
}

/// Rebuilds the tree from the tiles that lie here.
pub(super) fn roots(
    c: &Connection,
    size: u64,
    earlier: Option<u64>,
    watched: Watched<'_>,
    total: u64,
) -> Result<Roots, Stop> {
    let mut tree = Frontier::new();
    let mut found = None;
    let mut statement =
        c.prepare("SELECT n, hashes, root FROM leaf_tile ORDER BY n").map_err(failed("be read"))?;
    let mut rows = statement.query([]).map_err(failed("be read"))?;
    while let Some(row) = rows.next().map_err(failed("be read"))? {
        let first = tree.size();
        if first >= size {
            break;
        }
        let n: i64 = row.get(0).map_err(failed("be read"))?;
        let bytes = row.get_ref(1).and_then(|v| Ok(v.as_blob()?)).map_err(failed("be read"))?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        let root = row.get_ref(2).and_then(|v| Ok(v.as_blob()?)).map_err(failed("be read"))?;
        let end = size.min(first + hashes.len() as u64);
        if n != as_sql(first / 256) || !rest.is_empty() || (end < size && hashes.len() != 256) {
            return Err(Fault::within(first, end, "leaf hashes are missing here").into());
        }
        if root_of(hashes).as_slice() != root {
            return Err(Fault::within(first, end, "leaf hashes kept here were changed").into());
        }
        let mut block = Frontier::new();
        for hash in hashes.iter().take(usize::try_from(end - first).unwrap_or(usize::MAX)) {
            block.push(*hash);
            if Some(first + block.size()) == earlier {
                let mut at = tree.clone();
                at.push_block(&block);
                found = Some(at.root());
            }
        }
        tree.push_block(&block);
        if first.is_multiple_of(STEP) {
            (watched.progress)(first, total);
            if watched.is_cancelled() {
                return Err(Stop::Cancelled);
            }
        }
    }
    if tree.size() < size {
        return Err(Fault::within(tree.size(), size, "leaf hashes are missing here").into());
    }
    Ok(Roots { root: tree.root(), earlier: found })
}

/// Holds every kept entry against its leaf hash, its commitment and the review. Answers how many there are.
fn leaves(
    c: &Connection,
    signed: &Checkpoint,
    watched: Watched<'_>,
    total: u64,
    review: &mut Review,
) -> Result<u64, Stop> {
    let mut tile = Cached::default();
    let mut statement =
        c.prepare("SELECT seq, body FROM entry WHERE seq < ?1 ORDER BY seq").map_err(failed("be read"))?;
    let mut rows = statement.query([as_sql(signed.size)]).map_err(failed("be read"))?;
    let mut kept = 0;
    while let Some(row) = rows.next().map_err(failed("be read"))? {
        let index: i64 = row.get(0).map_err(failed("be read"))?;
        let index = u64::try_from(index).map_err(|_| Fault::general("an entry has no index"))?;
        let body = row.get_ref(1).and_then(|v| Ok(v.as_bytes()?)).map_err(failed("be read"))?;
        let entry: AuditEntry =
            serde_json::from_slice(body).map_err(|e| Fault::at(index, format!("it cannot be read: {e}")))?;
        let hash = tile.hash(c, index)?.ok_or_else(|| Fault::at(index, "its leaf hash is missing here"))?;
        check(index, &entry, &hash)?;
        review
            .visit(index, entry.leaf.as_bytes(), entry.payload.as_deref().map(str::as_bytes))
            .map_err(|message| Fault::at(index, message))?;
        kept += 1;
        if u64::is_multiple_of(kept, STEP) {
            (watched.progress)(signed.size + kept, total);
            if watched.is_cancelled() {
                return Err(Stop::Cancelled);
            }
        }
    }
    Ok(kept)
}

/// What can be checked of an entry alone.
pub(super) fn check(index: u64, entry: &AuditEntry, hash: &Hash) -> Result<(), Fault> {
    if leaf_hash(entry.leaf.as_bytes()) != *hash {
        return Err(Fault::at(index, "it was changed: its leaf does not match its leaf hash"));
    }
    let leaf: serde_json::Value = serde_json::from_str(&entry.leaf)
        .map_err(|e| Fault::at(index, format!("its leaf is not JSON: {e}")))?;
    let shown = leaf.get("kind").and_then(|v| v.as_str()) == Some(&entry.kind)
        && leaf.get("at").and_then(serde_json::Value::as_i64) == Some(entry.at)
        && leaf.get("subject").and_then(|v| v.as_str()) == Some(&entry.subject);
    if !shown {
        return Err(Fault::at(index, "what is shown of it is not what its leaf says"));
    }
    let recorded = leaf.get("payload_commitment").and_then(|v| v.as_str()).and_then(bytes32);
    match (&entry.payload, entry.nonce.as_deref().and_then(bytes32), recorded) {
        (None, None, _) => Ok(()),
        (Some(payload), Some(nonce), Some(recorded))
            if commitment::verify(&recorded, &nonce, payload.as_bytes()) =>
        {
            Ok(())
        }
        _ => Err(Fault::at(index, "its payload is not the one recorded")),
    }
}

fn bytes32(text: &str) -> Option<Hash> {
    hex::decode(text).ok()?.try_into().ok()
}

/// The tile looked at last.
#[derive(Default)]
pub(super) struct Cached {
    n: Option<u64>,
    hashes: Vec<u8>,
}

impl Cached {
    /// The leaf hash of an entry, if it lies here.
    pub(super) fn hash(&mut self, c: &Connection, index: u64) -> Result<Option<Hash>, ReplicaError> {
        let n = index / 256;
        if self.n != Some(n) {
            let found: Option<Vec<u8>> = c
                .prepare_cached("SELECT hashes FROM leaf_tile WHERE n = ?1")
                .and_then(|mut s| s.query_row([as_sql(n)], |r| r.get(0)).optional())
                .map_err(failed("be read"))?;
            self.n = Some(n);
            self.hashes = found.unwrap_or_default();
        }
        let (hashes, _) = self.hashes.as_chunks::<32>();
        Ok(usize::try_from(index % 256).ok().and_then(|at| hashes.get(at)).copied())
    }
}

#[cfg(test)]
pub(super) mod tests;
