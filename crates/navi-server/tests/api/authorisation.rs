//! Every operation has an authorisation row, and every role can do only what its row says.

use navi_domain::people::{Right, Role};
use navi_guardrail::{GuardrailSet, Person};
use navi_server::auth::OPERATIONS;
use navi_server::http::openapi;
use serde_json::{Value, json};

use crate::app::TestApp;

/// (operation id, method, path) of the document.
fn operations() -> Vec<(String, String, String)> {
    let document: Value = serde_json::to_value(openapi::document()).unwrap();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            found.push((id, method.to_uppercase(), path.clone()));
        }
    }
    found.sort();
    found
}

#[test]
fn every_operation_has_an_authorisation_row_and_every_row_an_operation() {
    let mut documented: Vec<String> = operations().into_iter().map(|(id, _, _)| id).collect();
    let mut rows: Vec<String> = OPERATIONS.iter().map(|(id, _)| (*id).to_owned()).collect();
    documented.sort();
    rows.sort();
    assert_eq!(documented, rows);
}

#[test]
fn the_checked_in_document_is_the_generated_one() {
    let checked_in: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    let generated = serde_json::to_value(openapi::document()).unwrap();
    assert!(checked_in == generated, "run `cargo xtask generate`");
    assert!(checked_in["openapi"].as_str().unwrap().starts_with("3.1"));
}

/// A plan of nothing.
fn plan() -> Value {
    json!({"capture_sha256": "x", "truth": {"truth": "verified"}, "steps": [], "target_state": {"none": "x"}})
}

fn may(role: Role, right: Right) -> bool {
    let person = Person { id: "somebody", role, groups: &[] };
    GuardrailSet::shipped().unwrap().may(&person, right).allowed
}

#[test]
fn the_role_matrix_is_the_reviewed_one() {
    insta::assert_snapshot!(navi_server::auth::role_matrix(&GuardrailSet::shipped().unwrap()));
}

#[tokio::test]
async fn the_routes_enforce_the_table() {
    let app = TestApp::new();
    for role in Role::ALL {
        let agent = (role == Role::Agent).then_some("nova");
        let caller = app.token(&format!("user-{}", role.as_str()), role, agent).await;
        for (operation, method, path) in operations() {
            let Some((_, Some(right))) = OPERATIONS.iter().find(|(id, _)| *id == operation) else { continue };
            let path = path
                .replace("{id}", "x")
                .replace("{org}", "acme")
                .replace("{scope}", "default")
                .replace("{user_id}", &format!("user-{}", role.as_str()));
            let path = path
                .replace("{action_id}", "x")
                .replace("{path}", "0/000.p/1")
                .replace("{index}", "0")
                .replace("{shift_id}", "x");
            let query = match operation.as_str() {
                "prove_inclusion" => "?index=0&size=1",
                "prove_consistency" => "?old=0&new=1",
                "list_entries" => "?from=0",
                _ => "",
            };
            if operation == "end_session" {
                continue;
            }
            let body = match operation.as_str() {
                "evaluate_action" => json!({"action_type": "file_read"}),
                "cast_vote" => json!({"vote": "", "signature": "", "reason_nonce": ""}),
                "snooze_approval" => json!({"until": 1}),
                "extend_approval" => json!({"secs": 60}),
                "edit_approval" => json!({"command": "ls", "reason": "shorter"}),
                "cast_votes" => json!({"votes": []}),
                "add_comment" | "ask_agent" => json!({"text": "why?"}),
                "answer_question" => json!({"question_id": "q", "text": "because"}),
                "make_delegation" => json!({"to": "nobody", "starts_at": 0, "ends_at": 1}),
                "redeem_permit" => {
                    json!({"permit_id": "x", "action_type": "a", "context": {}, "run_nonce": "12345678"})
                }
                "issue_envelope" => {
                    json!({"gate_id": "x", "holder": "x", "scope": "repo", "name": "x", "minutes": 15, "hours": 1})
                }
                "enroll_gate" => json!({"key": "", "name": "x", "proof": ""}),
                "contact_gate" => {
                    json!({"size": 0, "hash": "", "at": 0, "signature": "", "from": 0, "records": []})
                }
                "finish_execution" => json!({"status": "failed"}),
                "save_guardrails" | "save_catalogue" => json!({"text": "no such thing"}),
                "save_policy" => json!({"level": "nonsense"}),
                "revert_settings" | "revert_risk_settings" => json!({"to_version": 7, "version": 7}),
                "revert_policy" => json!({"to_version": 7, "version": 7}),
                "preview_policy" => json!({"user_id": "nobody", "draft": {"level": "nonsense"}}),
                "propose_allow_rule" => json!({"like": "same_action", "reason": "x"}),
                "decide_proposal" => json!({"decision": "accept"}),
                "save_settings" => json!({"version": 7}),
                "save_risk_settings" => json!({"version": 7}),
                "note_export" => {
                    json!({"format": "x", "bare": false, "entries": 0, "size": 0, "made_at": 0})
                }
                "add_cosignature" => json!({"vkey": "x", "size": 1, "line": "x"}),
                "propose_erasure" => json!({"entries": [0], "reason": "x"}),
                "save_schedule" => json!({"name": "", "zone": "UTC", "version": 7}),
                "take_shift" => json!({"from": 0, "to": 1}),
                "import_calendar" => json!({"calendar": ""}),
                "save_line" => json!({"line": [], "target_minutes": 0, "version": 0}),
                "ask_bypass" | "confirm_bypass" | "go_on_alone" | "review_bypass" => {
                    json!({"statement": "", "signature": ""})
                }
                "request_rollback" => json!({"execution_id": "x", "reason": "r"}),
                "take_rollback_work" => json!({"place_key": "x"}),
                "plan_rollback" => json!({"place_key": "x", "plan": plan()}),
                "start_rollback" => json!({"place_key": "x", "plan": plan(), "run_nonce": "12345678"}),
                "review_admission" => {
                    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"})
                }
                "end_rollback" => json!({"place_key": "x", "outcome": {}}),
                "begin_freeze" => json!({"scope": "nothing", "reason": "x"}),
                "create_invite" => json!({"user": "", "role": role.as_str()}),
                "create_token" => json!({"user": "", "role": "agent"}),
                _ => json!({}),
            };
            let answer = app
                .call(&method, &format!("{path}{query}"), Some(&caller.secret), &body.to_string(), &[])
                .await;
            let told = answer.body["detail"]
                .as_str()
                .unwrap_or_default()
                .contains("is not open to a credential of role");
            assert_eq!(
                !told,
                may(role, *right),
                "{} {method} {path}: {} {}",
                role.as_str(),
                answer.status,
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn a_developer_sees_only_own_requests() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let id = agent.evaluate(&crate::app::medium()).await["approval_id"].as_str().unwrap().to_owned();
    let eve = app.token("eve", Role::Developer, None).await;
    eve.get(&format!("/approvals/{id}")).await.refused("not_found");
    assert_eq!(eve.get("/approvals").await.ok()["items"], json!([]));
    assert_eq!(eve.get("/approvals?requester=dana").await.ok()["items"], json!([]));
    eve.send("DELETE", &format!("/approvals/{id}"), &json!({})).await.refused("not_found");
    eve.get("/policy/dana").await.refused("forbidden");
}
