//! One step of an ask: from asked to decided or waiting, from waiting to decided, from decided to answered.

use navi_domain::action::Action;
use navi_domain::approval::{Approval, ApprovalStatus};
use navi_domain::event::EventKind;
use navi_domain::pipeline::{PipelineAnswer, PipelineCheck, PipelineSource, PipelineStage};
use navi_domain::vote::VoteVerdict;
use navi_domain::{MINUTE, UtcMicros};
use navi_protocol::evaluate::{Context, EvaluateRequest, EvaluateResponse, Start};
use navi_protocol::executions::RedeemRequest;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::{Value, json};

use super::{caller, deployment, end, infrastructure};
use crate::pipelines::{Unheard, Word, say};
use crate::usecase::{Remember, cancel, commit, evaluate, event, expire, redeem};
use crate::view::approval;
use crate::{App, Refusal};

/// Terraform gives up a task that says nothing for ten minutes.
const HEARTBEAT: UtcMicros = 5 * MINUTE;
/// GitHub is told once that it waits.
const ONCE: UtcMicros = 400 * 24 * 60 * MINUTE;
/// A note that was not heard is said again after this.
const SAY_AGAIN: UtcMicros = MINUTE;
/// Terraform waits an hour for a task; people have less.
const TERRAFORM_SECS: u32 = 3300;
/// How long a decided word is tried to be said: as long as it can still be heard, and a little more.
const GITHUB_LIFE: UtcMicros = 3 * 24 * 60 * MINUTE;
const TERRAFORM_LIFE: UtcMicros = 70 * MINUTE;

/// Why an ask stays where it is for now.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Stays(String);

impl From<Refusal> for Stays {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.detail)
    }
}

impl From<navi_store::StoreError> for Stays {
    fn from(error: navi_store::StoreError) -> Self {
        Refusal::from(error).into()
    }
}

/// What an ask comes to.
pub enum Meaning {
    /// An action to decide about.
    Action(&'static str, Box<Context>),
    /// Nothing that could be decided: its word, at once.
    Word(PipelineAnswer),
}

/// A word that stops the pipeline.
#[must_use]
pub fn no(message: impl Into<String>) -> PipelineAnswer {
    PipelineAnswer { passed: false, message: format!("[navi] {}", message.into()), execution_id: None }
}

fn yes(message: &str, execution_id: &str) -> PipelineAnswer {
    let execution_id = Some(execution_id.to_owned());
    PipelineAnswer { passed: true, message: format!("[navi] {message}"), execution_id }
}

/// One step; `None` when there is nothing to do now.
///
/// # Errors
/// [`Stays`]: it is tried again.
pub async fn step(app: &App, check: &PipelineCheck) -> Result<Option<PipelineCheck>, Stays> {
    match (check.stage, &check.approval_id) {
        (PipelineStage::Asked, _) => asked(app, check).await,
        (PipelineStage::Waiting, Some(approval)) => waiting(app, check, approval).await,
        (PipelineStage::Waiting, None) => decided(app, check, None, no("people were asked nowhere")).await,
        (PipelineStage::Answering, _) => answering(app, check).await,
        (PipelineStage::Answered, _) => Ok(None),
    }
}

fn is_over(check: &PipelineCheck, now: UtcMicros) -> bool {
    let life = match check.source {
        PipelineSource::Github => GITHUB_LIFE,
        PipelineSource::Terraform => TERRAFORM_LIFE,
    };
    now > check.asked_at + life
}

async fn asked(app: &App, check: &PipelineCheck) -> Result<Option<PipelineCheck>, Stays> {
    let meaning = match check.source {
        PipelineSource::Github => deployment::meaning(app, check).await?,
        PipelineSource::Terraform => match infrastructure::meaning(app, check).await {
            Err(Unheard::Later(why)) if !is_over(check, app.store.now()) => return Err(Stays(why)),
            Err(why) => Meaning::Word(no(format!("not decided: {why}"))),
            Ok(meaning) => meaning,
        },
    };
    let (action_type, context) = match meaning {
        Meaning::Action(action_type, context) => (action_type, *context),
        Meaning::Word(answer) => return decided(app, check, None, answer).await,
    };
    let answer = match evaluated(app, check, action_type, context).await {
        Err(refusal) if passes_by(&refusal) && !is_over(check, app.store.now()) => return Err(refusal.into()),
        Err(refusal) => {
            return decided(app, check, None, no(format!("not decided: {}", refusal.detail))).await;
        }
        Ok(answer) => answer,
    };
    let decision = Some(answer.action_id.as_str());
    match (answer.decision.as_str(), &answer.approval_id, &answer.execution_id) {
        ("AUTO", _, Some(run)) => {
            let words = format!("runs without a person ({}): {}", answer.level, answer.reasons.join(" "));
            decided(app, check, decision, yes(&words, run)).await
        }
        ("APPROVAL", Some(approval), _) => {
            let Some(next) = check.wait(&answer.action_id, approval) else { return Ok(None) };
            let links = [("action_id", answer.action_id.as_str()), ("approval_id", approval)];
            commit_step(app, next, EventKind::PipelineWaits, &links, json!({"level": answer.level})).await
        }
        ("BLOCKED", _, _) => decided(app, check, decision, no(blocked(&answer))).await,
        _ => decided(app, check, decision, no("the decision is not understood")).await,
    }
}

/// The decision; after an interruption the one that was made before it.
async fn evaluated(
    app: &App,
    check: &PipelineCheck,
    action_type: &str,
    context: Context,
) -> Result<EvaluateResponse, Refusal> {
    let key = Remember {
        token_id: format!("pipeline-{}", check.source.as_str()),
        key: check.id.clone(),
        request_sha256: String::new(),
    };
    if let Some(first) = app.store.idempotent(&key.token_id, &key.key).await? {
        return serde_json::from_str(&first.body)
            .map_err(|_| Refusal::new(Code::Internal, "The first decision cannot be read again."));
    }
    let asked = EvaluateRequest {
        action_type: action_type.to_owned(),
        context,
        start: Some(Start { run_nonce: nonce(check), lease_secs: lease_secs(app, check) }),
        request_key: None,
        expires_in_secs: (check.source == PipelineSource::Terraform).then_some(TERRAFORM_SECS),
        plan: None,
    };
    evaluate::evaluate(app, &caller(check), &asked, Some(&key)).await
}

fn nonce(check: &PipelineCheck) -> String {
    format!("pipeline {}", check.id)
}

/// How long its run may go on without a sign; `None`: as long as any other.
fn lease_secs(app: &App, check: &PipelineCheck) -> Option<u32> {
    match check.source {
        PipelineSource::Github => app.pipelines.github.as_ref().and_then(|github| github.lease_secs),
        PipelineSource::Terraform => None,
    }
}

/// Refusals that say nothing about the action: it may be decided later.
fn passes_by(refusal: &Refusal) -> bool {
    let codes =
        [Code::Busy, Code::Unavailable, Code::VersionConflict, Code::Internal, Code::Flood, Code::Frozen];
    codes.contains(&refusal.code)
}

/// The rule, why, and what would be acceptable.
fn blocked(answer: &EvaluateResponse) -> String {
    let mut words = format!("blocked by {}: {}", answer.rule, answer.reasons.join(" "));
    let instead = answer.guardrails.iter().filter_map(|guardrail| guardrail.instead.as_deref());
    let lower = answer.factors.iter().filter_map(|factor| factor.counterfactual.as_deref());
    let instead: Vec<&str> = instead.chain(lower).collect();
    if !instead.is_empty() {
        words.push_str(&format!(" What would be acceptable: {}.", instead.join("; ")));
    }
    words
}

async fn waiting(app: &App, check: &PipelineCheck, id: &str) -> Result<Option<PipelineCheck>, Stays> {
    let Some(approval) = expire::current(app, id).await? else {
        return decided(app, check, None, no(format!("the request {id} is not there"))).await;
    };
    let words = match approval.status {
        ApprovalStatus::Pending => return note(app, check, &approval).await,
        ApprovalStatus::Approved => return approved(app, check, &approval).await,
        ApprovalStatus::Rejected => rejected(&approval),
        ApprovalStatus::Expired => format!("nobody decided in time ({id})"),
        ApprovalStatus::Superseded => format!("another request took its place ({id})"),
        ApprovalStatus::Cancelled => format!("the request was withdrawn ({id})"),
    };
    decided(app, check, None, no(words)).await
}

fn rejected(approval: &Approval) -> String {
    let vote = approval.votes.iter().rev().find(|vote| vote.verdict == VoteVerdict::Reject);
    match vote {
        Some(vote) if !vote.reason.trim().is_empty() => {
            format!("rejected by {}: {} ({})", vote.user, vote.reason.trim(), approval.id)
        }
        Some(vote) => format!("rejected by {} ({})", vote.user, approval.id),
        None => format!("rejected ({})", approval.id),
    }
}

async fn approved(
    app: &App,
    check: &PipelineCheck,
    approval: &Approval,
) -> Result<Option<PipelineCheck>, Stays> {
    let permit = app.store.permit_of_approval(&approval.id).await?;
    let record = app.store.decision(&approval.decision_id).await?;
    let (Some(permit), Some(record)) = (permit, record) else {
        return decided(app, check, None, no(format!("no permit came of {}", approval.id))).await;
    };
    let redeemed = RedeemRequest {
        permit_id: permit.id,
        action_type: record.action.action_type.as_str().to_owned(),
        context: context_of(record.action),
        run_nonce: nonce(check),
        lease_secs: lease_secs(app, check),
    };
    match redeem::redeem(app, &caller(check), &redeemed, None).await {
        Ok(run) => {
            let by: Vec<&str> = approval.votes.iter().map(|vote| vote.user.as_str()).collect();
            let words = format!("approved by {} ({})", by.join(", "), approval.id);
            decided(app, check, None, yes(&words, &run.id)).await
        }
        Err(refusal) if passes_by(&refusal) => Err(refusal.into()),
        Err(refusal) => decided(app, check, None, no(refusal.detail)).await,
    }
}

/// The request that was decided, said again for its permit.
fn context_of(action: Action) -> Context {
    Context {
        tool: action.tool,
        args: action.args,
        repo: action.repo,
        branch: action.branch,
        environment: action.environment,
        target_state: Some(action.target_state),
        ..Context::default()
    }
}

/// Tells the pipeline now and then that it waits, and for whom.
async fn note(app: &App, check: &PipelineCheck, pending: &Approval) -> Result<Option<PipelineCheck>, Stays> {
    let (pace, now) = (&app.pipelines.pace, app.store.now());
    let interval = match check.source {
        PipelineSource::Github => ONCE,
        PipelineSource::Terraform => HEARTBEAT,
    };
    if pace.was_told_after(&check.id, now - interval) {
        return Ok(None);
    }
    let words = waits(app, pending).await?;
    match say(app, check, Word::Waits(&words)).await {
        Ok(()) => pace.told(&check.id, now),
        // A run that is over there needs nobody here.
        Err(Unheard::Never(why)) if check.source == PipelineSource::Terraform => {
            cancel::cancel(app, &caller(check), &pending.id).await?;
            return decided(app, check, None, no(why)).await;
        }
        Err(why) => {
            tracing::info!(id = check.id, %why, "a pipeline was not told that it waits");
            pace.told(&check.id, now - interval + SAY_AGAIN);
        }
    }
    Ok(None)
}

async fn waits(app: &App, pending: &Approval) -> Result<String, Stays> {
    let record = app.store.decision(&pending.decision_id).await?;
    let reasons = record.as_ref().map(|r| r.decision.reasons.join(" ")).unwrap_or_default();
    let deciders = match &record {
        Some(record) => approval::voters(app).await?.deciders(pending, record),
        None => Vec::new(),
    };
    let who = match deciders.as_slice() {
        [] => "nobody can decide it now".to_owned(),
        some => format!("can be decided by {}", some.join(", ")),
    };
    let place = app.pipelines.page_url.as_ref().map(|url| format!(" at {url}")).unwrap_or_default();
    Ok(format!(
        "[navi] waits for people ({}, {} of them{place}): {who}. {reasons} Request {}.",
        pending.level.as_str(),
        pending.quorum,
        pending.id
    ))
}

async fn answering(app: &App, check: &PipelineCheck) -> Result<Option<PipelineCheck>, Stays> {
    let Some(answer) = &check.answer else { return Err(Stays("there is no word to say".to_owned())) };
    let over = is_over(check, app.store.now());
    let held = stopped(app, answer).await?;
    if let Some(why) = held.clone().filter(|_| !over) {
        return Err(Stays(why));
    }
    let word = Word::Ends { passed: answer.passed, message: &answer.message };
    let said = match held {
        Some(why) => Err(Unheard::Never(why)),
        None => say(app, check, word).await,
    };
    let why = match said {
        Ok(()) => None,
        Err(Unheard::Later(why)) if !over => return Err(Stays(why)),
        Err(why) => Some(why.to_string()),
    };
    let delivered = why.is_none();
    let Some(closed) = check.close(delivered, app.store.now()) else { return Ok(None) };
    let told = json!({"passed": answer.passed, "delivered": delivered, "why": why});
    let links = links(check, answer);
    let links: Vec<(&str, &str)> = links.iter().map(|(name, id)| (*name, *id)).collect();
    let closed = commit_step(app, closed, EventKind::PipelineAnswered, &links, told).await?;
    if let Some(closed) = &closed {
        end::unfollowed(app, closed).await?;
    }
    Ok(closed)
}

/// Why a word that lets go on is held back: a freeze came after the decision.
async fn stopped(app: &App, answer: &PipelineAnswer) -> Result<Option<String>, Stays> {
    let Some(run) = answer.execution_id.as_deref().filter(|_| answer.passed) else { return Ok(None) };
    let Some(run) = app.store.execution(run).await? else { return Ok(None) };
    let record = app.store.decision(&run.decision_id).await?;
    let agent = record.as_ref().and_then(|record| record.action.agent.as_deref());
    let rules = app.rules.newest(app.store.as_ref()).await?;
    Ok(rules.freezes.covering(agent, run.repo.as_deref()).map(|freeze| freeze.why().english().to_owned()))
}

async fn decided(
    app: &App,
    check: &PipelineCheck,
    decision: Option<&str>,
    answer: PipelineAnswer,
) -> Result<Option<PipelineCheck>, Stays> {
    let told = json!({"passed": answer.passed, "message": answer.message});
    let Some(next) = check.decide(decision, answer.clone()) else { return Ok(None) };
    let links = links(&next, &answer).map(|(name, id)| (name, id.to_owned()));
    let links: Vec<(&str, &str)> = links.iter().map(|(name, id)| (*name, id.as_str())).collect();
    commit_step(app, next, EventKind::PipelineDecided, &links, told).await
}

fn links<'a>(check: &'a PipelineCheck, answer: &'a PipelineAnswer) -> [(&'static str, &'a str); 3] {
    [
        ("action_id", check.decision_id.as_deref().unwrap_or_default()),
        ("approval_id", check.approval_id.as_deref().unwrap_or_default()),
        ("execution_id", answer.execution_id.as_deref().unwrap_or_default()),
    ]
}

/// Commits a step; the row as it is then, `None` when somebody else was first.
async fn commit_step(
    app: &App,
    next: PipelineCheck,
    kind: EventKind,
    links: &[(&str, &str)],
    told: Value,
) -> Result<Option<PipelineCheck>, Stays> {
    let id = next.id.clone();
    let change =
        Change::default().event(event(kind, &caller(&next), &id, links, told)).put(Record::Pipeline(next));
    match commit(app, change).await? {
        Some(_) => Ok(app.store.pipeline(&id).await?),
        None => Ok(None),
    }
}
