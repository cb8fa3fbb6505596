//! The model: calibrated, monotone, and never a reason to lower a level.

use proptest::prelude::*;

use super::*;
use crate::SECOND;
use crate::action::ActionType;
use crate::advice::apply;
use crate::decision::{self, Question};
use crate::fact::{Fact, FactKind, Severity};
use crate::guardrail::Guardrails;
use crate::policy::{AutonomyLevel, AutonomyPolicy, PolicyScope};
use crate::risk::Assessment;

const TYPES: [&str; 4] = ["git_push", "command_run", "deploy_staging", "code_edit"];
const RULES: [&str; 2] = ["sensitive_fact", "above_threshold"];
const KINDS: [FactKind; 3] = [FactKind::Production, FactKind::WideScope, FactKind::SensitiveFile];

fn case(kinds: &[FactKind], outcome: Outcome) -> Case<'static> {
    let kinds = kinds.iter().copied().collect();
    Case { action_type: "git_push", rule: "sensitive_fact", kinds, outcome }
}

fn asked(kinds: &[FactKind], level: Level) -> Asked<'static> {
    let kinds = kinds.iter().copied().collect();
    Asked { action_type: "git_push", rule: "sensitive_fact", kinds, level }
}

fn times(count: usize, case: Case<'static>) -> impl Iterator<Item = Case<'static>> {
    std::iter::repeat_n(case, count)
}

#[test]
fn with_nothing_or_little_learned_there_is_no_advice() {
    let asked = asked(&[FactKind::Production], Level::Medium);
    assert_eq!(Model::default().advice(&asked), None);
    assert_eq!(Model::default().version(), "");
    let few = Model::learn(times(4, case(&[FactKind::Production], Outcome::Rejected)));
    assert_eq!(few.advice(&asked), None, "four cases are not told");
    let told = Model::learn(times(5, case(&[FactKind::Production], Outcome::Rejected)));
    let advice = told.advice(&asked).unwrap();
    assert_eq!((advice.rests_on, advice.raised), (5, false), "five are told and raise nothing");
}

#[test]
fn what_people_mostly_reject_is_asked_one_level_higher_and_says_why() {
    let model = Model::learn(
        times(10, case(&[FactKind::Production], Outcome::Rejected))
            .chain(times(1, case(&[FactKind::Production], Outcome::Approved)))
            .chain(times(1, case(&[FactKind::Production], Outcome::ApprovedAndFailed))),
    );
    let advice = model.advice(&asked(&[FactKind::Production], Level::Medium)).unwrap();
    assert!(advice.raised && advice.reject_probability >= 600, "{advice:?}");
    assert_eq!(advice.rests_on, 12);
    assert_eq!(
        advice.reasons,
        [
            "10 of 12 like this were rejected: git_push with reaching production",
            "1 of the 2 that were approved failed when they ran",
            "Asked at level high instead of medium, because people mostly reject this",
        ]
    );
    for (level, raised) in [(Level::Low, true), (Level::High, false), (Level::Critical, false)] {
        assert_eq!(
            model.advice(&asked(&[FactKind::Production], level)).unwrap().raised,
            raised,
            "{level:?} is at most raised to high"
        );
    }
}

#[test]
fn only_exactly_alike_cases_raise() {
    let model = Model::learn(times(40, case(&[FactKind::Production], Outcome::Rejected)));
    let other = model.advice(&asked(&[FactKind::WideScope], Level::Low)).unwrap();
    assert!(other.reject_probability >= RAISES_FROM && !other.raised, "{other:?}");
    assert!(other.reasons[0].ends_with("few were like this one"), "{other:?}");
}

#[test]
fn the_order_of_cases_changes_neither_model_nor_version() {
    let mut cases: Vec<Case<'static>> = history(400, 7).into_iter().map(|(case, _)| case).collect();
    let forward = Model::learn(cases.iter().copied());
    cases.reverse();
    let backward = Model::learn(cases.iter().copied());
    assert_eq!(forward, backward);
    assert_eq!(forward.version().len(), 64);
    let more = Model::learn(cases.into_iter().chain([case(&[], Outcome::Approved)]));
    assert_ne!(forward.version(), more.version());
}

/// Cases with the true probability each was drawn with.
fn history(count: usize, seed: u64) -> Vec<(Case<'static>, f64)> {
    let mut state = seed;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..count)
        .map(|_| {
            let kind = usize::try_from(next(4)).unwrap();
            let rule = usize::try_from(next(2)).unwrap();
            let bits = next(8);
            let kinds: Kinds =
                KINDS.into_iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, k)| k).collect();
            let truth = [40_u64, 150, 420, 10][kind] + [0, 130][rule] + 140 * u64::from(bits.count_ones());
            let outcome = if next(1000) < truth { Outcome::Rejected } else { Outcome::Approved };
            #[expect(clippy::cast_precision_loss, reason = "at most 1000")]
            let truth = truth as f64 / 1000.0;
            (Case { action_type: TYPES[kind], rule: RULES[rule], kinds, outcome }, truth)
        })
        .collect()
}

#[test]
fn predictions_are_calibrated_on_cases_that_were_not_learned() {
    let model = Model::learn(history(3_000, 1).into_iter().map(|(case, _)| case));
    let mut bins = [(0_u32, 0.0_f64, 0_u32); 10];
    let (mut error, mut base_error) = (0.0, 0.0);
    let held_out = history(6_000, 99);
    for (case, truth) in &held_out {
        let Case { action_type, rule, kinds, outcome } = *case;
        let p = model.reject_probability(&Asked { action_type, rule, kinds, level: Level::Low });
        let bin = &mut bins[usize::from(p.min(999)) / 100];
        bin.0 += 1;
        bin.1 += f64::from(p) / 1000.0;
        bin.2 += u32::from(outcome == Outcome::Rejected);
        error += (f64::from(p) / 1000.0 - truth).abs();
        base_error += (0.4 - truth).abs();
    }
    let mut checked = 0;
    for (count, predicted, rejected) in bins.into_iter().filter(|b| b.0 >= 150) {
        let (predicted, observed) = (predicted / f64::from(count), f64::from(rejected) / f64::from(count));
        assert!(
            (predicted - observed).abs() < 0.08,
            "predicted {predicted:.3}, observed {observed:.3} of {count}"
        );
        checked += 1;
    }
    assert!(checked >= 5, "only {checked} bins had enough cases");
    assert!(error < base_error / 3.0, "no better than one guess for all: {error} against {base_error}");
}

#[test]
fn a_group_of_few_cases_shrinks_toward_its_kin() {
    let rest = || times(200, case(&[], Outcome::Approved));
    let model = Model::learn(rest().chain(times(1, case(&[FactKind::Production], Outcome::Rejected))));
    let one = model.reject_probability(&asked(&[FactKind::Production], Level::Low));
    let model = Model::learn(rest().chain(times(30, case(&[FactKind::Production], Outcome::Rejected))));
    let many = model.reject_probability(&asked(&[FactKind::Production], Level::Low));
    assert!(one < 300 && many > 800, "one rejection {one}, thirty {many}");
}

proptest! {
    #[test]
    fn one_more_rejection_among_like_cases_never_lowers(count in 0_usize..300, seed: u64) {
        let cases = history(count + 1, seed);
        let (Case { action_type, rule, kinds, .. }, _) = cases[0];
        let about = Asked { action_type, rule, kinds, level: Level::Low };
        let known = || cases[1..].iter().map(|(case, _)| *case);
        let before = Model::learn(known());
        let more = Case { action_type, rule, kinds, outcome: Outcome::Rejected };
        let after = Model::learn(known().chain([more]));
        prop_assert!(after.reject_probability(&about) >= before.reject_probability(&about));
        let less = Case { outcome: Outcome::Approved, ..more };
        let approved = Model::learn(known().chain([less]));
        prop_assert!(approved.reject_probability(&about) <= before.reject_probability(&about));
    }

    #[test]
    fn advice_never_lowers_a_level_and_never_makes_one_critical(
        seed: u64, count in 1_usize..400, level in prop::sample::select(&Level::ALL), score in 0_u16..=1000,
    ) {
        let cases = history(count, seed);
        let model = Model::learn(cases.iter().map(|(case, _)| *case));
        let (Case { action_type, rule, kinds, .. }, _) = cases[0];
        let advice = model.advice(&Asked { action_type, rule, kinds, level });
        let derived = Assessment { score, level, factors: Vec::new() };
        let raised = apply(derived.clone(), advice.as_ref());
        prop_assert!(raised.level >= derived.level);
        prop_assert_eq!(raised.level == Level::Critical, level == Level::Critical);
        prop_assert_eq!(raised.score, derived.score);
        prop_assert_eq!(raised.level != level, advice.is_some_and(|a| a.raised));
    }
}

proptest! {
    #[test]
    fn what_was_learned_never_changes_a_decision(
        level in prop::sample::select(&Level::ALL),
        score in 0_u16..=1000,
        autonomy in prop::sample::select(&AutonomyLevel::ALL),
        kind in prop::sample::select(&TYPES),
        fact in prop::sample::select(&FactKind::ALL),
        probability in 0_u16..=1000,
        raised: bool,
    ) {
        let advice = Advice {
            reject_probability: probability,
            rests_on: 20,
            reasons: Vec::new(),
            raised,
            model: String::new(),
        };
        let derived = Assessment { score, level, factors: Vec::new() };
        let decide = |assessment: &Assessment| {
            decision::decide(&Question {
                action_type: &ActionType::parse(kind),
                facts: &[Fact::new(fact, "evidence")],
                assessment,
                policy: &AutonomyPolicy::of_level(PolicyScope::Default, autonomy),
                guardrails: &Guardrails::open(),
                frozen: None,
                rejected_before: None,
                flooding: false,
                grant: None,
                plan: None,
                allowed: None,
            })
        };
        prop_assert_eq!(decide(&derived), decide(&apply(derived.clone(), Some(&advice))));
    }
}

fn approved_often(count: i64) -> Vec<History<'static>> {
    (0..count)
        .map(|i| History {
            user: "alice",
            repo: Some("shop"),
            action_type: "deploy_staging",
            rule: "require_approval_list",
            kinds: [FactKind::WideScope].into_iter().collect(),
            severity: Some(Severity::Serious),
            level: Level::Medium,
            outcome: Outcome::Approved,
            at: i * SECOND,
        })
        .collect()
}

#[test]
fn what_was_always_approved_is_suggested() {
    let now = 100 * SECOND;
    let [suggestion] = suggestions(approved_often(20), now).try_into().unwrap();
    assert_eq!((suggestion.approved, suggestion.newest_at), (20, 19 * SECOND));
    assert_eq!((suggestion.user.as_str(), suggestion.repo.as_deref()), ("alice", Some("shop")));
    assert_eq!(suggestions(approved_often(19), now), [], "nineteen are too few");
    assert_eq!(suggestions(approved_often(20), now + 31 * 86_400 * SECOND), [], "and old ones are too old");
}

#[test]
fn one_case_that_speaks_against_it_ends_a_suggestion() {
    let with = |change: fn(&mut History<'static>)| {
        let mut cases = approved_often(40);
        change(&mut cases[3]);
        suggestions(cases, 100 * SECOND).len()
    };
    assert_eq!(with(|_| ()), 1);
    assert_eq!(with(|c| c.outcome = Outcome::Rejected), 0);
    assert_eq!(with(|c| c.outcome = Outcome::ApprovedAndFailed), 0);
    assert_eq!(with(|c| c.level = Level::High), 0);
    assert_eq!(with(|c| c.severity = Some(Severity::Grave)), 0);
    let all = |change: fn(&mut History<'static>)| {
        let mut cases = approved_often(40);
        cases.iter_mut().for_each(change);
        suggestions(cases, 100 * SECOND).len()
    };
    assert_eq!(all(|c| c.kinds = [FactKind::DestroysData].into_iter().collect()), 0);
    assert_eq!(all(|c| c.kinds = [FactKind::WideScope, FactKind::ExposesSecret].into_iter().collect()), 0);
    assert_eq!(all(|c| c.rule = "guardrail"), 0, "no list of a policy answers a guardrail");
    assert_eq!(all(|c| c.severity = None), 1);
}
