//! The desktop console of an approver: a tray item, notifications, and one window on demand over the replica.
//!
//! Everything a person decides goes through [`navi_replica`]; this package adds the desktop around it and decides nothing.

mod args;
mod autostart;
mod console;
mod crash;
mod desktop;
mod diagnostics;
mod ipc;
mod language;
mod link;
mod notify;
mod once;
mod secrets;
mod settings;
mod tray;
mod trial;
mod updates;
mod whole_file;
mod window;
mod words;

use std::mem::ManuallyDrop;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Parser as _;
use tauri::{AppHandle, Manager as _, RunEvent, WindowEvent};

use args::Args;
use console::{Console, realm};
use once::{Held, Once};
use secrets::OwnThread;

/// Runs the console with the process's arguments until it is quit.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("NAVI_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,zbus=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(args) {
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        Err(error) => {
            eprintln!("navi-console: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the code that Tauri generates for the context holds an exit")]
fn run(args: Args) -> anyhow::Result<i32> {
    let folder = args.folder()?;
    crash::note_panics(&folder);
    if let Err(error) = settings::start_anew_if_set(settings::Settings::load(&folder).rendering) {
        tracing::warn!(%error, "windows are not drawn the safe way");
    }
    let spec = std::env::var("NAVI_CONSOLE_KEYSTORE").ok();
    let realm = realm(&folder);
    let keystore = OwnThread::open(spec.as_deref(), &realm);
    let spoken = language::Spoken::in_folder(&folder);
    let language = spoken.now();
    let console = Arc::new(Console::new(folder.clone(), Arc::new(keystore)));
    // Two threads are enough for one person, and each costs memory.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(4)
        .enable_all()
        .build()
        .context("the runtime could not be started")?;
    tauri::async_runtime::set(runtime.handle().clone());

    let once = Arc::new(Once::default());
    let built = tauri::Builder::default()
        .plugin(once::plugin(&realm))
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_updater::Builder::new().build())
        .manage(Arc::clone(&once))
        .manage(Arc::clone(&console))
        .manage(spoken)
        .manage(window::Focus::default())
        .manage(ipc::record::Running::default())
        .manage(ipc::record::Chosen::default())
        .invoke_handler(tauri::generate_handler![
            ipc::api_request,
            ipc::console_state,
            ipc::decide,
            ipc::dismiss,
            ipc::emergency::bypass_step,
            ipc::emergency::dismiss_stop,
            ipc::emergency::stop_agents,
            ipc::emergency::stop_orders,
            ipc::emergency::withdraw_stop,
            ipc::enrol::enroll,
            ipc::enrol::examine_server,
            ipc::enrol::test_signature,
            ipc::glass::answer_challenge,
            ipc::glass::challenged_envelope,
            ipc::machine::autostart,
            ipc::machine::copy_status,
            ipc::machine::diagnostics,
            ipc::machine::keep_machine_settings,
            ipc::machine::keep_page_preferences,
            ipc::machine::machine_settings,
            ipc::machine::page_preferences,
            ipc::machine::rebuild_copy,
            ipc::machine::set_autostart,
            ipc::machine::test_notification,
            ipc::machine::wipe_copy,
            ipc::notify::held_rejects,
            ipc::notify::notify_preferences,
            ipc::notify::set_notify_preferences,
            ipc::notify::undo_reject,
            ipc::outbox,
            ipc::record::cancel_verification,
            ipc::record::choose_file,
            ipc::record::compare_head,
            ipc::record::export_record,
            ipc::record::export_verification,
            ipc::record::record_status,
            ipc::record::set_window,
            ipc::record::verify_record,
            ipc::rights::dismiss_revoke,
            ipc::rights::grant_revokes,
            ipc::rights::revoke_grant,
            ipc::rights::withdraw_revoke,
            ipc::updates::install_update,
            ipc::updates::newer_version,
            ipc::withdraw,
        ])
        .setup(move |app| {
            desktop::start(app.handle(), args);
            Ok(())
        })
        .build(tauri::generate_context!());
    let app = match built {
        Err(error) if once::was_left_alone(&error) => {
            once::start_anew();
            return Err(error).context("the console that runs already does not answer");
        }
        other => other.context("the desktop could not be reached (is there a display?)")?,
    };
    // Given back by the system at the very end, when nothing of this process can touch the folder any more.
    let _held = match Held::wait(&folder) {
        Ok(held) => ManuallyDrop::new(held),
        Err(error) => {
            once::refuse(&folder, &error, language);
            return Ok(1);
        }
    };
    let code = app.run_return(move |app, event| on_event(app, &event));
    console.stop();
    if let Some(left) = console.ready().and_then(|ready| ready.replica.on_screen().ok()) {
        runtime.block_on(notify::take_down(left));
    }
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    once.succeed();
    Ok(code)
}

fn on_event(app: &AppHandle, event: &RunEvent) {
    match event {
        // The last window was closed; the tray stays. Only Quit carries a code.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        RunEvent::WindowEvent {
            event: event @ (WindowEvent::Focused(_) | WindowEvent::Destroyed), ..
        } => window::happened(app, event),
        RunEvent::WindowEvent { label, event: WindowEvent::CloseRequested { api, .. }, .. }
            if !desktop::has_tray(app) =>
        {
            // Without a tray a closed window could not be found again.
            api.prevent_close();
            if let Some(window) = app.get_webview_window(label) {
                let _ = window.minimize();
            }
        }
        _ => {}
    }
}
