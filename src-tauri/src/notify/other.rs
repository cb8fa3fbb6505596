//! Notifications of macOS and Windows through notify-rust. One thread for each, because waiting for a press blocks.
//!
//! Neither system takes a notification back here, so a press is judged by the copy like any other: late ones are refused.

use notify_rust::Notification;
use tokio::sync::mpsc;

use super::{Button, Note, Notifier, Press};

/// The notifier of the other systems.
pub(crate) struct Other {
    presses: mpsc::UnboundedSender<Press>,
}

impl Other {
    pub(super) fn new(presses: mpsc::UnboundedSender<Press>) -> Self {
        Self { presses }
    }
}

impl Notifier for Other {
    fn show(&self, note: Note) {
        let presses = self.presses.clone();
        std::thread::spawn(move || {
            let mut shown = Notification::new();
            shown.appname("Navi Governance").summary(&note.summary).body(&note.body);
            for button in &note.buttons {
                shown.action(button.key(), button.label());
            }
            match shown.show() {
                Ok(handle) => handle.wait_for_action(|key| {
                    if let Some(button) = Button::pressed(&note, key) {
                        let press = Press { button, subject: note.subject.clone(), activation_token: None };
                        // Nobody listens any more when the console ends.
                        let _ = presses.send(press);
                    }
                }),
                Err(error) => tracing::warn!(%error, "a notification could not be shown"),
            }
        });
    }

    fn withdraw(&self, _key: &str) {}
}
