//! What an iCalendar file comes to.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use navi_domain::UtcMicros;
use navi_server::calendar::{Found, Skipped, shifts};

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
        .map(|s| DateTime::<Utc>::from_timestamp_micros(s.from).unwrap().format("%m-%dT%H:%M").to_string())
        .collect()
}

#[test]
fn an_event_of_an_on_call_tool_is_a_shift() {
    let text = calendar(&["UID:1\nSUMMARY:On Call - Ben\nDTSTART:20261102T080000Z\nDTEND:20261109T080000Z"]);
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
        [Found { user: "ana".into(), from: utc("2026-11-02T23:00:00Z"), to: utc("2026-11-03T23:00:00Z") }]
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
            "\"Mars/Base\" is no IANA time zone, and the file does not lay it down",
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
    let often = "UID:1\nSUMMARY:On Call - Ben\nDTSTART:20261001T000000Z\nDURATION:PT1M\nRRULE:FREQ=MINUTELY";
    let (found, skipped) = read_all(&calendar(&[often])).unwrap();
    assert_eq!((found.len(), skipped.len()), (0, 1));
    let whole = calendar(&["UID:1\nSUMMARY:On Call - Ben\nDTSTART:20261102T080000Z\nDTEND:20261109T080000Z"]);
    for cut in 0..whole.len() {
        let _ = whole.get(..cut).map(read_all);
    }
}

#[test]
fn durations_are_read_whole_or_not_at_all() {
    let hours = |long: &str| {
        let (found, _) =
            read_all(&calendar(&[&format!("{BEN}\nDTSTART:20261102T000000Z\nDURATION:{long}")])).unwrap();
        found.first().map(|shift| (shift.to - shift.from) / 3_600_000_000)
    };
    assert_eq!([hours("P1W"), hours("P1DT2H"), hours("+PT8H30M")], [Some(168), Some(26), Some(8)]);
    assert_eq!(
        [hours("PT"), hours("8H"), hours("P8"), hours("-PT8H"), hours("P9999999999999999W")],
        [None, None, None, None, None]
    );
}

/// From and to of each shift, by the clock of Greenwich.
fn spans(text: &str) -> Vec<String> {
    let (found, skipped) = read_all(text).unwrap();
    assert_eq!(skipped, []);
    let said = |at| DateTime::<Utc>::from_timestamp_micros(at).unwrap().format("%m-%dT%H:%M").to_string();
    found.iter().map(|s| format!("{}/{}", said(s.from), said(s.to))).collect()
}

const BEN: &str = "UID:w\nSUMMARY:On Call - Ben";

#[test]
fn over_a_change_of_daylight_saving_the_handover_keeps_its_wall_clock() {
    // Berlin goes back an hour in the night to 25 October.
    let weeks = [
        "10-05T07:00/10-12T07:00",
        "10-12T07:00/10-19T07:00",
        "10-19T07:00/10-26T08:00",
        "10-26T08:00/11-02T08:00",
    ];
    for long in ["DTEND;TZID=Europe/Berlin:20261012T090000", "DURATION:P1W", "DURATION:P7D"] {
        let weekly =
            format!("{BEN}\nDTSTART;TZID=Europe/Berlin:20261005T090000\n{long}\nRRULE:FREQ=WEEKLY;COUNT=4");
        assert_eq!(spans(&calendar(&[&weekly])), weeks, "{long}");
    }
    // Days are days, and one that repeats begins after the last.
    let days = format!("{BEN}\nDTSTART;VALUE=DATE:20261024\nRRULE:FREQ=DAILY;COUNT=3");
    let wanted = ["10-23T22:00/10-24T22:00", "10-24T22:00/10-25T23:00", "10-25T23:00/10-26T23:00"];
    assert_eq!(spans(&calendar(&[&days])), wanted);
    // Hours that pass are hours.
    let night = format!("{BEN}\nDTSTART;TZID=Europe/Berlin:20261024T200000\nDURATION:PT12H");
    assert_eq!(spans(&calendar(&[&night])), ["10-24T18:00/10-25T06:00"]);
    // An hour that the clock shows twice is the first one; `UNTIL` in UTC is read by the same clock.
    let twice = format!(
        "{BEN}\nDTSTART;TZID=Europe/Berlin:20261024T023000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20261026T013000Z"
    );
    assert_eq!(
        spans(&calendar(&[&twice])),
        ["10-24T00:30/10-24T01:30", "10-25T00:30/10-25T01:30", "10-26T01:30/10-26T02:30"]
    );
}

#[test]
fn an_hour_that_the_clock_skips_is_by_the_offset_before() {
    let known = |said: &str| (said == "On Call - Ben").then(|| "ben".to_owned());
    let window = (utc("2027-03-27T12:00:00Z"), utc("2027-03-29T12:00:00Z"));
    let text = calendar(&[&format!(
        "{BEN}\nDTSTART;TZID=Europe/Berlin:20270326T023000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4"
    )]);
    let (found, _) = shifts(&text, Tz::UTC, &known, window).unwrap();
    let from: Vec<UtcMicros> = found.iter().map(|shift| shift.from).collect();
    assert_eq!(from, [utc("2027-03-28T01:30:00Z"), utc("2027-03-29T00:30:00Z")]);
}

#[test]
fn dates_of_their_own_are_occurrences_and_exceptions_take_them_out() {
    let own = format!(
        "{BEN}\nDTSTART:20261102T080000Z\nDTEND:20261102T160000Z\nRDATE:20261104T080000Z,20261105T080000Z\n\
         RDATE;VALUE=PERIOD:20261106T080000Z/PT2H,20261107T080000Z/20261107T090000Z\nEXDATE:20261105T080000Z"
    );
    assert_eq!(
        spans(&calendar(&[&own])),
        [
            "11-02T08:00/11-02T16:00",
            "11-04T08:00/11-04T16:00",
            "11-06T08:00/11-06T10:00",
            "11-07T08:00/11-07T09:00"
        ]
    );
    // A date takes out what begins on it.
    let daily = format!(
        "{BEN}\nDTSTART;TZID=Europe/Berlin:20261102T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20261103"
    );
    let moved =
        format!("{BEN}\nRECURRENCE-ID;VALUE=DATE:20261104\nSTATUS:CANCELLED\nDTSTART:20261104T090000Z");
    assert_eq!(spans(&calendar(&[&daily, &moved])), ["11-02T08:00/11-02T09:00"]);
}

#[test]
fn what_would_have_to_be_guessed_is_left_out_by_name() {
    let daily = format!("{BEN}\nDTSTART:20261102T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4");
    let later = "UID:w\nSUMMARY:On Call - Ben (later)\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261104T080000Z\nDTSTART:20261104T100000Z\nDURATION:PT1H";
    let (found, skipped) = read_all(&calendar(&[&daily, later])).unwrap();
    assert_eq!(found.len(), 2, "those after the change are not told as if nothing had changed");
    assert!(skipped[0].why.contains("all after it"), "{skipped:?}");
    let rule = format!("{daily}\nEXRULE:FREQ=WEEKLY");
    assert!(read_all(&calendar(&[&rule])).unwrap().1[0].why.contains("EXRULE"));
    let declined = "UID:d\nSUMMARY:Shift\nATTENDEE;PARTSTAT=DECLINED:mailto:ana@example.org\nDTSTART:20261102T080000Z\nDURATION:PT1H";
    let (found, skipped) = read_all(&calendar(&[declined])).unwrap();
    assert_eq!((found.len(), skipped[0].why.as_str()), (0, "ana declined it"));
}

#[test]
fn a_zone_that_the_file_lays_down_is_read_by_it() {
    let zone = "BEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\n\
        BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
        RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n\
        BEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n\
        RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n";
    let weekly = |tzid: &str| {
        calendar(&[&format!(
            "{BEN}\nDTSTART;TZID={tzid}:20261019T090000\nDTEND;TZID={tzid}:20261026T090000\nRRULE:FREQ=WEEKLY;UNTIL=20261026T080000Z"
        )])
    };
    let wanted = ["10-19T07:00/10-26T08:00", "10-26T08:00/11-02T08:00"];
    let own =
        weekly("\"W. Europe Standard Time\"").replacen("BEGIN:VEVENT", &format!("{zone}BEGIN:VEVENT"), 1);
    assert_eq!(spans(&own), wanted);
    assert_eq!(spans(&weekly("/mozilla.org/20050126_1/Europe/Berlin")), wanted);
    let unknown = read_all(&weekly("Mars/Base")).unwrap().1;
    assert_eq!(unknown[0].why, "\"Mars/Base\" is no IANA time zone, and the file does not lay it down");
}

#[test]
fn names_of_either_case_and_several_calendars_in_one_file_are_read() {
    let one = calendar(&[&format!("{BEN}\nDTSTART:20261102T080000Z\nDTEND:20261102T160000Z")]);
    let lower = one.replace("BEGIN:", "begin:").replace("END:", "end:").replace("DTSTART:", "dtstart:");
    let other = lower.replace("20261102", "20261103");
    let both = format!("\u{feff}{one}\r\n{other}");
    assert_eq!(spans(&both), ["11-02T08:00/11-02T16:00", "11-03T08:00/11-03T16:00"]);
}
