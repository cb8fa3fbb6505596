//! What a Linux desktop tells about itself: what shows notifications, whether it is told to be silent, whether the
//! screen is locked or shared. The specification has no word for silence; each desktop has its own.

use std::time::Duration;

use zbus::Connection;
use zbus::zvariant::OwnedValue;

use super::Found;
use crate::words::shown;

/// The service's name, and its interface's.
pub(crate) const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
pub(super) const BUS: &str = "org.freedesktop.DBus";
/// Where the service is.
pub(crate) const PATH: &str = "/org/freedesktop/Notifications";
pub(super) const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Where a desktop says that it is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    /// A property of the service itself: Plasma's `Inhibited`, or dunst's `paused`.
    Property(&'static str, &'static str),
    /// Xfce's settings.
    Xfconf,
    /// A list of modes.
    Mako,
    /// A call.
    SwayNc,
    /// A switch in GSettings: schema, key, and the value that means silence.
    Settings(&'static str, &'static str, bool),
}

/// Where to look, by the service's own name and vendor.
fn silence(name: &str, vendor: &str) -> Silence {
    let (name, vendor) = (name.to_lowercase(), vendor.to_lowercase());
    let says = |word: &str| name.contains(word) || vendor.contains(word);
    if says("dunst") {
        Silence::Property("org.dunstproject.cmd0", "paused")
    } else if says("xfce") {
        Silence::Xfconf
    } else if says("mako") {
        Silence::Mako
    } else if says("swaync") || says("sway notification") {
        Silence::SwayNc
    } else if says("mate") {
        Silence::Settings("org.mate.NotificationDaemon", "do-not-disturb", true)
    } else if says("cinnamon") {
        Silence::Settings("org.cinnamon.desktop.notifications", "display-notifications", false)
    } else if says("gnome") {
        Silence::Settings("org.gnome.desktop.notifications", "show-banners", false)
    } else {
        Silence::Property(NOTIFICATIONS, "Inhibited")
    }
}

/// What shows notifications, as it names itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Service {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its capabilities.
    pub(crate) capabilities: Vec<String>,
    /// It draws the default action as one more button.
    pub(super) draws_default: bool,
    /// It falls silent while the screen is shared.
    silent_when_shared: bool,
    silence: Silence,
}

impl Service {
    /// Asks it; `None`: nothing answers.
    pub(crate) async fn ask(connection: &Connection) -> Option<Self> {
        let told = call(connection, NOTIFICATIONS, PATH, NOTIFICATIONS, "GetServerInformation", &()).await?;
        let (name, vendor, version, _) =
            told.body().deserialize::<(String, String, String, String)>().ok()?;
        let capabilities = call(connection, NOTIFICATIONS, PATH, NOTIFICATIONS, "GetCapabilities", &()).await;
        let capabilities =
            capabilities.and_then(|m| m.body().deserialize::<Vec<String>>().ok()).unwrap_or_default();
        Some(Self {
            silence: silence(&name, &vendor),
            draws_default: name.to_lowercase().contains("xfce"),
            silent_when_shared: is_silent_when_shared(&name, &vendor),
            name,
            version,
            capabilities,
        })
    }

    /// What it can do and whether it is silent now.
    pub(super) async fn found(&self, connection: &Connection, system: Option<&Connection>) -> Found {
        let do_not_disturb = self.is_silent(connection).await;
        Found {
            service: Some(shown(format!("{} {}", self.name, self.version).trim(), 100)),
            actions: self.capabilities.iter().any(|c| c == "actions"),
            do_not_disturb,
            locked: is_locked(connection, system).await,
            shared: self.is_shared(do_not_disturb),
        }
    }

    /// Whether the screen may be shared; `None`: nobody tells. No desktop tells a program whether somebody watches. One
    /// that falls silent while the screen is shared says so by its silence, which may have another cause.
    pub(crate) fn is_shared(&self, do_not_disturb: Option<bool>) -> Option<bool> {
        do_not_disturb.filter(|_| self.silent_when_shared)
    }

    /// Whether it is told to be silent; `None`: it has no word for it.
    pub(crate) async fn is_silent(&self, connection: &Connection) -> Option<bool> {
        match self.silence {
            Silence::Property(interface, name) => {
                let asked = (interface, name);
                let told = call(connection, NOTIFICATIONS, PATH, PROPERTIES, "Get", &asked).await?;
                bool::try_from(told.body().deserialize::<OwnedValue>().ok()?).ok()
            }
            Silence::Xfconf => {
                let (name, path) = ("org.xfce.Xfconf", "/org/xfce/Xfconf");
                let asked = ("xfce4-notifyd", "/do-not-disturb");
                let told = call(connection, name, path, name, "GetProperty", &asked).await?;
                bool::try_from(told.body().deserialize::<OwnedValue>().ok()?).ok()
            }
            Silence::Mako => {
                let (name, path) = ("org.freedesktop.Notifications", "/fr/emersion/Mako");
                let told = call(connection, name, path, "fr.emersion.Mako", "ListModes", &()).await?;
                let modes = told.body().deserialize::<Vec<String>>().ok()?;
                Some(modes.iter().any(|mode| mode == "do-not-disturb"))
            }
            Silence::SwayNc => {
                let (name, path) = ("org.erikreider.swaync.cc", "/org/erikreider/swaync/cc");
                let told = call(connection, name, path, name, "GetDnd", &()).await?;
                told.body().deserialize::<bool>().ok()
            }
            Silence::Settings(schema, key, silent) => setting(schema, key).map(|value| value == silent),
        }
    }
}

/// A switch of GSettings; `None` where there is none of that name.
fn setting(schema: &str, key: &str) -> Option<bool> {
    use gtk::gio::prelude::SettingsExt as _;
    let source = gtk::gio::SettingsSchemaSource::default()?;
    let known = source.lookup(schema, true)?;
    known.has_key(key).then(|| gtk::gio::Settings::new(schema).boolean(key))
}

/// Plasma's portal inhibits notifications for as long as a program records the screen.
fn is_silent_when_shared(name: &str, vendor: &str) -> bool {
    name.eq_ignore_ascii_case("plasma") && vendor.eq_ignore_ascii_case("kde")
}

/// The login manager's name, on the system's bus.
pub(super) const LOGIN: &str = "org.freedesktop.login1";
/// The session of whoever asks.
const OWN_SESSION: &str = "/org/freedesktop/login1/session/auto";

/// Whether the screen is locked; `None`: nobody tells. Whoever says yes is believed: a screen saver that only blanks the
/// screen knows nothing of a lock that another program holds.
pub(crate) async fn is_locked(connection: &Connection, system: Option<&Connection>) -> Option<bool> {
    let mut told = Vec::new();
    for (name, path) in [
        ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
        ("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
    ] {
        if is_owned(connection, name).await {
            let answer = call(connection, name, path, name, "GetActive", &()).await;
            told.push(answer.and_then(|m| m.body().deserialize::<bool>().ok()));
        }
    }
    if let Some(system) = system
        && is_owned(system, LOGIN).await
    {
        let asked = ("org.freedesktop.login1.Session", "LockedHint");
        let answer = call(system, LOGIN, OWN_SESSION, PROPERTIES, "Get", &asked).await;
        let value = answer.and_then(|m| m.body().deserialize::<OwnedValue>().ok());
        told.push(value.and_then(|value| bool::try_from(value).ok()));
    }
    any(&told)
}

/// Yes if anybody says so, no if somebody does and nobody says yes.
fn any(told: &[Option<bool>]) -> Option<bool> {
    told.iter().flatten().copied().reduce(|a, b| a || b)
}

/// Asking a name that nobody owns would start a service.
async fn is_owned(connection: &Connection, name: &str) -> bool {
    let owned = call(connection, BUS, "/org/freedesktop/DBus", BUS, "NameHasOwner", &(name,)).await;
    owned.is_some_and(|m| m.body().deserialize::<bool>().unwrap_or(false))
}

async fn call<B>(
    connection: &Connection,
    name: &str,
    path: &str,
    interface: &str,
    method: &str,
    body: &B,
) -> Option<zbus::Message>
where
    B: serde::Serialize + zbus::zvariant::DynamicType,
{
    let call = connection.call_method(Some(name), path, Some(interface), method, body);
    tokio::time::timeout(ANSWER_WITHIN, call).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_says_locked_is_believed_and_who_says_nothing_says_nothing() {
        assert_eq!(any(&[]), None);
        assert_eq!(any(&[None, None]), None);
        assert_eq!(any(&[None, Some(false)]), Some(false));
        assert_eq!(any(&[Some(false), Some(true), None]), Some(true));
    }

    #[test]
    fn silence_means_a_shared_screen_only_where_sharing_silences() {
        let service = |name: &str, vendor: &str| Service {
            name: name.to_owned(),
            version: String::new(),
            capabilities: Vec::new(),
            draws_default: false,
            silent_when_shared: is_silent_when_shared(name, vendor),
            silence: silence(name, vendor),
        };
        assert_eq!(service("Plasma", "KDE").is_shared(Some(true)), Some(true));
        assert_eq!(service("Plasma", "KDE").is_shared(Some(false)), Some(false));
        assert_eq!(service("Plasma", "KDE").is_shared(None), None);
        assert_eq!(service("gnome-shell", "GNOME").is_shared(Some(true)), None);
        assert_eq!(service("dunst", "knopwob").is_shared(Some(true)), None);
    }

    #[test]
    fn each_desktop_is_asked_in_its_own_words() {
        assert_eq!(silence("Plasma", "KDE"), Silence::Property(NOTIFICATIONS, "Inhibited"));
        assert_eq!(silence("dunst", "knopwob"), Silence::Property("org.dunstproject.cmd0", "paused"));
        assert_eq!(silence("Xfce Notify Daemon", "Xfce"), Silence::Xfconf);
        assert_eq!(silence("mako", "emersion"), Silence::Mako);
        assert!(matches!(
            silence("gnome-shell", "GNOME"),
            Silence::Settings("org.gnome.desktop.notifications", ..)
        ));
        assert!(matches!(
            silence("Notification Daemon", "MATE"),
            Silence::Settings(_, "do-not-disturb", true)
        ));
        assert_eq!(silence("anything", "else"), Silence::Property(NOTIFICATIONS, "Inhibited"));
    }
}
