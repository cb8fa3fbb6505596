//! A pause for the wire.

use navi_domain::decision::DecisionRecord;
use navi_domain::execution::Execution;
use navi_domain::freeze::{Freeze, FreezeScope};
use navi_protocol::freeze::{FreezeView, StopView};

use super::{name, title};

/// A run that was asked to stop, and the decision behind it, where it is known.
pub type Stopped = (Execution, Option<DecisionRecord>);

/// Builds the view.
#[must_use]
pub fn build(freeze: &Freeze, runs: &[Stopped], server_time: i64) -> FreezeView {
    let (scope, named) = match &freeze.scope {
        FreezeScope::Everything => ("everything", None),
        FreezeScope::Repo(name) => ("repo", Some(name.clone())),
        FreezeScope::Agent(name) => ("agent", Some(name.clone())),
    };
    FreezeView {
        id: freeze.id.clone(),
        scope: scope.to_owned(),
        name: named,
        reason: freeze.reason.clone(),
        by: freeze.by.clone(),
        at: freeze.at,
        ended_at: freeze.ended_at,
        stops: runs.iter().filter_map(stop).collect(),
        server_time,
    }
}

fn stop((run, record): &Stopped) -> Option<StopView> {
    let action = record.as_ref().map(|record| &record.action);
    Some(StopView {
        execution_id: run.id.clone(),
        user: run.user.clone(),
        agent: action.and_then(|action| action.agent.clone()),
        repo: run.repo.clone(),
        action_type: run.action_type.clone(),
        title: action.map_or_else(|| run.action_type.clone(), title::title),
        requested_at: run.stop.as_ref()?.requested_at,
        confirmed_at: run.finished_at,
        status: name(&run.status),
        words: action.and_then(title::worded).into_iter().collect(),
        signal: run.artifacts.get("stopped").and_then(|s| s.as_str()).map(str::to_owned),
    })
}
