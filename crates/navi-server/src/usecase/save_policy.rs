//! An autonomy policy is saved: validated, against the version that was read, and perhaps only proposed.

use navi_domain::canonical;
use navi_domain::event::EventKind;
use navi_domain::policy::{ActionPattern, AutonomyLevel, AutonomyPolicy, InForce, PolicyScope, loosens};
use navi_domain::proposal::{Proposal, ProposalKind};
use navi_protocol::policy::{PolicyRequest, RevertRequest};
use navi_protocol::problem::Code;
use navi_store::{Expected, Key, Record};
use serde::{Deserialize, Serialize};

use super::policy_in_force::policy_in_force;
use super::propose::{Prepared, Settled, because, settle};
use super::{Remember, TRIES, lost_races};
use crate::auth::Caller;
use crate::view::policy as view;
use crate::{App, Refusal};

/// What became of a change.
pub enum Answer<T> {
    /// It is in force.
    Saved(T),
    /// It waits for a second person.
    Proposed(Box<Proposal>),
}

/// What a proposal keeps.
#[derive(Serialize, Deserialize)]
struct Kept {
    user_id: String,
    policy: PolicyRequest,
}

/// A checked policy beside what is in force at its scope.
pub struct Draft {
    /// The policy; its version is the saved one's.
    pub policy: AutonomyPolicy,
    /// What is in force now.
    pub before: InForce,
    /// In which way it is looser.
    pub looser: Vec<String>,
    read: Vec<(Key, Expected)>,
}

/// Saves.
///
/// # Errors
/// `invalid` for values out of range, `version_conflict` when somebody else saved first.
pub async fn save_policy(
    app: &App,
    caller: &Caller,
    user_id: &str,
    request: &PolicyRequest,
    key: Option<&Remember>,
) -> Result<Answer<AutonomyPolicy>, Refusal> {
    for _ in 0..TRIES {
        let (prepared, after) = prepare(app, user_id, request).await?;
        match settle(app, caller, prepared, &view::build(&after), key).await? {
            Settled::Saved => return Ok(Answer::Saved(after)),
            Settled::Proposed(proposal) => return Ok(Answer::Proposed(proposal)),
            Settled::Again => {}
        }
    }
    Err(lost_races())
}

/// Saves an older version as the newest.
///
/// # Errors
/// As [`save_policy`]; `not_found` when there was no such version or its content was erased.
pub async fn revert(
    app: &App,
    caller: &Caller,
    user_id: &str,
    request: &RevertRequest,
    key: Option<&Remember>,
) -> Result<Answer<AutonomyPolicy>, Refusal> {
    let scope = PolicyScope::parse(user_id, request.repo.as_deref());
    let old = super::policy_history::version(app, &scope, request.to_version).await?;
    let names = |list: &[ActionPattern]| Some(list.iter().map(|p| p.as_str().to_owned()).collect());
    let again = PolicyRequest {
        level: old.level.as_str().to_owned(),
        max_risk_threshold: Some(f64::from(old.max_risk_threshold) / 1000.0),
        auto_allowed_actions: names(&old.auto_allowed_actions),
        require_approval_for: names(&old.require_approval_for),
        blocked_actions: names(&old.blocked_actions),
        repo: request.repo.clone(),
        version: Some(request.version),
        reason: request.reason.clone(),
    };
    save_policy(app, caller, user_id, &again, key).await
}

/// Prepares what a proposal asks for, against what is in force now.
///
/// # Errors
/// As [`save_policy`].
pub(super) async fn prepare_proposed(app: &App, proposal: &Proposal) -> Result<Prepared, Refusal> {
    let kept: Kept = super::kept(proposal)?;
    Ok(prepare(app, &kept.user_id, &kept.policy).await?.0)
}

async fn prepare(
    app: &App,
    user_id: &str,
    request: &PolicyRequest,
) -> Result<(Prepared, AutonomyPolicy), Refusal> {
    let Draft { policy, looser, read, .. } = draft(app, user_id, request).await?;
    let (known, claimed) = (policy.version, request.version.unwrap_or(0));
    if known != claimed {
        let detail =
            format!("The policy has version {known}, the change is for version {claimed}. Load it again.");
        return Err(Refusal::new(Code::VersionConflict, detail));
    }
    let after = AutonomyPolicy { version: known + 1, ..policy.clone() };
    let kept = Kept { user_id: user_id.to_owned(), policy: request.clone() };
    let prepared = Prepared {
        kind: ProposalKind::Policy,
        about: policy.scope.describe(),
        looser,
        request: serde_json::to_value(&kept).unwrap_or_default(),
        base_version: known,
        event: (EventKind::PolicyChanged, subject(app, &policy.scope)),
        payload: because(serde_json::to_value(&after).unwrap_or_default(), &request.reason),
        record: Record::Policy(policy),
        read,
    };
    Ok((prepared, after))
}

/// Subject of a policy's ledger entries. A leaf holds no names: the scope is in the payload, its pseudonym in the leaf.
#[must_use]
pub fn subject(app: &App, scope: &PolicyScope) -> String {
    canonical::reason_commitment(app.org_key.as_slice(), &scope.describe())
}

/// Checks a request and compares it with what is in force at its scope. Nothing is saved.
///
/// # Errors
/// `invalid` for values out of range.
pub async fn draft(app: &App, user_id: &str, request: &PolicyRequest) -> Result<Draft, Refusal> {
    let scope = PolicyScope::parse(user_id, request.repo.as_deref());
    let found = policy_in_force(app, &scope).await?;
    let own = found.in_force.chain.iter().find(|l| l.scope == scope).map_or(0, |l| l.version);
    let policy = complete(scope, request, own)?;
    let looser = loosens(&found.in_force.policy, &policy);
    Ok(Draft { policy, looser, before: found.in_force, read: found.read })
}

fn complete(scope: PolicyScope, request: &PolicyRequest, version: u64) -> Result<AutonomyPolicy, Refusal> {
    let invalid = |what: String| Refusal::new(Code::Invalid, what);
    let level: AutonomyLevel = serde_json::from_value(request.level.clone().into()).map_err(|_| {
        invalid(format!("level {:?} is not minimal, standard, elevated or full.", request.level))
    })?;
    let mut policy = AutonomyPolicy { version, ..AutonomyPolicy::of_level(scope, level) };
    if let Some(threshold) = request.max_risk_threshold {
        let thousandths = (threshold * 1000.0).round();
        if !(0.0..=1000.0).contains(&thousandths) {
            return Err(invalid(format!("max_risk_threshold {threshold} is not between 0.0 and 1.0.")));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be 0 to 1000"
        )]
        let thousandths = thousandths as u16;
        policy.max_risk_threshold = thousandths;
    }
    let given = [&request.auto_allowed_actions, &request.require_approval_for, &request.blocked_actions];
    let entries = |names: &Vec<String>| names.iter().map(|n| ActionPattern::parse(n)).collect::<Vec<_>>();
    let explicit: Vec<ActionPattern> = given.into_iter().flatten().flat_map(entries).collect();
    // An entry that is listed explicitly leaves the default list it stood in.
    for list in
        [&mut policy.auto_allowed_actions, &mut policy.require_approval_for, &mut policy.blocked_actions]
    {
        list.retain(|entry| !explicit.contains(entry));
    }
    for (list, given) in [
        (&mut policy.auto_allowed_actions, given[0]),
        (&mut policy.require_approval_for, given[1]),
        (&mut policy.blocked_actions, given[2]),
    ] {
        if let Some(names) = given {
            *list = entries(names);
        }
    }
    policy.validate().map_err(|e| invalid(format!("{e}.")))?;
    Ok(policy)
}
