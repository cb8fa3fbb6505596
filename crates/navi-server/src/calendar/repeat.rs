//! When something that repeats begins (RFC 5545, 3.3.10), by the wall clock alone: what a zone makes of it comes after.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use rrule::RRuleSet;

/// Occurrences that are looked at in one span.
const OCCURRENCES: u16 = 5_000;

/// The beginnings within a span, in order. `from_utc` tells what the wall clock shows: `UNTIL` is mostly written in UTC.
///
/// # Errors
/// A sentence when the rule is none, or repeats too often.
pub fn starts(
    begins: NaiveDateTime,
    rule: &str,
    span: (NaiveDateTime, NaiveDateTime),
    from_utc: &dyn Fn(NaiveDateTime) -> Option<NaiveDateTime>,
) -> Result<Vec<NaiveDateTime>, String> {
    let rule = rule.trim().to_ascii_uppercase();
    // Nobody's shifts; and years of seconds would be counted one by one.
    if rule.contains("FREQ=SECONDLY") || rule.contains("FREQ=MINUTELY") {
        return Err("it repeats too often".to_owned());
    }
    let parts: Vec<String> = rule.split(';').map(|part| until_by_wall(part, from_utc)).collect();
    let text = format!("DTSTART:{}Z\nRRULE:{}", begins.format("%Y%m%dT%H%M%S"), parts.join(";"));
    let set: RRuleSet = text.parse().map_err(|e| format!("its RRULE: {e}"))?;
    let edge =
        |local: NaiveDateTime| -> DateTime<rrule::Tz> { local.and_utc().with_timezone(&rrule::Tz::UTC) };
    let laid = set.after(edge(span.0)).before(edge(span.1)).all(OCCURRENCES);
    if laid.limited {
        return Err("it repeats too often".to_owned());
    }
    Ok(laid.dates.iter().map(DateTime::naive_utc).collect())
}

/// `UNTIL` by the same wall clock as the start; a date means the whole of that day.
fn until_by_wall(part: &str, from_utc: &dyn Fn(NaiveDateTime) -> Option<NaiveDateTime>) -> String {
    let wall = part.strip_prefix("UNTIL=").and_then(|until| {
        let local = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok();
        match until.strip_suffix('Z') {
            Some(utc) => from_utc(local(utc)?),
            None => local(until).or_else(|| {
                NaiveDate::parse_from_str(until, "%Y%m%d").ok().and_then(|day| day.and_hms_opt(23, 59, 59))
            }),
        }
    });
    wall.map_or_else(|| part.to_owned(), |until| format!("UNTIL={}Z", until.format("%Y%m%dT%H%M%S")))
}
