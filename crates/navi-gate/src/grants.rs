//! `grants`: what people let agents repeat, and taking it back.

use std::process::ExitCode;

use navi_protocol::grants::GrantView;

use crate::cli::{GrantsArgs, GrantsCommand};
use crate::config::Config;
use crate::exit;
use crate::text::{left, one_line, visible};

/// Lists grants, or takes one back.
pub async fn grants(args: GrantsArgs) -> ExitCode {
    let done = async {
        let client = Config::load()?.client()?;
        match &args.command {
            Some(GrantsCommand::Revoke { id }) => Ok(vec![client.revoke_grant(id).await?]),
            None => client.grants(!args.all).await,
        }
    };
    let grants: Vec<GrantView> = match done.await {
        Ok(grants) => grants,
        Err(error) => {
            eprintln!("navi-gate: {}", one_line(&error));
            return exit::REFUSED.into();
        }
    };
    if args.json {
        println!("{}", serde_json::json!({"grants": grants}));
    } else if grants.is_empty() {
        println!("Nothing may be repeated without a person.");
    }
    for grant in grants.iter().filter(|_| !args.json) {
        let now = chrono::Utc::now().timestamp_micros();
        let state = match (grant.revoked_at, grant.live) {
            (Some(_), _) => "taken back".to_owned(),
            (None, true) => format!("{} left", left(grant.expires_at - now)),
            (None, false) => "over".to_owned(),
        };
        let agent = grant.agent.as_deref().unwrap_or("own gate");
        println!(
            "{}  {:>12}  {}/{}  {} of {}  {}  by {}",
            grant.id,
            state,
            grant.uses,
            grant.max_uses,
            visible(agent),
            visible(&grant.user),
            visible(&grant.covers),
            visible(&grant.given_by)
        );
    }
    exit::DONE.into()
}
