//! What ran and can be rolled back, with the truth that is known without rehearsing it.

use navi_domain::execution::Execution;
use navi_domain::rollback::offer::dependents;
use navi_domain::rollback::window::MOST_MINUTES;
use navi_domain::rollback::{Capture, Truth};
use navi_domain::{MINUTE, UtcMicros};
use navi_protocol::rollback::OfferView;

use super::{may_see, offered};
use crate::auth::Caller;
use crate::view::{title, words};
use crate::{App, Refusal};

/// Executions that are looked through.
const MOST: usize = 500;

/// Everything that may be rolled back now and that the caller may know of, newest first; at most `limit`.
///
/// # Errors
/// The store's refusal.
pub async fn available(
    app: &App,
    caller: &Caller,
    repo: Option<&str>,
    limit: usize,
) -> Result<Vec<OfferView>, Refusal> {
    let all = recent(app).await?;
    let mut offers = Vec::new();
    for execution in &all {
        if !may_see(caller, &execution.user) || repo.is_some_and(|r| execution.repo.as_deref() != Some(r)) {
            continue;
        }
        let view = look(app, execution, &all).await?;
        if view.offered {
            offers.push(view);
        }
        if offers.len() == limit {
            break;
        }
    }
    Ok(offers)
}

/// One execution, also when it may not be rolled back.
///
/// # Errors
/// The store's refusal.
pub async fn one(app: &App, execution: &Execution) -> Result<OfferView, Refusal> {
    let all = recent(app).await?;
    look(app, execution, &all).await
}

async fn recent(app: &App) -> Result<Vec<Execution>, Refusal> {
    let since: UtcMicros = app.store.now() - i64::from(MOST_MINUTES) * MINUTE;
    Ok(app.store.executions_with_way_back(since, MOST).await?)
}

async fn look(app: &App, execution: &Execution, all: &[Execution]) -> Result<OfferView, Refusal> {
    let unknown = || Refusal::not_found("decision", &execution.decision_id);
    let decision = app.store.decision(&execution.decision_id).await?.ok_or_else(unknown)?;
    let found = offered(app, execution, &decision).await?;
    let capture = Capture::of(&execution.artifacts).filter(|c| !c.parts.is_empty());
    let truth = match (&found, &capture) {
        (Ok(offer), _) => offer.truth.clone(),
        (Err(why), None) => Truth::impossible(why.to_string()),
        (Err(_), Some(capture)) => capture.truth(),
    };
    let (mut later, mut spoken) = (Vec::new(), Vec::new());
    for next in capture.iter().flat_map(|c| dependents(execution, c, all)) {
        if let Some(decision) = app.store.decision(&next.decision_id).await? {
            later.push(title::title(&decision.action));
            spoken.extend(title::worded(&decision.action));
        }
    }
    let parts = capture.as_ref().map_or(&[][..], |c| c.parts.as_slice());
    let mut strategies: Vec<String> = parts.iter().map(|p| p.strategy.as_str().to_owned()).collect();
    strategies.dedup();
    let rollbacks = app.store.rollbacks_of(&execution.id).await?;
    let why_not = found.as_ref().err().map(ToString::to_string);
    let lists = parts.iter().flat_map(|part| part.undoes.iter().chain(&part.leaves)).map(String::as_str);
    spoken.extend(words::undoing(why_not.as_deref().into_iter().chain(truth.why()).chain(lists)));
    spoken.extend(title::worded(&decision.action));
    Ok(OfferView {
        execution_id: execution.id.clone(),
        action_id: execution.decision_id.clone(),
        rollback_id: execution.rollback_id.clone(),
        action_type: execution.action_type.clone(),
        title: title::title(&decision.action),
        user: execution.user.clone(),
        repo: execution.repo.clone(),
        ended_at: execution.finished_at,
        offered: found.is_ok(),
        not_offered: found.as_ref().err().map(|why| why.as_str().to_owned()),
        why_not,
        truth: truth.as_str().to_owned(),
        why: truth.why().map(str::to_owned),
        strategies,
        undoes: parts.iter().flat_map(|p| p.undoes.iter().cloned()).collect(),
        leaves: parts.iter().flat_map(|p| p.leaves.iter().cloned()).collect(),
        dependents: later,
        closes_at: found.ok().map(|offer| offer.closes_at),
        last_rollback: rollbacks.into_iter().find(|r| !r.dry_run).map(|r| r.id),
        server_time: app.store.now(),
        words: spoken,
    })
}
