//! A proposal for the wire.

use navi_domain::proposal::Proposal;
use navi_protocol::proposals::ProposalView;

use super::name;

/// Builds the view.
#[must_use]
pub fn build(proposal: &Proposal) -> ProposalView {
    ProposalView {
        id: proposal.id.clone(),
        kind: name(&proposal.kind),
        about: proposal.about.clone(),
        looser: proposal.looser.clone(),
        words: super::words::changes(&proposal.looser),
        request: proposal.request.clone(),
        base_version: proposal.base_version,
        proposed_by: proposal.proposed_by.clone(),
        created_at: proposal.created_at,
        status: name(&proposal.status),
        decided_by: proposal.decided_by.clone(),
        decided_at: proposal.decided_at,
    }
}
