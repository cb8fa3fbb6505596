//! The requester withdraws a pending request: nobody waits any more.

use navi_domain::approval::Approval;
use navi_domain::event::EventKind;
use navi_store::{Change, Record};
use serde_json::json;

use super::{TRIES, commit, event, expire, lost_races};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Withdraws. A request that has already ended stays as it is; its unused permit is taken back.
///
/// # Errors
/// `not_found` for somebody else's request.
pub async fn cancel(app: &App, caller: &Caller, id: &str) -> Result<Approval, Refusal> {
    for _ in 0..TRIES {
        let unknown = || Refusal::not_found("approval", id);
        let approval = expire::current(app, id).await?.ok_or_else(unknown)?;
        if approval.requester != caller.user() {
            return Err(unknown());
        }
        let links = super::claim::links(&approval);
        let change = if let Some(cancelled) = approval.cancel(app.store.now()) {
            Change::default()
                .event(event(EventKind::ApprovalCancelled, caller, id, &links, json!({})))
                .put(Record::Approval(cancelled))
        } else {
            let permit = app.store.permit_of_approval(id).await?;
            let Some(revoked) = permit.and_then(|p| p.revoke()) else { return Ok(approval) };
            Change::default()
                .event(event(
                    EventKind::PermitRevoked,
                    caller,
                    &revoked.id,
                    &links,
                    json!({"reason": "withdrawn"}),
                ))
                .put(Record::Permit(revoked))
        };
        if commit(app, change).await?.is_some() {
            return app.store.approval(id).await?.ok_or_else(unknown);
        }
    }
    Err(lost_races())
}
