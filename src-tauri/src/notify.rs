//! Notifications: what is said ([`rules`]), how often ([`burst`]), when ([`announcer`]), and how it reaches the screen
//! (one [`Notifier`] per system). A press is a wish; the copy's checks decide whether it becomes a vote.

pub(crate) mod announcer;
mod burst;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;
mod rules;

use tokio::sync::mpsc;

/// A button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Button {
    /// Signs an approve.
    Approve,
    /// Signs a reject.
    Reject,
    /// Opens the window.
    Review,
}

impl Button {
    /// Its name towards the system.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Review => "review",
        }
    }

    /// For people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Approve => "Approve",
            Self::Reject => "Reject",
            Self::Review => "Review",
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

/// What a notification is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    /// The approval.
    pub(crate) approval_id: String,
    /// Digest (hex) of what was shown; empty where nothing can be decided.
    pub(crate) digest: String,
}

/// A notification. Plain text: whoever shows it escapes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// A later one with the same key takes its place.
    pub(crate) key: String,
    /// Passes "do not disturb" where the desktop allows it.
    pub(crate) critical: bool,
    /// Stays until it is answered or withdrawn.
    pub(crate) stays: bool,
    /// First line.
    pub(crate) summary: String,
    /// The rest.
    pub(crate) body: String,
    /// Buttons, in order.
    pub(crate) buttons: Vec<Button>,
    /// What it is about.
    pub(crate) subject: Option<Subject>,
}

/// A press on a notification that this process showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Press {
    /// Which button.
    pub(crate) button: Button,
    /// About what.
    pub(crate) subject: Option<Subject>,
    /// Lets a Wayland desktop raise the window.
    pub(crate) activation_token: Option<String>,
}

/// Something that shows notifications. Both calls return at once; failures are logged where they happen.
pub(crate) trait Notifier: Send + Sync {
    /// Shows a notification, or replaces the one with the same key.
    fn show(&self, note: Note);
    /// Takes one away, if it is there.
    fn withdraw(&self, key: &str);
}

/// This system's notifier; presses come out of the channel. Inside a runtime.
fn notifier(presses: mpsc::UnboundedSender<Press>) -> Box<dyn Notifier> {
    #[cfg(target_os = "linux")]
    return Box::new(linux::Linux::start(presses));
    #[cfg(not(target_os = "linux"))]
    return Box::new(other::Other::new(presses));
}
