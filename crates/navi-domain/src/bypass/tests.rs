//! Tests of a bypass from its wish to its review.

use proptest::prelude::*;

use super::*;
use crate::decision::{Decision, Verdict};

const T: UtcMicros = 1_000 * SECOND;

fn wish(scope: BypassScope) -> Wish {
    Wish {
        scope,
        incident: "INC-7".into(),
        reason: "the shop takes no orders since noon".into(),
        minutes: 15,
    }
}

fn asked(id: &str, by: &str, scope: BypassScope) -> Bypass {
    Bypass::ask(id.into(), by, wish(scope), BypassLimits::default(), T).unwrap()
}

fn shop() -> BypassScope {
    BypassScope::Repo("shop".into())
}

fn reach<'a>(agent: Option<&'a str>, repo: &'a str) -> Reach<'a> {
    Reach { digest: "", fingerprint: "", agent, repo: Some(repo) }
}

fn solo() -> BypassLimits {
    BypassLimits { solo: true, ..BypassLimits::default() }
}

#[test]
fn a_wish_is_checked_field_by_field() {
    let ask = |wish, most| {
        let limits = BypassLimits { most_minutes: most, solo: false };
        Bypass::ask("b".into(), "ana", wish, limits, T)
    };
    assert!(ask(wish(shop()), 15).is_ok());
    assert_eq!(ask(wish(shop()), 0), Err(BypassError::Minutes { most: 0 }));
    for minutes in [0, 1, 16, 61, u32::MAX] {
        assert_eq!(
            ask(Wish { minutes, ..wish(shop()) }, u32::MAX),
            Err(BypassError::Minutes { most: u32::MAX })
        );
    }
    assert_eq!(ask(Wish { minutes: 60, ..wish(shop()) }, 30), Err(BypassError::Minutes { most: 30 }));
    assert_eq!(
        ask(Wish { reason: "  short           ".into(), ..wish(shop()) }, 60),
        Err(BypassError::Reason)
    );
    assert_eq!(ask(Wish { incident: " ".into(), ..wish(shop()) }, 60), Err(BypassError::Incident));
    assert_eq!(ask(wish(BypassScope::Agent(" ".into())), 60), Err(BypassError::Scope("agent")));
}

#[test]
fn only_a_second_person_with_the_number_begins_it() {
    let bypass = asked("b", "ana", shop());
    assert_eq!(bypass.confirmed("ana", (42, 42), T), Err(BypassError::SamePerson));
    let wrong = bypass.confirmed("bo", (41, 42), T).unwrap();
    assert!(!wrong.in_force(T));
    let begun = wrong.confirmed("bo", (42, 42), T).unwrap();
    assert!(begun.in_force(T));
    assert_eq!(begun.confirmed("cy", (42, 42), T), Err(BypassError::NotAsked));
    let twice = wrong.confirmed("bo", (1, 42), T).unwrap();
    let thrice = twice.confirmed("bo", (2, 42), T).unwrap();
    assert_eq!(thrice.stage, Stage::Lapsed { at: T });
    assert_eq!(thrice.confirmed("bo", (42, 42), T), Err(BypassError::NotAsked));
    assert_eq!(
        bypass.confirmed("bo", (42, 42), T + ASKED_LIFE),
        Err(BypassError::NotAsked),
        "nobody came in time"
    );
}

#[test]
fn alone_needs_the_policy_a_wait_and_a_small_scope() {
    let bypass = asked("b", "ana", shop());
    let later = T + SOLO_WAIT;
    assert_eq!(bypass.alone("ana", BypassLimits::default(), later), Err(BypassError::Alone));
    assert_eq!(bypass.alone("ana", solo(), later - 1), Err(BypassError::TooSoon));
    assert_eq!(bypass.alone("bo", solo(), later), Err(BypassError::Alone));
    let everything = asked("e", "ana", BypassScope::Everything);
    assert_eq!(everything.alone("ana", solo(), later), Err(BypassError::Alone));
    let answered = bypass.confirmed("bo", (1, 42), T).unwrap();
    assert_eq!(answered.alone("ana", solo(), later), Err(BypassError::Alone), "somebody answered");
    assert!(bypass.alone("ana", solo(), later).unwrap().in_force(later));
}

#[test]
fn it_ends_by_itself_and_its_review_is_for_a_third_person() {
    let begun = asked("b", "ana", shop()).confirmed("bo", (42, 42), T).unwrap();
    let end = T + 15 * MINUTE;
    assert!(begun.in_force(end - 1) && !begun.in_force(end));
    assert_eq!(begun.reviewed("cy", "fine", end - 1), Err(BypassError::NoReview));
    assert_eq!(begun.ended("cy", end), Err(BypassError::NotActive));
    assert_eq!(begun.reviewed("ana", "fine", end), Err(BypassError::SamePerson));
    assert_eq!(begun.reviewed("bo", "fine", end), Err(BypassError::SamePerson));
    assert_eq!(begun.reviewed("cy", " ", end), Err(BypassError::Finding));
    assert!(!begun.overdue(end + REVIEW_WITHIN - 1) && begun.overdue(end + REVIEW_WITHIN));
    let reviewed = begun.reviewed("cy", "fine", end).unwrap();
    assert!(!reviewed.open(end) && !reviewed.overdue(i64::MAX));
    let early = begun.ended("cy", T + 1).unwrap();
    assert!(!early.in_force(T + 1) && early.open(T + 1));
    assert_eq!(early.reviewed("bo", "fine", T + 2), Err(BypassError::SamePerson), "also after an early end");
}

#[test]
fn the_next_one_waits_for_the_review() {
    let all = Standing::default().with(asked("b", "ana", shop()), T).unwrap();
    let begun = asked("b", "ana", shop()).confirmed("bo", (42, 42), T).unwrap();
    let all = all.moved(begun.clone()).unwrap();
    let after = T + 60 * MINUTE;
    let same_person = asked("c", "ana", BypassScope::Agent("nova".into()));
    let unreviewed = Err(BypassError::Unreviewed { id: "b".into() });
    assert_eq!(all.with(same_person.clone(), after), unreviewed);
    assert_eq!(all.with(asked("c", "cy", shop()), after), unreviewed);
    assert_eq!(all.with(asked("c", "cy", BypassScope::Everything), after), unreviewed);
    assert!(all.with(asked("c", "cy", BypassScope::Agent("nova".into())), after).is_ok());
    let cleared = all.moved(begun.reviewed("cy", "fine", after).unwrap()).unwrap();
    assert_eq!(cleared.with(same_person.clone(), after).unwrap().bypasses, [same_person]);
    let unwritten = Standing { bypasses: vec![asked("l", "bo", shop())], version: 1 };
    let both = unwritten.with(asked("m", "bo", shop()), after).unwrap();
    assert!(both.turned(after).iter().any(|b| b.id == "l"), "its lapse is not lost");
}

#[test]
fn what_ended_while_nothing_ran_is_found_once() {
    let begun = asked("b", "ana", shop()).confirmed("bo", (42, 42), T).unwrap();
    let all = Standing { bypasses: vec![begun], version: 1 };
    assert!(all.covering(&reach(None, "shop"), T).is_some());
    assert!(all.covering(&reach(Some("nova"), "shop2"), T).is_none());
    assert!(all.turned(T + 1).is_empty());
    let end = T + 15 * MINUTE;
    assert!(all.covering(&reach(None, "shop"), end).is_none(), "no timer is needed for that");
    let turned = all.turned(end + MINUTE);
    assert!(matches!(turned[0].stage, Stage::Ended { ended_at, by: None, .. } if ended_at == end));
    assert!(all.moved(turned[0].clone()).unwrap().turned(end + MINUTE).is_empty());
}

#[test]
fn a_bypass_lifts_an_approval_and_nothing_else() {
    let bypass = asked("b", "ana", shop()).confirmed("bo", (42, 42), T).unwrap();
    let would = |verdict| Decision { verdict, rule: "threshold".into(), reasons: vec!["too risky".into()] };
    assert_eq!(lifted(&would(Verdict::Blocked), &bypass.mark()), None);
    assert_eq!(lifted(&would(Verdict::Auto), &bypass.mark()), None);
    let runs = lifted(&would(Verdict::Approval), &bypass.mark()).unwrap();
    assert_eq!((runs.verdict, runs.rule.as_str()), (Verdict::Auto, "bypass"));
    assert_eq!(runs.reasons[0], "bypass b by ana for INC-7: without it, APPROVAL (threshold)");
    assert_eq!(runs.reasons[1], "too risky");
}

#[test]
fn one_action_is_known_again_by_its_fingerprint_and_by_nothing_else() {
    let mut bypass = asked("b", "ana", BypassScope::Action("d1".into()));
    let again = Reach { digest: "d2", fingerprint: "f", agent: None, repo: None };
    assert!(!bypass.covers(&again));
    bypass.fingerprint = Some("f".into());
    assert!(bypass.covers(&again));
    assert!(!bypass.covers(&Reach { fingerprint: "g", ..again }));
    let repo = Bypass { wish: wish(shop()), ..bypass };
    assert!(!repo.covers(&again), "a repository is no action");
}

#[test]
fn a_late_review_is_told_once() {
    let begun = asked("b", "ana", shop()).confirmed("bo", (42, 42), T).unwrap();
    let due = T + 15 * MINUTE + REVIEW_WITHIN;
    let all = Standing { bypasses: vec![begun], version: 1 };
    assert!(all.late(due - 1).is_empty());
    let late = all.late(due);
    assert!(matches!(late[0].stage, Stage::Ended { overdue_at: Some(at), .. } if at == due));
    let told = all.moved(late[0].clone()).unwrap();
    assert!(told.late(due + 1).is_empty() && told.bypasses[0].overdue(due + 1));
    assert_eq!(told.tidied(due), told, "and it stays until somebody reviews it");
}

#[test]
fn what_an_envelope_opened_is_never_longer_than_its_minutes() {
    let opened = |until| Bypass::opened("b".into(), "ana", wish(shop()), "e".into(), (T, until));
    assert_eq!(opened(T + 99 * MINUTE).ends_at(), Some(T + 15 * MINUTE));
    assert_eq!(opened(T + MINUTE).ends_at(), Some(T + MINUTE));
    let earlier = Standing::default().with(asked("a", "ana", shop()), T).unwrap();
    let both = earlier.adding(opened(T + MINUTE));
    assert_eq!(both.bypasses.len(), 2, "it has happened");
    assert!(both.bypasses[1].in_force(T) && both.covering(&reach(None, "shop"), T).is_none(), "not here");
}

#[test]
fn it_reads_back_as_it_was_written() {
    let begun = asked("b", "ana", BypassScope::Everything).confirmed("bo", (42, 42), T).unwrap();
    let ended = begun.ended("cy", T + 1).unwrap();
    let reviewed = ended.reviewed("dan", "fine", T + 2).unwrap();
    let lapsed = asked("b", "ana", shop()).withdrawn(T).unwrap();
    for bypass in [asked("b", "ana", shop()), begun.clone(), begun.at(i64::MAX), ended, reviewed, lapsed] {
        let text = serde_json::to_string(&bypass).unwrap();
        assert_eq!(serde_json::from_str::<Bypass>(&text).unwrap(), bypass, "{text}");
    }
}

proptest! {
    #[test]
    fn none_is_in_force_longer_than_it_may(minutes in prop::sample::select(&MINUTES[..]), late in 0..ASKED_LIFE, at in any::<i64>()) {
        let wish = Wish { minutes, ..wish(shop()) };
        let bypass = Bypass::ask("b".into(), "ana", wish, BypassLimits::default(), T).unwrap();
        prop_assert!(!bypass.in_force(at));
        let begun = bypass.confirmed("bo", (42, 42), T + late).unwrap();
        let lasts = T + late..T + late + i64::from(minutes) * MINUTE;
        prop_assert_eq!(begun.in_force(at), lasts.contains(&at));
        prop_assert_eq!(begun.at(at).in_force(at), lasts.contains(&at));
    }
}
