//! The ladder of one request on one device, and the rules of when somebody is rung for.

use proptest::prelude::*;

use super::*;

fn news() -> Delivery {
    Delivery::created("a1", "d1", Level::High, 10)
}

fn walked(steps: &[Step]) -> Delivery {
    let mut at = 10;
    steps.iter().fold(news(), |delivery, step| {
        at += 1;
        delivery.after(*step, at).unwrap_or(delivery)
    })
}

#[test]
fn news_goes_from_created_to_decided_and_remembers_when() {
    let all = walked(&[Step::Dispatched, Step::Accepted, Step::Shown, Step::Opened, Step::Decided]);
    let expected: Vec<_> = Stage::ALL.into_iter().zip(10..).collect();
    assert_eq!(all.reached, expected);
    assert!(all.is_sound(15));
    assert_eq!(all.after(Step::Dispatched, 99), None, "after the decision nothing follows");
}

#[test]
fn sent_is_not_seen() {
    assert_eq!(news().after(Step::Accepted, 11), None, "what was not dispatched was not accepted");
    assert_eq!(news().after(Step::Shown, 11), None);
    assert_eq!(walked(&[Step::Dispatched, Step::Shown]).stage(), Stage::Dispatched);
    assert_eq!(walked(&[Step::Dispatched, Step::Accepted]).stage(), Stage::Accepted);
}

#[test]
fn a_person_opens_or_decides_whatever_became_of_the_notification() {
    assert_eq!(walked(&[Step::Opened]).stage(), Stage::Opened);
    let hindered = Step::Hindered(Hindrance::NoService);
    let decided = walked(&[Step::Dispatched, hindered, Step::Decided]);
    assert_eq!((decided.stage(), decided.hindered), (Stage::Decided, None));
}

#[test]
fn a_hindrance_silences_until_it_is_shown() {
    let muted = walked(&[Step::Dispatched, Step::Accepted, Step::Hindered(Hindrance::DoNotDisturb)]);
    assert!(!muted.may_be_noticed());
    assert_eq!(muted.hindered, Some((Hindrance::DoNotDisturb, 13)));
    assert_eq!(muted.after(Step::Hindered(Hindrance::DoNotDisturb), 20), None, "again says nothing new");
    let shown = muted.after(Step::Shown, 21).unwrap();
    assert!(shown.may_be_noticed() && shown.hindered.is_none());
    let muted_later = shown.after(Step::Hindered(Hindrance::ScreenLocked), 30).unwrap();
    assert!(muted_later.may_be_noticed(), "it was seen before");
    let digest = walked(&[Step::Hindered(Hindrance::Preference)]);
    assert!(digest.may_be_noticed(), "it is summed up later");
    let back = walked(&[Step::Dispatched, Step::Hindered(Hindrance::NoService), Step::Accepted]);
    assert_eq!((back.stage(), back.hindered), (Stage::Accepted, None), "the service came");
}

#[test]
fn ringing_again_counts_and_clears_what_hindered() {
    let failed = walked(&[Step::Dispatched, Step::Hindered(Hindrance::NoService)]);
    let again = failed.after(Step::Dispatched, 40).unwrap();
    assert_eq!((again.rings, again.rang_at, again.hindered), (2, Some(40), None));
    assert_eq!(again.stage(), Stage::Dispatched);
}

#[test]
fn who_opened_it_is_hindered_by_nothing() {
    assert_eq!(walked(&[Step::Opened]).after(Step::Hindered(Hindrance::QuietHours), 50), None);
}

#[test]
fn a_report_that_skips_or_goes_back_or_comes_from_the_future_is_not_believed() {
    let good = walked(&[Step::Dispatched, Step::Accepted]);
    assert!(good.is_sound(12));
    assert!(!good.is_sound(11), "from the future");
    let mut backwards = good.clone();
    backwards.reached.reverse();
    assert!(!backwards.is_sound(100));
    assert!(!Delivery { reached: Vec::new(), ..good.clone() }.is_sound(100));
    assert!(!Delivery { changed_at: 1, ..good }.is_sound(100));
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Dispatched),
        Just(Step::Accepted),
        Just(Step::Shown),
        Just(Step::Opened),
        Just(Step::Decided),
        Just(Step::Hindered(Hindrance::NoService)),
        Just(Step::Hindered(Hindrance::DoNotDisturb)),
        Just(Step::Hindered(Hindrance::Preference)),
    ]
}

proptest! {
    #[test]
    fn no_order_of_steps_goes_back_or_breaks_a_delivery(steps in proptest::collection::vec((step(), 0_i64..100), 0..30)) {
        let mut delivery = news();
        for (step, at) in steps {
            if let Some(next) = delivery.after(step, at) {
                prop_assert!(next.stage() >= delivery.stage());
                prop_assert!(next.changed_at > delivery.changed_at);
                prop_assert!(next.is_sound(next.changed_at));
                prop_assert_ne!(&next, &delivery);
                delivery = next;
            }
        }
    }
}
