//! The record: what of it is kept, verifying it or a file without network, and exporting it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use navi_replica::window::ExportError;
use navi_replica::{Verification, Watched, Window, WindowStatus};
use serde::Serialize;
use tauri::{AppHandle, Emitter as _, State};

use super::{Answer, Refusal};
use crate::console::Console;

/// The window hears of progress at most this often.
const TELL_EVERY: Duration = Duration::from_millis(80);

/// The verification that runs now, if one does. Only one does at a time.
#[derive(Default)]
pub(crate) struct Running(Mutex<Option<Arc<AtomicBool>>>);

/// Frees [`Running`], however the verification ended.
struct Turn<'a>(&'a Running);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Ok(mut now) = self.0.0.lock() {
            *now = None;
        }
    }
}

impl Running {
    fn begin(&self) -> Answer<(Turn<'_>, Arc<AtomicBool>)> {
        let failed =
            || Refusal::new("internal", "The last verification did not end well; restart the console.");
        let mut now = self.0.lock().map_err(|_| failed())?;
        if now.is_some() {
            return Err(Refusal::new("busy", "A verification runs already."));
        }
        let cancelled = Arc::new(AtomicBool::new(false));
        *now = Some(Arc::clone(&cancelled));
        Ok((Turn(self), cancelled))
    }
}

/// How far a verification got: entries, or bytes of a file.
#[derive(Clone, Copy, Debug, Serialize)]
struct Step {
    done: u64,
    total: u64,
}

/// What is kept, and how it was last found.
#[tauri::command]
pub(crate) async fn record_status(console: State<'_, Arc<Console>>) -> Answer<WindowStatus> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    Ok(ready.replica.window_status()?)
}

/// Chooses what is kept.
#[tauri::command]
pub(crate) async fn set_window(console: State<'_, Arc<Console>>, window: Window) -> Answer<WindowStatus> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    ready.replica.set_window(&window)?;
    Ok(ready.replica.window_status()?)
}

/// Verifies the copy, or a file; `null` when it was cancelled. Progress comes as `verification` events.
#[tauri::command]
pub(crate) async fn verify_record(
    app: AppHandle,
    console: State<'_, Arc<Console>>,
    running: State<'_, Running>,
    file: Option<PathBuf>,
    vkey: Option<String>,
) -> Answer<Option<Verification>> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    let (_turn, cancelled) = running.begin()?;
    let verified = tauri::async_runtime::spawn_blocking(move || {
        let told = Mutex::new(None::<Instant>);
        let progress = |done: u64, total: u64| {
            let Ok(mut told) = told.lock() else { return };
            if done == total || told.is_none_or(|at| at.elapsed() > TELL_EVERY) {
                *told = Some(Instant::now());
                // A window that is gone needs no progress.
                let _ = app.emit("verification", Step { done, total });
            }
        };
        let watched = Watched { progress: &progress, cancelled: &cancelled };
        match file {
            Some(path) => ready.replica.verify_file(&path, vkey.as_deref(), watched),
            None => ready.replica.verify_window(watched),
        }
    });
    let found = verified.await.map_err(|_| Refusal::new("internal", "The verification broke off."))?;
    Ok(found?)
}

/// Ends the verification that runs, if one does.
#[tauri::command]
pub(crate) async fn cancel_verification(running: State<'_, Running>) -> Answer<()> {
    if let Ok(now) = running.0.lock()
        && let Some(cancelled) = &*now
    {
        cancelled.store(true, Ordering::Relaxed);
    }
    Ok(())
}

/// What an export wrote.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Exported {
    path: PathBuf,
    kept: u64,
    size: u64,
}

/// Writes the window as a bundle, into a new file; without a path, into the user's downloads.
#[tauri::command]
pub(crate) async fn export_window(
    console: State<'_, Arc<Console>>,
    path: Option<PathBuf>,
) -> Answer<Exported> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    let path = match path {
        Some(path) => std::path::absolute(path).map_err(|e| Refusal::new("bad_request", e.to_string()))?,
        None => default_path(ready.replica.evidence_folder()),
    };
    let to = path.clone();
    let written = tauri::async_runtime::spawn_blocking(move || ready.replica.export_window(&to)).await;
    let written = written.map_err(|_| Refusal::new("internal", "The export broke off."))?;
    let (kept, size) = written.map_err(|error| {
        let code = match &error {
            ExportError::Exists => "exists",
            ExportError::Nothing => "not_ready",
            ExportError::Replica(_) | ExportError::Bundle(_) | ExportError::File(_) => "internal",
        };
        Refusal::new(code, crate::words::sentence(&error.to_string()))
    })?;
    Ok(Exported { path, kept, size })
}

/// In the downloads if there are any, else beside the copy.
fn default_path(fallback: &Path) -> PathBuf {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    let downloads = home.map(|home| Path::new(&home).join("Downloads")).filter(|folder| folder.is_dir());
    let name = chrono::Utc::now().format("navi-record-%Y%m%d-%H%M%S.navi.zst").to_string();
    downloads.unwrap_or_else(|| fallback.to_owned()).join(name)
}
