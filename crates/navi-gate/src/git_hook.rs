//! git's own hooks: a push asks before it leaves a clone (`pre-push`) or before a repository takes it (`pre-receive`).
//!
//! One request for one push, whatever it changes. Every way out that is not a redeemed permit refuses the push.

mod push;

use std::io::Read as _;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::FutureExt as _;
use navi_client::ClientError;
use navi_client::api::Client;
use navi_client::enroll::random_text;
use navi_domain::action::TargetState;
use navi_protocol::executions::FinishRequest;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{GitHook, GitHookArgs};
use crate::config::Config;
use crate::hook::state;
use crate::permission::{Ask, obtain};
use crate::progress::Progress;
use crate::text::{one_line, visible};
use crate::{observe, told};
use push::{Repository, Update};

/// Largest input that is read.
const MAX_INPUT: u64 = 4 * 1024 * 1024;

/// Answers git: 0 lets the push go on, 1 refuses it with a text that the person who pushes reads.
pub async fn git_hook(args: GitHookArgs) -> ExitCode {
    let done = match args.hook {
        GitHook::PostReceive => report().await,
        GitHook::PrePush | GitHook::PreReceive => ask(&args).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("[navi] {}", visible(&why));
            // After the push there is nothing to refuse any more.
            if args.hook == GitHook::PostReceive { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}

fn input() -> Result<String, String> {
    let mut text = String::new();
    let read = std::io::stdin().take(MAX_INPUT).read_to_string(&mut text);
    match read {
        Ok(length) if (length as u64) < MAX_INPUT => Ok(text),
        Ok(_) => Err("not allowed: the push changes more refs than are looked at in one request".into()),
        Err(error) => Err(format!("not allowed: what git says cannot be read ({error})")),
    }
}

async fn ask(args: &GitHookArgs) -> Result<(), String> {
    let text = input()?;
    let receiving = args.hook == GitHook::PreReceive;
    let updates = if receiving { push::received(&text) } else { push::sent(&text) }
        .map_err(|why| format!("not allowed: {why}"))?;
    if updates.is_empty() {
        return Ok(());
    }
    let refused = |e: ClientError| format!("not allowed, and nothing was pushed: {}", one_line(&e));
    let client = Config::load().and_then(|config| config.client()).map_err(refused)?;
    let cwd = std::env::current_dir().map_err(|e| format!("not allowed: the folder is not known ({e})"))?;
    let repository = Repository::at(&cwd);
    let remote = args.remote.first().map_or("origin", String::as_str);
    let mut context = repository
        .describe(&updates, remote, receiving)
        .map_err(|why| format!("not allowed, and nothing was pushed: {why}"))?;
    context.cwd = Some(cwd.display().to_string());
    context.repo = if receiving { bare_name(&cwd) } else { observe::place(&cwd).repo };
    let ask = Ask {
        action_type: "git_push".to_owned(),
        context,
        request_key: None,
        patience: Some(Duration::from_secs(args.deadline.clamp(1, 86_400))),
        firm: true,
        run_nonce: random_text(16).map_err(refused)?,
        plan: None,
        lease_secs: None,
    };
    let execution = obtained(&client, &ask, &repository, &updates, receiving).await?;
    if receiving {
        state::remember(&key(&text), &execution);
        return Ok(());
    }
    // git tells no hook how a push from here ended.
    let artifacts = json!({"why_unknown": "git tells no hook how a push ended"});
    finish(&client, &execution, "unknown", artifacts).await
}

async fn obtained(
    client: &Client,
    ask: &Ask,
    repository: &Repository,
    updates: &[Update],
    receiving: bool,
) -> Result<String, String> {
    let observe = || {
        let (repository, updates) = (repository.clone(), updates.to_vec());
        observe::aside(move || refs(&repository, &updates, receiving)).boxed()
    };
    let mut progress = Progress::new(false);
    let ended = match (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
        signal(SignalKind::hangup()),
    ) {
        (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)) => tokio::select! {
            permitted = obtain(client, ask, &observe, &mut progress) => Some(permitted),
            _ = terminate.recv() => None,
            _ = interrupt.recv() => None,
            _ = hangup.recv() => None,
        },
        _ => return Err("not allowed: the gate could not watch its signals".into()),
    };
    match ended {
        Some(Ok(permitted)) => Ok(permitted.execution_id),
        Some(Err(denied)) => Err(format!("not allowed, and nothing was pushed: {}", told::explain(&denied))),
        None => {
            if let Some(id) = &progress.approval_id {
                let _ = client.cancel(id).await;
            }
            Err("not allowed: nobody waits any more; the request was withdrawn".into())
        }
    }
}

/// What the refs are now: at the receiving end those that change, at the sending end those that are sent.
fn refs(repository: &Repository, updates: &[Update], receiving: bool) -> TargetState {
    let named = |update: &Update| {
        let name = if receiving { Some(&update.name) } else { update.local.as_ref() };
        format!("{} {}\n", update.name, name.map(|n| repository.value(n)).unwrap_or_default())
    };
    let text: String = updates.iter().map(named).collect();
    TargetState::Env { name: "refs".to_owned(), revision: hex::encode(Sha256::digest(text)) }
}

/// `/srv/git/shop.git` is `shop`.
fn bare_name(folder: &std::path::Path) -> Option<String> {
    let name = folder.file_name()?.to_string_lossy().into_owned();
    let name =
        if name == ".git" { folder.parent()?.file_name()?.to_string_lossy().into_owned() } else { name };
    Some(name.strip_suffix(".git").unwrap_or(&name).to_owned()).filter(|name| !name.is_empty())
}

/// Under which name the execution of a push is kept until git took it.
fn key(text: &str) -> String {
    format!("push {}\n{text}", std::env::current_dir().unwrap_or_default().display())
}

/// `post-receive` hears of the refs that were really changed. If an `update` hook kept some of them out it is another set,
/// which nothing was allowed for as a whole: then the end stays unreported, and says so.
async fn report() -> Result<(), String> {
    let text = input()?;
    let Some(execution) = state::take(&key(&text)) else {
        return Err("this push was not asked for by the gate, or only a part of it was taken; its end is not reported".into());
    };
    let client = Config::load().and_then(|config| config.client()).map_err(|e| one_line(&e))?;
    finish(&client, &execution, "succeeded", json!({})).await
}

async fn finish(
    client: &Client,
    execution: &str,
    status: &str,
    artifacts: serde_json::Value,
) -> Result<(), String> {
    let report = FinishRequest { status: status.to_owned(), exit_code: None, artifacts, run_nonce: None };
    if let Err(error) = crate::glass::offline::finish(client, execution, &report).await {
        eprintln!("[navi] the end of the push could not be reported: {}", one_line(&error));
    }
    Ok(())
}
