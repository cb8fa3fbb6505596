//! Arguments of `rollback` and `runner`.

use clap::Args;

#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The execution, the action or the way back; without it: list what can be rolled back.
    pub id: Option<String>,
    /// Why: people are told.
    #[arg(long, required_unless_present_any = ["dry_run", "list"])]
    pub reason: Option<String>,
    /// Only find out what it would do: a runner rehearses it, nobody is asked.
    #[arg(long)]
    pub dry_run: bool,
    /// List what can be rolled back.
    #[arg(long, conflicts_with = "id")]
    pub list: bool,
    /// Do not wait for people and for the runner.
    #[arg(long)]
    pub no_wait: bool,
    /// One JSON value.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct RunnerArgs {
    /// Do what there is to do now, and end.
    #[arg(long)]
    pub once: bool,
}
