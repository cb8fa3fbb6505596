//! An approval that dana asked for, people's devices, and a vote that fits.

use navi_domain::approval::{Approval, ApprovalStatus};
use navi_domain::people::{Device, DeviceClass};
use navi_domain::risk::Level;
use navi_domain::vote::{Surface, Vote, VoteScope, VoteVerdict};

pub fn approval(level: Level) -> Approval {
    Approval {
        id: "a".into(),
        decision_id: "d".into(),
        requester: "dana".into(),
        digest: "11".into(),
        policy_hash: "22".into(),
        level,
        quorum: level.quorum(),
        status: ApprovalStatus::Pending,
        votes: vec![],
        created_at: 0,
        expires_at: 100,
        ended_at: None,
        superseded_by: None,
        claimed_by: None,
        snoozes: Vec::new(),
        extended: false,
        frozen_at: None,
        stood: 0,
        alerts: Vec::new(),
        target_missed_at: None,
        edited_from: None,
        version: 1,
    }
}

pub fn device(user: &str) -> Device {
    Device {
        id: format!("dev-{user}"),
        user: user.into(),
        name: "laptop".into(),
        class: DeviceClass::Desktop,
        shared: false,
        vote_key: String::new(),
        step_up_key: Some(String::new()),
        last_seq: 5,
        enrolled_at: 0,
        confirmed_at: Some(0),
        revoked_at: None,
        version: 1,
    }
}

pub fn vote(verdict: VoteVerdict) -> Vote {
    Vote {
        v: 1,
        origin: "o".into(),
        org: "acme".into(),
        approval_id: "a".into(),
        digest: "11".into(),
        policy_hash: "22".into(),
        verdict,
        scope: VoteScope::Once,
        reason_commitment: String::new(),
        surface: Surface::Window,
        key_id: String::new(),
        device_seq: 6,
        made_at: 0,
    }
}
