//! The gate as a library: one governed command, with everything that `navi-gate run` does, for a Rust program that runs
//! commands for an agent. Both go through `governed::run`; there is no second way to the program.

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use navi_protocol::approvals::ApprovalView;
use navi_protocol::discussion::Remark;
use serde_json::Value;

use crate::config::Config;
use crate::governed::output::KEEP;
use crate::governed::report::Verified;
use crate::governed::run::{self, Caller, Done, Through, Wish};
use crate::governed::streams::Reader;
use crate::permission::{Denied, Watch, instead};
use crate::text::{one_line, quoted, visible};
use crate::told::acceptable;

/// A gate: it asks the oversight server before a command runs, waits for people, redeems the permit once, runs the command
/// and reports how it ended. Cheap to clone; runs of one gate may go on beside each other and do not mix.
///
/// Like the program it keeps its own notes in `$XDG_STATE_HOME/navi` — runs that a crash cut off are told to the server by
/// the next gate on the machine — and says on standard error what it could not do of that.
#[derive(Clone)]
pub struct Gate {
    through: Through,
}

/// A command that is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    words: Vec<String>,
    line: Option<String>,
    cwd: Option<PathBuf>,
}

impl Command {
    /// A program, looked for along `PATH` unless its name has a slash.
    pub fn new(program: impl Into<String>) -> Self {
        Self { words: vec![program.into()], line: None, cwd: None }
    }

    /// A line for `sh`.
    pub fn shell(line: impl Into<String>) -> Self {
        let line = line.into();
        Self { words: vec!["sh".to_owned(), "-c".to_owned(), line.clone()], line: Some(line), cwd: None }
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        let argument = argument.into();
        // Of a shell's line it is no part: it is shown with the shell then.
        self.line = None;
        self.words.push(argument);
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<A: Into<String>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Where it runs; otherwise where this process does.
    #[must_use]
    pub fn current_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cwd = Some(folder.into());
        self
    }

    /// As people see it, and as it is bound.
    fn shown(&self) -> String {
        let words = || self.words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        self.line.clone().unwrap_or_else(words)
    }
}

/// Where a command's output goes. In both cases the beginning and the end are kept, for the record without their secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// Into [`RunReport`] alone; the command has no input.
    #[default]
    Kept,
    /// To this process's standard output and standard error as well; the command has its standard input.
    PassedOn,
}

/// What is said of a command, and how it runs.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// What it is, in any spelling; absent: `command_run`.
    pub action_type: Option<String>,
    /// Files that it touches, beside those that its words name.
    pub files: Vec<String>,
    /// Repository; absent: from git.
    pub repo: Option<String>,
    /// Branch; absent: from git.
    pub branch: Option<String>,
    /// Environment.
    pub environment: Option<String>,
    /// The agent's session.
    pub session: Option<String>,
    /// Why, in the agent's words. It is shown to people, and decides nothing.
    pub intent: Option<String>,
    /// People may take at most this long.
    pub patience: Option<Duration>,
    /// The command is ended, with all that it started, after this long.
    pub timeout: Option<Duration>,
    /// A line for `sh` that must succeed afterwards; an action of its own, asked for like any other.
    pub verify: Option<String>,
    /// So many bytes of the output are kept: half from its beginning, half from its end; at most 256 KiB.
    pub keep_output: usize,
    /// Where the output goes.
    pub output: Output,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            action_type: None,
            files: Vec::new(),
            repo: None,
            branch: None,
            environment: None,
            session: None,
            intent: None,
            patience: None,
            timeout: None,
            verify: None,
            keep_output: KEEP,
            output: Output::Kept,
        }
    }
}

/// A request that waits for people.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Waiting {
    /// The approval.
    pub approval_id: String,
    /// What they see first.
    pub title: String,
    /// 0.000–1.000.
    pub risk_score: f64,
    /// Why they are asked.
    pub reasons: Vec<String>,
    /// Who can decide.
    pub deciders: Vec<String>,
}

/// How a command ended that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunReport {
    /// The execution, as the record names it.
    pub execution_id: String,
    /// The exit code, or 128 and the number of the signal that ended it; `None`: nobody knows.
    pub exit_code: Option<i32>,
    /// It was told to end: by a person, by its time, or by whoever called.
    pub stopped: bool,
    /// It was its time.
    pub timed_out: bool,
    /// Whether the verification was content; one that could not run is not. `None`: there was none.
    pub verified: Option<bool>,
    /// The beginning of what it printed, as it printed it.
    pub output_head: Vec<u8>,
    /// The end of it, where something is missing in between.
    pub output_tail: Vec<u8>,
    /// All that it printed, in bytes.
    pub output_bytes: u64,
    /// The server knows all of this; otherwise it is written down, and the next gate on this machine tells it.
    pub reported: bool,
}

/// Why there is no report. Except for [`RunError::NotStarted`] nobody's permit was used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// It could not start at all, so nobody was asked.
    #[error("{} {why}; nobody was asked, and nothing ran", visible(program))]
    NotStartable {
        /// The program.
        program: String,
        /// What is wrong with it.
        why: &'static str,
        /// What a shell would end with: 126 or 127.
        exit_code: u8,
    },
    /// By policy or guardrail.
    #[error(
        "blocked: {}{}; nothing ran",
        visible(&reasons.join("; ")),
        if instead.is_empty() { String::new() } else { format!("; acceptable: {}", visible(&instead.join("; "))) }
    )]
    Blocked {
        /// Sentences for people.
        reasons: Vec<String>,
        /// 0.000–1.000.
        risk_score: f64,
        /// The decision, as the record names it.
        action_id: String,
        /// Stable name of the rule that decided.
        rule: String,
        /// What the guardrails that blocked it say would be acceptable.
        instead: Vec<String>,
    },
    /// By a person.
    #[error("rejected by {}: {}; nothing ran", visible(by), visible(reason))]
    Rejected {
        /// Who.
        by: String,
        /// Why, in their words.
        reason: String,
        /// The approval.
        approval_id: String,
    },
    /// A person changed it and it was approved like that: only that may run, and has to be asked for.
    #[error("{instead}; nothing ran")]
    Edited {
        /// What to ask for, in a sentence.
        instead: String,
        /// The same, as the digest's material.
        material: Value,
        /// The approval.
        approval_id: String,
    },
    /// Nobody decided in time.
    #[error("nobody decided in time; nothing ran")]
    Expired,
    /// Another request took its place, or it was withdrawn.
    #[error("the request was {}; nothing ran", visible(status))]
    Ended {
        /// The approval's status.
        status: String,
    },
    /// Whoever called does not wait any more.
    #[error(
        "{}; nothing ran",
        if *request_stays { "interrupted; the request stays" }
        else { "interrupted, or nobody waits any more; the request was withdrawn" }
    )]
    Cancelled {
        /// Whether people can still decide about it.
        request_stays: bool,
    },
    /// The permit was used, and then the command did not start.
    #[error("it could not be started: {why}")]
    NotStarted {
        /// What the system said.
        why: String,
        /// What a shell would end with: 126 or 127.
        exit_code: u8,
        /// The execution, which is recorded as failed.
        execution_id: String,
    },
    /// The server does not answer, and no envelope is open.
    #[error("{0}; nothing ran")]
    Away(String),
    /// The server refused or makes no sense; or the gate is not set up.
    #[error("{0}; nothing ran")]
    Refused(String),
}

impl From<Denied> for RunError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Blocked(answer) => Self::Blocked {
                instead: acceptable(&answer),
                reasons: answer.reasons,
                risk_score: answer.risk_score,
                action_id: answer.action_id,
                rule: answer.rule,
            },
            Denied::Rejected(approval) => {
                let by = approval.votes.iter().rev().find(|v| v.verdict == "reject");
                let reason = by.map(|v| v.reason.clone()).filter(|reason| !reason.is_empty());
                Self::Rejected {
                    by: by.map_or_else(|| "a person".to_owned(), |v| v.user.clone()),
                    reason: reason.unwrap_or_else(|| "no reason given".to_owned()),
                    approval_id: approval.id,
                }
            }
            Denied::Edited(approval) => Self::Edited {
                instead: instead(&approval),
                material: approval.material.clone(),
                approval_id: approval.id,
            },
            Denied::Stopped(why) => Self::Refused(why),
            Denied::Expired => Self::Expired,
            Denied::Ended(status) => Self::Ended { status },
            Denied::Void(line) | Denied::Failed(line) => Self::Refused(line),
            Denied::Away(line) => Self::Away(line),
        }
    }
}

impl Gate {
    /// A gate for a server and a credential. Asks nothing yet.
    ///
    /// # Errors
    /// [`RunError::Refused`] when there is no address, or no credential.
    pub fn new(config: &Config) -> Result<Self, RunError> {
        let client = config.client().map_err(|e| RunError::Refused(one_line(&e)))?;
        Ok(Self { through: Through { client, token: config.token.clone() } })
    }

    /// Asks, waits, runs, reports. Nothing runs before the permit for exactly this command is redeemed.
    ///
    /// Dropping the future gives it up: what waits for people is not run later, and a command that runs is killed. Where
    /// `navi-gate` is on this program's `PATH`, all that the command started ends too, also when this program is killed.
    ///
    /// # Errors
    /// [`RunError`]: why nothing ran.
    pub async fn run(&self, command: Command, options: RunOptions) -> Result<RunReport, RunError> {
        self.run_until(command, options, |_: &Waiting| {}, std::future::pending()).await
    }

    /// The same; `waiting` is told when people are asked, and when `cancelled` ends, the request is withdrawn, or the command
    /// is told to end with all that it started.
    ///
    /// # Errors
    /// As [`Gate::run`].
    pub async fn run_until(
        &self,
        command: Command,
        options: RunOptions,
        waiting: impl FnMut(&Waiting) + Send,
        cancelled: impl Future<Output = ()> + Send,
    ) -> Result<RunReport, RunError> {
        let wish = wish(command, options)?;
        let mut watch = Listener(waiting);
        let mut gone = std::pin::pin!(cancelled);
        let caller = Caller { watch: &mut watch, signals: None, gone: gone.as_mut(), gone_ends_it: true };
        run::run(&self.through, &wish, caller).await.map(report)
    }

    /// The way to the server, for the command line.
    pub(crate) fn through(&self) -> &Through {
        &self.through
    }
}

fn wish(command: Command, options: RunOptions) -> Result<Wish, RunError> {
    let here = std::env::current_dir()
        .map_err(|e| RunError::Refused(format!("the working directory is not readable ({e})")))?;
    let cwd = command.cwd.as_ref().map_or(here.clone(), |folder| here.join(folder));
    let passed_on = options.output == Output::PassedOn;
    Ok(Wish {
        shown: Some(command.shown()),
        command: command.words,
        cwd,
        action_type: options.action_type.unwrap_or_else(|| "command_run".to_owned()),
        files: options.files,
        repo: options.repo,
        branch: options.branch,
        environment: options.environment,
        session: options.session,
        intent: options.intent,
        patience: options.patience,
        timeout: options.timeout,
        keep: options.keep_output,
        verify: options.verify,
        reader: if passed_on { Reader::Leaving } else { Reader::Nobody },
        input: passed_on,
        ..Wish::default()
    })
}

fn report(done: Done) -> RunReport {
    let (output_head, output_tail) = done.output().ends();
    RunReport {
        execution_id: done.execution_id,
        exit_code: done.ended.code,
        stopped: done.ended.stopped.is_some(),
        timed_out: done.ended.timed_out,
        verified: done.verified.as_ref().map(Verified::is_good),
        output_head,
        output_tail,
        output_bytes: done.ended.output.total(),
        reported: done.reported,
    }
}

/// Tells a closure once that people are asked.
struct Listener<F>(F);

impl<F: FnMut(&Waiting)> Watch for Listener<F> {
    fn waiting(&mut self, approval: &ApprovalView) {
        let waiting = Waiting {
            approval_id: approval.id.clone(),
            title: approval.title.clone(),
            risk_score: approval.risk_score,
            reasons: approval.reasons.clone(),
            deciders: approval.deciders.clone(),
        };
        (self.0)(&waiting);
    }
    fn still(&mut self, _: &ApprovalView) {}
    fn asked(&mut self, _: &ApprovalView, _: &[&Remark]) -> Result<(), String> {
        Ok(())
    }
    fn away(&mut self, _: &str) {}
    fn over(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_what_runs() {
        assert_eq!(Command::new("touch").args(["a b", "c"]).shown(), "touch 'a b' c");
        assert_eq!(Command::shell("a | b").shown(), "a | b");
        assert_eq!(Command::shell("echo $0").arg("x y").shown(), "sh -c 'echo $0' 'x y'");
    }

    /// Runs of one gate may be spawned on a runtime with many threads.
    #[test]
    fn a_run_may_move_between_threads() {
        fn moves<T: Send>(_: T) {}
        let config =
            Config { url: Some("http://127.0.0.1:1".into()), token: Some("t".into()), ..Config::default() };
        let gate = Gate::new(&config).unwrap();
        moves(gate.run(Command::new("true"), RunOptions::default()));
    }
}
