//! Many votes in one request: each signed, each with its own outcome, nothing above medium.

use navi_domain::people::Role;
use navi_domain::vote::VoteVerdict;
use serde_json::{Value, json};

use crate::app::{Person, TestApp, ask, high, medium};

async fn item(person: &Person<'_>, id: &str) -> Value {
    let view = person.view(id).await;
    let mut vote = person.sign(&view, VoteVerdict::Approve, &person.vote_key);
    vote["id"] = id.into();
    vote
}

#[tokio::test]
async fn each_vote_has_its_own_outcome_and_high_is_left_out() {
    let app = TestApp::new();
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let mut ids = Vec::new();
    for session in ["s1", "s2", "s3"] {
        let mut body = medium();
        body["context"]["session_id"] = session.into();
        ids.push(ask(&app, &body).await);
    }
    let risky = ask(&app, &high()).await;
    bob.reject(&ids[1]).await.ok();
    let mut votes = Vec::new();
    for id in [&ids[0], &ids[1], &risky, &ids[2]] {
        votes.push(item(&ana, id).await);
    }
    let mut forged = votes[0].clone();
    forged["id"] = ids[2].clone().into();
    votes.insert(3, forged);
    let mut unknown = votes[0].clone();
    unknown["id"] = "nothing".into();
    votes.push(unknown);

    let body = json!({"votes": votes});
    let answer = ana.caller.send_once("POST", "/approvals/bulk", &body, "bulk-1").await;
    assert_eq!(answer.status.as_u16(), 207);
    let told = |answer: &Value| -> Vec<String> {
        let results = answer["results"].as_array().unwrap().iter();
        let code = |r: &Value| r["problem"]["code"].as_str().unwrap_or("-").to_owned();
        results.map(|r| format!("{} {}", r["outcome"].as_str().unwrap(), code(r))).collect()
    };
    let first = answer.ok();
    let expected = [
        "counted -",
        "refused already_decided",
        "left_out -",
        "refused wrong_target",
        "counted -",
        "refused not_found",
    ];
    assert_eq!(told(&first), expected);
    assert_eq!(first["results"][0]["approval"]["status"], "approved");
    assert_eq!(ana.view(&risky).await.status, "pending");
    assert_eq!(ana.view(&ids[2]).await.status, "approved");
    assert_eq!(app.kinds().await.iter().filter(|k| *k == "vote_cast").count(), 3);

    // The answer was lost: the repeat gets what was counted, and counts nothing again.
    let again = ana.caller.send_once("POST", "/approvals/bulk", &body, "bulk-1").await.ok();
    assert_eq!(again["results"][0]["ledger_index"], first["results"][0]["ledger_index"]);
    assert!(again["results"][0]["ledger_index"].as_u64().unwrap() > 0);
    assert_eq!(app.kinds().await.iter().filter(|k| *k == "vote_cast").count(), 3);
}

#[tokio::test]
async fn a_bulk_has_its_bounds() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    ana.caller.send("POST", "/approvals/bulk", &json!({"votes": []})).await.refused("invalid");
    let one = json!({"id": "x", "vote": "", "signature": "", "reason_nonce": ""});
    let many = json!({"votes": vec![one; 101]});
    ana.caller.send("POST", "/approvals/bulk", &many).await.refused("invalid");
    let strange =
        json!({"votes": [{"id": "x", "vote": "", "signature": "", "reason_nonce": "", "force": true}]});
    ana.caller.send("POST", "/approvals/bulk", &strange).await.refused("bad_request");
}
