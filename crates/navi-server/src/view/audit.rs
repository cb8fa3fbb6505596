//! A ledger entry for the wire.

use navi_domain::event::Leaf;
use navi_protocol::audit::AuditEntry;
use navi_protocol::problem::Code;
use navi_store::Entry;

use super::name;
use crate::Refusal;

/// Builds the view from the exact leaf bytes.
///
/// # Errors
/// When the stored leaf is no leaf (the database was edited).
pub fn build(entry: &Entry) -> Result<AuditEntry, Refusal> {
    let broken = |_| {
        tracing::error!(index = entry.index, "the stored leaf is no leaf");
        Refusal::new(
            Code::Unavailable,
            format!("Ledger entry {} is damaged. Verify the ledger.", entry.index),
        )
    };
    let leaf: Leaf = serde_json::from_slice(&entry.leaf).map_err(|e| broken(e.to_string()))?;
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    Ok(AuditEntry {
        index: entry.index,
        leaf_hash: hex::encode(entry.leaf_hash),
        leaf: text(&entry.leaf),
        at: leaf.at,
        kind: name(&leaf.kind),
        actor: entry.actor.clone(),
        on_behalf_of: entry.on_behalf_of.clone(),
        subject: leaf.subject,
        links: leaf.links,
        payload: entry.payload.as_ref().map(text),
        nonce: entry.nonce.map(hex::encode),
    })
}
