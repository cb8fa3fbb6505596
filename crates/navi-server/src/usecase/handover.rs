//! What the next shift takes over: everything that is open now.

use navi_domain::approval::ApprovalStatus;
use navi_domain::event::EventKind;
use navi_protocol::oncall::{HandoverView, PendingItem};
use navi_store::{ApprovalFilter, AuditFilter};

use super::{bypass, envelope, freeze};
use crate::auth::Caller;
use crate::view::{grant, oncall, proposal};
use crate::{App, Refusal};

/// The day before it.
const DAY: i64 = 24 * 3_600 * 1_000_000;
/// Rows of one page.
const PAGE: usize = 500;

/// Builds the sheet.
///
/// # Errors
/// The store's refusal.
pub async fn sheet(app: &App, caller: &Caller) -> Result<HandoverView, Refusal> {
    let now = app.store.now();
    let book = app.store.on_call().await?.unwrap_or_default();
    let mut freezes = Vec::new();
    for pause in app.store.freezes().await?.unwrap_or_default().live() {
        freezes.push(freeze::shown(app, pause).await?);
    }
    let grants = app.store.grants(None, Some(now)).await?;
    let proposals = app.store.open_proposals().await?;
    Ok(HandoverView {
        at: now,
        schedules: book.schedules.iter().map(|s| oncall::schedule(s, now)).collect(),
        pending: pending(app).await?,
        grants: grants.iter().filter(|g| g.is_live(now)).map(|g| grant::build(g, now)).collect(),
        freezes,
        bypasses: bypass::list::list(app, caller).await?.open,
        envelopes: envelope::list(app).await?.into_iter().filter(|one| one.status == "sealed").collect(),
        proposals: proposals.iter().map(proposal::build).collect(),
        late: late(app, now - DAY).await?,
    })
}

async fn pending(app: &App) -> Result<Vec<PendingItem>, Refusal> {
    let mut filter =
        ApprovalFilter { status: vec![ApprovalStatus::Pending], limit: PAGE, ..ApprovalFilter::default() };
    let mut items = Vec::new();
    loop {
        let page = app.store.approvals(&filter).await?;
        items.extend(page.items.iter().map(|row| oncall::pending(&row.approval, &row.decision)));
        if page.next.is_none() {
            break;
        }
        filter.cursor = page.next;
    }
    items.sort_by_key(|item| item.expires_at);
    Ok(items)
}

async fn late(app: &App, since: i64) -> Result<u64, Refusal> {
    let mut filter = AuditFilter {
        kind: vec![EventKind::TargetMissed],
        from: Some(since),
        limit: PAGE,
        ..AuditFilter::default()
    };
    let mut late = 0;
    loop {
        let page = app.store.audit(&filter).await?;
        late += page.items.len() as u64;
        if page.next.is_none() {
            return Ok(late);
        }
        filter.cursor = page.next;
    }
}
