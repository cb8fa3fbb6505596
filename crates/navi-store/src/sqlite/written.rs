//! What an entry says about the rows that were written with it: a keyed tag of each, and the text of those that can be
//! put back from it. The payload is committed to in the leaf, so a row that was changed below the product no longer fits.
//!
//! Field `rows`: `{"TABLE/ID": "VERSION:TAG"}`; field `bodies`: `{"TABLE/ID": TEXT}`.

use hmac::{Hmac, KeyInit, Mac};
use navi_domain::erasure::RetentionClass;
use navi_domain::event::Event;
use serde_json::{Map, Value};
use sha2::Sha256;

use super::prepared::Row;

/// Name of the payload's field with the tags.
pub(super) const ROWS: &str = "rows";
/// Name of the payload's field with the texts.
pub(super) const BODIES: &str = "bodies";
/// The table of votes, whose rows have columns instead of a body.
pub(super) const VOTES: &str = "governance_votes";

/// Half an HMAC-SHA256 of a row under the organisation's key, in hex: whoever has only the entry cannot guess the row.
pub(super) fn tag(org_key: &[u8; 32], name: &str, text: &[u8]) -> String {
    let mut key = hmac::digest::Key::<Hmac<Sha256>>::default();
    key.iter_mut().zip(org_key).for_each(|(k, n)| *k = *n);
    let mac = Hmac::<Sha256>::new(&key).chain_update(b"row/v1\n").chain_update(name).chain_update(b"\n");
    hex::encode(mac.chain_update(text).finalize().into_bytes().get(..16).unwrap_or_default())
}

/// A vote's columns as the bytes that are tagged.
pub(super) fn vote_text(user: &str, vote: &[u8], signature: &[u8]) -> Vec<u8> {
    [user.as_bytes(), b"\n", vote, b"\n", signature].concat()
}

/// The name of a vote's row.
pub(super) fn vote_name(approval_id: &str, device_id: &str, device_seq: u64) -> String {
    format!("{VOTES}/{approval_id}/{device_id}/{device_seq}")
}

/// The events, of which one says what rows were written: the first whose payload is never erased, or else the first.
pub(super) fn told(mut events: Vec<Event>, rows: &[Row], org_key: &[u8; 32]) -> Vec<Event> {
    let (mut tags, mut bodies) = (Map::new(), Map::new());
    for row in rows {
        match row {
            Row::Body { table, id, version, body, .. } => {
                let name = format!("{}/{id}", table.name);
                let tag = tag(org_key, &name, body.as_bytes());
                if table.carried && !is_automatic(table.name, body) {
                    bodies.insert(name.clone(), Value::String(body.clone()));
                }
                tags.insert(name, Value::String(format!("{version}:{tag}")));
            }
            Row::Vote(v) => {
                let name = vote_name(&v.approval_id, &v.device_id, v.device_seq);
                let tag = tag(org_key, &name, &vote_text(&v.user, &v.vote, &v.signature));
                tags.insert(name, Value::String(format!("1:{tag}")));
            }
            Row::Idempotency(_) => {}
        }
    }
    if tags.is_empty() {
        return events;
    }
    let lasting = events.iter().position(|e| RetentionClass::of(e.kind).is_none()).unwrap_or(0);
    if let Some(event) = events.get_mut(lasting) {
        let mut fields = match std::mem::take(&mut event.payload) {
            Value::Object(fields) => fields,
            Value::Null => Map::new(),
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        fields.insert(ROWS.to_owned(), Value::Object(tags));
        if !bodies.is_empty() {
            fields.insert(BODIES.to_owned(), Value::Object(bodies));
        }
        event.payload = Value::Object(fields);
    }
    events
}

/// A permit that no person gave: written with an automatic decision, of which there may be thousands a second.
fn is_automatic(table: &str, body: &str) -> bool {
    table == "permits" && !body.contains("\"approval_id\":\"")
}
