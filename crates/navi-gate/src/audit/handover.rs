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
