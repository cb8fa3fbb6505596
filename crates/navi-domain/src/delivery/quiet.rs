//! Quiet hours by the wall clock of the person's zone, and what they let through.

use chrono::{DateTime, Datelike, Days, MappedLocalTime, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::preferences::{LevelRule, PreferenceError, Show};
use crate::UtcMicros;
use crate::risk::Level;

/// Hours in which only what must is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuietHours {
    /// Whether they are kept.
    pub enabled: bool,
    /// IANA time zone, such as `Europe/Berlin`.
    pub zone: String,
    /// Days on which they begin: 1 is Monday, 7 is Sunday.
    pub days: Vec<u8>,
    /// From this wall-clock time on, `HH:MM`.
    pub from: String,
    /// Until this one; not later than `from`: on the next day.
    pub to: String,
}

impl Default for QuietHours {
    fn default() -> Self {
        Self {
            enabled: false,
            zone: "UTC".to_owned(),
            days: (1..=7).collect(),
            from: "22:00".to_owned(),
            to: "07:00".to_owned(),
        }
    }
}

impl QuietHours {
    /// Checks zone, days and times.
    ///
    /// # Errors
    /// [`PreferenceError`]
    pub fn validate(&self) -> Result<(), PreferenceError> {
        let refuse = |field, why| Err(PreferenceError { field, why });
        if self.zone.parse::<Tz>().is_err() {
            return refuse("quiet.zone", "not an IANA time zone, such as Europe/Berlin");
        }
        if !self.days.iter().all(|day| (1..=7).contains(day)) {
            return refuse("quiet.days", "1 is Monday, 7 is Sunday");
        }
        if self.enabled && self.days.is_empty() {
            return refuse("quiet.days", "at least one day");
        }
        let (Some(from), Some(to)) = (time(&self.from), time(&self.to)) else {
            return refuse("quiet.from", "times are HH:MM");
        };
        if from == to {
            return refuse("quiet.to", "the same as from");
        }
        Ok(())
    }

    /// When the quiet that holds at `now` ends; `None`: it is not quiet. What cannot be read keeps nobody quiet.
    #[must_use]
    pub fn ends(&self, now: UtcMicros) -> Option<UtcMicros> {
        if !self.enabled {
            return None;
        }
        let zone: Tz = self.zone.parse().ok()?;
        let (from, to) = (time(&self.from)?, time(&self.to)?);
        let today = DateTime::from_timestamp_micros(now)?.with_timezone(&zone).date_naive();
        let yesterday = today.checked_sub_days(Days::new(1))?;
        [yesterday, today].into_iter().find_map(|day| {
            let begins_here = self.days.iter().any(|d| u32::from(*d) == day.weekday().number_from_monday());
            let last = if to > from { day } else { day.checked_add_days(Days::new(1))? };
            let (begin, end) = (instant(zone, day, from)?, instant(zone, last, to)?);
            (begins_here && begin <= now && now < end).then_some(end)
        })
    }
}

fn time(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").ok()
}

/// The instant of a wall-clock time: the first of two, and the end of a gap for one that does not exist.
fn instant(zone: Tz, day: NaiveDate, at: NaiveTime) -> Option<UtcMicros> {
    let wall = day.and_time(at);
    let found = match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(found) | MappedLocalTime::Ambiguous(found, _) => found,
        MappedLocalTime::None => {
            let later = wall.checked_add_signed(chrono::TimeDelta::hours(1))?;
            zone.from_local_datetime(&later).earliest()?
        }
    };
    Some(found.with_timezone(&Utc).timestamp_micros())
}

/// What becomes of a request's notification now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// It is shown.
    Bubble,
    /// It waits for the next summing-up.
    Digest,
    /// It is held until the quiet ends.
    Held,
    /// It appears in tray and queue alone.
    Never,
}

/// Who the person is at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// On call now.
    pub on_call: bool,
    /// Somebody before them in line did not answer this request, and they were named.
    pub alerted: bool,
    /// Quiet hours or a quiet that was asked for in the tray.
    pub quiet: bool,
}

/// Whether a level passes. Quiet holds low and medium back always, high and critical unless the person is on call; who
/// is named by the line of alerts is told in any case.
#[must_use]
pub fn passage(level: Level, rule: LevelRule, standing: Standing) -> Passage {
    if standing.alerted {
        return Passage::Bubble;
    }
    let passes_quiet = level >= Level::High && standing.on_call;
    match rule.show {
        Show::Never => Passage::Never,
        _ if standing.quiet && !passes_quiet => Passage::Held,
        Show::Digest => Passage::Digest,
        Show::Bubble => Passage::Bubble,
    }
}

#[cfg(test)]
mod tests {
    use super::super::preferences::LevelRules;
    use super::*;

    fn at(text: &str) -> UtcMicros {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
    }

    fn berlin(days: &[u8]) -> QuietHours {
        QuietHours {
            enabled: true,
            zone: "Europe/Berlin".into(),
            days: days.to_vec(),
            from: "22:00".into(),
            to: "07:00".into(),
        }
    }

    #[test]
    fn the_night_belongs_to_the_day_it_began_on() {
        // 2026-11-27 is a Friday.
        let friday = berlin(&[5]);
        assert_eq!(friday.ends(at("2026-11-27T20:59:00Z")), None);
        assert_eq!(friday.ends(at("2026-11-27T21:00:00Z")), Some(at("2026-11-28T06:00:00Z")));
        assert_eq!(friday.ends(at("2026-11-28T05:59:59Z")), Some(at("2026-11-28T06:00:00Z")));
        assert_eq!(friday.ends(at("2026-11-28T06:00:00Z")), None);
        assert_eq!(friday.ends(at("2026-11-28T21:30:00Z")), None, "Saturday is none of its days");
    }

    #[test]
    fn daylight_saving_moves_the_instant_and_not_the_wall_clock() {
        let every = berlin(&[1, 2, 3, 4, 5, 6, 7]);
        // The clock goes forward in the night to 2026-03-29.
        assert_eq!(every.ends(at("2026-03-28T22:00:00Z")), Some(at("2026-03-29T05:00:00Z")));
        assert_eq!(every.ends(at("2026-03-27T22:00:00Z")), Some(at("2026-03-28T06:00:00Z")));
        // 02:30 does not exist then: the quiet ends when the clock has jumped.
        let gap = QuietHours { to: "02:30".into(), ..every };
        assert_eq!(gap.ends(at("2026-03-28T22:00:00Z")), Some(at("2026-03-29T01:30:00Z")));
    }

    #[test]
    fn a_span_within_one_day_and_the_switch() {
        let noon = QuietHours { from: "12:00".into(), to: "13:00".into(), ..berlin(&[1, 2, 3, 4, 5, 6, 7]) };
        assert_eq!(noon.ends(at("2026-11-27T11:30:00Z")), Some(at("2026-11-27T12:00:00Z")));
        assert_eq!(noon.ends(at("2026-11-27T12:00:00Z")), None);
        assert_eq!(QuietHours { enabled: false, ..noon }.ends(at("2026-11-27T11:30:00Z")), None);
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_keeps_nobody_quiet() {
        let nowhere = QuietHours { zone: "Atlantis".into(), ..berlin(&[1]) };
        assert_eq!(nowhere.validate().unwrap_err().field, "quiet.zone");
        assert_eq!(nowhere.ends(at("2026-11-23T22:00:00Z")), None);
        let field = |quiet: QuietHours| quiet.validate().unwrap_err().field;
        assert_eq!(field(berlin(&[])), "quiet.days");
        assert_eq!(field(berlin(&[8])), "quiet.days");
        assert_eq!(field(QuietHours { from: "9 am".into(), ..berlin(&[1]) }), "quiet.from");
        assert_eq!(field(QuietHours { to: "22:00".into(), ..berlin(&[1]) }), "quiet.to");
        assert_eq!(QuietHours::default().validate(), Ok(()));
    }

    #[test]
    fn quiet_lets_through_what_must() {
        let rules = LevelRules::default();
        let ask = |level, standing| passage(level, rules.of(level), standing);
        let (day, night) = (Standing::default(), Standing { quiet: true, ..Standing::default() });
        let on_call = Standing { on_call: true, ..night };
        let named = Standing { alerted: true, ..night };
        assert_eq!(
            Level::ALL.map(|l| ask(l, day)),
            [Passage::Digest, Passage::Bubble, Passage::Bubble, Passage::Bubble]
        );
        assert_eq!(Level::ALL.map(|l| ask(l, night)), [Passage::Held; 4]);
        assert_eq!(
            Level::ALL.map(|l| ask(l, on_call)),
            [Passage::Held, Passage::Held, Passage::Bubble, Passage::Bubble]
        );
        assert_eq!(Level::ALL.map(|l| ask(l, named)), [Passage::Bubble; 4]);
    }
}
