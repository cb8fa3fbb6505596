//! A permit is redeemed once, inside its life, for its digest and target state.

use navi_domain::action::TargetState;
use navi_domain::permit::{Permit, PermitStatus, Redeem, RedeemRefusal};

fn permit() -> Permit {
    Permit {
        id: "p".into(),
        decision_id: "d".into(),
        approval_id: None,
        digest: "11".into(),
        target_state: TargetState::None("test".into()),
        policy_hash: "22".into(),
        status: PermitStatus::Issued,
        issued_at: 0,
        expires_at: 100,
        frozen_at: None,
        run_nonce: None,
        execution_id: None,
        version: 1,
    }
}

#[test]
fn the_same_run_gets_its_execution_again_and_another_is_refused() {
    let state = TargetState::None("test".into());
    let Ok(Redeem::Start(used)) = permit().redeem("11", &state, "n1", "e1", 100) else {
        panic!("not started")
    };
    assert_eq!(used.redeem("11", &state, "n1", "e2", 101), Ok(Redeem::Replay("e1".into())));
    assert_eq!(used.redeem("11", &state, "n2", "e2", 50), Err(RedeemRefusal::AlreadyRedeemed));
    assert_eq!(used.revoke(), None);
    assert_eq!(used.expire(1000), None);
}

#[test]
fn every_refusal_has_its_own_reason() {
    let state = TargetState::None("test".into());
    let other = TargetState::Git { head: "x".into(), dirty_sha256: "y".into() };
    assert_eq!(permit().redeem("12", &state, "n", "e", 1), Err(RedeemRefusal::DigestMismatch));
    assert_eq!(permit().redeem("11", &other, "n", "e", 1), Err(RedeemRefusal::TargetStateChanged));
    assert_eq!(permit().redeem("11", &state, "n", "e", 101), Err(RedeemRefusal::Expired));
    assert_eq!(permit().revoke().unwrap().redeem("11", &state, "n", "e", 1), Err(RedeemRefusal::Revoked));
    assert_eq!(permit().expire(101).unwrap().redeem("11", &state, "n", "e", 1), Err(RedeemRefusal::Expired));
}
