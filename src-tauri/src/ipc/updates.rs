//! Newer versions: looked for and installed only when the person asks, and only where both doors are open.

use std::sync::Arc;

use serde::Serialize;
use tauri::{AppHandle, State};
use tauri_plugin_updater::{Update, UpdaterExt as _};

use super::{Answer, Refusal};
use crate::console::Console;
use crate::settings::Settings;
use crate::updates::{self, UpdateError};

/// A version that could be installed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Newer {
    version: String,
    notes: String,
}

impl From<UpdateError> for Refusal {
    fn from(error: UpdateError) -> Self {
        let (code, message) = (error.code(), crate::words::sentence(&error.to_string()));
        tracing::warn!("no update: {:#}", anyhow::Error::new(error));
        Self::new(code, message)
    }
}

/// A newer signed version; `None` when this is the newest.
#[tauri::command]
pub(crate) async fn newer_version(app: AppHandle, console: State<'_, Arc<Console>>) -> Answer<Option<Newer>> {
    let found = newer(&app, &console).await?;
    Ok(found.map(|(update, notes)| Newer { version: update.version, notes }))
}

/// Fetches it, verifies its own signature too, and installs it; it acts at the next start.
#[tauri::command]
pub(crate) async fn install_update(app: AppHandle, console: State<'_, Arc<Console>>) -> Answer<()> {
    let Some((update, _)) = newer(&app, &console).await? else { return Ok(()) };
    update.download_and_install(|_, _| {}, || {}).await.map_err(|error| {
        tracing::warn!(%error, "the update was not installed");
        let is_forged = matches!(
            error,
            tauri_plugin_updater::Error::Minisign(_)
                | tauri_plugin_updater::Error::Base64(_)
                | tauri_plugin_updater::Error::SignatureUtf8(_)
                | tauri_plugin_updater::Error::MissingSignedVersion
                | tauri_plugin_updater::Error::SignedVersionMismatch { .. }
        );
        let code = if is_forged { "bad_signature" } else { "internal" };
        Refusal::new(code, format!("The update was not installed: {error}."))
    })
}

/// What the verified announcement offers this machine. The updater is given the verified text itself, so that nobody can
/// answer differently the second time.
async fn newer(app: &AppHandle, console: &Console) -> Answer<Option<(Update, String)>> {
    if !Settings::load(console.folder()).updates {
        return Err(UpdateError::Unconfigured.into());
    }
    let source = updates::source().ok_or(UpdateError::Unconfigured)?;
    let announced = source.announced().await?;
    // The updater asks nobody itself, and takes no address on this machine, where an announcement may lie.
    let nobody = tauri::Url::parse("https://nobody.invalid/").map(|url| vec![url]).unwrap_or_default();
    let built = app
        .updater_builder()
        .pubkey(source.key_file())
        .endpoints(nobody)
        .and_then(tauri_plugin_updater::UpdaterBuilder::build);
    let offered = built.and_then(|updater| updater.restore_update(announced.json)).map_err(|error| {
        tracing::warn!(%error, version = announced.version, "the announcement does not fit this machine");
        Refusal::new(
            "bad_request",
            format!("Version {} does not fit this machine: {error}.", announced.version),
        )
    })?;
    Ok(offered.map(|update| (update, announced.notes)))
}
