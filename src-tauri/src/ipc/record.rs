//! The record: what of it is kept, verifying it or a file without network, comparing it, and exporting it.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use navi_replica::window::{Compared, Export, ExportError, ExportKind};
use navi_replica::{Verification, Watched, Window, WindowStatus};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Emitter as _, State};

use super::{Answer, Refusal};
use crate::console::Console;

/// The window hears of progress at most this often.
const TELL_EVERY: Duration = Duration::from_millis(80);

/// The verification that runs now, if one does, and what the last one found. Only one runs at a time.
#[derive(Default)]
pub(crate) struct Running {
    now: Mutex<Option<Arc<AtomicBool>>>,
    found: Mutex<Option<(Option<PathBuf>, Verification)>>,
}

/// The place that was chosen last in the desktop's own dialog. A file that stands there may be replaced, once: the dialog
/// asked. No other is, whatever the window says.
#[derive(Default)]
pub(crate) struct Chosen(Mutex<Option<PathBuf>>);

impl Chosen {
    fn note(&self, path: Option<&PathBuf>) {
        if let Ok(mut last) = self.0.lock() {
            *last = path.cloned();
        }
    }

    fn takes(&self, path: &Path) -> bool {
        self.0.lock().is_ok_and(|mut last| last.take_if(|chosen| chosen == path).is_some())
    }
}

/// Frees [`Running`], however the verification ended.
struct Turn<'a>(&'a Running);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Ok(mut now) = self.0.now.lock() {
            *now = None;
        }
    }
}

impl Running {
    fn begin(&self) -> Answer<(Turn<'_>, Arc<AtomicBool>)> {
        let failed =
            || Refusal::new("internal", "The last verification did not end well; restart the console.");
        let mut now = self.now.lock().map_err(|_| failed())?;
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
    let of = file.clone();
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
    let found = found?;
    if let (Some(found), Ok(mut last)) = (&found, running.found.lock()) {
        *last = Some((of, found.clone()));
    }
    Ok(found)
}

/// Ends the verification that runs, if one does.
#[tauri::command]
pub(crate) async fn cancel_verification(running: State<'_, Running>) -> Answer<()> {
    if let Ok(now) = running.now.lock()
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

/// What is to be written.
#[derive(Debug, Deserialize)]
pub(crate) struct Wish {
    format: String,
    bare: bool,
    /// As of `GET /audit`.
    query: String,
    path: Option<PathBuf>,
}

/// Writes what is kept into a new file; without a path, into the user's downloads.
#[tauri::command]
pub(crate) async fn export_record(
    console: State<'_, Arc<Console>>,
    chosen: State<'_, Chosen>,
    wish: Wish,
) -> Answer<Exported> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    let kind = ExportKind::parse(&wish.format)
        .ok_or_else(|| Refusal::new("bad_request", "There is no such kind of file."))?;
    let filter = super::carry::filter(&wish.query)?;
    let path = match wish.path {
        Some(path) => absolute(path)?,
        None => default_path(ready.replica.evidence_folder(), kind.extension()),
    };
    let export = Export { kind, bare: wish.bare, filter, replaces: chosen.takes(&path) };
    let to = path.clone();
    let written = tauri::async_runtime::spawn_blocking(move || ready.replica.export(&to, &export)).await;
    let written = written.map_err(|_| Refusal::new("internal", "The export broke off."))?;
    let (kept, size) = written.map_err(|error| {
        let code = match &error {
            ExportError::Exists => "exists",
            ExportError::Nothing => "not_ready",
            ExportError::OnlyWhole => "bad_request",
            ExportError::Broken(_) => "broken",
            ExportError::Replica(_) | ExportError::Bundle(_) | ExportError::File(_) => "internal",
        };
        Refusal::new(code, crate::words::sentence(&error.to_string()))
    })?;
    Ok(Exported { path, kept, size })
}

/// Asks in the desktop's own dialog where a file of this name is to go; `null`: nowhere.
#[tauri::command]
pub(crate) async fn choose_file(
    app: AppHandle,
    last: State<'_, Chosen>,
    name: String,
) -> Answer<Option<PathBuf>> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let folder = downloads();
    // The dialog belongs to the thread of the windows; what it says is waited for elsewhere.
    app.run_on_main_thread(move || {
        let dialog = rfd::AsyncFileDialog::new().set_file_name(name);
        let dialog = match folder {
            Some(folder) => dialog.set_directory(folder),
            None => dialog,
        };
        let chosen = dialog.save_file();
        tauri::async_runtime::spawn(async move {
            // Whoever asked may be gone.
            let _ = tell.send(chosen.await.map(|file| file.path().to_owned()));
        });
    })
    .map_err(|e| Refusal::new("internal", e.to_string()))?;
    let chosen = told.await.map_err(|_| Refusal::new("internal", "The file dialog did not open."))?;
    last.note(chosen.as_ref());
    Ok(chosen)
}

/// Writes what the last verification found into a file, for people or for programs; answers where.
#[tauri::command]
pub(crate) async fn export_verification(
    running: State<'_, Running>,
    chosen: State<'_, Chosen>,
    format: String,
    path: PathBuf,
) -> Answer<PathBuf> {
    let nothing = || Refusal::new("not_ready", "Nothing was verified since the console started.");
    let last = running.found.lock().ok().and_then(|found| found.clone()).ok_or_else(nothing)?;
    let (of, found) = last;
    let text = match format.as_str() {
        "json" => found.as_json(of.as_deref()),
        "html" => found.as_page(of.as_deref()),
        other => return Err(Refusal::new("bad_request", format!("{other:?} is neither json nor html."))),
    };
    let path = absolute(path)?;
    write(&path, text.as_bytes(), chosen.takes(&path)).map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => Refusal::new("exists", "There is a file of that name already."),
        _ => Refusal::new("internal", format!("The file could not be written: {e}")),
    })?;
    Ok(path)
}

/// Holds somebody else's head of the log against the copy.
#[tauri::command]
pub(crate) async fn compare_head(console: State<'_, Arc<Console>>, text: String) -> Answer<Compared> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    Ok(ready.replica.compare_with(&ready.client, &text).await?)
}

/// Writes a file, whole or not at all.
fn write(path: &Path, bytes: &[u8], replaces: bool) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    let mut part = tempfile::NamedTempFile::new_in(folder)?;
    part.write_all(bytes)?;
    part.as_file().sync_all()?;
    if replaces {
        part.persist(path)?
    } else {
        part.persist_noclobber(path)?
    };
    Ok(())
}

fn absolute(path: PathBuf) -> Answer<PathBuf> {
    std::path::absolute(path).map_err(|e| Refusal::new("bad_request", e.to_string()))
}

/// The user's downloads, if there are any.
fn downloads() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    home.map(|home| Path::new(&home).join("Downloads")).filter(|folder| folder.is_dir())
}

/// In the downloads if there are any, else beside the copy.
fn default_path(fallback: &Path, extension: &str) -> PathBuf {
    let name = chrono::Utc::now().format("navi-record-%Y%m%d-%H%M%S").to_string();
    downloads().unwrap_or_else(|| fallback.to_owned()).join(format!("{name}.{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_place_that_the_dialog_asked_about_is_replaced_and_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("verification.html");
        let chosen = Chosen::default();
        write(&path, b"one", chosen.takes(&path)).unwrap();
        let refused = write(&path, b"two", chosen.takes(&path)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists);

        chosen.note(Some(&path));
        let other = dir.path().join("other.html");
        assert!(!chosen.takes(&other), "that was not asked about");
        assert!(chosen.takes(&path));
        write(&path, b"two", true).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert!(!chosen.takes(&path), "it was agreed to once");

        chosen.note(Some(&path));
        chosen.note(None);
        assert!(!chosen.takes(&path), "the dialog was closed without a choice");
    }
}
