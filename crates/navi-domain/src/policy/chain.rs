//! Which policies were looked at, which won, and where each of its fields comes from.

use serde::{Deserialize, Serialize};

use super::{AutonomyPolicy, PolicyScope, effective};

/// One scope that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The scope.
    pub scope: PolicyScope,
    /// Version of what is saved there; 0: nothing.
    pub version: u64,
    /// Whether it is the one in force.
    pub wins: bool,
}

/// The policy in force and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// The policy.
    pub policy: AutonomyPolicy,
    /// What was looked at, the most specific first; the last one is the organisation's default, which always has an
    /// answer (its version is 0 when it is the built-in one).
    pub chain: Vec<Link>,
}

/// Finds the policy in force at a scope: user+repo → user → role → organisation default. `role` is the person's, for
/// scopes of a person; `saved` holds what was saved for any of these scopes, others in it are ignored.
#[must_use]
pub fn in_force(scope: &PolicyScope, role: &str, saved: &[AutonomyPolicy]) -> InForce {
    let of_role = PolicyScope::Role { role: role.to_owned() };
    let scopes = match scope {
        PolicyScope::UserRepo { user, .. } => {
            vec![scope.clone(), PolicyScope::User { user: user.clone() }, of_role, PolicyScope::Default]
        }
        PolicyScope::User { .. } => vec![scope.clone(), of_role, PolicyScope::Default],
        PolicyScope::Role { .. } => vec![scope.clone(), PolicyScope::Default],
        PolicyScope::Default => vec![PolicyScope::Default],
    };
    let policy = effective(saved.iter().filter(|p| scopes.contains(&p.scope)));
    let version_of = |s: &PolicyScope| saved.iter().find(|p| p.scope == *s).map_or(0, |p| p.version);
    let chain = scopes
        .into_iter()
        .map(|s| Link { version: version_of(&s), wins: s == policy.scope, scope: s })
        .collect();
    InForce { policy, chain }
}

/// Where each field of a policy comes from: the policy itself, or the default of its level.
#[must_use]
pub fn origins(policy: &AutonomyPolicy) -> Vec<(&'static str, String)> {
    let source = policy.scope.describe();
    let level = AutonomyPolicy::of_level(policy.scope.clone(), policy.level);
    let of_level = format!("default of level {}", policy.level.as_str());
    let origin = |same: bool| if same { of_level.clone() } else { source.clone() };
    vec![
        ("level", source.clone()),
        ("max_risk_threshold", origin(policy.max_risk_threshold == level.max_risk_threshold)),
        ("auto_allowed_actions", origin(policy.auto_allowed_actions == level.auto_allowed_actions)),
        ("require_approval_for", origin(policy.require_approval_for == level.require_approval_for)),
        ("blocked_actions", origin(policy.blocked_actions == level.blocked_actions)),
    ]
}
