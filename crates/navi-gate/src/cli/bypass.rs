//! Arguments of `bypass`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct BypassArgs {
    #[command(subcommand)]
    pub command: Option<BypassCommand>,
    /// Where the keys of this terminal are: file:PATH [default: NAVI_KEYSTORE].
    #[arg(long, global = true)]
    pub keystore: Option<String>,
    /// The passphrase of the step-up key: needed to ask, to confirm and to go on alone.
    #[arg(long, global = true)]
    pub passphrase_file: Option<PathBuf>,
    /// One JSON object.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum BypassCommand {
    /// Those in force, asked for or waiting for a review, and what the policy allows.
    List,
    /// One, with what ran by it.
    Show {
        /// The bypass.
        id: String,
    },
    /// Ask for one. Nothing runs by it until a second person on call confirms the number that is printed.
    #[command(group = clap::ArgGroup::new("what").required(true))]
    Ask {
        /// Only this waiting request.
        #[arg(long, group = "what", value_name = "APPROVAL")]
        request: Option<String>,
        /// What is done in this repository.
        #[arg(long, group = "what")]
        repo: Option<String>,
        /// What this agent does.
        #[arg(long, group = "what")]
        agent: Option<String>,
        /// Everything in the organisation. Never alone.
        #[arg(long, group = "what")]
        everything: bool,
        /// The incident it is for.
        #[arg(long)]
        incident: String,
        /// Why: at least 20 characters. Everybody is told.
        #[arg(long)]
        reason: String,
        /// 15, 30 or 60 minutes.
        #[arg(long, default_value_t = 15)]
        minutes: u32,
    },
    /// Confirm another person's, with the number that they read aloud.
    Confirm {
        /// The bypass.
        id: String,
        /// The two digits.
        #[arg(long, value_parser = clap::value_parser!(u8).range(0..=99))]
        number: u8,
    },
    /// Go on alone, after a minute without an answer, where the policy allows it. Everybody of the line is paged.
    Solo {
        /// The bypass.
        id: String,
    },
    /// End it now, or take back one that nobody confirmed.
    End {
        /// The bypass.
        id: String,
    },
    /// Clear its review, as another person than the two of its beginning.
    Review {
        /// The bypass.
        id: String,
        /// What was found.
        #[arg(long)]
        finding: String,
    },
}
