//! An approval with everything to decide on.

use std::collections::BTreeMap;
use std::sync::Arc;

use navi_domain::approval::Approval;
use navi_domain::canonical;
use navi_domain::decision::DecisionRecord;
use navi_domain::people::{Right, User};
use navi_domain::permit::Permit;
use navi_domain::rollback::Windows;
use navi_protocol::approvals::{ApprovalView, VoteView};
use navi_protocol::rollback::WayBackView;
use navi_protocol::waiting::ClaimView;
use navi_protocol::words::Worded;
use navi_store::ApprovalRow;

use super::{evaluation, name, score, title};
use crate::auth::Caller;
use crate::rules::Rules;
use crate::{App, Refusal};

/// People who may vote, and the rules that say on what.
pub struct Voters {
    people: Vec<User>,
    rules: Arc<Rules>,
}

impl Voters {
    /// Who can decide this one: voters without its requester, unless they have that permission.
    #[must_use]
    pub fn deciders(&self, approval: &Approval, record: &DecisionRecord) -> Vec<String> {
        let own = |person: &User| person.id == approval.requester;
        let may = |person: &User| {
            (!own(person) || self.rules.settings.self_approvers.contains(&person.id))
                && self.rules.lets_approve(person, approval, record, None)
        };
        self.people.iter().filter(|p| may(p)).map(|p| p.id.clone()).collect()
    }
}

/// The people who may vote.
///
/// # Errors
/// The store's refusal.
pub async fn voters(app: &App) -> Result<Voters, Refusal> {
    let (everybody, rules) = (app.store.users().await?, app.rules.newest(app.store.as_ref()).await?);
    let people = everybody.into_iter().filter(|u| rules.may(&u.id, u.role, Right::Vote)).collect();
    Ok(Voters { people, rules })
}

/// Builds the view. `permit` is shown only to the requester's credentials, a snooze only to the `reader` whose it is.
#[must_use]
pub fn build(
    approval: &Approval,
    record: &DecisionRecord,
    permit: Option<&Permit>,
    voters: &Voters,
    reader: Option<&str>,
    now: i64,
) -> ApprovalView {
    let reach = super::reach::reach(record);
    let windows = Windows(&voters.rules.settings.rollback_minutes);
    let policy = format!("{} ({})", record.policy.scope.describe(), name(&record.policy.level));
    let way_back = super::rollback::way_back(record, &reach, windows);
    let words = worded(record, &policy, way_back.as_ref());
    let salt = hex::decode(&record.salt).ok().and_then(|s| s.try_into().ok()).unwrap_or_default();
    ApprovalView {
        id: approval.id.clone(),
        version: approval.version,
        status: approval.status.as_str().to_owned(),
        action_id: record.id.clone(),
        requester: approval.requester.clone(),
        agent: record.action.agent.clone(),
        title: title::title(&record.action),
        one_line: title::one_line(&record.action),
        material: canonical::material(&record.action, &salt).unwrap_or_default(),
        claims: serde_json::to_value(&record.claims).unwrap_or_default(),
        level: approval.level.as_str().to_owned(),
        risk_score: score(record.assessment.score),
        reasons: record.decision.reasons.clone(),
        rule: record.decision.rule.clone(),
        factors: evaluation::factors(record),
        guardrails: evaluation::guardrails(record),
        advice: evaluation::advice(record),
        segments: evaluation::segments(record, &voters.rules.catalogue),
        file_marks: super::marks::file_marks(record),
        policy,
        policy_version: record.policy.version,
        digest: approval.digest.clone(),
        policy_hash: approval.policy_hash.clone(),
        quorum: approval.quorum,
        votes: approval
            .votes
            .iter()
            .map(|v| VoteView {
                user: v.user.clone(),
                verdict: name(&v.verdict),
                surface: name(&v.surface),
                reason: v.reason.clone(),
                for_user: v.for_user.clone(),
                own_request: v.own_request,
                at: v.at,
            })
            .collect(),
        needs_step_up: approval.level.needs_step_up(),
        reason_required: voters.rules.settings.needs_reason(approval.level),
        deciders: voters.deciders(approval, record),
        created_at: approval.created_at,
        expires_at: approval.expires_at,
        paused_since: approval.frozen_at,
        ended_at: approval.ended_at,
        superseded_by: approval.superseded_by.clone(),
        edited_from: approval.edited_from.clone(),
        claimed_by: approval.claimed_by.as_ref().map(|c| ClaimView { user: c.user.clone(), at: c.at }),
        snoozed_until: reader.and_then(|user| approval.snooze_of(user, now)).map(|s| s.until),
        extended: approval.extended,
        alerts: approval.alerts.iter().map(super::oncall::alert).collect(),
        target_missed_at: approval.target_missed_at,
        told: Vec::new(),
        discussion: Vec::new(),
        way_back,
        reach: Some(super::reach::view(reach, record)),
        permit: permit.map(evaluation::permit),
        server_time: now,
        words,
    }
}

/// What the sentences of a request say.
fn worded(record: &DecisionRecord, policy: &str, way_back: Option<&WayBackView>) -> Vec<Worded> {
    let mut words: Vec<Worded> = title::worded(&record.action).into_iter().collect();
    words.extend(title::worded_line(&record.action));
    words.extend(evaluation::worded(record, [policy]));
    words.extend(way_back.map(super::rollback::worded).unwrap_or_default());
    words
}

/// The view for a caller: the permit only for the requester's own gate.
///
/// # Errors
/// The store's refusal.
pub async fn for_caller(
    app: &App,
    caller: &Caller,
    row: &ApprovalRow,
    voters: &Voters,
) -> Result<ApprovalView, Refusal> {
    let own = row.approval.requester == caller.user() && row.decision.action.agent == caller.token.agent;
    let permit = if own { app.store.permit_of_approval(&row.approval.id).await? } else { None };
    let reader = caller.token.agent.is_none().then(|| caller.user());
    Ok(build(&row.approval, &row.decision, permit.as_ref(), voters, reader, app.store.now()))
}

/// Counts by name for the wire.
#[must_use]
pub fn counts(counts: &BTreeMap<&'static str, u64>) -> BTreeMap<String, u64> {
    counts.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect()
}
