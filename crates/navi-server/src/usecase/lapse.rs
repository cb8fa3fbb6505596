//! A gate that gives no sign for too long leaves a run of which nobody knows how it ended. Whoever knows corrects it.

use navi_domain::event::EventKind;
use navi_store::{Change, Record};
use serde_json::json;

use super::{commit, finish, plan, system_event};
use crate::{App, Refusal};

/// Ends the runs whose gates are silent.
///
/// # Errors
/// The store's refusal; what was not ended is ended the next time.
pub async fn all_silent(app: &App) -> Result<(), Refusal> {
    let now = app.store.now();
    for run in app.store.runs_started().await? {
        let seen = app.presence.last_sign(&run.id);
        let Some(lapsed) = run.lapse(seen, app.config.execution_lease_secs, now) else { continue };
        let lease = run.lease_secs.unwrap_or(app.config.execution_lease_secs);
        let payload =
            json!({"status": lapsed.status, "last_sign": seen.max(run.started_at), "lease_secs": lease});
        let links = finish::links(app, &lapsed).await?;
        let links: Vec<(&str, &str)> = links.iter().map(|(name, id)| (*name, id.as_str())).collect();
        let change = Change::default()
            .event(system_event(EventKind::ExecutionLapsed, &run.id, &links, payload))
            .put(Record::Execution(lapsed.clone()));
        let change = plan::with_end(app, change, &lapsed).await?;
        // Lost to the gate's own report, most likely.
        if commit(app, change).await?.is_some() {
            app.presence.forget(&run.id);
        }
    }
    Ok(())
}
