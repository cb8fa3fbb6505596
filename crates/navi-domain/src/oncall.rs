//! Who is on call: rotas by the wall clock of a place, shifts that people took over or that a calendar names; and the
//! line of people whom a request alerts while it waits.

pub mod line;
pub mod rota;

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::UtcMicros;
use line::Line;

/// Most schedules, most people of a rota, most shifts of one schedule.
pub const MOST_SCHEDULES: usize = 50;
/// Most people of a rota.
pub const MOST_PEOPLE: usize = 100;
/// Most shifts of one schedule, over those that have ended.
pub const MOST_SHIFTS: usize = 2_000;

/// Everything about being on call, one row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCall {
    /// By id.
    pub schedules: Vec<Schedule>,
    /// Whom a waiting request alerts.
    #[serde(default)]
    pub line: Line,
    /// Row version; 0: nothing was saved.
    pub version: u64,
}

/// A schedule: at each instant at most one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Lower-case letters, digits and hyphens, 1 to 60.
    pub id: String,
    /// In words.
    pub name: String,
    /// IANA time zone (`Europe/Berlin`): handovers are at its wall clock, whatever daylight saving does.
    pub zone: String,
    /// The rota; without one only the shifts count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rota: Option<Rota>,
    /// Shifts taken over or imported; a later one wins over an earlier one, and all win over the rota.
    #[serde(default)]
    pub shifts: Vec<Shift>,
}

/// People who take turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rota {
    /// In turn.
    pub people: Vec<String>,
    /// The first handover, by the wall clock of the schedule's zone.
    pub begins: NaiveDateTime,
    /// Length of a turn in calendar days: 7 is weekly. 1–90.
    pub days: u16,
}

/// Why somebody is on call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Their turn.
    Rota,
    /// A calendar said so.
    Calendar,
    /// Somebody took the shift over.
    Override,
}

/// One shift outside the rota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Id (UUID v7).
    pub id: String,
    /// Who is on call.
    pub user: String,
    /// First instant.
    pub from: UtcMicros,
    /// First instant after it.
    pub to: UtcMicros,
    /// A calendar's, or somebody's doing.
    pub origin: Origin,
    /// Who entered it.
    pub by: String,
}

/// Why a schedule cannot be saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OnCallError {
    /// The id.
    #[error("a schedule's id has 1 to 60 lower-case letters, digits and hyphens")]
    Id,
    /// The name.
    #[error("a schedule's name has 1 to 200 characters")]
    Name,
    /// The zone.
    #[error("{0:?} is no time zone; write one such as Europe/Berlin")]
    Zone(String),
    /// The rota.
    #[error(
        "a rota has 1 to {MOST_PEOPLE} people, each with a name of 1 to 200 characters, and turns of 1 to 90 days"
    )]
    Rota,
    /// A shift.
    #[error("a shift has a person, ends after it began, and lasts at most 366 days")]
    Shift,
    /// Too many of something.
    #[error("there are too many {0}; remove some first")]
    TooMany(&'static str),
    /// The line.
    #[error("{0}")]
    Line(&'static str),
}

const DAY: i64 = 24 * 3_600 * 1_000_000;

impl Shift {
    /// Checks it alone.
    ///
    /// # Errors
    /// [`OnCallError::Shift`]
    pub fn validate(&self) -> Result<(), OnCallError> {
        let long = self.to.checked_sub(self.from).unwrap_or(0);
        (is_name(&self.user) && long > 0 && long <= 366 * DAY).then_some(()).ok_or(OnCallError::Shift)
    }
}

impl Schedule {
    /// Checks every field.
    ///
    /// # Errors
    /// [`OnCallError`] names the first thing that is wrong.
    pub fn validate(&self) -> Result<(), OnCallError> {
        let slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.id.is_empty() || self.id.len() > 60 || !self.id.chars().all(slug) {
            return Err(OnCallError::Id);
        }
        if !is_name(&self.name) {
            return Err(OnCallError::Name);
        }
        if self.zone.parse::<chrono_tz::Tz>().is_err() {
            return Err(OnCallError::Zone(self.zone.clone()));
        }
        if let Some(rota) = &self.rota {
            let peopled = (1..=MOST_PEOPLE).contains(&rota.people.len());
            if !peopled || !rota.people.iter().all(|name| is_name(name)) || !(1..=90).contains(&rota.days) {
                return Err(OnCallError::Rota);
            }
        }
        if self.shifts.len() > MOST_SHIFTS {
            return Err(OnCallError::TooMany("shifts"));
        }
        self.shifts.iter().try_for_each(Shift::validate)
    }

    /// Everybody who can ever be on call by it.
    #[must_use]
    pub fn people(&self) -> BTreeSet<&str> {
        let rota = self.rota.iter().flat_map(|rota| rota.people.iter());
        rota.chain(self.shifts.iter().map(|shift| &shift.user)).map(String::as_str).collect()
    }

    /// Without the shifts that had ended by then: they are in the record.
    #[must_use]
    pub fn tidied(mut self, now: UtcMicros) -> Self {
        self.shifts.retain(|shift| shift.to > now);
        self
    }
}

impl OnCall {
    /// A schedule by id.
    #[must_use]
    pub fn schedule(&self, id: &str) -> Option<&Schedule> {
        self.schedules.iter().find(|schedule| schedule.id == id)
    }

    /// With this schedule in its place, or added.
    ///
    /// # Errors
    /// [`OnCallError`]
    pub fn with(&self, schedule: Schedule) -> Result<Self, OnCallError> {
        schedule.validate()?;
        let mut next = self.clone();
        next.schedules.retain(|known| known.id != schedule.id);
        next.schedules.push(schedule);
        next.schedules.sort_by(|a, b| a.id.cmp(&b.id));
        if next.schedules.len() > MOST_SCHEDULES {
            return Err(OnCallError::TooMany("schedules"));
        }
        Ok(next)
    }

    /// Without a schedule; `None` when there is none of this id.
    ///
    /// # Errors
    /// [`OnCallError::Line`] while the line alerts it.
    pub fn without(&self, id: &str) -> Result<Option<Self>, OnCallError> {
        if self.schedule(id).is_none() {
            return Ok(None);
        }
        let mut next = self.clone();
        next.schedules.retain(|known| known.id != id);
        next.line.validate(&next)?;
        Ok(Some(next))
    }
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 200
}
