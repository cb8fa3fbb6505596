//! From a request to a decision: material, facts, risk, policy. Shared by evaluate, redeem and votes.

use std::collections::BTreeMap;
use std::sync::Arc;

use navi_domain::action::{Action, ActionType, Claims, FileChange, FileOp, TargetState};
use navi_domain::decision::{self, Decision, DecisionRecord, Question};
use navi_domain::guardrail::Guardrails;
use navi_domain::people::Role;
use navi_domain::policy::{AutonomyPolicy, effective};
use navi_domain::risk::{RiskSettings, assess};
use navi_domain::settings::OrgSettings;
use navi_domain::{SECOND, canonical, fact};
use navi_protocol::evaluate::Context;
use navi_store::{Expected, Key};
use serde::Serialize;
use serde_json::Value;

use crate::auth::Caller;
use crate::{App, Refusal};

/// Incidents count for this long.
const INCIDENT_WINDOW: i64 = 24 * 3600 * SECOND;

/// The material and the claims of a request. Identity comes from the credential, never from the request.
#[must_use]
pub fn material(app: &App, caller: &Caller, action_type: &str, context: &Context) -> (Action, Claims) {
    let mut files: BTreeMap<String, FileChange> = BTreeMap::new();
    for path in &context.target_files {
        let change = FileChange { path: path.clone(), op: FileOp::Edit, before: None, after: None };
        files.insert(path.clone(), change);
    }
    for file in &context.files {
        files.insert(file.path.clone(), file.clone());
    }
    let action_type = ActionType::parse(action_type);
    if action_type.as_str() == "file_read" {
        for path in &context.target_files {
            if let Some(file) = files.get_mut(path).filter(|f| f.before.is_none()) {
                file.op = FileOp::Read;
            }
        }
    }
    let action = Action {
        org: app.store.org().to_owned(),
        agent: caller.token.agent.clone(),
        on_behalf_of: caller.user().to_owned(),
        session_id: context.session_id.clone(),
        action_type,
        tool: context.tool.clone(),
        args: context.args.clone().map(integers_only),
        command: context.command.clone(),
        cwd: context.cwd.clone(),
        files: files.into_values().collect(),
        diff: context.diff.clone(),
        repo: context.repo.clone(),
        branch: context.branch.clone(),
        environment: context.environment.clone(),
        target_state: context
            .target_state
            .clone()
            .unwrap_or_else(|| TargetState::None("not observed".into())),
    };
    let claims = Claims {
        intent: context.intent.clone(),
        repos: context.repos.clone(),
        other: context.other.clone().into_iter().map(|(k, v)| (k, integers_only(v))).collect(),
    };
    (action, claims)
}

/// Canonical JSON knows no floats and no integers above 2^53: they become their own text.
#[must_use]
pub fn integers_only(value: Value) -> Value {
    match value {
        Value::Number(_) if canonical::check_numbers(&value).is_err() => Value::String(value.to_string()),
        Value::Array(items) => items.into_iter().map(integers_only).collect(),
        Value::Object(fields) => fields.into_iter().map(|(k, v)| (k, integers_only(v))).collect(),
        other => other,
    }
}

/// Everything a decision rests on beside the action.
pub struct Grounds {
    /// Policy in force.
    pub policy: AutonomyPolicy,
    /// Risk settings in force.
    pub risk: RiskSettings,
    /// Incidents in the repository.
    pub recent_incidents: u32,
    /// The organisation's settings.
    pub settings: Arc<OrgSettings>,
    /// Hash of policy, weights and catalogue version.
    pub policy_hash: String,
    /// The policy rows that were read, with the versions they had.
    pub read: Vec<(Key, Expected)>,
}

#[derive(Serialize)]
struct Hashed<'a> {
    policy: &'a AutonomyPolicy,
    risk: &'a RiskSettings,
    catalogue_version: u32,
}

/// Reads what decides about actions of a person in a repository.
///
/// # Errors
/// The store's refusal.
pub async fn grounds(app: &App, user: &str, repo: Option<&str>) -> Result<Grounds, Refusal> {
    let role = app.store.user(user).await?.map_or(Role::Developer, |u| u.role);
    let saved = app.store.policies_for(user, role.as_str(), repo).await?;
    let recent_incidents = match repo {
        Some(repo) => app.store.incidents_since(repo, app.store.now() - INCIDENT_WINDOW).await?,
        None => 0,
    };
    let policy = effective(&saved);
    let settings = Arc::new(app.store.org_settings().await?.unwrap_or_default());
    let risk = RiskSettings::default();
    let hashed = Hashed { policy: &policy, risk: &risk, catalogue_version: fact::CATALOGUE_VERSION };
    let policy_hash = canonical::policy_hash(&hashed)?;
    let read = saved.iter().map(|p| (Key::Policy(p.scope.clone()), Expected::Version(p.version))).collect();
    Ok(Grounds { policy, settings, risk, recent_incidents, policy_hash, read })
}

/// What a decided action comes to, before it has ids.
///
/// # Errors
/// When the material has no canonical form.
pub fn decide(
    app: &App,
    caller: &Caller,
    action: Action,
    claims: Claims,
    request_key: Option<&str>,
    grounds: &Grounds,
    ids: (String, [u8; 16], i64),
) -> Result<DecisionRecord, Refusal> {
    let (id, salt, created_at) = ids;
    let facts = fact::derive(&action, &claims, grounds.recent_incidents);
    let assessment = assess(&action.action_type, &facts, &grounds.risk);
    let guardrails = Guardrails::open();
    let decision = decision::decide(&Question {
        action_type: &action.action_type,
        facts: &facts,
        assessment: &assessment,
        policy: &grounds.policy,
        guardrails: &guardrails,
        rejected_before: None,
        flooding: false,
        grant: None,
    });
    let fingerprint = canonical::fingerprint(&action, &app.org_key)?;
    Ok(DecisionRecord {
        id,
        actor: caller.actor(),
        digest: canonical::digest(&action, &salt)?,
        salt: hex::encode(salt),
        resubmission_key: resubmission_key(&action, request_key, &fingerprint),
        fingerprint,
        facts,
        recent_incidents: grounds.recent_incidents,
        risk: grounds.risk.clone(),
        guardrails,
        catalogue: String::new(),
        effect_key: String::new(),
        rejected_before: None,
        flooding: false,
        grant_id: None,
        advice: None,
        assessment,
        policy: grounds.policy.clone(),
        policy_hash: grounds.policy_hash.clone(),
        decision,
        approval_id: None,
        permit_id: None,
        created_at,
        version: 0,
        action,
        claims,
    })
}

/// What a resubmission has in common with the first try: the client's key, or session, type and files.
fn resubmission_key(action: &Action, request_key: Option<&str>, fingerprint: &str) -> String {
    let agent = action.agent.as_deref().unwrap_or_default();
    let text = match (request_key, &action.session_id) {
        (Some(key), _) => format!("key\n{agent}\n{key}"),
        (None, Some(session)) if !action.files.is_empty() => {
            let paths: Vec<&str> = action.files.iter().map(|f| f.path.as_str()).collect();
            let (kind, repo) = (action.action_type.as_str(), action.repo.as_deref().unwrap_or_default());
            let tool = action.tool.as_deref().unwrap_or_default();
            format!("files\n{agent}\n{session}\n{kind}\n{repo}\n{tool}\n{}", paths.join("\n"))
        }
        _ => format!("same\n{agent}\n{fingerprint}"),
    };
    crate::auth::secret_hash(&text)
}

/// A recorded decision under what is in force now: its facts stay, policy and guardrails are the newest.
#[must_use]
pub fn again(record: &DecisionRecord, grounds: &Grounds) -> Decision {
    decision::decide(&Question {
        action_type: &record.action.action_type,
        facts: &record.facts,
        assessment: &assess(&record.action.action_type, &record.facts, &grounds.risk),
        policy: &grounds.policy,
        guardrails: &record.guardrails,
        rejected_before: None,
        flooding: false,
        grant: None,
    })
}
