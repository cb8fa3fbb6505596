//! `policy` and `proposals`: what is in force and why, going back to an older version, and the second person's answer.

use std::process::ExitCode;

use navi_client::ClientError;
use navi_client::policy::Saved;
use navi_protocol::policy::{PolicyVersion, PolicyView, RevertRequest};
use navi_protocol::proposals::ProposalView;

use crate::access::show;
use crate::cli::{PolicyArgs, PolicyCommand, ProposalsArgs, ProposalsCommand};
use crate::config::Config;
use crate::text::{at, visible};

/// Shows a policy, its history, or goes back to an older version.
pub async fn policy(args: PolicyArgs) -> ExitCode {
    let client = match Config::load().and_then(|config| config.client()) {
        Ok(client) => client,
        Err(error) => return show::<()>(Err(error), args.json, "", |()| String::new()),
    };
    match args.command {
        PolicyCommand::Show { user, repo } => {
            let found = client.policy(&user, repo.as_deref()).await.map(|policy| vec![policy]);
            show(found, args.json, "", in_force)
        }
        PolicyCommand::History { user, repo } => {
            let found = client.policy_history(&user, repo.as_deref()).await;
            show(found, args.json, "Nothing was ever saved there.", version)
        }
        PolicyCommand::Revert { user, to, reason, repo } => {
            let done = async {
                let known = client.policy_history(&user, repo.as_deref()).await?;
                let version = known.first().map_or(0, |newest| newest.version);
                client.revert_policy(&user, &RevertRequest { to_version: to, version, reason, repo }).await
            };
            match done.await {
                Ok(Saved::Now(policy)) => show(Ok(vec![*policy]), args.json, "", in_force),
                Ok(Saved::Proposed(made)) => show(Ok(vec![*made]), args.json, "", proposal),
                Err(error) => show::<()>(Err(error), args.json, "", |()| String::new()),
            }
        }
    }
}

/// Lists what waits for a second person, or answers it.
pub async fn proposals(args: ProposalsArgs) -> ExitCode {
    let done: Result<Vec<ProposalView>, ClientError> = async {
        let client = Config::load()?.client()?;
        match &args.command {
            None => client.proposals().await,
            Some(ProposalsCommand::Accept { id }) => Ok(vec![client.decide_proposal(id, "accept").await?]),
            Some(ProposalsCommand::Refuse { id }) => Ok(vec![client.decide_proposal(id, "refuse").await?]),
        }
    }
    .await;
    show(done, args.json, "Nothing waits for a second person.", proposal)
}

fn in_force(policy: &PolicyView) -> String {
    let list =
        |items: &[String]| if items.is_empty() { "nothing".to_owned() } else { visible(&items.join(", ")) };
    format!(
        "{}: {} (version {})\n  runs alone: {}, up to risk {:.2}\n  always asks: {}\n  never runs: {}",
        visible(&policy.source),
        policy.level,
        policy.version,
        list(&policy.auto_allowed_actions),
        policy.max_risk_threshold,
        list(&policy.require_approval_for),
        list(&policy.blocked_actions)
    )
}

fn version(saved: &PolicyVersion) -> String {
    let looser = if saved.looser.is_empty() { "" } else { "  looser" };
    let proposed = saved.proposed_by.as_ref().map(|who| format!(", proposed by {}", visible(who)));
    let mut lines = format!(
        "version {}  {}  by {}{}{looser}  {}",
        saved.version,
        at(saved.saved_at),
        visible(&saved.saved_by),
        proposed.unwrap_or_default(),
        visible(&saved.reason)
    );
    for change in &saved.changed {
        lines.push_str("\n    ");
        lines.push_str(&visible(change));
    }
    lines.trim_end().to_owned()
}

fn proposal(made: &ProposalView) -> String {
    let mut lines = format!(
        "{}  {}  {} by {}: {}",
        made.id,
        at(made.created_at),
        made.status,
        visible(&made.proposed_by),
        visible(&made.about)
    );
    for looser in &made.looser {
        lines.push_str("\n    looser: ");
        lines.push_str(&visible(looser));
    }
    lines
}
