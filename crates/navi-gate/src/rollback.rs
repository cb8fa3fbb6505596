//! `rollback`: somebody wants something undone, from a terminal.

use std::process::ExitCode;
use std::time::Duration;

use navi_client::ClientError;
use navi_client::api::Client;
use navi_protocol::problem::Code;
use navi_protocol::rollback::{OfferView, PlanView, RollbackRequest, RollbackView};

use crate::cli::RollbackArgs;
use crate::config::Config;
use crate::exit;
use crate::text::{left, one_line, visible};

/// One look lasts at most this long.
const LOOK: Duration = Duration::from_secs(25);

/// Asks for a rollback and waits for its end, or lists what can be rolled back.
pub async fn rollback(args: RollbackArgs) -> ExitCode {
    let client = match Config::load().and_then(|c| c.client()) {
        Ok(client) => client,
        Err(error) => return failed(&error),
    };
    let Some(id) = &args.id else { return list(&client, args.json).await };
    let asked = ask(&client, id, &args).await;
    let ended = match asked {
        Ok(begun) if args.no_wait => Ok(begun),
        Ok(begun) => wait(&client, begun, args.json).await,
        Err(error) => Err(error),
    };
    match ended {
        Ok(rollback) => tell(&rollback, args.json),
        Err(error) => failed(&error),
    }
}

fn failed(error: &ClientError) -> ExitCode {
    eprintln!("navi-gate: {}", one_line(error));
    exit::REFUSED.into()
}

/// An id may be that of the execution, of its decision, or of the way back.
async fn ask(client: &Client, id: &str, args: &RollbackArgs) -> Result<RollbackView, ClientError> {
    let common = || RollbackRequest {
        reason: args.reason.clone().unwrap_or_default(),
        dry_run: args.dry_run,
        ..RollbackRequest::default()
    };
    let id = || Some(id.to_owned());
    let tries = [
        RollbackRequest { execution_id: id(), ..common() },
        RollbackRequest { action_id: id(), ..common() },
        RollbackRequest { rollback_id: id(), ..common() },
    ];
    let mut last = None;
    for request in &tries {
        match client.roll_back(request).await {
            Err(ClientError::Refused(p)) if p.code == Code::NotFound => last = Some(ClientError::Refused(p)),
            other => return other,
        }
    }
    Err(last.unwrap_or_else(|| ClientError::Nonsense("no id was asked about".to_owned())))
}

async fn wait(client: &Client, begun: RollbackView, quiet: bool) -> Result<RollbackView, ClientError> {
    let mut now = begun;
    while !now.over {
        if !quiet {
            let what = match now.status.as_str() {
                "planning" => "a runner where it ran rehearses it",
                "waiting" => "it waits for people",
                "approved" => "it waits for the runner",
                other => other,
            };
            eprintln!("navi-gate: rollback {}: {what}", now.id);
        }
        let seen = now.status.clone();
        while now.status == seen && !now.over {
            now = match client.rollback(&now.id, LOOK, &seen).await {
                Ok(next) => next,
                Err(ClientError::Unreachable { .. } | ClientError::TimedOut { .. }) => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
        }
    }
    Ok(now)
}

fn tell(rollback: &RollbackView, json: bool) -> ExitCode {
    if json {
        println!("{}", serde_json::json!(rollback));
    } else {
        if let Some(plan) = rollback.plan.as_ref().filter(|_| rollback.undone.is_empty()) {
            tell_plan(plan);
        }
        let why = rollback.why.as_deref().map(|why| format!(": {}", visible(why))).unwrap_or_default();
        println!("rollback {}  {}{why}", rollback.id, rollback.status);
        lines("undone", &rollback.undone);
        lines("proof", &rollback.proof);
        lines("to do now", &rollback.afterwards);
    }
    match rollback.status.as_str() {
        "succeeded" | "rehearsed" => exit::DONE.into(),
        "refused" | "revoked" => exit::BLOCKED.into(),
        "rejected" => exit::REJECTED.into(),
        "expired" | "cancelled" => exit::EXPIRED.into(),
        _ if !rollback.over => exit::DONE.into(),
        _ => ExitCode::FAILURE,
    }
}

fn tell_plan(plan: &PlanView) {
    let why = plan.why.as_deref().map(|why| format!(": {}", visible(why))).unwrap_or_default();
    println!("{}{why}", plan.truth);
    for step in &plan.steps {
        println!("  {}  {}", step.strategy, visible(&step.target));
        if let Some(command) = &step.command {
            println!("      runs {}", visible(command));
        }
    }
    lines("undoes", &plan.undoes);
    lines("leaves", &plan.leaves);
    lines("came after it", &plan.dependents);
    lines("afterwards", &plan.afterwards);
}

fn lines(what: &str, texts: &[String]) {
    for text in texts {
        println!("  {what}: {}", visible(text));
    }
}

async fn list(client: &Client, json: bool) -> ExitCode {
    let offers: Vec<OfferView> = match client.rollbackable().await {
        Ok(offers) => offers,
        Err(error) => return failed(&error),
    };
    if json {
        println!("{}", serde_json::json!({"available": offers}));
        return exit::DONE.into();
    }
    if offers.is_empty() {
        println!("Nothing can be rolled back.");
    }
    for offer in &offers {
        let closes = left(offer.closes_at.unwrap_or(offer.server_time) - offer.server_time);
        println!(
            "{}  {}  {}  {closes} left  {}",
            offer.execution_id,
            offer.truth,
            offer.strategies.join("+"),
            visible(&offer.title)
        );
    }
    exit::DONE.into()
}
