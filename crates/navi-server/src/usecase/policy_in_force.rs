//! The policy in force at a scope, with everything that was read to find it.

pub mod locks;

use navi_domain::people::Role;
use navi_domain::policy::{InForce, PolicyScope, in_force};
use navi_store::{Expected, Key};

use super::version_key;
use crate::{App, Refusal};

/// What was found, and the rows it rests on, also those that are not there.
pub struct Found {
    /// Policy and chain.
    pub in_force: InForce,
    /// The rows that were read.
    pub read: Vec<(Key, Expected)>,
}

/// Finds it. A person nobody knows yet has the role of a developer.
///
/// # Errors
/// The store's refusal.
pub async fn policy_in_force(app: &App, scope: &PolicyScope) -> Result<Found, Refusal> {
    let role = match scope {
        PolicyScope::UserRepo { user, .. } | PolicyScope::User { user } => app.store.user(user).await?,
        PolicyScope::Role { .. } | PolicyScope::Default => None,
    };
    policy_in_force_as(app, scope, role.map_or(Role::Developer, |u| u.role)).await
}

/// Finds it for a person whose role is known; the role does not matter for scopes of no person.
///
/// # Errors
/// The store's refusal.
pub async fn policy_in_force_as(app: &App, scope: &PolicyScope, role: Role) -> Result<Found, Refusal> {
    let role = role.as_str();
    let saved = match scope {
        PolicyScope::UserRepo { user, repo } => app.store.policies_for(user, role, Some(repo)).await?,
        PolicyScope::User { user } => app.store.policies_for(user, role, None).await?,
        PolicyScope::Role { .. } => {
            let own = app.store.policy(scope).await?;
            own.into_iter().chain(app.store.policy(&PolicyScope::Default).await?).collect()
        }
        PolicyScope::Default => app.store.policy(scope).await?.into_iter().collect(),
    };
    let found = in_force(scope, role, &saved);
    let read = found.chain.iter().map(|l| version_key(Key::Policy(l.scope.clone()), l.version)).collect();
    Ok(Found { in_force: found, read })
}
