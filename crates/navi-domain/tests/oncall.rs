//! Who is on call when, over daylight saving and shifts taken over; and when the next in line is alerted.

#![expect(clippy::unwrap_used, reason = "the instants of a test are written right, or it fails")]

#[expect(dead_code, reason = "only the approval is needed")]
mod sample;

use chrono::NaiveDateTime;
use navi_domain::UtcMicros;
use navi_domain::approval::{Approval, Claim};
use navi_domain::oncall::line::{Alert, Cause, Line, Reach, Step};
use navi_domain::oncall::rota::{on_call, turns};
use navi_domain::oncall::{OnCall, OnCallError, Origin, Rota, Schedule, Shift};
use navi_domain::risk::Level;
use proptest::prelude::*;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

fn utc(text: &str) -> UtcMicros {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
}

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").unwrap()
}

fn berlin(people: &[&str], begins: &str, days: u16) -> Schedule {
    Schedule {
        id: "primary".into(),
        name: "Primary".into(),
        zone: "Europe/Berlin".into(),
        rota: Some(Rota {
            people: people.iter().map(|&p| p.to_owned()).collect(),
            begins: local(begins),
            days,
        }),
        shifts: Vec::new(),
    }
}

fn shift(user: &str, from: UtcMicros, to: UtcMicros, origin: Origin) -> Shift {
    Shift { id: user.into(), user: user.into(), from, to, origin, by: "root".into() }
}

fn asked() -> Approval {
    Approval { expires_at: 4_000, ..sample::approval(Level::High) }
}

#[test]
fn the_handover_stays_at_nine_over_daylight_saving() {
    let weekly = berlin(&["ana", "ben"], "2026-03-16T09:00", 7);
    let laid = turns(&weekly, utc("2026-03-16T08:00:00Z"), utc("2026-04-06T07:00:00Z"));
    let spans: Vec<_> = laid.iter().map(|t| (t.user.as_str(), (t.to - t.from) / HOUR)).collect();
    // Clocks go forward on 29 March: ben's week is an hour shorter.
    assert_eq!(spans, [("ana", 168), ("ben", 167), ("ana", 168)]);
    assert_eq!(on_call(&weekly, utc("2026-03-30T06:59:59Z")), Some(("ben", Origin::Rota)));
    assert_eq!(on_call(&weekly, utc("2026-03-30T07:00:00Z")), Some(("ana", Origin::Rota)));
    assert_eq!(on_call(&weekly, utc("2026-03-16T07:59:59Z")), None);
    let autumn = turns(&weekly, utc("2026-10-19T07:00:00Z"), utc("2026-10-26T08:00:00Z"));
    assert_eq!(autumn.iter().map(|t| (t.to - t.from) / HOUR).collect::<Vec<_>>(), [169]);
}

#[test]
fn a_handover_that_the_clock_skips_is_at_the_end_of_the_gap_and_a_doubled_one_at_the_first() {
    let daily = berlin(&["ana", "ben"], "2026-03-28T02:30", 1);
    assert_eq!(on_call(&daily, utc("2026-03-29T00:59:59Z")), Some(("ana", Origin::Rota)));
    assert_eq!(on_call(&daily, utc("2026-03-29T01:00:00Z")), Some(("ben", Origin::Rota)));
    let autumn = berlin(&["ana", "ben"], "2026-10-24T02:30", 1);
    assert_eq!(on_call(&autumn, utc("2026-10-25T00:29:59Z")), Some(("ana", Origin::Rota)));
    assert_eq!(on_call(&autumn, utc("2026-10-25T00:30:00Z")), Some(("ben", Origin::Rota)));
    assert_eq!(on_call(&autumn, utc("2026-10-25T01:30:00Z")), Some(("ben", Origin::Rota)));
}

#[test]
fn an_override_wins_over_a_calendar_and_both_over_the_rota() {
    let mut weekly = berlin(&["ana"], "2026-11-02T09:00", 7);
    let noon = utc("2026-11-04T12:00:00Z");
    weekly.shifts = vec![
        shift("cal", noon, noon + 4 * HOUR, Origin::Calendar),
        shift("eva", noon + HOUR, noon + 2 * HOUR, Origin::Override),
        shift("fin", noon + HOUR, noon + 2 * HOUR, Origin::Override),
    ];
    let laid = turns(&weekly, noon - HOUR, noon + 5 * HOUR);
    let said: Vec<_> =
        laid.iter().map(|t| (t.user.as_str(), (t.from - noon) / HOUR, (t.to - noon) / HOUR)).collect();
    assert_eq!(said, [("ana", -1, 0), ("cal", 0, 1), ("fin", 1, 2), ("cal", 2, 4), ("ana", 4, 5)]);
}

#[test]
fn what_cannot_be_a_schedule_is_refused_by_name() {
    let good = berlin(&["ana"], "2026-11-02T09:00", 7);
    let refuse = |change: &dyn Fn(&mut Schedule)| {
        let mut bad = good.clone();
        change(&mut bad);
        OnCall::default().with(bad).unwrap_err()
    };
    assert_eq!(refuse(&|s| s.id = "Über".into()), OnCallError::Id);
    assert_eq!(refuse(&|s| s.name = "  ".into()), OnCallError::Name);
    assert_eq!(refuse(&|s| s.zone = "Mars/Base".into()), OnCallError::Zone("Mars/Base".into()));
    assert_eq!(refuse(&|s| s.rota.as_mut().unwrap().people.clear()), OnCallError::Rota);
    assert_eq!(refuse(&|s| s.rota.as_mut().unwrap().days = 0), OnCallError::Rota);
    assert_eq!(refuse(&|s| s.shifts.push(shift("x", 5, 5, Origin::Override))), OnCallError::Shift);
    let known = OnCall::default().with(good).unwrap();
    let line = |at, to| Line { steps: vec![Step { at, reach: Reach::Schedule(to) }], target_minutes: 120 };
    assert!(line(500, "primary".into()).validate(&known).is_ok());
    assert!(line(1000, "primary".into()).validate(&known).is_err());
    assert!(line(500, "secondary".into()).validate(&known).is_err());
    let alerted = OnCall { line: line(500, "primary".into()), ..known };
    assert!(alerted.without("primary").is_err(), "the line alerts it");
    assert_eq!(alerted.without("other"), Ok(None));
}

#[test]
fn the_next_in_line_is_alerted_at_half_of_the_time_unless_it_is_claimed_or_stands_still() {
    let line = Line::default();
    let asked = asked();
    let (start, allowed) = (asked.created_at, asked.expires_at - asked.created_at);
    let half = start + allowed / 2;
    assert_eq!(asked.next_alert(&line, false, half - 1), None);
    assert_eq!(asked.next_alert(&line, false, half), Some((0, Cause::Time)));
    assert_eq!(asked.next_alert(&line, true, start), Some((0, Cause::Undeliverable)), "at once");

    let claimed = Approval { claimed_by: Some(Claim { user: "bo".into(), at: start }), ..asked.clone() };
    assert_eq!(claimed.next_alert(&line, false, half), None, "a claim stops the ringing");

    let alert = |users: Vec<String>| Alert { step: 0, users, cause: Cause::Time, at: half };
    let told = asked.alerted(alert(vec!["eva".into()]));
    assert_eq!(told.next_alert(&line, false, half), None);
    assert_eq!(told.next_alert(&line, false, start + allowed * 3 / 4), Some((1, Cause::Time)));
    let nobody = asked.alerted(alert(Vec::new()));
    assert_eq!(nobody.next_alert(&line, false, half), Some((1, Cause::Undeliverable)));
}

#[test]
fn time_that_stood_still_counts_neither_as_waited_nor_as_allowed() {
    let line = Line::default();
    let asked = asked();
    let (start, allowed) = (asked.created_at, asked.expires_at - asked.created_at);
    let frozen = asked.freeze(start + allowed / 4).unwrap();
    assert_eq!(frozen.next_alert(&line, false, start + allowed), None);
    let thawed = frozen.thaw(start + allowed / 4 + 10 * DAY).unwrap();
    assert_eq!(thawed.next_alert(&line, false, start + 10 * DAY + allowed / 2 - 1), None);
    assert_eq!(thawed.next_alert(&line, false, start + 10 * DAY + allowed / 2), Some((0, Cause::Time)));
    assert_eq!(thawed.waited(start + 10 * DAY + allowed / 2), allowed / 2);
}

#[test]
fn a_missed_target_is_marked_once() {
    let line = Line { target_minutes: 1, ..Line::default() };
    let asked = asked();
    assert_eq!(asked.missed_target(&line, asked.created_at + 59_999_999), None);
    let missed = asked.missed_target(&line, asked.created_at + 60_000_000).unwrap();
    assert_eq!(missed.missed_target(&line, asked.created_at + 90_000_000), None);
}

proptest! {
    #[test]
    fn turns_say_the_same_as_asking_at_each_instant(
        days in 1_u16..9,
        people in 1_usize..5,
        zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe", "UTC"]),
        start in 0_i64..300,
        shifts in prop::collection::vec((0_i64..40, 1_i64..5, any::<bool>()), 0..4),
        probe in 0_i64..(40 * 24),
    ) {
        let names: Vec<String> = (0..people).map(|n| format!("p{n}")).collect();
        let mut schedule = berlin(&names.iter().map(String::as_str).collect::<Vec<_>>(), "2026-01-05T02:15", days);
        schedule.zone = zone.into();
        let from = utc("2026-01-01T00:00:00Z") + start * DAY;
        schedule.shifts = shifts.iter().map(|(at, long, over)| {
            let origin = if *over { Origin::Override } else { Origin::Calendar };
            shift("x", from + at * DAY, from + (at + long) * DAY, origin)
        }).collect();
        let laid = turns(&schedule, from, from + 40 * DAY);
        prop_assert!(laid.windows(2).all(|w| w[0].to <= w[1].from));
        let at = from + probe * HOUR;
        let by_turns = laid.iter().find(|t| t.from <= at && at < t.to).map(|t| (t.user.as_str(), t.origin));
        prop_assert_eq!(by_turns, on_call(&schedule, at));
    }

    #[test]
    fn everybody_gets_their_turn_in_order(days in 1_u16..9, people in 1_usize..5) {
        let names: Vec<String> = (0..people).map(|n| format!("p{n}")).collect();
        let schedule = berlin(&names.iter().map(String::as_str).collect::<Vec<_>>(), "2026-01-05T09:00", days);
        let from = utc("2026-01-05T08:00:00Z");
        let laid = turns(&schedule, from, from + 200 * DAY);
        for (nth, turn) in laid.iter().enumerate().take(people) {
            prop_assert_eq!(&turn.user, &names[nth]);
        }
    }
}
