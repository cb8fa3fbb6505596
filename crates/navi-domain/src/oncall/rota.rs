//! Who is on call when. Handovers are at the wall clock of the schedule's zone: over a change of daylight saving a turn
//! is an hour longer or shorter, and the handover stays at nine.

use chrono::{DateTime, Days, Duration, MappedLocalTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{Origin, Rota, Schedule};
use crate::UtcMicros;

/// A span in which one person is on call for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Who.
    pub user: String,
    /// First instant.
    pub from: UtcMicros,
    /// First instant after it.
    pub to: UtcMicros,
    /// Why.
    pub origin: Origin,
}

/// Longest span that is laid out at once: 400 days.
pub const LONGEST: i64 = 400 * 24 * 3_600 * 1_000_000;

/// Who is on call by a schedule at an instant, and why; `None`: nobody.
#[must_use]
pub fn on_call(schedule: &Schedule, at: UtcMicros) -> Option<(&str, Origin)> {
    let taken = |origin| {
        let covering = schedule.shifts.iter().rev().filter(move |s| s.origin == origin);
        covering.clone().find(|s| s.from <= at && at < s.to).map(|s| (s.user.as_str(), s.origin))
    };
    taken(Origin::Override).or_else(|| taken(Origin::Calendar)).or_else(|| {
        let (rota, zone) = (schedule.rota.as_ref()?, zone(schedule)?);
        let nth = usize::try_from(handovers_before(rota, zone, at)?).ok()?;
        Some((rota.people.get(nth % rota.people.len().max(1))?.as_str(), Origin::Rota))
    })
}

/// The turns between two instants, in order, without gaps inside a turn; at most [`LONGEST`] from the first instant on.
/// Spans in which nobody is on call are left out.
#[must_use]
pub fn turns(schedule: &Schedule, from: UtcMicros, to: UtcMicros) -> Vec<Turn> {
    let to = to.min(from.saturating_add(LONGEST));
    let mut edges = vec![from, to];
    edges.extend(schedule.shifts.iter().flat_map(|shift| [shift.from, shift.to]));
    if let (Some(rota), Some(zone)) = (&schedule.rota, zone(schedule)) {
        let first = handovers_before(rota, zone, from).unwrap_or(0);
        edges.extend((first..).map_while(|n| handover(rota, zone, n)).take_while(|at| *at < to));
    }
    edges.retain(|at| (from..=to).contains(at));
    edges.sort_unstable();
    edges.dedup();
    let mut turns: Vec<Turn> = Vec::new();
    for (from, to) in edges.iter().zip(edges.iter().skip(1)) {
        let Some((user, origin)) = on_call(schedule, *from) else { continue };
        match turns.last_mut() {
            Some(last) if last.to == *from && last.user == user && last.origin == origin => last.to = *to,
            _ => turns.push(Turn { user: user.to_owned(), from: *from, to: *to, origin }),
        }
    }
    turns
}

fn zone(schedule: &Schedule) -> Option<Tz> {
    schedule.zone.parse().ok()
}

/// How many whole turns had passed; `None` before the first.
fn handovers_before(rota: &Rota, zone: Tz, at: UtcMicros) -> Option<u64> {
    let local = DateTime::<Utc>::from_timestamp_micros(at)?.with_timezone(&zone).naive_local();
    let days = local.signed_duration_since(rota.begins).num_days().max(0);
    // Off by one turn at most: the wall clock may have been set by some hours since.
    let near = u64::try_from(days).ok()? / u64::from(rota.days.max(1));
    (near.saturating_sub(1)..=near.saturating_add(1))
        .rev()
        .find(|n| handover(rota, zone, *n).is_some_and(|handed| handed <= at))
}

/// When the turn of this number begins.
fn handover(rota: &Rota, zone: Tz, nth: u64) -> Option<UtcMicros> {
    let local = rota.begins.checked_add_days(Days::new(nth.checked_mul(u64::from(rota.days.max(1)))?))?;
    instant(zone, local)
}

/// A wall clock's reading as an instant: the first of two, and the end of the gap where the clock skips it.
#[must_use]
pub fn instant(zone: Tz, local: NaiveDateTime) -> Option<UtcMicros> {
    // No zone ever skipped more than a day; every gap begins and ends at a full quarter of an hour.
    (0..=26 * 4).find_map(|quarters| {
        let read = local.checked_add_signed(Duration::minutes(15 * quarters))?;
        match zone.from_local_datetime(&read) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Some(at.timestamp_micros()),
            MappedLocalTime::None => None,
        }
    })
}
