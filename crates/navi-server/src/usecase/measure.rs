//! What `/metrics` says: read from the tables and the ledger each time, so that a restart or a second instance says the
//! same. Numbers only, no name of a person, an agent or a repository.

use navi_domain::approval::ApprovalStatus;
use navi_domain::bypass::{Bypass, Stage};
use navi_domain::event::EventKind;
use navi_domain::plan::run::{PartStatus, PlanStatus};
use navi_domain::risk::Level;
use navi_domain::{MINUTE, SECOND, UtcMicros};
use navi_store::{ApprovalFilter, AuditFilter};

use crate::{App, Refusal};

/// The span that counts of events look back over.
const DAY: UtcMicros = 24 * 60 * MINUTE;
/// Rows of one page.
const PAGE: usize = 500;

/// One number of the exposition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Name, with its unit.
    pub name: &'static str,
    /// What it says.
    pub help: &'static str,
    /// A label and its value; the value is one of a closed set.
    pub label: Option<(&'static str, &'static str)>,
    /// The number.
    pub value: i64,
}

fn sample(name: &'static str, help: &'static str, value: i64) -> Sample {
    Sample { name, help, label: None, value }
}

/// Reads every number.
///
/// # Errors
/// The store's refusal.
pub async fn samples(app: &App) -> Result<Vec<Sample>, Refusal> {
    let now = app.store.now();
    let mut all = waiting(app, now).await?;
    let target = app.store.on_call().await?.unwrap_or_default().line.target_minutes;
    let late = happened(app, EventKind::TargetMissed, now - DAY).await?;
    let alerts = happened(app, EventKind::ApprovalEscalated, now - DAY).await?;
    all.push(sample(
        "navi_response_target_seconds",
        "How soon a request should be answered.",
        i64::from(target) * 60,
    ));
    all.push(sample(
        "navi_response_target_missed_24h",
        "Requests that waited longer than the target, in the last 24 hours.",
        late,
    ));
    all.push(sample("navi_escalations_24h", "Alerts to the next in line, in the last 24 hours.", alerts));
    all.extend(stopped(app).await?);
    all.extend(bypassed(app, now).await?);
    all.extend(running(app).await?);
    Ok(all)
}

/// Requests that wait, by level, and the age of the oldest.
async fn waiting(app: &App, now: UtcMicros) -> Result<Vec<Sample>, Refusal> {
    let mut filter =
        ApprovalFilter { status: vec![ApprovalStatus::Pending], limit: PAGE, ..ApprovalFilter::default() };
    let mut pending = Vec::new();
    loop {
        let page = app.store.approvals(&filter).await?;
        pending.extend(page.items.into_iter().map(|row| row.approval));
        if page.next.is_none() {
            break;
        }
        filter.cursor = page.next;
    }
    let of = |level: Level| pending.iter().filter(|approval| approval.level == level).count();
    let mut all: Vec<Sample> = [Level::Low, Level::Medium, Level::High, Level::Critical]
        .into_iter()
        .map(|level| Sample {
            label: Some(("level", level.as_str())),
            ..sample("navi_requests_waiting", "Requests that wait for people.", count(of(level)))
        })
        .collect();
    let oldest = pending.iter().map(|approval| approval.waited(now)).max().unwrap_or_default();
    all.push(sample(
        "navi_oldest_request_seconds",
        "How long the longest waiting request has waited, without the time in which it stood still.",
        oldest / SECOND,
    ));
    Ok(all)
}

/// Pauses in force, and the runs that were asked to stop.
async fn stopped(app: &App) -> Result<Vec<Sample>, Refusal> {
    let freezes = app.store.freezes().await?.unwrap_or_default();
    let mut unconfirmed = 0;
    for freeze in freezes.live() {
        let runs = app.store.stopped_by(&freeze.id).await?;
        unconfirmed += count(runs.iter().filter(|run| run.finished_at.is_none()).count());
    }
    Ok(vec![
        sample(
            "navi_freezes_in_force",
            "Pauses of an agent, a repository or everything.",
            count(freezes.live().count()),
        ),
        sample(
            "navi_stops_unconfirmed",
            "Runs asked to stop whose gate has not confirmed it yet.",
            unconfirmed,
        ),
    ])
}

/// Bypasses in force, and those whose review is open or late.
async fn bypassed(app: &App, now: UtcMicros) -> Result<Vec<Sample>, Refusal> {
    let bypasses = app.store.bypasses().await?.unwrap_or_default().bypasses;
    let in_force = bypasses.iter().filter(|bypass| bypass.in_force(now)).count();
    let ended = |bypass: &&Bypass| matches!(bypass.at(now).stage, Stage::Ended { .. });
    let open = bypasses.iter().filter(ended).count();
    let late = bypasses.iter().filter(|bypass| bypass.overdue(now)).count();
    Ok(vec![
        sample("navi_bypasses_in_force", "Bypasses in force.", count(in_force)),
        sample("navi_bypass_reviews_open", "Bypasses that are over and not reviewed.", count(open)),
        sample("navi_bypass_reviews_overdue", "Of them those whose review is late.", count(late)),
    ])
}

/// Runs and plans that did not end, and where the parts of those plans stand.
async fn running(app: &App) -> Result<Vec<Sample>, Refusal> {
    let plans = app.store.plans(None, true).await?;
    let runs = app.store.runs_started().await?.len();
    let mut all = vec![sample("navi_executions_started", "Runs that did not end.", count(runs))];
    all.extend(PlanStatus::ALL.into_iter().filter(|status| status.is_open()).map(|status| {
        let n = plans.iter().filter(|plan| plan.status == status).count();
        let label = Some(("status", status.as_str()));
        Sample { label, ..sample("navi_plans_open", "Plans that did not end.", count(n)) }
    }));
    let parts = [
        (PartStatus::Waiting, "waiting"),
        (PartStatus::Blocked, "blocked"),
        (PartStatus::Permitted, "permitted"),
        (PartStatus::Started, "started"),
        (PartStatus::Succeeded, "succeeded"),
        (PartStatus::Failed, "failed"),
        (PartStatus::Unknown, "unknown"),
    ];
    all.extend(parts.into_iter().map(|(status, name)| {
        let parts = plans.iter().flat_map(|plan| plan.steps.values().chain(plan.verifications.values()));
        let n = parts.filter(|part| part.status == status).count();
        let help = "Actions and verifications of open plans.";
        Sample { label: Some(("status", name)), ..sample("navi_plan_parts", help, count(n)) }
    }));
    Ok(all)
}

async fn happened(app: &App, kind: EventKind, since: UtcMicros) -> Result<i64, Refusal> {
    let mut filter =
        AuditFilter { kind: vec![kind], from: Some(since), limit: PAGE, ..AuditFilter::default() };
    let mut found = 0;
    loop {
        let page = app.store.audit(&filter).await?;
        found += count(page.items.len());
        if page.next.is_none() {
            return Ok(found);
        }
        filter.cursor = page.next;
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
