//! The record leaves the house: that is written down first.

use navi_domain::event::EventKind;
use navi_store::Change;
use serde_json::json;

use super::{commit, event, lost_races};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Records an export and signs a checkpoint that covers it: (size, note).
///
/// # Errors
/// The store's refusal.
pub async fn export(app: &App, caller: &Caller, compress: bool) -> Result<(u64, String), Refusal> {
    let payload = json!({"format": "bundle", "compressed": compress});
    let change = Change::default().event(event(EventKind::Exported, caller, "ledger", &[], payload));
    commit(app, change).await?.ok_or_else(lost_races)?;
    Ok(app.notary.newest(app.store.as_ref(), true).await?)
}
