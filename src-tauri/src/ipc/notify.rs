//! What the window may ask about notifications: how the person wants them, and rejections that can still be taken back.

use std::sync::Arc;

use navi_domain::delivery::preferences::NotifyPreferences;
use navi_replica::PreferencesRefusal;
use serde::Serialize;
use tauri::State;

use super::{Answer, Refusal};
use crate::console::Console;

/// How this person is told.
#[tauri::command]
pub(crate) async fn notify_preferences(console: State<'_, Arc<Console>>) -> Answer<NotifyPreferences> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    Ok(ready.replica.notify_preferences()?)
}

/// Keeps how this person is told; answers what is kept now. The refusal of a wrong value names its field.
#[tauri::command]
pub(crate) async fn set_notify_preferences(
    console: State<'_, Arc<Console>>,
    preferences: NotifyPreferences,
) -> Answer<NotifyPreferences> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    match ready.replica.set_notify_preferences(&preferences) {
        Ok(()) => Ok(ready.replica.notify_preferences()?),
        Err(PreferencesRefusal::Invalid(error)) => Err(Refusal::new("invalid", error.to_string())),
        Err(PreferencesRefusal::Copy(error)) => Err(error.into()),
    }
}

/// A rejection pressed in a notification that is not signed yet.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HeldRow {
    approval_id: String,
    title: String,
    due_at: i64,
}

/// Rejections that can still be taken back.
#[tauri::command]
pub(crate) async fn held_rejects(console: State<'_, Arc<Console>>) -> Answer<Vec<HeldRow>> {
    let Some(ready) = console.ready() else { return Ok(Vec::new()) };
    let rows = ready.replica.held_rejects()?.into_iter().map(|held| {
        let found = ready.replica.approval(&held.approval_id)?;
        let title = found.map_or_else(|| held.approval_id.clone(), |item| item.approval.title);
        Ok(HeldRow { approval_id: held.approval_id, title, due_at: held.due_at })
    });
    rows.collect()
}

/// Takes a rejection back; refuses when it is signed already.
#[tauri::command]
pub(crate) async fn undo_reject(console: State<'_, Arc<Console>>, approval_id: String) -> Answer<()> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    if ready.replica.drop_held_reject(&approval_id)? {
        return Ok(());
    }
    Err(Refusal::new("already_sent", "This rejection is signed already; it cannot be taken back here."))
}
