//! Notifications of macOS and Windows through notify-rust. One thread for each, because waiting for a press blocks.
//!
//! Neither system takes a notification back here or tells whether it is muted, so a press is judged by the copy like any
//! other: late ones are refused. What was taken counts as accepted, what was pressed as seen.

use navi_domain::delivery::Hindrance;
use notify_rust::Notification;
use tokio::sync::mpsc;

use super::{Button, Found, Heard, Note, Notifier, Press};

/// The notifier of the other systems.
pub(crate) struct Other {
    heard: mpsc::UnboundedSender<Heard>,
}

impl Other {
    pub(super) fn new(heard: mpsc::UnboundedSender<Heard>) -> Self {
        let service = Some(std::env::consts::OS.to_owned());
        // Nobody listens any more when the console ends, here and below.
        let _ = heard.send(Heard::Desktop(Found { service, actions: true, ..Found::default() }));
        Self { heard }
    }
}

impl Notifier for Other {
    fn show(&self, note: Note) {
        let heard = self.heard.clone();
        std::thread::spawn(move || {
            let mut shown = Notification::new();
            shown.appname("Navi Governance").summary(&note.summary).body(&note.body);
            for button in &note.buttons {
                shown.action(button.key(), (note.language.words().note.button)(*button));
            }
            match shown.show() {
                Ok(handle) => {
                    let _ = heard.send(Heard::Accepted(Box::new(note.clone())));
                    handle.wait_for_action(|key| {
                        // Its end may also mean that it could not be waited for; only a press shows that it was seen.
                        if key != "__closed" {
                            let _ = heard.send(Heard::Seen(Box::new(note.clone())));
                        }
                        let _ = heard.send(Heard::Closed(note.key.clone()));
                        if let Some(button) = Button::pressed(&note, key) {
                            let press = Press { button, note: note.clone(), activation_token: None };
                            let _ = heard.send(Heard::Press(Box::new(press)));
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a notification could not be shown");
                    let _ = heard.send(Heard::Hindered(Box::new(note), Hindrance::NoService));
                }
            }
        });
    }

    fn withdraw(&self, _key: &str) {}
}
