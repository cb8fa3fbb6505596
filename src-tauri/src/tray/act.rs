//! What the menu does beside opening the window: claim what waits, be quiet for a while, take a rejection back, pause.

use std::sync::Arc;

use chrono::{DateTime, Days, Local, NaiveTime, TimeZone};
use navi_domain::freeze::FreezeScope;
use navi_domain::{MINUTE, SECOND, UtcMicros};
use navi_protocol::freeze::FreezeRequest;
use tauri::{AppHandle, Manager as _};

use super::menu::Quiet;
use crate::console::{Console, Ready, onit};

/// Claims everything that waits, in the background.
pub(super) fn claim_all(app: &AppHandle) {
    let Some(ready) = ready(app) else { return };
    tauri::async_runtime::spawn(async move {
        match onit::claim_all(&ready).await {
            Ok(claimed) => tracing::info!(claimed, "claimed from the tray"),
            Err(error) => tracing::error!(%error, "the local copy could not be read"),
        }
    });
}

/// Asks for quiet, or ends it.
#[expect(clippy::disallowed_methods, reason = "eight o'clock is one of the wall's clock")]
pub(super) fn quiet(app: &AppHandle, quiet: Quiet) {
    let Some(ready) = ready(app) else { return };
    let now = ready.replica.server_now();
    let until = match quiet {
        Quiet::HalfHour => Some(now + 30 * MINUTE),
        Quiet::Hour => Some(now + 60 * MINUTE),
        Quiet::Morning => Some(now + until_eight(Local::now())),
        Quiet::End => None,
    };
    if let Err(error) = ready.replica.set_quiet_until(until) {
        tracing::error!(%error, "the local copy could not be written");
    }
}

/// Takes a rejection back that is not signed yet. The announcer says what became of it, also that it was too late.
pub(super) fn undo_reject(app: &AppHandle, approval_id: &str) {
    let Some(ready) = ready(app) else { return };
    match ready.replica.take_back_reject(approval_id) {
        Ok(taken_back) => tracing::info!(approval = approval_id, taken_back, "undo from the tray"),
        Err(error) => tracing::error!(%error, "the local copy could not be written"),
    }
}

/// Pauses, in the background. What became of it stands in the menu; a refusal is told by the announcer.
pub(super) fn stop(app: &AppHandle, scope: FreezeScope) {
    let Some(console) = app.try_state::<Arc<Console>>().map(|console| Arc::clone(&console)) else { return };
    let (scope, name) = match scope {
        FreezeScope::Everything => ("everything", None),
        FreezeScope::Agent(name) => ("agent", Some(name)),
        FreezeScope::Repo(name) => ("repo", Some(name)),
    };
    let request = FreezeRequest { scope: scope.to_owned(), name, reason: "from the tray".to_owned() };
    tauri::async_runtime::spawn(async move {
        let ordered = console.stop_agents(&request).await;
        tracing::info!(scope, state = ?ordered.state, code = ordered.code, "a pause ordered from the tray");
    });
}

fn ready(app: &AppHandle) -> Option<Ready> {
    app.try_state::<Arc<Console>>()?.ready()
}

/// How long it is until the next eight o'clock of the wall clock, in microseconds.
fn until_eight<Z: TimeZone>(now: DateTime<Z>) -> UtcMicros {
    let wall = now.naive_local();
    let eight = NaiveTime::from_hms_opt(8, 0, 0).unwrap_or_default();
    let day = if wall.time() < eight { wall.date() } else { wall.date() + Days::new(1) };
    let next = now.timezone().from_local_datetime(&day.and_time(eight)).earliest();
    next.map_or(8 * 3600 * SECOND, |next| (next.timestamp_micros() - now.timestamp_micros()).max(MINUTE))
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    #[test]
    fn eight_is_today_before_it_and_tomorrow_after_it() {
        let zone = FixedOffset::east_opt(3600).unwrap();
        let hours = |h, m| until_eight(zone.with_ymd_and_hms(2026, 11, 27, h, m, 0).unwrap()) / MINUTE;
        assert_eq!(hours(6, 30), 90);
        assert_eq!(hours(8, 0), 24 * 60);
        assert_eq!(hours(22, 0), 10 * 60);
    }
}
