//! Edit-and-approve: the edited action is decided anew, has its own digest, and needs its own vote.

use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::{Caller, TestApp, ask, medium};

fn migration(command: &str) -> Value {
    json!({"action_type": "database_migration", "context": {"command": command, "tool": "Bash", "session_id": "s1",
        "args": {"command": command}}})
}

#[tokio::test]
async fn an_edited_action_needs_its_own_vote_and_only_it_runs() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &migration("migrate all")).await;
    let nova = Caller { app: &app, secret: "nvt_dana_agent_nova".into() };
    let old = ana.view(&id).await;
    let vote_on_old = ana.sign(&old, navi_domain::vote::VoteVerdict::Approve, &ana.step_up);

    let edit = json!({"command": "migrate users", "reason": "only one table"});
    let edited = ana.caller.send("POST", &format!("/approvals/{id}/edit"), &edit).await.ok();
    let new = edited["id"].as_str().unwrap();
    assert_eq!(edited["status"], "pending");
    assert_eq!(edited["edited_from"], id.as_str());
    assert_ne!(edited["digest"], old.digest.as_str());
    assert_eq!(edited["material"]["command"], "migrate users");
    assert_eq!(edited["material"]["args"]["command"], "migrate users");
    assert_eq!((edited["requester"].as_str(), edited["agent"].as_str()), (Some("dana"), Some("nova")));
    let seen = nova.get(&format!("/approvals/{id}")).await.ok();
    assert_eq!((seen["status"].as_str(), seen["superseded_by"].as_str()), (Some("superseded"), Some(new)));
    ana.caller.send("POST", &format!("/approvals/{id}"), &vote_on_old).await.refused("superseded");

    // Nothing is approved yet.
    assert!(nova.get(&format!("/approvals/{new}")).await.ok()["permit"].is_null());
    assert_eq!(ana.approve(new).await.ok()["approval"]["status"], "approved");
    let permit =
        nova.get(&format!("/approvals/{new}")).await.ok()["permit"]["id"].as_str().unwrap().to_owned();
    nova.redeem(&permit, &migration("migrate all"), "nonce-0001").await.refused("digest_mismatch");

    // The agent asks for what was approved: it is that approval, once.
    let again = nova.evaluate(&migration("migrate users")).await;
    assert_eq!((again["decision"].as_str(), again["approval_id"].as_str()), (Some("APPROVAL"), Some(new)));
    nova.redeem(&permit, &migration("migrate users"), "nonce-0002").await.ok();
    let after = nova.evaluate(&migration("migrate users")).await;
    assert_ne!(after["approval_id"].as_str(), Some(new));

    let kinds = app.kinds().await;
    for kind in ["approval_edited", "approval_superseded", "approval_approved", "execution_started"] {
        assert_eq!(kinds.iter().filter(|k| *k == kind).count(), 1, "{kind}: {kinds:?}");
    }
    let why = &app.payloads("approval_edited").await[0];
    assert_eq!(
        (why["reason"].as_str(), &why["changed"]),
        (Some("only one table"), &json!(["command", "args"]))
    );
}

#[tokio::test]
async fn an_edit_that_would_run_alone_still_waits_for_the_vote() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let nova = app.agent().await;
    let id = nova.evaluate(&medium()).await["approval_id"].as_str().unwrap().to_owned();
    let edit = json!({"files": [{"path": "src/lib.rs", "op": "edit"}], "reason": "leave billing alone"});
    let edited = ana.caller.send("POST", &format!("/approvals/{id}/edit"), &edit).await.ok();
    assert_eq!((edited["status"].as_str(), edited["level"].as_str()), (Some("pending"), Some("low")));
    assert!(!app.kinds().await.contains(&"permit_issued".to_owned()));
    ana.reject(edited["id"].as_str().unwrap()).await.ok();
}

#[tokio::test]
async fn a_blocked_edit_is_refused_with_its_reasons_and_changes_nothing() {
    let app = TestApp::new();
    let boss = app.person("boss", Role::Admin).await;
    let id = ask(&app, &migration("migrate all")).await;
    let block = json!({"level": "minimal", "blocked_actions": ["database_migration"]});
    boss.caller.send("PUT", "/policy/dana", &block).await.ok();
    let path = format!("/approvals/{id}/edit");
    let before = app.kinds().await;
    let refused = boss
        .caller
        .send("POST", &path, &json!({"command": "migrate users", "reason": "less"}))
        .await
        .refused("edit_blocked");
    assert!(refused["detail"].as_str().unwrap().len() > 40, "{refused}");
    for (body, code) in [
        (json!({"command": "migrate all", "reason": "same"}), "invalid"),
        (json!({"diff": "+x", "reason": "there is none"}), "invalid"),
        (json!({"command": "x", "reason": ""}), "invalid"),
        (json!({"command": "x", "reason": "y", "repo": "other"}), "bad_request"),
    ] {
        boss.caller.send("POST", &path, &body).await.refused(code);
    }
    assert_eq!(app.kinds().await, before);
    assert_eq!(boss.view(&id).await.status, "pending");
    boss.caller
        .send("POST", "/approvals/none/edit", &json!({"command": "x", "reason": "y"}))
        .await
        .refused("not_found");
}
