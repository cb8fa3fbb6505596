//! Through the steps: what is ready runs, several at a time, until all are done or one is not.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use navi_client::ClientError;
use navi_client::api::Client;
use navi_domain::plan::{Phase, Step};
use navi_protocol::plans::PlanPartView;
use rustix::process::{Pid, Signal, kill_process};

use super::part::{Of, PartEnd, pass_on};
use super::state::{Folder, State, StepState, StepStatus};
use crate::governed::Signals;
use crate::stop;
use crate::text::{one_line, visible};

/// A server that is away is asked again after this.
const AWAY: Duration = Duration::from_secs(2);

/// How the walk ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Every step is done.
    Succeeded,
    /// This step is not.
    Failed(String),
    /// A person stopped it.
    Stopped,
    /// This process was told to end, by the signal of this number.
    Interrupted(u8),
}

/// What a walk needs.
pub struct Walk<'a> {
    /// The server.
    pub client: &'a Client,
    /// Where it is remembered.
    pub folder: &'a Folder,
    /// So many steps at the same time.
    pub parallel: usize,
    /// Print nothing.
    pub quiet: bool,
    /// Nothing further is begun, not even another try.
    ending: Cell<bool>,
}

/// What one step came to.
struct StepEnd {
    id: String,
    state: StepState,
    good: bool,
    stopped: bool,
    /// It ran, and its verification is still to come.
    unverified: bool,
}

impl<'a> Walk<'a> {
    /// A walk that has not begun.
    #[must_use]
    pub fn new(client: &'a Client, folder: &'a Folder, parallel: usize, quiet: bool) -> Self {
        Self { client, folder, parallel, quiet, ending: Cell::new(false) }
    }

    /// Runs every step that is not done.
    ///
    /// # Errors
    /// When it cannot be remembered; what runs is waited for, and nothing further is begun.
    pub async fn to_the_end(&self, state: &mut State, signals: &mut Signals) -> std::io::Result<End> {
        let Some(plan_id) = state.plan_id.clone() else { return Ok(End::Succeeded) };
        let mut running = FuturesUnordered::new();
        let mut end: Option<End> = None;
        let asked = stop::requested(self.client, &plan_id);
        tokio::pin!(asked);
        let mut stopping = false;
        let mut begun = BTreeSet::new();
        loop {
            while end.is_none() && running.len() < self.parallel {
                let Some(step) = next(state, &begun) else { break };
                begun.insert(step.id.clone());
                let before = begin(state, &step.id);
                self.folder.save(state)?;
                running.push(self.step(state.id.clone(), plan_id.clone(), step, before));
            }
            if running.is_empty() {
                return Ok(end.unwrap_or(End::Succeeded));
            }
            tokio::select! {
                Some(ended) = running.next() => {
                    end = end.or_else(|| verdict(&ended));
                    remember(state, ended);
                    self.folder.save(state)?;
                }
                () = &mut asked, if !stopping => {
                    // Their own runs are asked to stop as well; those that still wait are told by us.
                    (end, stopping) = (Some(End::Stopped), true);
                    self.ending.set(true);
                    terminate_parts();
                }
                signal = signals.ending() => {
                    let number = u8::try_from(signal.as_raw()).unwrap_or(15);
                    end = Some(End::Interrupted(number));
                    self.ending.set(true);
                    terminate_parts();
                }
            }
        }
    }

    /// One step with its tries: its action, then its verification.
    async fn step(&self, session: String, plan_id: String, step: Step, before: StepState) -> StepEnd {
        // A try that was begun by an orchestrator that died goes on; otherwise it is the next one.
        let mut tries = match before.status {
            StepStatus::Begun => before.tries.saturating_sub(1),
            _ => before.tries,
        };
        let mut state = StepState { status: StepStatus::Begun, ..before };
        loop {
            state.tries = tries + 1;
            let mut end = self.part(&session, &plan_id, &step, (Phase::Run, tries)).await;
            if let Some(ran) = &end.execution_id {
                let before = state.execution_id.replace(ran.clone());
                state.earlier.extend(before.filter(|before| before != ran));
            }
            state.message.clone_from(&end.message);
            let unknown = end.ran && end.code.is_none() && !end.stopped;
            // What was done shows itself, also where nobody saw it end.
            if (end.is_good() || unknown) && step.verify.is_some() {
                if self.ending.get() {
                    state.message = Some("interrupted before its verification".into());
                    return StepEnd { id: step.id, good: false, stopped: true, unverified: true, state };
                }
                end = self.part(&session, &plan_id, &step, (Phase::Verify, tries)).await;
                state.verification_id.clone_from(&end.execution_id);
                let failed = (!end.is_good()).then(|| "its verification failed".to_owned());
                state.message = end.message.clone().or(failed);
            } else if unknown {
                state.message = Some("nobody knows how it ended".into());
            }
            let again = end.ran && !end.is_good() && !end.stopped && tries < step.retries;
            if !again || self.ending.get() {
                return StepEnd {
                    id: step.id,
                    good: end.is_good(),
                    stopped: end.stopped,
                    unverified: false,
                    state,
                };
            }
            tries += 1;
            self.say(&step.id, &format!("failed, try {} of {}", tries + 1, step.retries + 1));
        }
    }

    /// One part. A server that is away is waited for: what was not asked has not failed.
    async fn part(&self, session: &str, plan_id: &str, step: &Step, which: (Phase, u32)) -> PartEnd {
        let mut told = false;
        loop {
            let end = self.once(session, plan_id, step, which).await;
            if !end.away {
                return end;
            }
            if self.ending.get() {
                return PartEnd { stopped: true, ..end };
            }
            if !std::mem::replace(&mut told, true) {
                self.say(&step.id, "the server is away; it is asked again until it answers");
            }
            tokio::time::sleep(AWAY).await;
        }
    }

    /// One part, or what became of it when it was begun before.
    async fn once(&self, session: &str, plan_id: &str, step: &Step, (phase, tries): (Phase, u32)) -> PartEnd {
        let word = if phase == Phase::Run { "run" } else { "verify" };
        let result = self.folder.result(&step.id, word, tries);
        if let Some(end) = self.earlier(plan_id, step, phase, tries, &result).await {
            return end;
        }
        let of = Of { session, plan_id, step, phase, tries, result: &result };
        let failed = |why: String| PartEnd {
            ran: false,
            code: None,
            execution_id: None,
            message: Some(why),
            stopped: false,
            away: false,
        };
        let mut child = match of.start() {
            Ok(child) => child,
            Err(error) => return failed(error.to_string()),
        };
        let name = if phase == Phase::Run { step.id.clone() } else { format!("{} verify", step.id) };
        let out = async {
            if let Some(out) = child.stdout.take() {
                pass_on(out, &name, self.quiet).await;
            }
        };
        let err_end = child.stderr.take();
        let err = async {
            if let Some(err) = err_end {
                pass_on(err, &name, self.quiet).await;
            }
        };
        tokio::join!(out, err);
        if let Err(error) = child.wait().await {
            return failed(error.to_string());
        }
        PartEnd::read(&result).unwrap_or_else(|| failed("its gate ended without a result".into()))
    }

    /// What became of a part that an earlier orchestrator began: its gate's result, or, where that is still to come, what
    /// the server knows. `None`: it is to be begun, or asked for again.
    async fn earlier(
        &self,
        plan_id: &str,
        step: &Step,
        phase: Phase,
        tries: u32,
        result: &std::path::Path,
    ) -> Option<PartEnd> {
        loop {
            if let Some(end) = PartEnd::read(result) {
                // What was not allowed then is asked anew.
                return end.ran.then_some(end);
            }
            if self.ending.get() {
                return Some(PartEnd { stopped: true, ..PartEnd::default() });
            }
            let run = match self.client.plan(plan_id).await {
                Ok(run) => run?,
                // Begun or not: only the server can tell, and beginning it twice would be worse than waiting.
                Err(ClientError::Unreachable { .. } | ClientError::TimedOut { .. }) => {
                    return Some(PartEnd { away: true, ..PartEnd::default() });
                }
                Err(error) => return Some(PartEnd { message: Some(one_line(&error)), ..PartEnd::default() }),
            };
            let known = run.steps.into_iter().find(|s| s.id == step.id)?;
            let part = if phase == Phase::Run { known.run } else { known.verify }?;
            // An earlier try's end says nothing about this one.
            if part.tries != tries + 1 {
                return None;
            }
            match part.status.as_str() {
                "started" => tokio::time::sleep(Duration::from_millis(300)).await,
                _ => return ended(&part),
            }
        }
    }

    fn say(&self, step: &str, what: &str) {
        if !self.quiet {
            eprintln!("[{step}] {}", visible(what));
        }
    }
}

fn ended(part: &PlanPartView) -> Option<PartEnd> {
    let code = match part.status.as_str() {
        "succeeded" => Some(0),
        "failed" => Some(1),
        "unknown" => None,
        _ => return None,
    };
    let execution_id = part.execution_id.clone();
    Some(PartEnd { ran: true, code, execution_id, ..PartEnd::default() })
}

/// The next step that waits for nothing, and that this walk did not begin.
fn next(state: &State, begun: &BTreeSet<String>) -> Option<Step> {
    let waits = |step: &&Step| {
        let status = state.steps.get(&step.id).map(|s| s.status).unwrap_or_default();
        matches!(status, StepStatus::Pending | StepStatus::Begun) && !begun.contains(&step.id)
    };
    state.plan.ready(&state.done()).into_iter().find(waits).cloned()
}

/// Marks a step as begun; what it was before.
fn begin(state: &mut State, id: &str) -> StepState {
    let step = state.steps.entry(id.to_owned()).or_default();
    let before = step.clone();
    if before.status != StepStatus::Begun {
        step.tries += 1;
    }
    step.status = StepStatus::Begun;
    before
}

fn remember(state: &mut State, ended: StepEnd) {
    let order = state.steps.values().filter_map(|s| s.order).max().unwrap_or(0) + 1;
    let status = match (ended.good, ended.stopped) {
        (true, _) => StepStatus::Done,
        (false, true) if ended.unverified => StepStatus::Begun,
        // It is tried again when the plan goes on.
        (false, true) => StepStatus::Pending,
        (false, false) => StepStatus::Failed,
    };
    let order = ended.good.then_some(order);
    state.steps.insert(ended.id, StepState { status, order, ..ended.state });
}

fn verdict(ended: &StepEnd) -> Option<End> {
    match (ended.good, ended.stopped) {
        (true, _) => None,
        (false, true) => Some(End::Stopped),
        (false, false) => Some(End::Failed(ended.id.clone())),
    }
}

/// Tells the gates of all parts to end: one that waits goes, its request stays; one that runs hands it on.
fn terminate_parts() {
    for pid in stop::children() {
        if let Some(pid) = Pid::from_raw(pid) {
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}
