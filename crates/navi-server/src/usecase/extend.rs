//! A person gives a pending approval more time, once, within the organisation's limit.

use navi_domain::event::EventKind;
use navi_store::{Change, Record};
use serde_json::json;

use super::claim::{links, person};
use super::{TRIES, commit, event, expire, lost_races};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Extends.
///
/// # Errors
/// `already_extended`, `invalid` for a length beyond the limit, or a refusal when it has ended.
pub async fn extend(app: &App, caller: &Caller, id: &str, secs: u32) -> Result<(), Refusal> {
    person(caller)?;
    for _ in 0..TRIES {
        let approval = expire::current(app, id).await?.ok_or_else(|| Refusal::not_found("approval", id))?;
        let limit_secs = app.store.org_settings().await?.unwrap_or_default().extension_secs;
        let extended = approval.extend(secs, limit_secs, app.store.now())?;
        let payload = json!({"secs": secs, "from": approval.expires_at, "expires_at": extended.expires_at});
        let event = event(EventKind::ApprovalExtended, caller, id, &links(&approval), payload);
        if commit(app, Change::default().event(event).put(Record::Approval(extended))).await?.is_some() {
            return Ok(());
        }
    }
    Err(lost_races())
}
