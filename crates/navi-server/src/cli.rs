//! The command line. Its outputs are a contract: one JSON object a line on stdout, everything else on stderr.

mod data_dir;
mod fsck;
mod keys;
mod ledger;
mod origin;
mod people;
mod rotate;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// Human oversight for autonomous coding agents: the server.
#[derive(Debug, Parser)]
#[command(name = "navi-server", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Data {
    /// Folder of the database and the keys.
    #[arg(long)]
    data_dir: PathBuf,
    /// A PostgreSQL database instead of SQLite (not built yet).
    #[arg(long)]
    database_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start an organisation: database, keys, first invite.
    Init {
        #[command(flatten)]
        data: Data,
        /// Name of the organisation.
        #[arg(long)]
        org: String,
    },
    /// Answer requests until SIGTERM.
    Serve {
        #[command(flatten)]
        data: Data,
        /// Address and port; port 0 picks a free one.
        #[arg(long, default_value = "127.0.0.1:7420")]
        listen: String,
        /// A foreign witness (C2SP tlog-witness) that cosigns each checkpoint, as URL=VKEY. May be repeated.
        #[arg(long = "witness", value_name = "URL=VKEY")]
        witnesses: Vec<crate::foreign::Foreign>,
    },
    /// Bearer tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Invitations to enrol a device.
    #[command(subcommand)]
    Invite(InviteCommand),
    /// A one-time link to the web page for a person.
    WebLink {
        #[command(flatten)]
        data: Data,
        /// The person.
        #[arg(long)]
        user: String,
        /// The person's role, if new.
        #[arg(long, default_value = "approver")]
        role: String,
        /// Address of the server as the browser sees it.
        #[arg(long, default_value = "http://127.0.0.1:7420")]
        url: String,
    },
    /// The record itself.
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Check the whole database against its own ledger; exit 1 if something is not as the entries say. The server must
    /// be stopped.
    Fsck {
        #[command(flatten)]
        data: Data,
        /// Put right what follows from the entries.
        #[arg(long)]
        repair: bool,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Print who may do what by the shipped guardrails: right by role, then operation by role.
    Roles,
    /// Print every sentence that this server makes, as one JSON object: code to English text. Other languages have the same codes.
    Words,
}

#[derive(Debug, Subcommand)]
enum LedgerCommand {
    /// Erase the payloads that are older than the organisation keeps them.
    Prune {
        #[command(flatten)]
        data: Data,
        /// Only say what the next step would erase.
        #[arg(long)]
        dry_run: bool,
    },
    /// Close this ledger and start another with the same people and rules, after an older copy was put back. The server
    /// must be stopped.
    NewOrigin {
        #[command(flatten)]
        data: Data,
        /// Why; it stands in the first entry.
        #[arg(long)]
        reason: String,
    },
    /// Let a new key sign the ledger; for some time the old one signs too. The server must be stopped, and loses nothing.
    RotateKey {
        #[command(flatten)]
        data: Data,
        /// How long both keys sign.
        #[arg(long, default_value_t = 7)]
        overlap_days: u16,
    },
    /// End the overlap now: only the new key signs. The server must be stopped.
    RetireKey {
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token.
    Create {
        #[command(flatten)]
        data: Data,
        /// Organisation; must be the data folder's.
        #[arg(long)]
        org: String,
        /// The person it speaks for.
        #[arg(long)]
        user: String,
        /// agent, developer, approver, oncall, auditor or admin.
        #[arg(long)]
        role: String,
        /// Name of the agent, for role agent.
        #[arg(long)]
        agent: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum InviteCommand {
    /// Make an invitation.
    Create {
        #[command(flatten)]
        data: Data,
        /// Organisation; must be the data folder's.
        #[arg(long)]
        org: String,
        /// The person it enrols.
        #[arg(long)]
        user: String,
        /// The person's role, if new.
        #[arg(long)]
        role: String,
        /// Address of the server as the person's console reaches it.
        #[arg(long, default_value = "http://127.0.0.1:7420")]
        url: String,
    },
}

/// Runs the command line of this process.
///
/// # Errors
/// What failed, with its causes; the caller logs it once.
pub async fn run() -> anyhow::Result<ExitCode> {
    Cli::parse().command.run().await
}

impl Command {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let done = match self {
            Command::Init { data, org } => data_dir::init(&data.open()?, &org),
            Command::Serve { data, listen, witnesses } => {
                serve::serve(&data.open()?, &listen, witnesses).await
            }
            Command::Token(TokenCommand::Create { data, org, user, role, agent }) => {
                people::create_token(&data.open()?, &org, user, role, agent).await
            }
            Command::Invite(InviteCommand::Create { data, org, user, role, url }) => {
                people::create_invite(&data.open()?, &org, user, role, &url).await
            }
            Command::WebLink { data, user, role, url } => {
                people::web_link(&data.open()?, user, role, &url).await
            }
            Command::Ledger(LedgerCommand::Prune { data, dry_run }) => {
                ledger::prune(&data.open()?, dry_run).await
            }
            Command::Ledger(LedgerCommand::NewOrigin { data, reason }) => {
                origin::new_origin(&data.open()?, &reason).await
            }
            Command::Ledger(LedgerCommand::RotateKey { data, overlap_days }) => {
                rotate::rotate(&data.open()?, overlap_days).await
            }
            Command::Ledger(LedgerCommand::RetireKey { data }) => rotate::retire(&data.open()?).await,
            Command::Fsck { data, repair, json } => {
                let is_well = fsck::run(&data.open()?, repair, json).await?;
                return Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            Command::Words => {
                println!("{}", crate::view::words::list()?);
                Ok(())
            }
            Command::Roles => {
                println!("{}", crate::auth::role_matrix(&*navi_guardrail::GuardrailSet::shipped()?));
                Ok(())
            }
            Command::Openapi => {
                println!("{}", crate::http::openapi::document().to_pretty_json()?);
                Ok(())
            }
        };
        done.map(|()| ExitCode::SUCCESS)
    }
}

impl Data {
    fn open(&self) -> anyhow::Result<data_dir::DataDir> {
        anyhow::ensure!(
            self.database_url.is_none(),
            "--database-url: PostgreSQL is not built yet; leave it out to use SQLite in the data folder"
        );
        Ok(data_dir::DataDir::new(&self.data_dir))
    }
}
