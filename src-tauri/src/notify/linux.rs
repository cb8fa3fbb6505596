//! Notifications over one D-Bus connection (Desktop Notifications Specification 1.3).
//!
//! Any process of the same user can send the signal `ActionInvoked`. A press counts only when its sender is the unique
//! bus name that answered `Notify`; when that name's owner changes, pending buttons are void and the notifications are
//! shown again at the new daemon. What was taken while the desktop was silent is shown again when it no longer is.
//!
//! What an earlier run left on the screen is replaced or closed, if the same daemon on the same bus still shows it: an
//! id means nothing to another one. A press on it is none, because nobody remembers what its buttons were for.

mod left;
mod wording;

use std::collections::HashMap;
use std::time::Duration;

use futures_util::stream::{BoxStream, StreamExt as _, select_all};
use navi_domain::delivery::Hindrance;
use navi_replica::OnScreen;
use tokio::sync::mpsc;
use zbus::message::{Message, Type};
use zbus::zvariant::Value;
use zbus::{Connection, MatchRule, MessageStream};

use super::muting::{self, Service};
use super::{Button, Found, Heard, Note, Notifier, Press};
pub(super) use left::take_down;
use wording::wording;

const NAME: &str = muting::NOTIFICATIONS;
const PATH: &str = muting::PATH;
const BUS: &str = muting::BUS;
const PROPERTIES: &str = muting::PROPERTIES;
/// Name of the installed .desktop file, by which desktops know whose notification this is.
const DESKTOP_ENTRY: &str = "Navi Governance";
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Not every desktop says when it goes silent; it is asked this often.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// So many that are being taken away are remembered.
const LEAVING_MOST: usize = 16;

enum Command {
    Show(Note),
    Withdraw(String),
}

/// The notifier of a Linux desktop.
pub(crate) struct Linux {
    commands: mpsc::UnboundedSender<Command>,
}

impl Linux {
    /// Starts the task that owns the connection.
    pub(super) fn start(heard: mpsc::UnboundedSender<Heard>, left: Vec<OnScreen>) -> Self {
        let (commands, mut wanted) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            if let Err(error) = run(&mut wanted, &heard, left).await {
                tracing::warn!(%error, "there are no notifications: the session bus cannot be used");
            }
            let _ = heard.send(Heard::Desktop(Found::default()));
            while let Some(command) = wanted.recv().await {
                if let Command::Show(note) = command {
                    let _ = heard.send(Heard::Hindered(Box::new(note), Hindrance::NoService));
                }
            }
        });
        Self { commands }
    }
}

impl Notifier for Linux {
    fn show(&self, note: Note) {
        // The task lives as long as this.
        let _ = self.commands.send(Command::Show(note));
    }

    fn withdraw(&self, key: &str) {
        let _ = self.commands.send(Command::Withdraw(key.to_owned()));
    }
}

/// One notification on the screen.
struct Shown {
    note: Note,
    id: u32,
    /// The unique name that answered `Notify`.
    owner: String,
    token: Option<String>,
    /// Taken while the desktop was silent.
    silenced: bool,
}

struct Bus {
    connection: Connection,
    /// The system's bus, where the login manager knows of a lock; `None`: there is none.
    system: Option<Connection>,
    service: Option<Service>,
    found: Found,
    silence_ended: bool,
    shown: Vec<Shown>,
    /// Being taken away: a press may have crossed that.
    leaving: Vec<Shown>,
    /// Shown by an earlier run, and neither replaced nor closed yet.
    left: Vec<OnScreen>,
    /// Wait for a daemon.
    homeless: Vec<Note>,
    heard: mpsc::UnboundedSender<Heard>,
    /// The bus's own id.
    bus_id: String,
    /// What stands on the screen, as it was said last.
    said: Vec<OnScreen>,
}

async fn run(
    wanted: &mut mpsc::UnboundedReceiver<Command>,
    heard: &mpsc::UnboundedSender<Heard>,
    left: Vec<OnScreen>,
) -> zbus::Result<()> {
    let connection = Connection::session().await?;
    let system = system_bus().await;
    let mut signals = signals(&connection, system.as_ref()).await?;
    let said = left.clone();
    let (bus_id, left) = left::still_known(&connection, left).await?;
    let mut bus = Bus {
        connection,
        system,
        service: None,
        found: Found::default(),
        silence_ended: false,
        shown: Vec::new(),
        leaving: Vec::new(),
        left,
        homeless: Vec::new(),
        heard: heard.clone(),
        bus_id,
        said,
    };
    bus.meet().await;
    let mut look = tokio::time::interval(LOOK_AGAIN);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    look.reset();
    loop {
        tokio::select! {
            command = wanted.recv() => match command {
                Some(Command::Show(note)) => bus.show(note).await,
                Some(Command::Withdraw(key)) => bus.withdraw(&key).await,
                None => return Ok(()),
            },
            signal = signals.next() => match signal {
                Some(Ok(message)) => bus.heard(&message).await,
                Some(Err(error)) => tracing::debug!(%error, "unreadable signal"),
                None => return Ok(()),
            },
            _ = look.tick() => bus.look().await,
        }
        bus.catch_up().await;
        bus.say_what_is_shown();
    }
}

/// The system's bus; `None` where there is none that answers.
async fn system_bus() -> Option<Connection> {
    tokio::time::timeout(ANSWER_WITHIN, Connection::system()).await.ok()?.ok()
}

async fn signals(
    connection: &Connection,
    system: Option<&Connection>,
) -> zbus::Result<BoxStream<'static, zbus::Result<Message>>> {
    let signal = || MatchRule::builder().msg_type(Type::Signal);
    let rules = [
        signal().interface(NAME)?.build(),
        signal().sender(BUS)?.interface(BUS)?.member("NameOwnerChanged")?.arg(0, NAME)?.build(),
        signal().interface(PROPERTIES)?.member("PropertiesChanged")?.path(PATH)?.build(),
        signal().interface("org.xfce.Xfconf")?.member("PropertyChanged")?.build(),
        signal().interface("org.freedesktop.ScreenSaver")?.member("ActiveChanged")?.build(),
        signal().interface("org.gnome.ScreenSaver")?.member("ActiveChanged")?.build(),
    ];
    let mut streams = Vec::new();
    for rule in rules {
        streams.push(MessageStream::for_match_rule(rule, connection, Some(64)).await?.boxed());
    }
    if let Some(system) = system {
        let rule =
            signal().sender(muting::LOGIN)?.interface(PROPERTIES)?.member("PropertiesChanged")?.build();
        // Without it, and when it ends, notifications go on: the lock is asked for again and again anyway.
        if let Ok(told) = MessageStream::for_match_rule(rule, system, Some(64)).await {
            streams.push(told.chain(futures_util::stream::pending()).boxed());
        }
    }
    Ok(select_all(streams).boxed())
}

impl Bus {
    /// Somebody new shows notifications, or nobody does.
    async fn meet(&mut self) {
        self.service = Service::ask(&self.connection).await;
        self.look().await;
    }

    /// Asks what the desktop can do now.
    async fn look(&mut self) {
        let found = match &self.service {
            Some(service) => service.found(&self.connection, self.system.as_ref()).await,
            None => Found::default(),
        };
        if found == self.found {
            return;
        }
        let was_silent = self.found.silenced().is_some();
        self.found = found;
        self.say(Heard::Desktop(self.found.clone()));
        self.silence_ended |= was_silent && self.found.silenced().is_none();
    }

    /// What the desktop held back is shown when it no longer is silent.
    async fn catch_up(&mut self) {
        if !std::mem::take(&mut self.silence_ended) {
            return;
        }
        let held = self.shown.iter().filter(|s| s.silenced && s.note.stays).map(|s| s.note.clone());
        for note in held.collect::<Vec<_>>() {
            self.show(note).await;
        }
    }

    /// For another run, should this one end: it could neither replace nor close what it does not know of.
    fn say_what_is_shown(&mut self) {
        let shown = self.shown.iter().map(|shown| OnScreen {
            key: shown.note.key.clone(),
            covers: shown.note.covers.clone(),
            id: shown.id,
            owner: shown.owner.clone(),
            bus: self.bus_id.clone(),
        });
        let now: Vec<OnScreen> = shown.chain(self.left.iter().cloned()).collect();
        if now != self.said {
            self.said.clone_from(&now);
            self.say(Heard::OnScreen(now));
        }
    }

    fn say(&self, heard: Heard) {
        // Nobody listens any more when the console ends.
        let _ = self.heard.send(heard);
    }

    async fn show(&mut self, note: Note) {
        self.homeless.retain(|n| n.key != note.key);
        if self.service.is_none() {
            self.meet().await;
        }
        match self.notify(&note).await {
            Ok((id, owner)) => {
                self.shown.retain(|s| s.note.key != note.key);
                self.left.retain(|one| one.key != note.key);
                let shown = Shown { note: note.clone(), id, owner, token: None, silenced: false };
                self.shown.push(shown);
                // First, so that as little as can be is on the screen without being known.
                self.say_what_is_shown();
                self.say(Heard::Accepted(Box::new(note.clone())));
                self.look().await;
                self.judge(note);
            }
            Err(error) => {
                tracing::warn!(%error, "no notification daemon took the notification");
                self.say(Heard::Hindered(Box::new(note.clone()), Hindrance::NoService));
                self.homeless.push(note);
            }
        }
    }

    /// Says whether what was taken is seen. A desktop that does not tell whether it is silent says so only by what the
    /// person does with the notification.
    fn judge(&mut self, note: Note) {
        let silenced = self.found.silenced();
        if let Some(shown) = self.shown.iter_mut().find(|s| s.note.key == note.key) {
            shown.silenced = silenced.is_some();
        }
        match silenced {
            Some(why) => self.say(Heard::Hindered(Box::new(note), why)),
            None if self.found.do_not_disturb == Some(false) => self.say(Heard::Seen(Box::new(note))),
            None => {}
        }
    }

    /// Sends `Notify`; says the id and who answered.
    async fn notify(&self, note: &Note) -> zbus::Result<(u32, String)> {
        let none = Vec::new();
        let capabilities = self.service.as_ref().map_or(&none, |s| &s.capabilities);
        let own = self.shown.iter().find(|s| s.note.key == note.key).map(|s| s.id);
        let left = || self.left.iter().find(|one| one.key == note.key).map(|one| one.id);
        let replaced = own.or_else(left).unwrap_or(0);
        let body_click = !self.service.as_ref().is_some_and(|s| s.draws_default);
        let (body, actions) = wording(note, capabilities, body_click);
        let urgency: u8 = if note.critical { 2 } else { 1 };
        let mut hints: HashMap<&str, Value<'_>> = HashMap::from([
            ("urgency", Value::from(urgency)),
            ("desktop-entry", Value::from(DESKTOP_ENTRY)),
            ("sender-pid", Value::from(i64::from(std::process::id()))),
        ]);
        if note.sound {
            let name = if note.critical { "dialog-warning" } else { "message-new-instant" };
            hints.insert("sound-name", Value::from(name));
        } else {
            hints.insert("suppress-sound", Value::from(true));
        }
        let timeout: i32 = if note.stays { 0 } else { -1 };
        let arguments =
            ("Navi Governance", replaced, "", note.summary.as_str(), body.as_str(), actions, hints, timeout);
        let answer = self.call("Notify", &arguments).await?;
        let id: u32 = answer.body().deserialize()?;
        let owner = answer.header().sender().map(ToString::to_string);
        owner.map(|owner| (id, owner)).ok_or(zbus::Error::Failure("an answer without a sender".to_owned()))
    }

    async fn call<B>(&self, method: &str, body: &B) -> zbus::Result<Message>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let call = self.connection.call_method(Some(NAME), PATH, Some(NAME), method, body);
        let timed_out = || zbus::Error::Failure(format!("{method} was not answered in time"));
        tokio::time::timeout(ANSWER_WITHIN, call).await.map_err(|_| timed_out())?
    }

    async fn withdraw(&mut self, key: &str) {
        self.homeless.retain(|n| n.key != key);
        let (gone, kept): (Vec<Shown>, Vec<Shown>) =
            std::mem::take(&mut self.shown).into_iter().partition(|s| s.note.key == key);
        self.shown = kept;
        let left = self.left.iter().filter(|one| one.key == key).map(|one| one.id);
        let ids: Vec<u32> = gone.iter().map(|s| s.id).chain(left).collect();
        self.left.retain(|one| one.key != key);
        // A daemon that never says that it took one away would make this grow.
        let crowd = self.leaving.len().saturating_sub(LEAVING_MOST);
        self.leaving.drain(..crowd);
        self.leaving.extend(gone);
        for id in ids {
            if let Err(error) = self.call("CloseNotification", &(id)).await {
                tracing::debug!(%error, "a notification could not be closed");
            }
        }
    }

    async fn heard(&mut self, message: &Message) {
        let header = message.header();
        let (Some(sender), Some(member)) = (header.sender(), header.member()) else { return };
        match (sender.as_str(), member.as_str()) {
            (BUS, "NameOwnerChanged") => {
                if let Ok((_, _, new)) = message.body().deserialize::<(String, String, String)>() {
                    self.owner_changed(&new).await;
                }
            }
            (sender, "ActivationToken") => {
                if let Ok((id, token)) = message.body().deserialize::<(u32, String)>()
                    && let Some(at) = self.genuine(id, sender)
                    && let Some(shown) = self.shown.get_mut(at)
                {
                    shown.token = Some(token);
                }
            }
            (sender, "ActionInvoked") => {
                if let Ok((id, key)) = message.body().deserialize::<(u32, String)>() {
                    self.pressed(id, sender, &key);
                }
            }
            (sender, "NotificationClosed") => {
                if let Ok((id, reason)) = message.body().deserialize::<(u32, u32)>() {
                    self.closed(id, sender, reason);
                }
            }
            // Whoever says so: it is a reason to look, and nothing is believed.
            (_, "PropertiesChanged" | "PropertyChanged" | "ActiveChanged") => self.look().await,
            _ => {}
        }
    }

    /// The notification of this id, if the sender is the daemon that showed it.
    fn genuine(&self, id: u32, sender: &str) -> Option<usize> {
        let at = self.shown.iter().position(|s| s.id == id)?;
        let ours = self.shown.get(at).is_some_and(|s| s.owner == sender);
        if !ours {
            tracing::warn!(id, sender, "a signal about a notification came from somebody else: ignored");
        }
        ours.then_some(at)
    }

    fn pressed(&mut self, id: u32, sender: &str, key: &str) {
        if let Some(at) = self.leaving.iter().position(|s| s.id == id && s.owner == sender) {
            // The person pressed before it was off the screen: what it meant is judged like any other press.
            let Shown { note, token, .. } = self.leaving.swap_remove(at);
            if let Some(button) = Button::pressed(&note, key) {
                self.say(Heard::Seen(Box::new(note.clone())));
                self.say(Heard::Press(Box::new(Press { button, note, activation_token: token })));
            }
            return;
        }
        let Some(at) = self.genuine(id, sender) else { return };
        let Some(button) = self.shown.get(at).and_then(|s| Button::pressed(&s.note, key)) else { return };
        // One press is all: the same notification means nothing any more.
        let Shown { note, token, .. } = self.shown.swap_remove(at);
        self.say(Heard::Seen(Box::new(note.clone())));
        self.say(Heard::Closed(note.key.clone()));
        self.say(Heard::Press(Box::new(Press { button, note, activation_token: token })));
    }

    /// 1 is "its time was over", 2 "the person closed it": both were seen, unless the desktop was silent.
    fn closed(&mut self, id: u32, sender: &str, reason: u32) {
        self.left.retain(|one| one.id != id || one.owner != sender);
        let before = self.leaving.len();
        self.leaving.retain(|s| s.id != id || s.owner != sender);
        if self.leaving.len() < before {
            return;
        }
        let Some(at) = self.genuine(id, sender) else { return };
        let gone = self.shown.swap_remove(at);
        let key = gone.note.key.clone();
        if reason == 2 || (reason == 1 && !gone.silenced) {
            self.say(Heard::Seen(Box::new(gone.note)));
        }
        self.say(Heard::Closed(key));
    }

    async fn owner_changed(&mut self, new: &str) {
        self.left.retain(|one| one.owner == new);
        self.leaving.retain(|s| s.owner == new);
        let (kept, void): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.shown).into_iter().partition(|s| s.owner == new);
        self.shown = kept;
        for shown in void {
            // Only what still waits for a decision is shown again.
            if shown.note.stays {
                self.say(Heard::Hindered(Box::new(shown.note.clone()), Hindrance::ServiceGone));
                self.homeless.push(shown.note);
            } else {
                self.say(Heard::Closed(shown.note.key));
            }
        }
        self.meet().await;
        if !new.is_empty() {
            for note in std::mem::take(&mut self.homeless) {
                self.show(note).await;
            }
        }
    }
}
