//! An agent asks: AUTO with a permit, APPROVAL with a request to people, or BLOCKED. Written down before it is told.

use std::sync::Arc;

use navi_domain::approval::{Approval, ApprovalStatus};
use navi_domain::decision::{DecisionRecord, Verdict};
use navi_domain::event::{Event, EventKind};
use navi_domain::execution::{Execution, ExecutionStatus};
use navi_domain::grant::Grant;
use navi_domain::permit::{PERMIT_LIFE, Permit, PermitStatus};
use navi_domain::plan::PLAN_TYPE;
use navi_domain::{SECOND, UtcMicros};
use navi_protocol::evaluate::{EvaluateRequest, EvaluateResponse};
use navi_protocol::problem::Code;
use navi_store::{ApprovalRow, Change, Record};
use serde_json::json;

use super::bypass::lift;
use super::{
    Remember, TRIES, allow_rule, commit, decide, event, grant, lost_races, memory, plan, remember,
    resubmission,
};
use crate::auth::Caller;
use crate::rules::Rules;
use crate::view::{approval, evaluation};
use crate::{App, Refusal};

/// How long a gate may ask to be silent, in seconds.
pub(crate) const LEASES: std::ops::RangeInclusive<u32> = 30..=86_400;

/// Decides and records.
///
/// # Errors
/// A refusal; then nothing was recorded and nothing may run.
pub async fn evaluate(
    app: &App,
    caller: &Caller,
    request: &EvaluateRequest,
    key: Option<&Remember>,
) -> Result<EvaluateResponse, Refusal> {
    check(request)?;
    // Those that let the caller in serve the first try; a commit notices when they are no longer the newest.
    let mut rules = caller.rules().cloned();
    for tried in 0..TRIES {
        let newest = match rules.take() {
            Some(rules) => rules,
            None => app.rules.newest(app.store.as_ref()).await?,
        };
        if let Some(answer) = attempt(app, caller, (newest, tried > 0), request, key).await? {
            return Ok(answer);
        }
    }
    Err(lost_races())
}

/// Checks what a request must be, whether or not it is meant.
///
/// # Errors
/// `invalid` names the first thing that is wrong.
pub(super) fn check(request: &EvaluateRequest) -> Result<(), Refusal> {
    let invalid = |what: &str| Err(Refusal::new(Code::Invalid, what));
    if request.action_type.trim().is_empty() || request.action_type.len() > 200 {
        return invalid("action_type must have 1 to 200 characters.");
    }
    if request.expires_in_secs.is_some_and(|s| s == 0 || s > 86_400) {
        return invalid("expires_in_secs must be between 1 and 86400.");
    }
    if request.start.as_ref().is_some_and(|s| s.run_nonce.len() < 8 || s.run_nonce.len() > 200) {
        return invalid("start.run_nonce must have 8 to 200 characters.");
    }
    let lease = request.start.as_ref().and_then(|s| s.lease_secs);
    if lease.is_some_and(|s| !LEASES.contains(&s)) {
        return invalid("start.lease_secs must be between 30 and 86400.");
    }
    plan::check(request)
}

async fn attempt(
    app: &App,
    caller: &Caller,
    (rules, anew): (Arc<Rules>, bool),
    request: &EvaluateRequest,
    key: Option<&Remember>,
) -> Result<Option<EvaluateResponse>, Refusal> {
    let now = app.store.now();
    let (action, claims) = decide::material(app, &rules, caller, &request.action_type, &request.context);
    let grounds = decide::grounds_under(app, rules, caller.user(), action.repo.as_deref(), anew).await?;
    let ids = (app.entropy.id(now)?, app.entropy.bytes()?, now);
    let remembered = memory::recall(app, &action, &grounds.settings).await?;
    // Two steps that say the same are two requests.
    let of_step = request.plan.as_ref().map(plan::request_key);
    let request_key = request.request_key.as_deref().or(of_step.as_deref());
    let asked = decide::Asked { action, claims, request_key };
    let mut record = decide::decide(app, caller, asked, &grounds, &remembered, ids)?;
    let of_plan = match &request.plan {
        Some(of) => Some(plan::under(app, caller, of, &record, &grounds).await?),
        None => None,
    };
    if let Some(part) = &of_plan {
        record = decide::under_plan(record, part.used.clone());
    }
    let pending = match remembered.none_open {
        true => Vec::new(),
        false => app.store.pending_like(caller.user(), &record.resubmission_key).await?,
    };
    // What would ask runs by a bypass instead of waiting on, also when the same was asked before.
    let under = lift::covering(app, &grounds.rules, &record).await?;
    // What an approved plan or a bypass answers meanwhile is not asked any more; what is answered without a commit rests on
    // what was read anew.
    let answered = under.is_some() || record.decision.rule == PLAN_TYPE;
    let repeats = if answered { None } else { same_request(&pending, &record, now) };
    if !anew && under.is_none() && (repeats.is_some() || record.decision.verdict == Verdict::Approval) {
        return Ok(None);
    }
    if let Some(same) = repeats {
        return Ok(Some(evaluation::repeated(same, app.store.now())));
    }
    if record.decision.verdict == Verdict::Approval
        && let Some(approved) = resubmission::approved_unused(app, &record).await?
    {
        return Ok(Some(evaluation::repeated(&approved, app.store.now())));
    }
    let mut made = Made::default();
    if record.decision.verdict == Verdict::Approval {
        made.grant = grant::covering(app, &record).await?;
    }
    if let Some(answered) = made.grant.as_ref().and_then(|grant| decide::granted(&record, grant)) {
        record = answered;
    }
    if record.decision.verdict == Verdict::Approval
        && let Some(rule) = allow_rule::covering(app, &grounds, &record)
    {
        record = decide::allowed(&record, rule).unwrap_or(record);
    }
    if let Some((lifted, under)) = under.and_then(|under| Some((lift::lift(&record, &under)?, under))) {
        record = lifted;
        made.under = Some(under);
    }
    if let (Verdict::Approval, true, Some(agent)) =
        (record.decision.verdict, record.flooding && pending.is_empty(), &record.action.agent)
    {
        let most = grounds.settings.max_open_per_agent;
        memory::refuse_flood(app, caller, agent, most).await?;
    }

    let mut change = Change::default();
    for (key, expected) in &grounds.read {
        change = change.expect(key.clone(), *expected);
    }
    let mut recording = Recording { app, caller, request, grounds: &grounds, now, made, events: Vec::new() };
    recording.say_bypassed(&record).await?;
    match record.decision.verdict {
        Verdict::Auto => recording.issue_and_start(&mut record)?,
        Verdict::Approval => recording.ask(&mut record)?,
        Verdict::Blocked => {}
    }
    let Recording { made, events, .. } = recording;
    let payload = serde_json::to_value(&record).unwrap_or_default();
    let links = [
        ("digest", record.digest.as_str()),
        ("policy_hash", record.policy_hash.as_str()),
        ("approval_id", record.approval_id.as_deref().unwrap_or_default()),
        ("rejected_approval_id", record.rejected_before.as_deref().unwrap_or_default()),
        ("bypass_id", record.bypass_id()),
        ("allow_rule_id", record.allowed_by.as_ref().map_or("", |rule| rule.id.as_str())),
    ];
    change = change.event(event(EventKind::Decision, caller, &record.id, &links, payload));
    change.events.extend(events);
    for row in &pending {
        let by = record.approval_id.as_deref().unwrap_or(&record.id);
        if let Some(old) = row.approval.supersede(by, now) {
            let links =
                [("approval_id", old.id.as_str()), ("action_id", old.decision_id.as_str()), ("by", by)];
            let ended = event(EventKind::ApprovalSuperseded, caller, &old.id, &links, json!({"by": by}));
            change = change.put(Record::Approval(old)).event(ended);
        }
    }
    change = change.put(Record::Decision(record.clone()));
    if let Some(part) = of_plan {
        change = part.with_asked(change, caller, &record, made.execution.as_ref(), now);
    }
    if let Some(run) = made.execution.as_ref().filter(|_| plan::is_plan(&record.action)) {
        change = plan::with_begin(change, caller, plan::begun(&record, run, None, now)?);
    }
    let mut answer = evaluation::fresh(&record, made.approval.as_ref(), made.permit.as_ref(), now);
    answer.execution_id = made.execution.as_ref().map(|e| e.id.clone());
    change = made.into_change(change);
    change = remember(change, key, 200, &answer, now);
    let Some((index, _)) = commit(app, change).await? else { return Ok(None) };
    answer.ledger_index = index;
    answer.server_time = app.store.now();
    Ok(Some(answer))
}

/// The pending request with the same material, if its time is not over.
fn same_request<'a>(
    pending: &'a [ApprovalRow],
    record: &DecisionRecord,
    now: UtcMicros,
) -> Option<&'a ApprovalRow> {
    pending.iter().find(|row| {
        row.decision.fingerprint == record.fingerprint
            && row.approval.policy_hash == record.policy_hash
            && row.approval.expires_at >= now
    })
}

/// Rows that a decision brings with it.
#[derive(Default)]
struct Made {
    approval: Option<Approval>,
    permit: Option<Permit>,
    execution: Option<Execution>,
    /// The grant that answers; one use more.
    grant: Option<Grant>,
    /// The bypass it runs by.
    under: Option<lift::Under>,
}

impl Made {
    fn into_change(self, change: Change) -> Change {
        let change = self.under.iter().fold(change, |c, under| under.guard(c));
        let change = self.approval.into_iter().fold(change, |c, a| c.put(Record::Approval(a)));
        let change = self.permit.into_iter().fold(change, |c, p| c.put(Record::Permit(p)));
        let change = self.grant.into_iter().fold(change, |c, g| c.put(Record::Grant(g.used())));
        self.execution.into_iter().fold(change, |c, e| c.put(Record::Execution(e)))
    }
}

/// One request in the course of being recorded.
struct Recording<'a> {
    app: &'a App,
    caller: &'a Caller,
    request: &'a EvaluateRequest,
    grounds: &'a decide::Grounds,
    now: UtcMicros,
    made: Made,
    events: Vec<Event>,
}

impl Recording<'_> {
    /// Under a bypass, the entry that says so, with those who were skipped.
    async fn say_bypassed(&mut self, record: &DecisionRecord) -> Result<(), Refusal> {
        let Some(under) = &self.made.under else { return Ok(()) };
        let approval = self.approval(record, String::new());
        let skipped = approval::voters(self.app).await?.deciders(&approval, record);
        self.events.push(under.used(self.caller, record, &skipped));
        Ok(())
    }

    /// AUTO: the decision brings its permit, and its redemption if the gate starts at once.
    fn issue_and_start(&mut self, record: &mut DecisionRecord) -> Result<(), Refusal> {
        let mut permit = permit(self.app.entropy.id(self.now)?, record, None, self.now);
        if let Some(under) = &self.made.under {
            permit.expires_at = permit.expires_at.min(under.ends_at);
        }
        record.permit_id = Some(permit.id.clone());
        if let Some(grant) = &self.made.grant {
            let links = [
                ("grant_id", grant.id.as_str()),
                ("approval_id", &grant.approval_id),
                ("action_id", &record.id),
                ("digest", &record.digest),
                ("policy_hash", &record.policy_hash),
            ];
            let payload = json!({"covers": grant.describe(), "given_by": grant.given_by, "grant": grant});
            self.events.push(event(EventKind::GrantUsed, self.caller, &grant.id, &links, payload));
        }
        let links = [
            ("action_id", record.id.as_str()),
            ("digest", record.digest.as_str()),
            ("policy_hash", record.policy_hash.as_str()),
            ("bypass_id", record.bypass_id()),
        ];
        let expires = json!({"expires_at": permit.expires_at});
        self.events.push(event(EventKind::PermitIssued, self.caller, &permit.id, &links, expires));
        if let Some(start) = &self.request.start {
            let id = self.app.entropy.id(self.now)?;
            permit.status = PermitStatus::Redeemed;
            permit.run_nonce = Some(start.run_nonce.clone());
            permit.execution_id = Some(id.clone());
            let links = [
                ("permit_id", permit.id.as_str()),
                ("action_id", record.id.as_str()),
                ("digest", record.digest.as_str()),
                ("policy_hash", record.policy_hash.as_str()),
                ("bypass_id", record.bypass_id()),
            ];
            let nonce = json!({"run_nonce": start.run_nonce});
            self.events.push(event(EventKind::ExecutionStarted, self.caller, &id, &links, nonce));
            self.made.execution =
                Some(execution(id, &permit, record, self.caller, start.lease_secs, self.now));
        }
        self.made.permit = Some(permit);
        Ok(())
    }

    /// APPROVAL: a request to people begins.
    fn ask(&mut self, record: &mut DecisionRecord) -> Result<(), Refusal> {
        let approval = self.approval(record, self.app.entropy.id(self.now)?);
        let level = approval.level;
        record.approval_id = Some(approval.id.clone());
        let links = [
            ("approval_id", approval.id.as_str()),
            ("action_id", record.id.as_str()),
            ("digest", record.digest.as_str()),
            ("policy_hash", record.policy_hash.as_str()),
        ];
        let payload = json!({"level": level, "quorum": approval.quorum, "expires_at": approval.expires_at});
        self.events.push(event(EventKind::ApprovalRequested, self.caller, &approval.id, &links, payload));
        self.made.approval = Some(approval);
        Ok(())
    }

    /// The request to people that a decision would make.
    fn approval(&self, record: &DecisionRecord, id: String) -> Approval {
        let limit = self.app.config.approval_ttl_secs;
        let secs = self.request.expires_in_secs.map_or(limit, |s| s.min(limit));
        let level = record.assessment.level;
        Approval {
            id,
            decision_id: record.id.clone(),
            requester: self.caller.user().to_owned(),
            digest: record.digest.clone(),
            policy_hash: record.policy_hash.clone(),
            level,
            quorum: self.grounds.settings.quorum(level, &record.decision.rule),
            status: ApprovalStatus::Pending,
            votes: Vec::new(),
            created_at: self.now,
            expires_at: self.now + UtcMicros::from(secs) * SECOND,
            ended_at: None,
            superseded_by: None,
            claimed_by: None,
            snoozes: Vec::new(),
            extended: false,
            frozen_at: None,
            stood: 0,
            alerts: Vec::new(),
            target_missed_at: None,
            edited_from: None,
            version: 0,
        }
    }
}

/// A fresh permit of a decision.
#[must_use]
pub fn permit(id: String, record: &DecisionRecord, approval_id: Option<String>, now: UtcMicros) -> Permit {
    Permit {
        id,
        decision_id: record.id.clone(),
        approval_id,
        digest: record.digest.clone(),
        target_state: record.action.target_state.clone(),
        policy_hash: record.policy_hash.clone(),
        status: PermitStatus::Issued,
        issued_at: now,
        expires_at: now + PERMIT_LIFE,
        frozen_at: None,
        run_nonce: None,
        execution_id: None,
        version: 0,
    }
}

/// The execution that a redeemed permit becomes.
#[must_use]
pub fn execution(
    id: String,
    permit: &Permit,
    record: &DecisionRecord,
    by: &Caller,
    lease_secs: Option<u32>,
    now: UtcMicros,
) -> Execution {
    Execution {
        id,
        permit_id: permit.id.clone(),
        decision_id: record.id.clone(),
        approval_id: permit.approval_id.clone(),
        user: record.action.on_behalf_of.clone(),
        action_type: record.action.action_type.as_str().to_owned(),
        repo: record.action.repo.clone(),
        bypass_id: record.bypass.as_ref().map(|under| under.mark.id.clone()),
        redeemed_by: Some(by.token.id.clone()),
        status: ExecutionStatus::Started,
        exit_code: None,
        artifacts: serde_json::Value::Null,
        lease_secs,
        plan: record.plan.as_ref().map(|p| p.of.clone()),
        started_at: now,
        rollback_id: None,
        stop: None,
        finished_at: None,
        version: 0,
    }
}
