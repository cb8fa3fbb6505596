//! Arguments of `install` and `uninstall`.

use clap::{Args, ValueEnum};

use crate::hook::harness::Harness;

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
    /// Which harness.
    pub harness: Harness,
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
    /// Which harness.
    pub harness: Harness,
    /// Whose configuration.
    #[arg(long, value_enum, default_value_t = Scope::User)]
    pub scope: Scope,
}
