//! A person lets something be repeated: given with a vote, used by a decision that would ask, taken back at once.

use std::collections::BTreeMap;

use navi_domain::action::{Action, TargetState};
use navi_domain::approval::{Approval, VoteRefusal};
use navi_domain::decision::DecisionRecord;
use navi_domain::event::EventKind;
use navi_domain::fact::{FactKind, Severity};
use navi_domain::grant::{Grant, Pattern, may_repeat_alike};
use navi_domain::people::Right;
use navi_domain::risk::Level;
use navi_domain::settings::OrgSettings;
use navi_domain::vote::{GrantLimits, Vote, VoteScope};
use navi_domain::{MINUTE, UtcMicros, canonical};
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::json;

use super::carried::carried;
use super::{TRIES, commit, event, lost_races};
use crate::auth::Caller;
use crate::{App, Refusal};

/// The grant that a vote gives beyond its approval, if it says so.
///
/// # Errors
/// `not_grantable`: critical risk, several people needed, limits beyond the organisation's, or nothing that could be
/// recognised again (a command with parts known only when it runs, an action without session), or a command or rule whose
/// action destroys or gives away something ([`may_repeat_alike`]), or a request that came in a flood.
pub fn given(
    app: &App,
    settings: &OrgSettings,
    approval: &Approval,
    record: &DecisionRecord,
    vote: &Vote,
    giver: &str,
    at: (String, UtcMicros),
) -> Result<Option<Grant>, VoteRefusal> {
    let Some((reach, limits)) = Reach::of(&vote.scope) else { return Ok(None) };
    let (id, now) = at;
    let level = record.derived_level();
    let within = (1..=settings.max_grant_minutes).contains(&limits.minutes)
        && (1..=settings.max_grant_uses).contains(&limits.uses);
    if level >= Level::Critical
        || approval.level >= Level::Critical
        || approval.quorum > 1
        || record.flooding
        || !within
    {
        return Err(VoteRefusal::NotGrantable);
    }
    let pattern = reach.pattern(app, record).ok_or(VoteRefusal::NotGrantable)?;
    Ok(Some(Grant {
        id,
        approval_id: approval.id.clone(),
        given_by: giver.to_owned(),
        user: record.action.on_behalf_of.clone(),
        agent: record.action.agent.clone(),
        pattern,
        rule: record.decision.rule.clone(),
        level,
        policy_hash: approval.policy_hash.clone(),
        max_uses: limits.uses,
        uses: 0,
        created_at: now,
        expires_at: now + UtcMicros::from(limits.minutes) * MINUTE,
        revoked_at: None,
        version: 0,
    }))
}

/// A live grant that answers a decision that asks.
///
/// # Errors
/// The store's refusal.
pub async fn covering(app: &App, record: &DecisionRecord) -> Result<Option<Grant>, Refusal> {
    let now = app.store.now();
    let user = &record.action.on_behalf_of;
    for grant in app.store.grants(Some(user), Some(now)).await? {
        let fits = grant.is_live(now)
            && grant.agent == record.action.agent
            && grant.policy_hash == record.policy_hash
            && grant.answers(&record.decision, record.derived_level());
        let asked = if fits { Reach::like(&grant.pattern).pattern(app, record) } else { None };
        if asked.is_some_and(|asked| grant.pattern.covers(&asked)) && is_signed(app, &grant).await? {
            return Ok(Some(grant));
        }
    }
    Ok(None)
}

/// Whether the vote that gave it says all that the row says.
async fn is_signed(app: &App, grant: &Grant) -> Result<bool, Refusal> {
    let carried = match carried(app, &grant.approval_id).await {
        Ok(carried) => carried,
        Err(refusal) if refusal.code == Code::Unavailable => return Ok(false),
        Err(refusal) => return Err(refusal),
    };
    let approval = &carried.approval;
    let Some(record) = app.store.decision(&approval.decision_id).await? else { return Ok(false) };
    let says = |(user, vote): &(String, Vote)| {
        let Some((reach, limits)) = Reach::of(&vote.scope) else { return false };
        let ends = grant.created_at + UtcMicros::from(limits.minutes) * MINUTE;
        *user == grant.given_by
            && approval.ended_at == Some(grant.created_at)
            && grant.expires_at <= ends
            && grant.max_uses <= limits.uses
            && grant.rule == record.decision.rule
            && grant.level <= record.derived_level()
            && (&grant.user, &grant.agent) == (&record.action.on_behalf_of, &record.action.agent)
            && reach.pattern(app, &record).as_ref() == Some(&grant.pattern)
    };
    let signed = record.digest == approval.digest && carried.approves.iter().any(says);
    if !signed {
        tracing::error!(grant = grant.id, "a grant says more than the vote that gave it; it covers nothing");
    }
    Ok(signed)
}

/// Takes a grant back: its giver, whom it is for, or anybody who votes. Permits it issued cannot be redeemed any more.
///
/// # Errors
/// `not_found`, also for grants that one may not see; `already_ended` when it was taken back before.
pub async fn revoke(app: &App, caller: &Caller, id: &str) -> Result<Grant, Refusal> {
    for _ in 0..TRIES {
        let grant = app.store.grant(id).await?.filter(|grant| may_see(caller, grant));
        let grant = grant.ok_or_else(|| Refusal::not_found("grant", id))?;
        if grant.revoked_at.is_some() {
            return Err(Refusal::new(Code::AlreadyEnded, "This grant was taken back before."));
        }
        let revoked = Grant { revoked_at: Some(app.store.now()), ..grant };
        let links = [("approval_id", revoked.approval_id.as_str())];
        let payload = json!({"uses": revoked.uses, "covers": revoked.describe()});
        let change = Change::default()
            .event(event(EventKind::GrantRevoked, caller, &revoked.id, &links, payload))
            .put(Record::Grant(revoked.clone()));
        if commit(app, change).await?.is_some() {
            return Ok(Grant { version: revoked.version + 1, ..revoked });
        }
    }
    Err(lost_races())
}

/// Whether a credential sees a grant: one's own, one that one gave, or with the right to see all.
#[must_use]
pub fn may_see(caller: &Caller, grant: &Grant) -> bool {
    let own = grant.user == caller.user() || grant.given_by == caller.user();
    own || caller.has(Right::SeeAll) || caller.has(Right::Vote)
}

/// How far a grant reaches.
#[derive(Clone, Copy)]
enum Reach {
    Action,
    Command,
    Rule,
}

impl Reach {
    fn of(scope: &VoteScope) -> Option<(Self, GrantLimits)> {
        match *scope {
            VoteScope::Once => None,
            VoteScope::SameAction(limits) => Some((Self::Action, limits)),
            VoteScope::SameCommand(limits) => Some((Self::Command, limits)),
            VoteScope::SameRule(limits) => Some((Self::Rule, limits)),
        }
    }

    fn like(pattern: &Pattern) -> Self {
        match pattern {
            Pattern::SameAction { .. } => Self::Action,
            Pattern::SameCommand { .. } => Self::Command,
            Pattern::SameRule { .. } => Self::Rule,
        }
    }

    /// What it covers, made from one decision; `None` when nothing could be recognised again.
    fn pattern(self, app: &App, record: &DecisionRecord) -> Option<Pattern> {
        let action = &record.action;
        match self {
            Self::Action => Some(Pattern::SameAction {
                fingerprint: fingerprint(app, action.clone())?,
                session_id: action.session_id.clone()?,
            }),
            Self::Command | Self::Rule if !may_repeat_alike(&record.facts) => None,
            Self::Command => {
                let command = action.command.as_deref()?;
                let around = Action {
                    command: None,
                    session_id: None,
                    args: navi_facts::further_arguments(action),
                    ..action.clone()
                };
                Some(Pattern::SameCommand {
                    invocations: navi_facts::invocations(command)?,
                    text: (!navi_facts::is_simple(command)).then(|| command.trim().to_owned()),
                    around: fingerprint(app, around)?,
                })
            }
            Self::Rule => {
                let mut facts: BTreeMap<FactKind, Severity> = BTreeMap::new();
                for fact in &record.facts {
                    let gravest = facts.entry(fact.kind).or_insert(fact.severity);
                    *gravest = (*gravest).max(fact.severity);
                }
                action.action_type.is_known().then(|| Pattern::SameRule {
                    action_type: action.action_type.as_str().to_owned(),
                    repo: action.repo.clone(),
                    facts,
                })
            }
        }
    }
}

fn fingerprint(app: &App, action: Action) -> Option<String> {
    let anywhere = Action { target_state: TargetState::None(String::new()), ..action };
    canonical::fingerprint(&anywhere, &app.org_key).ok()
}
