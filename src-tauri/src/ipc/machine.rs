//! What the window may ask about this machine: beginning with the session, how to draw, what the page's person chose,
//! what was found here, a damaged copy, wiping.

use std::sync::Arc;

use serde::Serialize;
use tauri::{AppHandle, State};

use super::{Answer, ConsoleState, Refusal};
use crate::console::{Console, WipeRefusal};
use crate::diagnostics::{self, Diagnostics};
use crate::language::Spoken;
use crate::settings::{Rendering, Settings, SettingsError, rendering_now};
use crate::trial::{self, Shown};
use crate::{autostart, updates};

/// What is set for the program itself.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct MachineSettings {
    rendering: Rendering,
    rendering_now: Rendering,
    updates: bool,
    updates_configured: bool,
}

impl From<&Settings> for MachineSettings {
    fn from(settings: &Settings) -> Self {
        Self {
            rendering: settings.rendering,
            rendering_now: rendering_now(),
            updates: settings.updates,
            updates_configured: updates::is_configured(),
        }
    }
}

impl From<SettingsError> for Refusal {
    fn from(error: SettingsError) -> Self {
        tracing::warn!(%error, "settings");
        Self::new("not_saved", crate::words::sentence(&error.to_string()))
    }
}

/// What is set.
#[tauri::command]
pub(crate) async fn machine_settings(console: State<'_, Arc<Console>>) -> Answer<MachineSettings> {
    Ok(MachineSettings::from(&Settings::load(console.folder())))
}

/// Sets what is named. Answers how it is now.
#[tauri::command]
pub(crate) async fn keep_machine_settings(
    console: State<'_, Arc<Console>>,
    rendering: Option<Rendering>,
    updates: Option<bool>,
) -> Answer<MachineSettings> {
    let kept = Settings::change(console.folder(), |settings| {
        settings.rendering = rendering.unwrap_or(settings.rendering);
        settings.updates = updates.unwrap_or(settings.updates);
        Ok(())
    })?;
    Ok(MachineSettings::from(&kept))
}

/// What was chosen in the page, as the page wrote it.
#[tauri::command]
pub(crate) async fn page_preferences(console: State<'_, Arc<Console>>) -> Answer<Option<String>> {
    Ok(Settings::load(console.folder()).page.map(|page| page.get().to_owned()))
}

/// Keeps what was chosen in the page. Tray and notifications follow the language.
#[tauri::command]
pub(crate) async fn keep_page_preferences(
    console: State<'_, Arc<Console>>,
    spoken: State<'_, Spoken>,
    text: String,
) -> Answer<()> {
    let kept = Settings::change(console.folder(), |settings| settings.set_page(text))?;
    spoken.follow(&kept);
    Ok(())
}

/// What was found on this machine.
#[tauri::command]
pub(crate) async fn diagnostics(app: AppHandle, console: State<'_, Arc<Console>>) -> Answer<Diagnostics> {
    Ok(diagnostics::look(&app, &console).await)
}

/// Shows a notification about nothing; answers once its button was pressed, it went away, or time is up.
#[tauri::command]
pub(crate) async fn test_notification(spoken: State<'_, Spoken>) -> Answer<Shown> {
    Ok(trial::show(spoken.now()).await)
}

/// A damaged copy, without the files that lie beside it.
fn is_set_aside(name: &str) -> bool {
    name.strip_prefix("replica.db.damaged-").is_some_and(|at| at.chars().all(|c| c.is_ascii_digit()))
}

/// What the local copy takes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CopyStatus {
    folder: String,
    bytes: u64,
    set_aside: usize,
}

/// How much room the local copy takes, and how many damaged ones were set aside.
#[tauri::command]
pub(crate) async fn copy_status(console: State<'_, Arc<Console>>) -> Answer<CopyStatus> {
    let folder = console.folder();
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files: Vec<_> = files
        .filter_map(|file| Some((file.file_name().into_string().ok()?, file.metadata().ok()?.len())))
        .filter(|(name, _)| name.starts_with("replica.db"))
        .collect();
    Ok(CopyStatus {
        folder: folder.display().to_string(),
        bytes: files.iter().map(|(_, bytes)| bytes).sum(),
        set_aside: files.iter().filter(|(name, _)| is_set_aside(name)).count(),
    })
}

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
