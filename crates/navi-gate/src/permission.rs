//! From an action to the right to run it: evaluate → wait → redeem. Shared by `run` and the hooks.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use navi_client::ClientError;
use navi_client::api::Client;
use navi_domain::action::TargetState;
use navi_protocol::approvals::ApprovalView;
use navi_protocol::discussion::Remark;
use navi_protocol::evaluate::{Context, EvaluateRequest, EvaluateResponse, Start};
use navi_protocol::executions::RedeemRequest;
use navi_protocol::problem::Code;

/// What is asked.
pub struct Ask {
    /// Action type.
    pub action_type: String,
    /// Everything about it, without the target's state.
    pub context: Context,
    /// The client's own key for this request.
    pub request_key: Option<String>,
    /// How long the caller will wait at most.
    pub patience: Option<Duration>,
    /// Whether it waits no longer even when a person gives the request more time: somebody ends the gate then.
    pub firm: bool,
    /// Unique for this run.
    pub run_nonce: String,
}

/// Why it may not run. In each case nothing ran.
#[derive(Debug)]
pub enum Denied {
    /// By policy or guardrail.
    Blocked(Box<EvaluateResponse>),
    /// By a person.
    Rejected(Box<ApprovalView>),
    /// A person changed it and it was approved like that: only that may run, and has to be asked for.
    Edited(Box<ApprovalView>),
    /// Nobody decided in time.
    Expired,
    /// Another request took its place, or it was withdrawn.
    Ended(String),
    /// The server refused, is away, or makes no sense.
    Failed(String),
}

/// What happens while it waits.
pub trait Watch {
    /// An approval is needed; the first look at it.
    fn waiting(&mut self, approval: &ApprovalView);
    /// Another look.
    fn still(&mut self, approval: &ApprovalView);
    /// People ask the agent something, for the first time. `Err` ends the wait, with what the agent is told.
    fn asked(&mut self, approval: &ApprovalView, questions: &[&Remark]) -> Result<(), String>;
    /// The server does not answer at the moment.
    fn away(&mut self, why: &str);
    /// The wait is over.
    fn over(&mut self);
}

/// The right to run, already redeemed.
#[derive(Debug)]
pub struct Permitted {
    /// The execution to report on.
    pub execution_id: String,
}

/// One look lasts at most this long.
const LOOK: Duration = Duration::from_secs(25);

/// Asks, waits, redeems. `observe` tells the target's state, now and again just before the redeem.
pub async fn obtain(
    client: &Client,
    ask: &Ask,
    observe: &dyn Fn() -> TargetState,
    watch: &mut dyn Watch,
) -> Result<Permitted, Denied> {
    let deadline = ask.patience.map(|p| Instant::now() + p);
    let failed = |e: ClientError| Denied::Failed(crate::text::one_line(&e));
    let mut context = ask.context.clone();
    context.target_state = Some(observe());
    let secs = ask.patience.map(|p| u32::try_from(p.as_secs()).unwrap_or(u32::MAX).clamp(1, 86_400));
    let request = EvaluateRequest {
        action_type: ask.action_type.clone(),
        context,
        start: Some(Start { run_nonce: ask.run_nonce.clone() }),
        request_key: ask.request_key.clone(),
        expires_in_secs: secs,
    };
    let answer = client.evaluate(&request).await.map_err(failed)?;
    match (answer.decision.as_str(), &answer.approval_id, &answer.execution_id) {
        ("AUTO", _, Some(execution)) => Ok(Permitted { execution_id: execution.clone() }),
        ("BLOCKED", _, _) => Err(Denied::Blocked(Box::new(answer))),
        ("APPROVAL", Some(id), _) => {
            let obtained = match wait(client, id, ask, deadline, watch).await {
                Ok(approved) => redeem(client, ask, observe, &approved, deadline, watch).await,
                Err(denied) => Err(denied),
            };
            watch.over();
            obtained
        }
        _ => Err(Denied::Failed(
            "the server's answer makes no sense: a decision without what belongs to it".into(),
        )),
    }
}

/// Waits until the approval has ended. A server that dies meanwhile is asked again until the approval's own deadline.
async fn wait(
    client: &Client,
    id: &str,
    ask: &Ask,
    deadline: Option<Instant>,
    watch: &mut dyn Watch,
) -> Result<ApprovalView, Denied> {
    let mut id = id.to_owned();
    let (mut seen, mut edited) = (None, false);
    let mut told = BTreeSet::new();
    let mut give_up = deadline;
    let mut pause = Duration::from_millis(200);
    loop {
        let left = give_up.map(|d| d.saturating_duration_since(Instant::now()));
        if left.is_some_and(|l| l.is_zero()) {
            return Err(Denied::Expired);
        }
        let look = if seen.is_none() { Duration::ZERO } else { left.map_or(LOOK, |l| l.min(LOOK)) };
        let looked = match client.wait_for_approval(&id, look, seen).await {
            Ok(approval) if approval.status == "superseded" => match edit_of(client, &approval).await {
                Ok(Some(next)) => {
                    (id, seen, edited) = (next.id.clone(), None, true);
                    Ok(next)
                }
                Ok(None) => return Err(Denied::Ended(approval.status)),
                Err(error) => Err(error),
            },
            other => other,
        };
        match looked {
            Ok(approval) => {
                pause = Duration::from_millis(200);
                let left = approval.left(approval.server_time);
                let until = Duration::from_micros(u64::try_from(left).unwrap_or(0));
                let ends = Instant::now() + until + Duration::from_secs(2);
                let patient = approval.extended && !ask.firm;
                give_up = Some(deadline.filter(|_| !patient).map_or(ends, |d| d.min(ends)));
                match approval.status.as_str() {
                    "pending" if seen.is_none() => watch.waiting(&approval),
                    "pending" => watch.still(&approval),
                    "approved" if edited => return Err(Denied::Edited(Box::new(approval))),
                    "approved" => return Ok(approval),
                    "rejected" => return Err(Denied::Rejected(Box::new(approval))),
                    "expired" => return Err(Denied::Expired),
                    other => return Err(Denied::Ended(other.to_owned())),
                }
                let questions = open_questions(&approval).into_iter().filter(|q| told.insert(q.id.clone()));
                let questions: Vec<&Remark> = questions.collect();
                if !questions.is_empty() {
                    watch.asked(&approval, &questions).map_err(Denied::Failed)?;
                }
                seen = Some(approval.version);
            }
            Err(error) if passing(&error) => {
                watch.away(&crate::text::one_line(&error));
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            Err(error) => return Err(Denied::Failed(crate::text::one_line(&error))),
        }
    }
}

/// The approval that a person edited this superseded one into, if that is why it was superseded.
async fn edit_of(client: &Client, old: &ApprovalView) -> Result<Option<ApprovalView>, ClientError> {
    let Some(by) = &old.superseded_by else { return Ok(None) };
    let next = client.approval(by).await?;
    Ok(next.filter(|n| n.edited_from.as_deref() == Some(&old.id)))
}

/// Questions that nobody has answered yet.
pub fn open_questions(approval: &ApprovalView) -> Vec<&Remark> {
    let answered = |q: &Remark| approval.discussion.iter().any(|r| r.answers_to.as_deref() == Some(&q.id));
    approval.discussion.iter().filter(|r| r.kind == "question" && !answered(r)).collect()
}

/// What may run instead of what was asked, in words for the agent.
pub fn instead(approval: &ApprovalView) -> String {
    let part = |name: &str| approval.material.get(name).filter(|v| !v.is_null());
    let what = match (part("command").and_then(|c| c.as_str()), part("args"), part("files")) {
        (Some(command), _, _) => command.to_owned(),
        (None, Some(args), _) => format!("{} with {args}", approval.title),
        (None, None, Some(files)) => format!("{} with {files}", approval.title),
        (None, None, None) => approval.title.clone(),
    };
    format!("approved with changes; ask for this instead: {}", crate::text::visible(&what))
}

/// Redeems the permit for what is about to run, with the target as it is now. The nonce makes repeats harmless.
async fn redeem(
    client: &Client,
    ask: &Ask,
    observe: &dyn Fn() -> TargetState,
    approval: &ApprovalView,
    deadline: Option<Instant>,
    watch: &mut dyn Watch,
) -> Result<Permitted, Denied> {
    let permit = approval
        .permit
        .as_ref()
        .ok_or_else(|| Denied::Failed("the approval carries no permit for this credential".into()))?;
    let mut give_up = deadline.unwrap_or_else(|| Instant::now() + Duration::from_secs(600));
    let mut context = ask.context.clone();
    context.target_state = Some(observe());
    let request = RedeemRequest {
        permit_id: permit.id.clone(),
        action_type: ask.action_type.clone(),
        context,
        run_nonce: ask.run_nonce.clone(),
    };
    let mut pause = Duration::from_millis(200);
    loop {
        match client.redeem(&request).await {
            Ok(execution) => return Ok(Permitted { execution_id: execution.id }),
            // Deadlines stand still while somebody has stopped it: so does this one.
            Err(ClientError::Refused(p)) if p.code == Code::Frozen => {
                watch.away(p.detail.as_deref().unwrap_or("a freeze covers it"));
                tokio::time::sleep(pause).await;
                give_up += pause;
                pause = (pause * 2).min(Duration::from_secs(2));
            }
            Err(error) if passing(&error) && Instant::now() + pause < give_up => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            Err(error) => return Err(Denied::Failed(crate::text::one_line(&error))),
        }
    }
}

/// Failures that say nothing about the action: ask again.
fn passing(error: &ClientError) -> bool {
    match error {
        ClientError::Unreachable { .. } | ClientError::TimedOut { .. } => true,
        ClientError::Refused(p) => matches!(p.code, Code::Busy | Code::Unavailable),
        // A connection that breaks in the middle of an answer looks like nonsense.
        ClientError::Nonsense(what) => what == "the answer broke off",
        ClientError::Setup(_) => false,
    }
}
