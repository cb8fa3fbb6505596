//! A request that comes again.

use navi_domain::approval::ApprovalStatus;
use navi_domain::decision::DecisionRecord;
use navi_domain::permit::PermitStatus;
use navi_store::{ApprovalFilter, ApprovalRow};

use crate::{App, Refusal};

/// What people approved already for a request that would ask again, and whose permit still waits to be redeemed: the same
/// request tried again after it was approved, or an edit with just this material.
///
/// # Errors
/// The store's refusal.
pub async fn approved_unused(app: &App, record: &DecisionRecord) -> Result<Option<ApprovalRow>, Refusal> {
    let filter = ApprovalFilter {
        status: vec![ApprovalStatus::Approved],
        requester: Some(record.action.on_behalf_of.clone()),
        repo: record.action.repo.clone(),
        action_type: Some(record.action.action_type.as_str().to_owned()),
        limit: 20,
        ..ApprovalFilter::default()
    };
    for row in app.store.approvals(&filter).await?.items {
        let same = (row.approval.edited_from.is_some()
            || row.decision.resubmission_key == record.resubmission_key)
            && row.decision.fingerprint == record.fingerprint
            && row.approval.policy_hash == record.policy_hash;
        if !same {
            continue;
        }
        let permit = app.store.permit_of_approval(&row.approval.id).await?;
        let now = app.store.now();
        if permit.is_some_and(|p| p.status == PermitStatus::Issued && now <= p.expires_at) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}
