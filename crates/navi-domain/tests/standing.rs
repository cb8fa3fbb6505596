//! Votes for others, votes on one's own request, and what people do beside voting.

mod sample;

use navi_domain::SECOND;
use navi_domain::approval::waiting::WaitingRefusal;
use navi_domain::approval::{Approval, ApprovalStatus, Standing, VoteRefusal};
use navi_domain::delegation::{Delegation, DelegationError};
use navi_domain::evidence::KeyPurpose;
use navi_domain::people::Device;
use navi_domain::risk::Level;
use navi_domain::vote::VoteVerdict;
use proptest::prelude::*;
use sample::{approval, device, vote};

const APPROVE: VoteVerdict = VoteVerdict::Approve;

fn delegation(from: &str, to: &str, starts_at: i64, ends_at: i64) -> Delegation {
    Delegation {
        id: format!("{from}-{to}-{starts_at}"),
        from: from.into(),
        to: to.into(),
        starts_at,
        ends_at,
        reason: String::new(),
        created_at: 0,
        revoked_at: None,
        version: 1,
    }
}

fn cast(
    a: &Approval,
    who: &Device,
    for_user: Option<&str>,
    all: &[Delegation],
) -> Result<Approval, VoteRefusal> {
    let standing = Standing { for_user, delegations: all, self_approver: false };
    a.cast_as(&vote(APPROVE), KeyPurpose::StepUp, who, "", &standing, 10)
}

#[test]
fn a_two_of_three_quorum_does_not_resolve_on_the_first_vote() {
    let asked = Approval { quorum: 2, ..approval(Level::Medium) };
    for (first, second) in [("ana", "bob"), ("bob", "cleo"), ("cleo", "ana")] {
        let one = cast(&asked, &device(first), None, &[]).unwrap();
        assert_eq!((one.status, one.ended_at), (ApprovalStatus::Pending, None));
        let two = cast(&one, &device(second), None, &[]).unwrap();
        assert_eq!(two.status, ApprovalStatus::Approved);
    }
}

#[test]
fn one_person_cannot_fill_two_places() {
    let all = [delegation("bob", "ana", 0, 100), delegation("cleo", "ana", 0, 100)];
    let asked = approval(Level::Critical);
    let ana = device("ana");
    let other_device = Device { id: "dev-ana-2".into(), ..ana.clone() };

    let own = cast(&asked, &ana, None, &all).unwrap();
    for (device, for_user) in
        [(&ana, None), (&other_device, None), (&ana, Some("bob")), (&other_device, Some("bob"))]
    {
        assert_eq!(cast(&own, device, for_user, &all), Err(VoteRefusal::AlreadyVoted));
    }
    let for_bob = cast(&asked, &ana, Some("bob"), &all).unwrap();
    assert_eq!(for_bob.votes[0].for_user.as_deref(), Some("bob"));
    for (device, for_user) in [(&ana, None), (&ana, Some("cleo")), (&device("bob"), None)] {
        assert_eq!(cast(&for_bob, device, for_user, &all), Err(VoteRefusal::AlreadyVoted));
    }
    assert_eq!(cast(&for_bob, &device("cleo"), None, &all).unwrap().status, ApprovalStatus::Approved);
}

#[test]
fn a_delegate_votes_only_while_the_delegation_is_in_force_and_never_for_the_requester() {
    let asked = approval(Level::Medium);
    let ana = device("ana");
    assert_eq!(cast(&asked, &ana, Some("bob"), &[]), Err(VoteRefusal::NotDelegated));
    for (starts, ends) in [(0, 9), (11, 50)] {
        let not_now = [delegation("bob", "ana", starts, ends)];
        assert_eq!(cast(&asked, &ana, Some("bob"), &not_now), Err(VoteRefusal::NotDelegated));
    }
    let ended = [Delegation { revoked_at: Some(10), ..delegation("bob", "ana", 0, 100) }];
    assert_eq!(cast(&asked, &ana, Some("bob"), &ended), Err(VoteRefusal::NotDelegated));
    // A delegation does not reach further than to the delegate.
    let chain = [delegation("bob", "cleo", 0, 100), delegation("cleo", "ana", 0, 100)];
    assert_eq!(cast(&asked, &ana, Some("bob"), &chain), Err(VoteRefusal::NotDelegated));

    let all = [delegation("dana", "ana", 0, 100), delegation("bob", "dana", 0, 100)];
    assert_eq!(cast(&asked, &ana, Some("dana"), &all), Err(VoteRefusal::OwnRequest));
    assert_eq!(cast(&asked, &device("dana"), Some("bob"), &all), Err(VoteRefusal::OwnRequest));
}

#[test]
fn only_the_explicit_permission_lets_a_requester_approve_and_never_where_agents_run() {
    let permitted = Standing { self_approver: true, ..Standing::default() };
    let dana = device("dana");
    let try_it = |a: &Approval, d: &Device, s: &Standing<'_>| {
        a.cast_as(&vote(APPROVE), KeyPurpose::StepUp, d, "", s, 10)
    };
    let asked = approval(Level::High);
    assert_eq!(try_it(&asked, &dana, &Standing::default()), Err(VoteRefusal::OwnRequest));
    let shared = Device { shared: true, ..dana.clone() };
    let medium = approval(Level::Medium);
    assert_eq!(try_it(&medium, &shared, &permitted), Err(VoteRefusal::OwnRequest));
    let approved = try_it(&asked, &dana, &permitted).unwrap();
    assert_eq!(approved.status, ApprovalStatus::Approved);
    assert!(approved.votes[0].own_request);
    let others = try_it(&asked, &device("ana"), &permitted).unwrap();
    assert!(!others.votes[0].own_request);

    let critical = try_it(&approval(Level::Critical), &dana, &permitted).unwrap();
    assert_eq!(critical.status, ApprovalStatus::Pending);
    assert_eq!(try_it(&critical, &dana, &permitted), Err(VoteRefusal::AlreadyVoted));
}

#[test]
fn the_first_reject_is_final_also_in_somebodys_name() {
    let all = [delegation("bob", "ana", 0, 100)];
    let standing = Standing { for_user: Some("bob"), delegations: &all, self_approver: false };
    let one = cast(&approval(Level::Critical), &device("cleo"), None, &[]).unwrap();
    let reject = vote(VoteVerdict::Reject);
    let ended = one.cast_as(&reject, KeyPurpose::Vote, &device("ana"), "no", &standing, 11).unwrap();
    assert_eq!(ended.status, ApprovalStatus::Rejected);
    assert_eq!(cast(&ended, &device("dora"), None, &[]), Err(VoteRefusal::AlreadyDecided));
}

#[test]
fn an_approval_is_extended_once_within_the_limit_and_then_expires() {
    let asked = approval(Level::Medium);
    assert_eq!(asked.extend(61, 60, 10), Err(WaitingRefusal::Length(60)));
    assert_eq!(asked.extend(0, 60, 10), Err(WaitingRefusal::Length(60)));
    assert_eq!(asked.extend(60, 60, 101), Err(WaitingRefusal::Ended(ApprovalStatus::Expired)));
    let longer = asked.extend(60, 60, 100).unwrap();
    assert_eq!((longer.expires_at, longer.extended), (100 + 60 * SECOND, true));
    assert_eq!(longer.extend(1, 60, 100), Err(WaitingRefusal::Extended));
    assert_eq!(longer.expire(101), None);
    let expired = longer.expire(longer.expires_at + 1).unwrap();
    assert_eq!(expired.status, ApprovalStatus::Expired);
    assert_eq!(expired.extend(1, 60, 10), Err(WaitingRefusal::Ended(ApprovalStatus::Expired)));
}

#[test]
fn a_claim_binds_nobody_and_can_be_taken_over() {
    let claimed = approval(Level::Medium).claim("ana", false, 10).unwrap();
    assert_eq!(claimed.claim("ana", false, 11).unwrap(), claimed);
    assert!(matches!(claimed.claim("bob", false, 11), Err(WaitingRefusal::Claimed(c)) if c.user == "ana"));
    assert!(matches!(claimed.release("bob", 11), Err(WaitingRefusal::Claimed(_))));
    assert_eq!(cast(&claimed, &device("bob"), None, &[]).unwrap().status, ApprovalStatus::Approved);
    let taken = claimed.claim("bob", true, 12).unwrap();
    assert_eq!(taken.claimed_by.as_ref().unwrap().user, "bob");
    assert_eq!(taken.release("bob", 13).unwrap().claimed_by, None);
    let ended = claimed.cancel(14).unwrap();
    assert_eq!(ended.claim("bob", true, 15), Err(WaitingRefusal::Ended(ApprovalStatus::Cancelled)));
}

#[test]
fn a_delegation_cannot_close_a_circle() {
    let day = 24 * 3600 * SECOND;
    let others = [delegation("bob", "cleo", 0, 10 * day), delegation("cleo", "ana", 5 * day, 10 * day)];
    let new =
        |from: &str, to: &str, starts: i64, ends: i64| delegation(from, to, starts, ends).check(&others);
    assert_eq!(new("ana", "ana", 0, day), Err(DelegationError::Cycle));
    assert_eq!(new("cleo", "bob", 0, day), Err(DelegationError::Cycle));
    assert_eq!(new("ana", "bob", 5 * day, 6 * day), Err(DelegationError::Cycle));
    assert_eq!(new("ana", "bob", 11 * day, 12 * day), Ok(()));
    assert_eq!(new("ana", "dora", 0, day), Ok(()));
    assert_eq!(new("ana", "dora", day, day), Err(DelegationError::Dates));
    assert_eq!(new("ana", "dora", 0, 91 * day), Err(DelegationError::Dates));
}

/// What happens to an approval: votes of four people for themselves or for others, claims, extensions, time.
#[derive(Clone, Debug)]
enum Step {
    Vote { user: usize, for_user: Option<usize>, approve: bool },
    Claim(usize),
    Extend,
    Expire,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..4_usize, proptest::option::of(0..4_usize), prop::bool::weighted(0.85))
            .prop_map(|(user, for_user, approve)| Step::Vote { user, for_user, approve }),
        1 => (0..4_usize).prop_map(Step::Claim),
        1 => Just(Step::Extend),
        1 => Just(Step::Expire),
    ];
    prop::collection::vec(step, 0..20)
}

proptest! {
    #[test]
    fn whatever_happens_approved_means_a_quorum_of_distinct_people_and_final_states_are_final(
        steps in steps(), quorum in 1_u8..4, self_approver: bool
    ) {
        let people = ["dana", "ana", "bob", "cleo"];
        let mut all = Vec::new();
        for from in people {
            all.extend(people.iter().filter(|to| **to != from).map(|to| delegation(from, to, 0, 1000)));
        }
        let mut a = Approval { quorum, ..approval(Level::Medium) };
        for (at, step) in steps.iter().enumerate() {
            let now = i64::try_from(at).unwrap();
            let before = a.clone();
            let next = match step {
                Step::Vote { user, for_user, approve } => {
                    let verdict = if *approve { APPROVE } else { VoteVerdict::Reject };
                    let for_user = for_user.map(|u| people[u]);
                    let standing = Standing { for_user, delegations: &all, self_approver };
                    a.cast_as(&vote(verdict), KeyPurpose::StepUp, &device(people[*user]), "", &standing, now).ok()
                }
                Step::Claim(user) => a.claim(people[*user], true, now).ok(),
                Step::Extend => a.extend(10, 60, now).ok(),
                Step::Expire => a.expire(a.expires_at + 1),
            };
            if before.status != ApprovalStatus::Pending {
                prop_assert!(next.is_none(), "{step:?} changed {:?}", before.status);
            }
            if let Some(next) = next {
                let approves = matches!(step, Step::Vote { approve: true, .. });
                prop_assert!(next.status != ApprovalStatus::Approved || approves);
                a = next;
            }
        }
        let approves: Vec<_> = a.votes.iter().filter(|v| v.verdict == APPROVE).collect();
        let mut named: Vec<&str> =
            approves.iter().flat_map(|v| std::iter::once(v.user.as_str()).chain(v.for_user.as_deref())).collect();
        let count = named.len();
        named.sort_unstable();
        named.dedup();
        prop_assert_eq!(named.len(), count, "somebody fills two places");
        prop_assert!(self_approver || !named.contains(&"dana"));
        prop_assert_eq!(a.status == ApprovalStatus::Approved, approves.len() >= usize::from(quorum) && a.votes.len() == approves.len());
    }
}

#[test]
fn a_snooze_ends_before_the_deadline_and_leaves_everybody_else_alone() {
    let asked = Approval { expires_at: 10_000 * SECOND, ..approval(Level::Medium) };
    let put_off = asked.snooze("ana", 900 * SECOND, 0).unwrap();
    assert_eq!(put_off.snooze_of("ana", 0).unwrap().until, 900 * SECOND);
    assert!(put_off.snooze_of("ana", 900 * SECOND).is_none(), "it is over");
    assert!(put_off.snooze_of("bob", 0).is_none());
    assert_eq!(put_off.snooze("ana", 1_800 * SECOND, 0).unwrap().snoozes.len(), 1, "one a person");
    assert_eq!(put_off.wake("ana", 1).unwrap(), asked);

    let longest = asked.snooze("ana", i64::MAX, 0).unwrap();
    assert_eq!(longest.snooze_of("ana", 0).unwrap().until, 9_940 * SECOND);
    assert_eq!(asked.snooze("ana", i64::MAX, 9_950 * SECOND), Err(WaitingRefusal::Snooze));
    assert_eq!(asked.snooze("ana", 5, 6), Err(WaitingRefusal::Snooze));
    let frozen = Approval { frozen_at: Some(5_000 * SECOND), ..asked };
    let stands = frozen.snooze("ana", i64::MAX, 20_000 * SECOND).unwrap();
    assert_eq!(stands.snooze_of("ana", 20_000 * SECOND).unwrap().until, 24_940 * SECOND, "time stands still");
}

#[test]
fn people_lack_when_those_who_are_left_cannot_fill_the_places() {
    let there: std::collections::BTreeSet<String> = ["ana", "bob", "dana"].map(str::to_owned).into();
    let two = Approval { quorum: 2, expires_at: 10_000 * SECOND, ..approval(Level::Medium) };
    assert!(!two.lacks_people(&there, 0), "dana asked and does not count");
    let put_off = two.snooze("ana", 900 * SECOND, 0).unwrap();
    assert!(put_off.lacks_people(&there, 0));
    assert!(!put_off.lacks_people(&there, 900 * SECOND), "ana is back");
    let voted = cast(&Approval { expires_at: 100, ..two.clone() }, &device("ana"), None, &[]).unwrap();
    assert!(!voted.lacks_people(&there, 0), "bob fills the place that is left");
    assert!(two.lacks_people(&Default::default(), 0));
}
