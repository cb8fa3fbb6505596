//! A grant for the wire.

use navi_domain::UtcMicros;
use navi_domain::grant::{Grant, Pattern};
use navi_protocol::grants::GrantView;
use navi_protocol::words::Worded;

/// Builds the view.
#[must_use]
pub fn build(grant: &Grant, now: UtcMicros) -> GrantView {
    let reach = match grant.pattern {
        Pattern::SameAction { .. } => "same_action",
        Pattern::SameCommand { .. } => "same_command",
        Pattern::SameRule { .. } => "same_rule",
    };
    GrantView {
        id: grant.id.clone(),
        approval_id: grant.approval_id.clone(),
        given_by: grant.given_by.clone(),
        user: grant.user.clone(),
        agent: grant.agent.clone(),
        reach: reach.to_owned(),
        covers: grant.pattern.describe(),
        rule: grant.rule.clone(),
        level: grant.level.as_str().to_owned(),
        uses: grant.uses,
        max_uses: grant.max_uses,
        created_at: grant.created_at,
        expires_at: grant.expires_at,
        revoked_at: grant.revoked_at,
        live: grant.is_live(now),
        words: vec![Worded::from(&grant.pattern.said())],
    }
}
