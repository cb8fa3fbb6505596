//! A fake screen saver and a fake login manager: own `org.freedesktop.ScreenSaver` or `org.freedesktop.login1`, and say that
//! the screen is locked when a test says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use zbus::Connection;

use crate::desktop::Desktop;

const NAME: &str = "org.freedesktop.ScreenSaver";
const PATH: &str = "/org/freedesktop/ScreenSaver";

struct Service(Arc<AtomicBool>);

#[zbus::interface(name = "org.freedesktop.ScreenSaver")]
impl Service {
    fn get_active(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The screen saver of one desktop.
#[derive(Debug)]
pub struct ScreenSaver {
    connection: Connection,
    active: Arc<AtomicBool>,
}

impl ScreenSaver {
    /// Starts one whose screen is not locked.
    ///
    /// # Errors
    /// When the bus refuses the name.
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let active = Arc::new(AtomicBool::new(false));
        let connection = desktop.bus().await?;
        connection.object_server().at(PATH, Service(Arc::clone(&active))).await?;
        connection.request_name(NAME).await.context("the screen saver's name is taken")?;
        Ok(Self { connection, active })
    }

    /// Locks the screen or unlocks it, and says so.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn set_active(&self, active: bool) -> Result<()> {
        self.active.store(active, Ordering::Release);
        let everybody = None::<zbus::names::BusName<'_>>;
        Ok(self.connection.emit_signal(everybody, PATH, NAME, "ActiveChanged", &(active,)).await?)
    }
}

const LOGIN: &str = "org.freedesktop.login1";
const SESSION: &str = "/org/freedesktop/login1/session/auto";

struct Session(Arc<AtomicBool>);

#[zbus::interface(name = "org.freedesktop.login1.Session")]
impl Session {
    #[zbus(property)]
    fn locked_hint(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The login manager, on a desktop whose bus is also its system's.
#[derive(Debug)]
pub struct Logind {
    connection: Connection,
    locked: Arc<AtomicBool>,
}

impl Logind {
    /// Starts one whose session is locked or not.
    ///
    /// # Errors
    /// When the bus refuses the name.
    pub async fn start(desktop: &Desktop, locked: bool) -> Result<Self> {
        let locked = Arc::new(AtomicBool::new(locked));
        let connection = desktop.bus().await?;
        connection.object_server().at(SESSION, Session(Arc::clone(&locked))).await?;
        connection.request_name(LOGIN).await.context("the login manager's name is taken")?;
        Ok(Self { connection, locked })
    }

    /// Locks the session or unlocks it, and says so.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn set_locked(&self, locked: bool) -> Result<()> {
        self.locked.store(locked, Ordering::Release);
        let session = self.connection.object_server().interface::<_, Session>(SESSION).await?;
        session.get().await.locked_hint_changed(session.signal_emitter()).await?;
        Ok(())
    }
}
