//! Counters of a period, brought up to date and read.

use navi_domain::approval::ApprovalStatus;
use navi_domain::{SECOND, UtcMicros};
use navi_protocol::insights::Insights;
use navi_protocol::problem::Code;
use navi_store::CounterFilter;

use crate::view::insights as view;
use crate::{App, Refusal};

const DAY: UtcMicros = 24 * 3600 * SECOND;
/// Days when none are asked for.
const USUAL: i64 = 30;
/// Most days at once: twenty years.
const MOST: i64 = 7_320;
/// Entries that a reader brings the index on by; the job does the rest.
const CATCH_UP: usize = 4_096;

/// How far the index of words and counters has come after a small effort: (entries it covers, as a stream cursor).
///
/// # Errors
/// The store's refusal.
pub async fn caught_up(app: &App) -> Result<String, Refusal> {
    let covered = app.store.index_to(CATCH_UP).await?;
    let epoch = app.store.head().await?.epoch;
    Ok(match covered.checked_sub(1) {
        Some(last) => format!("{epoch}:{last}"),
        None => format!("{epoch}:"),
    })
}

/// What the ledger says about whole UTC days.
///
/// # Errors
/// `bad_request` for a period that ends before it begins or is longer than twenty years; the store's refusal.
pub async fn insights(
    app: &App,
    (from, to): (Option<UtcMicros>, Option<UtcMicros>),
    of: CounterFilter,
) -> Result<Insights, Refusal> {
    let server_time = app.store.now();
    let last = to.unwrap_or(server_time).div_euclid(DAY);
    let first = from.map_or(last.saturating_sub(USUAL - 1), |from| from.div_euclid(DAY));
    if first > last || last - first > MOST {
        let detail = "The period must begin before it ends and be no longer than twenty years.";
        return Err(Refusal::new(Code::BadRequest, detail));
    }
    let as_of = caught_up(app).await?;
    let counters = app.store.counters((first, last), &of).await?;
    let counts = app.store.approval_counts(None).await?;
    let waiting_now = counts.by_status.get(ApprovalStatus::Pending.as_str()).copied().unwrap_or_default();
    let (from, to) = (first.saturating_mul(DAY), last.saturating_add(1).saturating_mul(DAY) - 1);
    let period = view::Period { days: (first, last), from, to, of, as_of, server_time, waiting_now };
    let bypasses = app.store.bypasses().await?.unwrap_or_default().counts(server_time);
    Ok(Insights {
        bypasses_in_force: bypasses.in_force,
        bypasses_to_review: bypasses.to_review,
        bypass_reviews_overdue: bypasses.overdue,
        ..view::build(period, &counters)
    })
}
