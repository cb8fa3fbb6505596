//! `oncall`: who is on call, taking a shift over, and the sheet that the next shift reads.

use std::io::Read as _;
use std::process::ExitCode;

use chrono::{DateTime, Local, NaiveDateTime, TimeZone as _, Utc};
use navi_client::ClientError;
use navi_client::api::Client;
use navi_protocol::oncall::{
    CalendarRequest, CalendarView, HandoverView, LineRequest, OnCallView, RotaPart, ScheduleRequest,
    ScheduleView, ShiftRequest, StepView, TurnView,
};

use crate::cli::{OnCallArgs, OnCallCommand};
use crate::config::Config;
use crate::exit;
use crate::text::{at as when, left, one_line, visible};

/// What is printed.
enum Said {
    Book(OnCallView),
    Turns(Vec<TurnView>),
    Imported(CalendarView),
    Sheet(Box<HandoverView>),
}

/// Shows or changes who is on call.
pub async fn oncall(args: OnCallArgs) -> ExitCode {
    let said = match Config::load().and_then(|config| config.client()) {
        Ok(client) => ask(&client, args.command.unwrap_or(OnCallCommand::Now)).await,
        Err(error) => Err(one_line(&error)),
    };
    match said {
        Ok(said) if args.json => print_json(&said),
        Ok(said) => print(&said),
        Err(why) => {
            eprintln!("navi-gate: {why}");
            return exit::REFUSED.into();
        }
    }
    exit::DONE.into()
}

async fn ask(client: &Client, command: OnCallCommand) -> Result<Said, String> {
    let book = |answer: Result<OnCallView, ClientError>| answer.map(Said::Book).map_err(|e| one_line(&e));
    match command {
        OnCallCommand::Now => book(client.on_call().await),
        OnCallCommand::Turns { schedule, days } => {
            let from = Utc::now().timestamp_micros();
            let to = from + i64::from(days) * 24 * 3_600 * 1_000_000;
            client.turns(&schedule, from, to).await.map(Said::Turns).map_err(|e| one_line(&e))
        }
        OnCallCommand::Set { schedule, name, zone, people, begins, days } => {
            let version = client.on_call().await.map_err(|e| one_line(&e))?.version;
            let rota = begins.map(|begins| RotaPart { people, begins, days });
            let name = name.unwrap_or_else(|| schedule.clone());
            book(client.save_schedule(&schedule, &ScheduleRequest { name, zone, rota, version }).await)
        }
        OnCallCommand::Remove { schedule } => book(client.remove_schedule(&schedule).await),
        OnCallCommand::Take { schedule, user, from, to } => {
            let from = from.as_deref().map_or_else(|| Ok(Utc::now().timestamp_micros()), instant)?;
            let request = ShiftRequest { user, from, to: instant(&to)? };
            book(client.take_shift(&schedule, &request).await)
        }
        OnCallCommand::GiveBack { schedule, shift } => book(client.give_shift_back(&schedule, &shift).await),
        OnCallCommand::Import { schedule, file, person, dry_run } => {
            let calendar = read(&file)?;
            let request = CalendarRequest { calendar, people: person.into_iter().collect(), dry_run };
            let answer = client.import_calendar(&schedule, &request).await;
            answer.map(Said::Imported).map_err(|e| one_line(&e))
        }
        OnCallCommand::Line { step, target_minutes } => {
            let version = client.on_call().await.map_err(|e| one_line(&e))?.version;
            book(client.save_line(&LineRequest { line: step, target_minutes, version }).await)
        }
        OnCallCommand::Handover => {
            let sheet = client.handover().await.map_err(|e| one_line(&e))?;
            Ok(Said::Sheet(Box::new(sheet)))
        }
    }
}

fn read(file: &std::path::Path) -> Result<String, String> {
    let mut text = String::new();
    let done = if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        std::fs::read_to_string(file).map(|read| text = read)
    };
    done.map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    Ok(text)
}

/// RFC 3339, or a wall clock's reading of this machine.
fn instant(text: &str) -> Result<i64, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.timestamp_micros());
    }
    let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .and_then(|local| Local.from_local_datetime(&local).earliest());
    local.map(|at| at.timestamp_micros()).ok_or_else(|| {
        format!("{text:?} is no time: write 2026-11-23T09:00 by this machine's clock, or with a zone")
    })
}

/// Reads `PART=KIND:NAME`, the part in per cent of the time allowed: `50=schedule:primary`.
pub fn step(text: &str) -> Result<StepView, String> {
    let unread = || format!("{text:?} is no step; write one such as 50=schedule:primary or 75=role:admin");
    let (part, reach) = text.split_once('=').ok_or_else(unread)?;
    let (to, name) = reach.split_once(':').ok_or_else(unread)?;
    let percent: u16 = part.trim_end_matches('%').parse().map_err(|_| unread())?;
    let at = percent.checked_mul(10).ok_or_else(unread)?;
    Ok(StepView { at, to: to.to_owned(), name: name.to_owned() })
}

/// Reads `SAID=PERSON`.
pub fn named(text: &str) -> Result<(String, String), String> {
    let (said, person) = text.rsplit_once('=').ok_or("write what the calendar says, =, and who that is")?;
    Ok((said.to_owned(), person.to_owned()))
}

fn print_json(said: &Said) {
    let json = match said {
        Said::Book(book) => serde_json::to_value(book),
        Said::Turns(turns) => serde_json::to_value(turns),
        Said::Imported(imported) => serde_json::to_value(imported),
        Said::Sheet(sheet) => serde_json::to_value(sheet),
    };
    println!("{}", json.unwrap_or_default());
}

fn print(said: &Said) {
    match said {
        Said::Book(book) => print_book(book),
        Said::Turns(turns) => turns.iter().for_each(print_turn),
        Said::Imported(imported) => {
            imported.shifts.iter().for_each(print_turn);
            for skipped in &imported.skipped {
                println!("left out: {}: {}", visible(&skipped.what), visible(&skipped.why));
            }
            let state = if imported.saved { "are in force" } else { "were found; nothing was saved" };
            println!("{} shifts {state}.", imported.shifts.len());
        }
        Said::Sheet(sheet) => print_sheet(sheet),
    }
}

fn print_turn(turn: &TurnView) {
    println!("{}  to  {}  {} ({})", when(turn.from), when(turn.to), visible(&turn.user), turn.origin);
}

fn print_schedule(schedule: &ScheduleView) {
    let now = schedule.now.as_ref().map_or("nobody".to_owned(), |turn| {
        format!("{} until {} ({})", visible(&turn.user), when(turn.to), turn.origin)
    });
    println!("{}  {}: {now}", schedule.id, visible(&schedule.name));
    if let Some(next) = &schedule.next {
        println!("    then {} from {} ({})", visible(&next.user), when(next.from), next.origin);
    }
    for shift in &schedule.shifts {
        println!(
            "    shift {}  {} to {}  {} ({}, by {})",
            shift.id,
            when(shift.from),
            when(shift.to),
            visible(&shift.user),
            shift.origin,
            visible(&shift.by)
        );
    }
}

fn print_book(book: &OnCallView) {
    if book.schedules.is_empty() {
        println!("There is no schedule; a waiting request alerts by role.");
    }
    book.schedules.iter().for_each(print_schedule);
    for step in &book.line {
        println!("after {} % of the time: {} {}", f32::from(step.at) / 10.0, step.to, visible(&step.name));
    }
    println!("Requests should be answered within {} minutes.", book.target_minutes);
}

fn print_sheet(sheet: &HandoverView) {
    println!("Handover, {}", when(sheet.at));
    sheet.schedules.iter().for_each(print_schedule);
    println!("{} requests wait.", sheet.pending.len());
    for item in &sheet.pending {
        let clock = item.paused_since.unwrap_or(sheet.at);
        let state = match (&item.claimed_by, item.paused_since) {
            (_, Some(_)) => "paused".to_owned(),
            (Some(user), None) => format!("{} is on it", visible(user)),
            (None, None) => format!("alerted {} times", item.alerts),
        };
        println!(
            "    {}  {:<8}  {} left  {}/{} votes  {state}  {}",
            item.id,
            item.level,
            left(item.expires_at - clock),
            item.votes,
            item.quorum,
            visible(&item.title)
        );
    }
    println!("{} grants live.", sheet.grants.len());
    for grant in &sheet.grants {
        println!(
            "    {}  {} left  {}/{} uses  {}",
            grant.id,
            left(grant.expires_at - sheet.at),
            grant.uses,
            grant.max_uses,
            visible(&grant.covers)
        );
    }
    println!("{} bypasses open.", sheet.bypasses.len());
    for bypass in &sheet.bypasses {
        let due = bypass.review_due_at.map_or(String::new(), |at| format!(", review due {}", when(at)));
        println!(
            "  {}  {}: {} by {} for {}{due}",
            bypass.id,
            visible(&bypass.state),
            visible(&bypass.covers),
            visible(&bypass.by),
            visible(&bypass.incident)
        );
    }
    println!("{} break-glass envelopes can be opened.", sheet.envelopes.len());
    for envelope in &sheet.envelopes {
        println!(
            "    {}  {} {} at {}: {} minutes for {}, until {}",
            envelope.id,
            envelope.scope,
            visible(&envelope.name),
            visible(&envelope.gate_name),
            envelope.minutes,
            visible(&envelope.holder),
            when(envelope.not_after)
        );
    }
    println!("{} freezes in force.", sheet.freezes.len());
    for freeze in &sheet.freezes {
        let name = freeze.name.as_deref().unwrap_or_default();
        println!("    {}  {} {}  {}", freeze.id, freeze.scope, visible(name), visible(&freeze.reason));
    }
    println!("{} changes wait for a second person.", sheet.proposals.len());
    for proposal in &sheet.proposals {
        println!("    {}  {} by {}", proposal.id, visible(&proposal.about), visible(&proposal.proposed_by));
    }
    println!("{} requests waited longer than the target in the last 24 hours.", sheet.late);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_names_are_read_or_refused_with_an_example() {
        let read = step("50=schedule:primary").unwrap();
        assert_eq!((read.at, read.to.as_str(), read.name.as_str()), (500, "schedule", "primary"));
        assert_eq!(step("75%=role:admin").unwrap().at, 750);
        for wrong in ["", "50", "x=role:admin", "50=admin", "99999=role:admin"] {
            assert!(step(wrong).unwrap_err().contains("50=schedule:primary"), "{wrong}");
        }
        assert_eq!(named("a=b=ana").unwrap(), ("a=b".to_owned(), "ana".to_owned()));
        assert!(named("ana").is_err());
    }

    #[test]
    fn a_time_has_a_zone_or_is_read_by_this_machines_clock() {
        assert_eq!(instant("2026-11-23T09:00:00+01:00").unwrap(), 1_795_420_800_000_000);
        let local = Local.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).earliest().unwrap();
        assert_eq!(instant("2026-11-23T09:00").unwrap(), local.timestamp_micros());
        assert!(instant("tomorrow").is_err());
    }
}
