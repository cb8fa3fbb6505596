//! Arguments of `devices` and `tokens`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct DevicesArgs {
    #[command(subcommand)]
    pub command: Option<DevicesCommand>,
    /// Only this person's.
    #[arg(long)]
    pub user: Option<String>,
    /// One JSON value.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum DevicesCommand {
    /// Revoke a device: its votes count no more from now on, and its token is not good any longer.
    Revoke {
        /// The device.
        id: String,
    },
}

#[derive(Debug, Args)]
pub struct TokensArgs {
    #[command(subcommand)]
    pub command: Option<TokensCommand>,
    /// One JSON value.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// Revoke a token.
    Revoke {
        /// The token's public id.
        id: String,
    },
}
