//! A notification about nothing, to see whether one is shown here and whether its button works. It decides nothing, and
//! has nothing to do with the notifications about requests.

use serde::Serialize;

#[cfg(not(target_os = "linux"))]
use crate::language::Language;

/// What became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Shown {
    /// The desktop took it.
    shown: bool,
    /// The button that was pressed; `None`: it went away, or time was up.
    pressed: Option<&'static str>,
}

#[cfg(target_os = "linux")]
pub(crate) use linux::show;

/// Elsewhere nobody tells about buttons without waiting for them: only whether it was taken.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn show(language: Language) -> Shown {
    let words = &language.words().note;
    let shown = tokio::task::spawn_blocking(|| {
        notify_rust::Notification::new().summary(words.trial).body(words.trial_says).show().is_ok()
    });
    Shown { shown: shown.await.unwrap_or(false), pressed: None }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::HashMap;
    use std::time::Duration;

    use futures_util::StreamExt as _;
    use zbus::message::{Message, Type};
    use zbus::zvariant::Value;
    use zbus::{Connection, MatchRule, MessageStream};

    use super::Shown;
    use crate::language::{Language, NoteWords};
    use crate::notify::Button;
    use crate::notify::muting::{NOTIFICATIONS as NAME, PATH};

    const REVIEW: &str = "review";
    /// Somebody who looks for it has found it by then.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// Shows it; answers once its button was pressed, it went away, or time is up.
    pub(crate) async fn show(language: Language) -> Shown {
        let shown = tokio::time::timeout(Duration::from_secs(5), begin(&language.words().note)).await;
        let Ok(Ok((mut signals, id, owner))) = shown else { return Shown::default() };
        let ended = async {
            while let Some(Ok(message)) = signals.next().await {
                if let Some(end) = end(&message, id, &owner) {
                    return end;
                }
            }
            None
        };
        Shown { shown: true, pressed: tokio::time::timeout(PATIENCE, ended).await.unwrap_or_default() }
    }

    async fn begin(words: &NoteWords) -> zbus::Result<(MessageStream, u32, String)> {
        let bus = Connection::session().await?;
        let rule = MatchRule::builder().msg_type(Type::Signal).interface(NAME)?.build();
        let signals = MessageStream::for_match_rule(rule, &bus, Some(16)).await?;
        let hints: HashMap<&str, Value<'_>> =
            HashMap::from([("desktop-entry", Value::from("Navi Governance"))]);
        let label = (words.button)(Button::Review);
        let actions = ["default", label, REVIEW, label];
        let (summary, says) = (words.trial, words.trial_says);
        let body =
            ("Navi Governance", 0_u32, "navi-console", summary, says, actions.as_slice(), hints, 30_000_i32);
        let answer = bus.call_method(Some(NAME), PATH, Some(NAME), "Notify", &body).await?;
        let owner = answer.header().sender().map(ToString::to_string).unwrap_or_default();
        Ok((signals, answer.body().deserialize()?, owner))
    }

    /// How it ended, if this signal of the daemon that showed it says so.
    fn end(message: &Message, id: u32, owner: &str) -> Option<Option<&'static str>> {
        let header = message.header();
        if header.sender().map(|sender| sender.as_str()) != Some(owner) {
            return None;
        }
        match header.member()?.as_str() {
            "ActionInvoked" => {
                let (which, _): (u32, String) = message.body().deserialize().ok()?;
                (which == id).then_some(Some(REVIEW))
            }
            "NotificationClosed" => {
                let (which, _): (u32, u32) = message.body().deserialize().ok()?;
                (which == id).then_some(None)
            }
            _ => None,
        }
    }
}
