//! An autonomy policy is saved: validated, against the version that was read.

use navi_domain::event::EventKind;
use navi_domain::policy::{ActionPattern, AutonomyLevel, AutonomyPolicy, PolicyScope};
use navi_protocol::policy::PolicyRequest;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};

use super::{Remember, commit, event, remember};
use crate::auth::Caller;
use crate::view::policy as view;
use crate::{App, Refusal};

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
) -> Result<AutonomyPolicy, Refusal> {
    let scope = PolicyScope::parse(user_id, request.repo.as_deref());
    let saved = app.store.policy(&scope).await?;
    let (known, claimed) = (saved.as_ref().map_or(0, |p| p.version), request.version.unwrap_or(0));
    let conflict = |known: u64| {
        let detail =
            format!("The policy has version {known}, the change is for version {claimed}. Load it again.");
        Refusal::new(Code::VersionConflict, detail)
    };
    if known != claimed {
        return Err(conflict(known));
    }
    let policy = complete(scope, request, known)?;
    let payload = serde_json::to_value(&policy).unwrap_or_default();
    // A leaf holds no names: the scope is in the payload, its pseudonym in the leaf.
    let subject = navi_domain::canonical::reason_commitment(app.org_key.as_slice(), &policy.scope.describe());
    let change = Change::default()
        .event(event(EventKind::PolicyChanged, caller, &subject, &[], payload))
        .put(Record::Policy(policy.clone()));
    let after = AutonomyPolicy { version: known + 1, ..policy };
    let body = view::build(&after);
    match commit(app, remember(change, key, 200, &body, app.store.now())).await? {
        Some(_) => Ok(after),
        None => Err(conflict(known + 1)),
    }
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
    let types = |names: &Vec<String>| names.iter().map(|n| ActionPattern::parse(n)).collect::<Vec<_>>();
    let explicit: Vec<ActionPattern> = given.into_iter().flatten().flat_map(types).collect();
    // A type that is listed explicitly leaves the default list it stood in.
    for list in
        [&mut policy.auto_allowed_actions, &mut policy.require_approval_for, &mut policy.blocked_actions]
    {
        list.retain(|t| !explicit.contains(t));
    }
    for (list, given) in [
        (&mut policy.auto_allowed_actions, given[0]),
        (&mut policy.require_approval_for, given[1]),
        (&mut policy.blocked_actions, given[2]),
    ] {
        if let Some(names) = given {
            *list = types(names);
        }
    }
    policy.validate().map_err(|e| invalid(format!("{e}.")))?;
    Ok(policy)
}
