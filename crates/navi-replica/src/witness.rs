//! This console as a witness: it cosigns what it checked, and counts who else stands behind a checkpoint.
//!
//! The key lives in the encrypted copy only. Losing the memory loses the identity, so that no key can cosign without
//! remembering what it cosigned before.

use std::collections::BTreeSet;

use navi_domain::{SECOND, UtcMicros};
use navi_ledger::checkpoint::{Checkpoint, Verifier};
use navi_ledger::cosignature::{Cosigner, Witness};
use navi_ledger::proof::verify_consistency;
use navi_protocol::witness::{CosignatureRequest, WitnessView};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::identity::Identity;
use crate::state::{Integrity, ReplicaEvent, Witnessed};
use crate::{Replica, ReplicaError, db};

/// How long a checkpoint may wait for its witnesses before the person is told.
pub(crate) const PATIENCE: UtcMicros = 600 * SECOND;

/// The key of this console as a witness.
#[derive(Serialize, Deserialize)]
struct Key {
    device_id: String,
    seed: String,
}

/// A witness that was listed once.
#[derive(Clone, Serialize, Deserialize)]
struct Known {
    vkey: String,
    device_id: Option<String>,
}

/// A checkpoint that was seen and is not cosigned by enough yet.
#[derive(Serialize, Deserialize)]
struct Lacking {
    size: u64,
    since: UtcMicros,
}

impl Replica {
    /// The cosignature over the remembered checkpoint, unless it was delivered already or the record is broken.
    pub(crate) fn cosign(&self, identity: &Identity) -> Result<Option<CosignatureRequest>, ReplicaError> {
        if matches!(self.watch().borrow().integrity, Integrity::Broken { .. }) {
            return Ok(None);
        }
        let Some(note) = self.checkpoint()? else { return Ok(None) };
        let unreadable = |_| ReplicaError::Unreadable("checkpoint");
        let size = Checkpoint::from_trusted_note(&note).map_err(unreadable)?.size;
        let cosigner = self.cosigner(&identity.device.id)?;
        let vkey = cosigner.witness().vkey();
        let delivered: Option<(String, u64)> = db::meta(&*self.db()?, "cosigned")?;
        if delivered.is_some_and(|(by, up_to)| by == vkey && up_to >= size) {
            return Ok(None);
        }
        let at_secs = u64::try_from(self.server_now() / SECOND).unwrap_or(0);
        let line = cosigner.cosign(&note, at_secs).map_err(unreadable)?;
        Ok(Some(CosignatureRequest { vkey, size, line }))
    }

    /// The server has it.
    pub(crate) fn cosigned(&self, sent: &CosignatureRequest) -> Result<(), ReplicaError> {
        db::set_meta(&*self.db()?, "cosigned", &(&sent.vkey, sent.size))
    }

    fn cosigner(&self, device_id: &str) -> Result<Cosigner, ReplicaError> {
        let kept: Option<Key> = db::meta(&*self.db()?, "witness_key")?;
        let seed = match kept.filter(|key| key.device_id == device_id) {
            Some(key) => {
                let bytes = hex::decode(&*Zeroizing::new(key.seed)).map(Zeroizing::new).ok();
                let seed = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
                Zeroizing::new(seed.ok_or(ReplicaError::Unreadable("witness key"))?)
            }
            None => {
                let mut seed = Zeroizing::new([0; 32]);
                getrandom::fill(seed.as_mut()).map_err(|_| ReplicaError::Unreadable("random source"))?;
                let key = Key { device_id: device_id.to_owned(), seed: hex::encode(seed.as_ref()) };
                db::set_meta(&*self.db()?, "witness_key", &key)?;
                seed
            }
        };
        let unusable = |_| ReplicaError::Unreadable("witness key");
        let unnamed = Cosigner::from_seed(device_id, *seed).map_err(unusable)?;
        // Four bytes of the key in the name: a console that lost its memory gets another name too.
        let mark: String = unnamed.witness().key_bytes().iter().take(4).map(|b| format!("{b:02x}")).collect();
        Cosigner::from_seed(&format!("{device_id}/{mark}"), *seed).map_err(unusable)
    }

    /// Remembers who witnesses, and tells whoever left the server's list: nobody may.
    pub(crate) fn learn_witnesses(&self, listed: &[WitnessView]) -> Result<(), ReplicaError> {
        let mut known = self.known_witnesses()?;
        let vanished: BTreeSet<String> = known
            .iter()
            .filter(|k| !listed.iter().any(|l| l.vkey == k.vkey))
            .filter_map(|k| Some(Witness::from_vkey(&k.vkey).ok()?.name().to_owned()))
            .collect();
        for new in listed {
            if !known.iter().any(|k| k.vkey == new.vkey) {
                known.push(Known { vkey: new.vkey.clone(), device_id: new.device_id.clone() });
            }
        }
        db::set_meta(&*self.db()?, "witnesses", &known)?;
        let told = self.watch().borrow().witnessed.vanished.clone();
        for name in vanished.difference(&told) {
            tracing::error!(name, "a witness vanished from the server's list");
            self.emit(ReplicaEvent::WitnessVanished(name.clone()));
        }
        if vanished != told {
            self.changed(|s| s.witnessed.vanished = vanished);
        }
        Ok(())
    }

    /// How many witnesses this console ever saw listed, itself included.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn witnesses(&self) -> Result<usize, ReplicaError> {
        Ok(self.known_witnesses()?.len())
    }

    fn known_witnesses(&self) -> Result<Vec<Known>, ReplicaError> {
        Ok(db::meta(&*self.db()?, "witnesses")?.unwrap_or_default())
    }

    /// How many witnesses other than this console cosigned a note; all keys of one device count once.
    pub(crate) fn others_behind(&self, note: &str, own_device: &str) -> Result<u64, ReplicaError> {
        let mut counted = BTreeSet::new();
        for known in self.known_witnesses()? {
            if known.device_id.as_deref() == Some(own_device) {
                continue;
            }
            let cosigned = Witness::from_vkey(&known.vkey).and_then(|witness| witness.cosigned_at(note));
            match cosigned {
                Ok(Some(_)) => drop(counted.insert(known.device_id.unwrap_or(known.vkey))),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, vkey = known.vkey, "a cosignature does not hold"),
            }
        }
        Ok(counted.len() as u64)
    }

    /// Holds a cosigned note, which may be older or newer, against the remembered one. `proof` leads from the smaller to
    /// the larger. A note of the ledger's key that contradicts is evidence.
    pub(crate) fn agrees(
        &self,
        note: &str,
        pinned: &Verifier,
        proof: &[[u8; 32]],
    ) -> Result<bool, ReplicaError> {
        let Some(remembered) = self.checkpoint()? else { return Ok(false) };
        let old = pinned.open(&remembered).map_err(|_| ReplicaError::Unreadable("checkpoint"))?;
        let Ok(other) = pinned.open(note) else { return Ok(false) };
        let (a, b) = if other.size <= old.size { (&other, &old) } else { (&old, &other) };
        let same = a.size == b.size && a.root == b.root;
        let agrees = other.origin == old.origin
            && (same || verify_consistency(a.size, &a.root, b.size, &b.root, proof).is_ok());
        if !agrees {
            let fault = format!("what witnesses cosigned at size {} is another ledger (a fork)", other.size);
            self.keep_evidence(&fault, note)?;
        }
        Ok(agrees)
    }

    /// Keeps an agreed note with its cosignatures, to be verified offline and handed on.
    pub(crate) fn keep_cosigned(&self, note: &str) -> Result<(), ReplicaError> {
        db::set_meta(&*self.db()?, "cosigned_note", &note)
    }

    /// How many witnesses the organisation wants; from the session.
    pub(crate) fn require_witnesses(&self, required: u8) -> Result<(), ReplicaError> {
        if required == 0 {
            db::set_meta(&*self.db()?, "lacking", &None::<Lacking>)?;
        }
        let before = self.watch().borrow().witnessed.required;
        if before != required {
            self.changed(|s| {
                s.witnessed.required = required;
                s.witnessed.late &= required > 0;
            });
        }
        Ok(())
    }

    /// What was found: the newest agreed note that enough others cosigned, if any. The remembered checkpoint must be
    /// covered by one within [`PATIENCE`]. Says whether
    /// looking again need not hurry: it is covered now, or lacks for more than a minute already.
    pub(crate) fn witnessed(&self, found: Option<(u64, u64)>) -> Result<bool, ReplicaError> {
        let (remembered, now) = (self.checkpoint()?, self.server_now());
        let current = remembered.and_then(|n| Checkpoint::from_trusted_note(&n).ok()).map_or(0, |c| c.size);
        let size = found.map_or(0, |(size, _)| size);
        let waits = {
            let db = self.db()?;
            let kept: Option<Lacking> = db::meta::<Option<Lacking>>(&db, "lacking")?.flatten();
            let lacking = kept
                .filter(|l| l.size > size)
                .or_else(|| (current > size).then_some(Lacking { size: current, since: now }));
            db::set_meta(&db, "lacking", &lacking)?;
            lacking.map(|l| now - l.since)
        };
        let late = waits.is_some_and(|waits| waits >= PATIENCE);
        let before = self.watch().borrow().witnessed.clone();
        let cosignatures = found.map_or(0, |(_, cosignatures)| cosignatures);
        let after = Witnessed { size, cosignatures, late, ..before.clone() };
        if after != before {
            if late && !before.late {
                tracing::warn!(size, required = before.required, "too few witnesses stand behind the record");
            }
            self.changed(|s| s.witnessed = after);
        }
        Ok(waits.is_none_or(|waits| waits > 60 * SECOND))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use navi_ledger::checkpoint::Signer;
    use navi_ledger::checkpoint::with_lines;

    use super::*;

    const START: UtcMicros = 1_790_000_000 * SECOND;

    fn replica(dir: &tempfile::TempDir) -> Replica {
        Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([8; 32])).unwrap()
    }

    fn note(size: u64) -> (String, Verifier) {
        let log = Signer::from_seed("log", [6; 32]).unwrap();
        let note = log.sign(&Checkpoint { origin: "log".into(), size, root: [5; 32] });
        (note, log.verifier().clone())
    }

    /// Remembers a checkpoint without asking how it came about.
    fn remember(replica: &Replica, size: u64) {
        db::set_meta(&replica.db().unwrap(), "checkpoint", &note(size).0).unwrap();
    }

    fn at(replica: &Replica, secs: i64) {
        replica.learn_time(START + secs * SECOND, Duration::ZERO);
    }

    fn late(replica: &Replica) -> bool {
        replica.watch().borrow().witnessed.late
    }

    #[test]
    fn only_a_checkpoint_that_waited_ten_minutes_for_witnesses_is_late() {
        let dir = tempfile::tempdir().unwrap();
        let replica = replica(&dir);
        at(&replica, 0);
        replica.require_witnesses(2).unwrap();
        remember(&replica, 10);
        replica.witnessed(None).unwrap();
        assert!(!late(&replica));
        at(&replica, 500);
        remember(&replica, 20);
        replica.witnessed(Some((10, 2))).unwrap();
        at(&replica, 700);
        remember(&replica, 30);
        replica.witnessed(Some((10, 2))).unwrap();
        assert!(!late(&replica), "10 is covered, and 20 waits for 200 s only");
        at(&replica, 1101);
        replica.witnessed(Some((10, 2))).unwrap();
        assert!(late(&replica), "20 waits for 601 s");
        replica.witnessed(Some((20, 3))).unwrap();
        assert!(!late(&replica));
        let witnessed = replica.watch().borrow().witnessed.clone();
        assert_eq!((witnessed.size, witnessed.cosignatures, witnessed.required), (20, 3, 2));
        at(&replica, 1800);
        replica.witnessed(Some((20, 3))).unwrap();
        assert!(late(&replica), "now 30 does");
        replica.require_witnesses(0).unwrap();
        assert!(!late(&replica));
    }

    #[test]
    fn the_key_stays_with_the_device() {
        let dir = tempfile::tempdir().unwrap();
        let copy = replica(&dir);
        let vkey = |replica: &Replica, device| replica.cosigner(device).unwrap().witness().vkey();
        let own = vkey(&copy, "dev-1");
        assert!(own.starts_with("dev-1/"));
        drop(copy);
        let copy = replica(&dir);
        assert_eq!(vkey(&copy, "dev-1"), own);
        assert_ne!(vkey(&copy, "dev-2"), own);
        let key_of = |vkey: &str| vkey.rsplit('+').next().unwrap().to_owned();
        assert_ne!(key_of(&vkey(&copy, "dev-1")), key_of(&own), "another device, another key");
    }

    #[test]
    fn nothing_is_delivered_twice_nor_when_the_record_is_broken() {
        let dir = tempfile::tempdir().unwrap();
        let replica = replica(&dir);
        let device = serde_json::json!({"id": "dev-1", "user": "ana", "name": "desk", "class": "desktop", "shared": false,
            "vote_key": "", "ceiling": "critical", "last_seq": 0, "enrolled_at": 0});
        let identity = Identity {
            server_url: String::new(),
            org: "acme".into(),
            user: "ana".into(),
            role: "approver".into(),
            device: serde_json::from_value(device).unwrap(),
            origin: "log".into(),
            ledger_vkey: note(1).1.vkey(),
        };
        let cosign = || replica.cosign(&identity).unwrap();
        assert_eq!(cosign(), None, "nothing was checked yet");
        remember(&replica, 10);
        let first = cosign().unwrap();
        let signed = with_lines(&note(10).0, [first.line.as_str()]);
        let witness = Witness::from_vkey(&first.vkey).unwrap();
        assert!(witness.cosigned_at(&signed).unwrap().is_some());
        assert!(cosign().is_some(), "until the server has it");
        replica.cosigned(&first).unwrap();
        assert_eq!(cosign(), None);
        remember(&replica, 11);
        assert_eq!(cosign().unwrap().size, 11);
        replica.keep_evidence("a fork", "note").unwrap();
        assert_eq!(cosign(), None);
    }

    #[test]
    fn others_are_counted_by_device_and_liars_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let replica = replica(&dir);
        let key = |name: &str, seed| Cosigner::from_seed(name, [seed; 32]).unwrap();
        let keys = [key("own/1", 1), key("bob/1", 2), key("bob/2", 3), key("w.example", 4), key("liar", 5)];
        let devices = [Some("own"), Some("bob"), Some("bob"), None, None];
        let listed: Vec<WitnessView> = keys
            .iter()
            .zip(devices)
            .map(|(key, device)| WitnessView {
                vkey: key.witness().vkey(),
                name: key.witness().name().to_owned(),
                device_id: device.map(str::to_owned),
                joined_at: 0,
                last_size: 0,
                last_at: 0,
            })
            .collect();
        replica.learn_witnesses(&listed).unwrap();
        let ours = note(7).0;
        let mut lines: Vec<String> = keys.iter().take(4).map(|key| key.cosign(&ours, 1).unwrap()).collect();
        lines.push(keys[4].cosign(&note(8).0, 1).unwrap());
        lines.push(key("unknown.example", 6).cosign(&ours, 1).unwrap());
        let signed = with_lines(&ours, lines.iter().map(String::as_str));
        assert_eq!(replica.others_behind(&signed, "own").unwrap(), 2, "bob once, and the foreign one");

        let mut events = replica.subscribe();
        replica.learn_witnesses(&listed[..4]).unwrap();
        replica.learn_witnesses(&listed[..4]).unwrap();
        assert!(matches!(events.try_recv(), Ok(ReplicaEvent::WitnessVanished(name)) if name == "liar"));
        assert!(events.try_recv().is_err(), "told once");
        assert_eq!(replica.watch().borrow().witnessed.vanished.len(), 1);
        replica.learn_witnesses(&listed).unwrap();
        assert!(replica.watch().borrow().witnessed.vanished.is_empty());
    }

    #[test]
    fn what_witnesses_cosigned_elsewhere_is_evidence() {
        let dir = tempfile::tempdir().unwrap();
        let replica = replica(&dir);
        remember(&replica, 10);
        let (_, log) = note(10);
        assert!(replica.agrees(&note(10).0, &log, &[]).unwrap());
        let fork = Signer::from_seed("log", [6; 32]).unwrap();
        let fork = fork.sign(&Checkpoint { origin: "log".into(), size: 9, root: [1; 32] });
        assert!(!replica.agrees(&fork, &log, &[[2; 32]]).unwrap());
        assert!(matches!(replica.watch().borrow().integrity, Integrity::Broken { .. }));
        assert_eq!(replica.evidence().unwrap().len(), 1);
    }
}
