//! Notifications: what is said ([`rules`]), how often ([`burst`]), what stands on the screen ([`board`]), who carries it
//! out ([`announcer`]), and how it reaches the screen (one [`Notifier`] per system). A press is a wish; the copy's
//! checks decide whether it becomes a vote. What became of each is told as [`Heard`], and kept.

pub(crate) mod announcer;
mod board;
mod burst;
mod grave;
mod held;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) mod muting;
#[cfg(not(target_os = "linux"))]
mod other;
mod rules;
mod votes;

use navi_domain::delivery::Hindrance;
use navi_replica::{About, OnScreen};
#[cfg(test)]
pub(crate) use rules::tests::view as any_view;
pub(crate) use rules::{Decider, about};
use tokio::sync::mpsc;

use crate::language::Language;

/// A button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Button {
    /// Signs an approve.
    Approve,
    /// Signs a reject, after a while in which it can be taken back.
    Reject,
    /// Opens the window.
    Review,
    /// Puts the request off for a quarter of an hour.
    Snooze,
    /// Takes a rejection back that is not signed yet.
    Undo,
}

impl Button {
    /// Its name towards the system.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Review => "review",
            Self::Snooze => "snooze",
            Self::Undo => "undo",
        }
    }

    /// What a system's action name means on this notification; `None` for a button that it does not have.
    pub(crate) fn pressed(note: &Note, key: &str) -> Option<Self> {
        if key == "default" {
            return Some(Self::Review);
        }
        note.buttons.iter().copied().find(|button| button.key() == key)
    }
}

/// A notification. Plain text: whoever shows it escapes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// A later one with the same key takes its place.
    pub(crate) key: String,
    /// What its buttons are labelled in.
    pub(crate) language: Language,
    /// Passes "do not disturb" where the desktop allows it.
    pub(crate) critical: bool,
    /// With a sound, where the desktop has one.
    pub(crate) sound: bool,
    /// Stays until it is answered or withdrawn.
    pub(crate) stays: bool,
    /// First line.
    pub(crate) summary: String,
    /// The rest.
    pub(crate) body: String,
    /// Buttons, in order.
    pub(crate) buttons: Vec<Button>,
    /// The requests it stands for, as they were when it was made. Buttons that decide need exactly one.
    pub(crate) covers: Vec<About>,
    /// Policy hash of the one request that it shows, as it was when it was made; empty where it decides nothing.
    pub(crate) policy_hash: String,
}

impl Note {
    /// The one request that it is about; `None` when it stands for none or several.
    pub(crate) fn subject(&self) -> Option<&About> {
        match self.covers.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// Where a notification leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leads {
    /// To the request that it is about.
    Request(String),
    /// To the queue: it counts several.
    Queue,
    /// To where pauses and bypasses are.
    Emergency,
    /// To the window as it is.
    Window,
}

impl Note {
    /// Where it leads.
    pub(crate) fn leads(&self) -> Leads {
        let of_emergency = ["freeze:", "bypass:", "stop:"].iter().any(|part| self.key.starts_with(part));
        match (self.covers.as_slice(), of_emergency) {
            ([one], _) => Leads::Request(one.approval_id.clone()),
            ([_, ..], _) => Leads::Queue,
            ([], true) => Leads::Emergency,
            ([], false) => Leads::Window,
        }
    }
}

/// A press on a notification that this process showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Press {
    /// Which button.
    pub(crate) button: Button,
    /// On what.
    pub(crate) note: Note,
    /// Lets a Wayland desktop raise the window.
    pub(crate) activation_token: Option<String>,
}

/// What a system says about notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A button was pressed.
    Press(Box<Press>),
    /// The desktop took it.
    Accepted(Box<Note>),
    /// There is evidence that it is or was on the screen.
    Seen(Box<Note>),
    /// It came no further.
    Hindered(Box<Note>, Hindrance),
    /// It is off the screen.
    Closed(String),
    /// What stands on the screen now, for another run to find.
    OnScreen(Vec<OnScreen>),
    /// What the desktop can do, whenever that changes.
    Desktop(Found),
}

/// What a system was found to be able to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// What shows notifications, with its version; `None`: nothing does.
    pub(crate) service: Option<String>,
    /// Whether it shows buttons.
    pub(crate) actions: bool,
    /// Do not disturb; `None`: it does not tell.
    pub(crate) do_not_disturb: Option<bool>,
    /// Whether the screen is locked; `None`: nobody tells.
    pub(crate) locked: Option<bool>,
    /// Whether the screen may be shared; `None`: nobody tells.
    pub(crate) shared: Option<bool>,
}

impl Found {
    /// What silences it.
    pub(crate) fn silenced(&self) -> Option<Hindrance> {
        if self.do_not_disturb == Some(true) {
            return Some(Hindrance::DoNotDisturb);
        }
        (self.locked == Some(true)).then_some(Hindrance::ScreenLocked)
    }

    /// Whether somebody else may see the screen, as far as that is told.
    pub(crate) fn seen_by_others(&self) -> bool {
        self.locked == Some(true) || self.shared == Some(true)
    }
}

/// Something that shows notifications. Both calls return at once; what became of them is [`Heard`].
pub(crate) trait Notifier: Send + Sync {
    /// Shows a notification, or replaces the one with the same key.
    fn show(&self, note: Note);
    /// Takes one away, if it is there.
    fn withdraw(&self, key: &str);
}

/// Takes everything off the screen that an ending program leaves there, where the system can.
pub(crate) async fn take_down(left: Vec<OnScreen>) {
    #[cfg(target_os = "linux")]
    linux::take_down(left).await;
    #[cfg(not(target_os = "linux"))]
    let _ = left;
}

/// This system's notifier; what it hears comes out of the channel. `left` is what an earlier run left on the screen.
/// Inside a runtime.
fn notifier(heard: mpsc::UnboundedSender<Heard>, left: Vec<OnScreen>) -> Box<dyn Notifier> {
    #[cfg(target_os = "linux")]
    return Box::new(linux::Linux::start(heard, left));
    #[cfg(not(target_os = "linux"))]
    {
        // Nothing is taken back there.
        let _ = left;
        return Box::new(other::Other::new(heard));
    }
}
