//! What crosses to the page has exactly the fields that the page's types name.

use std::collections::{BTreeMap, BTreeSet};

use navi_replica::{FreezeOrder, GrantRevoke, OutboxItem, OutboxState};
use serde::Serialize;

use crate::console::{Outcome, Standing};

const TYPES: &str = include_str!("../../../ui/src/api/types.ts");

/// The fields of an interface of the page, and whether each may be absent.
fn fields(interface: &str) -> BTreeMap<String, bool> {
    let after = TYPES.split_once(&format!("export interface {interface} {{")).unwrap().1;
    let body = after.split_once("\n}").unwrap().0;
    let declared = body.lines().filter_map(|line| line.trim().split_once(':'));
    let named = declared.filter(|(name, _)| name.trim_end_matches('?').chars().all(char::is_alphanumeric));
    named.map(|(name, _)| (name.trim_end_matches('?').to_owned(), name.ends_with('?'))).collect()
}

/// `full` has every field, `bare` those alone that are always there.
fn check(interface: &str, full: &impl Serialize, bare: &impl Serialize) {
    let keys = |value: serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let (full, bare) = (serde_json::to_value(full).unwrap(), serde_json::to_value(bare).unwrap());
    let declared = fields(interface);
    assert_eq!(keys(full), declared.keys().cloned().collect(), "{interface}");
    let always = declared.into_iter().filter(|(_, optional)| !optional).map(|(name, _)| name).collect();
    assert_eq!(keys(bare), always, "{interface}, without what may be absent");
}

#[test]
fn a_signed_vote_tells_the_page_its_code_and_its_entry() {
    let bare = OutboxItem {
        id: "d-1".into(),
        approval_id: "a".into(),
        verdict: "approve".into(),
        title: "t".into(),
        for_user: None,
        state: OutboxState::NeedsYou,
        code: None,
        message: None,
        ledger_index: None,
        made_at: 1,
    };
    let (code, message) = (Some("already_decided".to_owned()), Some("why".to_owned()));
    let for_user = Some("alice".to_owned());
    let full = OutboxItem { for_user, code, message, ledger_index: Some(1234), ..bare.clone() };
    check("OutboxItem", &full, &bare);
    let told = serde_json::to_value(&full).unwrap();
    assert_eq!((&told["state"], &told["ledgerIndex"]), (&"needs_you".into(), &1234.into()));
}

#[test]
fn an_ordered_stop_is_what_the_page_expects() {
    let bare = FreezeOrder {
        id: "d-stop-1".into(),
        scope: "everything".into(),
        name: None,
        reason: "odd".into(),
        state: OutboxState::Unsent,
        code: None,
        message: None,
        freeze_id: None,
        made_at: 1,
    };
    let some = || Some("x".to_owned());
    let full = FreezeOrder { name: some(), code: some(), message: some(), freeze_id: some(), ..bare.clone() };
    check("StopOrder", &full, &bare);
}

#[test]
fn a_grant_taken_back_is_what_the_page_expects() {
    let bare = GrantRevoke {
        grant_id: "g".into(),
        covers: "make test".into(),
        state: OutboxState::Unsent,
        code: None,
        message: None,
        made_at: 1,
    };
    let some = || Some("x".to_owned());
    check("GrantRevoke", &GrantRevoke { code: some(), message: some(), ..bare.clone() }, &bare);
}

#[test]
fn what_became_of_a_decision_is_what_the_page_expects() {
    let bare =
        Outcome { state: Standing::Refused, ledger_index: None, code: None, message: None, approval: None };
    let some = || Some("x".to_owned());
    let view = crate::notify::any_view(|_| {});
    let full = Outcome {
        ledger_index: Some(1),
        code: some(),
        message: some(),
        approval: Some(Box::new(view)),
        ..bare.clone()
    };
    check("Outcome", &full, &bare);
}
