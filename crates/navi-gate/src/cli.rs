//! The command line.

mod access;
mod breakglass;
mod bypass;
mod git;
mod install;
mod oncall;
mod policy;
mod rollback;
mod runs;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use access::{DevicesArgs, DevicesCommand, TokensArgs, TokensCommand};
pub use breakglass::{BreakGlassArgs, BreakGlassCommand};
pub use bypass::{BypassArgs, BypassCommand};
pub use git::{CheckArgs, Ending, FinishArgs, GitHook, GitHookArgs};
pub use install::{Before, DoctorArgs, InstallArgs, Scope, UninstallArgs};
pub use oncall::{OnCallArgs, OnCallCommand};
pub use policy::{PolicyArgs, PolicyCommand, ProposalsArgs, ProposalsCommand};
pub use rollback::{RollbackArgs, RunnerArgs};
pub use runs::{OrchestrateArgs, OrchestrateCommand, RunArgs};

use crate::hook::harness::Harness;
use crate::{approvals, audit, device, doctor, evaluate, freeze, grants, hook, reference, run};

/// Human oversight for autonomous coding agents: the gate.
///
/// Reads NAVI_URL and NAVI_TOKEN, or navi/gate.json in the config folder. Exit codes: 0 ran, 10 blocked, 11 rejected,
/// 12 expired, 13 refused or unreachable (nothing ran), 14 only from doctor, 15 only from freeze begin; otherwise the
/// command's own.
#[derive(Debug, Parser)]
#[command(name = "navi-gate", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask for a decision and run nothing. Exit 0 for AUTO and APPROVAL, 10 for BLOCKED.
    Evaluate(EvaluateArgs),
    /// Ask, wait for people if needed, run the command, and report how it ended.
    Run(RunArgs),
    /// Run a plan: steps that wait for each other, approved once as a whole, verified, and undone when one fails.
    Orchestrate(OrchestrateArgs),
    /// Speak a coding agent's hook protocol on stdin and stdout.
    Hook(HookArgs),
    /// Stand before an MCP server, on stdio or over HTTP: each call of a tool asks first, everything else passes unchanged.
    #[command(visible_alias = "mcp-proxy")]
    Mcp(McpArgs),
    /// Be one of git's hooks: a push asks before it leaves, or before it is taken.
    GitHook(GitHookArgs),
    /// Ask and wait before a step of a pipeline, and run nothing. Exit 0: it may go on.
    Check(CheckArgs),
    /// Report how what `check` allowed ended.
    Finish(FinishArgs),
    /// Make the gate a harness's hook: nothing runs there unasked.
    Install(InstallArgs),
    /// Take it out again: the configuration is what it was, byte for byte.
    Uninstall(UninstallArgs),
    /// List approvals, or show one with what was written about it.
    Approvals(ApprovalsArgs),
    /// Answer a person's question about one's own request.
    Answer(AnswerArgs),
    /// Make a device of this terminal, with an invite.
    Enroll(EnrollArgs),
    /// Approve or reject with this terminal's key.
    Vote(VoteArgs),
    /// List what agents may repeat, or take it back.
    Grants(GrantsArgs),
    /// Stop an agent, a repository or everything, or let it go on.
    Freeze(FreezeArgs),
    /// Let run for minutes what would wait for people, in an emergency: ask, confirm, end, review.
    Bypass(BypassArgs),
    /// Who is on call, and what the next shift takes over.
    Oncall(OnCallArgs),
    /// Sealed envelopes: what may run while the server is away, opened once by one person.
    BreakGlass(BreakGlassArgs),
    /// Devices that vote: list, revoke.
    Devices(DevicesArgs),
    /// Tokens of agents and people: list, revoke.
    Tokens(TokensArgs),
    /// Autonomy policies: show, history, revert.
    Policy(PolicyArgs),
    /// Changes that wait for a second person: list, accept, refuse.
    Proposals(ProposalsArgs),
    /// Undo what ran, rehearse that, or list what can be undone.
    Rollback(RollbackArgs),
    /// Carry out rollbacks of what ran here. Needs a credential of its own.
    Runner(RunnerArgs),
    /// Export and verify the record.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Check the set-up, and show that a blocked action is blocked. Exit 14: it is not.
    Doctor(DoctorArgs),
    /// Copy the input to the output; what a run leaves behind prints through it.
    #[command(hide = true)]
    PassOn,
    /// Wait for the gate's end, and end its command when it was killed.
    #[command(hide = true)]
    WatchOver,
    /// Call a tool of an MCP server, once.
    #[command(hide = true)]
    CallTool {
        /// The server, the tool and its arguments as JSON.
        call: String,
    },
    /// Print this reference in Markdown.
    #[command(hide = true)]
    HelpMarkdown,
}

/// What the action is.
#[derive(Debug, Args)]
pub struct What {
    /// Action type, in any spelling [default: command_run, for check deploy].
    #[arg(long = "type", visible_alias = "action")]
    pub action_type: Option<String>,
    /// A file it touches; may be given several times.
    #[arg(long)]
    pub file: Vec<String>,
    /// Repository [default for run: from git].
    #[arg(long)]
    pub repo: Option<String>,
    /// Branch [default for run: from git].
    #[arg(long)]
    pub branch: Option<String>,
    /// Environment.
    #[arg(long, visible_alias = "environment")]
    pub env: Option<String>,
    /// The agent's session.
    #[arg(long)]
    pub session: Option<String>,
    /// Why, in the agent's words.
    #[arg(long)]
    pub intent: Option<String>,
}

#[derive(Debug, Args)]
pub struct EvaluateArgs {
    #[command(flatten)]
    pub what: What,
    /// The exact command.
    #[arg(long)]
    pub command: Option<String>,
    /// A file with a unified diff.
    #[arg(long)]
    pub diff: Option<PathBuf>,
    /// The whole context as JSON; `-` reads stdin.
    #[arg(long)]
    pub context: Option<String>,
    /// Let an approval expire after this many seconds.
    #[arg(long)]
    pub expires: Option<u32>,
    /// Print the server's answer as one JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct McpArgs {
    /// How people know the server [default: the program's name].
    #[arg(long)]
    pub name: Option<String>,
    /// Answer within this many seconds: below the client's own time-out for a call of a tool.
    #[arg(long, default_value_t = 3_540)]
    pub deadline: u64,
    /// Stand before a server over HTTP (streamable HTTP) at this address, instead of one on stdio.
    #[arg(long, value_name = "URL", conflicts_with = "command")]
    pub http: Option<reqwest::Url>,
    /// Where clients reach the gate then; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:7421", requires = "http")]
    pub listen: std::net::SocketAddr,
    /// The server's program and its arguments.
    #[arg(last = true, required_unless_present = "http")]
    pub command: Vec<std::ffi::OsString>,
}

#[derive(Debug, Args)]
pub struct HookArgs {
    /// Which harness calls.
    pub harness: Harness,
    /// Answer within this many seconds; must be less than the hook's own time-out [default: 540 for claude-code, else
    /// 3540].
    #[arg(long)]
    pub deadline: Option<u64>,
}

#[derive(Debug, Args)]
pub struct ApprovalsArgs {
    /// Only this one, with its discussion.
    pub id: Option<String>,
    /// pending, approved, rejected, expired, superseded, cancelled, or all.
    #[arg(long, default_value = "pending")]
    pub status: String,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct AnswerArgs {
    /// The approval.
    pub id: String,
    /// The question's id.
    pub question: String,
    /// The answer.
    pub text: String,
}

#[derive(Debug, Args)]
pub struct EnrollArgs {
    /// The invite, or a navi://enroll link.
    pub invite: String,
    /// Where the keys go: file:PATH.
    #[arg(long)]
    pub keystore: Option<String>,
    /// Name of the device.
    #[arg(long, default_value = "terminal")]
    pub name: String,
    /// Address of the server [default: NAVI_URL].
    #[arg(long)]
    pub url: Option<String>,
    /// Make a step-up key, sealed under the passphrase in this file.
    #[arg(long)]
    pub passphrase_file: Option<PathBuf>,
    /// Agents run on this machine: approves at most medium.
    #[arg(long)]
    pub shared: bool,
}

/// Approve or reject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Verdict {
    /// Let it run.
    Approve,
    /// Do not.
    Reject,
}

/// What an agent may repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Repeat {
    /// The very same action, in the same session.
    Action,
    /// The same command, as the parser reads it, with everything around it the same.
    Command,
    /// Whatever asks by the same rule: same action type, same repository, no further facts.
    Rule,
}

#[derive(Debug, Args)]
pub struct GrantsArgs {
    #[command(subcommand)]
    pub command: Option<GrantsCommand>,
    /// Also those that are over.
    #[arg(long)]
    pub all: bool,
    /// One JSON object.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum GrantsCommand {
    /// Take a grant back, at once, with the permits it issued.
    Revoke {
        /// The grant.
        id: String,
    },
}

#[derive(Debug, Args)]
pub struct FreezeArgs {
    #[command(subcommand)]
    pub command: Option<FreezeCommand>,
    /// One JSON object.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum FreezeCommand {
    /// What is stopped, which running commands confirmed that they ended, and what is queued here.
    List,
    /// Stop: nothing new runs, deadlines stand still, running commands are told to end. Exit 15: the server is away, so it
    /// is queued here, not in effect, and sent by the next command that reaches the server.
    #[command(group = clap::ArgGroup::new("what").required(true))]
    Begin {
        /// Only what this agent does.
        #[arg(long, group = "what")]
        agent: Option<String>,
        /// Only what is done in this repository.
        #[arg(long, group = "what")]
        repo: Option<String>,
        /// Everything in the organisation.
        #[arg(long, group = "what")]
        everything: bool,
        /// Why; agents and approvers are told.
        #[arg(long)]
        reason: String,
    },
    /// Lift it: what was left of each deadline is left again. Never queued.
    End {
        /// The freeze.
        id: String,
    },
    /// Take back a stop that is queued here because the server was away.
    Withdraw {
        /// The queued stop.
        id: String,
    },
}

#[derive(Debug, Args)]
pub struct VoteArgs {
    /// The approval.
    pub id: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Why; the agent is told.
    #[arg(long)]
    pub reason: Option<String>,
    /// Let the agent repeat it: what, for at most --minutes and --uses. Never for critical risk.
    #[arg(long, value_enum, requires = "minutes", requires = "uses")]
    pub repeat: Option<Repeat>,
    /// The repeat right ends after this many minutes.
    #[arg(long, requires = "repeat", value_parser = clap::value_parser!(u32).range(1..))]
    pub minutes: Option<u32>,
    /// The repeat right is for this many further actions.
    #[arg(long, requires = "repeat", value_parser = clap::value_parser!(u32).range(1..))]
    pub uses: Option<u32>,
    /// Vote for this person, who is away and delegated to you.
    #[arg(long = "for", value_name = "USER")]
    pub for_user: Option<String>,
    /// Where the keys are: file:PATH [default: NAVI_KEYSTORE].
    #[arg(long)]
    pub keystore: Option<String>,
    /// The passphrase of the step-up key, for high and critical.
    #[arg(long)]
    pub passphrase_file: Option<PathBuf>,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Write the whole record into one file that anybody can verify offline.
    Export(ExportArgs),
    /// Write a bundle's entries for other tools, without network or server. Verifies it first; a broken one gives nothing.
    Convert(ConvertArgs),
    /// Write a compliance report of a bundle, without network or server. Verifies it first; a broken one gives nothing.
    Report(ReportArgs),
    /// Verify such a file without network or server: 0 whole, 1 broken (says where), 2 whole but the key is not pinned.
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The file to write.
    #[arg(long)]
    pub out: PathBuf,
    /// Plain JSON lines instead of zstd.
    #[arg(long)]
    pub plain: bool,
    /// Entries for other tools instead of the bundle.
    #[arg(long, value_enum, conflicts_with = "plain")]
    pub format: Option<LineFormat>,
}

/// A format of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LineFormat {
    /// RFC 4180.
    Csv,
    /// JSON lines.
    Jsonl,
    /// OCSF events.
    Ocsf,
    /// CloudEvents.
    Cloudevents,
}

impl From<LineFormat> for navi_domain::reading::format::Format {
    fn from(format: LineFormat) -> Self {
        match format {
            LineFormat::Csv => Self::Csv,
            LineFormat::Jsonl => Self::Jsonl,
            LineFormat::Ocsf => Self::Ocsf,
            LineFormat::Cloudevents => Self::CloudEvents,
        }
    }
}

#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// The bundle.
    pub file: PathBuf,
    /// The format.
    #[arg(long, value_enum)]
    pub format: LineFormat,
    /// The file to write.
    #[arg(long)]
    pub out: PathBuf,
    /// The ledger's verification key.
    #[arg(long)]
    pub vkey: Option<String>,
}

/// A format of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// One file, no script.
    Html,
    /// A4.
    Pdf,
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The bundle.
    pub file: PathBuf,
    /// The format.
    #[arg(long, value_enum, default_value = "html")]
    pub format: ReportFormat,
    /// The file to write.
    #[arg(long)]
    pub out: PathBuf,
    /// From this day (2026-05-03) or instant (RFC 3339) on.
    #[arg(long)]
    pub from: Option<String>,
    /// To this day or instant, included.
    #[arg(long)]
    pub to: Option<String>,
    /// The ledger's verification key.
    #[arg(long)]
    pub vkey: Option<String>,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The file.
    pub file: PathBuf,
    /// The ledger's verification key.
    #[arg(long)]
    pub vkey: Option<String>,
    /// A file with a checkpoint that was trusted before; the record must extend it.
    #[arg(long)]
    pub checkpoint: Option<PathBuf>,
    /// Verifier key of a witness (C2SP tlog-cosignature) whose word counts. May be repeated.
    #[arg(long = "witness", value_name = "VKEY")]
    pub witnesses: Vec<String>,
    /// How many of the witnesses must have cosigned; absent: all of them.
    #[arg(long, requires = "witnesses")]
    pub quorum: Option<usize>,
    /// Tell every bypass from its wish to its review, from the record alone.
    #[arg(long)]
    pub explain: bool,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

impl Command {
    /// Whether it speaks with the server once, and does not send queued stops by itself: what asks for decisions does so
    /// each time it asks, within its own deadline.
    fn speaks_once(&self) -> bool {
        match self {
            Self::Evaluate(_)
            | Self::Finish(_)
            | Self::Approvals(_)
            | Self::Answer(_)
            | Self::Enroll(_)
            | Self::Vote(_)
            | Self::Grants(_)
            | Self::Bypass(_)
            | Self::Oncall(_)
            | Self::BreakGlass(_)
            | Self::Devices(_)
            | Self::Tokens(_)
            | Self::Policy(_)
            | Self::Proposals(_)
            | Self::Rollback(_)
            | Self::Audit(AuditCommand::Export(_))
            | Self::Doctor(_) => true,
            Self::Run(_)
            | Self::Orchestrate(_)
            | Self::Hook(_)
            | Self::Mcp(_)
            | Self::GitHook(_)
            | Self::Check(_)
            | Self::Freeze(_)
            | Self::Runner(_)
            | Self::Install(_)
            | Self::Uninstall(_)
            | Self::Audit(_)
            | Self::PassOn
            | Self::WatchOver
            | Self::CallTool { .. }
            | Self::HelpMarkdown => false,
        }
    }
}

/// Runs the chosen command.
pub async fn dispatch(cli: Cli) -> ExitCode {
    if cli.command.speaks_once() {
        freeze::contact::here().await;
    }
    match cli.command {
        Command::Evaluate(args) => evaluate::evaluate(args).await,
        Command::Run(args) => run::run(args).await,
        Command::Orchestrate(args) => crate::orchestrate::orchestrate(args).await,
        Command::Hook(args) => hook::hook(args.harness, args.deadline).await,
        Command::Mcp(args) => crate::mcp::mcp(args).await,
        Command::GitHook(args) => crate::git_hook::git_hook(args).await,
        Command::Check(args) => crate::check::check(args).await,
        Command::Finish(args) => crate::check::finish(args).await,
        Command::Install(args) => crate::install::install(&args),
        Command::Uninstall(args) => crate::install::uninstall(&args),
        Command::Approvals(args) => approvals::list(args).await,
        Command::Answer(args) => approvals::answer(args).await,
        Command::Enroll(args) => device::enroll(args).await,
        Command::Vote(args) => device::vote(args).await,
        Command::Grants(args) => grants::grants(args).await,
        Command::Freeze(args) => freeze::freeze(args).await,
        Command::Bypass(args) => crate::bypass::bypass(&args).await,
        Command::Oncall(args) => crate::oncall::oncall(args).await,
        Command::BreakGlass(args) => crate::breakglass::break_glass(args).await,
        Command::Devices(args) => crate::access::devices(args).await,
        Command::Tokens(args) => crate::access::tokens(args).await,
        Command::Policy(args) => crate::policy::policy(args).await,
        Command::Proposals(args) => crate::policy::proposals(args).await,
        Command::Rollback(args) => crate::rollback::rollback(args).await,
        Command::Runner(args) => crate::runner::runner(args).await,
        Command::Audit(AuditCommand::Export(args)) => audit::export(args).await,
        Command::Audit(AuditCommand::Convert(args)) => audit::convert::convert(&args),
        Command::Audit(AuditCommand::Report(args)) => audit::convert::write_report(&args),
        Command::Audit(AuditCommand::Verify(args)) => audit::verify::verify(&args),
        Command::Doctor(args) => doctor::doctor(&args).await,
        Command::PassOn => {
            crate::governed::streams::pass_on();
            ExitCode::SUCCESS
        }
        Command::WatchOver => {
            crate::governed::watcher::watch_over();
            ExitCode::SUCCESS
        }
        Command::CallTool { call } => crate::orchestrate::tool::call(&call).await,
        Command::HelpMarkdown => reference::print(),
    }
}
