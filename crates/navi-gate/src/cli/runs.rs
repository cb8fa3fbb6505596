//! `run` and `orchestrate`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::What;
use crate::governed::output::KEEP;

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub what: What,
    /// Wait at most this many seconds for people.
    #[arg(long)]
    pub expires: Option<u32>,
    /// End the command after this many seconds.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub timeout: Option<u32>,
    /// A command line that must succeed afterwards; an action of its own, asked for like any other.
    #[arg(long, value_name = "LINE")]
    pub verify: Option<String>,
    /// Keep this many bytes of the output for the record, half from its beginning and half from its end, without its
    /// secrets; 0 keeps none, and leaves the terminal to the command.
    #[arg(long, value_name = "BYTES", default_value_t = KEEP)]
    pub keep_output: usize,
    /// Print one JSON object on stdout at the end.
    #[arg(long)]
    pub json: bool,
    /// A command line for the shell, instead of a command.
    #[arg(long, value_name = "LINE", conflicts_with = "command")]
    pub shell: Option<String>,
    #[command(flatten)]
    pub part: PartArgs,
    /// The command and its arguments.
    #[arg(last = true, required_unless_present_any = ["shell", "tool"])]
    pub command: Vec<String>,
}

/// What an orchestrator says of the parts that it runs.
#[derive(Debug, Args)]
pub struct PartArgs {
    /// The plan that it is a part of.
    #[arg(long, hide = true, requires = "step")]
    pub plan: Option<String>,
    /// The step.
    #[arg(long, hide = true)]
    pub step: Option<String>,
    /// Which part of the step.
    #[arg(long, hide = true, value_enum, default_value = "run")]
    pub phase: Phase,
    /// The tool that is called, as the plan names it; the command only carries the call out.
    #[arg(long, hide = true, requires = "tool_args")]
    pub tool: Option<String>,
    /// Its arguments, as JSON.
    #[arg(long, hide = true)]
    pub tool_args: Option<String>,
    /// The key of the request: the same one waits for the same answer.
    #[arg(long, hide = true)]
    pub request_key: Option<String>,
    /// Where the result goes, as JSON.
    #[arg(long, hide = true)]
    pub result: Option<PathBuf>,
    /// When it is interrupted, the request stays.
    #[arg(long, hide = true)]
    pub keep_request: bool,
}

/// Which part of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Phase {
    /// The action.
    Run,
    /// Its verification.
    Verify,
}

impl From<Phase> for navi_domain::plan::Phase {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Run => Self::Run,
            Phase::Verify => Self::Verify,
        }
    }
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct OrchestrateArgs {
    #[command(subcommand)]
    pub command: Option<OrchestrateCommand>,
    /// The plan, in YAML.
    #[arg(required = true)]
    pub plan: Option<PathBuf>,
    /// Go on where an earlier orchestrator of this plan stopped: what is done stays done.
    #[arg(long)]
    pub resume: bool,
    /// Only read the plan and show what would be asked.
    #[arg(long, conflicts_with = "resume")]
    pub check: bool,
    /// Wait at most this many seconds for people to approve the plan.
    #[arg(long)]
    pub expires: Option<u32>,
    /// Why, in the agent's words.
    #[arg(long)]
    pub intent: Option<String>,
    /// Print one JSON object on stdout at the end.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum OrchestrateCommand {
    /// Plans of this machine: where they stand, and which of their steps wait.
    Status {
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
}
