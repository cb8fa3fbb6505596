//! A policy for the wire.

use navi_domain::policy::{
    ActionPattern, AutonomyPolicy, InForce, Link, PolicyScope,
    chain::origins,
    change::{differences, warnings},
};
use navi_protocol::policy::{PolicySource, PolicyVersion, PolicyView, ScopeView};
use serde::Deserialize;

use super::{name, score};

/// Builds the view of a policy that stands for itself.
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
        warnings: warnings(policy),
        chain: Vec::new(),
        fields: origins(policy).into_iter().map(|(field, from)| (field.to_owned(), from)).collect(),
        locks: Vec::new(),
    }
}

/// What is in force at a scope: its own policy, or (with version 0) the one it inherits.
#[must_use]
pub fn in_force(scope: PolicyScope, found: &InForce) -> PolicyView {
    let own = found.policy.scope == scope;
    let shown =
        AutonomyPolicy { scope, version: if own { found.policy.version } else { 0 }, ..found.policy.clone() };
    PolicyView {
        source: found.policy.scope.describe(),
        fields: build(&found.policy).fields,
        chain: links(&found.chain),
        ..build(&shown)
    }
}

/// What a decision says about its policy.
#[must_use]
pub fn source(policy: &AutonomyPolicy, chain: &[Link]) -> PolicySource {
    let PolicyView { source, version, level, fields, .. } = build(policy);
    PolicySource { source, version, level, chain: links(chain), fields }
}

fn links(chain: &[Link]) -> Vec<ScopeView> {
    let view = |l: &Link| ScopeView { scope: l.scope.describe(), version: l.version, wins: l.wins };
    chain.iter().map(view).collect()
}

/// What the payload of a saved policy's ledger entry says beside the policy.
#[derive(Debug, Deserialize)]
pub struct Saved {
    /// The policy.
    #[serde(flatten)]
    pub policy: AutonomyPolicy,
    /// In which way it was looser than what was in force.
    #[serde(default)]
    pub looser: Vec<String>,
    /// Who proposed it.
    #[serde(default)]
    pub proposed_by: Option<String>,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// One version of a policy beside the one before it. `version` counts where the payload is gone.
#[must_use]
pub fn version(
    entry: &navi_store::Entry,
    saved_at: i64,
    number: u64,
    saved: Option<&Saved>,
    before: Option<&Saved>,
) -> PolicyVersion {
    let changed = match (saved, before) {
        (Some(saved), Some(before)) => differences(&before.policy, &saved.policy),
        (Some(_), None) if number <= 1 => vec!["first version".to_owned()],
        _ => Vec::new(),
    };
    PolicyVersion {
        version: number,
        saved_by: entry.actor.clone(),
        proposed_by: saved.and_then(|s| s.proposed_by.clone()),
        saved_at,
        policy: saved.map(|s| build(&s.policy)),
        changed,
        looser: saved.map(|s| s.looser.clone()).unwrap_or_default(),
        reason: saved.map(|s| s.reason.clone()).unwrap_or_default(),
        ledger_index: entry.index,
    }
}
