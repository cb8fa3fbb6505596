//! What runs rests on signatures: they are verified again before it does, because state tables are only a projection.

use navi_domain::approval::Approval;
use navi_domain::canonical;
use navi_domain::evidence;
use navi_domain::vote::{Vote, VoteVerdict};
use navi_protocol::problem::Code;

use crate::{App, Refusal};

/// An approval whose approving votes were verified.
pub struct Carried {
    /// The approval.
    pub approval: Approval,
    /// Who approved, with the statement they signed.
    pub approves: Vec<(String, Vote)>,
}

/// Verifies the votes of an approval: enough people signed exactly its digest, with the keys its level needs.
///
/// # Errors
/// `unavailable` when they do not carry it; nothing may run then.
pub async fn carried(app: &App, approval_id: &str) -> Result<Carried, Refusal> {
    let approval = app.store.approval(approval_id).await?;
    let approval = approval.ok_or_else(|| Refusal::not_found("approval", approval_id))?;
    let (votes, devices) = (app.store.votes(approval_id).await?, app.store.devices(None).await?);
    let of_device: Vec<_> = votes
        .iter()
        .filter_map(|v| {
            let device = devices.iter().find(|d| d.id == v.device_id)?;
            Some((v.vote.as_slice(), v.signature.as_slice(), device))
        })
        .collect();
    let settings = app.store.org_settings().await?.unwrap_or_default();
    let self_approver = settings.self_approvers.contains(&approval.requester);
    if !evidence::carries(&approval, &of_device, self_approver) {
        tracing::error!(approval_id, "an approved approval is not carried by its signatures");
        let detail = "The approval is not carried by its signatures. Nothing may run; verify the ledger.";
        return Err(Refusal::new(Code::Unavailable, detail));
    }
    let approves = of_device
        .iter()
        .filter_map(|(bytes, _, device)| Some((device.user.clone(), canonical::parse_vote(bytes)?)))
        .filter(|(_, vote)| vote.verdict == VoteVerdict::Approve)
        .collect();
    Ok(Carried { approval, approves })
}
