//! From a request to a decision: material, facts, risk, policy. Shared by evaluate, redeem and votes.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use navi_domain::action::{Action, ActionType, Claims, FileChange, FileOp, TargetState};
use navi_domain::advice;
use navi_domain::allow::AllowRule;
use navi_domain::decision::{self, Decision, DecisionRecord, Question, Verdict};
use navi_domain::fact::Fact;
use navi_domain::grant::Grant;
use navi_domain::guardrail::Guardrails;
use navi_domain::people::Role;
use navi_domain::plan::PlanUse;
use navi_domain::policy::{AutonomyPolicy, InForce, Link, PolicyScope};
use navi_domain::risk::{Assessment, Level, RiskSettings, assess};
use navi_domain::settings::OrgSettings;
use navi_domain::{SECOND, canonical};
use navi_facts::redact::{self, Secrets};
use navi_facts::shell;
use navi_guardrail::{Person, RunQuestion};
use navi_protocol::evaluate::Context;
use navi_store::{Expected, Key};
use serde::Serialize;
use serde_json::Value;

use super::memory::Remembered;
use super::policy_in_force::{Found, policy_in_force_as};
use super::risk_settings::risk_in_force;
use crate::auth::Caller;
use crate::rules::Rules;
use crate::{App, Refusal};

/// Paths that guardrails get to see; a guardrail on more is no guardrail on paths.
const MOST_PATHS: usize = 1_000;
/// Incidents count for this long.
const INCIDENT_WINDOW: i64 = 24 * 3600 * SECOND;

/// The material and the claims of a request. Identity comes from the credential, never from the request.
///
/// Secrets are replaced first, so that facts, digest, display and storage speak of the same bytes.
#[must_use]
pub fn material(
    app: &App,
    rules: &Rules,
    caller: &Caller,
    action_type: &str,
    context: &Context,
) -> (Action, Claims) {
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
    let clean = Redactor { key: app.org_key.as_slice(), secrets: &rules.catalogue.secrets };
    (clean.action(action), clean.claims(claims))
}

/// Replaces secrets under the organisation's key.
pub struct Redactor<'a> {
    /// The organisation's key.
    pub key: &'a [u8],
    /// Patterns of secrets.
    pub secrets: &'a Secrets,
}

impl Redactor<'_> {
    fn text(&self, text: String) -> String {
        redact::redact(&text, self.key, self.secrets).text
    }

    fn value(&self, value: Value) -> Value {
        redact::redact_value(value, self.key, self.secrets).0
    }

    /// An action without secrets; twice is the same as once.
    #[must_use]
    pub fn action(&self, action: Action) -> Action {
        Action {
            command: action.command.map(|t| self.text(t)),
            diff: action.diff.map(|t| self.text(t)),
            args: action.args.map(|v| self.value(v)),
            cwd: action.cwd.map(|t| self.text(t)),
            branch: action.branch.map(|t| self.text(t)),
            environment: action.environment.map(|t| self.text(t)),
            repo: action.repo.map(|t| self.text(t)),
            tool: action.tool.map(|t| self.text(t)),
            files: action
                .files
                .into_iter()
                .map(|f| FileChange { path: self.text(f.path.clone()), ..f })
                .collect(),
            ..action
        }
    }

    fn claims(&self, claims: Claims) -> Claims {
        Claims {
            intent: claims.intent.map(|t| self.text(t)),
            repos: claims.repos.into_iter().map(|t| self.text(t)).collect(),
            other: claims.other.into_iter().map(|(k, v)| (k, self.value(v))).collect(),
        }
    }
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
#[derive(Clone, Debug)]
pub struct Grounds {
    /// Policy in force.
    pub policy: AutonomyPolicy,
    /// Which scopes were looked at for it.
    pub chain: Vec<Link>,
    /// Risk settings in force.
    pub risk: RiskSettings,
    /// Incidents in the repository.
    pub recent_incidents: u32,
    /// The organisation's guardrails, patterns and settings.
    pub rules: Arc<Rules>,
    /// The organisation's settings.
    pub settings: Arc<OrgSettings>,
    /// Role of the person acted for.
    pub role: Role,
    /// Groups of that person.
    pub groups: Vec<String>,
    /// Hash of policy, weights and catalogue version.
    pub policy_hash: String,
    /// The policy rows that were read, with the versions they had.
    pub read: Vec<(Key, Expected)>,
}

impl Grounds {
    /// What the guardrails say about an action of this person.
    #[must_use]
    pub fn ask_guardrails(&self, action: &Action, facts: &[Fact], assessment: &Assessment) -> Guardrails {
        let programs: Vec<String> = match &action.command {
            Some(command) if self.rules.guardrails.looks_at_programs() => {
                shell::parse(command).invocations.iter().map(|i| i.program.clone()).collect()
            }
            _ => Vec::new(),
        };
        let paths: Vec<&str> = action.files.iter().map(|f| f.path.as_str()).take(MOST_PATHS).collect();
        self.rules.ask_run(&RunQuestion {
            person: Person { id: &action.on_behalf_of, role: self.role, groups: &self.groups },
            agent: action.agent.as_deref(),
            repo: action.repo.as_deref(),
            action_type: action.action_type.as_str(),
            known_type: action.action_type.is_known(),
            facts,
            assessment,
            tool: action.tool.as_deref(),
            branch: action.branch.as_deref(),
            environment: action.environment.as_deref(),
            programs: &programs,
            paths: &paths,
        })
    }
}

#[derive(Serialize)]
struct Hashed<'a> {
    policy: &'a AutonomyPolicy,
    risk: &'a RiskSettings,
    guardrails: &'a str,
    catalogue: &'a str,
    quorum_by_level: &'a BTreeMap<Level, u8>,
    quorum_by_rule: &'a BTreeMap<String, u8>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allow_rules: Vec<&'a AllowRule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approve_reason_from: Option<Level>,
}

/// Reads what decides about actions of a person in a repository.
///
/// # Errors
/// The store's refusal.
pub async fn grounds(app: &App, user: &str, repo: Option<&str>) -> Result<Grounds, Refusal> {
    let rules = app.rules.newest(app.store.as_ref()).await?;
    grounds_under(app, rules, user, repo, true).await
}

/// Reads it for rules that were read before. What was read for the same person and place then stands in for the rows that
/// seldom change, unless `anew`: a commit notices when they are no longer the newest, because it expects them all.
///
/// # Errors
/// The store's refusal.
pub async fn grounds_under(
    app: &App,
    rules: Arc<Rules>,
    user: &str,
    repo: Option<&str>,
    anew: bool,
) -> Result<Grounds, Refusal> {
    let role = app.store.user(user).await?.map_or(Role::Developer, |u| u.role);
    let recent_incidents = match repo {
        Some(repo) => app.store.incidents_since(repo, app.store.now() - INCIDENT_WINDOW).await?,
        None => 0,
    };
    if let (false, Some(kept)) = (anew, app.rules.grounds.find(user, repo, &rules, role)) {
        return Ok(Grounds { recent_incidents, ..kept });
    }
    let scope = match repo {
        Some(repo) => PolicyScope::UserRepo { user: user.to_owned(), repo: repo.to_owned() },
        None => PolicyScope::User { user: user.to_owned() },
    };
    let Found { in_force: InForce { policy, chain }, read: policies } =
        policy_in_force_as(app, &scope, role).await?;
    let settings = Arc::clone(&rules.settings);
    let (risk, risks) = risk_in_force(app, user, repo).await?;
    let policy_hash = canonical::policy_hash(&Hashed {
        policy: &policy,
        risk: &risk,
        guardrails: rules.guardrails.hash(),
        catalogue: rules.catalogue.hash(),
        quorum_by_level: &settings.quorum_by_level,
        quorum_by_rule: &settings.quorum_by_rule,
        allow_rules: settings.allow_rules_for(user, repo),
        approve_reason_from: settings.approve_reason_from,
    })?;
    let read = policies.into_iter().chain(risks).chain(rules.read()).collect();
    let groups = settings.groups_of(user);
    let grounds =
        Grounds { policy, chain, rules, settings, role, groups, risk, recent_incidents, policy_hash, read };
    app.rules.grounds.keep(user, repo, &grounds);
    Ok(grounds)
}

/// Most places that are kept.
const PLACES: usize = 10_000;

/// What was read last for a person and a repository. Losing it loses nothing.
#[derive(Debug, Default)]
pub struct GroundsBook {
    kept: RwLock<HashMap<(String, Option<String>), Grounds>>,
}

impl GroundsBook {
    fn find(&self, user: &str, repo: Option<&str>, rules: &Arc<Rules>, role: Role) -> Option<Grounds> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(&(user.to_owned(), repo.map(str::to_owned)))?;
        (Arc::ptr_eq(&found.rules, rules) && found.role == role).then(|| found.clone())
    }

    fn keep(&self, user: &str, repo: Option<&str>, grounds: &Grounds) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= PLACES {
            kept.clear();
        }
        kept.insert((user.to_owned(), repo.map(str::to_owned)), grounds.clone());
    }
}

/// What an agent asks for.
pub struct Asked<'a> {
    /// The material.
    pub action: Action,
    /// What it says about it.
    pub claims: Claims,
    /// The client's key for the request.
    pub request_key: Option<&'a str>,
}

/// What a decided action comes to, before it has ids.
///
/// # Errors
/// When the material has no canonical form.
pub fn decide(
    app: &App,
    caller: &Caller,
    asked: Asked<'_>,
    grounds: &Grounds,
    remembered: &Remembered,
    ids: (String, [u8; 16], i64),
) -> Result<DecisionRecord, Refusal> {
    let Asked { action, claims, request_key } = asked;
    let (id, salt, created_at) = ids;
    let facts = navi_facts::derive(&action, &claims, grounds.recent_incidents, &grounds.rules.catalogue);
    let assessment = assess(&action.action_type, &facts, &grounds.risk);
    let guardrails = grounds.ask_guardrails(&action, &facts, &assessment);
    let frozen = grounds.rules.freezes.covering(action.agent.as_deref(), action.repo.as_deref());
    let decision = decision::decide(&Question {
        action_type: &action.action_type,
        facts: &facts,
        assessment: &assessment,
        policy: &grounds.policy,
        guardrails: &guardrails,
        frozen,
        rejected_before: remembered.rejected_before.as_deref(),
        flooding: remembered.flooding,
        grant: None,
        plan: None,
        allowed: None,
    });
    let advice = crate::learned::advice(app, &action, &facts, &assessment, &decision);
    let assessment = advice::apply(assessment, advice.as_ref());
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
        catalogue: grounds.rules.catalogue.hash().to_owned(),
        effect_key: remembered.effect_key.clone(),
        erased_at: None,
        frozen: frozen.cloned(),
        rejected_before: remembered.rejected_before.clone(),
        flooding: remembered.flooding,
        grant_id: None,
        allowed_by: None,
        bypass: None,
        plan: None,
        advice,
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

/// The same decision, answered by a grant; `None` when it does not answer it.
#[must_use]
pub fn granted(record: &DecisionRecord, grant: &Grant) -> Option<DecisionRecord> {
    // Nobody is asked, so that nothing learned raises the level.
    let assessment = assess(&record.action.action_type, &record.facts, &record.risk);
    let decision = decision::decide(&Question {
        action_type: &record.action.action_type,
        facts: &record.facts,
        assessment: &assessment,
        policy: &record.policy,
        guardrails: &record.guardrails,
        frozen: record.frozen.as_ref(),
        rejected_before: record.rejected_before.as_deref(),
        flooding: record.flooding,
        grant: Some(grant),
        plan: record.plan.as_ref(),
        allowed: None,
    });
    let grant_id = Some(grant.id.clone());
    let answered = decision.verdict == Verdict::Auto;
    answered.then(|| DecisionRecord { decision, assessment, advice: None, grant_id, ..record.clone() })
}

/// The same decision, answered by an allow rule; `None` when it does not answer it. A level that was raised by what was
/// learned counts as raised.
#[must_use]
pub fn allowed(record: &DecisionRecord, rule: &AllowRule) -> Option<DecisionRecord> {
    if !rule.answers(&record.decision, record.assessment.level) {
        return None;
    }
    // Nobody is asked, so that nothing learned is shown.
    let under = DecisionRecord { allowed_by: Some(rule.clone()), advice: None, ..record.clone() };
    let (assessment, decision) = under.replay(None);
    (decision.verdict == Verdict::Auto).then_some(DecisionRecord { assessment, decision, ..under })
}

/// The same decision as a part of a plan.
#[must_use]
pub fn under_plan(record: DecisionRecord, used: PlanUse) -> DecisionRecord {
    // Nobody is asked where the plan answers, so that nothing learned raises the level.
    let unadvised = DecisionRecord { plan: Some(used), advice: None, ..record.clone() };
    let (assessment, decision) = unadvised.replay(None);
    if decision.verdict == Verdict::Auto {
        return DecisionRecord { assessment, decision, ..unadvised };
    }
    DecisionRecord { decision, plan: unadvised.plan, ..record }
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
    let assessment = assess(&record.action.action_type, &record.facts, &grounds.risk);
    decision::decide(&Question {
        action_type: &record.action.action_type,
        facts: &record.facts,
        assessment: &assessment,
        policy: &grounds.policy,
        guardrails: &grounds.ask_guardrails(&record.action, &record.facts, &assessment),
        frozen: None,
        rejected_before: None,
        flooding: false,
        grant: None,
        plan: None,
        allowed: None,
    })
}
