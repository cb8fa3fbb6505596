//! Votes: who counts, what is final, and every refusal of the conflict table.

mod sample;

use navi_domain::approval::{Approval, ApprovalStatus, VoteRefusal};
use navi_domain::evidence::KeyPurpose;
use navi_domain::people::{Device, DeviceClass};
use navi_domain::risk::Level;
use navi_domain::vote::{Vote, VoteVerdict};
use sample::{approval, device, vote};

const APPROVE: VoteVerdict = VoteVerdict::Approve;

#[test]
fn one_approve_is_enough_below_critical_and_final() {
    let a = approval(Level::Medium).cast(&vote(APPROVE), KeyPurpose::Vote, &device("ana"), "", 10).unwrap();
    assert_eq!(a.status, ApprovalStatus::Approved);
    for verdict in [APPROVE, VoteVerdict::Reject] {
        let late = a.cast(&vote(verdict), KeyPurpose::Vote, &device("bob"), "", 11);
        assert_eq!(late, Err(VoteRefusal::AlreadyDecided));
    }
    assert_eq!(a.expire(1000), None);
    assert_eq!(a.cancel(11), None);
}

#[test]
fn a_quorum_of_two_does_not_resolve_on_the_first_vote_and_one_person_cannot_fill_two_places() {
    let step = KeyPurpose::StepUp;
    let a = approval(Level::Critical).cast(&vote(APPROVE), step, &device("ana"), "", 10).unwrap();
    assert_eq!(a.status, ApprovalStatus::Pending);
    let second_device = Device { id: "dev-ana-2".into(), ..device("ana") };
    assert_eq!(a.cast(&vote(APPROVE), step, &second_device, "", 11), Err(VoteRefusal::AlreadyVoted));
    assert_eq!(
        a.cast(&vote(APPROVE), step, &device("bob"), "", 12).unwrap().status,
        ApprovalStatus::Approved
    );
    assert_eq!(
        a.cast(&vote(VoteVerdict::Reject), step, &device("bob"), "", 12).unwrap().status,
        ApprovalStatus::Rejected
    );
    assert_eq!(
        a.cast(&vote(VoteVerdict::Reject), step, &device("ana"), "", 12).unwrap().status,
        ApprovalStatus::Rejected
    );
}

#[test]
fn every_refusal_has_its_own_reason() {
    let refused = |a: &Approval, v: &Vote, p, d: &Device, now| a.cast(v, p, d, "", now).unwrap_err();
    let (a, v, d, key) = (approval(Level::Medium), vote(APPROVE), device("ana"), KeyPurpose::Vote);
    let with = |change: &dyn Fn(&mut Vote)| {
        let mut v = v.clone();
        change(&mut v);
        v
    };
    let of = |change: &dyn Fn(&mut Device)| {
        let mut d = d.clone();
        change(&mut d);
        d
    };
    assert_eq!(refused(&a, &with(&|v| v.approval_id = "b".into()), key, &d, 1), VoteRefusal::WrongTarget);
    assert_eq!(refused(&a, &with(&|v| v.digest = "33".into()), key, &d, 1), VoteRefusal::DigestMismatch);
    assert_eq!(refused(&a, &with(&|v| v.policy_hash = "33".into()), key, &d, 1), VoteRefusal::PolicyChanged);
    assert_eq!(refused(&a, &with(&|v| v.device_seq = 5), key, &d, 1), VoteRefusal::Replayed);
    assert_eq!(refused(&a, &v, key, &d, 101), VoteRefusal::Expired);
    assert_eq!(refused(&a, &v, key, &device("dana"), 1), VoteRefusal::OwnRequest);
    assert_eq!(refused(&a, &v, key, &of(&|d| d.revoked_at = Some(0)), 1), VoteRefusal::DeviceRevoked);
    assert_eq!(refused(&a, &v, key, &of(&|d| d.confirmed_at = None), 1), VoteRefusal::DeviceUnconfirmed);
    let high = approval(Level::High);
    assert_eq!(refused(&high, &v, key, &d, 1), VoteRefusal::StepUpRequired);
    for capped in
        [of(&|d| d.shared = true), of(&|d| d.class = DeviceClass::Web), of(&|d| d.step_up_key = None)]
    {
        assert_eq!(refused(&high, &v, KeyPurpose::StepUp, &capped, 1), VoteRefusal::DeviceCeiling);
    }
    assert_eq!(refused(&a.supersede("b", 1).unwrap(), &v, key, &d, 2), VoteRefusal::Superseded);
    assert_eq!(refused(&a.cancel(1).unwrap(), &v, key, &d, 2), VoteRefusal::Cancelled);
    assert_eq!(refused(&a.expire(101).unwrap(), &v, key, &d, 102), VoteRefusal::Expired);
}

#[test]
fn rejecting_needs_neither_step_up_nor_the_newest_policy() {
    let old = Vote { policy_hash: "old".into(), ..vote(VoteVerdict::Reject) };
    let web = Device { class: DeviceClass::Web, step_up_key: None, ..device("ana") };
    let a = approval(Level::Critical).cast(&old, KeyPurpose::Vote, &web, "too broad", 10).unwrap();
    assert_eq!(a.status, ApprovalStatus::Rejected);
    assert_eq!(a.votes[0].reason, "too broad");
}
