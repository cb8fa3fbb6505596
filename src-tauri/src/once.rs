//! One console for each data folder. Another start hands its arguments over to the one that runs; one that comes while that
//! one ends takes its place: the name by which it is found is given up as soon as the end was chosen, and what was handed
//! over before that and not done is done by a successor. The folder itself is [`Held`] by one process at a time.

mod held;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager as _, Wry};

use crate::desktop;

pub(crate) use held::{Held, make_folder};

/// Another start, as it was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Start {
    arguments: Vec<String>,
    folder: String,
}

/// What was handed over, and whether this run still does it.
#[derive(Debug, Default)]
pub(crate) struct Once(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: Vec<Start>,
    is_ending: bool,
}

impl Once {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be done now: nothing any more, once the end was chosen.
    fn due(&self) -> Vec<Start> {
        let mut state = self.state();
        if state.is_ending { Vec::new() } else { std::mem::take(&mut state.waiting) }
    }

    /// Takes this run's place, if somebody handed over what was not done. Comes back where nobody did, or where it failed.
    pub(crate) fn succeed(&self) {
        let Some(start) = self.state().waiting.pop() else { return };
        tracing::info!("a start came while this console ended; it takes its place");
        let mut next = match again() {
            Ok(next) => next,
            Err(error) => return tracing::error!(%error, "this program is not found any more"),
        };
        next.args(start.arguments.iter().skip(1)).current_dir(&start.folder);
        tracing::error!(error = %become_another(next), "the start that was handed over is lost");
    }
}

/// The plugin that finds a console that runs already, and hands over to it.
pub(crate) fn plugin(realm: &str) -> TauriPlugin<Wry> {
    tauri_plugin_single_instance::Builder::new()
        // One instance for each data folder; on Linux the bus name carries it.
        .dbus_id(format!("dev.navi.governance.d{realm}"))
        .callback(|app, arguments, folder| {
            app.state::<Arc<Once>>().state().waiting.push(Start { arguments, folder });
            // After everything that was chosen before it, in order.
            let handle = app.clone();
            if let Err(error) = app.run_on_main_thread(move || serve(&handle)) {
                tracing::debug!(%error, "this console ends; its successor does what was handed over");
            }
        })
        .build()
}

fn serve(app: &AppHandle) {
    for start in app.state::<Arc<Once>>().due() {
        desktop::second_start(app, &start.arguments);
    }
}

/// Ends this console: from now on it is found by nobody.
pub(crate) fn quit(app: &AppHandle, code: i32) {
    app.state::<Arc<Once>>().state().is_ending = true;
    tauri_plugin_single_instance::destroy(app);
    app.exit(code);
}

/// Whether a start found another console that ended before it could be handed anything.
pub(crate) fn was_left_alone(error: &tauri::Error) -> bool {
    matches!(error, tauri::Error::PluginInitialization(name, _) if name == "single-instance")
}

/// Counts the starts that were left alone, one after the other.
const STARTS: &str = "NAVI_CONSOLE_STARTS";
/// Whatever keeps it from being handed over, it is not that the other one ends.
const MOST_STARTS: u32 = 20;

/// Starts anew in this process, after it was left alone. Comes back where that did not help.
pub(crate) fn start_anew() {
    let before = std::env::var(STARTS).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    if before >= MOST_STARTS {
        return;
    }
    std::thread::sleep(std::time::Duration::from_millis(100));
    if let Ok(mut next) = again() {
        next.args(std::env::args_os().skip(1)).env(STARTS, (before + 1_u32).to_string());
        tracing::warn!(error = %become_another(next), "this program cannot be started anew");
    }
}

fn again() -> std::io::Result<Command> {
    let mut next = Command::new(this_program(&std::env::current_exe()?));
    next.env_remove(STARTS);
    Ok(next)
}

/// Where this program lies, or what an update put in its place: Linux calls a file that was replaced a deleted one.
fn this_program(path: &Path) -> PathBuf {
    let text = path.as_os_str().to_str().filter(|_| !path.exists());
    text.and_then(|text| text.strip_suffix(" (deleted)")).map_or_else(|| path.to_owned(), PathBuf::from)
}

/// Runs the command in this process's place. Only comes back when that failed.
#[cfg(unix)]
fn become_another(mut next: Command) -> std::io::Error {
    std::os::unix::process::CommandExt::exec(&mut next)
}

/// Elsewhere a process cannot become another: the next one runs beside this one, which ends.
#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "the end of this run, after everything else")]
fn become_another(mut next: Command) -> std::io::Error {
    match next.spawn() {
        Ok(_) => std::process::exit(0),
        Err(error) => error,
    }
}

/// Says to whoever started it why it does not start: with words on the error output and in a window.
pub(crate) fn refuse(folder: &Path, error: &held::HoldError, language: crate::language::Language) {
    let words = &language.words().start;
    let text = match error {
        held::HoldError::Taken => (words.folder_taken)(&folder.display().to_string()),
        held::HoldError::Folder(cause) => {
            (words.folder_unfit)(&folder.display().to_string(), &cause.to_string())
        }
    };
    eprintln!("navi-console: {error:#}: {}", folder.display());
    say(&text);
}

/// Shows a sentence until it was read. On the main thread, before the main loop.
#[cfg(target_os = "linux")]
fn say(text: &str) {
    use gtk::prelude::{DialogExt as _, GtkWindowExt as _};
    let (kind, button) = (gtk::MessageType::Error, gtk::ButtonsType::Close);
    let none = None::<&gtk::Window>;
    let dialog = gtk::MessageDialog::new(none, gtk::DialogFlags::empty(), kind, button, text);
    dialog.set_title("Navi Governance");
    dialog.run();
}

/// Elsewhere with the system's own dialog.
#[cfg(not(target_os = "linux"))]
fn say(text: &str) {
    rfd::MessageDialog::new().set_title("Navi Governance").set_description(text).show();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(argument: &str) -> Start {
        Start { arguments: vec!["navi-console".into(), argument.into()], folder: "/".into() }
    }

    #[test]
    fn a_program_that_was_replaced_is_found_where_it_was() {
        assert_eq!(this_program(Path::new("/usr/bin/navi (deleted)")), Path::new("/usr/bin/navi"));
        let dir = tempfile::tempdir().unwrap();
        let odd = dir.path().join("navi (deleted)");
        std::fs::write(&odd, "").unwrap();
        assert_eq!(this_program(&odd), odd);
    }

    #[test]
    fn what_comes_after_the_end_was_chosen_is_left_to_the_successor() {
        let once = Once::default();
        once.state().waiting.push(start("navi://approvals/a"));
        assert_eq!(once.due(), [start("navi://approvals/a")]);
        assert_eq!(once.due(), []);
        once.state().is_ending = true;
        once.state().waiting.push(start("navi://approvals/b"));
        assert_eq!(once.due(), []);
        assert_eq!(once.state().waiting, [start("navi://approvals/b")]);
    }
}
