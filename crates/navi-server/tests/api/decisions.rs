//! Evaluate: the three answers, identity, resubmission, idempotency, policy.

use navi_domain::decision::DecisionRecord;
use navi_domain::grant::Grant;
use navi_domain::people::Role;
use serde_json::json;

use crate::app::{TestApp, critical, high, low, medium};

#[tokio::test]
async fn the_specifications_example_asks_and_says_why() {
    let app = TestApp::new();
    let answer = app.agent().await.evaluate(&high()).await;
    assert_eq!(answer["decision"], "APPROVAL");
    assert_eq!(answer["risk_score"], 0.75);
    let reasons = answer["reasons"].to_string();
    assert!(reasons.contains("Affects authentication") && reasons.contains("Production branch"), "{reasons}");
    assert!(answer["approval_id"].is_string());
    let sum: u64 =
        answer["factors"].as_array().unwrap().iter().map(|f| f["contribution"].as_u64().unwrap()).sum();
    assert_eq!(sum, 750);
}

#[tokio::test]
async fn auto_with_start_is_decision_permit_and_execution_in_one_commit() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let before = app.kinds().await.len();
    let mut ask = low();
    ask["start"] = json!({"run_nonce": "nonce-0001"});
    let answer = agent.evaluate(&ask).await;
    assert_eq!(answer["decision"], "AUTO");
    assert_eq!(answer["approval_id"], serde_json::Value::Null);
    assert_eq!(app.kinds().await[before..], ["decision", "permit_issued", "execution_started"]);
    let execution = answer["execution_id"].as_str().unwrap();
    let report = json!({"status": "succeeded", "exit_code": 0});
    for _ in 0..2 {
        assert_eq!(
            agent.send("PATCH", &format!("/executions/{execution}"), &report).await.ok()["status"],
            "succeeded"
        );
    }
    let other = json!({"status": "failed", "exit_code": 1});
    agent.send("PATCH", &format!("/executions/{execution}"), &other).await.refused("already_ended");
}

#[tokio::test]
async fn a_blocked_action_has_neither_approval_nor_permit() {
    let app = TestApp::new();
    let ask = json!({"action_type": "file_edit", "context": {"target_files": [".claude/settings.json"]}});
    let answer = app.agent().await.evaluate(&ask).await;
    assert_eq!(answer["decision"], "BLOCKED");
    assert!(answer.get("permit").is_none() && answer["approval_id"].is_null());
}

#[tokio::test]
async fn an_unknown_type_asks_a_person() {
    let app = TestApp::new();
    let answer = app.agent().await.evaluate(&json!({"action_type": "teleport", "context": {}})).await;
    assert_eq!(answer["decision"], "APPROVAL");
}

#[tokio::test]
async fn identity_comes_from_the_credential() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let mut ask = high();
    ask["context"]["user_id"] = "eve".into();
    ask["context"]["on_behalf_of"] = "eve".into();
    let id = agent.evaluate(&ask).await["approval_id"].as_str().unwrap().to_owned();
    let view = agent.get(&format!("/approvals/{id}")).await.ok();
    assert_eq!(view["requester"], "dana");
    assert_eq!(view["agent"], "nova");
    assert_eq!(view["material"]["on_behalf_of"], "dana");
    assert_eq!(view["claims"]["other"]["user_id"], "eve");
}

#[tokio::test]
async fn the_same_request_waits_once_and_another_content_supersedes_it() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let first = agent.evaluate(&medium()).await;
    let again = agent.evaluate(&medium()).await;
    assert_eq!(first["approval_id"], again["approval_id"]);
    let mut changed = medium();
    changed["context"]["diff"] = "+++ b/billing/charge.rs\n+x".into();
    let second = agent.evaluate(&changed).await;
    assert_ne!(first["approval_id"], second["approval_id"]);
    let old = agent.get(&format!("/approvals/{}", first["approval_id"].as_str().unwrap())).await.ok();
    assert_eq!(old["status"], "superseded");
    assert_eq!(old["superseded_by"], second["approval_id"]);
}

#[tokio::test]
async fn a_repeated_idempotency_key_gets_the_first_answer_and_another_body_is_refused() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let first = agent.send_once("POST", "/evaluate", &low(), "k").await.ok();
    let size = app.kinds().await.len();
    let again = agent.send_once("POST", "/evaluate", &low(), "k").await.ok();
    assert_eq!(first["action_id"], again["action_id"]);
    assert_eq!(first["ledger_index"], again["ledger_index"]);
    assert_eq!(app.kinds().await.len(), size);
    agent.send_once("POST", "/evaluate", &high(), "k").await.refused("idempotency_mismatch");
    app.pass(25 * 3600);
    let later = agent.send_once("POST", "/evaluate", &low(), "k").await.ok();
    assert_ne!(first["action_id"], later["action_id"]);
}

#[tokio::test]
async fn nobody_decides_in_time() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let ana = app.person("ana", Role::Approver).await;
    let mut ask = medium();
    ask["expires_in_secs"] = 60.into();
    let id = agent.evaluate(&ask).await["approval_id"].as_str().unwrap().to_owned();
    let view = ana.view(&id).await;
    app.pass(61);
    let vote = ana.sign(&view, navi_domain::vote::VoteVerdict::Approve, &ana.vote_key);
    ana.caller.send("POST", &format!("/approvals/{id}"), &vote).await.refused("expired");
    assert_eq!(agent.get(&format!("/approvals/{id}")).await.ok()["status"], "expired");
    assert!(app.kinds().await.contains(&"approval_expired".to_owned()));
}

#[tokio::test]
async fn a_policy_is_checked_versioned_and_in_force_at_once() {
    let app = TestApp::new();
    let admin = app.token("root", Role::Admin, None).await;
    let agent = app.agent().await;
    assert_eq!(agent.evaluate(&low()).await["decision"], "AUTO");
    let stricter = json!({"level": "standard", "require_approval_for": ["Command-Run"]});
    let saved = admin.send("PUT", "/policy/dana", &stricter).await.ok();
    assert_eq!(saved["version"], 1);
    assert_eq!(saved["require_approval_for"], json!(["command_run"]));
    assert_eq!(agent.evaluate(&low()).await["decision"], "APPROVAL");
    admin.send("PUT", "/policy/dana", &stricter).await.refused("version_conflict");
    let blocked = json!({"level": "full", "blocked_actions": ["command_run"], "version": 1});
    admin.send("PUT", "/policy/dana", &blocked).await.ok();
    assert_eq!(agent.evaluate(&low()).await["decision"], "BLOCKED");
    for bad in [
        json!({"level": "godlike"}),
        json!({"level": "full", "max_risk_threshold": 1.5}),
        json!({"level": "full", "blocked_actions": ["deploy"], "auto_allowed_actions": ["Deploy"]}),
    ] {
        admin.send("PUT", "/policy/kim", &bad).await.refused("invalid");
    }
    let in_repo = json!({"level": "standard", "repo": "web", "auto_allowed_actions": ["command_run"]});
    admin.send("PUT", "/policy/dana", &in_repo).await.ok();
    let mut ask = low();
    ask["context"]["repo"] = "web".into();
    assert_eq!(agent.evaluate(&ask).await["decision"], "AUTO");
    assert_eq!(admin.get("/policy/dana?repo=web").await.ok()["version"], 1);
    assert_eq!(admin.get("/policy/dana?repo=other").await.ok()["source"], "policy of dana");
}

#[tokio::test]
async fn critical_asks_whatever_the_policy() {
    let app = TestApp::new();
    let admin = app.token("root", Role::Admin, None).await;
    let open = json!({"level": "full", "max_risk_threshold": 1.0, "auto_allowed_actions": ["deploy_prod"]});
    admin.send("PUT", "/policy/dana", &open).await.ok();
    let answer = app.agent().await.evaluate(&critical()).await;
    assert_eq!((&answer["decision"], &answer["level"]), (&json!("APPROVAL"), &json!("critical")));
}

/// Everything that the ledger recorded, replayed from its payloads alone: facts, score, verdict, reasons.
#[tokio::test]
async fn the_ledger_replays_every_decision_bit_for_bit() {
    let app = TestApp::new();
    let (root, ana) = (app.token("root", Role::Admin, None).await, app.person("ana", Role::Approver).await);
    let agent = app.agent().await;
    let heavier =
        json!({"weights": {"compliance": 450}, "levels": {"medium": 250, "high": 650, "critical": 880}});
    agent.evaluate(&low()).await;
    root.send("PUT", "/risk-settings/default", &heavier).await.ok();
    root.send("PUT", "/policy/dana", &json!({"level": "elevated", "blocked_actions": ["deploy_st*"]}))
        .await
        .ok();
    let forbid = "@id(\"no-rm\") @reason(\"not here\") forbid(principal, action == Action::\"run_unattended\", resource) \
                  when { context.programs.contains(\"make\") };";
    root.send("PUT", "/guardrails", &json!({"text": forbid})).await.ok();
    for asked in [
        low(),
        high(),
        critical(),
        json!({"action_type": "deploy_staging"}),
        json!({"action_type": "frobnicate"}),
        json!({"action_type": "command_run", "context": {"command": "make all && rm -rf \"$X\"", "branch": "main", "repo": "shop"}}),
        json!({"action_type": "code_edit", "context": {"target_files": ["a.rs"], "claims": {"destructive": true},
            "diff": "--- a/a.rs\n+++ b/a.rs\n@@ -1 +1 @@\n-a\n+let password = \"c0rrect-h0rse\";\n"}}),
    ] {
        agent.evaluate(&asked).await;
    }
    let rejected =
        crate::app::ask(&app, &json!({"action_type": "secret_rotation", "context": {"session_id": "s"}}))
            .await;
    ana.reject(&rejected).await.ok();
    agent.evaluate(&json!({"action_type": "secret_rotation", "context": {"session_id": "s"}})).await;
    let wide = navi_domain::vote::GrantLimits { minutes: 10, uses: 3 };
    let granted =
        json!({"action_type": "command_run", "context": {"command": "make test", "session_id": "s"}});
    let id = crate::app::ask(&app, &granted).await;
    ana.grant(&id, navi_domain::vote::VoteScope::SameCommand(wide)).await.ok();
    let permit =
        agent.get(&format!("/approvals/{id}")).await.ok()["permit"]["id"].as_str().unwrap().to_owned();
    agent.redeem(&permit, &granted, "nonce-0001").await.ok();
    for _ in 0..2 {
        assert_eq!(agent.evaluate(&granted).await["rule"], "grant");
    }

    let grants: Vec<Grant> = app
        .payloads("grant_used")
        .await
        .iter()
        .map(|payload| serde_json::from_value(payload["grant"].clone()).unwrap())
        .collect();
    let records: Vec<DecisionRecord> =
        app.payloads("decision").await.into_iter().filter_map(|p| serde_json::from_value(p).ok()).collect();
    assert_eq!(records.len(), 13);
    let mut of_grants = grants.iter();
    for record in &records {
        let grant = record.grant_id.as_ref().and_then(|_| of_grants.next());
        let facts = navi_facts::derive(
            &record.action,
            &record.claims,
            record.recent_incidents,
            navi_facts::Catalogue::shipped(),
        );
        assert_eq!(facts, record.facts, "{:?}", record.action.command);
        assert_eq!(record.replay(grant), (record.assessment.clone(), record.decision.clone()));
    }
    assert!(of_grants.next().is_none());
    let rules: std::collections::BTreeSet<&str> = records.iter().map(|r| r.decision.rule.as_str()).collect();
    for rule in [
        "below_threshold",
        "critical",
        "blocked_list",
        "unknown_action_type",
        "guardrail",
        "rejected_before",
        "grant",
    ] {
        assert!(rules.contains(rule), "{rule} is among {rules:?}");
    }
}
