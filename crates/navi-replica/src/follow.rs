//! Following the ledger where it legitimately changes its name or key: a new origin that the pinned key began and that
//! kept everything this console saw, or a new key that the pinned one handed over to.

use navi_domain::event::{EventKind, Leaf};
use navi_ledger::checkpoint::{Checkpoint, Verifier};
use navi_ledger::proof::{verify_consistency, verify_inclusion};
use navi_ledger::{Hash, commitment, tree};
use navi_protocol::audit::AuditEntry;
use serde_json::Value;

use crate::db::failed;
use crate::identity::Identity;
use crate::state::{Integrity, ReplicaEvent};
use crate::{Replica, ReplicaError, db};

/// An entry that was shown to stand in a signed tree, with its payload.
pub(crate) struct Proved {
    pub kind: EventKind,
    pub payload: Value,
}

/// Checks an entry against a checkpoint: leaf, place in the tree, payload.
pub(crate) fn proved(entry: &AuditEntry, at: &Checkpoint, proof: &[Hash]) -> Option<Proved> {
    let hash = tree::leaf_hash(entry.leaf.as_bytes());
    verify_inclusion(&hash, entry.index, at.size, proof, &at.root).ok()?;
    let leaf: Leaf = serde_json::from_str(&entry.leaf).ok()?;
    let bytes = |hex: &str| hex::decode(hex).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
    let (committed, nonce) = (bytes(&leaf.payload_commitment)?, bytes(entry.nonce.as_deref()?)?);
    let payload = entry.payload.as_deref()?;
    let holds = commitment::verify(&committed, &nonce, payload.as_bytes());
    Some(Proved { kind: leaf.kind, payload: serde_json::from_str(payload).ok().filter(|_| holds)? })
}

/// What the first entry of a new origin says about the one before.
pub(crate) struct Successor {
    pub closed_origin: String,
    pub kept_size: u64,
    pub kept_root: Hash,
    pub words: String,
}

impl Successor {
    /// Reads the entry; `None` if it is not one that begins an origin.
    pub(crate) fn read(first: &Proved) -> Option<Self> {
        let text = |path: &str| first.payload.pointer(path).and_then(Value::as_str);
        let root = hex::decode(text("/kept/root")?).ok()?;
        (first.kind == EventKind::OriginStarted).then_some(())?;
        Some(Self {
            closed_origin: text("/closed_origin")?.to_owned(),
            kept_size: first.payload.pointer("/kept/size").and_then(Value::as_u64)?,
            kept_root: root.try_into().ok()?,
            words: format!("{} Reason: {}", text("/words")?, text("/reason")?),
        })
    }

    /// Whether what this console saw was kept; the fault in words otherwise. `proof` leads from what it saw to what was
    /// kept.
    pub(crate) fn kept(&self, seen: &Checkpoint, proof: &[Hash]) -> Result<(), String> {
        if seen.size > self.kept_size {
            return Err(format!(
                "a new ledger began after only {} of the {} entries that this console saw signed: {} entries are lost",
                self.kept_size,
                seen.size,
                seen.size - self.kept_size
            ));
        }
        let same = seen.size == self.kept_size && seen.root == self.kept_root;
        if same || verify_consistency(seen.size, &seen.root, self.kept_size, &self.kept_root, proof).is_ok() {
            return Ok(());
        }
        Err(format!(
            "a new ledger began after one that is not what this console saw signed at size {} (a fork)",
            seen.size
        ))
    }
}

impl Replica {
    /// Follows a new origin: the record of the old one is let go, and the person is told.
    pub(crate) fn follow_origin(&self, to: &Identity, words: &str) -> Result<(), ReplicaError> {
        {
            let mut db = self.db()?;
            let tx = db.transaction().map_err(failed("begin"))?;
            tx.execute_batch(
                "DELETE FROM entry; DELETE FROM leaf_tile;
                 DELETE FROM meta WHERE name IN ('checkpoint', 'checkpoint_checked_at', 'cosigned', 'cosigned_note',
                     'hashed_note', 'lacking', 'last_verification', 'window_progress', 'witnesses');",
            )
            .map_err(failed("let the old record go"))?;
            db::set_meta(&tx, "identity", to)?;
            tx.commit().map_err(failed("follow a new origin"))?;
        }
        self.followed(words);
        self.changed(|state| {
            if !matches!(state.integrity, Integrity::Broken { .. }) {
                state.integrity = Integrity::Unknown;
            }
            state.witnessed.vanished.clear();
        });
        Ok(())
    }

    /// Follows a new key of the same ledger. What was remembered must be signed by it too.
    pub(crate) fn follow_key(&self, to: &Identity, words: &str) -> Result<(), ReplicaError> {
        // Notes under the old key alone do not open with the new one; the next checkpoint brings others.
        self.db()?
            .execute("DELETE FROM meta WHERE name IN ('hashed_note', 'cosigned_note')", [])
            .map_err(failed("let old notes go"))?;
        self.set_identity(to)?;
        self.followed(words);
        Ok(())
    }

    fn followed(&self, words: &str) {
        tracing::warn!(words, "the ledger changed, and this console follows");
        self.emit(ReplicaEvent::LedgerFollowed(words.to_owned()));
    }

    /// The remembered checkpoint, opened with the pinned key.
    pub(crate) fn seen(&self, pinned: &Verifier) -> Result<Option<Checkpoint>, ReplicaError> {
        let open = |note: String| pinned.open(&note).map_err(|_| ReplicaError::Unreadable("checkpoint"));
        self.checkpoint()?.map(open).transpose()
    }
}
