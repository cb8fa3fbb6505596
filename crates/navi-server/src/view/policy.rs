//! A policy for the wire.

use navi_domain::policy::{ActionPattern, AutonomyPolicy, PolicyScope, change};
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
    let names = |types: &[ActionPattern]| types.iter().map(|t| t.as_str().to_owned()).collect::<Vec<_>>();
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
        warnings: change::warnings(policy),
    }
}
