//! Puts the console on the desktop: tray or window at the start, and afterwards whatever changes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser as _;
use navi_replica::ReplicaEvent;
use tauri::{AppHandle, Manager as _};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{oneshot, watch};

use crate::args::Args;
use crate::console::{Console, EnrollForm, Mode, Ready};
use crate::language::Spoken;
use crate::link::Link;
use crate::secrets::Passphrase;
use crate::tray::state::TrayState;
use crate::tray::{MostUrgent, Tray};
use crate::{notify, once, window};

/// Whether the tray item is on the screen.
#[derive(Default)]
struct TrayShown(AtomicBool);

/// Whether the tray item is on the screen.
pub(crate) fn has_tray(app: &AppHandle) -> bool {
    app.try_state::<TrayShown>().is_some_and(|shown| shown.0.load(Ordering::Relaxed))
}

/// Starts everything that runs beside the main loop.
pub(crate) fn start(app: &AppHandle, args: Args) {
    app.manage(TrayShown::default());
    app.manage(MostUrgent::default());
    let console = Arc::clone(&app.state::<Arc<Console>>());
    tauri::async_runtime::spawn(follow_tray(app.clone(), Arc::clone(&console), args.link.clone()));
    tauri::async_runtime::spawn(follow_copy(app.clone(), Arc::clone(&console)));
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        console.open().await;
        if let Err(error) = enrol_if_asked(&console, &args).await {
            // It cannot do what it was started for.
            eprintln!("navi-console: this console was not enrolled: {error:#}");
            once::quit(&app, 1);
        } else if args.link.is_none()
            && matches!(*console.watch().borrow(), Mode::Enroll)
            && !window::is_open(&app)
        {
            // Nothing can wait here before somebody has enrolled it. A window that is there is left as it is.
            window::open(&app, None);
        }
    });
}

/// Another start with the same data folder, which handed itself over: shows the window, or does what its arguments ask.
pub(crate) fn second_start(app: &AppHandle, argv: &[String]) {
    let Ok(args) = Args::try_parse_from(argv) else { return window::open(app, None) };
    if args.enroll.is_some() {
        let (app, console) = (app.clone(), Arc::clone(&app.state::<Arc<Console>>()));
        tauri::async_runtime::spawn(async move {
            match enrol_if_asked(&console, &args).await {
                Ok(()) => window::open(&app, None),
                Err(error) => {
                    tracing::warn!("this console was not enrolled: {error:#}");
                    window::open_enrolment(&app, args.enroll.as_deref().unwrap_or_default());
                }
            }
        });
    } else {
        show(app, args.link.as_deref());
    }
}

fn show(app: &AppHandle, link: Option<&str>) {
    match link.map(Link::parse) {
        Some(Some(Link::Enroll(link))) => window::open_enrolment(app, &link),
        Some(Some(Link::Approval(id))) => window::open(app, Some(&id)),
        Some(None) => {
            tracing::warn!("a link that is none of ours was not followed");
            window::open(app, None);
        }
        None => window::open(app, None),
    }
}

/// `--enroll LINK`, unless this console is enrolled already: then the invite is not spent.
async fn enrol_if_asked(console: &Console, args: &Args) -> anyhow::Result<()> {
    let Some(link) = args.enroll.clone() else { return Ok(()) };
    if console.ready().is_some() {
        tracing::info!("already enrolled");
        return Ok(());
    }
    let passphrase = args.passphrase_file.as_deref().map(first_line).transpose()?;
    let (name, shared) = (args.name.clone(), args.shared);
    let form = EnrollForm { link: Some(link), name, passphrase, shared, ..EnrollForm::default() };
    console.enroll(form).await.map_err(|refusal| anyhow::anyhow!(refusal.message()))?;
    tracing::info!("enrolled");
    Ok(())
}

fn first_line(path: &std::path::Path) -> anyhow::Result<Passphrase> {
    let text = std::fs::read_to_string(path)
        .map(zeroize::Zeroizing::new)
        .with_context(|| format!("the passphrase file {} cannot be read", path.display()))?;
    Ok(Passphrase::from(text.lines().next().unwrap_or_default().to_owned()))
}

/// Shows the tray item, or a window where no tray is; then keeps the item true. A tray may come later.
async fn follow_tray(app: AppHandle, console: Arc<Console>, link: Option<String>) {
    let (mut mode, mut host) = (console.watch(), tray_host().await);
    let mut language = app.state::<Spoken>().watch();
    let mut tray: Option<Arc<Mutex<Tray>>> = None;
    let mut known = None;
    let mut first = true;
    loop {
        let now = mode.borrow_and_update().clone();
        let mut changes = if let Mode::Ready(ready) = &now { Some(ready.replica.watch()) } else { None };
        let spoken = *language.borrow_and_update();
        let state = TrayState::read(&now, spoken).unwrap_or_else(|error| {
            tracing::error!(%error, "the local copy could not be read");
            TrayState { language: spoken, ..TrayState::default() }
        });
        if tray.is_none() && *host.borrow_and_update() {
            tray = put(&app, state.clone()).await.map(|tray| Arc::new(Mutex::new(tray)));
        } else if let Some(tray) = tray.as_ref().filter(|_| known.as_ref() != Some(&state)) {
            draw(&app, Arc::clone(tray), state.clone());
        }
        known = Some(state);
        if let Some(shown) = app.try_state::<TrayShown>() {
            // The item stays when the tray goes, and is taken again by the next one; until then nobody sees it.
            shown.0.store(tray.is_some() && *host.borrow_and_update(), Ordering::Relaxed);
        }
        if std::mem::take(&mut first) && (tray.is_none() || link.is_some()) {
            show(&app, link.as_deref());
        }
        tokio::select! {
            changed = mode.changed() => if changed.is_err() { return },
            () = any(changes.as_mut()) => {}
            changed = language.changed() => if changed.is_err() { return },
            changed = host.changed() => if changed.is_err() { std::future::pending().await },
            // Minutes left go down without any event.
            () = tokio::time::sleep(Duration::from_secs(20)) => {}
        }
    }
}

fn draw(app: &AppHandle, tray: Arc<Mutex<Tray>>, state: TrayState) {
    let handle = app.clone();
    let sent = app.run_on_main_thread(move || {
        let mut tray = tray.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = tray.show(&handle, &state) {
            tracing::warn!(%error, "the tray does not take the new state");
        }
    });
    if let Err(error) = sent {
        tracing::debug!(%error, "the main loop has ended");
    }
}

/// A change of the copy; never, when there is none.
async fn any(changes: Option<&mut tokio::sync::watch::Receiver<navi_replica::ReplicaState>>) {
    match changes {
        Some(changes) => {
            if changes.changed().await.is_err() {
                std::future::pending().await
            }
        }
        None => std::future::pending().await,
    }
}

/// The tray belongs to the main thread.
async fn put(app: &AppHandle, state: TrayState) -> Option<Tray> {
    let (send, receive) = oneshot::channel();
    let handle = app.clone();
    app.run_on_main_thread(move || {
        let _ = send.send(Tray::new(&handle, &state));
    })
    .ok()?;
    match receive.await.ok()? {
        Ok(tray) => Some(tray),
        Err(error) => {
            tracing::warn!(%error, "the tray does not take the item; a window is opened instead");
            None
        }
    }
}

/// Tells an open window what changed, and people what is new; again, when another copy takes the place of this one.
async fn follow_copy(app: AppHandle, console: Arc<Console>) {
    let mut mode = console.watch();
    loop {
        let now = mode.borrow_and_update().clone();
        window::tell_changed(&app, &["state", "approvals", "outbox", "emergency", "oncall"]);
        let Mode::Ready(ready) = now else {
            if mode.changed().await.is_err() {
                return;
            }
            continue;
        };
        let announcer = notify::announcer::start(&app, Arc::clone(&console), ready.replica.clone());
        let events = ready.replica.subscribe();
        console.start_sync(&ready);
        tokio::select! {
            () = tell_window(&app, &ready, events) => return,
            changed = mode.changed() => if changed.is_err() { return },
        }
        announcer.abort();
    }
}

async fn tell_window(app: &AppHandle, ready: &Ready, mut events: broadcast::Receiver<ReplicaEvent>) {
    window::tell_changed(app, &["state", "approvals", "outbox", "emergency", "oncall", "rights"]);
    let mut state = ready.replica.watch();
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(ReplicaEvent::VoteOutcome(_)) => window::tell_changed(app, &["outbox", "state"]),
                Ok(ReplicaEvent::EmergencyChanged) => window::tell_changed(app, &["emergency", "state"]),
                Ok(ReplicaEvent::IntegrityBroken(_)) => window::tell_changed(app, &["state"]),
                Ok(ReplicaEvent::OncallChanged) => window::tell_changed(app, &["oncall"]),
                Ok(ReplicaEvent::RightsChanged) => window::tell_changed(app, &["rights"]),
                Ok(_) => window::tell_changed(app, &["approvals", "state"]),
                Err(RecvError::Lagged(_)) => {
                    window::tell_changed(app, &["approvals", "state", "emergency", "oncall", "rights"]);
                }
                Err(RecvError::Closed) => return,
            },
            changed = state.changed() => {
                if changed.is_err() {
                    return;
                }
                window::tell_changed(app, &["state", "outbox"]);
            }
        }
    }
}

/// Whether something draws tray items.
#[cfg(target_os = "linux")]
async fn tray_host() -> watch::Receiver<bool> {
    crate::tray::host::follow().await
}

/// Whether something draws tray items: elsewhere than on Linux the system always does.
#[cfg(not(target_os = "linux"))]
async fn tray_host() -> watch::Receiver<bool> {
    watch::channel(true).1
}
