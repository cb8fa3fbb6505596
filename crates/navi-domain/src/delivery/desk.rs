//! What a desktop can show, and what silences it as a whole.

use serde::{Deserialize, Serialize};

use super::{Delivery, Hindrance, Stage};
use crate::UtcMicros;

/// A desktop as its console found it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Desk {
    /// What shows notifications there, with its version; `None`: nothing does.
    pub service: Option<String>,
    /// Whether it shows buttons.
    pub actions: bool,
    /// Do not disturb; `None`: the desktop does not tell.
    pub do_not_disturb: Option<bool>,
    /// Whether the screen is locked; `None`: the desktop does not tell.
    pub locked: Option<bool>,
    /// Whether a tray shows the console's icon.
    pub tray: bool,
    /// Quiet hours or a quiet that was asked for, until then.
    pub quiet_until: Option<UtcMicros>,
    /// When it was found so.
    pub at: UtcMicros,
}

impl Desk {
    /// What keeps every notification from being noticed at `now`, if anything does.
    #[must_use]
    pub fn muted(&self, now: UtcMicros) -> Option<Hindrance> {
        if self.service.is_none() {
            return Some(Hindrance::NoService);
        }
        if self.do_not_disturb == Some(true) {
            return Some(Hindrance::DoNotDisturb);
        }
        if self.locked == Some(true) {
            return Some(Hindrance::ScreenLocked);
        }
        self.quiet_until.is_some_and(|until| now < until).then_some(Hindrance::QuietHours)
    }
}

/// Whether a device with an open stream lets its person notice a request: by what it said about this one, or, before it
/// said anything, by what it said about its desktop. What never said anything is believed to show what it gets.
#[must_use]
pub fn reaches(news: Option<&Delivery>, desk: Option<&Desk>, now: UtcMicros) -> bool {
    match news {
        Some(news) if news.stage() > Stage::Created || news.hindered.is_some() => news.may_be_noticed(),
        _ => desk.and_then(|desk| desk.muted(now)).is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Step;
    use super::*;
    use crate::risk::Level;

    fn desk() -> Desk {
        Desk { service: Some("dunst 1.9".into()), do_not_disturb: Some(false), ..Desk::default() }
    }

    #[test]
    fn a_desk_without_a_service_or_with_do_not_disturb_is_muted() {
        assert_eq!(desk().muted(0), None);
        assert_eq!(Desk::default().muted(0), Some(Hindrance::NoService));
        let dnd = Desk { do_not_disturb: Some(true), ..desk() };
        assert_eq!(dnd.muted(0), Some(Hindrance::DoNotDisturb));
        assert_eq!(Desk { locked: Some(true), ..desk() }.muted(0), Some(Hindrance::ScreenLocked));
        let quiet = Desk { quiet_until: Some(5), ..desk() };
        assert_eq!((quiet.muted(4), quiet.muted(5)), (Some(Hindrance::QuietHours), None));
    }

    #[test]
    fn what_was_said_about_the_request_counts_before_what_was_said_about_the_desk() {
        let news = Delivery::created("a", "d", Level::High, 1);
        let dnd = Desk { do_not_disturb: Some(true), ..desk() };
        assert!(reaches(None, None, 9), "an older console says nothing and shows what it gets");
        assert!(!reaches(None, Some(&dnd), 9));
        assert!(!reaches(Some(&news), Some(&dnd), 9), "it only knows of it");
        let shown = [Step::Dispatched, Step::Accepted, Step::Shown];
        let shown = shown.into_iter().fold(news.clone(), |n, step| n.after(step, 2).unwrap());
        assert!(reaches(Some(&shown), Some(&dnd), 9), "it was seen before");
        let failed = news.after(Step::Hindered(Hindrance::NoService), 3).unwrap();
        assert!(!reaches(Some(&failed), Some(&desk()), 9));
    }
}
