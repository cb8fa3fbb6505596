//! Arguments of `policy` and `proposals`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct PolicyArgs {
    #[command(subcommand)]
    pub command: PolicyCommand,
    /// One JSON value.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// What is in force for a person (`alice`), a role (`role:developer`) or everybody (`default`), and why.
    Show {
        /// Whose.
        user: String,
        /// In this repository.
        #[arg(long)]
        repo: Option<String>,
    },
    /// Every saved version, newest first: who, when, why, what changed.
    History {
        /// Whose.
        user: String,
        /// Of this repository.
        #[arg(long)]
        repo: Option<String>,
    },
    /// Save an older version as the newest.
    Revert {
        /// Whose.
        user: String,
        /// The version to go back to.
        #[arg(long)]
        to: u64,
        /// Why; recorded.
        #[arg(long)]
        reason: String,
        /// Of this repository.
        #[arg(long)]
        repo: Option<String>,
    },
}

#[derive(Debug, Args)]
pub struct ProposalsArgs {
    #[command(subcommand)]
    pub command: Option<ProposalsCommand>,
    /// One JSON value.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum ProposalsCommand {
    /// Accept somebody else's: it is in force from then on.
    Accept {
        /// The proposal.
        id: String,
    },
    /// Refuse one, or withdraw your own.
    Refuse {
        /// The proposal.
        id: String,
    },
}
