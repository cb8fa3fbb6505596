//! Time zones of a calendar: those that everybody knows by name, and those that the file itself lays down (RFC 5545, 3.6.5),
//! as Outlook writes them (`W. Europe Standard Time`).

use std::rc::Rc;

use chrono::{DateTime, Duration, MappedLocalTime, NaiveDateTime, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;
use icalendar::parser::Component;
use navi_domain::{SECOND, UtcMicros};

use super::moment::local_time;
use super::repeat;

/// A zone.
#[derive(Clone, Debug, PartialEq)]
pub enum Zone {
    /// One of the IANA database.
    Known(Tz),
    /// One that the file lays down.
    Own(Rc<Own>),
}

/// A zone that the file lays down: when which offset began, oldest first.
#[derive(Debug, PartialEq)]
pub struct Own {
    /// Its name in the file.
    name: String,
    turns: Vec<Turn>,
}

#[derive(Debug, PartialEq)]
struct Turn {
    /// By the wall clock of the offset before.
    at: NaiveDateTime,
    /// Seconds east of Greenwich before and from then on.
    before: i64,
    offset: i64,
}

impl Zone {
    /// The zone of this name: a known one, also behind a prefix (`/mozilla.org/20050126_1/Europe/Berlin`), else one that the
    /// file lays down.
    ///
    /// # Errors
    /// A sentence when it is neither.
    pub fn named(name: &str, own: &[Self]) -> Result<Self, String> {
        let mut rest = Some(name);
        while let Some(text) = rest {
            if let Ok(zone) = text.parse() {
                return Ok(Self::Known(zone));
            }
            rest = text.split_once('/').map(|(_, after)| after);
        }
        let is_it = |zone: &&Self| matches!(zone, Self::Own(own) if own.name == name);
        let found = own.iter().find(is_it).cloned();
        found.ok_or_else(|| format!("{name:?} is no IANA time zone, and the file does not lay it down"))
    }

    /// The zones that a calendar lays down, as far as `until`; those that cannot be read are not among them.
    #[must_use]
    pub fn laid_down(calendar: &[Component<'_>], until: NaiveDateTime) -> Vec<Self> {
        let zones = calendar.iter().filter(|c| c.name == "VTIMEZONE");
        zones.filter_map(|zone| Own::read(zone, until)).map(|own| Self::Own(Rc::new(own))).collect()
    }

    /// A wall clock's reading as an instant: the first of two; where the clock skips it, by the offset before (3.3.5).
    #[must_use]
    pub fn instant(&self, local: NaiveDateTime) -> Option<UtcMicros> {
        match self {
            Self::Known(zone) => match zone.from_local_datetime(&local) {
                MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => {
                    Some(at.timestamp_micros())
                }
                MappedLocalTime::None => {
                    // No zone ever skipped more than a day.
                    let before = (1..=26 * 4).find_map(|quarters| {
                        let earlier = local.checked_sub_signed(Duration::minutes(15 * quarters))?;
                        zone.from_local_datetime(&earlier).latest()
                    })?;
                    micros(local, i64::from(before.offset().fix().local_minus_utc()))
                }
            },
            Self::Own(own) => micros(local, own.offset(local)),
        }
    }

    /// What the wall clock shows at an instant.
    #[must_use]
    pub fn local(&self, at: UtcMicros) -> Option<NaiveDateTime> {
        let utc = DateTime::<Utc>::from_timestamp_micros(at)?;
        match self {
            Self::Known(zone) => Some(utc.with_timezone(zone).naive_local()),
            Self::Own(own) => {
                let shown = |offset: i64| utc.naive_utc().checked_add_signed(Duration::seconds(offset));
                let offsets = own.turns.iter().rev().flat_map(|turn| [turn.offset, turn.before]);
                let mut shown = offsets.filter_map(shown);
                shown.find(|local| self.instant(*local) == Some(at)).or_else(|| Some(utc.naive_utc()))
            }
        }
    }
}

fn micros(local: NaiveDateTime, offset: i64) -> Option<UtcMicros> {
    local.and_utc().timestamp_micros().checked_sub(offset.checked_mul(SECOND)?)
}

impl Own {
    fn read(zone: &Component<'_>, until: NaiveDateTime) -> Option<Self> {
        let name = zone.find_prop("TZID")?.val.as_str().to_owned();
        let mut turns = Vec::new();
        for part in zone.components.iter().filter(|c| c.name == "STANDARD" || c.name == "DAYLIGHT") {
            let value = |name| part.find_prop(name).map(|p| p.val.as_str());
            let begins = local_time(value("DTSTART")?)?;
            let (before, offset) = (offset_of(value("TZOFFSETFROM")?)?, offset_of(value("TZOFFSETTO")?)?);
            let mut at = vec![begins];
            if let Some(rule) = value("RRULE") {
                // `UNTIL` is UTC here.
                let from_utc = |utc: NaiveDateTime| utc.checked_add_signed(Duration::seconds(before));
                at.extend(repeat::starts(begins, rule, (begins, until), &from_utc).ok()?);
            }
            for dates in part.properties.iter().filter(|p| p.name == "RDATE") {
                at.extend(dates.val.as_str().split(',').filter_map(local_time));
            }
            turns.extend(at.into_iter().map(|at| Turn { at, before, offset }));
        }
        turns.sort_by_key(|turn| turn.at);
        (!turns.is_empty()).then_some(Self { name, turns })
    }

    /// Seconds east of Greenwich where the wall clock shows this.
    fn offset(&self, local: NaiveDateTime) -> i64 {
        let behind = self.turns.iter().rev().find(|turn| turn.at <= local);
        let Some(turn) = behind else { return self.turns.first().map_or(0, |first| first.before) };
        let skipped = Duration::seconds((turn.offset - turn.before).max(0));
        if local - turn.at < skipped { turn.before } else { turn.offset }
    }
}

/// `+0100`, `-033000`, in seconds.
fn offset_of(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text.trim_start_matches('+')), |rest| (-1, rest));
    let two = |at: usize| digits.get(at..at + 2)?.parse::<i64>().ok();
    let seconds = if digits.len() > 4 { two(4)? } else { 0 };
    Some(sign * (two(0)? * 3_600 + two(2)? * 60 + seconds))
}
