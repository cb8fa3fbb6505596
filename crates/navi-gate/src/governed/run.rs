//! The path of one governed run, whoever asks for it: checks → evaluate → wait → redeem → capture → run → verify → report.
//! The command line and the library build a [`Wish`] and go through here.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use navi_client::api::Client;
use navi_client::enroll::random_text;
use navi_domain::action::TargetState;
use navi_domain::plan::{StepRef, VERIFY_TYPE};
use navi_protocol::approvals::ApprovalView;
use navi_protocol::discussion::Remark;
use navi_protocol::evaluate::Context;
use navi_protocol::executions::FinishRequest;
use serde_json::{Value, json};

use super::journal::{self, Run};
use super::output::{self, Kept};
use super::report::{self, Verified};
use super::secrets::Known;
use super::streams::Reader;
use super::watcher::{By, Watcher};
use super::{Ended, Ending, Job, Signals, checks};
use crate::library::RunError;
use crate::observe::{self, Looked, Place, Seen, Status};
use crate::permission::{Ask, Permitted, Watch, obtain};
use crate::stop;
use crate::text::{one_line, visible};
use crate::undo::{self, About, Capturing, Held};

/// A gate that runs something gives a sign at least this often, in seconds: its long poll lasts 25, and a server that
/// is away is asked every ten.
const LEASE_SECS: u32 = 90;

/// What is to run, and how.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Program and arguments.
    pub command: Vec<String>,
    /// How it is shown as a command; absent: the tool is shown, and the command only carries it out.
    pub shown: Option<String>,
    /// Where it runs.
    pub cwd: PathBuf,
    /// What it is.
    pub action_type: String,
    /// Files that it touches.
    pub files: Vec<String>,
    /// Repository; absent: from git.
    pub repo: Option<String>,
    /// Branch; absent: from git.
    pub branch: Option<String>,
    /// Environment.
    pub environment: Option<String>,
    /// The agent's session.
    pub session: Option<String>,
    /// Why, in the agent's words.
    pub intent: Option<String>,
    /// The tool that it carries out, with its arguments.
    pub tool: Option<(String, Value)>,
    /// The part of a plan that it is.
    pub plan: Option<StepRef>,
    /// The key of the request.
    pub request_key: Option<String>,
    /// How long people may take.
    pub patience: Option<Duration>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// So many bytes of its output are kept.
    pub keep: usize,
    /// A command line that must succeed afterwards.
    pub verify: Option<String>,
    /// When nobody waits any more, the request stays.
    pub keep_request: bool,
    /// Who gets the output.
    pub reader: Reader,
    /// It has this process's input.
    pub input: bool,
    /// This process is the gate of this run and of no other.
    pub alone: bool,
}

/// The gate that it goes through.
#[derive(Clone)]
pub struct Through {
    /// The server.
    pub client: Client,
    /// The gate's own credential, which is no output and reaches no command.
    pub token: Option<String>,
}

/// Who waits for it.
pub struct Caller<'a, W> {
    /// Sees what happens while it waits.
    pub watch: &'a mut W,
    /// Signals of this process, where it has them to itself.
    pub signals: Option<&'a mut Signals>,
    /// Ends when nobody waits any more.
    pub gone: Pin<&'a mut (dyn Future<Output = ()> + Send)>,
    /// Whether that ends the command as well, once it runs.
    pub gone_ends_it: bool,
}

/// What became of it. It ran.
#[derive(Debug)]
pub struct Done {
    /// The execution.
    pub execution_id: String,
    /// How the command ended.
    pub ended: Ended,
    /// What its verification said.
    pub verified: Option<Verified>,
    /// Whether the server knows the end already.
    pub reported: bool,
}

/// Carries a wish out, or says why nothing ran.
///
/// # Errors
/// [`RunError`]
pub async fn run<W: Watch + Send>(
    through: &Through,
    wish: &Wish,
    caller: Caller<'_, W>,
) -> Result<Done, RunError> {
    let client = &through.client;
    let place = startable(wish)?;
    let mut reconciling = Some(reconcile(client));
    if wish.plan.is_some() {
        // The steps of a plan rest on each other: the end of an earlier one that could not be reported comes before the
        // next is asked for.
        told(&mut reconciling, Duration::from_secs(10)).await;
    }
    // Git is asked once for all who look before the server is asked, and before all else: the question waits for its answer.
    let first = Status::soon(&place);
    let about = about(wish);
    let ask = ask(wish, &place, &about)?;
    let journal = begin(&ask.run_nonce, client);
    // Disk work while git looks and the server decides: nothing runs meanwhile.
    let durable = journal.as_ref().and_then(|run| run.durable().ok());
    let durable = durable.map(|file| tokio::task::spawn_blocking(move || file.sync_all()));
    let early = Capturing::begin(about.clone(), Some(first.clone()));
    let watcher = tokio::spawn(watching(wish.alone, first.clone()));
    let Caller { watch, mut signals, mut gone, gone_ends_it } = caller;
    let mut noted = Noted { watch, approval_id: None };
    let first = Mutex::new(Some(first));
    let last: Arc<Mutex<(Option<Status>, Option<Seen>)>> = Arc::default();
    let observe = || -> BoxFuture<'static, TargetState> {
        // Whoever waits for it can still give up: a disk may never answer.
        let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (looked, place) = (first.unwrap_or_else(|| Status::soon(&place)), place.clone());
        let last = Arc::clone(&last);
        async move {
            let status = looked.await;
            let look = move || {
                let (state, seen) = observe::look_at(&place, status.as_ref());
                *last.lock().unwrap_or_else(PoisonError::into_inner) = (status, seen);
                state
            };
            observe::aside(look).await
        }
        .boxed()
    };
    let permitted = tokio::select! {
        permitted = obtain(client, &ask, &observe, &mut noted) => Some(permitted),
        () = ending(&mut signals) => None,
        () = gone.as_mut() => None,
    };
    let permitted = match permitted {
        Some(Ok(permitted)) => permitted,
        refused => {
            early.discard().await;
            if let Some(run) = journal {
                run.done();
            }
            let Some(Err(denied)) = refused else {
                return Err(nobody_waits(wish, client, noted.approval_id.as_deref()).await);
            };
            return Err(denied.into());
        }
    };
    if let Some(durable) = durable {
        let _ = durable.await;
    }
    let (status, seen) = std::mem::take(&mut *last.lock().unwrap_or_else(PoisonError::into_inner));
    let held = match noted.approval_id {
        // People took their time: what was captured then may be old. What git said before the redeem is not.
        Some(_) => {
            early.discard().await;
            let status = std::future::ready(status).boxed().shared();
            Capturing::begin(about, Some(status)).held().await
        }
        None => early.held().await,
    };
    let before = Before { place, seen, held, watcher: watched(watcher).await };
    let caller = Caller { watch: noted.watch, signals, gone, gone_ends_it };
    let done = carry_out(through, wish, &permitted, journal, before, caller).await;
    told(&mut reconciling, Duration::from_secs(5)).await;
    done
}

/// Waits until earlier runs were told, once and not for ever.
async fn told(reconciling: &mut Option<tokio::task::JoinHandle<()>>, longest: Duration) {
    if let Some(reconciling) = reconciling.take() {
        let _ = tokio::time::timeout(longest, reconciling).await;
    }
}

/// What would not start is not asked for.
fn startable(wish: &Wish) -> Result<Place, RunError> {
    let program = wish.command.first().ok_or_else(|| RunError::Refused("no command was given".to_owned()))?;
    if let Err(why) = checks::startable(program, &wish.cwd, std::env::var_os("PATH").as_deref()) {
        let (why, exit_code) = (why.words(), why.code());
        return Err(RunError::NotStartable { program: program.clone(), why, exit_code });
    }
    let place = observe::place(&wish.cwd);
    place.agrees(wish.repo.as_deref(), wish.branch.as_deref()).map_err(RunError::Refused)?;
    Ok(place)
}

fn about(wish: &Wish) -> About {
    About {
        action_type: wish.action_type.clone(),
        cwd: wish.cwd.clone(),
        files: wish.files.iter().map(PathBuf::from).collect(),
        command: wish.shown.clone(),
        files_only: false,
    }
}

fn ask(wish: &Wish, place: &Place, about: &About) -> Result<Ask, RunError> {
    let way_back = undo::foreseen(&about.subject()).map(|said| ("way_back".to_owned(), said));
    let (tool, args) = wish.tool.clone().unzip();
    Ok(Ask {
        action_type: wish.action_type.clone(),
        context: Context {
            command: wish.shown.clone(),
            tool,
            args,
            cwd: Some(wish.cwd.display().to_string()),
            repo: wish.repo.clone().or_else(|| place.repo.clone()),
            branch: wish.branch.clone().or_else(|| place.branch.clone()),
            environment: wish.environment.clone(),
            session_id: wish.session.clone(),
            intent: wish.intent.clone(),
            target_files: wish.files.clone(),
            other: way_back.into_iter().chain([crate::process::told()]).collect(),
            ..Context::default()
        },
        request_key: wish.request_key.clone(),
        patience: wish.patience,
        firm: false,
        run_nonce: random_text(16).map_err(|e| RunError::Refused(one_line(&e)))?,
        plan: wish.plan.clone(),
        lease_secs: Some(LEASE_SECS),
    })
}

async fn ending(signals: &mut Option<&mut Signals>) {
    match signals {
        Some(signals) => {
            signals.ending().await;
        }
        None => std::future::pending().await,
    }
}

/// Nobody waits any more, so nothing may run later. What belongs to a plan stays asked for: its orchestrator comes back
/// for it.
async fn nobody_waits(wish: &Wish, client: &Client, approval_id: Option<&str>) -> RunError {
    if let (false, Some(id)) = (wish.keep_request, approval_id) {
        let _ = client.cancel(id).await;
    }
    RunError::Cancelled { request_stays: wish.keep_request }
}

/// Notes which request waits, so that it can be withdrawn.
struct Noted<'a, W> {
    watch: &'a mut W,
    approval_id: Option<String>,
}

impl<W: Watch> Watch for Noted<'_, W> {
    fn asks(&mut self, approval_id: &str) {
        self.approval_id = Some(approval_id.to_owned());
        self.watch.asks(approval_id);
    }
    fn waiting(&mut self, approval: &ApprovalView) {
        self.approval_id = Some(approval.id.clone());
        self.watch.waiting(approval);
    }
    fn still(&mut self, approval: &ApprovalView) {
        self.approval_id = Some(approval.id.clone());
        self.watch.still(approval);
    }
    fn asked(&mut self, approval: &ApprovalView, questions: &[&Remark]) -> Result<(), String> {
        self.watch.asked(approval, questions)
    }
    fn away(&mut self, why: &str) {
        self.watch.away(why);
    }
    fn over(&mut self) {
        self.watch.over();
    }
}

/// What was seen and kept before the run.
struct Before {
    place: Place,
    seen: Option<Seen>,
    held: Option<Held>,
    watcher: Option<Watcher>,
}

/// Starts who ends the command when this gate is killed, once git has told what it sees: beside it, it would take the
/// processor from git, and while the server decides it costs no time of its own.
async fn watching(alone: bool, looked: Looked) -> std::io::Result<Option<Watcher>> {
    looked.await;
    let by = if alone { By::Gate } else { By::Another };
    observe::aside(move || Watcher::start(by)).await
}

/// Who ends the command when this gate is killed. Where it cannot start, that is said and the command runs all the same.
async fn watched(starting: tokio::task::JoinHandle<std::io::Result<Option<Watcher>>>) -> Option<Watcher> {
    let started = starting.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    let said = |error| eprintln!("navi-gate: nobody ends the command if this gate is killed ({error})");
    started.map_err(said).ok().flatten()
}

/// Begins to write the run down. Where that fails, the server's own time still ends the run.
fn begin(run_nonce: &str, client: &Client) -> Option<Run> {
    let begun = Run::begin(&journal::folder()?, run_nonce, client.base_url());
    begun.map_err(|error| eprintln!("navi-gate: the run cannot be written down ({error})")).ok()
}

/// Tells the server of earlier runs whose gates died, beside this one.
fn reconcile(client: &Client) -> tokio::task::JoinHandle<()> {
    let client = client.clone();
    let folder = journal::folder().filter(|folder| journal::has_left(folder));
    tokio::spawn(async move {
        let Some(folder) = folder else { return };
        for told in journal::reconcile(&folder, &client).await {
            eprintln!(
                "navi-gate: an earlier run ended without its gate: execution {} is {}",
                visible(&told.execution_id),
                told.status
            );
        }
    })
}

async fn carry_out<W: Watch + Send>(
    through: &Through,
    wish: &Wish,
    permitted: &Permitted,
    mut journal: Option<Run>,
    before: Before,
    mut caller: Caller<'_, W>,
) -> Result<Done, RunError> {
    let Before { place, seen, held, watcher } = before;
    let client = &through.client;
    if let Some(run) = &mut journal {
        run.runs(&permitted.execution_id, held.as_ref().map(Held::id));
    }
    let job = Job {
        command: &wish.command,
        cwd: (!wish.alone).then_some(wish.cwd.as_path()),
        timeout: wish.timeout,
        keep: wish.keep.min(output::MOST),
        reader: wish.reader,
        input: wish.input,
        alone: wish.alone,
    };
    let ended = match execute(client, &permitted.execution_id, &job, watcher, &mut caller).await {
        Ok(ended) => ended,
        Err(error) => {
            if let Some(held) = held {
                held.discard();
            }
            tell(client, permitted, journal, &report::unstarted(&error)).await;
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            let exit_code = if missing { 127 } else { 126 };
            let execution_id = permitted.execution_id.clone();
            return Err(RunError::NotStarted { why: error.to_string(), exit_code, execution_id });
        }
    };
    let after = Status::soon(&place).await;
    let changed = report::changed(&place, &wish.cwd, seen.as_ref(), after.as_ref());
    let verified = match &wish.verify {
        Some(line) if ended.code == Some(0) && ended.stopped.is_none() => {
            Some(verify(through, wish, line, permitted, &mut caller).await)
        }
        _ => None,
    };
    let known = Known::here(through.token.as_deref());
    let mut report = report::of(&ended, changed, verified.as_ref(), &known);
    if let Some(held) = held {
        // A verification may have changed something as well.
        let after = after.filter(|_| verified.is_none());
        report::with_capture(&mut report, &held.seal(after.as_ref()).await);
    }
    let reported = tell(client, permitted, journal, &report).await;
    Ok(Done { execution_id: permitted.execution_id.clone(), ended, verified, reported })
}

async fn execute<W>(
    client: &Client,
    execution_id: &str,
    job: &Job<'_>,
    watcher: Option<Watcher>,
    caller: &mut Caller<'_, W>,
) -> std::io::Result<Ended> {
    let mut goes_on = std::pin::pin!(std::future::pending());
    let cancelled = if caller.gone_ends_it { caller.gone.as_mut() } else { goes_on.as_mut() };
    let ending = Ending { watcher, signals: caller.signals.as_deref_mut(), cancelled };
    super::execute(client, execution_id, job, ending).await
}

/// Reports the end; whether the server knows it. The command ran whatever it says now: a report that fails stays written
/// down, and the next gate on this machine tells it.
async fn tell(client: &Client, permitted: &Permitted, journal: Option<Run>, report: &FinishRequest) -> bool {
    let mut journal = journal;
    if let Some(run) = &mut journal {
        run.ended(report);
    }
    match crate::glass::offline::finish(client, &permitted.execution_id, report).await {
        Ok(()) => {
            if let Some(run) = journal {
                run.done();
            }
            true
        }
        Err(error) => {
            eprintln!("navi-gate: the end of the run could not be reported yet: {}", one_line(&error));
            false
        }
    }
}

/// Runs the verification, an action of its own that is asked for like any other. It goes the same path, hence the box.
fn verify<'a, W: Watch + Send>(
    through: &'a Through,
    wish: &Wish,
    line: &str,
    permitted: &'a Permitted,
    caller: &'a mut Caller<'_, W>,
) -> Pin<Box<dyn Future<Output = Verified> + Send + 'a>> {
    let looks = Wish {
        command: vec!["sh".to_owned(), "-c".to_owned(), line.to_owned()],
        shown: Some(line.to_owned()),
        cwd: wish.cwd.clone(),
        action_type: VERIFY_TYPE.to_owned(),
        repo: wish.repo.clone(),
        branch: wish.branch.clone(),
        environment: wish.environment.clone(),
        session: wish.session.clone(),
        keep: output::KEEP,
        reader: wish.reader,
        alone: wish.alone,
        // A verification has none of its own.
        verify: None,
        ..Wish::default()
    };
    Box::pin(async move {
        let gone = caller.gone.as_mut();
        let mut stopped = std::pin::pin!(async {
            tokio::select! {
                () = stop::requested(&through.client, &permitted.execution_id) => {}
                () = gone => {}
            }
        });
        let caller = Caller {
            watch: &mut *caller.watch,
            signals: caller.signals.as_deref_mut(),
            gone: stopped.as_mut(),
            gone_ends_it: true,
        };
        verdict(run(through, &looks, caller).await)
    })
}

fn verdict(looked: Result<Done, RunError>) -> Verified {
    let failed = |why: String| Verified { code: None, execution_id: None, why: Some(why) };
    match looked {
        Ok(done) if done.ended.stopped.is_some() => failed("it was stopped".into()),
        Ok(done) => {
            let code = done.ended.code.or(Some(-1));
            Verified { code, execution_id: Some(done.execution_id), why: None }
        }
        Err(RunError::Cancelled { .. }) => failed("it was stopped".into()),
        Err(error) => failed(error.to_string()),
    }
}

impl Done {
    /// Whether its verification, if it had one, was content.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.verified.as_ref().is_none_or(Verified::is_good)
    }

    /// What it printed.
    #[must_use]
    pub fn output(&self) -> &Kept {
        &self.ended.output
    }
}

/// The outcome for scripts, as `--json` and `--result` print it.
#[must_use]
pub fn as_json(done: &Done) -> Value {
    json!({"ran": true, "exit_code": done.ended.code, "execution_id": done.execution_id,
        "stopped": done.ended.stopped.is_some(), "timed_out": done.ended.timed_out,
        "verified": done.verified.as_ref().map(Verified::is_good)})
}
