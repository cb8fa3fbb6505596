//! Somebody else's head of the log, held against this copy: a checkpoint note, a size with its root, or a root alone. Two
//! people who compare over another channel find a server that shows each of them another log.

use std::sync::atomic::AtomicBool;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_client::api::Client;
use navi_ledger::Hash;
use navi_ledger::checkpoint::{Checkpoint, Verifier};
use navi_ledger::proof::verify_consistency;
use serde::Serialize;

use super::verify::{Stop, Watched, roots};
use crate::{Identity, Replica, ReplicaError};

/// What a comparison came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// The same log, as it is here or as it was here.
    Same,
    /// The same log, further on: the server's proof leads from this copy to it.
    Further,
    /// Another log: at the same size it has another root, or no proof leads to it.
    Different,
    /// Larger than this copy, and nobody could be asked for the proof.
    Larger,
    /// A root without its size, which is not the root here.
    NoSize,
    /// A note of another log.
    OtherLog,
    /// A note that the pinned key did not sign.
    OtherKey,
    /// Neither a note nor a root.
    Unreadable,
}

/// The comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// What it came to.
    pub held: Held,
    /// Entries of their log, if they were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Entries of the signed tree whose hashes lie here.
    pub here: u64,
    /// Theirs is a note that the pinned key signed: then a different one proves a fork.
    pub signed: bool,
}

/// What somebody pasted.
struct Theirs {
    size: Option<u64>,
    root: Hash,
    note: bool,
}

impl Replica {
    /// Holds somebody else's head against this copy, offline. A signed note that contradicts it is kept as evidence.
    ///
    /// # Errors
    /// [`ReplicaError::NothingYet`] before a checkpoint is complete here; otherwise the copy's.
    pub fn compare(&self, text: &str) -> Result<Compared, ReplicaError> {
        let (ours, identity) = self.head()?;
        let told = |held, size, signed| Compared { held, size, here: ours.size, signed };
        let theirs = match read(text, &identity)? {
            Ok(theirs) => theirs,
            Err(held) => return Ok(told(held, None, false)),
        };
        let Some(size) = theirs.size else {
            let held = if theirs.root == ours.root { Held::Same } else { Held::NoSize };
            return Ok(told(held, None, false));
        };
        if size > ours.size {
            return Ok(told(Held::Larger, Some(size), theirs.note));
        }
        let same = self.root_at(size)? == theirs.root;
        if !same && theirs.note {
            let fault = format!("two different ledgers of size {size} are signed (a fork)");
            self.keep_evidence(&fault, text.trim_start())?;
        }
        Ok(told(if same { Held::Same } else { Held::Different }, Some(size), theirs.note))
    }

    /// As [`Self::compare`]; a head that is larger than this copy is held against the server's proof, if it answers.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub async fn compare_with(&self, client: &Client, text: &str) -> Result<Compared, ReplicaError> {
        let compared = self.compare(text)?;
        let (Held::Larger, Some(size)) = (compared.held, compared.size) else { return Ok(compared) };
        let (ours, identity) = self.head()?;
        let Ok(theirs) = read(text, &identity)? else { return Ok(compared) };
        let Ok(proof) = client.consistency(&identity.org, ours.size, size).await else { return Ok(compared) };
        let holds = verify_consistency(ours.size, &ours.root, size, &theirs.root, &proof).is_ok();
        Ok(Compared { held: if holds { Held::Further } else { Held::Different }, ..compared })
    }

    /// The signed tree whose hashes lie here, and whose it is.
    fn head(&self) -> Result<(Checkpoint, Identity), ReplicaError> {
        let note = self.hashed_note()?.ok_or(ReplicaError::NothingYet)?;
        let ours =
            Checkpoint::from_trusted_note(&note).map_err(|_| ReplicaError::Unreadable("checkpoint"))?;
        Ok((ours, self.identity()?.ok_or(ReplicaError::NothingYet)?))
    }

    /// The root that the first entries here have.
    fn root_at(&self, size: u64) -> Result<Hash, ReplicaError> {
        let never = AtomicBool::new(false);
        let quiet = Watched { progress: &|_, _| {}, cancelled: &never };
        match roots(&self.reader()?, size, None, quiet, 0) {
            Ok(found) => Ok(found.root),
            Err(Stop::Replica(error)) => Err(error),
            Err(Stop::Fault(_) | Stop::Cancelled) => Err(ReplicaError::Unreadable("leaf hash")),
        }
    }
}

/// Reads what was pasted; the inner error says why nothing can be compared.
fn read(text: &str, identity: &Identity) -> Result<Result<Theirs, Held>, ReplicaError> {
    let text = text.trim_start();
    if text.trim_end().lines().count() >= 4 {
        let pinned =
            Verifier::from_vkey(&identity.ledger_vkey).map_err(|_| ReplicaError::Unreadable("pinned key"))?;
        let noted = |c: Checkpoint| Theirs { size: Some(c.size), root: c.root, note: true };
        // A paste often loses the last line's end, which the note needs.
        let note = format!("{}\n", text.trim_end());
        return Ok(match (pinned.open(&note), Checkpoint::from_trusted_note(&note)) {
            (Ok(c), _) if c.origin == identity.origin => Ok(noted(c)),
            (Ok(_), _) => Err(Held::OtherLog),
            (Err(_), Ok(c)) if c.origin != identity.origin => Err(Held::OtherLog),
            (Err(_), Ok(_)) => Err(Held::OtherKey),
            (Err(_), Err(_)) => Err(Held::Unreadable),
        });
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    Ok(match words.as_slice() {
        [root] => hash(root).map(|root| Theirs { size: None, root, note: false }),
        [size, root] => size
            .trim_start_matches('#')
            .parse()
            .ok()
            .zip(hash(root))
            .map(|(size, root)| Theirs { size: Some(size), root, note: false }),
        _ => None,
    }
    .ok_or(Held::Unreadable))
}

/// A root in hex or, as notes have it, in base64.
fn hash(text: &str) -> Option<Hash> {
    let bytes = hex::decode(text).or_else(|_| STANDARD.decode(text)).ok()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use navi_ledger::checkpoint::Signer;
    use navi_ledger::tree::{leaf_hash, root_of};

    use super::super::verify::tests::{copy, entry};
    use super::*;

    fn root(size: u64, note: &str) -> Hash {
        let payload = serde_json::json!({"actor": "nova", "note": note}).to_string();
        let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(entry(n, &payload).leaf.as_bytes())).collect();
        root_of(&leaves)
    }

    #[test]
    fn a_colleagues_head_is_the_same_another_or_cannot_be_told() {
        let dir = tempfile::tempdir().unwrap();
        let replica = copy(&dir, 600, 7);
        let real = |size| hex::encode(root(size, &"x".repeat(300)));
        let held = |text: &str| replica.compare(text).unwrap().held;
        assert_eq!(held(&real(600)), Held::Same);
        assert_eq!(held(&format!("#600 {}\n", real(600))), Held::Same);
        assert_eq!(held(&format!("300 {}", real(300))), Held::Same, "as it was here before");
        assert_eq!(held(&format!("600 {}", STANDARD.encode(root(600, &"x".repeat(300))))), Held::Same);
        assert_eq!(held(&format!("600 {}", hex::encode(root(600, "y")))), Held::Different);
        assert_eq!(held(&real(300)), Held::NoSize);
        assert_eq!(held(&format!("601 {}", real(601))), Held::Larger);
        for nonsense in ["", "hello", "600 abc", "x 00", "600 600 600"] {
            assert_eq!(held(nonsense), Held::Unreadable, "{nonsense}");
        }
        assert!(replica.evidence().unwrap().is_empty(), "an unsigned root proves nothing");
    }

    #[test]
    fn a_signed_note_that_contradicts_is_kept_as_evidence() {
        let dir = tempfile::tempdir().unwrap();
        let replica = copy(&dir, 600, 7);
        let sign = |seed: u8, origin: &str, root| {
            let checkpoint = Checkpoint { origin: origin.into(), size: 600, root };
            Signer::from_seed("navi/acme", [seed; 32]).unwrap().sign(&checkpoint)
        };
        let real = root(600, &"x".repeat(300));
        let same = replica.compare(sign(6, "navi/acme", real).trim_end()).unwrap();
        assert_eq!((same.held, same.signed, same.size), (Held::Same, true, Some(600)));
        assert_eq!(replica.compare(&sign(7, "navi/acme", real)).unwrap().held, Held::OtherKey);
        assert_eq!(replica.compare(&sign(6, "navi/other", real)).unwrap().held, Held::OtherLog);
        assert!(replica.evidence().unwrap().is_empty());
        let fork = replica.compare(&sign(6, "navi/acme", root(600, "y"))).unwrap();
        assert_eq!((fork.held, fork.signed), (Held::Different, true));
        assert_eq!(replica.evidence().unwrap().len(), 1);
    }
}
