//! Shifts from an iCalendar file (RFC 5545), as on-call tools and calendars export them: events with a person in
//! `ATTENDEE` or `SUMMARY`, repeated by `RRULE`, with `EXDATE`, `RECURRENCE-ID` and `STATUS:CANCELLED`.
//!
//! What cannot be read is named and left out; nothing is guessed.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use icalendar::parser::{Component, Property, read_calendar, unfold};
use navi_domain::UtcMicros;
use navi_domain::oncall::MOST_SHIFTS;
use navi_domain::oncall::rota::instant;
use rrule::RRuleSet;

/// Deepest nesting that is read: a calendar, an event, an alarm.
const DEEPEST: usize = 4;
/// Occurrences of one event that are looked at.
const OCCURRENCES: u16 = 5_000;

/// A shift that a calendar names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who.
    pub user: String,
    /// First instant.
    pub from: UtcMicros,
    /// First instant after it.
    pub to: UtcMicros,
}

/// An event that names no shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its summary, or its place in the file.
    pub what: String,
    /// Why.
    pub why: String,
}

/// Reads the shifts that touch a window. `known` finds the person by what the event says (an e-mail address, then the
/// summary). Events without a zone of their own are read by `zone`'s wall clock.
///
/// # Errors
/// A sentence when the text is no calendar.
pub fn shifts(
    text: &str,
    zone: Tz,
    known: &dyn Fn(&str) -> Option<String>,
    window: (UtcMicros, UtcMicros),
) -> Result<(Vec<Found>, Vec<Skipped>), String> {
    if depth(text) > DEEPEST {
        return Err("it is nested deeper than a calendar is".to_owned());
    }
    let unfolded = unfold(text);
    let calendar = read_calendar(unfolded.trim_start_matches('\u{feff}').trim())
        .map_err(|error| format!("it is no calendar: {}", error.lines().next().unwrap_or_default()))?;
    let events: Vec<&Component<'_>> = calendar.components.iter().filter(|c| c.name == "VEVENT").collect();
    let moved = moved(&events, zone);
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    for (nth, event) in events.iter().enumerate() {
        match read(event, zone, known, window, &moved) {
            Ok(shifts) => found.extend(shifts),
            Err(why) => {
                skipped.push(Skipped {
                    what: summary(event).unwrap_or_else(|| format!("event {}", nth + 1)),
                    why,
                });
            }
        }
        if found.len() > MOST_SHIFTS {
            return Err(format!("it names more than {MOST_SHIFTS} shifts; export a shorter span"));
        }
    }
    found.sort_by_key(|shift| (shift.from, shift.to));
    Ok((found, skipped))
}

fn depth(text: &str) -> usize {
    let (mut deepest, mut open) = (0_usize, 0_usize);
    for line in text.lines() {
        if line.starts_with("BEGIN:") {
            open += 1;
            deepest = deepest.max(open);
        } else if line.starts_with("END:") {
            open = open.saturating_sub(1);
        }
    }
    deepest
}

/// By event: the occurrences that an event of their own replaces.
fn moved(events: &[&Component<'_>], zone: Tz) -> BTreeMap<String, Vec<UtcMicros>> {
    let mut moved: BTreeMap<String, Vec<UtcMicros>> = BTreeMap::new();
    for event in events {
        let at = event.find_prop("RECURRENCE-ID").and_then(|p| moment(p, zone).ok());
        if let (Some(uid), Some(at)) = (event.find_prop("UID"), at) {
            moved.entry(uid.val.as_str().to_owned()).or_default().push(at.at);
        }
    }
    moved
}

fn read(
    event: &Component<'_>,
    zone: Tz,
    known: &dyn Fn(&str) -> Option<String>,
    window: (UtcMicros, UtcMicros),
    moved: &BTreeMap<String, Vec<UtcMicros>>,
) -> Result<Vec<Found>, String> {
    let value = |name| event.find_prop(name).map(|p| p.val.as_str());
    if value("STATUS").is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED")) {
        return Ok(Vec::new());
    }
    let user = person(event, known)?;
    let begins = moment(event.find_prop("DTSTART").ok_or("it has no DTSTART")?, zone)?;
    let long = length(event, &begins, zone)?;
    if long <= 0 {
        return Err("it ends before it begins".to_owned());
    }
    let shift = |from: UtcMicros| Found { user: user.clone(), from, to: from + long };
    let touches = |from: &UtcMicros| *from < window.1 && *from + long > window.0;
    let Some(rule) = value("RRULE") else {
        return Ok(Some(begins.at).filter(touches).into_iter().map(shift).collect());
    };
    let mut gone: Vec<UtcMicros> = Vec::new();
    if event.find_prop("RECURRENCE-ID").is_none() {
        gone.extend(value("UID").and_then(|uid| moved.get(uid)).into_iter().flatten());
    }
    for property in event.properties.iter().filter(|p| p.name == "EXDATE") {
        for one in property.val.as_str().split(',') {
            gone.push(read_moment(one, property, zone)?.at);
        }
    }
    let starts = occurrences(&begins, rule, window, long)?;
    Ok(starts.into_iter().filter(|at| !gone.contains(at)).filter(touches).map(shift).collect())
}

fn summary(event: &Component<'_>) -> Option<String> {
    let text = event.find_prop("SUMMARY")?.val.clone().unescape_text();
    Some(text.as_str().trim().chars().take(200).collect())
}

fn person(event: &Component<'_>, known: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut said = Vec::new();
    for property in event.properties.iter().filter(|p| p.name == "ATTENDEE") {
        let address = property.val.as_str();
        let address = address
            .get(..7)
            .filter(|s| s.eq_ignore_ascii_case("mailto:"))
            .map_or(address, |_| address.get(7..).unwrap_or_default());
        said.push(address.to_owned());
        let name = property.params.iter().find(|p| p.key == "CN").and_then(|p| p.val.as_ref());
        said.extend(name.map(|name| name.as_str().trim_matches('"').to_owned()));
    }
    said.extend(summary(event));
    let mut people: Vec<String> = said.iter().filter_map(|text| known(text)).collect();
    people.sort_unstable();
    people.dedup();
    match people.as_slice() {
        [one] => Ok(one.clone()),
        [] if said.is_empty() => Err("it names nobody".to_owned()),
        [] => Err(format!("nobody here is known as {}", said.join(" or "))),
        several => Err(format!("it names several people: {}", several.join(", "))),
    }
}

/// A moment of a calendar, with how it was written.
struct Moment {
    at: UtcMicros,
    local: NaiveDateTime,
    zone: Tz,
    whole_day: bool,
}

fn moment(property: &Property<'_>, zone: Tz) -> Result<Moment, String> {
    read_moment(property.val.as_str(), property, zone)
}

/// `20261123`, `20261123T090000Z`, or `20261123T090000` by `TZID` or the schedule's zone (RFC 5545, 3.3.5).
fn read_moment(text: &str, property: &Property<'_>, zone: Tz) -> Result<Moment, String> {
    let text = text.trim();
    let named = property.params.iter().find(|p| p.key == "TZID").and_then(|p| p.val.as_ref());
    let zone = match (text.strip_suffix('Z'), named) {
        (Some(_), _) => Tz::UTC,
        (None, Some(name)) => {
            let name = name.as_str().trim_matches('"');
            name.parse().map_err(|_| format!("{name:?} is no IANA time zone"))?
        }
        (None, None) => zone,
    };
    let bare = text.trim_end_matches('Z');
    let (local, whole_day) = match NaiveDateTime::parse_from_str(bare, "%Y%m%dT%H%M%S") {
        Ok(local) => (local, false),
        Err(_) => {
            let day =
                NaiveDate::parse_from_str(bare, "%Y%m%d").map_err(|_| format!("{text:?} is no date"))?;
            (day.and_time(chrono::NaiveTime::MIN), true)
        }
    };
    let at = instant(zone, local).ok_or_else(|| format!("{text:?} is no date"))?;
    Ok(Moment { at, local, zone, whole_day })
}

/// In microseconds: from `DTEND`, else `DURATION`, else a whole day for a date (RFC 5545, 3.6.1).
fn length(event: &Component<'_>, begins: &Moment, zone: Tz) -> Result<i64, String> {
    if let Some(end) = event.find_prop("DTEND") {
        return Ok(moment(end, zone)?.at - begins.at);
    }
    if let Some(duration) = event.find_prop("DURATION") {
        return duration_of(duration.val.as_str()).ok_or_else(|| "its DURATION cannot be read".to_owned());
    }
    begins.whole_day.then_some(24 * 3_600_000_000).ok_or_else(|| "it has no end".to_owned())
}

/// `P1W`, `P1DT2H`, `PT8H30M` (RFC 5545, 3.3.6), in microseconds.
fn duration_of(text: &str) -> Option<i64> {
    let mut seconds: i64 = 0;
    let mut number = String::new();
    for c in text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?.chars() {
        let unit = match c {
            '0'..='9' => {
                number.push(c);
                continue;
            }
            'T' if number.is_empty() => continue,
            'W' => 7 * 86_400,
            'D' => 86_400,
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    number.is_empty().then(|| seconds.checked_mul(1_000_000)).flatten()
}

/// When the event begins each time, as far as the window reaches.
fn occurrences(
    begins: &Moment,
    rule: &str,
    window: (UtcMicros, UtcMicros),
    long: i64,
) -> Result<Vec<UtcMicros>, String> {
    let start = if begins.zone == Tz::UTC {
        format!("DTSTART:{}Z", begins.local.format("%Y%m%dT%H%M%S"))
    } else {
        format!("DTSTART;TZID={}:{}", begins.zone.name(), begins.local.format("%Y%m%dT%H%M%S"))
    };
    let rule = until_in_utc(rule, begins.zone);
    let set: RRuleSet = format!("{start}\nRRULE:{rule}").parse().map_err(|e| format!("its RRULE: {e}"))?;
    let edge = |at: UtcMicros| -> Option<DateTime<rrule::Tz>> {
        Some(DateTime::<Utc>::from_timestamp_micros(at)?.with_timezone(&rrule::Tz::UTC))
    };
    let (first, last) = (edge(window.0 - long), edge(window.1));
    let (first, last) = first.zip(last).ok_or("it lies outside of time")?;
    let laid = set.after(first - Duration::seconds(1)).before(last).all(OCCURRENCES);
    if laid.limited {
        return Err("it repeats too often".to_owned());
    }
    Ok(laid.dates.iter().map(DateTime::timestamp_micros).collect())
}

/// `UNTIL` must be UTC where the start has a zone (RFC 5545, 3.3.10); many tools write a date or a local time.
fn until_in_utc(rule: &str, zone: Tz) -> String {
    let part = |part: &str| {
        let until = part.strip_prefix("UNTIL=").filter(|until| !until.ends_with('Z'))?;
        let local = NaiveDateTime::parse_from_str(until, "%Y%m%dT%H%M%S").ok().or_else(|| {
            NaiveDate::parse_from_str(until, "%Y%m%d").ok().and_then(|day| day.and_hms_opt(23, 59, 59))
        })?;
        let at = DateTime::<Utc>::from_timestamp_micros(instant(zone, local)?)?;
        Some(format!("UNTIL={}", at.format("%Y%m%dT%H%M%SZ")))
    };
    rule.split(';').map(|text| part(text).unwrap_or_else(|| text.to_owned())).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> UtcMicros {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
    }

    fn calendar(events: &[&str]) -> String {
        let events: Vec<String> = events
            .iter()
            .map(|body| format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", body.replace('\n', "\r\n")))
            .collect();
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\n{}END:VCALENDAR\r\n", events.concat())
    }

    fn read_all(text: &str) -> Result<(Vec<Found>, Vec<Skipped>), String> {
        let known = |said: &str| {
            let known = [("ana@example.org", "ana"), ("On Call - Ben", "ben"), ("Ana Maier", "ana")];
            known.iter().find(|(name, _)| *name == said).map(|(_, user)| (*user).to_owned())
        };
        shifts(text, Tz::Europe__Berlin, &known, (utc("2026-10-01T00:00:00Z"), utc("2026-12-01T00:00:00Z")))
    }

    fn starts(text: &str) -> Vec<String> {
        let (found, skipped) = read_all(text).unwrap();
        assert_eq!(skipped, []);
        found
            .iter()
            .map(|s| {
                DateTime::<Utc>::from_timestamp_micros(s.from).unwrap().format("%m-%dT%H:%M").to_string()
            })
            .collect()
    }

    #[test]
    fn an_event_of_an_on_call_tool_is_a_shift() {
        let text =
            calendar(&["UID:1\nSUMMARY:On Call - Ben\nDTSTART:20261102T080000Z\nDTEND:20261109T080000Z"]);
        let (found, _) = read_all(&text).unwrap();
        let shift =
            Found { user: "ben".into(), from: utc("2026-11-02T08:00:00Z"), to: utc("2026-11-09T08:00:00Z") };
        assert_eq!(found, [shift]);
    }

    #[test]
    fn a_folded_attendee_with_a_name_is_one_person() {
        let text = calendar(&[
            "UID:1\nSUMMARY:Shift\nATTENDEE;CN=\"Ana Maier\";ROLE=REQ-PARTICIPANT:mai\n lto:ana@example.org\nDTSTART;VALUE=DATE:20261103",
        ]);
        let (found, skipped) = read_all(&text).unwrap();
        assert_eq!(skipped, []);
        assert_eq!(
            found,
            [Found {
                user: "ana".into(),
                from: utc("2026-11-02T23:00:00Z"),
                to: utc("2026-11-03T23:00:00Z")
            }]
        );
    }

    #[test]
    fn a_weekly_event_keeps_its_wall_clock_and_loses_what_was_taken_out() {
        let weekly = "UID:w\nSUMMARY:On Call - Ben\nDTSTART;TZID=Europe/Berlin:20261012T090000\nDURATION:PT8H\nRRULE:FREQ=WEEKLY;UNTIL=20261109";
        assert_eq!(
            starts(&calendar(&[weekly])),
            ["10-12T07:00", "10-19T07:00", "10-26T08:00", "11-02T08:00", "11-09T08:00"]
        );
        let out = format!("{weekly}\nEXDATE;TZID=Europe/Berlin:20261019T090000");
        let instead = "UID:w\nRECURRENCE-ID;TZID=Europe/Berlin:20261102T090000\nSUMMARY:On Call - Ben\nDTSTART;TZID=Europe/Berlin:20261103T090000\nDURATION:PT8H";
        assert_eq!(
            starts(&calendar(&[&out, instead])),
            ["10-12T07:00", "10-26T08:00", "11-03T08:00", "11-09T08:00"]
        );
    }

    #[test]
    fn what_names_no_shift_is_left_out_by_name() {
        let text = calendar(&[
            "UID:1\nSUMMARY:Team lunch\nDTSTART:20261102T120000Z\nDTEND:20261102T130000Z",
            "UID:2\nSUMMARY:On Call - Ben\nSTATUS:CANCELLED\nDTSTART:20261102T120000Z\nDTEND:20261102T130000Z",
            "UID:3\nSUMMARY:On Call - Ben\nDTSTART;TZID=Mars/Base:20261102T120000\nDTEND:20261102T130000Z",
            "UID:4\nSUMMARY:On Call - Ben\nDTSTART:20261102T120000Z\nDTEND:20261102T110000Z",
            "UID:5\nDTSTART:20261102T120000Z\nDTEND:20261102T130000Z",
            "UID:6\nSUMMARY:On Call - Ben\nATTENDEE:mailto:ana@example.org\nDTSTART:20261102T120000Z\nDTEND:20261102T130000Z",
        ]);
        let (found, skipped) = read_all(&text).unwrap();
        assert_eq!(found, []);
        let why: Vec<&str> = skipped.iter().map(|s| s.why.as_str()).collect();
        assert_eq!(
            why,
            [
                "nobody here is known as Team lunch",
                "\"Mars/Base\" is no IANA time zone",
                "it ends before it begins",
                "it names nobody",
                "it names several people: ana, ben",
            ]
        );
    }

    #[test]
    fn what_is_no_calendar_is_an_error_and_never_a_panic() {
        assert!(read_all("").is_err());
        assert!(read_all("<html>").is_err());
        assert!(read_all(&"BEGIN:A\n".repeat(100_000)).is_err());
        let often =
            "UID:1\nSUMMARY:On Call - Ben\nDTSTART:20261001T000000Z\nDURATION:PT1M\nRRULE:FREQ=MINUTELY";
        let (found, skipped) = read_all(&calendar(&[often])).unwrap();
        assert_eq!((found.len(), skipped.len()), (0, 1));
        let whole =
            calendar(&["UID:1\nSUMMARY:On Call - Ben\nDTSTART:20261102T080000Z\nDTEND:20261109T080000Z"]);
        for cut in 0..whole.len() {
            let _ = whole.get(..cut).map(read_all);
        }
    }

    #[test]
    fn durations_are_read_whole_or_not_at_all() {
        let hours = |text| duration_of(text).map(|d| d / 3_600_000_000);
        assert_eq!(hours("P1W"), Some(168));
        assert_eq!(hours("P1DT2H"), Some(26));
        assert_eq!(
            [hours("PT"), hours("8H"), hours("P8"), hours("P9999999999999999W")],
            [Some(0), None, None, None]
        );
    }
}
