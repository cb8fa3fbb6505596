//! How far the news of a waiting request came on one device: created → dispatched → accepted by the desktop → shown →
//! opened → decided, or what hindered it. "Sent" is not "seen": each step has its own evidence, and none is assumed.
//!
//! Bookkeeping: nothing that is said here can let anything run.

pub mod desk;
pub mod preferences;
pub mod quiet;
pub mod ring;

use serde::{Deserialize, Serialize};

use crate::UtcMicros;
use crate::risk::Level;

/// How far the news came. In this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The device knows of the request.
    Created,
    /// It was handed to the desktop.
    Dispatched,
    /// The desktop took it.
    Accepted,
    /// The desktop shows it: it said so, or the person did something with it.
    Shown,
    /// The person opened the request.
    Opened,
    /// The person decided it on this device.
    Decided,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 6] =
        [Self::Created, Self::Dispatched, Self::Accepted, Self::Shown, Self::Opened, Self::Decided];

    /// Spelling on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Dispatched => "dispatched",
            Self::Accepted => "accepted",
            Self::Shown => "shown",
            Self::Opened => "opened",
            Self::Decided => "decided",
        }
    }
}

/// What keeps the news from coming further for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hindrance {
    /// Failed: nothing shows notifications on this desktop.
    NoService,
    /// Failed: what shows them ended before the person answered.
    ServiceGone,
    /// Suppressed by the desktop: do not disturb.
    DoNotDisturb,
    /// Suppressed by the desktop: the screen is locked.
    ScreenLocked,
    /// Suppressed by the person: quiet hours.
    QuietHours,
    /// Suppressed by the person: this level is told in a digest, or not at all.
    Preference,
    /// Suppressed by the person: put off until later.
    Snoozed,
}

impl Hindrance {
    /// Spelling on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoService => "no_service",
            Self::ServiceGone => "service_gone",
            Self::DoNotDisturb => "do_not_disturb",
            Self::ScreenLocked => "screen_locked",
            Self::QuietHours => "quiet_hours",
            Self::Preference => "preference",
            Self::Snoozed => "snoozed",
        }
    }

    /// Something is broken; otherwise somebody wants it so.
    #[must_use]
    pub fn is_failure(self) -> bool {
        matches!(self, Self::NoService | Self::ServiceGone)
    }

    /// Whether nobody can expect the person to notice. What they want summed up they
    /// notice there; what stands in the way of all notifications they do not.
    #[must_use]
    pub fn silences(self) -> bool {
        self != Self::Preference
    }
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Handed to the desktop, for the first time or again.
    Dispatched,
    /// The desktop answered that it took it.
    Accepted,
    /// There is evidence that it is or was on the screen.
    Shown,
    /// The person opened the request, here or from the notification.
    Opened,
    /// The person decided.
    Decided,
    /// It comes no further for now.
    Hindered(Hindrance),
}

/// The news of one request, as it was shown (its digest and level), on one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The request.
    pub approval_id: String,
    /// Digest (hex) of what the news is about.
    pub digest: String,
    /// Level it was told with.
    pub level: Level,
    /// Stages that were reached, in order, and when each was first. Begins with [`Stage::Created`].
    pub reached: Vec<(Stage, UtcMicros)>,
    /// What hinders it now, and since when.
    pub hindered: Option<(Hindrance, UtcMicros)>,
    /// How often it was dispatched.
    pub rings: u32,
    /// When it was dispatched last.
    pub rang_at: Option<UtcMicros>,
    /// Instant of the newest step.
    pub changed_at: UtcMicros,
}

impl Delivery {
    /// The device has learned of a request.
    #[must_use]
    pub fn created(approval_id: &str, digest: &str, level: Level, at: UtcMicros) -> Self {
        Self {
            approval_id: approval_id.to_owned(),
            digest: digest.to_owned(),
            level,
            reached: vec![(Stage::Created, at)],
            hindered: None,
            rings: 0,
            rang_at: None,
            changed_at: at,
        }
    }

    /// The furthest stage.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.reached.last().map_or(Stage::Created, |(stage, _)| *stage)
    }

    /// When the furthest stage was reached.
    #[must_use]
    pub fn reached_at(&self) -> UtcMicros {
        self.reached.last().map_or(self.changed_at, |(_, at)| *at)
    }

    /// Whether somebody who waits may hope that the person knows of it: it was shown, or nothing stands in its way.
    #[must_use]
    pub fn may_be_noticed(&self) -> bool {
        self.stage() >= Stage::Shown || !self.hindered.is_some_and(|(why, _)| why.silences())
    }

    /// After a step; `None` when the step changes nothing or cannot follow. Stages never go back and are never skipped
    /// on the desktop's side: what was not dispatched was not accepted, what was not accepted was not shown. A person
    /// may open or decide a request whatever became of its notification. After the decision nothing follows. Each step is
    /// later than the one before, if only by a microsecond, so that the newest report is known by its instant.
    #[must_use]
    pub fn after(&self, step: Step, at: UtcMicros) -> Option<Self> {
        let stage = self.stage();
        if stage == Stage::Decided {
            return None;
        }
        let at = at.max(self.changed_at + 1);
        let mut next = Self { changed_at: at, ..self.clone() };
        match step {
            Step::Dispatched => {
                next.rings = next.rings.saturating_add(1);
                next.rang_at = Some(at);
                next.hindered = None;
                next.reach(Stage::Dispatched, at);
            }
            Step::Accepted if stage == Stage::Dispatched => {
                next.hindered = next.hindered.filter(|(why, _)| !why.is_failure());
                next.reach(Stage::Accepted, at);
            }
            // A later ring was taken: the desktop is there again.
            Step::Accepted if stage > Stage::Dispatched && self.is_failed() => next.hindered = None,
            Step::Shown if stage == Stage::Accepted => {
                next.hindered = None;
                next.reach(Stage::Shown, at);
            }
            Step::Shown if stage >= Stage::Shown && self.hindered.is_some() => next.hindered = None,
            Step::Opened if stage < Stage::Opened => {
                next.hindered = None;
                next.reach(Stage::Opened, at);
            }
            Step::Decided => {
                next.hindered = None;
                next.reach(Stage::Decided, at);
            }
            // Whoever opened it knows of it; nothing hinders that any more.
            Step::Hindered(why) if stage < Stage::Opened && self.hindered.is_none_or(|(h, _)| h != why) => {
                next.hindered = Some((why, at));
            }
            _ => return None,
        }
        Some(next)
    }

    fn is_failed(&self) -> bool {
        self.hindered.is_some_and(|(why, _)| why.is_failure())
    }

    fn reach(&mut self, stage: Stage, at: UtcMicros) {
        if self.stage() < stage {
            self.reached.push((stage, at));
        }
    }

    /// Whether a report of it can be believed: stages in order and without repeats, instants that do not go back and do
    /// not lie after `now`.
    #[must_use]
    pub fn is_sound(&self, now: UtcMicros) -> bool {
        let mut pairs = self.reached.iter().zip(self.reached.iter().skip(1));
        let first = self.reached.first().is_some_and(|(stage, _)| *stage == Stage::Created);
        let newest = self.reached.iter().map(|(_, at)| *at).chain(self.hindered.map(|(_, at)| at));
        first
            && pairs.all(|((a, from), (b, to))| a < b && from <= to)
            && newest.max().is_some_and(|at| at <= self.changed_at)
            && self.changed_at <= now
    }
}

#[cfg(test)]
mod tests;
