//! The stop switch. Ordering a pause touches one row, so that load cannot outrun it; deadlines and running commands
//! follow at once, and again on a timer if the server died in between.

use std::sync::Arc;

use navi_domain::approval::Approval;
use navi_domain::event::EventKind;
use navi_domain::freeze::{Freeze, FreezeScope, Freezes, StopRequest};
use navi_domain::permit::Permit;
use navi_protocol::freeze::FreezeView;
use navi_protocol::problem::Code;
use navi_store::{Change, Place, Record, UnderWay};
use serde_json::json;

use super::{Remember, commit, event, lost_races, remember, system_event};
use crate::auth::Caller;
use crate::view::freeze as view;
use crate::{App, Refusal};

/// Rows of one commit.
const CHUNK: usize = 500;
/// Rounds before the timer goes on.
const ROUNDS: usize = 20;

/// Pauses an agent, a repository or everything. A console that was offline repeats it with the same key.
///
/// # Errors
/// `invalid` without a reason or a name, or with too many pauses; the store's refusal.
pub async fn begin(
    app: &App,
    caller: &Caller,
    scope: FreezeScope,
    reason: &str,
    key: Option<&Remember>,
) -> Result<Freeze, Refusal> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Refusal::new(Code::Invalid, "reason must have 1 to 500 characters."));
    }
    // Spaces around a name would make it one that covers nothing.
    let scope = match scope {
        FreezeScope::Repo(name) => FreezeScope::Repo(name.trim().to_owned()),
        FreezeScope::Agent(name) => FreezeScope::Agent(name.trim().to_owned()),
        FreezeScope::Everything => FreezeScope::Everything,
    };
    if let FreezeScope::Repo(name) | FreezeScope::Agent(name) = &scope
        && (name.is_empty() || name.chars().count() > 200)
    {
        return Err(Refusal::new(Code::Invalid, "name must have 1 to 200 characters."));
    }
    // Only other pauses can be first, and a stop must not be lost to them.
    for _ in 0..ROUNDS {
        let now = app.store.now();
        let freezes = app.store.freezes().await?.unwrap_or_default();
        let freeze = Freeze {
            id: app.entropy.id(now)?,
            scope: scope.clone(),
            reason: reason.to_owned(),
            by: caller.user().to_owned(),
            at: now,
            ended_at: None,
        };
        let Some(next) = freezes.with(freeze.clone()) else {
            return Err(Refusal::new(Code::Invalid, "There are too many freezes; lift some first."));
        };
        let payload = json!({"freeze": freeze});
        let change = Change::default()
            .event(event(EventKind::FreezeBegun, caller, &freeze.id, &[], payload))
            .put(Record::Freezes(next));
        let change = remember(change, key, 200, &view::build(&freeze, &[], now), now);
        if commit(app, change).await?.is_some() {
            follow(app).await;
            return Ok(freeze);
        }
    }
    Err(lost_races())
}

/// Lifts a pause.
///
/// # Errors
/// `not_found` when it is not in force; the store's refusal.
pub async fn end(app: &App, caller: &Caller, id: &str) -> Result<Freeze, Refusal> {
    for _ in 0..ROUNDS {
        let freezes = app.store.freezes().await?.unwrap_or_default();
        let unknown = || Refusal::not_found("freeze", id);
        let next = freezes.ended(id, app.store.now()).ok_or_else(unknown)?;
        let ended = next.freezes.iter().find(|f| f.id == id).cloned().ok_or_else(unknown)?;
        let payload = json!({"freeze": ended});
        let change = Change::default()
            .event(event(EventKind::FreezeEnded, caller, id, &[], payload))
            .put(Record::Freezes(next));
        if commit(app, change).await?.is_some() {
            follow(app).await;
            return Ok(ended);
        }
    }
    Err(lost_races())
}

/// A pause with the runs it asked to stop, as it stands now.
///
/// # Errors
/// The store's refusal.
pub async fn shown(app: &App, freeze: &Freeze) -> Result<FreezeView, Refusal> {
    let mut stopped = Vec::new();
    for run in app.store.stopped_by(&freeze.id).await? {
        let record = app.store.decision(&run.decision_id).await?;
        stopped.push((run, record));
    }
    Ok(view::build(freeze, &stopped, app.store.now()))
}

/// [`settle`], where a failure must not hide that the pause itself is in force: the timer tries again.
async fn follow(app: &App) {
    if let Err(refusal) = settle(app).await {
        tracing::warn!(
            detail = refusal.detail,
            "deadlines and running commands must wait for the next second"
        );
    }
}

/// Makes what is under way agree with the pauses in force: deadlines stand still or run again, runs are asked to stop.
///
/// # Errors
/// The store's refusal; what was not done is done the next time.
pub async fn settle(app: &App) -> Result<(), Refusal> {
    for _ in 0..ROUNDS {
        let freezes = app.rules.newest(app.store.as_ref()).await?.freezes.clone();
        if freezes.freezes.is_empty() {
            return Ok(());
        }
        let todo = Todo::of(&freezes, app.store.under_way().await?, app.store.now());
        let left = todo.records.len();
        if left == 0 {
            return forget_lifted(app, &freezes).await;
        }
        let mut moved = 0;
        for chunk in todo.records.chunks(CHUNK) {
            moved += apply(app, chunk).await?;
        }
        if moved < left {
            tracing::debug!(left, moved, "some rows changed meanwhile");
        }
    }
    Ok(())
}

/// Commits rows together; what another change was first to is tried one by one, and left for the next round.
async fn apply(app: &App, records: &[Record]) -> Result<usize, Refusal> {
    if commit(app, applied(records)).await?.is_some() {
        return Ok(records.len());
    }
    let mut moved = 0;
    for record in records {
        moved += usize::from(commit(app, applied(std::slice::from_ref(record))).await?.is_some());
    }
    Ok(moved)
}

/// One entry for each row, so that whoever follows a request sees that its time stands still.
fn applied(records: &[Record]) -> Change {
    let mut change = Change::default();
    for record in records {
        let (subject, links, payload) = match record {
            Record::Approval(Approval { id, decision_id, frozen_at, expires_at, .. }) => (
                id,
                [("approval_id", id.as_str()), ("action_id", decision_id.as_str())],
                json!({"paused_since": frozen_at, "expires_at": expires_at}),
            ),
            Record::Permit(Permit { id, decision_id, frozen_at, expires_at, .. }) => (
                id,
                [("permit_id", id.as_str()), ("action_id", decision_id.as_str())],
                json!({"paused_since": frozen_at, "expires_at": expires_at}),
            ),
            Record::Execution(run) => (
                &run.id,
                [("execution_id", run.id.as_str()), ("action_id", run.decision_id.as_str())],
                json!({"stop": run.stop}),
            ),
            _ => continue,
        };
        change.events.push(system_event(EventKind::FreezeApplied, subject, &links, payload));
        change = change.put(record.clone());
    }
    change
}

async fn forget_lifted(app: &App, freezes: &Freezes) -> Result<(), Refusal> {
    let lifted: Vec<String> = freezes.thawing().map(|freeze| freeze.id.clone()).collect();
    if lifted.is_empty() {
        return Ok(());
    }
    let payload = json!({"settled": lifted});
    let change = Change::default()
        .event(system_event(EventKind::FreezeApplied, "freeze", &[], payload))
        .put(Record::Freezes(freezes.settled(&lifted)));
    commit(app, change).await?;
    Ok(())
}

/// Rows that do not agree with the pauses.
struct Todo {
    records: Vec<Record>,
}

impl Todo {
    fn of(freezes: &Freezes, found: UnderWay, now: i64) -> Self {
        let covering = |place: &Place| freezes.covering(place.agent.as_deref(), place.repo.as_deref());
        // Several pauses may have covered it; its time stood still until the last one was lifted.
        let lifted_at = |place: &Place, since: i64| {
            let covers = |f: &&Freeze| f.scope.covers(place.agent.as_deref(), place.repo.as_deref());
            let ends = freezes.thawing().filter(covers).filter_map(|f| f.ended_at);
            ends.filter(|at| *at >= since).max().unwrap_or(now)
        };
        let mut records = Vec::new();
        for (approval, place) in found.approvals {
            let next = match (covering(&place), approval.frozen_at) {
                (Some(freeze), None) if approval.expires_at >= freeze.at => approval.freeze(freeze.at),
                (None, Some(since)) => approval.thaw(lifted_at(&place, since)),
                _ => None,
            };
            records.extend(next.map(Record::Approval));
        }
        for (permit, place) in found.permits {
            let next = match (covering(&place), permit.frozen_at) {
                (Some(freeze), None) if permit.expires_at >= freeze.at => permit.freeze(freeze.at),
                (None, Some(since)) => permit.thaw(lifted_at(&place, since)),
                _ => None,
            };
            records.extend(next.map(Record::Permit));
        }
        for (run, place) in found.executions {
            let stop = covering(&place)
                .map(|freeze| StopRequest { freeze_id: freeze.id.clone(), requested_at: now });
            records.extend(stop.and_then(|stop| run.request_stop(stop)).map(Record::Execution));
        }
        Self { records }
    }
}

/// Refuses what a pause covers.
///
/// # Errors
/// `frozen`, saying who stopped it and why.
pub fn refuse_frozen(freezes: &Arc<Freezes>, agent: Option<&str>, repo: Option<&str>) -> Result<(), Refusal> {
    match freezes.covering(agent, repo) {
        Some(freeze) => Err(Refusal::new(Code::Frozen, format!("{}.", freeze.why().english()))),
        None => Ok(()),
    }
}
