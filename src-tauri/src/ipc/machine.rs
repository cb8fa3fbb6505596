//! What the window may ask about this machine: beginning with the session, a damaged copy, wiping.

use std::sync::Arc;

use tauri::State;

use super::{Answer, ConsoleState, Refusal};
use crate::autostart;
use crate::console::{Console, WipeRefusal};

/// Whether the console starts with the person's session.
#[tauri::command]
pub(crate) async fn autostart(console: State<'_, Arc<Console>>) -> Answer<bool> {
    Ok(autostart::file(console.folder()).is_some_and(|file| file.exists()))
}

/// Lets the console start with the person's session, or no longer. Answers how it is now.
#[tauri::command]
pub(crate) async fn set_autostart(console: State<'_, Arc<Console>>, enabled: bool) -> Answer<bool> {
    let Some(file) = autostart::file(console.folder()) else {
        return Err(Refusal::new(
            "unsupported",
            "This desktop has no folder for programs that start with it.",
        ));
    };
    autostart::set(&file, console.folder(), enabled).map_err(|error| {
        tracing::warn!(%error, "autostart");
        Refusal::new("not_saved", format!("The file {} could not be changed.", file.display()))
    })?;
    Ok(file.exists())
}

/// Sets a damaged copy aside and begins it anew.
#[tauri::command]
pub(crate) async fn rebuild_copy(console: State<'_, Arc<Console>>) -> Answer<ConsoleState> {
    console.rebuild().await;
    Ok(ConsoleState::read(&console)?)
}

/// Removes everything of this console from this machine; refuses while votes are unsent, unless told.
#[tauri::command]
pub(crate) async fn wipe_copy(
    console: State<'_, Arc<Console>>,
    with_unsent: Option<bool>,
) -> Answer<ConsoleState> {
    console.wipe(with_unsent.unwrap_or(false)).await.map_err(|refusal| {
        let code = match &refusal {
            WipeRefusal::Unsent(_) => "unsent_decisions",
            WipeRefusal::Keystore(_) => "keystore",
            WipeRefusal::Files(_) | WipeRefusal::Failed => "internal",
        };
        Refusal::new(code, crate::words::sentence(&refusal.to_string()))
    })?;
    Ok(ConsoleState::read(&console)?)
}
