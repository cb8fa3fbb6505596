//! The command line. Its outputs are a contract: one JSON object a line on stdout, everything else on stderr.

mod data_dir;
mod ledger;
mod people;
mod serve;

use std::path::PathBuf;

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
    /// Print the OpenAPI document.
    Openapi,
    /// Print who may do what by the shipped guardrails: right by role, then operation by role.
    Roles,
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
    },
}

/// Runs the command line of this process.
///
/// # Errors
/// What failed, with its causes; the caller logs it once.
pub async fn run() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Init { data, org } => data_dir::init(&data.open()?, &org),
        Command::Serve { data, listen, witnesses } => serve::serve(&data.open()?, &listen, witnesses).await,
        Command::Token(TokenCommand::Create { data, org, user, role, agent }) => {
            people::create_token(&data.open()?, &org, user, role, agent).await
        }
        Command::Invite(InviteCommand::Create { data, org, user, role }) => {
            people::create_invite(&data.open()?, &org, user, role).await
        }
        Command::WebLink { data, user, role, url } => people::web_link(&data.open()?, user, role, &url).await,
        Command::Ledger(LedgerCommand::Prune { data, dry_run }) => {
            ledger::prune(&data.open()?, dry_run).await
        }
        Command::Roles => {
            println!("{}", crate::auth::role_matrix(&*navi_guardrail::GuardrailSet::shipped()?));
            Ok(())
        }
        Command::Openapi => {
            println!("{}", crate::http::openapi::document().to_pretty_json()?);
            Ok(())
        }
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
