//! Arguments of `install`, `uninstall` and `doctor`.

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::cli::GitHook;
use crate::hook::harness::Harness;

/// What the gate is put before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// The tools of an agent's harness.
    Tools(Harness),
    /// Pushes from this clone, or to this repository.
    Pushes(GitHook),
}

/// In the order in which help lists them.
static CHOICES: &[Before] = &[
    Before::Tools(Harness::ClaudeCode),
    Before::Tools(Harness::Codex),
    Before::Tools(Harness::Gemini),
    Before::Tools(Harness::Copilot),
    Before::Tools(Harness::Cursor),
    Before::Tools(Harness::Cline),
    Before::Tools(Harness::Opencode),
    Before::Pushes(GitHook::PrePush),
    Before::Pushes(GitHook::PreReceive),
];

impl ValueEnum for Before {
    fn value_variants<'a>() -> &'a [Self] {
        CHOICES
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Tools(harness) => harness.to_possible_value(),
            Self::Pushes(GitHook::PrePush) => Some(
                PossibleValue::new("git-pre-push")
                    .help("git push from this clone: advisory, --no-verify goes round it"),
            ),
            Self::Pushes(_) => Some(
                PossibleValue::new("git-pre-receive").help("pushes to this repository, where it is served"),
            ),
        }
    }
}

/// Whose configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// Yours, for every project.
    User,
    /// This folder's, for everybody who works in it.
    Project,
    /// This machine's: whoever starts the agent cannot switch it off. Needs root.
    Managed,
}

#[derive(Debug, Args)]
pub struct InstallArgs {
    /// Before what.
    pub harness: Before,
    /// Whose configuration.
    #[arg(long, value_enum, default_value_t = Scope::User)]
    pub scope: Scope,
    /// The hook's own time-out in seconds; the gate answers before [default: 600 for claude-code, else 3600].
    #[arg(long)]
    pub timeout: Option<u64>,
    /// Print what would be written.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct UninstallArgs {
    /// Before what.
    pub harness: Before,
    /// Whose configuration.
    #[arg(long, value_enum, default_value_t = Scope::User)]
    pub scope: Scope,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Only this harness, which must have the gate [default: each that has it].
    pub harness: Option<Harness>,
    /// Drive the real client as well: headless, in a throw-away folder, against a model on loopback.
    #[arg(long)]
    pub live: bool,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}
