//! From an action to the right to run it: evaluate → wait → redeem. Shared by `run` and the hooks.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use navi_client::ClientError;
use navi_client::api::Client;
use navi_domain::action::TargetState;
use navi_domain::plan::StepRef;
use navi_protocol::approvals::ApprovalView;
use navi_protocol::discussion::Remark;
use navi_protocol::evaluate::{Context, EvaluateRequest, EvaluateResponse, Start};
use navi_protocol::executions::RedeemRequest;
use navi_protocol::problem::Code;

use crate::glass::{self, Glance, offline};

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
    /// Whether it waits no longer even when a person gives the request more time, or stops it for a while: somebody ends the
    /// gate then.
    pub firm: bool,
    /// Unique for this run.
    pub run_nonce: String,
    /// The part of a plan that it is.
    pub plan: Option<StepRef>,
    /// How long the server may wait for a sign of this gate while it runs, in seconds; absent: the gate does not stay.
    pub lease_secs: Option<u32>,
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
    /// A person stopped it while it waited; in words: who, what and why.
    Stopped(String),
    /// Nobody decided in time.
    Expired,
    /// Another request took its place, or it was withdrawn.
    Ended(String),
    /// It was allowed, and that does not hold any more: its target changed, or the permit is over.
    Void(String),
    /// The server refused, is away, or makes no sense.
    Failed(String),
    /// The server does not answer, and no envelope is open.
    Away(String),
}

/// What happens while it waits.
pub trait Watch {
    /// People are asked, in this approval. Whoever stops waiting withdraws it, also before the first look at it.
    fn asks(&mut self, _approval_id: &str) {}
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

/// So often what waits may be let go by a bypass before the gate gives up.
const LET_GO: usize = 20;
/// One look lasts at most this long.
const LOOK: Duration = Duration::from_secs(25);
/// As long as nobody has seen the request, how far the news of it came is looked for more often.
const LOOK_FOR_NEWS: Duration = Duration::from_secs(3);

/// Asks, waits, redeems. `observe` tells the target's state, now and again just before the redeem.
pub async fn obtain<'o, O: Fn() -> BoxFuture<'o, TargetState>, W: Watch>(
    client: &Client,
    ask: &Ask,
    observe: &O,
    watch: &mut W,
) -> Result<Permitted, Denied> {
    let deadline = ask.patience.map(|p| Instant::now() + p);
    for _ in 0..LET_GO {
        if let Some(permitted) = attempt(client, ask, observe, deadline, watch).await? {
            return Ok(permitted);
        }
    }
    Err(Denied::Ended("let go by a bypass again and again".into()))
}

/// Asks once; `None`: a bypass let go what waited, and it has to be asked again.
async fn attempt<'o, O: Fn() -> BoxFuture<'o, TargetState>, W: Watch>(
    client: &Client,
    ask: &Ask,
    observe: &O,
    deadline: Option<Instant>,
    watch: &mut W,
) -> Result<Option<Permitted>, Denied> {
    let failed = |e: ClientError| Denied::Failed(crate::text::one_line(&e));
    // Stops that wait are sent before the look: what is told of the target is not older than it has to be.
    crate::freeze::contact::before_asking(client.base_url()).await;
    let observed = observe();
    let known = Glance::take();
    let mut context = ask.context.clone();
    context.target_state = Some(observed.await);
    let secs = ask.patience.map(|p| u32::try_from(p.as_secs()).unwrap_or(u32::MAX).clamp(1, 86_400));
    let request = EvaluateRequest {
        action_type: ask.action_type.clone(),
        context,
        start: Some(Start { run_nonce: ask.run_nonce.clone(), lease_secs: ask.lease_secs }),
        request_key: ask.request_key.clone(),
        expires_in_secs: secs,
        plan: ask.plan.clone(),
    };
    let answer = match ask_server(client, known.as_ref(), &request).await {
        Ok(answer) => answer,
        Err(error) if offline::is_away(&error) => {
            return without_server(ask, observe, &error).await.map(Some);
        }
        Err(error) => return Err(failed(error)),
    };
    match (answer.decision.as_str(), &answer.approval_id, &answer.execution_id) {
        ("AUTO", _, Some(execution)) => Ok(Some(Permitted { execution_id: execution.clone() })),
        ("BLOCKED", _, _) => Err(Denied::Blocked(Box::new(answer))),
        ("APPROVAL", Some(id), _) => {
            watch.asks(id);
            let obtained = match wait(client, id, ask, deadline, watch).await {
                Ok(Some(approved)) => {
                    redeem(client, ask, observe, &approved, deadline, watch).await.map(Some)
                }
                Ok(None) => Ok(None),
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

/// Asks, after what this gate recorded without the server has come there; hears what is new for it.
async fn ask_server(
    client: &Client,
    known: Option<&Glance>,
    request: &EvaluateRequest,
) -> Result<EvaluateResponse, ClientError> {
    let Some(known) = known else { return evaluate(client, request).await };
    if known.unsettled {
        settle(client).await?;
    }
    // Looked at again: what was brought is known now.
    let now = Glance::take();
    let said = now.as_ref().unwrap_or(known).attached(client);
    let answer = match evaluate(&said, request).await {
        // Another process of this gate recorded something in between.
        Err(ClientError::Refused(p)) if p.code == Code::RecordsPending => {
            settle(client).await?;
            Glance::take().unwrap_or_else(|| known.again()).attached(client).evaluate(request).await?
        }
        other => other?,
    };
    if now.as_ref().unwrap_or(known).has_news(&said)
        && let Err(error) = glass::contact::sync(&said, glass::contact::BY_THE_WAY).await
    {
        eprintln!("navi-gate: what the server has to say about envelopes was not heard: {error}");
    }
    Ok(answer)
}

async fn settle(client: &Client) -> Result<(), ClientError> {
    match glass::contact::sync(client, glass::contact::BY_THE_WAY).await {
        Ok(Some(glass::folder::Heard { reported: Some(why), .. })) => {
            eprintln!("navi-gate: the server reported this gate: {why}");
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(glass::GlassError::Client(error)) if offline::is_away(&error) => Err(error),
        Err(error) => Err(ClientError::Setup(format!(
            "what this gate recorded without the server was not taken ({error}); bring it with the credential that made the \
             gate known (`navi-gate break-glass sync`), or make it known anew"
        ))),
    }
}

/// The server is away: an open envelope lets it run, or nothing does.
async fn without_server<'o, O: Fn() -> BoxFuture<'o, TargetState>>(
    ask: &Ask,
    observe: &O,
    error: &ClientError,
) -> Result<Permitted, Denied> {
    let away = crate::text::one_line(error);
    match offline::permit(&ask.action_type, &ask.context, observe().await).await {
        Ok(Some(run)) => {
            eprintln!("navi-gate: {away}; this runs under an open envelope, and is recorded");
            Ok(Permitted { execution_id: run })
        }
        Ok(None) => Err(Denied::Away(away)),
        Err(why) => Err(Denied::Failed(format!("{away}, and {why}"))),
    }
}

/// Asks. Where others were first all the time, nothing was done, so that asking again is harmless.
async fn evaluate(client: &Client, request: &EvaluateRequest) -> Result<EvaluateResponse, ClientError> {
    for _ in 0..20 {
        match client.evaluate(request).await {
            Err(ClientError::Refused(p)) if p.code == Code::VersionConflict => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            answered => return answered,
        }
    }
    client.evaluate(request).await
}

/// Waits until the approval has ended; `None`: a bypass let it go. A server that dies meanwhile is asked again until the approval's own deadline.
async fn wait<W: Watch>(
    client: &Client,
    id: &str,
    ask: &Ask,
    deadline: Option<Instant>,
    watch: &mut W,
) -> Result<Option<ApprovalView>, Denied> {
    let mut id = id.to_owned();
    let (mut seen, mut edited) = (None, false);
    let mut told = BTreeSet::new();
    let mut give_up = deadline;
    let mut pause = Duration::from_millis(200);
    let mut longest = LOOK_FOR_NEWS;
    loop {
        let left = give_up.map(|d| d.saturating_duration_since(Instant::now()));
        if left.is_some_and(|l| l.is_zero()) {
            return Err(Denied::Expired);
        }
        crate::freeze::contact::before_asking(client.base_url()).await;
        let look = if seen.is_none() { Duration::ZERO } else { left.map_or(longest, |l| l.min(longest)) };
        let looked = match client.wait_for_approval(&id, look, seen).await {
            Ok(approval) if let_go(&approval) => return Ok(None),
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
                longest = if crate::reach::is_seen(&approval) { LOOK } else { LOOK_FOR_NEWS };
                let left = approval.left(approval.server_time);
                let until = Duration::from_micros(u64::try_from(left).unwrap_or(0));
                let ends = Instant::now() + until + Duration::from_secs(2);
                let patient = approval.extended && !ask.firm;
                give_up = Some(deadline.filter(|_| !patient).map_or(ends, |d| d.min(ends)));
                if approval.paused_since.is_some() && ask.firm {
                    // Its deadline stands still, and its caller's does not.
                    return Err(Denied::Stopped(who_stopped(client, &ask.context).await));
                }
                match approval.status.as_str() {
                    "pending" if seen.is_none() => watch.waiting(&approval),
                    "pending" => watch.still(&approval),
                    "approved" if edited => return Err(Denied::Edited(Box::new(approval))),
                    "approved" => return Ok(Some(approval)),
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

/// Who stopped what waits, in words: the freeze that covers it, as far as this gate can tell.
async fn who_stopped(client: &Client, context: &Context) -> String {
    let (freezes, session) = futures_util::join!(client.freezes(), client.session());
    let agent = session.ok().and_then(|session| session.agent);
    let covers = |freeze: &navi_protocol::freeze::FreezeView| match freeze.scope.as_str() {
        "everything" => true,
        "repo" => freeze.name == context.repo,
        _ => freeze.name == agent,
    };
    match freezes.unwrap_or_default().into_iter().find(covers) {
        Some(freeze) => {
            let what = freeze.name.map_or(freeze.scope.clone(), |name| format!("{} {name}", freeze.scope));
            crate::text::visible(&format!("{} stopped {what}: {}", freeze.by, freeze.reason))
        }
        None => "a person stopped it".to_owned(),
    }
}

/// Whether a bypass took its place: whoever waits asks again, and it is decided anew.
fn let_go(approval: &ApprovalView) -> bool {
    approval.status == "superseded"
        && approval.superseded_by.as_deref().is_some_and(|by| by.starts_with("bypass:"))
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
async fn redeem<'o, O: Fn() -> BoxFuture<'o, TargetState>, W: Watch>(
    client: &Client,
    ask: &Ask,
    observe: &O,
    approval: &ApprovalView,
    deadline: Option<Instant>,
    watch: &mut W,
) -> Result<Permitted, Denied> {
    let permit = approval
        .permit
        .as_ref()
        .ok_or_else(|| Denied::Failed("the approval carries no permit for this credential".into()))?;
    let mut give_up = deadline.unwrap_or_else(|| Instant::now() + Duration::from_secs(600));
    let mut context = ask.context.clone();
    context.target_state = Some(observe().await);
    let request = RedeemRequest {
        permit_id: permit.id.clone(),
        action_type: ask.action_type.clone(),
        context,
        run_nonce: ask.run_nonce.clone(),
        lease_secs: ask.lease_secs,
    };
    let mut pause = Duration::from_millis(200);
    loop {
        match client.redeem(&request).await {
            Ok(execution) => return Ok(Permitted { execution_id: execution.id }),
            Err(ClientError::Refused(p)) if p.code == Code::Frozen && ask.firm => {
                let why = p.detail.unwrap_or_else(|| "a person stopped it".to_owned());
                return Err(Denied::Stopped(crate::text::visible(why.trim_end_matches('.'))));
            }
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
            Err(error) if is_void(&error) => return Err(Denied::Void(crate::text::one_line(&error))),
            Err(error) => return Err(Denied::Failed(crate::text::one_line(&error))),
        }
    }
}

/// The server says that the permit does not cover what would run now.
fn is_void(error: &ClientError) -> bool {
    let ClientError::Refused(problem) = error else { return false };
    let codes = [
        Code::TargetStateChanged,
        Code::DigestMismatch,
        Code::PermitExpired,
        Code::PermitRevoked,
        Code::AlreadyRedeemed,
    ];
    codes.contains(&problem.code)
}

/// Failures that say nothing about the action: ask again.
fn passing(error: &ClientError) -> bool {
    match error {
        ClientError::Unreachable { .. } | ClientError::TimedOut { .. } => true,
        ClientError::Refused(p) => matches!(p.code, Code::Busy | Code::Unavailable | Code::VersionConflict),
        // A connection that breaks in the middle of an answer looks like nonsense.
        ClientError::Nonsense(what) => what == "the answer broke off",
        ClientError::Setup(_) => false,
    }
}
