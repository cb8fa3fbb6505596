//! Shifts from an iCalendar file (RFC 5545), as on-call tools and calendars export them: events with a person in
//! `ATTENDEE` or `SUMMARY`, repeated by `RRULE` and `RDATE`, with `EXDATE`, `RECURRENCE-ID` and `STATUS:CANCELLED`.
//!
//! What cannot be read is named and left out; nothing is guessed.

mod moment;
mod repeat;
mod zone;

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use chrono_tz::Tz;
use icalendar::parser::{Component, Property, read_calendar, unfold};
use navi_domain::UtcMicros;
use navi_domain::oncall::MOST_SHIFTS;

use self::moment::{Clock, Long, Moment};
use self::zone::Zone;

/// Deepest nesting that is read: a calendar, an event, an alarm.
const DEEPEST: usize = 4;

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

/// Finds the person by what an event says: an e-mail address, a name, a summary.
type Known<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads the shifts that touch a window. `known` finds the person by what the event says (an e-mail address, then the
/// summary). Events without a zone of their own are read by `zone`'s wall clock.
///
/// # Errors
/// A sentence when the text is no calendar.
pub fn shifts(
    text: &str,
    zone: Tz,
    known: Known<'_>,
    window: (UtcMicros, UtcMicros),
) -> Result<(Vec<Found>, Vec<Skipped>), String> {
    if depth(text) > DEEPEST {
        return Err("it is nested deeper than a calendar is".to_owned());
    }
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    for text in calendars(&unfold(text.trim_start_matches('\u{feff}'))) {
        let calendar = read_calendar(&text)
            .map_err(|error| format!("it is no calendar: {}", error.lines().next().unwrap_or_default()))?;
        read_one(&calendar.components, zone, known, window, (&mut found, &mut skipped))?;
    }
    found.sort_by_key(|shift| (shift.from, shift.to));
    Ok((found, skipped))
}

fn read_one(
    components: &[Component<'_>],
    zone: Tz,
    known: Known<'_>,
    window: (UtcMicros, UtcMicros),
    (found, skipped): (&mut Vec<Found>, &mut Vec<Skipped>),
) -> Result<(), String> {
    let last = DateTime::<Utc>::from_timestamp_micros(window.1).ok_or("it lies outside of time")?.naive_utc();
    let own = Zone::laid_down(components, last + Duration::days(2));
    let clock = Clock { zone: Zone::Known(zone), own };
    let events: Vec<&Component<'_>> = components.iter().filter(|c| c.name == "VEVENT").collect();
    let moved = moved(&events, &clock);
    for (nth, event) in events.iter().enumerate() {
        match read(event, &clock, known, window, &moved) {
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
    Ok(())
}

/// The calendars of a text, one after the other (RFC 5545, 3.4). Names are of either case; they are compared in capitals.
fn calendars(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let named = line.find([':', ';']).unwrap_or(line.len());
        let (name, rest) = line.split_at(named);
        let name = name.to_ascii_uppercase();
        let frames = name == "BEGIN" || name == "END";
        let rest = if frames { rest.to_ascii_uppercase() } else { rest.to_owned() };
        if let Some(last) = all.last_mut() {
            last.extend([name.as_str(), rest.as_str(), "\n"]);
        }
        if name == "END" && rest.trim_end() == ":VCALENDAR" {
            all.push(String::new());
        }
    }
    if all.len() > 1 && all.last().is_some_and(String::is_empty) {
        all.pop();
    }
    all
}

fn depth(text: &str) -> usize {
    let (mut deepest, mut open) = (0_usize, 0_usize);
    for line in text.lines() {
        let is = |frame: &str| line.get(..frame.len()).is_some_and(|s| s.eq_ignore_ascii_case(frame));
        if is("BEGIN:") {
            open += 1;
            deepest = deepest.max(open);
        } else if is("END:") {
            open = open.saturating_sub(1);
        }
    }
    deepest
}

/// What a parameter of a property says, without quotes.
fn parameter<'a>(property: &'a Property<'_>, name: &str) -> Option<&'a str> {
    let found = property.params.iter().find(|p| p.key.as_str().eq_ignore_ascii_case(name))?;
    found.val.as_ref().map(|value| value.as_str().trim_matches('"'))
}

/// An occurrence that an event of its own replaces.
struct Replaced {
    at: Moment,
    /// And all that come after it.
    and_later: bool,
}

/// By event: the occurrences that events of their own replace.
fn moved(events: &[&Component<'_>], clock: &Clock) -> BTreeMap<String, Vec<Replaced>> {
    let mut moved: BTreeMap<String, Vec<Replaced>> = BTreeMap::new();
    for event in events {
        let Some(property) = event.find_prop("RECURRENCE-ID") else { continue };
        if let (Some(uid), Ok(at)) = (event.find_prop("UID"), clock.moment(property)) {
            let replaced = Replaced { at, and_later: parameter(property, "RANGE").is_some() };
            moved.entry(uid.val.as_str().to_owned()).or_default().push(replaced);
        }
    }
    moved
}

fn read(
    event: &Component<'_>,
    clock: &Clock,
    known: Known<'_>,
    window: (UtcMicros, UtcMicros),
    moved: &BTreeMap<String, Vec<Replaced>>,
) -> Result<Vec<Found>, String> {
    let value = |name| event.find_prop(name).map(|p| p.val.as_str());
    if value("STATUS").is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED")) {
        return Ok(Vec::new());
    }
    let replaces = event.find_prop("RECURRENCE-ID");
    if replaces.is_some_and(|property| parameter(property, "RANGE").is_some()) {
        return Err(
            "it changes an occurrence and all after it at once; write the rest as an event of its own".into(),
        );
    }
    if event.find_prop("EXRULE").is_some() {
        return Err("it takes occurrences out by EXRULE, which is not read; write EXDATE".to_owned());
    }
    let user = person(event, known)?;
    let begins = clock.moment(event.find_prop("DTSTART").ok_or("it has no DTSTART")?)?;
    let long = length(event, &begins, clock)?;
    let ends = |from: NaiveDateTime, long: &Long| {
        long.end(from, &begins.zone).ok_or_else(|| "it ends outside of time".to_owned())
    };
    if ends(begins.local, &long)? <= begins.at()? {
        return Err("it ends before it begins".to_owned());
    }
    let mut starts = match replaces {
        Some(_) => vec![(begins.local, long)],
        None => occurrences(event, &begins, long, clock, window)?,
    };
    if replaces.is_none() {
        let gone = taken_out(event, clock, value("UID").and_then(|uid| moved.get(uid)))?;
        starts.retain(|(at, _)| !gone.iter().any(|gone| gone.covers(*at, &begins.zone)));
    }
    let mut shifts = Vec::new();
    for (local, long) in starts {
        let from = begins.zone.instant(local).ok_or("it begins outside of time")?;
        let to = ends(local, &long)?;
        if from < window.1 && to > window.0 && from < to {
            shifts.push(Found { user: user.clone(), from, to });
        }
    }
    Ok(shifts)
}

/// Something that is no occurrence.
enum Gone<'a> {
    Excepted(Moment),
    Replaced(&'a Replaced),
}

impl Gone<'_> {
    fn covers(&self, begins: NaiveDateTime, zone: &Zone) -> bool {
        match self {
            Self::Excepted(at) => at.means(begins, zone),
            Self::Replaced(one) => {
                let later = one.and_later && zone.instant(begins) >= one.at.at().ok();
                later || one.at.means(begins, zone)
            }
        }
    }
}

fn taken_out<'a>(
    event: &Component<'_>,
    clock: &Clock,
    replaced: Option<&'a Vec<Replaced>>,
) -> Result<Vec<Gone<'a>>, String> {
    let mut gone: Vec<Gone<'a>> = replaced.into_iter().flatten().map(Gone::Replaced).collect();
    for property in event.properties.iter().filter(|p| p.name == "EXDATE") {
        for one in property.val.as_str().split(',') {
            gone.push(Gone::Excepted(clock.read(one, property)?));
        }
    }
    Ok(gone)
}

/// When the event begins each time by its zone's wall clock, as far as the window reaches, and how long it lasts then.
fn occurrences(
    event: &Component<'_>,
    begins: &Moment,
    long: Long,
    clock: &Clock,
    window: (UtcMicros, UtcMicros),
) -> Result<Vec<(NaiveDateTime, Long)>, String> {
    let mut starts = Vec::new();
    let zone = &begins.zone;
    let edge = |at: UtcMicros| zone.local(at).ok_or("it lies outside of time");
    let day = Duration::days(1);
    let most = long.most().ok_or("it is too long")?;
    let first = edge(window.0)?.checked_sub_signed(most).ok_or("it is too long")?;
    let span = (first, edge(window.1)? + day);
    let from_utc = |utc: NaiveDateTime| zone.local(utc.and_utc().timestamp_micros());
    let rules: Vec<_> = event.properties.iter().filter(|p| p.name == "RRULE").collect();
    for rule in &rules {
        let laid = repeat::starts(begins.local, rule.val.as_str(), span, &from_utc)?;
        starts.extend(laid.into_iter().map(|at| (at, long)));
    }
    if rules.is_empty() {
        starts.push((begins.local, long));
    }
    for property in event.properties.iter().filter(|p| p.name == "RDATE") {
        for one in property.val.as_str().split(',') {
            let (at, end) = one.split_once('/').map_or((one, None), |(at, end)| (at, Some(end)));
            let at = clock.read(at, property)?;
            let own = match end {
                Some(end) if end.starts_with(['P', '+']) => {
                    Long::read(end).ok_or("a period cannot be read")?
                }
                Some(end) => Long::between(&at, &clock.read(end, property)?)?,
                None => long,
            };
            let at = if at.zone == *zone { Some(at.local) } else { zone.local(at.at()?) };
            starts.push((at.ok_or("it lies outside of time")?, own));
        }
    }
    // One that is said twice is one.
    starts.sort_by_key(|(at, _)| *at);
    starts.dedup_by_key(|(at, _)| *at);
    Ok(starts)
}

fn summary(event: &Component<'_>) -> Option<String> {
    let text = event.find_prop("SUMMARY")?.val.clone().unescape_text();
    Some(text.as_str().trim().chars().take(200).collect())
}

fn person(event: &Component<'_>, known: Known<'_>) -> Result<String, String> {
    let (mut said, mut declined) = (Vec::new(), Vec::new());
    for property in event.properties.iter().filter(|p| p.name == "ATTENDEE") {
        let address = property.val.as_str();
        let address = address
            .get(..7)
            .filter(|s| s.eq_ignore_ascii_case("mailto:"))
            .map_or(address, |_| address.get(7..).unwrap_or_default());
        let no = parameter(property, "PARTSTAT").is_some_and(|s| s.eq_ignore_ascii_case("DECLINED"));
        let to = if no { &mut declined } else { &mut said };
        to.push(address.to_owned());
        to.extend(parameter(property, "CN").map(str::to_owned));
    }
    said.extend(summary(event));
    let not: Vec<String> = declined.iter().filter_map(|text| known(text)).collect();
    let mut people: Vec<String> = said.iter().filter_map(|text| known(text)).collect();
    people.retain(|person| !not.contains(person));
    people.sort_unstable();
    people.dedup();
    match people.as_slice() {
        [one] => Ok(one.clone()),
        [] if !not.is_empty() => Err(format!("{} declined it", not.join(" and "))),
        [] if said.is_empty() => Err("it names nobody".to_owned()),
        [] => Err(format!("nobody here is known as {}", said.join(" or "))),
        several => Err(format!("it names several people: {}", several.join(", "))),
    }
}

/// From `DTEND`, else `DURATION`, else a whole day for a date (RFC 5545, 3.6.1).
fn length(event: &Component<'_>, begins: &Moment, clock: &Clock) -> Result<Long, String> {
    if let Some(end) = event.find_prop("DTEND") {
        return Long::between(begins, &clock.moment(end)?);
    }
    if let Some(duration) = event.find_prop("DURATION") {
        return Long::read(duration.val.as_str()).ok_or_else(|| "its DURATION cannot be read".to_owned());
    }
    begins.whole_day.then_some(Long::DAY).ok_or_else(|| "it has no end".to_owned())
}
