//! An allow rule for the wire.

use navi_domain::allow::{AllowRule, Likeness};
use navi_domain::fact::FactKind;
use navi_protocol::allow::AllowRuleView;

/// What must be like, without words around it.
#[must_use]
pub fn what(likeness: &Likeness) -> String {
    match likeness {
        Likeness::SameAction { shown, .. } => shown.clone(),
        Likeness::SameProgram { words } => words.join(" "),
        Likeness::SamePath { folder } => folder.join("/"),
    }
}

/// Builds the view.
#[must_use]
pub fn build(rule: &AllowRule) -> AllowRuleView {
    AllowRuleView {
        id: rule.id.clone(),
        user: rule.user.clone(),
        agent: rule.agent.clone(),
        action_type: rule.action_type.as_str().to_owned(),
        repo: rule.repo.clone(),
        environment: rule.environment.clone(),
        like: rule.likeness.as_str().to_owned(),
        what: what(&rule.likeness),
        facts: rule.facts.keys().copied().map(FactKind::as_str).map(str::to_owned).collect(),
        rule: rule.rule.clone(),
        level: rule.level.as_str().to_owned(),
        approval_id: rule.approval_id.clone(),
        proposed_by: rule.proposed_by.clone(),
        created_at: rule.created_at,
        expires_at: rule.expires_at,
    }
}
