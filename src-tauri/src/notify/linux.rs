//! Notifications over one D-Bus connection (Desktop Notifications Specification 1.3).
//!
//! Any process of the same user can send the signal `ActionInvoked`. A press counts only when its sender is the unique
//! bus name that answered `Notify`; when that name's owner changes, pending buttons are void and the notifications are
//! shown again at the new daemon.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::stream::{BoxStream, StreamExt as _, select};
use tokio::sync::mpsc;
use zbus::message::{Message, Type};
use zbus::zvariant::Value;
use zbus::{Connection, MatchRule, MessageStream};

use super::{Button, Note, Notifier, Press};
use crate::words::escaped;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const BUS: &str = "org.freedesktop.DBus";
/// Name of the installed .desktop file, by which desktops know whose notification this is.
const DESKTOP_ENTRY: &str = "Navi Governance";
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

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
    pub(super) fn start(presses: mpsc::UnboundedSender<Press>) -> Self {
        let (commands, wanted) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            if let Err(error) = run(wanted, presses).await {
                tracing::warn!(%error, "there are no notifications: the session bus cannot be used");
            }
        });
        Self { commands }
    }
}

impl Notifier for Linux {
    fn show(&self, note: Note) {
        // The task is gone only when there is no bus, which was logged.
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
}

struct Bus {
    connection: Connection,
    shown: Vec<Shown>,
    /// Wait for a daemon.
    homeless: Vec<Note>,
    presses: mpsc::UnboundedSender<Press>,
}

async fn run(
    mut wanted: mpsc::UnboundedReceiver<Command>,
    presses: mpsc::UnboundedSender<Press>,
) -> zbus::Result<()> {
    let connection = Connection::session().await?;
    let mut signals = signals(&connection).await?;
    let mut bus = Bus { connection, shown: Vec::new(), homeless: Vec::new(), presses };
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
        }
    }
}

async fn signals(connection: &Connection) -> zbus::Result<BoxStream<'static, zbus::Result<Message>>> {
    let told = MatchRule::builder().msg_type(Type::Signal).interface(NAME)?.build();
    let owner = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(BUS)?
        .interface(BUS)?
        .member("NameOwnerChanged")?
        .arg(0, NAME)?
        .build();
    let told = MessageStream::for_match_rule(told, connection, Some(64)).await?;
    let owner = MessageStream::for_match_rule(owner, connection, Some(64)).await?;
    Ok(select(told, owner).boxed())
}

impl Bus {
    async fn show(&mut self, note: Note) {
        self.homeless.retain(|n| n.key != note.key);
        match self.notify(&note).await {
            Ok((id, owner)) => {
                self.shown.retain(|s| s.note.key != note.key);
                self.shown.push(Shown { note, id, owner, token: None });
            }
            Err(error) => {
                tracing::warn!(%error, "no notification daemon took the notification");
                self.homeless.push(note);
            }
        }
    }

    /// Sends `Notify`; says the id and who answered.
    async fn notify(&self, note: &Note) -> zbus::Result<(u32, String)> {
        let capabilities = self.capabilities().await;
        let replaced = self.shown.iter().find(|s| s.note.key == note.key).map_or(0, |s| s.id);
        let (body, actions) = wording(note, &capabilities, !self.draws_default().await);
        let urgency: u8 = if note.critical { 2 } else { 1 };
        let hints: HashMap<&str, Value<'_>> = HashMap::from([
            ("urgency", Value::from(urgency)),
            ("desktop-entry", Value::from(DESKTOP_ENTRY)),
            ("sender-pid", Value::from(i64::from(std::process::id()))),
        ]);
        let timeout: i32 = if note.stays { 0 } else { -1 };
        let arguments =
            ("Navi Governance", replaced, "", note.summary.as_str(), body.as_str(), actions, hints, timeout);
        let answer = self.call("Notify", &arguments).await?;
        let id: u32 = answer.body().deserialize()?;
        let owner = answer.header().sender().map(ToString::to_string);
        owner.map(|owner| (id, owner)).ok_or(zbus::Error::Failure("an answer without a sender".to_owned()))
    }

    async fn capabilities(&self) -> Vec<String> {
        match self.call("GetCapabilities", &()).await {
            Ok(answer) => answer.body().deserialize().unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }

    /// xfce4-notifyd has no click on the body: it draws the default action as one more button, a second "Review".
    async fn draws_default(&self) -> bool {
        let Ok(answer) = self.call("GetServerInformation", &()).await else { return false };
        let told = answer.body().deserialize::<(String, String, String, String)>();
        told.is_ok_and(|(name, ..)| name.to_lowercase().contains("xfce"))
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
        let Some(at) = self.shown.iter().position(|s| s.note.key == key) else { return };
        let gone = self.shown.swap_remove(at);
        if let Err(error) = self.call("CloseNotification", &(gone.id)).await {
            tracing::debug!(%error, "a notification could not be closed");
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
                if let Ok((id, _)) = message.body().deserialize::<(u32, u32)>()
                    && let Some(at) = self.genuine(id, sender)
                {
                    self.shown.swap_remove(at);
                }
            }
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
        let Some(at) = self.genuine(id, sender) else { return };
        let Some(button) = self.shown.get(at).and_then(|s| Button::pressed(&s.note, key)) else { return };
        // One press is all: the same notification means nothing any more.
        let Shown { note, token, .. } = self.shown.swap_remove(at);
        let _ = self.presses.send(Press { button, subject: note.subject, activation_token: token });
    }

    async fn owner_changed(&mut self, new: &str) {
        let (kept, void): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.shown).into_iter().partition(|s| s.owner == new);
        self.shown = kept;
        // Only what still waits for a decision is shown again.
        self.homeless.extend(void.into_iter().map(|s| s.note).filter(|n| n.stays));
        if !new.is_empty() {
            for note in std::mem::take(&mut self.homeless) {
                self.show(note).await;
            }
        }
    }
}

/// Body and actions for what a daemon can do: escaped where it reads markup, buttons only where it has them.
fn wording(note: &Note, capabilities: &[String], body_click: bool) -> (String, Vec<&'static str>) {
    let can = |what: &str| capabilities.iter().any(|c| c == what);
    let mut body = if can("body-markup") { escaped(&note.body) } else { note.body.clone() };
    if !can("actions") {
        if !note.buttons.is_empty() && !note.body.contains("Open the console") {
            body.push_str("\nOpen the console to decide.");
        }
        return (body, Vec::new());
    }
    let mut actions: Vec<&'static str> = note.buttons.iter().flat_map(|b| [b.key(), b.label()]).collect();
    if body_click {
        actions.extend(["default", "Review"]);
    }
    (body, actions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(body: &str) -> Note {
        Note {
            key: "k".into(),
            critical: false,
            stays: true,
            summary: "s".into(),
            body: body.into(),
            buttons: vec![Button::Approve, Button::Reject, Button::Review],
            subject: None,
        }
    }

    fn capabilities(of: &[&str]) -> Vec<String> {
        of.iter().map(|c| (*c).to_owned()).collect()
    }

    #[test]
    fn a_daemon_with_markup_gets_none() {
        let (body, actions) = wording(&note("a <b> & c"), &capabilities(&["actions", "body-markup"]), true);
        assert_eq!(body, "a &lt;b&gt; &amp; c");
        assert_eq!(
            actions,
            ["approve", "Approve", "reject", "Reject", "review", "Review", "default", "Review"]
        );
    }

    #[test]
    fn without_actions_the_text_says_where_to_decide() {
        let (body, actions) = wording(&note("make"), &capabilities(&["body"]), true);
        assert_eq!((body.as_str(), actions.len()), ("make\nOpen the console to decide.", 0));
    }

    #[test]
    fn a_daemon_without_markup_gets_the_characters_as_they_are() {
        let (body, actions) = wording(&note("a > b"), &capabilities(&["actions"]), false);
        assert_eq!(body, "a > b");
        assert_eq!(actions, ["approve", "Approve", "reject", "Reject", "review", "Review"]);
    }
}
