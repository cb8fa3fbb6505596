//! Moments and lengths of a calendar (RFC 5545, 3.3.4 to 3.3.6): by a wall clock, so that what repeats keeps it.

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use icalendar::parser::Property;
use navi_domain::UtcMicros;

use super::zone::Zone;

/// Where moments are read: the schedule's zone, and those that the file lays down.
pub struct Clock {
    /// Of what names no zone.
    pub zone: Zone,
    /// Of the file.
    pub own: Vec<Zone>,
}

/// A moment, as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// What the wall clock shows.
    pub local: NaiveDateTime,
    /// Of which zone.
    pub zone: Zone,
    /// A date without a time.
    pub whole_day: bool,
}

impl Moment {
    /// As an instant.
    ///
    /// # Errors
    /// A sentence when there is none.
    pub fn at(&self) -> Result<UtcMicros, String> {
        self.zone.instant(self.local).ok_or_else(|| format!("{} lies outside of time", self.local))
    }

    /// Whether this, of an exception, means the occurrence that begins then. A date means all of that day.
    #[must_use]
    pub fn means(&self, begins: NaiveDateTime, zone: &Zone) -> bool {
        if self.whole_day {
            self.local.date() == begins.date()
        } else {
            self.at().ok() == zone.instant(begins)
        }
    }
}

/// `20261123T090000`, without a zone.
#[must_use]
pub fn local_time(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text.trim(), "%Y%m%dT%H%M%S").ok()
}

impl Clock {
    /// The moment that a property says.
    ///
    /// # Errors
    /// A sentence when it is none.
    pub fn moment(&self, property: &Property<'_>) -> Result<Moment, String> {
        self.read(property.val.as_str(), property)
    }

    /// `20261123`, `20261123T090000Z`, or `20261123T090000` by `TZID` or the schedule's zone.
    ///
    /// # Errors
    /// A sentence when it is none.
    pub fn read(&self, text: &str, property: &Property<'_>) -> Result<Moment, String> {
        let text = text.trim();
        let no_date = || format!("{text:?} is no date");
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y%m%d") {
            let zone = self.named(property)?;
            return Ok(Moment { local: day.and_time(NaiveTime::MIN), zone, whole_day: true });
        }
        let (text, zone) = match text.strip_suffix('Z') {
            Some(bare) => (bare, Zone::Known(Tz::UTC)),
            None => (text, self.named(property)?),
        };
        let local = local_time(text).ok_or_else(no_date)?;
        let moment = Moment { local, zone, whole_day: false };
        moment.at().map(|_| moment)
    }

    fn named(&self, property: &Property<'_>) -> Result<Zone, String> {
        match super::parameter(property, "TZID") {
            Some(name) => Zone::named(name, &self.own),
            None => Ok(self.zone.clone()),
        }
    }
}

/// How long something lasts: days and wall clock first, then time that passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Long {
    wall: Duration,
    passes: Duration,
}

impl Long {
    /// A day by the wall clock.
    pub const DAY: Self = Self { wall: Duration::days(1), passes: Duration::zero() };

    /// Between two moments. By the wall clock where both are of one zone: the handover of a weekly shift stays at nine when
    /// the clock is turned in between.
    ///
    /// # Errors
    /// A sentence when one of them is no instant.
    pub fn between(begins: &Moment, ends: &Moment) -> Result<Self, String> {
        if begins.zone == ends.zone {
            return Ok(Self { wall: ends.local - begins.local, passes: Duration::zero() });
        }
        Ok(Self { wall: Duration::zero(), passes: Duration::microseconds(ends.at()? - begins.at()?) })
    }

    /// `P1W`, `P1DT2H`, `PT8H30M`. Weeks and days are the wall clock's.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (mut wall, mut passes) = (0_i64, 0_i64);
        let mut number = String::new();
        for c in text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?.chars() {
            let (sum, unit) = match c {
                '0'..='9' => {
                    number.push(c);
                    continue;
                }
                'T' if number.is_empty() => continue,
                'W' => (&mut wall, 7 * 86_400),
                'D' => (&mut wall, 86_400),
                'H' => (&mut passes, 3_600),
                'M' => (&mut passes, 60),
                'S' => (&mut passes, 1),
                _ => return None,
            };
            *sum = sum.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
            number.clear();
        }
        let read = Self { wall: Duration::try_seconds(wall)?, passes: Duration::try_seconds(passes)? };
        number.is_empty().then_some(read)
    }

    /// When something that begins then is over.
    #[must_use]
    pub fn end(&self, begins: NaiveDateTime, zone: &Zone) -> Option<UtcMicros> {
        let local = begins.checked_add_signed(self.wall)?;
        zone.instant(local)?.checked_add(self.passes.num_microseconds()?)
    }

    /// No longer than this, whatever the clock does.
    #[must_use]
    pub fn most(&self) -> Option<Duration> {
        self.wall.checked_add(&self.passes)?.checked_add(&Duration::days(1))
    }
}
