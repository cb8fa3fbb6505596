//! The memory of the last checkpoint: a ledger that forks or rolls back is caught here, and both notes are kept.

use navi_ledger::checkpoint::{Checkpoint, Verifier};
use navi_ledger::proof::verify_consistency;
use rusqlite::params;

use crate::db::{self, failed};
use crate::state::{Integrity, ReplicaEvent};
use crate::{Replica, ReplicaError};

/// What a presented checkpoint is, against the remembered one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The first one, or the same one again.
    Accepted,
    /// Larger: its consistency with the remembered size must be proved before it is remembered.
    NeedsProof {
        /// Remembered size.
        old_size: u64,
        /// Presented size.
        new_size: u64,
    },
    /// A contradiction, in words.
    Broken(String),
}

impl Replica {
    /// The last accepted note.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn checkpoint(&self) -> Result<Option<String>, ReplicaError> {
        db::meta(&*self.db()?, "checkpoint")
    }

    pub(crate) fn remembered_integrity(&self) -> Result<Integrity, ReplicaError> {
        let broken: Option<String> = self
            .db()?
            .query_row("SELECT fault FROM evidence ORDER BY found_at DESC LIMIT 1", [], |r| r.get(0))
            .map(Some)
            .or_else(|e| if e == rusqlite::Error::QueryReturnedNoRows { Ok(None) } else { Err(e) })
            .map_err(failed("read the evidence"))?;
        if let Some(message) = broken {
            return Ok(Integrity::Broken { message });
        }
        let checked_at: Option<i64> = db::meta(&*self.db()?, "checkpoint_checked_at")?;
        let size = self.checkpoint()?.and_then(|n| n.lines().nth(1).and_then(|l| l.parse().ok()));
        Ok(match (size, checked_at) {
            (Some(size), Some(checked_at)) => Integrity::Consistent { size, checked_at },
            _ => Integrity::Unknown,
        })
    }

    /// Judges a note with the pinned key. Nothing is remembered yet except contradictions.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn judge(&self, note: &str, pinned: &Verifier, origin: &str) -> Result<Verdict, ReplicaError> {
        let verdict = match (pinned.open(note), self.checkpoint()?) {
            (Err(fault), _) => {
                Verdict::Broken(format!("the checkpoint is not signed by the pinned key: {fault}"))
            }
            (Ok(new), _) if new.origin != origin => {
                Verdict::Broken(format!("the checkpoint is of another ledger: {}", new.origin))
            }
            (Ok(_), None) => Verdict::Accepted,
            (Ok(new), Some(remembered)) => match pinned.open(&remembered) {
                Ok(old) => compare(&old, &new),
                Err(_) => return Err(ReplicaError::Unreadable("checkpoint")),
            },
        };
        if let Verdict::Broken(fault) = &verdict {
            self.keep_evidence(fault, note)?;
        }
        Ok(verdict)
    }

    /// Checks the consistency proof and remembers the note; a proof that fails is a contradiction.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn accept(&self, note: &str, pinned: &Verifier, proof: &[[u8; 32]]) -> Result<bool, ReplicaError> {
        let new = pinned.open(note).map_err(|_| ReplicaError::Unreadable("checkpoint"))?;
        if let Some(remembered) = self.checkpoint()? {
            let old = pinned.open(&remembered).map_err(|_| ReplicaError::Unreadable("checkpoint"))?;
            let consistent =
                old == new || verify_consistency(old.size, &old.root, new.size, &new.root, proof).is_ok();
            if !consistent {
                let fault = format!("size {} does not extend size {} (a fork)", new.size, old.size);
                self.keep_evidence(&fault, note)?;
                return Ok(false);
            }
        }
        let checked_at = self.server_now();
        {
            let db = self.db()?;
            db::set_meta(&db, "checkpoint", &note)?;
            db::set_meta(&db, "checkpoint_checked_at", &checked_at)?;
        }
        if !matches!(self.watch().borrow().integrity, Integrity::Broken { .. }) {
            self.changed(|s| s.integrity = Integrity::Consistent { size: new.size, checked_at });
        }
        Ok(true)
    }

    /// Pairs of contradicting notes: (fault, remembered, presented).
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn evidence(&self) -> Result<Vec<(String, String, String)>, ReplicaError> {
        self.db()?
            .prepare_cached("SELECT fault, remembered, presented FROM evidence ORDER BY found_at")
            .and_then(|mut s| s.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?.collect())
            .map_err(failed("read the evidence"))
    }

    pub(crate) fn keep_evidence(&self, fault: &str, presented: &str) -> Result<(), ReplicaError> {
        let remembered = self.checkpoint()?.unwrap_or_default();
        let already = self.evidence()?.iter().any(|(f, _, p)| f == fault && p == presented);
        if !already {
            self.db()?
                .execute(
                    "INSERT INTO evidence (found_at, fault, remembered, presented) VALUES (?1, ?2, ?3, ?4)",
                    params![self.server_now(), fault, remembered, presented],
                )
                .map_err(failed("keep the evidence"))?;
            self.write_evidence();
            self.emit(ReplicaEvent::IntegrityBroken(fault.to_owned()));
        }
        self.changed(|s| s.integrity = Integrity::Broken { message: fault.to_owned() });
        Ok(())
    }
}

fn compare(old: &Checkpoint, new: &Checkpoint) -> Verdict {
    if new.size < old.size {
        Verdict::Broken(format!("the ledger went back from size {} to {}", old.size, new.size))
    } else if new.size > old.size {
        Verdict::NeedsProof { old_size: old.size, new_size: new.size }
    } else if new.root == old.root {
        Verdict::Accepted
    } else {
        Verdict::Broken(format!("two different ledgers of size {} are signed (a fork)", new.size))
    }
}
