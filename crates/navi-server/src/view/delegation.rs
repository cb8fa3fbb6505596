//! A delegation for the wire.

use navi_domain::UtcMicros;
use navi_domain::delegation::Delegation;
use navi_protocol::delegations::DelegationView;

/// Builds the view.
#[must_use]
pub fn build(delegation: &Delegation, now: UtcMicros) -> DelegationView {
    DelegationView {
        id: delegation.id.clone(),
        from: delegation.from.clone(),
        to: delegation.to.clone(),
        starts_at: delegation.starts_at,
        ends_at: delegation.ends_at,
        reason: delegation.reason.clone(),
        created_at: delegation.created_at,
        revoked_at: delegation.revoked_at,
        in_force: delegation.in_force(now),
    }
}
