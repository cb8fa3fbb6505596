//! A policy for the wire.

use navi_domain::action::ActionType;
use navi_domain::policy::{AutonomyPolicy, PolicyScope};
use navi_protocol::policy::PolicyView;

use super::{name, score};

/// Builds the view.
#[must_use]
pub fn build(policy: &AutonomyPolicy) -> PolicyView {
    let (user_id, repo) = match &policy.scope {
        PolicyScope::UserRepo { user, repo } => (user.clone(), Some(repo.clone())),
        PolicyScope::User { user } => (user.clone(), None),
        PolicyScope::Role { role } => (format!("role:{role}"), None),
        PolicyScope::Default => ("default".to_owned(), None),
    };
    let names = |types: &[ActionType]| types.iter().map(|t| t.as_str().to_owned()).collect::<Vec<_>>();
    let lists = [&policy.auto_allowed_actions, &policy.require_approval_for, &policy.blocked_actions];
    let warnings = lists
        .into_iter()
        .flatten()
        .filter(|t| !t.is_known())
        .map(|t| format!("{} is no action type the product knows", t.as_str()))
        .collect();
    PolicyView {
        user_id,
        repo,
        level: name(&policy.level),
        max_risk_threshold: score(policy.max_risk_threshold),
        auto_allowed_actions: names(&policy.auto_allowed_actions),
        require_approval_for: names(&policy.require_approval_for),
        blocked_actions: names(&policy.blocked_actions),
        version: policy.version,
        source: policy.scope.describe(),
        warnings,
    }
}
