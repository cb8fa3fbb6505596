//! A fake notification daemon: owns `org.freedesktop.Notifications`, records what it is told, and presses buttons when a
//! test says so. It can also be restarted, be poor (no `actions` capability), be silent (`Inhibited`, as Plasma has it),
//! keep a call waiting, and be impersonated.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use tokio::sync::watch;
use zbus::Connection;
use zbus::zvariant::OwnedValue;

use crate::desktop::Desktop;
use crate::wait;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// One notification as the daemon got it.
#[derive(Clone, Debug)]
pub struct Notification {
    /// The daemon's id.
    pub id: u32,
    /// Id it asked to replace; 0 for none.
    pub replaces_id: u32,
    /// Program's name.
    pub app: String,
    /// Title.
    pub summary: String,
    /// Text.
    pub body: String,
    /// Keys and labels of the buttons.
    pub actions: Vec<(String, String)>,
    /// Hints, such as `urgency`.
    pub hints: HashMap<String, OwnedValue>,
    /// Unique bus name of the program that sent it.
    pub sender: String,
    /// Not closed yet.
    pub open: bool,
}

impl Notification {
    /// Key of the button with this label, whatever the key is.
    #[must_use]
    pub fn key_of(&self, label: &str) -> Option<String> {
        self.actions.iter().find(|(_, l)| l == label).map(|(key, _)| key.clone())
    }

    /// Labels of the buttons. The default action, which has no button, is left out.
    #[must_use]
    pub fn buttons(&self) -> Vec<&str> {
        self.actions.iter().filter(|(key, _)| key != "default").map(|(_, label)| label.as_str()).collect()
    }

    /// Summary and body in one text.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}", self.summary, self.body)
    }
}

#[derive(Debug, Default)]
struct Seen {
    capabilities: Vec<String>,
    all: Vec<Notification>,
    last_id: u32,
    /// What `Inhibited` says; `None`: there is no such property.
    inhibited: Option<bool>,
    /// Answers to `Notify` are kept back while this is true.
    stalled: watch::Sender<bool>,
    /// Nothing is taken off the screen on demand while this is true.
    holds: watch::Sender<bool>,
    /// Ids that it was told to take away.
    told_to_close: Vec<u32>,
}

type Shared = Arc<Mutex<Seen>>;

fn lock(seen: &Shared) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Service(Shared);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Service {
    fn get_capabilities(&self) -> Vec<String> {
        lock(&self.0).capabilities.clone()
    }

    fn get_server_information(&self) -> (&str, &str, &str, &str) {
        ("navi-tests", "navi", "1", "1.2")
    }

    #[zbus(property)]
    fn inhibited(&self) -> zbus::fdo::Result<bool> {
        let none = || zbus::fdo::Error::UnknownProperty("there is no Inhibited here".into());
        lock(&self.0).inhibited.ok_or_else(none)
    }

    #[expect(clippy::too_many_arguments, reason = "the Desktop Notifications Specification has eight")]
    async fn notify(
        &self,
        #[zbus(header)] header: zbus::message::Header<'_>,
        app: String,
        replaces_id: u32,
        _icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        let mut stalled = lock(&self.0).stalled.subscribe();
        // The sender lives as long as the daemon.
        let _ = stalled.wait_for(|stalled| !*stalled).await;
        let mut seen = lock(&self.0);
        let id = if replaces_id == 0 {
            seen.last_id += 1;
            seen.last_id
        } else {
            replaces_id
        };
        let actions = actions.chunks_exact(2).filter_map(pair).collect();
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        for old in seen.all.iter_mut().filter(|n| n.id == id) {
            old.open = false;
        }
        seen.all.push(Notification {
            id,
            replaces_id,
            app,
            summary,
            body,
            actions,
            hints,
            sender,
            open: true,
        });
        id
    }

    async fn close_notification(
        &self,
        id: u32,
        #[zbus(connection)] connection: &Connection,
    ) -> zbus::fdo::Result<()> {
        let mut holds = {
            let mut seen = lock(&self.0);
            seen.told_to_close.push(id);
            seen.holds.subscribe()
        };
        let _ = holds.wait_for(|holds| !*holds).await;
        close(&self.0, id);
        emit(connection, "NotificationClosed", &(id, 3_u32)).await?;
        Ok(())
    }
}

async fn emit<B>(connection: &Connection, signal: &str, body: &B) -> zbus::Result<()>
where
    B: serde::Serialize + zbus::zvariant::DynamicType,
{
    connection.emit_signal(None::<zbus::names::BusName<'_>>, PATH, NAME, signal, body).await
}

fn pair(chunk: &[String]) -> Option<(String, String)> {
    match chunk {
        [key, label] => Some((key.clone(), label.clone())),
        _ => None,
    }
}

fn close(seen: &Shared, id: u32) {
    for notification in lock(seen).all.iter_mut().filter(|n| n.id == id) {
        notification.open = false;
    }
}

/// The fake daemon of one desktop. Dropping it gives the name back.
#[derive(Debug)]
pub struct NotificationDaemon {
    connection: Connection,
    seen: Shared,
}

impl NotificationDaemon {
    /// Starts a daemon that can show buttons.
    ///
    /// # Errors
    /// When the bus refuses the name.
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        Self::start_with(desktop, &["actions", "body", "body-markup", "persistence"]).await
    }

    /// Starts a daemon with these capabilities.
    ///
    /// # Errors
    /// When the bus refuses the name.
    pub async fn start_with(desktop: &Desktop, capabilities: &[&str]) -> Result<Self> {
        let capabilities = capabilities.iter().map(|&c| c.to_owned()).collect();
        let seen = Arc::new(Mutex::new(Seen { capabilities, ..Seen::default() }));
        Ok(Self { connection: serve(desktop, &seen).await?, seen })
    }

    /// Ends the daemon and starts another one: all notifications are gone from the screen, the bus name has another
    /// owner, and no id of before is given again, so that a test can tell old buttons from new ones.
    ///
    /// # Errors
    /// When the bus refuses the name.
    pub async fn restart(&mut self, desktop: &Desktop) -> Result<()> {
        self.connection.release_name(NAME).await?;
        self.connection.clone().close().await?;
        {
            let mut seen = lock(&self.seen);
            seen.last_id += 1000;
            for notification in &mut seen.all {
                notification.open = false;
            }
        }
        self.connection = serve(desktop, &self.seen).await?;
        Ok(())
    }

    /// Says whether it is silent now, as Plasma does; before the first call it has no word for that.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn set_inhibited(&self, inhibited: bool) -> Result<()> {
        lock(&self.seen).inhibited = Some(inhibited);
        let changed = HashMap::from([("Inhibited", zbus::zvariant::Value::from(inhibited))]);
        let body = (NAME, changed, Vec::<String>::new());
        let (everybody, properties) = (None::<zbus::names::BusName<'_>>, "org.freedesktop.DBus.Properties");
        Ok(self.connection.emit_signal(everybody, PATH, properties, "PropertiesChanged", &body).await?)
    }

    /// Keeps the answers to `Notify` back, or lets them go.
    pub fn set_stalled(&self, stalled: bool) {
        lock(&self.seen).stalled.send_replace(stalled);
    }

    /// Keeps on the screen what it is told to take away, as a slow daemon does for a moment; or lets it go.
    pub fn set_holding(&self, holding: bool) {
        lock(&self.seen).holds.send_replace(holding);
    }

    /// Waits until it was told to take this notification away.
    ///
    /// # Errors
    /// When nobody wants that.
    pub async fn wait_until_told_to_close(&self, id: u32) -> Result<()> {
        wait::until(&format!("notification {id} is to be closed"), async || {
            lock(&self.seen).told_to_close.contains(&id).then_some(())
        })
        .await
    }

    /// Gives the bus name back, so that another daemon can take it.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn step_down(&self) -> Result<()> {
        self.connection.release_name(NAME).await?;
        Ok(())
    }

    /// The daemon's unique bus name.
    #[must_use]
    pub fn unique_name(&self) -> String {
        self.connection.unique_name().map(ToString::to_string).unwrap_or_default()
    }

    /// Everything it was ever told, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Notification> {
        lock(&self.seen).all.clone()
    }

    /// What is on the screen.
    #[must_use]
    pub fn open(&self) -> Vec<Notification> {
        self.all().into_iter().filter(|n| n.open).collect()
    }

    /// Waits for an open notification.
    ///
    /// # Errors
    /// When none comes; with all that came instead.
    pub async fn wait_for(&self, what: &str, wanted: impl Fn(&Notification) -> bool) -> Result<Notification> {
        wait::until(what, async || self.open().into_iter().find(&wanted))
            .await
            .with_context(|| format!("notifications so far: {:#?}", self.all()))
    }

    /// Waits for a notification that came, whether or not it is still on the screen: some stand there for seconds only.
    ///
    /// # Errors
    /// When none comes; with all that came instead.
    pub async fn wait_for_news(
        &self,
        what: &str,
        wanted: impl Fn(&Notification) -> bool,
    ) -> Result<Notification> {
        wait::until(what, async || self.all().into_iter().rfind(&wanted))
            .await
            .with_context(|| format!("notifications so far: {:#?}", self.all()))
    }

    /// Waits until this notification is off the screen.
    ///
    /// # Errors
    /// When it stays.
    pub async fn wait_until_closed(&self, id: u32) -> Result<()> {
        wait::until(&format!("notification {id} is withdrawn"), async || {
            self.open().iter().all(|n| n.id != id).then_some(())
        })
        .await
    }

    /// Presses the button with this key, as a person would: the daemon says so and takes the notification away.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn press(&self, id: u32, key: &str) -> Result<()> {
        emit(&self.connection, "ActionInvoked", &(id, key)).await?;
        close(&self.seen, id);
        Ok(emit(&self.connection, "NotificationClosed", &(id, 2_u32)).await?)
    }

    /// Presses the button with this label.
    ///
    /// # Errors
    /// When there is no such button.
    pub async fn press_button(&self, notification: &Notification, label: &str) -> Result<()> {
        let key = notification
            .key_of(label)
            .with_context(|| format!("no button {label:?} on {:?}", notification.actions))?;
        self.press(notification.id, &key).await
    }

    /// Swipes it away.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn dismiss(&self, id: u32) -> Result<()> {
        close(&self.seen, id);
        Ok(emit(&self.connection, "NotificationClosed", &(id, 2_u32)).await?)
    }
}

async fn serve(desktop: &Desktop, seen: &Shared) -> Result<Connection> {
    let connection = desktop.bus().await?;
    connection.object_server().at(PATH, Service(Arc::clone(seen))).await?;
    connection.request_name(NAME).await.context("the notification name is taken")?;
    Ok(connection)
}

/// Has another program show a notification with an Approve button; its id.
///
/// # Errors
/// When nothing on the desktop shows notifications.
pub async fn show_as_another_program(desktop: &Desktop, summary: &str) -> Result<u32> {
    let hints: HashMap<&str, zbus::zvariant::Value<'_>> = HashMap::new();
    let actions = ["approve", "Approve"];
    let body = ("another program", 0_u32, "", summary, "", actions.as_slice(), hints, 0_i32);
    let answer = desktop.bus().await?.call_method(Some(NAME), PATH, Some(NAME), "Notify", &body).await?;
    Ok(answer.body().deserialize()?)
}

/// Says "this button was pressed" from a connection that is not the daemon's, as a hostile program of the same user can.
/// Returns the unique name it came from.
///
/// # Errors
/// When the bus is gone.
pub async fn forge_press(desktop: &Desktop, id: u32, key: &str) -> Result<String> {
    let liar = desktop.bus().await?;
    emit(&liar, "ActionInvoked", &(id, key)).await?;
    // A call that returns shows that the bus has taken the signal before the connection goes.
    zbus::fdo::DBusProxy::new(&liar).await?.get_id().await?;
    Ok(liar.unique_name().map(ToString::to_string).unwrap_or_default())
}
