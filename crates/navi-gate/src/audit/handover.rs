//! Following a log's key: who pinned an old key trusts the new one if an entry names both, and the old key signed a
//! checkpoint that covers this entry.

use navi_ledger::bundle::{Report, VerifiedEntry};
use navi_ledger::checkpoint::Verifier;
use serde_json::Value;

/// One entry that says that a key gave way to another.
struct Change {
    index: u64,
    old: String,
    new: String,
}

/// All of them, in log order.
#[derive(Default)]
pub struct Changes(Vec<Change>);

impl Changes {
    /// Reads the next entry.
    pub fn visit(&mut self, entry: &VerifiedEntry) {
        let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        // Few entries are of this kind: the rest is not parsed a second time.
        if !entry.leaf.windows(13).any(|part| part == b"\"key_rotated\"") {
            return;
        }
        let Some(leaf) = read(&entry.leaf) else { return };
        let Some(payload) = entry.payload.as_deref().and_then(read) else { return };
        if let (Some("key_rotated"), Some(old), Some(new)) =
            (leaf.get("kind").and_then(Value::as_str), text(&payload, "old_vkey"), text(&payload, "new_vkey"))
        {
            self.0.push(Change { index: entry.index, old, new });
        }
    }

    /// From the pinned key to the one that signed the bundle, a sentence each step; `None`: no such way.
    pub fn followed(&self, pinned: &Verifier, report: &Report) -> Option<Vec<String>> {
        let (mut key, mut told) = (pinned.clone(), Vec::new());
        for change in &self.0 {
            if key.vkey() == report.vkey {
                break;
            }
            if change.old != key.vkey() {
                continue;
            }
            // The old key must have signed what covers the entry: otherwise anybody could have appended it.
            let signed = report.notes.handovers().iter().filter_map(|note| key.open(note).ok());
            let Some(covers) = signed.filter(|c| c.origin == report.origin).find(|c| c.size > change.index)
            else {
                continue;
            };
            told.push(format!(
                "the key {} handed over to {}: entry {} says so, and the old key signed the first {} entries with it",
                change.old, change.new, change.index, covers.size
            ));
            key = Verifier::from_vkey(&change.new).ok()?;
        }
        (key.vkey() == report.vkey).then_some(told)
    }
}

#[cfg(test)]
mod tests {
    use navi_ledger::bundle::{self, Entry, Manifest, Writer};
    use navi_ledger::checkpoint::{Checkpoint, Signer, with_lines};
    use navi_ledger::{commitment, tree};
    use serde_json::json;

    use super::*;

    const LOG: &str = "navi.example/acme";

    fn key(seed: u8) -> Signer {
        Signer::from_seed(LOG, [seed; 32]).unwrap()
    }

    /// A log of two entries, of which the second says that key 1 gave way to key 2, and the notes over it.
    fn bundle(handover: impl Fn(&Checkpoint) -> String) -> Vec<u8> {
        let entry = |index: u64, kind: &str, payload: Value| {
            let (payload, nonce) = (payload.to_string().into_bytes(), [7; 32]);
            let committed = hex::encode(commitment::commit(&nonce, &payload));
            let leaf = json!({"kind": kind, "payload_commitment": committed}).to_string().into_bytes();
            Entry { index, leaf, payload: Some(payload), nonce: Some(nonce) }
        };
        let named = json!({"old_vkey": key(1).vkey(), "new_vkey": key(2).vkey()});
        let entries = [entry(0, "org_created", json!({})), entry(1, "key_rotated", named)];
        let hashes: Vec<_> = entries.iter().map(|e| tree::leaf_hash(&e.leaf)).collect();
        let signed = Checkpoint { origin: LOG.into(), size: 2, root: tree::root_of(&hashes) };
        let manifest = Manifest::new(LOG, 2, 0, key(2).vkey());
        let (note, notes) = (key(2).sign(&signed), [handover(&signed)]);
        let mut writer = Writer::with_handovers(Vec::new(), manifest, &note, None, &notes, false).unwrap();
        entries.iter().for_each(|entry| writer.entry(entry).unwrap());
        writer.finish().unwrap()
    }

    fn both(checkpoint: &Checkpoint) -> String {
        let old = key(1).sign(checkpoint);
        with_lines(&key(2).sign(checkpoint), old.lines().last())
    }

    fn followed(bytes: &[u8], pinned: &Signer) -> Result<Option<Vec<String>>, bundle::Broken> {
        let mut changes = Changes::default();
        let report = bundle::verify(bytes, None, &mut |entry| {
            changes.visit(entry);
            Ok(())
        })?;
        Ok(changes.followed(pinned.verifier(), &report))
    }

    #[test]
    fn a_key_is_followed_if_the_old_one_signed_the_entry_about_it() {
        let told = followed(&bundle(both), &key(1)).unwrap().unwrap();
        assert!(told[0].contains("handed over") && told[0].contains("entry 1"), "{told:?}");
        assert_eq!(
            followed(&bundle(both), &key(3)).unwrap(),
            None,
            "nobody handed over from a stranger's key"
        );
        let by_new_only = |c: &Checkpoint| key(2).sign(c);
        assert_eq!(followed(&bundle(by_new_only), &key(1)).unwrap(), None, "the old key never agreed");
        let too_early = |c: &Checkpoint| {
            let leaf = json!({"kind": "org_created", "payload_commitment": hex::encode(commitment::commit(&[7; 32], b"{}"))});
            let root = tree::leaf_hash(leaf.to_string().as_bytes());
            both(&Checkpoint { size: 1, root, ..c.clone() })
        };
        assert_eq!(followed(&bundle(too_early), &key(1)).unwrap(), None, "it covers nothing of the change");
        let forked = |c: &Checkpoint| both(&Checkpoint { root: [9; 32], ..c.clone() });
        assert!(matches!(followed(&bundle(forked), &key(1)), Err(bundle::Broken::Handover { size: 2 })));
    }
}
