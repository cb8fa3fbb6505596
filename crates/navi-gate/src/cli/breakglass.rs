//! Arguments of `break-glass`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct BreakGlassArgs {
    #[command(subcommand)]
    pub command: Option<BreakGlassCommand>,
    /// One JSON object.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum BreakGlassCommand {
    /// What this gate could open, what is open, and what waits for the server.
    Status,
    /// Make this gate known by a key of its own, while the server answers. Once on each machine.
    Enroll {
        /// How people know this machine [default: its host name].
        #[arg(long)]
        name: Option<String>,
        /// The server's key for envelopes (hex), instead of pinning the first one that is heard.
        #[arg(long)]
        server_key: Option<String>,
        /// With a new key, after the old one was reported or lost; what was is put aside.
        #[arg(long)]
        anew: bool,
    },
    /// Bring what was recorded without the server, and hear what holds now. Other commands do it by themselves.
    Sync,
    /// Gates that are known by a key of their own.
    Gates,
    /// Hand an envelope out to somebody else who is on call.
    Issue {
        /// The gate it is for.
        #[arg(long)]
        gate: String,
        /// Who can open it.
        #[arg(long)]
        holder: String,
        /// With which device [default: the newest that has a step-up key].
        #[arg(long)]
        device: Option<String>,
        /// Only what is done in this repository.
        #[arg(long, conflicts_with = "agent", required_unless_present = "agent")]
        repo: Option<String>,
        /// Only what this agent does.
        #[arg(long)]
        agent: Option<String>,
        /// For how long, once opened: 15, 30 or 60.
        #[arg(long, default_value_t = 30)]
        minutes: u32,
        /// Hours until it is worth nothing: at most 168.
        #[arg(long, default_value_t = 168)]
        hours: u32,
    },
    /// Take an envelope back.
    Revoke {
        /// The envelope.
        id: String,
    },
    /// Envelopes of everybody, and what became of each.
    List,
    /// Keep one's own envelopes on this terminal, so that it can answer a challenge without the server.
    Hold {
        /// Where the keys are: file:PATH [default: NAVI_KEYSTORE].
        #[arg(long)]
        keystore: Option<String>,
    },
    /// Open an envelope here, while the server cannot be reached: with the holder's keys, or with an answer.
    Open {
        /// The envelope, or how its id begins [default: the only one].
        id: Option<String>,
        /// What the holder's console or terminal gave for the challenge.
        #[arg(long, conflicts_with_all = ["incident", "reason"])]
        answer: Option<String>,
        /// The incident's id.
        #[arg(long, requires = "reason", required_unless_present = "answer")]
        incident: Option<String>,
        /// Why: at least 20 characters.
        #[arg(long, requires = "incident")]
        reason: Option<String>,
        /// Where the holder's keys are: file:PATH [default: NAVI_KEYSTORE].
        #[arg(long)]
        keystore: Option<String>,
        /// The passphrase of the holder's step-up key.
        #[arg(long)]
        passphrase_file: Option<PathBuf>,
    },
    /// Draw a challenge that the holder answers on another machine. It waits 15 minutes.
    Challenge {
        /// The envelope, or how its id begins [default: the only one].
        id: Option<String>,
    },
    /// Answer a gate's challenge with one's step-up key. Needs no network after `hold`.
    Answer {
        /// The challenge.
        challenge: String,
        /// The incident's id.
        #[arg(long)]
        incident: String,
        /// Why: at least 20 characters.
        #[arg(long)]
        reason: String,
        /// Where the keys are: file:PATH [default: NAVI_KEYSTORE].
        #[arg(long)]
        keystore: Option<String>,
        /// The passphrase of the step-up key.
        #[arg(long)]
        passphrase_file: Option<PathBuf>,
    },
    /// End what is open here.
    End,
}
