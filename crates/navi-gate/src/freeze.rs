//! `freeze`: the stop switch, from a terminal.

use std::process::ExitCode;

use navi_protocol::freeze::{FreezeRequest, FreezeView};

use crate::cli::{FreezeArgs, FreezeCommand};
use crate::config::Config;
use crate::exit;
use crate::text::{one_line, visible};

/// Begins, lifts or lists pauses.
pub async fn freeze(args: FreezeArgs) -> ExitCode {
    let done = async {
        let client = Config::load()?.client()?;
        match &args.command {
            None | Some(FreezeCommand::List) => client.freezes().await,
            Some(FreezeCommand::End { id }) => Ok(vec![client.end_freeze(id).await?]),
            Some(FreezeCommand::Begin { agent, repo, everything: _, reason }) => {
                let (scope, name) = match (agent, repo) {
                    (Some(agent), _) => ("agent", Some(agent.clone())),
                    (None, Some(repo)) => ("repo", Some(repo.clone())),
                    (None, None) => ("everything", None),
                };
                let request = FreezeRequest { scope: scope.to_owned(), name, reason: reason.clone() };
                Ok(vec![client.begin_freeze(&request).await?])
            }
        }
    };
    let freezes: Vec<FreezeView> = match done.await {
        Ok(freezes) => freezes,
        Err(error) => {
            eprintln!("navi-gate: {}", one_line(&error));
            return exit::REFUSED.into();
        }
    };
    if args.json {
        println!("{}", serde_json::json!({"freezes": freezes}));
        return exit::DONE.into();
    }
    if freezes.is_empty() {
        println!("Nothing is frozen.");
    }
    for freeze in &freezes {
        let what = freeze
            .name
            .as_deref()
            .map_or_else(|| freeze.scope.clone(), |name| format!("{} {}", freeze.scope, visible(name)));
        let state = if freeze.ended_at.is_some() { "lifted" } else { "in force" };
        println!("{}  {state}  {what}  by {}: {}", freeze.id, visible(&freeze.by), visible(&freeze.reason));
        for stop in &freeze.stops {
            let said = match stop.confirmed_at {
                Some(at) => {
                    format!("confirmed after {} ms ({})", (at - stop.requested_at) / 1000, stop.status)
                }
                None => "requested, not confirmed".to_owned(),
            };
            println!("  {}  {} of {}: {said}", stop.execution_id, stop.action_type, visible(&stop.user));
        }
    }
    exit::DONE.into()
}
